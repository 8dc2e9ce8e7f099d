//! Public keys used as MAC secrets.

use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Key, Material, PublicKey};
use crate::kernel::pem;
use crate::kernel::secret::Secret;

pub(super) static RULE: Rule = Rule {
    id: "jwt-key-as-secret",
    title: "the signature is made with a public key as secret",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("key_as_secret.md"),
};

/// Holds the MAC of a token against the ways in which a public key is written down.
pub(in crate::jwt) fn check(
    keys: &[Key],
    algorithm: MacAlgorithm,
    (input, tag): (&[u8], &[u8]),
) -> Option<Finding> {
    let matches = |secret: &[u8]| {
        let key = MacKey::new(algorithm, &Secret::new(secret.to_vec()));
        key.verify(input, tag).is_ok()
    };
    let key = keys.iter().find(|key| {
        let public = match &key.material {
            Material::Secret(_) => None,
            Material::Public(public) => Some(public.clone()),
            Material::Private(private) => Some(private.public()),
        };
        public.is_some_and(|public| spellings(&public).iter().any(|bytes| matches(bytes)))
    })?;
    let message = format!(
        "the MAC is made with the public key `{}` as secret: everyone has it",
        key.name()
    );
    Some(Finding::new(&RULE, "signature", message).help(
        "the token is forged, or its issuer is confused; accept the key's own algorithms alone",
    ))
}

fn spellings(key: &PublicKey) -> Vec<Vec<u8>> {
    let spki = key.to_spki();
    let mut texts = vec![pem::write("PUBLIC KEY", &spki)];
    let mut bytes = vec![spki];
    if let Some(pkcs1) = key.to_pkcs1() {
        texts.push(pem::write("RSA PUBLIC KEY", &pkcs1));
        bytes.push(pkcs1);
    }
    for text in texts {
        bytes.push(text.trim_end().as_bytes().to_vec());
        bytes.push(text.replace('\n', "\r\n").into_bytes());
        bytes.push(text.as_bytes().to_vec());
    }
    bytes
}
