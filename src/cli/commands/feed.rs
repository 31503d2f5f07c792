//! `cachefit spec feed`: rows of another server as a file that a workload file can name.

use std::fs::File;

use crate::cli::Outcome;
use crate::cli::args::FeedArgs;
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::spec::{FeedRow, FeedShape};
use crate::store::StoreError;
use crate::target::{Endpoint, Rows, RowsOf};
use crate::units::num;

use super::plan::runtime;
use super::server::find;
use super::spec::write_new;

/// Reads rows, writes them and, if asked to, removes them then.
pub(super) fn feed(args: &FeedArgs, printer: &Printer) -> Outcome {
    let FeedArgs { server, fields, delimiter, out, .. } = args;
    let has_names = args.hash.is_some() || args.strings.is_some();
    let usual: &[&str] = if has_names { &["key", "value"] } else { &["value"] };
    let fields = if fields.is_empty() {
        usual.iter().map(|field| (*field).to_owned()).collect()
    } else {
        fields.clone()
    };
    let shape = FeedShape::new(fields, delimiter.clone(), has_names)?;
    let is_csv = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if !is_csv {
        return Err(Failure::FeedName { path: out.clone() });
    }
    runtime()?.block_on(async {
        let mut stop = Stop::listen();
        let found = find(server).await?;
        let endpoint = found.expect("the command line names one").endpoint;
        let work = copy(args, &endpoint, &shape, printer);
        stop.or(work, "rows that are not in the file are where they were").await
    })
}

async fn copy(
    args: &FeedArgs,
    endpoint: &Endpoint,
    shape: &FeedShape,
    printer: &Printer,
) -> Outcome {
    let rows = Rows::open(endpoint, rows_of(args), args.timeout).await?;
    let most = usize::try_from(args.rows).unwrap_or(usize::MAX);
    let read: Vec<FeedRow> = rows.read(most).await?;
    // Nothing is taken away before it is on disk, whole.
    write_new(&args.out, &shape.csv(&read)?)?;
    let synced = File::open(&args.out).and_then(|file| file.sync_all());
    synced.map_err(|cause| StoreError { path: args.out.clone(), cause })?;
    let n = num::count(read.len());
    printer.step(&format!("wrote {} with {n} rows", args.out.display()));
    if args.consume {
        rows.remove(&read).await?;
        printer.step(&format!("removed them from {endpoint}"));
    }
    Ok(MET)
}

fn rows_of(args: &FeedArgs) -> RowsOf {
    let FeedArgs { list, set, hash, strings, .. } = args;
    let all = [
        list.clone().map(RowsOf::List),
        set.clone().map(RowsOf::Set),
        hash.clone().map(RowsOf::Hash),
        strings.clone().map(RowsOf::Strings),
    ];
    all.into_iter().flatten().next().expect("the command line names one")
}
