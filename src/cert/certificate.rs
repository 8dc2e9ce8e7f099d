//! A certificate read for judgement (RFC 5280 §4): what matters for a path, in types of our own.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer as _;

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, SignatureAlgorithm, hex, sha256};
use crate::kernel::der::{Reader, tag};
use crate::kernel::key::{Curve, KeyDefect, PublicKey, public_from_spki};
use crate::kernel::time::Timestamp;

/// A certificate.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The whole, DER.
    pub der: Vec<u8>,
    /// The subject in words; empty if it is.
    pub subject: String,
    /// The issuer in words.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
    /// The subject's key.
    pub public_key: Result<PublicKey, KeyDefect>,
    /// Whether it is an authority (basicConstraints).
    pub is_authority: bool,
    /// How many authorities may follow it.
    pub path_length: Option<u32>,
    /// The key's uses, if it limits them.
    pub key_usage: Option<KeyUse>,
    /// The purposes, if it limits them: their names or OIDs.
    pub purposes: Option<Vec<String>>,
    /// URI names.
    pub uris: Vec<String>,
    /// DNS names.
    pub dns_names: Vec<String>,
    /// Constraints on the names of what it issues.
    pub constraints: Option<Constraints>,
    /// Critical extensions that are not understood.
    pub unknown_critical: Vec<String>,
    pub(super) basic_is_critical: bool,
    pub(super) names_are_critical: bool,
    pub(super) serial_is_positive: bool,
    pub(super) other_names: Vec<&'static str>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) subject_der: Vec<u8>,
    pub(super) issuer_der: Vec<u8>,
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) algorithm_oid: String,
}

/// keyUsage (RFC 5280 §4.2.1.3), as far as a path needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    /// digitalSignature
    pub digital_signature: bool,
    /// keyCertSign
    pub certificates: bool,
    /// cRLSign
    pub revocation_lists: bool,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// Name constraints (RFC 5280 §4.2.1.10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Hosts that URIs may have.
    pub permitted_uris: Vec<String>,
    /// Hosts that URIs must not have.
    pub excluded_uris: Vec<String>,
    /// Domains that DNS names may be in.
    pub permitted_dns: Vec<String>,
    /// Domains that DNS names must not be in.
    pub excluded_dns: Vec<String>,
    /// Other kinds of name that are constrained; certificates with such names cannot be judged here.
    pub other: Vec<&'static str>,
}

