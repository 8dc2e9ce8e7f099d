//! A certificate read for judgement (RFC 5280 §4): strictly, in types of our own, with everything that is wrong about
//! how it is written.
//!
//! The outermost structure is DER or it is no certificate. What is wrong inside is a [`Defect`]: [`Certificate::parse`]
//! refuses such a certificate, [`Certificate::examine`] keeps it to be shown and explained, and no path leads over it.

mod defect;
mod extension;
mod general_name;
mod name;
pub mod oid;
mod post_quantum;
mod signature;
pub(super) mod time;

pub use defect::{CertificateError, Defect};
pub use extension::{DistributionPoint, Extension, Policies};
pub(super) use extension::{
    Unreadable, authority_key_id, list as extensions, named_bits, point_name,
};
pub use general_name::GeneralName;
pub(super) use general_name::address;
pub use name::{Attribute, Name};
pub use post_quantum::{PostQuantum, PostQuantumKey};
pub use signature::SignatureName;

use crate::kernel::crypto::{hex, sha256};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{KeyDefect, PublicKey, public_from_spki};
use crate::kernel::time::Timestamp;

/// The largest certificate that is read.
pub const MAX_BYTES: usize = 256 << 10;

/// A certificate.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The whole, DER.
    pub der: Vec<u8>,
    /// The subject in words; empty if it is.
    pub subject: String,
    /// The issuer in words.
    pub issuer: String,
    /// The subject.
    pub subject_name: Name,
    /// The issuer.
    pub issuer_name: Name,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The octets of the serial number.
    pub serial_octets: Vec<u8>,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
    /// The subject's key.
    pub public_key: Result<PublicKey, KeyDefect>,
    /// The subject's key, DER.
    pub key_info: Vec<u8>,
    /// Whether it is an authority (basicConstraints).
    pub is_authority: bool,
    /// How many authorities may follow it.
    pub path_length: Option<u32>,
    /// The key's uses, if it limits them.
    pub key_usage: Option<KeyUse>,
    /// The purposes, if it limits them: their names or OIDs.
    pub purposes: Option<Vec<String>>,
    /// The subject's alternative names, in order.
    pub names: Vec<GeneralName>,
    /// URI names.
    pub uris: Vec<String>,
    /// DNS names.
    pub dns_names: Vec<String>,
    /// Constraints on the names of what it issues.
    pub constraints: Option<Constraints>,
    /// What it says of policies.
    pub policies: Policies,
    /// Where its revocation lists are.
    pub crl_points: Vec<DistributionPoint>,
    /// What it says of its issuer's and its own services: method and place.
    pub access: Vec<(String, GeneralName)>,
    /// The identifier of its own key.
    pub subject_key_id: Option<Vec<u8>>,
    /// The identifier of its issuer's key.
    pub authority_key_id: Option<Vec<u8>>,
    /// All that it says of its issuer's key.
    pub authority: Option<AuthorityKeyId>,
    /// All extensions, in order.
    pub extensions: Vec<Extension>,
    /// Critical extensions that are not understood.
    pub unknown_critical: Vec<String>,
    /// Whether it has unique identifiers (RFC 5280 §4.1.2.8).
    pub has_unique_ids: bool,
    /// The algorithm of its signature.
    pub signature_name: SignatureName,
    /// What is wrong with how it is written.
    pub defects: Vec<Defect>,
    pub(super) has_basic: bool,
    pub(super) basic_is_critical: bool,
    pub(super) has_names: bool,
    pub(super) names_are_critical: bool,
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// keyUsage (RFC 5280 §4.2.1.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyUse {
    /// digitalSignature
    pub digital_signature: bool,
    /// contentCommitment, once nonRepudiation
    pub content_commitment: bool,
    /// keyEncipherment
    pub key_encipherment: bool,
    /// dataEncipherment
    pub data_encipherment: bool,
    /// keyAgreement
    pub key_agreement: bool,
    /// keyCertSign
    pub certificates: bool,
    /// cRLSign
    pub revocation_lists: bool,
    /// encipherOnly
    pub encipher_only: bool,
    /// decipherOnly
    pub decipher_only: bool,
    /// Whether the extension is critical.
    pub critical: bool,
}

