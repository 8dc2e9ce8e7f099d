//! Connections to a server: greetings of our own, then a real handshake without a certificate.

use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName as TlsName, UnixTime};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    ProtocolVersion, SignatureScheme,
};

use crate::cert::ServerName;
use crate::cert::probe::{
    Answer, ClientAuth, Enumeration, GROUPS, Hello, Observed, TlsVersion, answer,
};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::NewFile;
use crate::kernel::crypto::Random as _;
use crate::kernel::fs::{Privacy, Replace, describe};
use crate::kernel::http::forbidden;
use crate::kernel::pem;

/// The longest answer to a greeting that is read.
const MAX_ANSWER: usize = 64 << 10;

/// A host and a port.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) host: String,
    port: u16,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("`{text}` is not HOST:PORT");
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().map_err(|_| bad())?;
        let bare = !host.is_empty() && (!host.contains(':') || host.parse::<IpAddr>().is_ok());
        let host = host.to_owned();
        if bare {
            Ok(Self { host, port })
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// What a handshake told.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// The chain, DER each.
    pub(super) chain: Vec<Vec<u8>>,
    /// Whether it wants a certificate.
    pub(super) client_auth: Option<ClientAuth>,
    /// The authorities whose certificates it takes, as DER names.
    pub(super) accepted: Vec<Vec<u8>>,
    /// The version, suite and group of the handshake.
    pub(super) agreed: Option<String>,
    /// Why it failed, if it did.
    pub(super) failure: Option<String>,
}

/// A way to the server.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) address: SocketAddr,
    timeout: Duration,
}

impl Line {
    /// Finds the first address that answers.
    pub(super) fn find(
        target: &Target,
        allow_local: bool,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let failed = |problem: String| {
            Failure::new(Kind::Network, format!("cannot reach `{target}`: {problem}"))
        };
        if timeout.is_zero() {
            return Err(Failure::usage(
                "a timeout of nothing leaves no time to answer",
            ));
        }
        let addresses = (target.host.as_str(), target.port)
            .to_socket_addrs()
            .map_err(|error| failed(describe(&error)))?;
        let mut problem = failed("it has no address".to_owned());
        for address in addresses {
            if let Some(what) = forbidden(address.ip()).filter(|_| !allow_local) {
                problem =
                    failed(format!("{} is {what}", address.ip())).hint("`--allow-local` allows it");
                continue;
            }
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(_) => return Ok(Self { address, timeout }),
                Err(error) => problem = failed(describe(&error)),
            }
        }
        Err(problem)
    }

    fn connect(&self) -> Result<TcpStream, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                Kind::Network,
                format!("cannot connect to {}: {}", self.address, describe(&error)),
            )
        };
        let stream = TcpStream::connect_timeout(&self.address, self.timeout).map_err(failed)?;
        stream
            .set_read_timeout(Some(self.timeout))
            .map_err(failed)?;
        stream
            .set_write_timeout(Some(self.timeout))
            .map_err(failed)?;
        Ok(stream)
    }

    /// Greets once with each version and each group, and once more than there are suites.
    pub(super) fn ask(
        &self,
        env: &Env,
        name: &ServerName,
        observed: &mut Observed,
        silent: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let all: Vec<u16> = GROUPS.iter().map(|(number, _)| *number).collect();
        let mut strange = true;
        for version in TlsVersion::ALL {
            match self.greet(env, name, (version, &all, &[]))? {
                Answer::Accepted { version: taken, .. } if taken == version.number() => {
                    observed.versions.push(version)
                }
                Answer::Accepted { .. } | Answer::Alert(_) => {}
                Answer::NotTls => continue,
                // A server that drops what it does not know says nothing; of TLS 1.3 an answer is owed.
                Answer::Incomplete if version < TlsVersion::Tls12 => {}
                Answer::Incomplete => {
                    silent.push(format!("it did not answer a greeting of {version}"))
                }
            }
            strange = false;
        }
        if strange {
            return Err(Failure::new(
                Kind::Network,
                format!("{} does not speak TLS", self.address),
            ));
        }
        if observed.versions.contains(&TlsVersion::Tls13) {
            for (number, group) in GROUPS {
                let taken = self.greet(env, name, (TlsVersion::Tls13, &[number], &[]))?;
                if matches!(taken, Answer::Accepted { version, group: Some(wanted), .. }
                    if version == TlsVersion::Tls13.number() && wanted == number)
                {
                    observed.groups.push(group);
                }
            }
        }
        self.ask_suites(env, name, observed);
        Ok(())
    }

    /// Greets until no suite is left that the server takes. What ends early is told as unfinished.
    fn ask_suites(&self, env: &Env, name: &ServerName, observed: &mut Observed) {
        for version in observed.versions.iter().rev() {
            let Some(mut asked) = Enumeration::of(*version) else {
                continue;
            };
            let groups = asked.groups();
            while self
                .greet(env, name, (*version, &groups, &asked.offer()))
                .is_ok_and(|answer| asked.hear(answer))
            {}
            if !asked.is_complete {
                observed.unfinished.push(*version);
            }
            observed.suites.append(&mut asked.found);
        }
    }

    fn greet(
        &self,
        env: &Env,
        name: &ServerName,
        (version, groups, suites): (TlsVersion, &[u16], &[u16]),
    ) -> Result<Answer, Failure> {
        let mut random = [0; 64];
        env.random
            .fill(&mut random)
            .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
        let host = match name {
            ServerName::Dns(host) => Some(host.as_str()),
            ServerName::Ip(_) => None,
        };
        let hello = Hello {
            version,
            groups,
            suites,
            host,
            random,
        };
        let mut stream = self.connect()?;
        let mut received = Vec::new();
        if stream.write_all(&hello.record()).is_err() {
            return Ok(Answer::Incomplete);
        }
        let mut buffer = [0; 4096];
        loop {
            let read = match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return Ok(answer(&received)),
                Ok(count) => count,
            };
            received.extend_from_slice(buffer.get(..read).unwrap_or_default());
            let so_far = answer(&received);
            if so_far != Answer::Incomplete || received.len() > MAX_ANSWER {
                return Ok(so_far);
            }
        }
    }

    /// A handshake without a certificate. Its chain is shown, not trusted.
    pub(super) fn handshake(&self, name: &ServerName) -> Result<Met, Failure> {
        let failed = |error: &dyn fmt::Display| {
            Failure::new(Kind::Network, format!("no handshake: {error}"))
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let notes = Arc::new(Notes::default());
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Recorder {
                provider,
                notes: Arc::clone(&notes),
            }))
            .with_client_cert_resolver(Arc::clone(&notes) as Arc<dyn ResolvesClientCert>);
        config.enable_sni = true;
        let server = match name {
            ServerName::Dns(host) => {
                TlsName::try_from(host.clone()).map_err(|error| failed(&error))?
            }
            ServerName::Ip(address) => TlsName::IpAddress((*address).into()),
        };
        let mut connection =
            ClientConnection::new(Arc::new(config), server).map_err(|error| failed(&error))?;
        let mut stream = self.connect()?;
        let refusal = speak(&mut connection, &mut stream);
        let mut met = Met {
            chain: notes
                .chain
                .lock()
                .map(|chain| chain.clone())
                .unwrap_or_default(),
            accepted: notes
                .accepted
                .lock()
                .map(|names| names.clone())
                .unwrap_or_default(),
            ..Met::default()
        };
        let asked = notes.asked.lock().is_ok_and(|asked| *asked);
        met.agreed = agreed(&connection);
        met.client_auth = match (&refusal, asked) {
            (None, false) => Some(ClientAuth::Absent),
            (None, true) => Some(ClientAuth::Optional),
            (Some(Refusal::Alert(alert)), true) if refuses_the_certless(*alert) => {
                Some(ClientAuth::Required)
            }
            _ => None,
        };
        if met.client_auth.is_none() {
            met.failure = refusal.map(|refusal| refusal.to_string());
        }
        Ok(met)
    }
}

