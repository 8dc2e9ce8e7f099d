//! Tokens of others, taken apart: sound ones without a defect, all of them with their defects inside.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use countersign::jwt::{self, Dissection, Kind, Payload};
use countersign::kernel::time::Timestamp;

use super::{corpus, files};

fn taken(token: &str) -> Dissection {
    let taken = jwt::inspect(token, Timestamp::from_unix(1_800_000_000).unwrap());
    for defect in &taken.defects {
        let inside = |offset: usize| offset < token.len().max(1);
        assert!(defect.offset.is_none_or(inside), "{token}: {defect:?}");
    }
    taken
}

/// The cases of a Wycheproof file: id, token, whether it is valid.
fn cases(file: &str) -> Vec<(u64, String, bool)> {
    let Some(path) = corpus(file) else {
        return Vec::new();
    };
    let root: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut cases = Vec::new();
    for group in root["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let token = case["jws"].as_str().or(case["jwe"].as_str());
            let token = match token {
                Some(token) => token.to_owned(),
                None => case["jws"].to_string(),
            };
            let valid = case["result"] == "valid";
            cases.push((case["tcId"].as_u64().unwrap(), token, valid));
        }
    }
    assert!(cases.len() > 100, "{file} is read");
    cases
}

#[test]
fn valid_tokens_of_wycheproof_have_no_defect() {
    let mut otherwise = BTreeSet::new();
    for (id, token, valid) in cases("jose/wycheproof_json_web_signature_test.json") {
        if valid && !taken(&token).defects.is_empty() {
            otherwise.insert(id);
        }
    }
    // 372 and 373 hold a `?`, which base64url has not (RFC 8725bis §3.14).
    assert!(
        otherwise.is_subset(&BTreeSet::from([372, 373])),
        "{otherwise:?}"
    );
    for (id, token, valid) in cases("jose/wycheproof_json_web_encryption_test.json") {
        let taken = taken(&token);
        if valid {
            assert_eq!(taken.kind, Kind::Encrypted, "{id}");
            assert!(taken.defects.is_empty(), "{id}: {:?}", taken.defects);
            let encryption = taken.encryption.unwrap();
            assert!(encryption.key_management.is_some(), "{id}");
            assert!(encryption.content.is_some(), "{id}");
        }
    }
}

/// Every serialized token below `output` of a cookbook file.
fn outputs(node: &Value, into: &mut Vec<String>) {
    match node {
        Value::String(text) if text.matches('.').count() >= 2 => into.push(text.clone()),
        Value::Object(members)
            if members.contains_key("signature")
                || members.contains_key("ciphertext")
                || members.contains_key("signatures") =>
        {
            into.push(node.to_string())
        }
        Value::Object(members) => members.values().for_each(|inner| outputs(inner, into)),
        _ => {}
    }
}

#[test]
fn tokens_of_the_cookbook_have_no_defect() {
    let Some(folder) = corpus("jose/cookbook") else {
        return;
    };
    let mut tokens = Vec::new();
    for file in files(&folder, &["json"]) {
        let root: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        outputs(&root["output"], &mut tokens);
    }
    assert!(tokens.len() >= 50, "{} tokens", tokens.len());
    for token in tokens {
        let taken = taken(&token);
        assert!(taken.defects.is_empty(), "{token}: {:?}", taken.defects);
        assert!(!matches!(taken.kind, Kind::Other(_)), "{token}");
        // RFC 7797: nothing says where a payload that is not encoded ends in a text.
        if taken.payload == Payload::Unencoded {
            continue;
        }
        let found = jwt::locate_all(token.as_bytes()).found;
        assert_eq!(found.len(), 1, "{token}");
        assert_eq!(found[0].token, token);
    }
}
