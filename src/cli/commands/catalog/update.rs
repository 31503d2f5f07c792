//! `cachefit catalog import`, and what it shares with `refresh`: the present catalog and what becomes
//! of it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use crate::catalog::{
    Catalog, Date, Diff, Figures, Files, Offer, OfferReader, Scope, Source, Update, updated,
};
use crate::cli::Outcome;
use crate::cli::args::UpdateArgs;
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::store::CatalogDir;

use super::proposal::{Proposal, Read};
use crate::cli::commands::chosen::Chosen;
use crate::cli::commands::input::now;

/// The catalog that is to be updated.
pub(super) struct Present {
    pub catalog: Catalog,
    files: Files,
}

/// Takes prices from an offer file.
pub(super) fn import(path: &Path, args: &UpdateArgs, printer: &Printer) -> Outcome {
    let present = Present::of(args)?;
    let regions: BTreeSet<_> = args.region.iter().cloned().collect();
    let mut reader = OfferReader::new(Scope::of(&present.catalog, regions));
    read(path, &mut reader)
        .map_err(|cause| Failure::OfferUnreadable { path: path.to_owned(), cause })?;
    let offer = reader.finish().map_err(|cause| Failure::Offer { path: path.to_owned(), cause })?;
    let date = offer.published.expect("a list without a date is a problem of its own");
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    let version = if offer.version.is_empty() { date.to_string() } else { offer.version.clone() };
    let source = Source {
        key: format!("offer-{}", version.replace([';', ','], "-")),
        citation: format!("AWS price list of AmazonElastiCache, version {version}, file {file}"),
        date: date.to_string(),
        note: format!("imported on {}", today()),
    };
    let read = Read { sources: vec![source.clone()], ..Read::of(&offer) };
    let Offer { nodes, rates, .. } = offer;
    let figures = vec![Figures { source, date, nodes, rates }];
    present.put(&Update { figures, maxmemory: None }, read, args, printer)
}

/// Reads a list in the form that its first letter tells.
fn read(path: &Path, reader: &mut OfferReader) -> std::io::Result<()> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let is_json = file.fill_buf()?.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let name = path.display().to_string();
    if is_json {
        reader.read_json(&name, file);
    } else {
        reader.read_csv(&name, file);
    }
    Ok(())
}

/// The day it is.
pub(super) fn today() -> Date {
    let (year, month, day) = now().date();
    Date::parse(&format!("{year:04}-{month:02}-{day:02}"))
        .expect("the clock is between 2000 and 2100")
}

impl Present {
    /// That of the argument, or the built-in one where there is none yet.
    pub(super) fn of(args: &UpdateArgs) -> Result<Self, Failure> {
        let chosen = match Chosen::named(args.catalog.as_deref()) {
            Err(Failure::NoCatalog { .. }) => Chosen::builtin(),
            chosen => chosen?,
        };
        let files = chosen.files.unwrap_or_else(Catalog::builtin_files);
        Ok(Self { catalog: chosen.catalog, files })
    }

    /// Shows what changes, and writes it where that is asked for.
    pub(super) fn put(
        &self,
        update: &Update,
        read: Read,
        args: &UpdateArgs,
        printer: &Printer,
    ) -> Outcome {
        let files = updated(&self.files, update);
        let catalog = Catalog::from_files(&files).map_err(|cause| {
            let path = args.catalog.clone().unwrap_or_else(|| "builtin".into());
            Failure::Catalog { path, cause }
        })?;
        let diff = Diff::between(&self.catalog, &catalog);
        let directory = args.catalog.as_deref().filter(|_| args.apply);
        if let Some(directory) = directory {
            let catalogs = CatalogDir::open(directory);
            catalogs.keep(&diff.from.folder(), &self.files)?;
            catalogs.keep(&diff.to.folder(), &files)?;
            catalogs.make_current(&diff.to.folder())?;
        }
        Proposal { read, diff, written: directory }.print(printer);
        Ok(MET)
    }
}
