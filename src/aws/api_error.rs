//! What AWS refuses, in words that say what to do.

use std::error::Error;

use aws_sdk_elasticache::error::{ProvideErrorMetadata, SdkError};

use super::{inventory, metrics, price_facts};

/// Error codes that mean a missing permission.
const DENIED: [&str; 4] =
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"];
/// Those that mean wrong or outdated credentials.
const WRONG_KEYS: [&str; 6] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "ExpiredTokenException",
    "MissingAuthenticationToken",
];
/// Those that mean that too much was asked.
const THROTTLED: [&str; 3] = ["Throttling", "ThrottlingException", "RequestLimitExceeded"];

/// Why an account did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// Neither an argument nor the surroundings name one.
    #[error("no AWS Region is set")]
    NoRegion,
    /// None of the places where the SDK looks has any.
    #[error("no AWS credentials were found{}", listed(why))]
    NoCredentials {
        /// What each place said.
        why: Vec<String>,
    },
    /// The identity lacks a permission.
    #[error("{action} is not allowed with access key {access_key_id} in {region}: {message}")]
    Denied {
        /// As in `elasticache:DescribeReplicationGroups`.
        action: &'static str,
        /// Whose.
        access_key_id: String,
        /// Where.
        region: String,
        /// As AWS says it; it names the identity.
        message: String,
    },
    /// The credentials are not valid, or no longer.
    #[error("access key {access_key_id} is not accepted in {region}: {message}")]
    WrongKeys {
        /// Whose.
        access_key_id: String,
        /// Where.
        region: String,
        /// As AWS says it.
        message: String,
    },
    /// Too many calls, also after pauses.
    #[error("{action} was throttled in {region}, also when it was tried again")]
    Throttled {
        /// What was called.
        action: &'static str,
        /// Where.
        region: String,
    },
    /// Nobody answered, or too late.
    #[error("{action} got no answer in {region}: {message}")]
    Unreachable {
        /// What was called.
        action: &'static str,
        /// Where.
        region: String,
        /// As the connection says it.
        message: String,
    },
    /// An answer that says something else, or cannot be read.
    #[error("{action} failed in {region}: {message}")]
    Other {
        /// What was called.
        action: &'static str,
        /// Where.
        region: String,
        /// As AWS or the SDK says it.
        message: String,
    },
    /// There is no such cache.
    #[error("there is no cache `{id}` in {region}{}", listed(known))]
    NotFound {
        /// As it was asked for.
        id: String,
        /// Where.
        region: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It is there, but has nothing to connect to.
    #[error("cache `{id}` has no endpoint yet; it is {status}")]
    NoEndpoint {
        /// Which.
        id: String,
        /// As AWS says it.
        status: String,
    },
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { String::new() } else { format!(": {}", items.join("; ")) }
}

/// Something that was not collected, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Remark {
    /// What is missing.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What a call was and where it went, for its errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) action: &'static str,
    pub(super) region: &'a str,
    pub(super) access_key_id: &'a str,
}

impl Call<'_> {
    /// What the SDK's error means.
    pub(super) fn failed<E, R>(self, error: &SdkError<E, R>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        let Call { action, .. } = self;
        let (region, access_key_id) = (self.region.to_owned(), self.access_key_id.to_owned());
        let message = match error {
            SdkError::ServiceError(service) => service.err().message().map(ToOwned::to_owned),
            _ => None,
        };
        let message = message.unwrap_or_else(|| causes(error));
        match (error, error.code()) {
            (SdkError::TimeoutError(_) | SdkError::DispatchFailure(_), _) => {
                AwsError::Unreachable { action, region, message }
            }
            (_, Some(code)) if DENIED.contains(&code) => {
                AwsError::Denied { action, access_key_id, region, message }
            }
            (_, Some(code)) if WRONG_KEYS.contains(&code) => {
                AwsError::WrongKeys { access_key_id, region, message }
            }
            (_, Some(code)) if THROTTLED.contains(&code) => AwsError::Throttled { action, region },
            _ => AwsError::Other { action, region, message },
        }
    }
}

/// An error and what caused it, in one line.
fn causes(error: &dyn Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}

/// The smallest policy of the commands that make a call: with every call of the first whose calls hold
/// `action`.
fn policy_with(action: &str) -> String {
    let commands = [inventory::ACTIONS, metrics::ACTIONS, price_facts::ACTIONS];
    let actions = commands.into_iter().find(|actions| actions.contains(&action));
    let actions: Vec<String> = actions
        .unwrap_or(inventory::ACTIONS)
        .iter()
        .map(|action| format!("      \"{action}\""))
        .collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\n    \"Effect\": \"Allow\",\n    \
         \"Action\": [\n{}\n    ],\n    \"Resource\": \"*\"\n  }}]\n}}",
        actions.join(",\n")
    )
}

impl AwsError {
    pub(super) fn no_credentials(error: &dyn Error) -> Self {
        Self::NoCredentials { why: vec![causes(error)] }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoRegion => {
                "name one with --region, AWS_REGION or `region` in ~/.aws/config".into()
            }
            Self::NoCredentials { .. } => {
                "log in (`aws sso login`), set AWS_PROFILE or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY, or run on an instance with a role"
                    .into()
            }
            Self::Denied { action, .. } => {
                format!("the smallest policy that does:\n{}", policy_with(action))
            }
            Self::WrongKeys { .. } => "renew the credentials; `aws sts get-caller-identity` shows \
                                       whose they are"
                .into(),
            Self::Throttled { .. } => "try again in a minute".into(),
            Self::Unreachable { .. } => {
                "check the network, a proxy, and whether the Region exists".into()
            }
            Self::Other { .. } => "AWS may have an incident; try again later".into(),
            Self::NotFound { .. } => "`cachefit aws list` shows what there is".into(),
            Self::NoEndpoint { .. } => "wait until it is available".into(),
        }
    }
}