/// Why bytes are not a certificate that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not DER of a certificate.
    #[error("it is not a certificate")]
    Malformed,
    /// Bytes after it.
    #[error("bytes follow the certificate")]
    Trailing,
    /// Not version 3.
    #[error("it is of version {0}, not 3")]
    Version(u32),
    /// An extension twice.
    #[error("it has an extension twice")]
    DuplicateExtension,
    /// An extension that cannot be read.
    #[error("its extension {0} cannot be read")]
    BadExtension(String),
    /// The two places that name the signature algorithm differ (RFC 5280 §4.1.1.2).
    #[error("it names two different signature algorithms")]
    AlgorithmMismatch,
    /// A time outside the calendar.
    #[error("its validity is outside the calendar")]
    BadTime,
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        check_envelope(der)?;
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Trailing);
        }
        if parsed.version.0 != 2 {
            return Err(CertificateError::Version(parsed.version.0 + 1));
        }
        parsed
            .extensions_map()
            .map_err(|_| CertificateError::DuplicateExtension)?;
        let time = |seconds| Timestamp::from_unix(seconds).ok_or(CertificateError::BadTime);
        let oid = &parsed.signature_algorithm.algorithm;
        let mut certificate = Self {
            der: der.to_vec(),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: hex(parsed.raw_serial()),
            not_before: time(parsed.validity().not_before.timestamp())?,
            not_after: time(parsed.validity().not_after.timestamp())?,
            public_key: public_from_spki(parsed.public_key().raw),
            is_authority: false,
            path_length: None,
            key_usage: None,
            purposes: None,
            uris: Vec::new(),
            dns_names: Vec::new(),
            constraints: None,
            unknown_critical: Vec::new(),
            basic_is_critical: false,
            names_are_critical: false,
            serial_is_positive: matches!(parsed.raw_serial(), [first, ..] if *first < 0x80)
                && parsed.raw_serial().iter().any(|byte| *byte != 0),
            other_names: Vec::new(),
            subject_key_id: None,
            authority_key_id: None,
            subject_der: parsed.subject().as_raw().to_vec(),
            issuer_der: parsed.issuer().as_raw().to_vec(),
            signed: parsed.tbs_certificate.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            algorithm: signature_algorithm(oid),
            algorithm_oid: oid.to_id_string(),
        };
        for extension in parsed.extensions() {
            let name = extension.oid.to_id_string();
            certificate.read_extension(extension.parsed_extension(), &name, extension.critical)?;
        }
        Ok(certificate)
    }

    fn read_extension(
        &mut self,
        extension: &ParsedExtension<'_>,
        oid: &str,
        critical: bool,
    ) -> Result<(), CertificateError> {
        match extension {
            ParsedExtension::BasicConstraints(basic) => {
                self.basic_is_critical = critical;
                self.is_authority = basic.ca;
                self.path_length = basic.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUse {
                    digital_signature: usage.digital_signature(),
                    certificates: usage.key_cert_sign(),
                    revocation_lists: usage.crl_sign(),
                    critical,
                });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let known = [
                    (usage.any, "any"),
                    (usage.server_auth, "serverAuth"),
                    (usage.client_auth, "clientAuth"),
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                let names = known
                    .iter()
                    .filter(|(set, _)| *set)
                    .map(|(_, name)| (*name).to_owned());
                let others = usage.other.iter().map(Oid::to_id_string);
                self.purposes = Some(names.chain(others).collect());
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.names_are_critical = critical;
                for name in &names.general_names {
                    match name {
                        GeneralName::URI(uri) => self.uris.push((*uri).to_owned()),
                        GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
                        // What cannot be decoded may be a second identity, or one that is excluded.
                        GeneralName::Invalid(..) => {
                            return Err(CertificateError::BadExtension(oid.to_owned()));
                        }
                        other => self.other_names.push(kind_of_name(other)),
                    }
                }
            }
            ParsedExtension::NameConstraints(constraints) => {
                let read = Constraints::new(constraints);
                self.constraints =
                    Some(read.ok_or(CertificateError::BadExtension(oid.to_owned()))?);
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::ParseError { .. } => {
                return Err(CertificateError::BadExtension(oid.to_owned()));
            }
            _ if critical => self.unknown_critical.push(oid.to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// How it is named in messages: its SPIFFE ID or other URI, or else its subject.
    pub fn name(&self) -> &str {
        match self.uris.as_slice() {
            [uri] if !self.is_authority => uri,
            _ if !self.subject.is_empty() => &self.subject,
            [uri, ..] => uri,
            [] => "(no name)",
        }
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// The SHA-256 of the whole certificate, hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&sha256(&self.der))
    }
}

/// The outermost structure, strictly: the library behind us takes an outer tag that is none, and what is outside the
/// signed part is covered by no signature. The two signature algorithms are equal to the byte (RFC 5280 §4.1.1.2).
fn check_envelope(bytes: &[u8]) -> Result<(), CertificateError> {
    let malformed = |_| CertificateError::Malformed;
    let mut outer = Reader::new(bytes);
    let mut certificate = outer.enter(tag::SEQUENCE).map_err(malformed)?;
    if !outer.is_empty() {
        return Err(CertificateError::Trailing);
    }
    let mut signed = certificate.enter(tag::SEQUENCE).map_err(malformed)?;
    let outside = certificate.read(tag::SEQUENCE).map_err(malformed)?;
    certificate.bit_string().map_err(malformed)?;
    certificate.finish().map_err(malformed)?;
    signed.optional(tag::CONTEXT_0).map_err(malformed)?;
    signed.read(tag::INTEGER).map_err(malformed)?;
    let inside = signed.read(tag::SEQUENCE).map_err(malformed)?;
    if inside == outside {
        Ok(())
    } else {
        Err(CertificateError::AlgorithmMismatch)
    }
}

impl Constraints {
    fn new(parsed: &NameConstraints<'_>) -> Option<Self> {
        let mut constraints = Self::default();
        for (excluded, subtrees) in [
            (false, &parsed.permitted_subtrees),
            (true, &parsed.excluded_subtrees),
        ] {
            for subtree in subtrees.iter().flatten() {
                match (&subtree.base, excluded) {
                    (GeneralName::URI(host), false) => {
                        constraints.permitted_uris.push((*host).into())
                    }
                    (GeneralName::URI(host), true) => {
                        constraints.excluded_uris.push((*host).into())
                    }
                    (GeneralName::DNSName(name), false) => {
                        constraints.permitted_dns.push((*name).into())
                    }
                    (GeneralName::DNSName(name), true) => {
                        constraints.excluded_dns.push((*name).into())
                    }
                    (GeneralName::Invalid(..), _) => return None,
                    (other, _) => constraints.other.push(kind_of_name(other)),
                }
            }
        }
        Some(constraints)
    }
}

pub(super) fn kind_of_name(name: &GeneralName<'_>) -> &'static str {
    match name {
        GeneralName::DirectoryName(_) => "directory name",
        GeneralName::IPAddress(_) => "IP address",
        GeneralName::RFC822Name(_) => "mail address",
        GeneralName::URI(_) => "URI",
        GeneralName::DNSName(_) => "DNS name",
        _ => "other name",
    }
}

// RFC 5758, RFC 4055, RFC 8410. SHA-1 is not among them.
fn signature_algorithm(oid: &Oid<'_>) -> Option<SignatureAlgorithm> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    Some(match oid.to_id_string().as_str() {
        // The curve comes from the key; the hash from here. The pairing is checked when the key is known.
        "1.2.840.10045.4.3.2" => SignatureAlgorithm::Ecdsa(Curve::P256, Sha256, EcEncoding::Asn1),
        "1.2.840.10045.4.3.3" => SignatureAlgorithm::Ecdsa(Curve::P384, Sha384, EcEncoding::Asn1),
        "1.2.840.113549.1.1.11" => SignatureAlgorithm::RsaPkcs1(Sha256),
        "1.2.840.113549.1.1.12" => SignatureAlgorithm::RsaPkcs1(Sha384),
        "1.2.840.113549.1.1.13" => SignatureAlgorithm::RsaPkcs1(Sha512),
        "1.3.101.112" => SignatureAlgorithm::Ed25519,
        _ => return None,
    })
}

/// The algorithm with the curve of the key that signed.
pub(super) fn for_key(algorithm: SignatureAlgorithm, key: &PublicKey) -> SignatureAlgorithm {
    match (algorithm, key) {
        (SignatureAlgorithm::Ecdsa(_, hash, encoding), PublicKey::Ec { curve, .. }) => {
            SignatureAlgorithm::Ecdsa(*curve, hash, encoding)
        }
        (algorithm, _) => algorithm,
    }
}
