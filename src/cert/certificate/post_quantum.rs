//! Post-quantum keys and signatures: named and measured (RFC 9881 for ML-DSA, RFC 9935 for ML-KEM). Nothing of them is
//! verified here, and whoever sees one is told so.

use super::oid;
use crate::kernel::der::{Malformed, Reader, tag};

/// A post-quantum algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostQuantum {
    /// Its name, such as `ML-DSA-65`.
    pub name: &'static str,
    /// How many bytes its public keys have (FIPS 204 §4, FIPS 203 §8).
    pub key_length: usize,
    /// How many bytes its signatures have; None for one that signs nothing.
    pub signature_length: Option<usize>,
}

const ALL: [(&str, PostQuantum); 6] = [
    ("2.16.840.1.101.3.4.3.17", signer("ML-DSA-44", 1312, 2420)),
    ("2.16.840.1.101.3.4.3.18", signer("ML-DSA-65", 1952, 3309)),
    ("2.16.840.1.101.3.4.3.19", signer("ML-DSA-87", 2592, 4627)),
    ("2.16.840.1.101.3.4.4.1", encapsulator("ML-KEM-512", 800)),
    ("2.16.840.1.101.3.4.4.2", encapsulator("ML-KEM-768", 1184)),
    ("2.16.840.1.101.3.4.4.3", encapsulator("ML-KEM-1024", 1568)),
];

const fn signer(name: &'static str, key_length: usize, signature: usize) -> PostQuantum {
    PostQuantum {
        name,
        key_length,
        signature_length: Some(signature),
    }
}

const fn encapsulator(name: &'static str, key_length: usize) -> PostQuantum {
    PostQuantum {
        name,
        key_length,
        signature_length: None,
    }
}

/// A post-quantum key of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostQuantumKey {
    /// Its algorithm.
    pub algorithm: PostQuantum,
    /// How many bytes it has.
    pub length: usize,
    /// Whether parameters stand beside the algorithm, where none may (RFC 9881 §2).
    pub has_parameters: bool,
}

impl PostQuantum {
    /// The algorithm of that OID, dotted.
    pub fn of(oid: &str) -> Option<Self> {
        let (_, algorithm) = ALL.into_iter().find(|(known, _)| *known == oid)?;
        Some(algorithm)
    }
}

impl PostQuantumKey {
    /// The key in a SubjectPublicKeyInfo, DER; None for other algorithms.
    pub fn of(key_info: &[u8]) -> Option<Self> {
        let read = || {
            let mut info = Reader::new(key_info).enter(tag::SEQUENCE)?;
            let mut identifier = info.enter(tag::SEQUENCE)?;
            let algorithm = PostQuantum::of(&oid::dotted(identifier.read(tag::OID)?)?);
            let has_parameters = !identifier.is_empty();
            let key = info.bit_string()?;
            Ok::<_, Malformed>(algorithm.map(|algorithm| Self {
                algorithm,
                length: key.len(),
                has_parameters,
            }))
        };
        read().ok().flatten()
    }

    /// In words.
    pub fn words(&self) -> String {
        format!("{}, {} bytes", self.algorithm.name, self.length)
    }
}
