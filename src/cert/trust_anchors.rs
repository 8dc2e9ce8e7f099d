//! What others are to trust: SPIFFE bundles written, and what Istio and Linkerd demand of the files they are given.
//!
//! A bundle is written as SPIFFE Trust Domain and Bundle §4 has it: one JWK for each authority, `use` is `x509-svid`, one
//! certificate in `x5c`, no `kid` (X509-SVID §6.1), a sequence that grows with each change.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::authority::{AuthorityCertificate, signed_by};
use super::fields::Fields;
use super::issue::KeyChoice;
use crate::kernel::key::{Key, Material, PublicKey, public_jwk};
use crate::kernel::pem;

/// A SPIFFE bundle.
pub fn spiffe_bundle(
    authorities: &[AuthorityCertificate],
    sequence: u64,
    refresh_seconds: u64,
) -> Value {
    let keys: Vec<Value> = authorities
        .iter()
        .map(|authority| {
            let key = Key::bare(Material::Public(authority.key.clone()));
            let mut jwk = public_jwk(&key).unwrap_or_else(|| json!({}));
            jwk["use"] = "x509-svid".into();
            jwk["x5c"] = json!([STANDARD.encode(&authority.der)]);
            jwk
        })
        .collect();
    json!({
        "keys": keys,
        "spiffe_sequence": sequence,
        "spiffe_refresh_hint": refresh_seconds,
    })
}

/// The files of istiod's `cacerts` secret.
#[derive(Debug, Clone, Copy)]
pub struct IstioFiles<'a> {
    /// `root-cert.pem`.
    pub root: &'a str,
    /// `ca-cert.pem`.
    pub certificate: &'a str,
    /// `ca-key.pem`.
    pub key: &'a str,
    /// `cert-chain.pem`.
    pub chain: &'a str,
    /// `ca-crl.pem`, where there is one.
    pub lists: Option<&'a str>,
}

fn blocks(text: &str, label: &str) -> Vec<Vec<u8>> {
    let blocks = pem::parse(text).unwrap_or_default();
    let blocks = blocks.into_iter().filter(|block| block.label == label);
    blocks.map(|block| block.der.to_vec()).collect()
}

/// What istiod would refuse, and what it would take and fail on later; empty if nothing.
pub fn istio_problems(files: &IstioFiles<'_>, key: &PublicKey) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |problem: &str| problems.push(problem.to_owned());
    let roots = blocks(files.root, "CERTIFICATE");
    let chain = blocks(files.chain, "CERTIFICATE");
    let certificate = blocks(files.certificate, "CERTIFICATE");
    let [certificate] = certificate.as_slice() else {
        return vec!["`ca-cert.pem` does not hold one certificate".to_owned()];
    };
    match AuthorityCertificate::read(certificate) {
        Ok(authority) if authority.key != *key => {
            say("`ca-key.pem` is not the key of `ca-cert.pem`");
        }
        Ok(authority) if !authority.signs_lists => {
            say("`ca-cert.pem` lacks cRLSign: Go refuses its revocation lists");
        }
        Ok(_) => {}
        Err(error) => say(&format!("`ca-cert.pem`: {error}")),
    }
    let labels = ["EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY"];
    if !labels
        .iter()
        .any(|label| files.key.contains(&format!("-----BEGIN {label}-----")))
    {
        say("`ca-key.pem` is encrypted or of a kind that istiod does not read");
    }
    if !leads_to(certificate, &chain, &roots) {
        say("`ca-cert.pem` does not lead to `root-cert.pem` through `cert-chain.pem`");
    }
    if roots.iter().any(|root| chain.contains(root)) {
        say("`cert-chain.pem` repeats the root, which is then sent twice");
    }
    if let Some(lists) = files.lists {
        let lists = blocks(lists, "X509 CRL");
        if lists.is_empty() {
            say(
                "`ca-crl.pem` is empty: an empty file does not clear the lists, one without entries does",
            );
        }
        for der in chain.iter().chain(&roots) {
            let Ok(authority) = AuthorityCertificate::read(der) else {
                continue;
            };
            if !lists.iter().any(|list| signed_by(list, &authority.key)) {
                let problem = format!(
                    "`ca-crl.pem` holds no list of `{}`: istiod refuses all further updates, or Envoy all peers",
                    authority.name
                );
                say(&problem);
            }
        }
    }
    problems
}

/// Whether signatures lead from a certificate over a chain to one of the roots.
fn leads_to(certificate: &[u8], chain: &[Vec<u8>], roots: &[Vec<u8>]) -> bool {
    let mut current = certificate.to_vec();
    for _ in 0..=chain.len() {
        let above = |der: &&Vec<u8>| {
            AuthorityCertificate::read(der)
                .is_ok_and(|authority| **der != current && signed_by(&current, &authority.key))
        };
        if roots.iter().any(|root| above(&root)) {
            return true;
        }
        match chain.iter().find(above) {
            Some(next) => current = next.clone(),
            None => return false,
        }
    }
    false
}

/// What Linkerd would refuse of an issuer and its anchor; empty if nothing.
pub fn linkerd_problems(
    issuer: &[u8],
    anchor: &AuthorityCertificate,
    key: &PublicKey,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |problem: &str| problems.push(problem.to_owned());
    match AuthorityCertificate::read(issuer) {
        Ok(authority) if authority.key != *key => say("the key is not that of the issuer"),
        Ok(authority) if KeyChoice::of(&authority.key) != Some(KeyChoice::P256) => {
            say("the issuer's key is not of P-256");
        }
        Ok(_) => {}
        Err(error) => say(&format!("the issuer: {error}")),
    }
    let rsa = matches!(anchor.key.rsa_bits(), Some(2048 | 4096));
    if !rsa && KeyChoice::of(&anchor.key) != Some(KeyChoice::P256) {
        say("the anchor's key is neither of P-256 nor RSA of 2048 or 4096 bits");
    }
    if !signed_by(issuer, &anchor.key) {
        say("the issuer is not signed by the anchor");
    }
    let named = Fields::of_certificate(issuer)
        .ok()
        .and_then(|fields| fields.common_name());
    if !named.is_some_and(|name| name.starts_with("identity.linkerd.")) {
        say("the issuer's common name is not `identity.linkerd.TRUST-DOMAIN`");
    }
    problems
}
