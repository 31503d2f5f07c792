//! Price lists in the shapes AWS writes, made of what a test says. The integration tests use this
//! file as well, so it names nothing of the crate.

use serde_json::{Map, Value, json};

/// A product with its prices.
#[derive(Clone)]
pub(crate) struct Sold {
    pub(crate) sku: String,
    family: &'static str,
    attributes: Map<String, Value>,
    pub(crate) terms: Vec<Term>,
}

/// A term with its parts: unit and price.
#[derive(Clone)]
pub(crate) struct Term {
    code: &'static str,
    lease: Option<&'static str>,
    payment: Option<&'static str>,
    currency: &'static str,
    pub(crate) parts: Vec<(&'static str, String)>,
}

/// A node on demand. Its prefix says nothing: `region` does.
pub(crate) fn node(usage: &str, engine: &str, region: &str, usd: &str) -> Sold {
    let node_type = usage.rsplit_once(':').map_or("", |(_, name)| name);
    let sold = sold("Cache Instance", usage, engine, region).with("instanceType", node_type);
    sold.with("vcpu", "2").with("memory", "3.09 GiB").on_demand("Hrs", usd)
}

/// Serverless use.
pub(crate) fn serverless(
    usage: &str,
    engine: &str,
    region: &str,
    unit: &'static str,
    usd: &str,
) -> Sold {
    sold("ElastiCache Serverless", usage, engine, region).on_demand(unit, usd)
}

/// Backups of nodes.
pub(crate) fn backup(engine: &str, region: &str, usd: &str) -> Sold {
    sold("Storage Snapshot", "EU-BackupUsage", engine, region).on_demand("GB-Mo", usd)
}

fn sold(family: &'static str, usage: &str, engine: &str, region: &str) -> Sold {
    let attributes = json!({
        "servicecode": "AmazonElastiCache",
        "location": "somewhere",
        "locationType": "AWS Region",
        "cacheEngine": engine,
        "usagetype": usage,
        "operation": format!("CreateCacheCluster:{engine}"),
        "regionCode": region,
    });
    let Value::Object(attributes) = attributes else { unreachable!() };
    let key = format!("{usage} {engine} {region}");
    let letters = key.bytes().filter(u8::is_ascii_alphanumeric).map(char::from);
    let sku = letters.collect::<String>().to_ascii_uppercase();
    Sold { sku, family, attributes, terms: Vec::new() }
}

impl Sold {
    pub(crate) fn called(mut self, sku: &str) -> Self {
        sku.clone_into(&mut self.sku);
        self
    }

    pub(crate) fn with(mut self, attribute: &str, value: &str) -> Self {
        self.attributes.insert(attribute.to_owned(), value.into());
        self
    }

    /// As Extended Support products have them.
    pub(crate) fn with_null(mut self, attribute: &str) -> Self {
        self.attributes.insert(attribute.to_owned(), Value::Null);
        self
    }

    pub(crate) fn without(mut self, attribute: &str) -> Self {
        self.attributes.remove(attribute);
        self
    }

    pub(crate) fn in_currency(mut self, currency: &'static str) -> Self {
        self.terms.iter_mut().for_each(|term| term.currency = currency);
        self
    }

    fn on_demand(mut self, unit: &'static str, usd: &str) -> Self {
        let parts = vec![(unit, usd.to_owned())];
        let (code, currency) = ("JRTCKXETXF", "USD");
        self.terms.push(Term { code, lease: None, payment: None, currency, parts });
        self
    }

    /// A reservation; its parts stand in no fixed order.
    pub(crate) fn reserved(
        mut self,
        lease: &'static str,
        payment: &'static str,
        hourly: &str,
        upfront: &str,
    ) -> Self {
        let code = match (lease, payment) {
            ("1yr", "No Upfront") => "4NA7Y494T4",
            ("1yr", "Partial Upfront") => "HU7G6KETJZ",
            ("1yr", "All Upfront") => "6QCMYABX3D",
            ("3yr", "No Upfront") => "BPH4J8HBKS",
            ("3yr", "Partial Upfront") => "38NPMPTW36",
            ("3yr", "All Upfront") => "NQ3QZPMQV9",
            _ => "OTHER",
        };
        let parts = [("Quantity", upfront), ("Hrs", hourly)];
        let parts = parts.into_iter().filter(|(_, usd)| !usd.is_empty());
        let parts = parts.map(|(unit, usd)| (unit, usd.to_owned())).collect();
        let (lease, payment) = (Some(lease), Some(payment));
        self.terms.push(Term { code, lease, payment, currency: "USD", parts });
        self
    }

