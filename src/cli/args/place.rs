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
    /// Server to measure on, redis://[user[:password]@]host[:port][/database], or rediss:// with TLS;
    /// without one a private engine is started. Better set the password in the environment, as `REDISCLI_AUTH`: other users
    /// of this machine can read command lines
    #[arg(long, value_name = "URL", value_parser = Url::take)]
    pub target: Option<Url>,
    /// Connect to ADDR where the target names HOST and PORT, as through a tunnel
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT]", requires = "target")]
    pub resolve: Vec<String>,
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Go ahead on a target that holds keys of others or serves them; their keys are not touched
    #[arg(long, requires = "target")]
    pub allow_nonempty: bool,
    /// Leave the plan's keys on the target when the run has ended well
    #[arg(long, requires = "target")]
    pub keep_keys: bool,
    /// Engine to start [default: valkey-server or redis-server on PATH]
    #[arg(long, value_name = "PATH", conflicts_with = "target")]
    pub engine_bin: Option<PathBuf>,
    /// Port of the private engine on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT", conflicts_with = "target")]
    pub engine_port: Option<u16>,
    /// Memory limit of the private engine, as in 2GiB [default: what the data needs and a half]
    #[arg(long, value_name = "SIZE", value_parser = quantity::<Bytes>, conflicts_with = "target")]
    pub engine_memory: Option<Bytes>,
}

/// How to speak TLS to a target.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct TlsArgs {
    /// Trust the certificates in this PEM file, and no others [default: those of the system]
    #[arg(long = "tls-ca", value_name = "FILE", requires = "target")]
    pub ca: Option<PathBuf>,
    /// Appear with the certificate in this PEM file
    #[arg(long = "tls-cert", value_name = "FILE", requires = "target", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Key of that certificate, a PEM file
    #[arg(long = "tls-key", value_name = "FILE", requires = "target", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Name that the server's certificate holds, and SNI [default: the target's host]
    #[arg(long = "tls-server-name", value_name = "NAME", requires = "target")]
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
