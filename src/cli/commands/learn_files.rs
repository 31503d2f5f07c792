//! Files that a workload is learned from: what is stored and what is asked, one after the other.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use crate::cli::args::LearnFilesArgs;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::learn::{Gathered, KeysFrom, Source, capture, locust, of_malformed, payloads, snapshot};
use crate::spec::MAX_FILE;
use crate::units::num;

/// Takes in all files that are named; `stored` tells whether a server has told already what is stored.
pub(super) fn take_files(
    files: &LearnFilesArgs,
    stored: KeysFrom,
    (gathered, source): (&mut Gathered, &mut Source),
    printer: &Printer,
) -> Result<(), Failure> {
    let LearnFilesArgs { rdb, payloads: records, monitor, locust: stats } = files;
    for path in rdb {
        let read = snapshot(open(path)?, gathered)
            .map_err(|cause| Failure::Snapshot { path: path.clone(), cause })?;
        source.add_snapshot(&name(path), &read);
    }
    if !rdb.is_empty() {
        source.end_snapshots(rdb.len());
    }
    if let Some(path) = records {
        let recorded = payloads(&path.display().to_string(), read_whole(path)?, gathered)?;
        source.add_records(&name(path), recorded);
    }
    if let Some(path) = monitor {
        let is_told = !rdb.is_empty() || records.is_some();
        let keys = if is_told { KeysFrom::Elsewhere } else { stored };
        let captured = capture(BufReader::new(open(path)?), keys, gathered)
            .map_err(|cause| unreadable(path, cause))?;
        if captured.totals.first_us.is_none() {
            let malformed = captured.malformed;
            return Err(Failure::NoCapture { path: path.clone(), malformed });
        }
        if captured.malformed.count > 0 {
            printer.step(&format!("{}: {}", path.display(), of_malformed(&captured.malformed)));
        }
        source.add_capture(&name(path), keys, &captured);
    }
    if let Some(path) = stats {
        let stats = locust(&path.display().to_string(), &read_whole(path)?)?;
        source.add_locust(&name(path), stats);
    }
    Ok(())
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|cause| unreadable(path, cause))
}

/// A file that has to fit in memory.
fn read_whole(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let most = MAX_FILE.get();
    open(path)?
        .take(most + 1)
        .read_to_end(&mut content)
        .map_err(|cause| unreadable(path, cause))?;
    if num::count(content.len()) > most {
        let cause =
            format!("it has more than {MAX_FILE}; a sample of some thousand records is enough");
        return Err(unreadable(path, io::Error::other(cause)));
    }
    Ok(content)
}

fn unreadable(path: &Path, cause: io::Error) -> Failure {
    Failure::LearnUnreadable { path: path.to_owned(), cause }
}

/// Without its directory, which is nobody's business in a file that is passed on.
fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.display().to_string())
}