    fn description(&self) -> Value {
        json!({ "sku": self.sku, "productFamily": self.family, "attributes": self.attributes })
    }

    fn terms_of(&self, reserved: bool) -> Map<String, Value> {
        let terms = self.terms.iter().filter(|term| term.lease.is_some() == reserved);
        terms.map(|term| (format!("{}.{}", self.sku, term.code), term.value(&self.sku))).collect()
    }

    /// As the Pricing API answers: the JSON text of one product.
    pub(crate) fn answer(&self) -> String {
        json!({
            "product": self.description(),
            "serviceCode": "AmazonElastiCache",
            "terms": { "OnDemand": self.terms_of(false), "Reserved": self.terms_of(true) },
            "version": "20261120000000",
            "publicationDate": "2026-11-20T00:00:00Z",
        })
        .to_string()
    }
}

impl Term {
    fn value(&self, sku: &str) -> Value {
        let mut dimensions = Map::new();
        for (index, (unit, usd)) in self.parts.iter().enumerate() {
            let key = format!("{sku}.{}.{index}", self.code);
            let part = json!({
                "rateCode": key,
                "unit": unit,
                "beginRange": "0",
                "endRange": "Inf",
                "pricePerUnit": { self.currency: usd },
                "appliesTo": [],
            });
            dimensions.insert(key, part);
        }
        let attributes = match (self.lease, self.payment) {
            (Some(lease), Some(payment)) => json!({
                "LeaseContractLength": lease,
                "OfferingClass": "standard",
                "PurchaseOption": payment,
            }),
            _ => json!({}),
        };
        json!({
            "offerTermCode": self.code,
            "sku": sku,
            "effectiveDate": "2026-11-01T00:00:00Z",
            "priceDimensions": dimensions,
            "termAttributes": attributes,
        })
    }
}

/// index.json of 2026-11-20.
pub(crate) fn index_json(products: &[Sold]) -> String {
    let described: Map<String, Value> =
        products.iter().map(|one| (one.sku.clone(), one.description())).collect();
    let terms = |reserved| -> Map<String, Value> {
        let of = products.iter().map(|one| (one.sku.clone(), one.terms_of(reserved).into()));
        of.filter(|(_, terms): &(String, Value)| terms != &json!({})).collect()
    };
    let list = json!({
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": "AmazonElastiCache",
        "version": "20261120000000",
        "publicationDate": "2026-11-20T00:00:00Z",
        "products": described,
        "terms": { "OnDemand": terms(false), "Reserved": terms(true) },
        "attributesList": {},
    });
    list.to_string()
}

/// The columns of index.csv that matter, and some that do not.
const HEADER: [&str; 20] = [
    "SKU",
    "OfferTermCode",
    "RateCode",
    "TermType",
    "PriceDescription",
    "Unit",
    "PricePerUnit",
    "Currency",
    "LeaseContractLength",
    "PurchaseOption",
    "OfferingClass",
    "Product Family",
    "Location Type",
    "Instance Type",
    "vCPU",
    "Memory",
    "Cache Engine",
    "usageType",
    "operation",
    "Region Code",
];

/// index.csv of 2026-11-20: the header stands on line 6.
pub(crate) fn index_csv(products: &[Sold]) -> String {
    let mut lines = vec![
        r#""FormatVersion","v1.0""#.to_owned(),
        r#""Disclaimer","This pricing list is for ""informational"" purposes only""#.to_owned(),
        r#""Publication Date","2026-11-20T00:00:00Z""#.to_owned(),
        r#""Version","20261120000000""#.to_owned(),
        r#""OfferCode","AmazonElastiCache""#.to_owned(),
        row(&HEADER),
    ];
    for one in products {
        let attribute = |name: &str| one.attributes.get(name).and_then(Value::as_str).unwrap_or("");
        for term in &one.terms {
            for (unit, usd) in &term.parts {
                lines.push(row(&[
                    &one.sku,
                    term.code,
                    "rate",
                    if term.lease.is_some() { "Reserved" } else { "OnDemand" },
                    "what it is, in words",
                    unit,
                    usd,
                    term.currency,
                    term.lease.unwrap_or(""),
                    term.payment.unwrap_or(""),
                    if term.lease.is_some() { "standard" } else { "" },
                    one.family,
                    attribute("locationType"),
                    attribute("instanceType"),
                    attribute("vcpu"),
                    attribute("memory"),
                    attribute("cacheEngine"),
                    attribute("usagetype"),
                    attribute("operation"),
                    attribute("regionCode"),
                ]));
            }
        }
    }
    lines.join("\n") + "\n"
}

fn row(cells: &[&str]) -> String {
    cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",")
}
