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
use crate::kernel::pkcs12::{self, Pkcs12Error};
use crate::kernel::secret::Secret;
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
    /// A PKCS#12 container; how it is protected and what its contents are called, where it was opened.
    Pkcs12(Option<Pkcs12>),
    /// Something of this kind that cannot be read, and why.
    Damaged(String),
    /// Something else, by its label.
    Other,
}

/// A PKCS#12 container that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs12 {
    /// How it is protected.
    pub protection: Vec<String>,
    /// The names in it.
    pub names: Vec<String>,
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

/// Opens a file that is a PKCS#12 container: the container itself, then what is in it. None for another file.
///
/// # Errors
/// [`Pkcs12Error`].
pub fn opened(source: &Source, password: &Secret) -> Result<Option<Vec<Found>>, Pkcs12Error> {
    let bytes = source.bytes();
    let blocks = match pem::is_pem(bytes) {
        true => pem::parse(&String::from_utf8_lossy(bytes)).unwrap_or_default(),
        false => Vec::new(),
    };
    let block = blocks.iter().find(|block| block.label == "PKCS12");
    let der = block.map_or(bytes, |block| block.der.as_slice());
    if !csr::is_pkcs12(der) {
        return Ok(None);
    }
    let opened = pkcs12::read(der, password)?;
    let mut found = vec![bare(Item::Pkcs12(Some(Pkcs12 {
        protection: opened.protection,
        names: opened.names,
    })))];
    for certificate in &opened.certificates {
        found.push(bare(match Certificate::examine(certificate) {
            Ok(certificate) => Item::Certificate(Box::new(certificate)),
            Err(error) => Item::Damaged(error.to_string()),
        }));
    }
    for pkcs8 in &opened.keys {
        found.push(bare(match key(pkcs8) {
            Ok(item) => item.unwrap_or(Item::Other),
            Err(error) => Item::Damaged(error),
        }));
    }
    Ok(Some(found))
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
        "PKCS12" => Item::Pkcs12(None),
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
        return Some(Item::Pkcs12(None));
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
