//! Read back by the libraries and rules of those who read such files.

use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::measurement::fixture::level;
use crate::measurement::{Slice, Stamp, Steps, VoidReason};
use crate::spec::{PlanSpec, identity_cache};
use crate::units::Micros;

use super::*;

fn steps() -> (PlanSpec, Steps) {
    let mut levels = vec![level(5_000.0, 400), level(20_000.0, 900)];
    for (index, level) in levels.iter_mut().enumerate() {
        level.began = Some(Stamp { unix_secs: 1_795_435_200 + 5 * index as u64 });
        level.commands[0].label = "=claims, get".into();
        let us = |us| Some(Micros::of(us));
        let slice = Slice {
            due: 50,
            completed: 50,
            p50_us: us(90.0),
            p99_us: us(400.0),
            max_us: us(900.0),
        };
        level.course = vec![slice; 40];
    }
    levels[1].commands[0].errors = 3;
    levels[1].commands[0].replies -= 2;
    levels[1].void = vec![
        VoidReason::Errors { count: 3, first: "=BUSY".into() },
        VoidReason::ConnectionsLost { count: 2, cause: "reset".into() },
    ];
    let mut spec = identity_cache();
    spec.traffic.truncate(1);
    let steps = Steps {
        started: Stamp { unix_secs: 1_795_435_200 },
        saturation_probe: None,
        round_trip_us: Micros::of(30.0),
        began_with: 2,
        unmeasured: Vec::new(),
        levels,
        closed: None,
    };
    (spec, steps)
}

fn text(name: &str) -> String {
    let (spec, steps) = steps();
    let file = load_files(&spec, &steps).into_iter().find(|file| file.name == name);
    file.unwrap_or_else(|| panic!("no {name}")).text
}

/// Plotters take the columns in that order from every line that begins with a number.
#[test]
fn percentile_files_have_the_plotters_columns() {
    let text = text("histograms/01-5000.hgrm");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("Value"))
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect())
        .collect();
    assert!(rows.len() > 1 && rows.iter().rev().skip(1).all(|row| row.len() == 4), "{text}");
    assert!(rows.iter().all(|row| (row[0] - 0.4).abs() < 1e-3), "every response took 0.4 ms");
    let last = rows.last().unwrap();
    assert_eq!((last.len(), last[1], last[2]), (3, 1.0, 2000.0));
    assert!(text.ends_with("]\n") && text.contains("Total count    =         2000]"), "{text}");
}

#[test]
fn the_interval_log_is_read_back_by_the_formats_own_library() {
    let text = text("histograms/levels.hlog");
    let entries: Vec<LogEntry<'_>> =
        IntervalLogIterator::new(text.as_bytes()).map(|entry| entry.unwrap()).collect();
    let LogEntry::StartTime(start) = entries[0] else { panic!("{:?}", entries[0]) };
    assert_eq!(start.as_secs(), 1_795_435_200);
    let mut tags = Vec::new();
    for entry in &entries[1..] {
        let LogEntry::Interval(interval) = entry else { panic!("{entry:?}") };
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            interval.encoded_histogram(),
        );
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes.unwrap().as_slice()).unwrap();
        assert_eq!((read.len(), interval.duration().as_secs()), (2000, 4));
        tags.push(interval.tag().map(|tag| tag.as_str().to_owned()));
    }
    let tag = Some("=claims__get".to_owned());
    assert_eq!(tags, [None, tag.clone(), None, tag]);
}

#[test]
fn locust_files_have_its_columns_and_its_aggregated_row() {
    let stats = text("locust/run_stats.csv");
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(stats.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!(stats.lines().next().unwrap().split(',').count(), 22);
    assert_eq!((&rows[0][0], &rows[0][1]), ("GET", "'=claims, get at 5.00k/s"));
    assert_eq!((&rows[2][1], &rows[2][2], &rows[2][3]), ("Aggregated", "4000", "5"));
    let median: f64 = rows[0][4].parse().unwrap();
    assert!((median - 0.4).abs() < 1e-3, "{median}");

    let history = text("locust/run_stats_history.csv");
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(history.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), rows[0].len()), (80, 24));
    assert_eq!((&rows[0][6], &rows[0][7], &rows[0][17]), ("0.09", "N/A", "50"));
    assert_eq!(&rows[79][17], "4000");

    let failures = text("locust/run_failures.csv");
    assert_eq!(failures.lines().count(), 3, "{failures}");
    assert!(failures.contains("'=BUSY,3") && failures.contains("given up,2"), "{failures}");
    assert!(text("locust/run_exceptions.csv").contains("2,reset,,local"));
}