impl KeyUse {
    /// The names of what it allows, as RFC 5280 has them.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.digital_signature, "digitalSignature"),
            (self.content_commitment, "contentCommitment"),
            (self.key_encipherment, "keyEncipherment"),
            (self.data_encipherment, "dataEncipherment"),
            (self.key_agreement, "keyAgreement"),
            (self.certificates, "keyCertSign"),
            (self.revocation_lists, "cRLSign"),
            (self.encipher_only, "encipherOnly"),
            (self.decipher_only, "decipherOnly"),
        ];
        let set = all.into_iter().filter(|(set, _)| *set);
        set.map(|(_, name)| name).collect()
    }
}

/// Name constraints (RFC 5280 §4.2.1.10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// What names may be.
    pub permitted: Vec<GeneralName>,
    /// What they must not be.
    pub excluded: Vec<GeneralName>,
    /// Whether a subtree has a `minimum` or `maximum`, which nobody understands.
    pub bounded: bool,
}

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// The identifier of the key.
    pub key: Option<Vec<u8>>,
    /// The issuer of the authority's certificate.
    pub issuer: Vec<GeneralName>,
    /// The serial number of the authority's certificate.
    pub serial: Option<Vec<u8>>,
}

impl Certificate {
    /// The URLs of the revocation lists that it names.
    pub fn crl_urls(&self) -> Vec<String> {
        let names = self.crl_points.iter().flat_map(|point| &point.names);
        let url = |name: &GeneralName| match name {
            GeneralName::Uri(url) => Some(url.clone()),
            _ => None,
        };
        names.filter_map(url).collect()
    }

    /// Reads one certificate that is written as it must be.
    ///
    /// # Errors
    /// [`CertificateError`]; of several defects the first.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = Self::examine(der)?;
        match certificate.defects.first() {
            Some(defect) => Err(CertificateError::Defective(defect.clone())),
            None => Ok(certificate),
        }
    }

    /// Reads one certificate, whatever is wrong inside. No path leads over one with defects.
    ///
    /// # Errors
    /// [`CertificateError`] where it is not the structure of a certificate.
    pub fn examine(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_BYTES {
            return Err(CertificateError::TooLarge);
        }
        let bad = |part: &'static str| move |_: Malformed| CertificateError::Malformed(part);
        let mut outer = Reader::new(der);
        let mut whole = outer
            .enter(tag::SEQUENCE)
            .map_err(bad("its outermost SEQUENCE"))?;
        if !outer.is_empty() {
            return Err(CertificateError::Trailing);
        }
        let signed = whole.whole(tag::SEQUENCE).map_err(bad("the signed part"))?;
        let outside = whole
            .whole(tag::SEQUENCE)
            .map_err(bad("the signature algorithm"))?;
        let signature = whole.bit_string().map_err(bad("the signature"))?;
        whole.finish().map_err(bad("the end"))?;
        let mut certificate = read_signed(signed)?;
        certificate.der = der.to_vec();
        certificate.signature = signature.to_vec();
        // §4.1.1.2: the same, to the byte; the one outside is covered by no signature.
        if certificate.signature_name.der != outside {
            certificate.defects.push(Defect::AlgorithmMismatch);
        }
        Ok(certificate)
    }

    /// How it is named in messages: its SPIFFE ID or other URI, or else its subject.
    pub fn name(&self) -> &str {
        match self.uris.as_slice() {
            [uri] if !self.is_authority => uri,
            _ if !self.subject.is_empty() => &self.subject,
            [uri, ..] => uri,
            [] => self.dns_names.first().map_or("(no name)", |name| name),
        }
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_name.is(&self.issuer_name)
    }

    /// The SHA-256 of the whole certificate, hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&sha256(&self.der))
    }

    /// The extension of that OID.
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == oid)
    }

    /// Whether its serial number is one that RFC 5280 §4.1.2.2 allows to be issued.
    pub(super) fn serial_problem(&self) -> Option<&'static str> {
        let octets = &self.serial_octets;
        match octets.first() {
            Some(first) if *first >= 0x80 => Some("is negative"),
            _ if octets.iter().all(|byte| *byte == 0) => Some("is zero"),
            _ if octets.len() > 20 => Some("has more than 20 octets"),
            _ => None,
        }
    }
}

