//! Where to measure: a target with its TLS, or a private engine.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;

use clap::Args;

use crate::units::Bytes;

use super::quantity;

/// Where to measure.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlaceArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// Go ahead on a target that holds keys of others or serves them; their keys are not touched
    #[arg(long, requires = "server")]
    pub allow_nonempty: bool,
    /// Leave the plan's keys on the target when the run has ended well
    #[arg(long, requires = "server")]
    pub keep_keys: bool,
    /// Engine to start [default: valkey-server or redis-server on PATH]
    #[arg(long, value_name = "PATH", conflicts_with = "server")]
    pub engine_bin: Option<PathBuf>,
    /// Port of the private engine on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT", conflicts_with = "server")]
    pub engine_port: Option<u16>,
    /// Memory limit of the private engine, as in 2GiB [default: what the data needs and a half]
    #[arg(long, value_name = "SIZE", value_parser = quantity::<Bytes>, conflicts_with = "server")]
    pub engine_memory: Option<Bytes>,
}

/// A server that is there already; without one a private engine is started.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ServerArgs {
    /// Its address, redis://[user[:password]@]host[:port][/database], or rediss:// with TLS. Better set
    /// the password in the environment, as `REDISCLI_AUTH`: other users of this machine can read command
    /// lines
    #[arg(long, value_name = "URL", value_parser = Url::take, group = "server")]
    pub target: Option<Url>,
    /// The replication group, cluster or serverless cache of that name, as `cachefit aws list` shows it:
    /// its endpoint, TLS and node type are asked of AWS
    #[arg(long, value_name = "ID", group = "server")]
    pub elasticache: Option<String>,
    /// Log in to it as this user
    #[arg(long, value_name = "NAME", requires = "elasticache")]
    pub user: Option<String>,
    /// With a token that IAM vouches for in place of a password
    #[arg(long, requires = "user")]
    pub iam: bool,
    /// Profile of the shared AWS configuration files [default: `AWS_PROFILE`, or `default`]
    #[arg(long, value_name = "NAME", requires = "elasticache")]
    pub aws_profile: Option<String>,
    /// Region of the account [default: that of the profile or the surroundings]
    #[arg(long, value_name = "REGION", requires = "elasticache")]
    pub aws_region: Option<String>,
    /// Connect to ADDR where a server is named HOST and PORT, as through a tunnel; once for the target
    /// and once for each node that a cluster announces
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT]", requires = "server")]
    pub resolve: Vec<String>,
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// How to speak TLS to a target.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct TlsArgs {
    /// Trust the certificates in this PEM file, and no others [default: those of the system]
    #[arg(long = "tls-ca", value_name = "FILE", requires = "server")]
    pub ca: Option<PathBuf>,
    /// Appear with the certificate in this PEM file
    #[arg(long = "tls-cert", value_name = "FILE", requires = "server", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Key of that certificate, a PEM file
    #[arg(long = "tls-key", value_name = "FILE", requires = "server", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Name that the server's certificate holds, and SNI [default: the target's host]
    #[arg(long = "tls-server-name", value_name = "NAME", requires = "server")]
    pub server_name: Option<String>,
}

/// An address as typed; it may hold a password.
#[derive(Clone)]
pub(in crate::cli) struct Url(String);

impl Url {
    /// Whatever was typed: clap's own errors would quote it.
    #[expect(clippy::unnecessary_wraps, reason = "the shape of clap's value parsers")]
    pub(in crate::cli) fn take(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }

    pub(in crate::cli) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(…)")
    }
}
