//! What a file of certificates holds: certificates, requests, revocation lists, bundles, keys. Nothing is verified.

mod csr;
mod fields;

pub use csr::{CertificateRequest, RequestError};
pub use fields::{Field, difference, of_certificate, of_list, of_request};

use std::sync::Arc;

use super::certificate::{Certificate, CertificateError};
use super::crl::RevocationList;
use super::trust_bundle::{self, BundleDocument};
use crate::kernel::json;
use crate::kernel::key::{Expected, LoadOptions, Material, PublicKey, load};
use crate::kernel::pem::{self, Block, PemError};
use crate::kernel::source::Source;

/// One thing of a file.
#[derive(Debug)]
pub enum Item {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A request for one.
    Request(Box<CertificateRequest>),
    /// A revocation list.
    List(Box<RevocationList>),
    /// A SPIFFE bundle, or a map of them.
    Bundle(Box<BundleDocument>),
    /// A private key, by its public part.
    PrivateKey(PublicKey),
    /// A public key.
    PublicKey(PublicKey),
    /// A private key that a password protects.
    EncryptedKey,
    /// A PKCS#12 container.
    Pkcs12,
    /// Something of this kind that cannot be read, and why.
    Damaged(String),
    /// Something else, by its label.
    Other,
}

/// An item with its place.
#[derive(Debug)]
pub struct Found {
    /// The item.
    pub item: Item,
    /// The words after `BEGIN`; empty for what is not PEM.
    pub label: String,
    /// The line of `BEGIN`.
    pub line: Option<usize>,
}

/// Why a file cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// Not PEM.
    #[error("{0}")]
    Pem(#[from] PemError),
    /// A JSON document that is no bundle.
    #[error("{0}")]
    Bundle(String),
}

/// The items of a file; none where it holds nothing that is known.
///
/// # Errors
/// [`InspectError`].
pub fn items(source: &Arc<Source>) -> Result<Vec<Found>, InspectError> {
    let bytes = source.bytes();
    if bytes.trim_ascii_start().starts_with(b"{") {
        let document =
            json::parse(source).map_err(|error| InspectError::Bundle(error.to_string()))?;
        let bundle = trust_bundle::read(&document)
            .map_err(|error| InspectError::Bundle(error.to_string()))?;
        return Ok(vec![bare(Item::Bundle(Box::new(bundle)))]);
    }
    if pem::is_pem(bytes) {
        let blocks = pem::parse(&String::from_utf8_lossy(bytes))?;
        return Ok(blocks.iter().map(from_block).collect());
    }
    Ok(from_der(bytes).map(bare).into_iter().collect())
}

fn bare(item: Item) -> Found {
    Found {
        item,
        label: String::new(),
        line: None,
    }
}

fn from_block(block: &Block) -> Found {
    let der = block.der.as_slice();
    let damaged = |error: &dyn std::fmt::Display| Item::Damaged(error.to_string());
    let item = match block.label.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" => match Certificate::examine(der) {
            Ok(certificate) => Item::Certificate(Box::new(certificate)),
            Err(error) => damaged(&error),
        },
        "TRUSTED CERTIFICATE" => trusted(der),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => match CertificateRequest::read(der) {
            Ok(request) => Item::Request(Box::new(request)),
            Err(error) => damaged(&error),
        },
        "X509 CRL" => match RevocationList::examine(der) {
            Ok(list) => Item::List(Box::new(list)),
            Err(error) => damaged(&error),
        },
        "ENCRYPTED PRIVATE KEY" => Item::EncryptedKey,
        "PKCS12" => Item::Pkcs12,
        label if label.ends_with("PRIVATE KEY") || label.ends_with("PUBLIC KEY") => {
            let text = pem::write(label, der);
            match key(text.as_bytes()) {
                Ok(Some(item)) => item,
                Ok(None) => Item::Other,
                Err(error) => Item::Damaged(error),
            }
        }
        _ => Item::Other,
    };
    Found {
        item,
        label: block.label.clone(),
        line: Some(block.line),
    }
}

/// OpenSSL's own form: a certificate with its trust settings behind it.
fn trusted(der: &[u8]) -> Item {
    match Certificate::examine(der) {
        Ok(certificate) => Item::Certificate(Box::new(certificate)),
        Err(CertificateError::Trailing) => Item::Damaged(
            "it is a certificate with OpenSSL's trust settings: `openssl x509 -in FILE` writes it without them".to_owned(),
        ),
        Err(error) => Item::Damaged(error.to_string()),
    }
}

/// DER has no label: the forms are tried from the one with the most structure down.
fn from_der(bytes: &[u8]) -> Option<Item> {
    if bytes.first() != Some(&0x30) {
        return None;
    }
    if let Ok(certificate) = Certificate::examine(bytes) {
        return Some(Item::Certificate(Box::new(certificate)));
    }
    if let Ok(list) = RevocationList::examine(bytes) {
        return Some(Item::List(Box::new(list)));
    }
    if let Ok(request) = CertificateRequest::read(bytes) {
        return Some(Item::Request(Box::new(request)));
    }
    if csr::is_pkcs12(bytes) {
        return Some(Item::Pkcs12);
    }
    match key(bytes) {
        Ok(found) => found,
        Err(_) => Certificate::examine(bytes)
            .err()
            .map(|error| Item::Damaged(error.to_string())),
    }
}

fn key(bytes: &[u8]) -> Result<Option<Item>, String> {
    let set = load(bytes, LoadOptions::plain(Expected::Verification))
        .map_err(|error| error.to_string())?;
    Ok(set
        .keys
        .into_iter()
        .next()
        .and_then(|key| match key.material {
            Material::Private(private) => Some(Item::PrivateKey(private.public())),
            Material::Public(public) => Some(Item::PublicKey(public)),
            Material::Secret(_) => None,
        }))
}
