//! Credentials, Region, retries and time-outs: one client for everything that is asked.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::config::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::api_error::{AwsError, Call};

/// Attempts of one call: throttling and lost connections are tried again with growing pauses.
const ATTEMPTS: u32 = 4;
const CONNECT: Duration = Duration::from_secs(5);
/// For one attempt, reply included.
const ATTEMPT: Duration = Duration::from_secs(20);

/// Whose account is asked, where the surroundings do not say.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// Of the shared configuration files.
    pub profile: Option<String>,
    /// As in `eu-west-1`.
    pub region: Option<String>,
}

/// A Region of an account, with credentials that were found.
#[derive(Debug)]
pub struct Session {
    pub(super) client: Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    /// Answers for every Region, in a few of them.
    pub(super) pricing: aws_sdk_pricing::Client,
    /// Where every call goes.
    pub region: String,
    pub(super) provider: SharedCredentialsProvider,
    /// The id of the access key that signs, of which the secret is no part.
    pub access_key_id: String,
}

impl Session {
    /// Finds Region and credentials: arguments, environment, profile, single sign-on, web identity,
    /// container, instance, in the SDK's order.
    ///
    /// # Errors
    /// When there is no Region or no credentials; nothing was asked of the account then.
    pub async fn open(whose: &Whose) -> Result<Self, AwsError> {
        let config = load(whose).await;
        let region = config.region().map(ToString::to_string).ok_or(AwsError::NoRegion)?;
        let provider = config.credentials_provider();
        let provider = provider.ok_or_else(|| AwsError::NoCredentials { why: Vec::new() })?;
        let found = provider.provide_credentials().await;
        let credentials = found.map_err(|error| AwsError::no_credentials(&error))?;
        let access_key_id = credentials.access_key_id().to_owned();
        let at = aws_sdk_pricing::config::Region::new(pricing_region(&region));
        let pricing = aws_sdk_pricing::config::Builder::from(&config).region(at).build();
        let pricing = aws_sdk_pricing::Client::from_conf(pricing);
        let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
        let client = Client::new(&config);
        Ok(Self { client, cloudwatch, pricing, region, provider, access_key_id })
    }

    pub(super) fn call(&self, action: &'static str) -> Call<'_> {
        Call { action, region: &self.region, access_key_id: &self.access_key_id }
    }
}

/// Where the Pricing API is asked, which only three Regions have.
/// Source: AWS Billing user guide, "Calling AWS services and prices using the AWS Price List".
pub(super) fn pricing_region(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("eu" | "me" | "af" | "il") => "eu-central-1",
        Some("ap") => "ap-south-1",
        _ => "us-east-1",
    }
}

async fn load(whose: &Whose) -> SdkConfig {
    // ring, as everywhere in this program: no other build tools are needed for it.
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if let Some(profile) = &whose.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &whose.region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader.load().await
}
