//! The CSV form: some lines about the list, then a row for each part of each price.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

use super::fault::Fault;
use super::gather::OfferReader;
use super::sku::{Attributes, Described};
use super::term::Part;

/// Places of the columns that are read. Headers differ in case and spaces between services.
struct Columns {
    sku: usize,
    term: usize,
    unit: usize,
    price: usize,
    currency: usize,
    lease: usize,
    payment: usize,
    family: usize,
    location_type: usize,
    instance_type: usize,
    engine: usize,
    usage: usize,
    region: usize,
}

impl OfferReader {
    /// Reads a whole list, of all Regions or one; `name` is how problems name it.
    pub fn read_csv(&mut self, name: &str, text: impl Read) {
        name.clone_into(&mut self.file);
        let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut table: Option<(Columns, usize)> = None;
        let mut record = StringRecord::new();
        loop {
            let line = match rows.read_record(&mut record) {
                Ok(true) => record.position().map(csv::Position::line),
                Ok(false) => break,
                Err(error) => {
                    let line = error.position().map(csv::Position::line);
                    self.problem(line, None, Fault::Unreadable { reason: error.to_string() });
                    if error.is_io_error() {
                        break;
                    }
                    continue;
                }
            };
            match &table {
                None if plain(&record[0]) == "sku" => match self.columns(line, &record) {
                    Some(columns) => table = Some((columns, record.len())),
                    None => return,
                },
                None => self.about(line, &record),
                Some((columns, width)) if record.len() == *width => {
                    self.row(line, columns, &record);
                }
                Some((_, width)) => {
                    let reason = format!("{} cells where the header has {width}", record.len());
                    self.problem(line, None, Fault::Unreadable { reason });
                }
            }
        }
        if table.is_none() {
            let reason = "it has no header that begins with SKU".into();
            self.problem(None, None, Fault::Unreadable { reason });
        }
        self.needs_date();
    }

    /// A line above the header: a name and a value.
    fn about(&mut self, line: Option<u64>, record: &StringRecord) {
        let value = record.get(1).unwrap_or_default();
        match plain(&record[0]).as_str() {
            "publicationdate" => self.published(line, value),
            "version" => self.version(value),
            "offercode" => self.service(line, value),
            _ => {}
        }
    }

    fn columns(&mut self, line: Option<u64>, header: &StringRecord) -> Option<Columns> {
        let names: Vec<String> = header.iter().map(plain).collect();
        let mut place = |what: &'static str| {
            let found = names.iter().position(|name| *name == plain(what));
            if found.is_none() {
                self.problem(line, None, Fault::Missing { what });
            }
            found
        };
        // Every column is looked for before any of them can end this, so that all are noted.
        let sku = place("SKU");
        let term = place("OfferTermCode");
        let unit = place("Unit");
        let price = place("PricePerUnit");
        let currency = place("Currency");
        let lease = place("LeaseContractLength");
        let payment = place("PurchaseOption");
        let family = place("Product Family");
        let location_type = place("Location Type");
        let instance_type = place("Instance Type");
        let engine = place("Cache Engine");
        let usage = place("usageType");
        let region = place("Region Code");
        Some(Columns {
            sku: sku?,
            term: term?,
            unit: unit?,
            price: price?,
            currency: currency?,
            lease: lease?,
            payment: payment?,
            family: family?,
            location_type: location_type?,
            instance_type: instance_type?,
            engine: engine?,
            usage: usage?,
            region: region?,
        })
    }

    fn row(&mut self, line: Option<u64>, columns: &Columns, record: &StringRecord) {
        let cell = |at: usize| Some(&record[at]).filter(|text| !text.is_empty());
        let owned = |at: usize| cell(at).map(str::to_owned);
        let Some(sku) = cell(columns.sku) else {
            return self.problem(line, None, Fault::Missing { what: "SKU" });
        };
        let attributes = Attributes {
            region_code: owned(columns.region),
            location_type: owned(columns.location_type),
            usagetype: owned(columns.usage),
            cache_engine: owned(columns.engine),
            instance_type: owned(columns.instance_type),
        };
        let product_family = owned(columns.family);
        let product = Described { sku: sku.to_owned(), product_family, attributes };
        self.product(line, &product, true);
        if self.needs(sku) {
            let is_usd = cell(columns.currency) == Some("USD");
            let part = Part {
                line,
                term: owned(columns.term).unwrap_or_default(),
                lease: owned(columns.lease),
                payment: owned(columns.payment),
                unit: owned(columns.unit).unwrap_or_default(),
                usd: is_usd.then(|| record[columns.price].to_owned()),
            };
            self.part(sku, part);
        }
    }
}

/// `regioncode` of `Region Code`.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}