/// Alerts with which servers refuse a client without certificate: 116 in TLS 1.3, others before and in old programs.
fn refuses_the_certless(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::NoCertificate
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateUnknown
    )
}

/// How the server ended the conversation.
enum Refusal {
    Alert(AlertDescription),
    Other(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(alert) => write!(f, "the server sent the alert {alert:?}"),
            Self::Other(problem) => f.write_str(problem),
        }
    }
}

/// Shakes hands, and then listens: in TLS 1.3 the client is done before the server judges it (RFC 8446 §4.4.2.4).
fn speak(connection: &mut ClientConnection, stream: &mut TcpStream) -> Option<Refusal> {
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(stream) {
            return Some(refusal(&error));
        }
    }
    loop {
        match connection.read_tls(stream) {
            Ok(0) => return None,
            Ok(_) => {}
            // Silence: it goes on.
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                return None;
            }
            Err(error) => return Some(Refusal::Other(describe(&error))),
        }
        match connection.process_new_packets() {
            // Session tickets come before the first word; words of the application mean that it goes on.
            Ok(state) if state.plaintext_bytes_to_read() > 0 || state.peer_has_closed() => {
                return None;
            }
            Ok(_) => {}
            Err(Error::AlertReceived(alert)) => return Some(Refusal::Alert(alert)),
            Err(error) => return Some(Refusal::Other(error.to_string())),
        }
    }
}

fn refusal(error: &std::io::Error) -> Refusal {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::AlertReceived(alert)) => Refusal::Alert(*alert),
        Some(other) => Refusal::Other(other.to_string()),
        None => Refusal::Other(describe(error)),
    }
}

fn agreed(connection: &ClientConnection) -> Option<String> {
    let version = match connection.protocol_version()? {
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let suite = connection
        .negotiated_cipher_suite()
        .map(|suite| format!("{:?}", suite.suite()));
    let group = connection
        .negotiated_key_exchange_group()
        .map(|group| format!("{:?}", group.name()));
    Some(
        [Some(version), suite, group]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", "),
    )
}

/// What the server said during a handshake.
#[derive(Debug, Default)]
struct Notes {
    chain: Mutex<Vec<Vec<u8>>>,
    asked: Mutex<bool>,
    accepted: Mutex<Vec<Vec<u8>>>,
}

impl ResolvesClientCert for Notes {
    fn resolve(
        &self,
        accepted: &[&[u8]],
        _: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        if let (Ok(mut asked), Ok(mut names)) = (self.asked.lock(), self.accepted.lock()) {
            *asked = true;
            *names = accepted.iter().map(|name| name.to_vec()).collect();
        }
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Keeps the chain. That the server holds the key of the first certificate is checked; whom it is of is not.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    notes: Arc<Notes>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &TlsName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut chain) = self.notes.chain.lock() {
            *chain = std::iter::once(end_entity)
                .chain(intermediates)
                .map(|der| der.to_vec())
                .collect();
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The chain as a file to write.
pub(super) fn chain_file(path: PathBuf, chain: &[Vec<u8>]) -> NewFile {
    let text: Vec<String> = chain
        .iter()
        .map(|der| pem::write("CERTIFICATE", der).to_string())
        .collect();
    NewFile {
        path,
        bytes: text.concat().into_bytes().into(),
        privacy: Privacy::Shared,
        replace: Replace::Always,
    }
}
