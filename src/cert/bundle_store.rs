//! Bundles of other trust domains as they were fetched: a map that keeps each under its own name (SPIFFE Trust Domain and
//! Bundle §5.1.1, SPIFFE Federation §4.2).
//!
//! Nothing is ever merged: an offered bundle takes the place of the one of its trust domain whole, if it is not older.

use serde_json::{Map, Value, json};

use super::trust_bundle::{BundleDocument, BundleError, TrustBundle, read};
use crate::kernel::json;
use crate::kernel::source::Source;
use crate::kernel::spiffe_id::TrustDomain;

/// The map.
#[derive(Debug, Clone, Default)]
pub struct BundleStore {
    bundles: Map<String, Value>,
}

/// Why a document is no bundle, or no map of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleStoreError {
    /// Not JSON, or too much of it.
    #[error("{0}")]
    Json(String),
    /// Not a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A map where one bundle belongs.
    #[error("it is a map of bundles, where the bundle of one trust domain belongs")]
    Map,
    /// A bundle where a map belongs.
    #[error(
        "it is the bundle of one trust domain, and does not say of which: a map of bundles belongs here"
    )]
    NotAMap,
}

/// What became of a bundle that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is in its place now.
    Stored,
    /// It is what was there.
    Unchanged,
    /// It is older than what is there, by its sequence, and was not taken.
    Older,
}

impl Offered {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Unchanged => "unchanged",
            Self::Older => "older",
        }
    }
}

/// Reads a bundle: its value, and what it says.
fn bundle(bytes: &[u8]) -> Result<(Value, TrustBundle), BundleStoreError> {
    match document(bytes)? {
        BundleDocument::One(bundle) => Ok((value(bytes)?, bundle)),
        BundleDocument::Map(_) => Err(BundleStoreError::Map),
    }
}

// Duplicate members, and whatever else two readers would read differently, are refused before the value is taken.
fn document(bytes: &[u8]) -> Result<BundleDocument, BundleStoreError> {
    let bad = |problem: String| BundleStoreError::Json(problem);
    let source = Source::new("bundle", bytes.to_vec()).map_err(|error| bad(error.to_string()))?;
    let document = json::parse(&source).map_err(|error| bad(error.to_string()))?;
    Ok(read(&document)?)
}

fn value(bytes: &[u8]) -> Result<Value, BundleStoreError> {
    serde_json::from_slice(bytes).map_err(|error| BundleStoreError::Json(error.to_string()))
}

impl BundleStore {
    /// Reads a map.
    ///
    /// # Errors
    /// [`BundleStoreError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleStoreError> {
        if let BundleDocument::One(_) = document(bytes)? {
            return Err(BundleStoreError::NotAMap);
        }
        let value = value(bytes)?;
        let bundles = value["trust_domains"].as_object().cloned();
        Ok(Self {
            bundles: bundles.unwrap_or_default(),
        })
    }

    /// The bundle of a trust domain.
    pub fn bundle(&self, domain: &TrustDomain) -> Option<TrustBundle> {
        let value = self.bundles.get(domain.as_str())?;
        bundle(value.to_string().as_bytes()).ok().map(|read| read.1)
    }

    /// Offers a bundle for a trust domain: what it says, and what became of it.
    ///
    /// # Errors
    /// [`BundleStoreError`] if it is none.
    pub fn offer(
        &mut self,
        domain: &TrustDomain,
        bytes: &[u8],
    ) -> Result<(TrustBundle, Offered), BundleStoreError> {
        let (value, offered) = bundle(bytes)?;
        let stored = self.bundle(domain).and_then(|bundle| bundle.sequence);
        // Federation §4.2: ordered by sequence; where one has none, the one that came last is the latest.
        let older = matches!((stored, offered.sequence), (Some(old), Some(new)) if new < old);
        let came = if older {
            Offered::Older
        } else if self.bundles.get(domain.as_str()) == Some(&value) {
            Offered::Unchanged
        } else {
            self.bundles.insert(domain.as_str().to_owned(), value);
            Offered::Stored
        };
        Ok((offered, came))
    }

    /// The map as it is written.
    pub fn to_text(&self) -> String {
        format!("{:#}\n", json!({ "trust_domains": self.bundles }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(store: &mut BundleStore, domain: &str, text: &str) -> Offered {
        let domain = domain.parse().unwrap();
        store.offer(&domain, text.as_bytes()).unwrap().1
    }

    #[test]
    fn bundles_are_ordered_by_sequence_and_kept_apart() {
        let mut store = BundleStore::default();
        let bundle = |sequence: &str| format!("{{\"keys\":[]{sequence}}}");
        let (four, five) = (
            bundle(",\"spiffe_sequence\":4"),
            bundle(",\"spiffe_sequence\":5"),
        );
        assert_eq!(offered(&mut store, "a.example", &five), Offered::Stored);
        assert_eq!(offered(&mut store, "a.example", &five), Offered::Unchanged);
        assert_eq!(offered(&mut store, "a.example", &four), Offered::Older);
        assert_eq!(offered(&mut store, "b.example", &four), Offered::Stored);
        let mut read = BundleStore::parse(store.to_text().as_bytes()).unwrap();
        let sequence = |store: &BundleStore, domain: &str| {
            let bundle = store.bundle(&domain.parse().unwrap()).unwrap();
            bundle.sequence
        };
        assert_eq!(sequence(&read, "a.example"), Some(5));
        assert_eq!(sequence(&read, "b.example"), Some(4));
        // Without a sequence, what came last is the latest.
        assert_eq!(
            offered(&mut read, "a.example", &bundle("")),
            Offered::Stored
        );
        assert_eq!(offered(&mut read, "a.example", &four), Offered::Stored);
    }

    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        let domain = "a.example".parse().unwrap();
        let mut store = BundleStore::default();
        for text in [
            "",
            "[]",
            "{}",
            r#"{"keys":[],"keys":[]}"#,
            r#"{"trust_domains":{"a.example":{"keys":[]}}}"#,
            r#"{"keys":[],"spiffe_sequence":-1}"#,
            r#"{"keys":[]} x"#,
        ] {
            assert!(store.offer(&domain, text.as_bytes()).is_err(), "{text}");
        }
        assert!(BundleStore::parse(br#"{"keys":[]}"#).is_err());
        let twice = r#"{"trust_domains":{"a":{"keys":[]},"a":{"keys":[]}}}"#;
        assert!(BundleStore::parse(twice.as_bytes()).is_err());
        assert!(store.offer(&domain, &[0xff]).is_err());
    }
}
