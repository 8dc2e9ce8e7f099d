//! Wycheproof's JSON Web Encryption vectors, and the encrypted examples of RFC 7520 and RFC 8037, opened and made again.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::jwt::jwe::{
    self, ContentEncryption, Decrypted, EncryptOptions, Encrypted, KeyManagement, Limits, Refusal,
    Serialization,
};
use countersign::kernel::crypto::{Random, RandomError};
use countersign::kernel::key::{Expected, Key, LoadOptions, Material, load};
use countersign::kernel::secret::Secret;
use serde_json::Value;

use super::{corpus, files};

/// Whether this build decrypts RSA.
fn rsa() -> bool {
    cfg!(feature = "rsa-decryption")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap()
}

fn key(jwk: &Value) -> Key {
    let options = LoadOptions::plain(Expected::Verification);
    load(jwk.to_string().as_bytes(), options)
        .unwrap()
        .keys
        .remove(0)
}

fn open(message: &str, keys: &[Key]) -> Result<Decrypted, Vec<Refusal>> {
    let parsed = if message.starts_with('{') {
        Encrypted::parse_json(message)
    } else {
        Encrypted::parse(message)
    };
    let parsed = parsed.map_err(|_| Vec::new())?;
    jwe::decrypt(&parsed, keys, &Limits::default())
        .map_err(|closed| closed.attempts.into_iter().map(|one| one.refusal).collect())
}

/// Of 139 vectors the 22 valid ones of RSA wait for a build that decrypts RSA; all others come out as they should.
#[test]
fn wycheproof_web_encryption_is_met() {
    let Some(path) = corpus("jose/wycheproof_json_web_encryption_test.json") else {
        return;
    };
    let corpus = read(&path);
    let (mut right, mut waiting) = (0, Vec::new());
    for group in corpus["testGroups"].as_array().unwrap() {
        let keys = [key(&group["private"])];
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            // The vectors are of the compact form: 22 is a JSON one, which no reader of tokens takes.
            let parsed = Encrypted::parse(text(test, "/jwe"));
            let opened = parsed
                .ok()
                .map(|message| jwe::decrypt(&message, &keys, &Limits::default()));
            let valid = test["result"] == "valid";
            match (valid, opened) {
                (true, Some(Ok(opened))) => {
                    let hex: String = opened
                        .plaintext
                        .iter()
                        .map(|b| format!("{b:02x}"))
                        .collect();
                    assert_eq!(hex, text(test, "/pt"), "{id}");
                    right += 1;
                }
                (true, Some(Err(closed))) => {
                    let refusal = &closed.attempts[0].refusal;
                    assert!(!rsa(), "{id}: {refusal}");
                    assert!(matches!(refusal, Refusal::NotBuilt(_)), "{id}: {refusal}");
                    waiting.push(id);
                }
                (true, None) => panic!("{id} is valid and was not read"),
                (false, Some(Ok(_))) => panic!("{id} is invalid and was opened"),
                (false, Some(Err(_)) | None) => right += 1,
            }
        }
    }
    let of_rsa: Vec<u64> = (82..=93)
        .chain(100..=105)
        .chain([112, 121, 128, 129])
        .collect();
    assert_eq!(waiting, if rsa() { Vec::new() } else { of_rsa });
    assert_eq!(right, if rsa() { 139 } else { 117 });
}

/// The keys of an example: one, several, or a password.
fn keys_of(input: &Value) -> Vec<Key> {
    if let Some(password) = input["pwd"].as_str() {
        let secret = Secret::new(password.as_bytes().to_vec());
        return vec![Key::bare(Material::Secret(secret))];
    }
    match &input["key"] {
        Value::Array(keys) => keys.iter().map(key).collect(),
        one => vec![key(one)],
    }
}

fn serialization(form: &str, output: &Value) -> Serialization {
    match form {
        "compact" => Serialization::Compact,
        // Without an encrypted key the two JSON forms are the same text (§5.5, §5.6).
        _ if output["recipients"].is_null() => Serialization::Flattened,
        _ => Serialization::General,
    }
}

#[test]
fn the_encrypted_examples_of_rfc_7520_open_in_every_form() {
    let Some(folder) = corpus("jose/cookbook") else {
        return;
    };
    let (mut opened, mut waiting) = (0, 0);
    let mut paths = files(&folder.join("jwe"), &["json"]);
    paths.push(folder.join("curve25519/ecdh-es.json"));
    for path in paths {
        let example = read(&path);
        let keys = keys_of(&example["input"]);
        for (form, output) in example["output"].as_object().unwrap() {
            let message = output
                .as_str()
                .map_or_else(|| output.to_string(), str::to_owned);
            let name = format!("{} {form}", path.file_name().unwrap().to_str().unwrap());
            match open(&message, &keys) {
                Ok(decrypted) => {
                    let plaintext = text(&example, "/input/plaintext").as_bytes();
                    assert_eq!(decrypted.plaintext.as_slice(), plaintext, "{name}");
                    opened += 1;
                }
                Err(refusals) => {
                    let not_built = matches!(refusals.as_slice(), [Refusal::NotBuilt(_)]);
                    assert!(not_built && !rsa(), "{name}: {refusals:?}");
                    waiting += 1;
                }
            }
            let parsed = if message.starts_with('{') {
                Encrypted::parse_json(&message).unwrap()
            } else {
                Encrypted::parse(&message).unwrap()
            };
            assert_eq!(parsed.serialization, serialization(form, output), "{name}");
        }
    }
    assert_eq!(opened + waiting, 37);
    assert_eq!(waiting, if rsa() { 0 } else { 6 });
}

