//! Wycheproof: signatures of JWS and tags of HMAC-SHA256, case by case, and where this reader is stricter and why.

use std::fs;

use serde_json::Value;

use countersign::jwt::{Algorithm, Compact, SignatureVerdict, Trial, check_signature};
use countersign::kernel::crypto::{MacAlgorithm, MacKey, equal};
use countersign::kernel::key::{Expected, Key, KeyError, LoadOptions, Material, load};
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;

use super::corpus;

/// Cases whose printed result is not ours, and why ours is right for a verifier of JWTs.
const OTHERWISE: [(u64, bool, &str); 8] = [
    (
        346,
        false,
        "the key says PS256, the token PS384: one key, one algorithm (RFC 8725bis §3.1)",
    ),
    (
        347,
        false,
        "the key names the unregistered ES521, the token ES512: one key, one algorithm (RFC 8725bis §3.1)",
    ),
    (
        350,
        false,
        "the key says PS256, the token PS384: one key, one algorithm (RFC 8725bis §3.1)",
    ),
    (
        351,
        false,
        "the key names the unregistered ES521, the token ES512: one key, one algorithm (RFC 8725bis §3.1)",
    ),
    (
        367,
        true,
        "key and token equal those of the valid case 357, byte for byte",
    ),
    (
        370,
        true,
        "key and token equal those of the valid case 357, byte for byte",
    ),
    (
        372,
        false,
        "the token has a `?` in it, which base64url has not (RFC 8725bis §3.14)",
    ),
    (
        373,
        false,
        "the token has a `?` in it, which base64url has not (RFC 8725bis §3.14)",
    ),
];

fn groups(file: &str) -> Option<Vec<Value>> {
    let text = fs::read_to_string(corpus(file)?).unwrap();
    let mut root: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(groups) = root["testGroups"].take() else {
        panic!("test groups are an array")
    };
    Some(groups)
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

fn jwk(jwk: &Value) -> Result<Key, KeyError> {
    let options = LoadOptions::plain(Expected::Verification);
    let mut set = load(jwk.to_string().as_bytes(), options)?;
    assert_eq!((set.keys.len(), set.skipped.len()), (1, 0));
    Ok(set.keys.remove(0))
}

fn accepts(token: &str, keys: &[Key]) -> bool {
    let now = Timestamp::from_unix(0).expect("a time");
    Compact::parse(token).is_ok_and(|token| {
        matches!(
            check_signature(&token, keys, Trial::at(now, &Algorithm::ALL)),
            SignatureVerdict::Valid { .. }
        )
    })
}

#[test]
fn signatures_of_jws_are_judged_as_printed_or_as_stated_here() {
    let Some(groups) = groups("jose/wycheproof_json_web_signature_test.json") else {
        return;
    };
    let (mut as_printed, mut otherwise, mut accepted) = (0, Vec::new(), 0);
    for group in &groups {
        let public = group.get("public").unwrap_or(&group["private"]);
        let keys = [jwk(public).unwrap()];
        for test in tests(group) {
            let id = test["tcId"].as_u64().unwrap();
            let token = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            let found = accepts(&token, &keys);
            accepted += usize::from(found);
            if found == (test["result"] == "valid") {
                as_printed += 1;
            } else {
                otherwise.push((id, found));
            }
        }
    }
    let stated: Vec<_> = OTHERWISE.iter().map(|(id, ours, _)| (*id, *ours)).collect();
    assert_eq!(otherwise, stated);
    // Of the 46 valid cases six are refused, of the 355 invalid ones two are the valid one again.
    assert_eq!((as_printed, accepted), (393, 42));
}

#[test]
fn the_two_invalid_cases_that_verify_are_copies_of_a_valid_one() {
    let Some(groups) = groups("jose/wycheproof_json_web_signature_test.json") else {
        return;
    };
    let all: Vec<_> = groups.iter().flat_map(tests).collect();
    let case = |id: u64| all.iter().find(|test| test["tcId"] == id).unwrap();
    let group = |id: u64| {
        let holds = |group: &&Value| tests(group).iter().any(|test| test["tcId"] == id);
        groups.iter().position(|group| holds(&group)).unwrap()
    };
    assert_eq!(case(357)["result"], "valid");
    for id in [367, 370] {
        assert_eq!(case(id)["result"], "invalid");
        assert_eq!(case(id)["jws"], case(357)["jws"]);
        assert_eq!(group(id), group(357));
    }
    for id in [372, 373] {
        assert!(case(id)["jws"].as_str().unwrap().contains('?'));
    }
}

#[test]
fn a_private_key_of_the_cases_has_its_public_half() {
    let Some(groups) = groups("jose/wycheproof_json_web_signature_test.json") else {
        return;
    };
    let mut pairs = 0;
    for group in groups.iter().filter(|group| group.get("public").is_some()) {
        let (public, private) = (
            jwk(&group["public"]).unwrap(),
            jwk(&group["private"]).unwrap(),
        );
        assert!(matches!(private.material, Material::Private(_)));
        assert_eq!(private.public(), public.public());
        pairs += 1;
    }
    assert_eq!(pairs, 19);
}

fn octets(json: &Value) -> Vec<u8> {
    let text = json.as_str().unwrap();
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn hmac_sha256_tags_are_judged_as_printed() {
    let Some(groups) = groups("hmac/wycheproof_hmac_sha256_test.json") else {
        return;
    };
    let (mut valid, mut invalid) = (0, 0);
    for group in &groups {
        let length = usize::try_from(group["tagSize"].as_u64().unwrap()).unwrap() / 8;
        for test in tests(group) {
            let secret = Secret::new(octets(&test["key"]));
            let key = MacKey::new(MacAlgorithm::HmacSha256, &secret);
            let (message, tag) = (octets(&test["msg"]), octets(&test["tag"]));
            let whole = key.verify(&message, &tag).is_ok();
            let cut = equal(&key.sign(&message)[..length], &tag);
            let expected = test["result"] == "valid";
            // A cut tag is never a tag: only the harness cuts.
            assert_eq!(whole, expected && length == 32, "{}", test["tcId"]);
            assert_eq!(cut, expected, "{}", test["tcId"]);
            if expected {
                valid += 1;
            } else {
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (66, 108));
}
