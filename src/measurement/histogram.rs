//! Latency histograms: `HdrHistogram` with three significant digits from 1 ns to 60 s and beyond.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::iterators::IterationValue;
use hdrhistogram::serialization::{
    Deserializer, Serializer as _, V2DeflateSerializer, V2Serializer,
};
use serde::{Deserialize, Deserializer as SerdeDeserializer, Serialize, Serializer};

use crate::units::{Micros, num};

use super::ranks::{Ranks, ranks};

/// A histogram of spans, recorded in nanoseconds.
/// Serialises as `HdrHistogram`'s V2 format in base64, which the public plotters read.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

/// One step through a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The span.
    pub value: Micros,
    /// Share of the spans that the step goes up to.
    pub quantile: f64,
    /// How many spans are not longer.
    pub cumulative: u64,
}

impl Histogram {
    /// An empty histogram.
    ///
    /// # Panics
    /// Never: the bounds are constants that `HdrHistogram` accepts.
    pub fn new() -> Self {
        let mut inner = hdrhistogram::Histogram::new_with_bounds(1, 60_000_000_000, 3)
            .expect("1 ns to 60 s with 3 digits is a valid range");
        inner.auto(true);
        Self(inner)
    }

    /// Adds one span in nanoseconds.
    pub fn record(&mut self, ns: u64) {
        // Grows as needed; should that fail, the largest trackable span stands in for the sample.
        if self.0.record(ns.max(1)).is_err() {
            self.0.saturating_record(ns);
        }
    }

    /// Adds everything another histogram holds. Percentiles are never averaged; histograms merge.
    ///
    /// # Panics
    /// Never: both have the same bounds and may grow.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("histograms that may grow can be added");
    }

    /// How many spans were recorded.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The span that a share `q` of all recorded ones does not exceed; `None` when empty.
    pub fn quantile(&self, q: f64) -> Option<Micros> {
        (self.count() > 0).then(|| Micros::from_nanos(self.0.value_at_quantile(q)))
    }

    /// The arithmetic mean; `None` when empty.
    pub fn mean(&self) -> Option<Micros> {
        (self.count() > 0).then(|| Micros::of(self.0.mean() / 1e3))
    }

    /// The largest recorded span; `None` when empty.
    pub fn max(&self) -> Option<Micros> {
        (self.count() > 0).then(|| Micros::from_nanos(self.0.max()))
    }

    /// The standard deviation; `None` when empty.
    pub fn deviation(&self) -> Option<Micros> {
        (self.count() > 0).then(|| Micros::of(self.0.stdev() / 1e3))
    }

    /// Percentiles from the shortest span to the longest, so many between each and half way to
    /// 100 %.
    pub fn percentiles(&self, ticks_per_half: u32) -> Vec<Percentile> {
        let mut cumulative = 0;
        let step = |step: IterationValue<u64>| {
            cumulative += step.count_since_last_iteration();
            Percentile {
                value: Micros::from_nanos(step.value_iterated_to()),
                quantile: step.quantile_iterated_to(),
                cumulative,
            }
        };
        self.0.iter_quantiles(ticks_per_half).map(step).collect()
    }

    /// Buckets of the format, and values that each tells apart.
    pub fn buckets(&self) -> (u8, usize) {
        (self.0.buckets(), self.0.distinct_values())
    }

    /// `HdrHistogram`'s compressed V2 format in base64, as interval logs hold it.
    ///
    /// # Panics
    /// Never: writing into memory does not fail.
    pub fn compressed(&self) -> String {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut bytes).expect("memory takes it");
        STANDARD.encode(bytes)
    }

    /// How many of the recorded spans are longer.
    pub fn count_above(&self, span: Micros) -> u64 {
        let ns = num::round(span.get() * 1e3);
        self.0
            .iter_recorded()
            .filter(|step| step.value_iterated_to() > ns)
            .map(|step| step.count_at_value())
            .sum()
    }

    /// An interval that holds quantile `q` with 95 % confidence: the order statistics at exact
    /// binomial [`ranks`] of the effective sample size, which is the number of samples ÷ `inflation`
    /// (1 for independent samples). `None` when there are too few for one end of it.
    pub fn quantile_interval(&self, q: f64, inflation: f64) -> Option<(Micros, Micros)> {
        let n = num::round(num::float(self.count()) / inflation.max(1.0));
        let Ranks { low, high } = ranks(n, q);
        // Half a rank below, so that rounding does not reach into the next one.
        let at = |rank: u64| self.quantile((num::float(rank) - 0.5) / num::float(n));
        Some((at(low?)?, at(high?)?))
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(|error| serde::ser::Error::custom(format!("{error:?}")))?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: SerdeDeserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        let mut inner: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| serde::de::Error::custom(format!("{error:?}")))?;
        inner.auto(true);
        Ok(Self(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(n: u64) -> Histogram {
        let mut histogram = Histogram::new();
        (1..=n).for_each(|i| histogram.record(i * 1000));
        histogram
    }

    #[test]
    fn quantiles_are_within_a_tenth_of_a_per_cent() {
        let histogram = ramp(100_000);
        let p99 = histogram.quantile(0.99).unwrap().get();
        assert!((p99 / 99_000.0 - 1.0).abs() < 1e-3, "{p99}");
        let (low, high) = histogram.quantile_interval(0.99, 1.0).unwrap();
        // √(10⁵·0.99·0.01) = 31.5 ranks of 1 µs.
        assert!((low.get() - 98_938.0).abs() < 100.0 && (high.get() - 99_062.0).abs() < 100.0);
        // A hundredth of the samples: ten times as wide.
        let (low, high) = histogram.quantile_interval(0.99, 100.0).unwrap();
        assert!((low.get() - 98_300.0).abs() < 200.0 && (high.get() - 99_600.0).abs() < 200.0);
        assert!(
            histogram.count_above(Micros::of(99_000.0)).abs_diff(1_000) < 64,
            "a class is 64 µs wide"
        );
        assert_eq!(Histogram::new().quantile(0.5), None, "empty is not zero");
    }

    #[test]
    fn merging_equals_recording_together_and_survives_json() {
        let mut half = ramp(1000);
        half.merge(&ramp(1000));
        assert_eq!(half.count(), 2000);
        let json = serde_json::to_string(&half).unwrap();
        assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), half);
        assert!(serde_json::from_str::<Histogram>("\"AAAA\"").is_err());
    }

    #[test]
    fn a_span_beyond_the_bounds_is_kept() {
        let mut histogram = Histogram::new();
        histogram.record(3_600_000_000_000);
        assert!((histogram.max().unwrap().secs() / 3600.0 - 1.0).abs() < 1e-3);
    }
}
