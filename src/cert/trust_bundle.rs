//! Trust bundles read (SPIFFE Trust Domain and Bundle §4, §5): JWK sets, maps of them, and PEM.
//!
//! The bundles of several trust domains are never poured together: the one that counts is chosen by the leaf's trust
//! domain before any path is looked for (§3). A key that a bundle holds and that cannot be used is set aside with a
//! word about it; a bundle without a usable key vouches for nobody.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::certificate::Certificate;
use crate::kernel::document::{Document, Node};
use crate::kernel::key::{from_jwk, thumbprint};
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};

/// The most notes about the keys of one bundle.
const MAX_NOTES: usize = 20;

/// The authorities of one trust domain.
#[derive(Debug, Clone, Default)]
pub struct TrustBundle {
    /// The certificates that verify X509-SVIDs.
    pub authorities: Vec<Certificate>,
    /// The keys that verify JWT-SVIDs: identifier and thumbprint.
    pub jwt_keys: Vec<String>,
    /// `spiffe_sequence`: grows with each change.
    pub sequence: Option<u64>,
    /// `spiffe_refresh_hint`: how often to look again, in seconds.
    pub refresh_hint: Option<u64>,
    /// What was set aside, and what an issuer should not have written.
    pub notes: Vec<String>,
}

/// The bundles at hand.
#[derive(Debug, Clone)]
pub enum Bundles {
    /// One, of whatever trust domain is asked for.
    One(Vec<Certificate>),
    /// One for each trust domain.
    ByTrustDomain(BTreeMap<TrustDomain, TrustBundle>),
}

/// Why a document is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// No `keys` and no `trust_domains`.
    #[error("it is neither a SPIFFE bundle (`keys`) nor a map of them (`trust_domains`)")]
    NotABundle,
    /// One bundle and a map of them in one document: two readers would read two bundles.
    #[error("it has both `keys` and `trust_domains`")]
    Both,
    /// A member twice: which of them counts is anybody's guess.
    #[error("its member `{0}` occurs twice")]
    Duplicate(String),
    /// A member of another type.
    #[error("its member `{0}` is not {1}")]
    Type(&'static str, &'static str),
    /// A name that is no trust domain.
    #[error("`{0}` is not the name of a trust domain: {1}")]
    TrustDomain(String, String),
    /// A bundle of a map.
    #[error("the bundle of `{0}`: {1}")]
    Of(TrustDomain, Box<BundleError>),
}

/// A document: one bundle, or a map of them.
#[derive(Debug, Clone)]
pub enum BundleDocument {
    /// One.
    One(TrustBundle),
    /// One for each trust domain.
    Map(BTreeMap<TrustDomain, TrustBundle>),
}

/// Reads a JSON document.
///
/// # Errors
/// [`BundleError`].
pub fn read(document: &Document) -> Result<BundleDocument, BundleError> {
    if let Some(duplicate) = document.duplicates.first() {
        return Err(BundleError::Duplicate(duplicate.key.clone()));
    }
    if document.root.get("trust_domains").is_some() && document.root.get("keys").is_some() {
        return Err(BundleError::Both);
    }
    match document.root.get("trust_domains") {
        Some(map) => read_map(map).map(BundleDocument::Map),
        None => read_bundle(&document.root).map(BundleDocument::One),
    }
}

// §5.1.1
fn read_map(map: &Node) -> Result<BTreeMap<TrustDomain, TrustBundle>, BundleError> {
    let entries = map
        .as_mapping()
        .ok_or(BundleError::Type("trust_domains", "an object"))?;
    let mut bundles = BTreeMap::new();
    for entry in entries {
        let domain: TrustDomain =
            entry
                .key
                .parse()
                .map_err(|error: crate::kernel::spiffe_id::SpiffeIdError| {
                    BundleError::TrustDomain(entry.key.clone(), error.to_string())
                })?;
        let bundle = read_bundle(&entry.value)
            .map_err(|error| BundleError::Of(domain.clone(), error.into()))?;
        if bundles.insert(domain, bundle).is_some() {
            return Err(BundleError::Duplicate(entry.key.clone()));
        }
    }
    Ok(bundles)
}

// §4
fn read_bundle(root: &Node) -> Result<TrustBundle, BundleError> {
    let keys = root.get("keys").ok_or(BundleError::NotABundle)?;
    let keys = keys
        .as_sequence()
        .ok_or(BundleError::Type("keys", "an array"))?;
    let mut bundle = TrustBundle {
        sequence: number(root, "spiffe_sequence")?,
        refresh_hint: number(root, "spiffe_refresh_hint")?,
        ..TrustBundle::default()
    };
    for (index, jwk) in keys.iter().enumerate() {
        let member = |name| jwk.get(name).and_then(Node::as_str);
        let ignored = match member("use") {
            Some("jwt-svid") => {
                bundle.jwt_keys.push(jwt_key(jwk));
                continue;
            }
            Some("x509-svid") => match authority(jwk) {
                Ok(certificate) => {
                    remark(jwk, &certificate, index, &mut bundle.notes);
                    bundle.authorities.push(certificate);
                    continue;
                }
                Err(problem) => problem,
            },
            Some(other) => format!("its `use` is `{other}`"),
            None => "it has no `use`".to_owned(),
        };
        bundle.notes.push(format!(
            "key {} is ignored: {ignored} (SPIFFE Trust Domain and Bundle §4.2)",
            index + 1
        ));
    }
    let told = bundle.notes.len();
    if told > MAX_NOTES {
        bundle.notes.truncate(MAX_NOTES);
        bundle
            .notes
            .push(format!("and {} more like these", told - MAX_NOTES));
    }
    if bundle.authorities.is_empty() {
        bundle.notes.push(
            "it has no usable authority: every X509-SVID of the trust domain is untrusted"
                .to_owned(),
        );
    }
    Ok(bundle)
}

