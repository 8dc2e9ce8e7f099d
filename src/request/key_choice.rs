//! Which of the given keys may check a signature, and why the others may not.

use super::algorithm::Algorithm;
use super::policy::Policy;
use super::verdict::{Mac, NotChecked};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::key::{Key, Material, thumbprint};

/// The keys that a signature's key id leaves.
///
/// A key without an id was chosen by whoever runs the verification; one with an id must be the one named.
///
/// # Errors
/// [`NotChecked::NoSuchKey`].
pub(crate) fn by_id<'k>(keys: &'k [Key], wanted: Option<&str>) -> Result<Vec<&'k Key>, NotChecked> {
    let fitting: Vec<&Key> = keys
        .iter()
        .filter(|key| match (&key.id, wanted) {
            (Some(id), Some(wanted)) => id == wanted || has_thumbprint(key, wanted),
            _ => true,
        })
        .collect();
    if !fitting.is_empty() {
        return Ok(fitting);
    }
    let ids: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name())).collect();
    Err(NotChecked::NoSuchKey {
        wanted: wanted.unwrap_or_default().to_owned(),
        found: ids.join(", "),
    })
}

/// What a key is, whatever it is called: the scope in which a nonce or a signature is seen once. Of a secret it is a
/// hash, and only a hash of that is ever stored.
pub(crate) fn scope(keys: &[Key], mac: &Mac) -> String {
    let Mac::Valid { key: name, .. } = mac else {
        return String::new();
    };
    let key = keys.iter().find(|key| key.name() == *name);
    match key.map(|key| (&key.material, key.public())) {
        Some((_, Some(public))) => thumbprint(&public),
        Some((Material::Secret(secret), None)) => hex(&sha256(secret.expose())),
        _ => name.clone(),
    }
}

/// Tries the keys that fit a signature's key id and its one algorithm, until one holds. `holds` says why a key cannot be
/// used at all.
pub(crate) fn try_keys(
    keys: &[Key],
    policy: &Policy,
    (key_id, algorithm, written): (&str, Algorithm, &'static str),
    holds: &dyn Fn(&Key) -> Result<bool, String>,
) -> Mac {
    if !policy.accepts(algorithm) {
        let accepted = policy.algorithms.iter().flatten();
        let accepted: Vec<&str> = accepted.map(|each| each.name()).collect();
        return Mac::NotChecked(NotChecked::Algorithm {
            found: written.to_owned(),
            accepted: accepted.join(", "),
        });
    }
    let fitting = match by_id(keys, Some(key_id)) {
        Ok(fitting) => fitting,
        Err(why) => return Mac::NotChecked(why),
    };
    let mut tried = Vec::new();
    let mut unfit = Vec::new();
    for key in fitting {
        let held = match forbidden(key, policy) {
            Some(why) => Err(why),
            None => holds(key),
        };
        match held {
            Ok(true) => {
                return Mac::Valid {
                    key: key.name(),
                    algorithm: written,
                };
            }
            Ok(false) => tried.push(key.name()),
            Err(why) => unfit.push(format!("{}: {why}", key.name())),
        }
    }
    if tried.is_empty() {
        return Mac::NotChecked(NotChecked::NoFittingKey(unfit.join("; ")));
    }
    Mac::Invalid { tried }
}

// RFC 7638: a public key can be named by what it is.
fn has_thumbprint(key: &Key, wanted: &str) -> bool {
    key.public()
        .is_some_and(|public| thumbprint(&public) == wanted)
}

/// Why a key may not verify, by what its container says of it (RFC 7517 §4.2, §4.3) and when it may be used.
pub(crate) fn forbidden(key: &Key, policy: &Policy) -> Option<String> {
    let window = &policy.window;
    if let Err(why) = key.validity.check(window.now, window.leeway) {
        return Some(why.to_string());
    }
    if let Some(usage) = key.usage.as_deref().filter(|usage| *usage != "sig") {
        return Some(format!("its `use` is `{usage}`"));
    }
    let operations = key.operations.as_ref()?;
    let verifies = operations
        .iter()
        .any(|each| each == "verify" || each == "sign");
    (!verifies).then(|| format!("its `key_ops` are {}", operations.join(", ")))
}