/// Gives the bytes of an example in the order in which they are asked for.
struct Script(std::cell::RefCell<std::collections::VecDeque<Vec<u8>>>);

impl Random for Script {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        let next = self.0.borrow_mut().pop_front().ok_or(RandomError)?;
        assert_eq!(next.len(), buffer.len());
        buffer.copy_from_slice(&next);
        Ok(())
    }
}

fn script(example: &Value) -> Script {
    let generated = [
        "/generated/cek",
        "/encrypting_key/epk/d",
        "/encrypting_key/salt",
        "/encrypting_key/iv",
        "/generated/iv",
    ];
    let octets = generated
        .iter()
        .filter_map(|path| example.pointer(path)?.as_str())
        .map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
    Script(
        octets
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<std::collections::VecDeque<_>>()
            .into(),
    )
}

#[test]
fn the_examples_of_rfc_7520_are_made_again_from_their_randomness() {
    let Some(folder) = corpus("jose/cookbook/jwe") else {
        return;
    };
    let mut made = Vec::new();
    for path in files(&folder, &["json"]) {
        let example = read(&path);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let number = name.split('.').next().unwrap().to_owned();
        // RSA's padding is random; nothing is compressed here, and what is written is the compact form alone.
        if ["5_1", "5_2", "5_9"].contains(&number.as_str())
            || example["output"]["compact"].is_null()
        {
            continue;
        }
        let input = &example["input"];
        let key = &keys_of(input)[0];
        let protected = &example["encrypting_content"]["protected"];
        let named = |name: &str| protected[name].as_str().map(str::to_owned);
        let options = EncryptOptions {
            key_id: named("kid"),
            content_type: named("cty"),
            iterations: protected["p2c"]
                .as_u64()
                .map_or(1_000, |count| u32::try_from(count).unwrap()),
            ..EncryptOptions::new(
                KeyManagement::from_name(text(input, "/alg")).unwrap(),
                ContentEncryption::from_name(text(input, "/enc")).unwrap(),
            )
        };
        let plaintext = text(input, "/plaintext").as_bytes();
        let output = jwe::encrypt(plaintext, key, &options, &script(&example)).unwrap();
        assert_eq!(output, text(&example, "/output/compact"), "{name}");
        made.push(number);
    }
    assert_eq!(made, ["5_3", "5_4", "5_5", "5_6", "5_7", "5_8"]);
}

#[test]
fn the_nested_example_of_rfc_7520_is_read_as_far_as_the_build_reaches() {
    let Some(path) = corpus("jose/cookbook/6.nesting_signatures_and_encryption.json") else {
        return;
    };
    let example = read(&path);
    let keys = [key(&example["encrypt"]["input"]["key"])];
    let message = text(&example, "/encrypt/output/compact");
    let parsed = Encrypted::parse(message).unwrap();
    assert!(parsed.is_nested());
    match open(message, &keys) {
        Ok(decrypted) => {
            let inner = text(&example, "/sign/output/compact");
            assert_eq!(decrypted.plaintext.as_slice(), inner.as_bytes());
            let signer = key(&example["sign"]["input"]["key"]);
            let token = countersign::jwt::Compact::parse(inner).unwrap();
            let verdict = countersign::jwt::check_signature(
                &token,
                &[signer],
                countersign::jwt::Trial::at(
                    countersign::kernel::time::Timestamp::from_unix(0).unwrap(),
                    &countersign::jwt::Algorithm::ALL,
                ),
            );
            assert!(matches!(
                verdict,
                countersign::jwt::SignatureVerdict::Valid { .. }
            ));
        }
        Err(refusals) => {
            assert!(!rsa());
            assert!(matches!(refusals.as_slice(), [Refusal::NotBuilt(_)]));
        }
    }
}

#[test]
fn the_keys_of_rfc_7520_are_read() {
    let Some(folder) = corpus("jose/cookbook/jwk") else {
        return;
    };
    let mut kinds = Vec::new();
    for path in files(&folder, &["json"]) {
        let key = key(&read(&path));
        assert!(key.id.is_some());
        kinds.push(key.describe());
    }
    assert_eq!(
        kinds,
        [
            "a P-521 public key",
            "a P-521 private key",
            "an RSA (2048 bit) public key",
            "an RSA (2048 bit) private key",
            "a shared secret",
            "a shared secret",
        ]
    );
}
