//! Passwords that IAM vouches for: a request to connect, signed and never sent. Source: AWS,
//! "Authenticating with IAM", ElastiCache user guide.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_elasticache::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;

use super::AwsError;
use super::session::Session;

/// How long a token opens connections.
const LIFETIME: Duration = Duration::from_mins(15);
/// After so long another one is made.
const RENEWAL: Duration = Duration::from_mins(10);
/// Where that failed it is tried again so soon: the last token still has some minutes.
const RETRY: Duration = Duration::from_mins(1);
const SERVICE: &str = "elasticache";
/// What is added to the request, in the order in which AWS's own tools write it.
const ADDED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// Who connects to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The cache's identifier.
    pub cache: String,
    /// The user's id, which is its name as well.
    pub user: String,
    /// Whether the cache is serverless.
    pub is_serverless: bool,
}

impl Session {
    /// A token that opens connections for fifteen minutes; they stay open for up to twelve hours.
    ///
    /// # Errors
    /// When the credentials cannot be renewed or do not sign.
    pub async fn token(&self, login: &Login) -> Result<String, AwsError> {
        let found = self.provider.provide_credentials().await;
        let credentials = found.map_err(|error| AwsError::no_credentials(&error))?;
        token(&credentials, &self.region, login, SystemTime::now())
    }

    /// Makes tokens in time, for as long as it is polled.
    pub async fn keep_token(&self, login: &Login, renew: impl Fn(String)) {
        let mut pause = RENEWAL;
        loop {
            tokio::time::sleep(pause).await;
            pause = RETRY;
            if let Ok(token) = self.token(login).await {
                renew(token);
                pause = RENEWAL;
            }
        }
    }
}

/// The token of a moment.
fn token(
    credentials: &Credentials,
    region: &str,
    login: &Login,
    now: SystemTime,
) -> Result<String, AwsError> {
    let Login { cache, user, is_serverless } = login;
    let kind = if *is_serverless { "&ResourceType=ServerlessCache" } else { "" };
    let place = format!("{}/?Action=connect&User={}{kind}", cache.to_lowercase(), escaped(user));
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let identity = credentials.clone().into();
    let failed = |message: String| AwsError::Other {
        action: "elasticache:Connect",
        region: region.to_owned(),
        message,
    };
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let url = format!("http://{place}");
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(&[]));
    let signed = request.and_then(|request| sign(request, &parameters));
    let (instructions, _) = signed.map_err(|error| failed(error.to_string()))?.into_parts();
    let added = instructions.params();
    let mut token = place;
    for name in ADDED {
        if let Some((_, value)) = added.iter().find(|(known, _)| *known == name) {
            write!(token, "&{name}={}", escaped(value)).expect("text can always grow");
        }
    }
    Ok(token)
}

/// Everything but unreserved characters as %-escapes (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => write!(escaped, "%{byte:02X}").expect("text can always grow"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[track_caller]
    fn check(
        login: (&str, &str, bool),
        region: &str,
        unix: u64,
        session: Option<&str>,
        expected: &str,
    ) {
        let credentials =
            Credentials::new("AKIDEXAMPLE", SECRET, session.map(ToOwned::to_owned), None, "test");
        let (cache, user, is_serverless) = login;
        let login = Login { cache: cache.into(), user: user.into(), is_serverless };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(unix);
        assert_eq!(token(&credentials, region, &login, now).unwrap(), expected);
    }

    /// As botocore 1.43's `SigV4QueryAuth` signs the same requests at the same moments.
    #[test]
    fn tokens_are_those_of_an_independent_signer() {
        check(
            ("Identity", "app", false),
            "eu-west-1",
            1_795_867_200,
            None,
            "identity/?Action=connect&User=app&X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F20261128%2Feu-west-1%2Felasticache%2Faws4_request\
             &X-Amz-Date=20261128T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=26a53ca701ea4cc3f6612acabf76fee461a0b8abe99985b4e1dca79893b37f44",
        );
        check(
            ("burst", "reader-1", true),
            "us-east-1",
            1_735_787_045,
            None,
            "burst/?Action=connect&User=reader-1&ResourceType=ServerlessCache\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F20250102%2Fus-east-1%2Felasticache%2Faws4_request\
             &X-Amz-Date=20250102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=a97e81578750f633893c4ca33be6fbc5ee481cf141c1474beabc0019644db2a1",
        );
        check(
            ("orders", "app.user", false),
            "ap-southeast-2",
            1_924_991_999,
            Some("FwoGZXIvYXdzE//+token=="),
            "orders/?Action=connect&User=app.user&X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F20301231%2Fap-southeast-2%2Felasticache%2Faws4_request\
             &X-Amz-Date=20301231T235959Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
             &X-Amz-Security-Token=FwoGZXIvYXdzE%2F%2F%2Btoken%3D%3D\
             &X-Amz-Signature=5292a44c44d38de08e5a97e2f2d7c25ba01815a88504b4d29bdeb46bdd1e3427",
        );
    }
}
