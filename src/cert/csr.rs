//! Certification requests (PKCS#10, RFC 2986): the key and the names are taken, everything else is reported.
//!
//! A request is what a stranger wishes. Its key proves itself by the request's signature; its SPIFFE ID, DNS names and
//! addresses are asked of the policy as if they had been typed. Whether it would be an authority, its uses, its subject,
//! its life: none of that is copied.

use std::net::IpAddr;

use super::certificate::SignatureName;
use super::encode::oid;
use super::fields::{self, oid_text};
use super::names::Names;
use crate::kernel::crypto::VerifyError;
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{KeyDefect, PublicKey, public_from_spki};

/// A request whose signature holds.
#[derive(Debug, Clone)]
pub struct SigningRequest {
    /// The key to be certified.
    pub key: PublicKey,
    /// The names that it asks for and that can be certified.
    pub names: Names,
    /// What it asks for and does not get, each in words.
    pub dropped: Vec<String>,
}

/// Why bytes are no request that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not PKCS#10.
    #[error("it is not a certification request (PKCS#10)")]
    Malformed,
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyDefect),
    /// A signature that is not judged: its algorithm, or its key.
    #[error("its signature cannot be checked: {0}")]
    NotChecked(String),
    /// The signature is wrong.
    #[error("its signature does not verify with its own key: who made it does not hold the key")]
    Signature,
}

impl From<Malformed> for RequestError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl SigningRequest {
    /// Reads a request and checks its signature.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let mut outer = Reader::new(bytes);
        let mut request = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let signed = request.whole(tag::SEQUENCE)?;
        let algorithm = SignatureName::read(request.whole(tag::SEQUENCE)?)?;
        let signature = request.bit_string()?;
        request.finish()?;

        let mut info = Reader::new(signed).enter(tag::SEQUENCE)?;
        // version 1 is the number 0
        if !info.unsigned()?.is_empty() {
            return Err(RequestError::Malformed);
        }
        let subject = info.whole(tag::SEQUENCE)?;
        let key_info = info.whole(tag::SEQUENCE)?;
        let key = public_from_spki(key_info)?;
        let attributes = info.optional(tag::CONTEXT_0)?.unwrap_or_default();
        info.finish()?;
        let verified = algorithm.verify((&key, key_info), signed, signature);
        verified.map_err(|error| match error {
            VerifyError::Invalid => RequestError::Signature,
            other => RequestError::NotChecked(other.to_string()),
        })?;

        let mut read = Self {
            key,
            names: Names::default(),
            dropped: Vec::new(),
        };
        if subject.len() > 2 {
            let text = fields::name_text(subject);
            read.dropped.push(format!("the subject `{text}`"));
        }
        read.attributes(attributes)?;
        Ok(read)
    }

    fn attributes(&mut self, bytes: &[u8]) -> Result<(), RequestError> {
        let mut attributes = Reader::new(bytes);
        while !attributes.is_empty() {
            let mut attribute = attributes.enter(tag::SEQUENCE)?;
            let kind = attribute.read(tag::OID)?;
            let values = attribute.read(tag::SET)?;
            attribute.finish()?;
            if kind == oid::EXTENSION_REQUEST {
                for extension in fields::extensions(values)? {
                    self.extension(&extension)?;
                }
            } else if kind == CHALLENGE_PASSWORD {
                self.dropped.push("a challenge password".to_owned());
            } else {
                self.dropped
                    .push(format!("the attribute {}", oid_text(kind)));
            }
        }
        Ok(())
    }

    fn extension(&mut self, extension: &fields::Extension<'_>) -> Result<(), RequestError> {
        let dropped = match extension.oid {
            oid::SUBJECT_ALT_NAME => return self.take_names(extension.value),
            oid::BASIC_CONSTRAINTS => {
                let (authority, _) = fields::authority_bit(extension.value)?;
                if authority {
                    "basicConstraints: it asks to be an authority".to_owned()
                } else {
                    "basicConstraints".to_owned()
                }
            }
            oid::KEY_USAGE => "keyUsage".to_owned(),
            oid::EXTENDED_KEY_USAGE => "extendedKeyUsage".to_owned(),
            oid::SUBJECT_KEY_ID => "subjectKeyIdentifier".to_owned(),
            oid::NAME_CONSTRAINTS => "nameConstraints".to_owned(),
            other => format!("the extension {}", oid_text(other)),
        };
        self.dropped.push(dropped);
        Ok(())
    }

    fn take_names(&mut self, value: &[u8]) -> Result<(), RequestError> {
        let asked = fields::general_names(value)?;
        for uri in asked.uris {
            match (uri.parse(), &self.names.spiffe_id) {
                (Ok(id), None) => self.names.spiffe_id = Some(id),
                (Ok(_), Some(_)) => self
                    .dropped
                    .push(format!("the URI `{uri}`: a certificate has one")),
                (Err(error), _) => self.dropped.push(format!("the URI `{uri}`: {error}")),
            }
        }
        for name in asked.dns {
            match name.parse() {
                Ok(name) => self.names.dns.push(name),
                Err(_) => self
                    .dropped
                    .push(format!("the name `{name}`, which is no DNS name")),
            }
        }
        for other in asked.others {
            match other.parse::<IpAddr>() {
                Ok(address) => self.names.addresses.push(address),
                Err(_) => self.dropped.push(format!("the name `{other}`")),
            }
        }
        Ok(())
    }
}

const CHALLENGE_PASSWORD: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7];