/// Reads the TBSCertificate (§4.1.2).
fn read_signed(whole: &[u8]) -> Result<Certificate, CertificateError> {
    let bad = |part: &'static str| move |_: Malformed| CertificateError::Malformed(part);
    let mut defects = Vec::new();
    let mut reader = Reader::new(whole)
        .enter(tag::SEQUENCE)
        .map_err(bad("the signed part"))?;
    let version = version(&mut reader, &mut defects).map_err(bad("its version"))?;
    if version != 3 {
        defects.push(Defect::Version(version));
    }
    let serial = reader
        .read(tag::INTEGER)
        .map_err(bad("the serial number"))?;
    if !is_minimal(serial) {
        defects.push(Defect::SerialEncoding);
    }
    let algorithm = reader
        .whole(tag::SEQUENCE)
        .map_err(bad("the inner signature algorithm"))?;
    let issuer = reader.whole(tag::SEQUENCE).map_err(bad("the issuer"))?;
    let issuer = Name::read(issuer).map_err(bad("the issuer"))?;
    let mut validity = reader.enter(tag::SEQUENCE).map_err(bad("the validity"))?;
    let (not_before, early) = time::moment(&mut validity).map_err(bad("notBefore"))?;
    let (not_after, late) = time::moment(&mut validity).map_err(bad("notAfter"))?;
    validity.finish().map_err(bad("the validity"))?;
    defects.extend(early.map(|problem| Defect::Time("notBefore", problem)));
    defects.extend(late.map(|problem| Defect::Time("notAfter", problem)));
    let subject = reader.whole(tag::SEQUENCE).map_err(bad("the subject"))?;
    let subject = Name::read(subject).map_err(bad("the subject"))?;
    let key_info = reader.whole(tag::SEQUENCE).map_err(bad("the public key"))?;
    let first = reader
        .optional(tag::CONTEXT_1_PRIMITIVE)
        .map_err(bad("issuerUniqueID"))?;
    let second = reader.optional(0x82).map_err(bad("subjectUniqueID"))?;
    let extensions = match reader
        .optional(tag::CONTEXT_3)
        .map_err(bad("the extensions"))?
    {
        Some(contents) => {
            extension::list(Reader::new(contents), &mut defects).map_err(bad("the extensions"))?
        }
        None => Vec::new(),
    };
    reader.finish().map_err(bad("the end of the signed part"))?;
    let mut certificate = Certificate {
        der: Vec::new(),
        subject: subject.to_string(),
        issuer: issuer.to_string(),
        subject_name: subject,
        issuer_name: issuer,
        serial: hex(serial),
        serial_octets: serial.to_vec(),
        not_before,
        not_after,
        public_key: public_from_spki(key_info),
        key_info: key_info.to_vec(),
        is_authority: false,
        path_length: None,
        key_usage: None,
        purposes: None,
        names: Vec::new(),
        uris: Vec::new(),
        dns_names: Vec::new(),
        constraints: None,
        policies: Policies::default(),
        crl_points: Vec::new(),
        access: Vec::new(),
        subject_key_id: None,
        authority_key_id: None,
        authority: None,
        extensions: Vec::new(),
        unknown_critical: Vec::new(),
        has_unique_ids: first.is_some() || second.is_some(),
        signature_name: SignatureName::read(algorithm).map_err(bad("the signature algorithm"))?,
        defects,
        has_basic: false,
        basic_is_critical: false,
        has_names: false,
        names_are_critical: false,
        signed: whole.to_vec(),
        signature: Vec::new(),
    };
    for extension in &extensions {
        certificate.read_extension(extension);
    }
    certificate.extensions = extensions;
    Ok(certificate)
}

// §4.1.2.1: [0] EXPLICIT, version 1 is the default and not written.
fn version(reader: &mut Reader<'_>, defects: &mut Vec<Defect>) -> Result<u64, Malformed> {
    let Some(contents) = reader.optional(tag::CONTEXT_0)? else {
        return Ok(1);
    };
    let mut inner = Reader::new(contents);
    let octets = inner.unsigned()?;
    inner.finish()?;
    if octets.is_empty() {
        defects.push(Defect::DefaultWritten("version 1"));
    }
    if octets.len() > 4 {
        return Err(Malformed);
    }
    let number = octets
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    Ok(number + 1)
}

/// Whether the contents of an INTEGER are the shortest (X.690 §8.3.2).
pub(super) fn is_minimal(octets: &[u8]) -> bool {
    match octets {
        [] => false,
        [first, second, ..] => {
            !(*first == 0 && *second < 0x80 || *first == 0xff && *second >= 0x80)
        }
        [_] => true,
    }
}
