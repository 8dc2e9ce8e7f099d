//! The JOSE cookbook's signatures: RFC 7520 §4, RFC 7797 §4, RFC 8037 Appendix A, in every serialization.

use std::path::Path;

use countersign::jwt::{Algorithm, Jws, JwsError, SignatureVerdict, Trial};
use countersign::kernel::key::{Expected, Key, LoadOptions, load};
use countersign::kernel::time::Timestamp;
use serde_json::Value;

use super::corpus;

/// The outputs that a strict reader refuses: `b64` without `crit` (RFC 7797 §6).
const REFUSED: [&str; 2] = [
    "4.2.hmac-sha2_b64_false json",
    "4.2.hmac-sha2_b64_false json_flat",
];

fn keys(input: &Value) -> Vec<Key> {
    let list = match &input["key"] {
        Value::Array(keys) => keys.clone(),
        key => vec![key.clone()],
    };
    let load = |key: &Value| {
        let set = load(
            key.to_string().as_bytes(),
            LoadOptions::plain(Expected::Verification),
        );
        set.unwrap().keys.remove(0)
    };
    list.iter().map(load).collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn folder(name: &str) -> Vec<std::path::PathBuf> {
    let Some(folder) = corpus(&format!("jose/cookbook/{name}")) else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    files
}

/// Whether every signature of an output is right, and none is after one byte of the payload or signature has changed.
fn judge(text: &str, payload: &[u8], keys: &[Key]) -> Result<bool, JwsError> {
    let carried = Jws::parse(text, None);
    let detached = matches!(carried, Err(JwsError::PayloadNeeded));
    let jws = if detached {
        Jws::parse(text, Some(payload))?
    } else {
        carried?
    };
    assert_eq!(jws.payload, payload);
    let valid = |verdict: &SignatureVerdict| matches!(verdict, SignatureVerdict::Valid { .. });
    let trial = Trial::at(Timestamp::from_unix(0).unwrap(), &Algorithm::ALL);
    let verdicts = jws.check(keys, trial);
    let mut damaged = jws.clone();
    for signature in &mut damaged.signatures {
        signature.signature[7] ^= 1;
    }
    assert!(!damaged.check(keys, trial).iter().any(valid));
    if detached {
        let mut other = payload.to_vec();
        other[0] ^= 1;
        let other = Jws::parse(text, Some(&other))?;
        assert!(!other.check(keys, trial).iter().any(valid));
    }
    Ok(verdicts.iter().all(valid))
}

#[test]
fn signatures_of_the_cookbook_are_right_in_every_serialization() {
    let mut files = folder("jws");
    if files.is_empty() {
        return;
    }
    files.extend(folder("rfc7797"));
    files.retain(|path| path.file_stem().is_some());
    files.extend(
        folder("curve25519")
            .into_iter()
            .filter(|path| path.ends_with("jws.json")),
    );
    let (mut valid, mut refused) = (0, Vec::new());
    for path in &files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case = read(path);
        let keys = keys(&case["input"]);
        let payload = case["input"]["payload"].as_str().unwrap().as_bytes();
        for (form, output) in case["output"].as_object().unwrap() {
            let text = match output {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match judge(&text, payload, &keys) {
                Ok(right) => {
                    assert!(right, "{name} {form}");
                    valid += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains("b64"), "{name} {form}: {error}");
                    refused.push(format!("{name} {form}"));
                }
            }
        }
    }
    refused.sort();
    assert_eq!(refused, REFUSED);
    assert_eq!((files.len(), valid), (11, 26));
}
