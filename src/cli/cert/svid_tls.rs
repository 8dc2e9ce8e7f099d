//! TLS whose server is known by its SPIFFE ID: its X509-SVID is verified as `cert verify` does, whatever its host is called.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::cert::{self, Bundles, Certificate, Demands, ExpectedId, Peer};
use crate::kernel::time::Timestamp;

/// The cryptography of all TLS here.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Verifies a server by its SPIFFE ID instead of its host name.
#[derive(Debug)]
pub(super) struct SvidVerifier {
    bundle: Vec<Certificate>,
    expected: ExpectedId,
    provider: Arc<CryptoProvider>,
    refusal: Mutex<Option<String>>,
}

impl SvidVerifier {
    /// A verifier by the bundle of the trust domain that is expected.
    pub(super) fn new(bundle: Vec<Certificate>, expected: ExpectedId) -> Self {
        Self {
            bundle,
            expected,
            provider: provider(),
            refusal: Mutex::new(None),
        }
    }

    /// Why the last server was refused.
    pub(super) fn refusal(&self) -> Option<String> {
        let refusal = self.refusal.lock();
        refusal.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check(
        &self,
        leaf: &[u8],
        above: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), String> {
        let now = i64::try_from(now.as_secs()).ok();
        let now = now
            .and_then(Timestamp::from_unix)
            .ok_or("the clock is out of its range")?;
        let parse = |der: &[u8]| Certificate::parse(der).map_err(|error| error.to_string());
        let above: Result<Vec<Certificate>, String> = above.iter().map(|der| parse(der)).collect();
        let mut demands = Demands::svid(self.expected.clone(), now);
        demands.rules.peer = Some(Peer::Server);
        let bundles = Bundles::One(self.bundle.clone());
        let verdict = cert::judge(&parse(leaf)?, &above?, &bundles, &demands);
        if verdict.is_accepted() {
            return Ok(());
        }
        let problems = verdict.problems.iter().map(ToString::to_string);
        Err(problems.collect::<Vec<_>>().join("; "))
    }
}

impl ServerCertVerifier for SvidVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(leaf, above, now).map_err(|problem| {
            let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
            *refusal = Some(problem);
            Error::from(CertificateError::ApplicationVerificationFailure)
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
