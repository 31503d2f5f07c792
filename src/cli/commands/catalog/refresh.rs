//! `cachefit catalog refresh`: what AWS answers.

use crate::aws::{Session, Whose};
use crate::catalog::{
    Catalog, Date, EngineDefault, Fault, Figures, LeftOut, MaxMemory, NodeReading, Offer,
    OfferError, OfferProblem, OfferReader, Region, ReservedOffering, Scope, Source, Update,
    maxmemory, reserved,
};
use crate::cli::Outcome;
use crate::cli::args::UpdateArgs;
use crate::cli::commands::plan::runtime;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;

use super::proposal::Read;
use super::update::{Present, today};

/// What AWS answered.
struct Answers {
    regions: Vec<OfRegion>,
    defaults: Vec<EngineDefault>,
}

/// What it answered about one Region.
struct OfRegion {
    region: Region,
    products: Vec<String>,
    offerings: Vec<ReservedOffering>,
}

/// Asks AWS. Everything is asked before anything is looked at: a part would not do.
pub(super) fn refresh(profile: Option<&str>, args: &UpdateArgs, printer: &Printer) -> Outcome {
    let present = Present::of(args)?;
    let answers = runtime()?.block_on(ask(profile, &args.region, printer))?;
    let (update, read) = combined(&answers, &present.catalog, today())?;
    present.put(&update, read, args, printer)
}

async fn ask(
    profile: Option<&str>,
    regions: &[Region],
    printer: &Printer,
) -> Result<Answers, Failure> {
    let wanted: Vec<Option<String>> = if regions.is_empty() {
        vec![None]
    } else {
        regions.iter().map(|region| Some(region.to_string())).collect()
    };
    let mut answers = Answers { regions: Vec::new(), defaults: Vec::new() };
    for region in wanted {
        let session = Session::open(&Whose { profile: profile.map(str::to_owned), region }).await?;
        let region = Region::parse(&session.region).ok_or_else(|| Failure::NoSuchRegion {
            name: session.region.clone(),
            known: vec!["those that AWS has, as in us-east-1".into()],
        })?;
        // Every Region has the same node types, as far as it has them.
        if answers.regions.is_empty() {
            printer.step(&format!("asking {region} for maxmemory"));
            answers.defaults = session.engine_defaults().await?;
        }
        printer.step(&format!("asking for prices and reservations of {region}"));
        let products = session.products().await?;
        let offerings = session.reserved_offerings().await?;
        answers.regions.push(OfRegion { region, products, offerings });
    }
    Ok(answers)
}

/// All answers as an update, or everything that is wrong with any of them.
fn combined(
    answers: &Answers,
    catalog: &Catalog,
    date: Date,
) -> Result<(Update, Read), OfferError> {
    let regions = answers.regions.iter().map(|one| one.region.clone()).collect();
    // ElastiCache itself tells the reservations.
    let scope = Scope { reserved: false, ..Scope::of(catalog, regions) };
    let mut problems = Vec::new();
    let offer = listed(&answers.regions, &scope).map_err(|error| problems.extend(error.problems));
    let reservations =
        reservations(&answers.regions, &scope).map_err(|error| problems.extend(error.problems));
    let maxmemory = maxmemory(&answers.defaults).map_err(|error| problems.extend(error.problems));
    let (Ok(offer), Ok((reservations, left_out)), Ok((of, differing))) =
        (offer, reservations, maxmemory)
    else {
        return Err(OfferError { problems });
    };

    let source = |call: &str, action: &str| Source {
        key: format!("{call}-{date}"),
        citation: format!("AWS API, {action}"),
        date: date.to_string(),
        note: String::new(),
    };
    let prices = source("pricing-api", "pricing GetProducts of AmazonElastiCache");
    let offerings = source("reserved-api", "elasticache DescribeReservedCacheNodesOfferings");
    let defaults = source("defaults-api", "elasticache DescribeEngineDefaultParameters");

    let mut read = Read::of(&offer);
    read.sources = vec![prices.clone(), offerings.clone(), defaults.clone()];
    read.nodes += reservations.len();
    read.differing = differing.into_iter().collect();
    for (why, n) in left_out {
        *read.left_out.entry(why).or_default() += n;
    }
    for name in of.keys() {
        if catalog.node_type(name).is_some() {
            read.maxmemory += 1;
        } else {
            read.unknown_types.entry(name.clone()).or_default();
        }
    }
    let Offer { nodes, rates, .. } = offer;
    let figures = vec![
        Figures { source: prices, date, nodes, rates },
        Figures { source: offerings, date, nodes: reservations, rates: Vec::new() },
    ];
    let maxmemory = Some(MaxMemory { source: defaults, of });
    Ok((Update { figures, maxmemory }, read))
}

/// The products of the Pricing API.
fn listed(regions: &[OfRegion], scope: &Scope) -> Result<Offer, OfferError> {
    let mut problems = Vec::new();
    let mut reader = OfferReader::new(scope.clone());
    for OfRegion { region, products, .. } in regions {
        let call = format!("GetProducts of {region}");
        if products.is_empty() {
            problems.push(nothing(&call));
        }
        for product in products {
            reader.read_product(&call, product);
        }
    }
    let offer = reader.finish().map_err(|mut error| problems.append(&mut error.problems));
    match offer {
        Ok(offer) if problems.is_empty() => Ok(offer),
        _ => Err(OfferError { problems }),
    }
}

/// Reservations, and what was left out with each reason.
type Reservations = (Vec<NodeReading>, Vec<(LeftOut, u64)>);

/// The reservations of every Region.
fn reservations(regions: &[OfRegion], scope: &Scope) -> Result<Reservations, OfferError> {
    let (mut nodes, mut left_out, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for OfRegion { region, offerings, .. } in regions {
        let call = format!("DescribeReservedCacheNodesOfferings of {region}");
        match reserved(&call, region, offerings, scope) {
            Ok((found, _)) if found.is_empty() => problems.push(nothing(&call)),
            Ok((found, more)) => {
                nodes.extend(found);
                left_out.extend(more);
            }
            Err(error) => problems.extend(error.problems),
        }
    }
    if problems.is_empty() { Ok((nodes, left_out)) } else { Err(OfferError { problems }) }
}

/// An answer without anything in it is not taken for the news that there is nothing.
fn nothing(call: &str) -> OfferProblem {
    OfferProblem { file: call.to_owned(), line: None, sku: None, fault: Fault::Nothing }
}
