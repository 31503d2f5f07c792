//! TLS to a target: whom to trust, and as whom to appear.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

/// How a target is to be spoken to, as it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file with the only certificates to trust; `None`: those of the system.
    pub ca: Option<PathBuf>,
    /// PEM files with this client's certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name in the server's certificate and in SNI; `None`: the address's host.
    pub server_name: Option<String>,
}

/// Why there can be no TLS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is not what it should be.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The system has no certificates to trust.
    #[error("this system has no certificates to trust: {0}")]
    NoRoots(String),
    /// A host that no certificate can name.
    #[error("`{0}` is no name that a certificate can hold")]
    Name(String),
    /// A key that does not belong to its certificate, and the like.
    #[error("{0}")]
    Setup(String),
}

/// Ready to open sessions.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    /// Shared by all of them.
    pub(crate) config: Arc<ClientConfig>,
    /// Whom the certificate has to name.
    pub(crate) name: ServerName<'static>,
}

impl Tls {
    /// Reads the files that `options` names.
    ///
    /// # Errors
    /// When one is missing or holds nothing of use.
    pub(crate) fn of(options: &TlsOptions, host: &str) -> Result<Self, TlsError> {
        let setup = |error: rustls::Error| TlsError::Setup(error.to_string());
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(setup)?
            .with_root_certificates(roots(options.ca.as_deref())?);
        let config = match &options.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let cause = |error| TlsError::File { path: key.clone(), cause: cause(&error) };
                let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(cause)?;
                builder.with_client_auth_cert(certificates(certificate)?, key).map_err(setup)?
            }
        };
        let name = options.server_name.as_deref().unwrap_or(host);
        let name =
            ServerName::try_from(name.to_owned()).map_err(|_| TlsError::Name(name.to_owned()))?;
        Ok(Self { config: Arc::new(config), name })
    }
}

/// The certificates to trust.
fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        for certificate in certificates(path)? {
            let fail = |error: rustls::Error| TlsError::File {
                path: path.to_owned(),
                cause: error.to_string(),
            };
            roots.add(certificate).map_err(fail)?;
        }
        return Ok(roots);
    }
    let found = rustls_native_certs::load_native_certs();
    // Systems hold a few that cannot be read; the others do.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let cause = found.errors.first().map_or("none is installed".into(), ToString::to_string);
        return Err(TlsError::NoRoots(cause));
    }
    Ok(roots)
}

/// All certificates of a PEM file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fail = |cause| TlsError::File { path: path.to_owned(), cause };
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| fail(cause(&error)))?;
    if found.is_empty() {
        return Err(fail("it holds no certificate in PEM form".into()));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path)
        .map_err(|error| TlsError::File { path: path.to_owned(), cause: error.to_string() })
}

fn cause(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::NoItemsFound => "it holds no key in PEM form".into(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_use_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty.pem");
        fs::write(&empty, "nothing\n").unwrap();
        let missing = directory.path().join("missing.pem");
        let fail = |options: TlsOptions, host: &str| {
            Tls::of(&options, host).map(|_| ()).unwrap_err().to_string()
        };
        let ca = |path: &Path| TlsOptions { ca: Some(path.to_owned()), ..TlsOptions::default() };
        assert!(fail(ca(&missing), "cache").contains("missing.pem: No such file"));
        assert!(fail(ca(&empty), "cache").contains("empty.pem: it holds no certificate"));
    }
}
