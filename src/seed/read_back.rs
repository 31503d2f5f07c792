//! What was written, compared with what the target holds.

use redis::Pipeline;

use crate::spec::{Class, PlanSpec};
use crate::units::num;
use crate::workload::{CollectionValues, Contents};

use super::SeedError;
use super::collections;
use super::keys::{key, spread};
use super::part::Part;

/// Values of each class that are read back.
const VALUES_COMPARED: u64 = 500;
/// Elements of each class that are read back, unless one collection has more.
const ELEMENTS_COMPARED: u64 = 20_000;

/// Reads values back and compares them byte for byte.
///
/// # Errors
/// The first key of a server that holds something else, or what else is wrong with it.
pub(super) async fn compare_values(spec: &PlanSpec, part: Part<'_>) -> Result<u64, SeedError> {
    let wanted = spec.n_keys();
    let mut compared = 0;
    for class in &spec.classes {
        let values = match Contents::of(class) {
            Contents::Strings(values) => values,
            Contents::Collections(values) => {
                compared += compare_collections(class, &values, part, wanted).await?;
                continue;
            }
        };
        let numbers: Vec<u64> =
            spread(class, VALUES_COMPARED).filter(|n| part.owns(&class.key, *n)).collect();
        for chunk in numbers.chunks(50) {
            let mut batch = Pipeline::new();
            let mut keys = Vec::new();
            for n in chunk {
                let mut key = Vec::new();
                class.key.write(*n, &mut key);
                batch.cmd("GET").arg(&key);
                keys.push(key);
            }
            let stored: Vec<Vec<u8>> = part
                .control()
                .batch("GET", &batch)
                .await
                .map_err(|cause| SeedError::Target { done: wanted, wanted, cause })?;
            for ((n, key), stored) in chunk.iter().zip(&keys).zip(&stored) {
                if stored != values.get(*n) {
                    let key = String::from_utf8_lossy(key).into_owned();
                    return Err(SeedError::ValueDiffers { key });
                }
                compared += 1;
            }
        }
    }
    Ok(compared)
}

/// Reads collections back and compares them element for element.
async fn compare_collections(
    class: &Class,
    values: &CollectionValues,
    part: Part<'_>,
    wanted: u64,
) -> Result<u64, SeedError> {
    let keys = (ELEMENTS_COMPARED / values.n_elements(0).max(1)).clamp(1, VALUES_COMPARED);
    let own = spread(class, keys).filter(|n| part.owns(&class.key, *n));
    let keys: Vec<(u64, Vec<u8>)> = own.map(|n| (n, key(&class.key, n))).collect();
    for chunk in keys.chunks(50) {
        let outcome = collections::whole(part.control(), values, chunk).await;
        let same = outcome.map_err(|cause| SeedError::Target { done: wanted, wanted, cause })?;
        if let Some((_, (_, key))) = same.iter().zip(chunk).find(|(same, _)| !**same) {
            let key = String::from_utf8_lossy(key).into_owned();
            return Err(SeedError::ValueDiffers { key });
        }
    }
    Ok(num::count(keys.len()))
}
