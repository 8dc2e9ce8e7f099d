//! The two ends of the test, by rustls: a server that demands a certificate, and clients that have one or not.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, version,
};

use crate::cert::{Certificate, ExpectedId, TrustDomain};
use crate::cli::cert::svid_tls::{SvidVerifier, provider};
use crate::kernel::fs::describe;

/// A certificate with its chain and key.
pub(super) struct Credentials {
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) key: zeroize::Zeroizing<Vec<u8>>,
    pub(super) serial: String,
}

impl Credentials {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain
            .iter()
            .cloned()
            .map(CertificateDer::from)
            .collect()
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_vec()).into()
    }
}

/// What both ends trust.
pub(super) struct Trust {
    pub(super) root: Vec<u8>,
    pub(super) lists: Vec<Vec<u8>>,
    pub(super) trust_domain: TrustDomain,
}

fn told(error: &dyn std::fmt::Display) -> String {
    error.to_string()
}

const PATIENCE: Duration = Duration::from_secs(10);

/// A server on the loopback interface; it ends with this value.
pub(super) struct Server {
    port: u16,
    ended: Arc<AtomicBool>,
}

impl Server {
    pub(super) fn start(credentials: &Credentials, trust: &Trust) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(trust.root.clone()))
            .map_err(|error| told(&error))?;
        let lists = trust
            .lists
            .iter()
            .cloned()
            .map(CertificateRevocationListDer::from);
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .with_crls(lists)
            // The root publishes no list here: the leaf is what is revoked.
            .only_check_end_entity_revocation()
            .build()
            .map_err(|error| told(&error))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13])
            .map_err(|error| told(&error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(credentials.chain(), credentials.key())
            .map_err(|error| told(&error))?;
        config.send_tls13_tickets = 0;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| describe(&error))?;
        let port = listener
            .local_addr()
            .map_err(|error| describe(&error))?
            .port();
        let ended = Arc::new(AtomicBool::new(false));
        let (config, stop) = (Arc::new(config), Arc::clone(&ended));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                serve(&config, stream);
            }
        });
        Ok(Self { port, ended })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _woken = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(config: &Arc<ServerConfig>, mut stream: TcpStream) {
    let _without = stream.set_read_timeout(Some(PATIENCE));
    let _without = stream.set_nodelay(true);
    let Ok(mut connection) = ServerConnection::new(Arc::clone(config)) else {
        return;
    };
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            // The alert says why.
            let _gone = connection.write_tls(&mut stream);
            return;
        }
    }
    let _gone = connection.writer().write_all(b".");
    let _gone = connection.complete_io(&mut stream);
}

/// A client.
pub(super) struct Client(Arc<ClientConfig>);

impl Client {
    pub(super) fn new(
        credentials: Option<&Credentials>,
        trust: &Trust,
        old: bool,
    ) -> Result<Self, String> {
        let versions: &[&rustls::SupportedProtocolVersion] = if old {
            &[&version::TLS12]
        } else {
            &[&version::TLS13]
        };
        let root = Certificate::parse(&trust.root).map_err(|error| told(&error))?;
        let expected = ExpectedId::In(trust.trust_domain.clone());
        let verifier = SvidVerifier::new(vec![root], expected);
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(|error| told(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match credentials {
            Some(credentials) => builder
                .with_client_auth_cert(credentials.chain(), credentials.key())
                .map_err(|error| told(&error))?,
            None => builder.with_no_client_auth(),
        };
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    /// Connects and waits for the server's first byte: in TLS 1.3 the client is done before the server has judged it.
    pub(super) fn connect(&self, port: u16) -> Result<(), String> {
        let name = ServerName::try_from("127.0.0.1").map_err(|error| told(&error))?;
        let mut connection =
            ClientConnection::new(Arc::clone(&self.0), name).map_err(|error| told(&error))?;
        let mut stream =
            TcpStream::connect(("127.0.0.1", port)).map_err(|error| describe(&error))?;
        let limits = stream
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| stream.set_nodelay(true));
        limits.map_err(|error| describe(&error))?;
        let mut first = [0];
        let mut tls = rustls::Stream::new(&mut connection, &mut stream);
        tls.read_exact(&mut first).map_err(|error| describe(&error))
    }
}
