//! Memory before the first key.

use redis::Pipeline;

use crate::measurement::{Info, MemoryPoint};
use crate::spec::{Command, PlanSpec};
use crate::target::TargetError;
use crate::workload::Contents;

use super::collections;
use super::keys::key;
use super::part::Part;

/// Runs every command of the workload once, on keys that do not exist yet, and those of seeding,
/// because engines keep a latency histogram per command from its first use on (MODEL.md §1).
/// What the commands wrote is removed. Returns memory and everything else the server tells then.
pub(super) async fn baseline(
    spec: &PlanSpec,
    part: Part<'_>,
    began_ms: u64,
) -> Result<(MemoryPoint, Info), TargetError> {
    let control = part.control();
    let mut batch = Pipeline::new();
    for (index, class) in spec.classes.iter().enumerate() {
        let Some(n) = part.first(&class.key, class.keys) else { continue };
        let key = key(&class.key, n);
        // Its real value: were we killed here, the next run would know the key for its own.
        match Contents::of(class) {
            Contents::Strings(values) => {
                batch.cmd("SET").arg(&key).arg(values.get(n)).ignore();
                batch.cmd("GET").arg(&key).ignore();
                batch.cmd("MGET").arg(&key).ignore();
            }
            Contents::Collections(values) => {
                batch
                    .add_command(collections::write(&values, &key, n, 0, began_ms).command)
                    .ignore();
                if values.field_ttl_secs().is_some() {
                    let first = values.n_elements(n);
                    let expire = collections::write(&values, &key, n, first, began_ms).command;
                    batch.add_command(expire).ignore();
                }
                if let Some(ttl) = class.ttl_secs {
                    batch.cmd("EXPIRE").arg(&key).arg(ttl).ignore();
                }
                for line in spec.traffic.iter().filter(|line| line.class == index) {
                    let command = batch.cmd(line.command.word()).arg(&key);
                    match line.command {
                        Command::Hget => command.arg("x"),
                        Command::Zrange(_) | Command::Lrange(_) => command.arg(0).arg(-1),
                        _ => command,
                    }
                    .ignore();
                }
            }
        }
        batch.cmd("EXISTS").arg(&key).ignore();
        batch.cmd("UNLINK").arg(&key).ignore();
    }
    batch.cmd("DBSIZE").ignore();
    batch.cmd("PING").ignore();
    let () = control.batch("SET", &batch).await?;
    let info = control.info().await?;
    Ok((control.memory(vec![0; spec.classes.len()], true).await?, info))
}