fn number(root: &Node, name: &'static str) -> Result<Option<u64>, BundleError> {
    let wrong = BundleError::Type(name, "a number of seconds or changes");
    match root.get(name) {
        None => Ok(None),
        // Of 64 bits without a sign, which is more than the reader's whole numbers.
        Some(node) => match node.as_number() {
            Some(number) => number.text.parse().map(Some).map_err(|_| wrong),
            None => Err(wrong),
        },
    }
}

// X509-SVID §6.2: the first value of x5c counts.
fn authority(jwk: &Node) -> Result<Certificate, String> {
    let kind = jwk.get("kty").and_then(Node::as_str);
    if !kind.is_some_and(|kind| ["EC", "RSA", "OKP"].contains(&kind)) {
        return Err("its `kty` is not known".to_owned());
    }
    let first = jwk
        .get("x5c")
        .and_then(Node::as_sequence)
        .and_then(<[Node]>::first);
    let Some(text) = first.and_then(Node::as_str) else {
        return Err("it has no certificate in `x5c`".to_owned());
    };
    let der = STANDARD
        .decode(text)
        .map_err(|_| "its `x5c` is not base64 as RFC 7517 §4.7 wants it".to_owned())?;
    let certificate =
        Certificate::examine(&der).map_err(|error| format!("its certificate: {error}"))?;
    // RFC 7517 §4.7: the certificate's key is that of the JWK.
    let key = from_jwk(jwk).map_err(|error| error.to_string())?.public();
    if key.is_none() || key != certificate.public_key.clone().ok() {
        return Err("its key is not that of its certificate (RFC 7517 §4.7)".to_owned());
    }
    Ok(certificate)
}

/// A key for JWT-SVIDs by its identifier and its thumbprint.
fn jwt_key(jwk: &Node) -> String {
    let id = jwk.get("kid").and_then(Node::as_str).unwrap_or("no kid");
    let key = from_jwk(jwk).ok().and_then(|key| key.public());
    match key {
        Some(key) => format!("{id}, thumbprint {}", thumbprint(&key)),
        None => format!("{id}, unreadable"),
    }
}

/// What X509-SVID §3.2 and §6.1 ask of who publishes.
fn remark(jwk: &Node, certificate: &Certificate, index: usize, notes: &mut Vec<String>) {
    let mut note = |text: String| notes.push(format!("key {} {text}", index + 1));
    if jwk.get("kid").is_some() {
        note("has a `kid`, which X509-SVID §6.1 forbids".to_owned());
    }
    let values = jwk
        .get("x5c")
        .and_then(Node::as_sequence)
        .map_or(0, <[Node]>::len);
    if values > 1 {
        note(format!(
            "has {values} certificates in `x5c`; the first counts (X509-SVID §6.1)"
        ));
    }
    if !certificate.is_self_issued() {
        note("is not self-signed (X509-SVID §6.1)".to_owned());
    }
    for uri in certificate
        .uris
        .iter()
        .filter(|uri| uri.starts_with("spiffe://"))
    {
        if let Err(error) = uri.parse::<SpiffeId>() {
            note(format!("bears `{uri}`, which is no SPIFFE ID: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::json;
    use crate::kernel::source::Source;

    fn parse(text: &str) -> Result<BundleDocument, BundleError> {
        let source = Source::new("bundle.json", text.as_bytes().to_vec()).unwrap();
        read(&json::parse(&source).unwrap())
    }

    #[test]
    fn keys_that_cannot_be_used_are_set_aside_and_told() {
        let text = r#"{"spiffe_sequence": 18446744073709551615, "spiffe_refresh_hint": 300, "keys": [
            {"kty":"EC"}, {"kty":"EC","use":"sig"}, {"kty":"XY","use":"x509-svid"},
            {"kty":"EC","use":"x509-svid"}, {"kty":"EC","use":"x509-svid","x5c":[]},
            {"kty":"EC","use":"x509-svid","x5c":["AAAA"]}, {"kty":"EC","use":"jwt-svid"}]}"#;
        let Ok(BundleDocument::One(bundle)) = parse(text) else {
            panic!("one bundle");
        };
        assert_eq!(
            (bundle.sequence, bundle.refresh_hint),
            (Some(u64::MAX), Some(300))
        );
        assert_eq!(
            (
                bundle.authorities.len(),
                bundle.jwt_keys.len(),
                bundle.notes.len()
            ),
            (0, 1, 7)
        );
    }

    #[test]
    fn what_is_ambiguous_is_no_bundle() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        let twice = r#"{"trust_domains": {"a": {"keys": []}, "a": {"keys": []}}}"#;
        assert_eq!(error(twice), "its member `a` occurs twice");
        assert!(
            error(r#"{"trust_domains": {"A": {"keys": []}}}"#)
                .contains("not the name of a trust domain")
        );
        assert!(error(r#"{"keys": [], "keys": []}"#).contains("twice"));
        assert!(error(r#"{"keys": {}}"#).contains("not an array"));
        assert!(error(r#"{"keys": [], "spiffe_sequence": -1}"#).contains("not a number"));
        assert!(error("{}").contains("neither"));
    }
}
