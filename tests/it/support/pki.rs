//! A certificate authority of the test's own, a server's certificate for `localhost` and
//! names below `cache.test`, and a client's.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};

use super::{Server, Workdir};

/// PEM files in a test's directory.
pub(crate) struct Pki {
    pub(crate) ca: PathBuf,
    pub(crate) server: (PathBuf, PathBuf),
    pub(crate) client: (PathBuf, PathBuf),
}

impl Pki {
    /// Everything, issued by `authority`, which names the files.
    pub(crate) fn new(workdir: &Workdir, authority: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, authority);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let names = vec!["localhost".to_owned(), "*.cache.test".to_owned()];
        let issue = |name: &str, purpose: ExtendedKeyUsagePurpose| {
            let mut params = CertificateParams::new(names.clone()).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages = vec![purpose];
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap();
            (
                workdir.file(&format!("{authority}-{name}.crt"), &certificate.pem()),
                workdir.file(&format!("{authority}-{name}.key"), &key.serialize_pem()),
            )
        };
        Self {
            ca: workdir.file(&format!("{authority}.crt"), &issuer.pem()),
            server: issue("server", ExtendedKeyUsagePurpose::ServerAuth),
            client: issue("client", ExtendedKeyUsagePurpose::ClientAuth),
        }
    }

    /// An engine that speaks TLS on the returned port, besides its plain one.
    pub(crate) fn start(&self, clients: &str, settings: &[&str]) -> (Server, u16) {
        let port = super::server::free_port();
        let own = self.settings(port, clients);
        let all: Vec<&str> =
            own.iter().map(String::as_str).chain(settings.iter().copied()).collect();
        (Server::start(&all), port)
    }

    /// What an engine is started with that speaks TLS on `port`; `clients`: whether it asks for their
    /// certificates.
    pub(super) fn settings(&self, port: u16, clients: &str) -> Vec<String> {
        let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let port = port.to_string();
        [
            ("--tls-port", port.as_str()),
            ("--tls-ca-cert-file", &text(&self.ca)),
            ("--tls-cert-file", &text(&self.server.0)),
            ("--tls-key-file", &text(&self.server.1)),
            ("--tls-auth-clients", clients),
        ]
        .map(|(name, value)| [name.to_owned(), value.to_owned()])
        .concat()
    }
}
