//! A certificate authority of the test's own, a server's certificate for `localhost` and a client's.

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
        let issue = |name: &str, purpose: ExtendedKeyUsagePurpose| {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
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
        let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let (ca, certificate, key) = (text(&self.ca), text(&self.server.0), text(&self.server.1));
        let port_text = port.to_string();
        let mut all = vec![
            "--tls-port",
            &port_text,
            "--tls-ca-cert-file",
            &ca,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-auth-clients",
            clients,
        ];
        all.extend(settings);
        (Server::start(&all), port)
    }
}
