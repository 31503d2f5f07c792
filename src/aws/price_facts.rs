//! What a catalog is refreshed from: prices, reservations, and what the engine may use on each type.

use aws_sdk_elasticache::types::{CacheNodeTypeSpecificParameter, ReservedCacheNodesOffering};
use aws_sdk_pricing::types::{Filter, FilterType};

use crate::catalog::{EngineDefault, Recurring, ReservedOffering};
use crate::engine::EngineVersion;

use super::api_error::{AwsError, Call};
use super::session::{Session, pricing_region};

const VERSIONS: &str = "elasticache:DescribeCacheEngineVersions";
const DEFAULTS: &str = "elasticache:DescribeEngineDefaultParameters";
const OFFERINGS: &str = "elasticache:DescribeReservedCacheNodesOfferings";
const PRODUCTS: &str = "pricing:GetProducts";

/// Every call here.
pub(super) const ACTIONS: &[&str] = &[VERSIONS, DEFAULTS, OFFERINGS, PRODUCTS];

impl Session {
    /// `maxmemory` of every node type in the parameter group family of every engine version that the
    /// program knows on ElastiCache.
    ///
    /// # Errors
    /// When any call or page fails: a part of the types is of no use.
    pub async fn engine_defaults(&self) -> Result<Vec<EngineDefault>, AwsError> {
        let mut defaults = Vec::new();
        for family in self.families().await? {
            let call = self.call(DEFAULTS);
            let ask = self.client.describe_engine_default_parameters();
            let ask = ask.cache_parameter_group_family(&family);
            // Not by item: the items of this call are parameters that hold for all types.
            let mut pages = ask.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| call.failed(&error))?;
                let found = page.engine_defaults().map(|all| {
                    all.cache_node_type_specific_parameters()
                        .iter()
                        .filter(|parameter| parameter.parameter_name() == Some("maxmemory"))
                        .flat_map(|parameter| of_types(&family, parameter))
                });
                defaults.extend(found.into_iter().flatten());
            }
        }
        Ok(defaults)
    }

    /// Families of parameter groups, ascending.
    async fn families(&self) -> Result<Vec<String>, AwsError> {
        let call = self.call(VERSIONS);
        let pages = self.client.describe_cache_engine_versions().into_paginator().items().send();
        let versions = pages.collect::<Result<Vec<_>, _>>().await;
        let versions = versions.map_err(|error| call.failed(&error))?;
        let mut families: Vec<String> = versions
            .iter()
            .filter(|one| is_known(one.engine(), one.engine_version()))
            .filter_map(|one| one.cache_parameter_group_family().map(ToOwned::to_owned))
            .collect();
        families.sort();
        families.dedup();
        Ok(families)
    }

    /// Every reservation on offer in the session's Region.
    ///
    /// # Errors
    /// When any page fails.
    pub async fn reserved_offerings(&self) -> Result<Vec<ReservedOffering>, AwsError> {
        let call = self.call(OFFERINGS);
        let ask = self.client.describe_reserved_cache_nodes_offerings();
        let pages = ask.into_paginator().items().send();
        let offerings = pages.collect::<Result<Vec<_>, _>>().await;
        Ok(offerings.map_err(|error| call.failed(&error))?.iter().map(offering).collect())
    }

    /// Every product of ElastiCache in the session's Region, each as the JSON of the Pricing API.
    ///
    /// # Errors
    /// When any page fails.
    pub async fn products(&self) -> Result<Vec<String>, AwsError> {
        let call = Call { region: pricing_region(&self.region), ..self.call(PRODUCTS) };
        let of_region = Filter::builder()
            .r#type(FilterType::TermMatch)
            .field("regionCode")
            .value(&self.region)
            .build()
            .map_err(|error| AwsError::Other {
                action: PRODUCTS,
                region: self.region.clone(),
                message: error.to_string(),
            })?;
        let ask = self.pricing.get_products().service_code("AmazonElastiCache").filters(of_region);
        let pages = ask.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(|error| call.failed(&error))
    }
}

/// Whether plans can choose that version: `8.0.1` counts as 8.0.
fn is_known(engine: Option<&str>, version: Option<&str>) -> bool {
    let (Some(engine), Some(version)) = (engine, version) else { return false };
    let mut numbers = version.split('.');
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return false };
    let version = EngineVersion::parse(&format!("{engine}-{major}.{minor}"));
    version.is_some_and(|version| EngineVersion::ON_ELASTICACHE.contains(&version))
}

fn of_types<'p>(
    family: &'p str,
    parameter: &'p CacheNodeTypeSpecificParameter,
) -> impl Iterator<Item = EngineDefault> + 'p {
    parameter.cache_node_type_specific_values().iter().map(|value| EngineDefault {
        family: family.to_owned(),
        node_type: value.cache_node_type().unwrap_or_default().to_owned(),
        value: value.value().unwrap_or_default().to_owned(),
    })
}

fn offering(one: &ReservedCacheNodesOffering) -> ReservedOffering {
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    let charges = one.recurring_charges().iter().map(|charge| Recurring {
        amount: charge.recurring_charge_amount(),
        frequency: owned(charge.recurring_charge_frequency()),
    });
    ReservedOffering {
        id: one.reserved_cache_nodes_offering_id().unwrap_or_default().to_owned(),
        node_type: owned(one.cache_node_type()),
        duration: one.duration(),
        fixed: one.fixed_price(),
        engine: owned(one.product_description()),
        payment: owned(one.offering_type()),
        recurring: charges.collect(),
    }
}
