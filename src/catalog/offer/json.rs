//! The JSON form, read as a stream: a product is forgotten as soon as it is sorted, so that a list of
//! every Region takes no more memory than its prices.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::fault::Fault;
use super::gather::OfferReader;
use super::sku::Described;
use super::term::Part;

/// A term as the list describes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    #[serde(default)]
    price_dimensions: BTreeMap<String, Dimension>,
    #[serde(default)]
    term_attributes: TermAttributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    price_per_unit: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TermAttributes {
    lease_contract_length: Option<String>,
    purchase_option: Option<String>,
}

/// One product of the Pricing API.
#[derive(Deserialize)]
struct Single {
    product: Described,
    #[serde(default)]
    terms: BTreeMap<String, BTreeMap<String, Term>>,
}

impl OfferReader {
    /// Reads a whole list, of all Regions or one; `name` is how problems name it.
    pub fn read_json(&mut self, name: &str, text: impl Read) {
        name.clone_into(&mut self.file);
        let mut json = serde_json::Deserializer::from_reader(text);
        let read = Whole(self).deserialize(&mut json).and_then(|()| json.end());
        match read {
            Ok(()) => self.needs_date(),
            Err(error) => {
                let line = Some(num_of_line(&error));
                self.problem(line, None, Fault::Unreadable { reason: error.to_string() });
            }
        }
    }

    /// Reads one answer of the Pricing API; `name` is how problems name the call.
    pub fn read_product(&mut self, name: &str, text: &str) {
        name.clone_into(&mut self.file);
        match serde_json::from_str::<Single>(text) {
            Ok(Single { product, terms }) => {
                self.product(None, &product, false);
                if self.needs(&product.sku) {
                    for term in terms.into_values() {
                        self.terms(&product.sku, term);
                    }
                }
            }
            Err(error) => {
                self.problem(None, None, Fault::Unreadable { reason: error.to_string() });
            }
        }
    }

    fn terms(&mut self, sku: &str, terms: BTreeMap<String, Term>) {
        for (key, Term { price_dimensions, term_attributes }) in terms {
            let TermAttributes { lease_contract_length, purchase_option } = term_attributes;
            if price_dimensions.is_empty() {
                self.problem(None, Some(sku), Fault::Missing { what: "priceDimensions" });
            }
            for Dimension { unit, price_per_unit } in price_dimensions.into_values() {
                let usd = price_per_unit.get("USD").map(|price| match price {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                let part = Part {
                    line: None,
                    term: key.clone(),
                    lease: lease_contract_length.clone(),
                    payment: purchase_option.clone(),
                    unit: unit.unwrap_or_default(),
                    usd,
                };
                self.part(sku, part);
            }
        }
    }
}

fn num_of_line(error: &serde_json::Error) -> u64 {
    crate::units::num::count(error.line())
}

/// The list as a whole.
struct Whole<'r>(&'r mut OfferReader);
/// Its products, by key.
struct Products<'r>(&'r mut OfferReader);
/// Its terms, by kind, each by product.
struct Terms<'r>(&'r mut OfferReader);
/// Those of one kind.
struct TermsOfKind<'r>(&'r mut OfferReader);

/// Reads an object by its visitor.
macro_rules! read_as_object {
    ($($name:ident: $expected:literal),* $(,)?) => {$(
        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
                from.deserialize_map(self)
            }
        }
        impl<'de> Visitor<'de> for $name<'_> {
            type Value = ();
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($expected)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                self.read(map)
            }
        }
    )*};
}

read_as_object! {
    Whole: "a price list",
    Products: "products by SKU",
    Terms: "terms by kind",
    TermsOfKind: "terms by SKU",
}

impl Whole<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut has_products, mut has_terms) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "offerCode" => self.0.service(None, &map.next_value::<String>()?),
                "version" => self.0.version(&map.next_value::<String>()?),
                "publicationDate" => self.0.published(None, &map.next_value::<String>()?),
                "products" => {
                    has_products = true;
                    map.next_value_seed(Products(self.0))?;
                }
                "terms" => {
                    has_terms = true;
                    map.next_value_seed(Terms(self.0))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match (has_products, has_terms) {
            (false, _) => Err(A::Error::custom("it has no `products`")),
            (_, false) => Err(A::Error::custom("it has no `terms`")),
            _ => Ok(()),
        }
    }
}

impl Products<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            let product = map.next_value::<Described>()?;
            self.0.product(None, &product, false);
        }
        Ok(())
    }
}

impl Terms<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Which kind it is, the terms themselves say.
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(TermsOfKind(self.0))?;
        }
        Ok(())
    }
}

impl TermsOfKind<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(sku) = map.next_key::<String>()? {
            if self.0.needs(&sku) {
                let terms = map.next_value::<BTreeMap<String, Term>>()?;
                self.0.terms(&sku, terms);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
