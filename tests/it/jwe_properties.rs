//! What has to hold for every encrypted message: its recipient reads it, no one else does, and no change goes unseen.

use std::sync::LazyLock;

use countersign::jwt::jwe::{
    self, ContentEncryption, EncryptError, EncryptOptions, Encrypted, Fate, KeyManagement, Limits,
    Reason, Refusal, Unfit,
};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::key::{
    Curve, Expected, Key, LoadOptions, Material, generate_ec, generate_x25519, load,
};
use countersign::kernel::secret::Secret;
use proptest::prelude::*;

const RSA: &[u8] = include_bytes!("../keys/rsa.pem");

fn secret(length: usize, filling: u8) -> Key {
    Key::bare(Material::Secret(Secret::new(vec![filling; length])))
}

/// Two keys of each kind: the recipient's, and someone else's.
static PAIRS: LazyLock<Vec<[Key; 2]>> = LazyLock::new(|| {
    let random = SystemRandom::default();
    let ec = |curve| Key::bare(Material::Private(generate_ec(curve, &random).unwrap()));
    let x25519 = || Key::bare(Material::Private(generate_x25519(&random).unwrap()));
    let mut pairs: Vec<[Key; 2]> = [16, 24, 32, 48, 64]
        .into_iter()
        .map(|length| [secret(length, 7), secret(length, 8)])
        .collect();
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        pairs.push([ec(curve), ec(curve)]);
    }
    pairs.push([x25519(), x25519()]);
    pairs
});

fn built() -> Vec<KeyManagement> {
    let all = KeyManagement::ALL.into_iter();
    all.filter(|management| management.is_built() && *management != KeyManagement::Rsa15)
        .collect()
}

fn options(management: KeyManagement, encryption: ContentEncryption) -> EncryptOptions {
    EncryptOptions {
        iterations: 1_000,
        ..EncryptOptions::new(management, encryption)
    }
}

fn sealed(key: &Key, options: &EncryptOptions) -> Result<String, EncryptError> {
    jwe::encrypt(b"for you alone", key, options, &SystemRandom::default())
}

fn opened(text: &str, key: &Key) -> Result<Vec<u8>, Reason> {
    let message = Encrypted::parse(text).map_err(|_| Reason::Malformed)?;
    let keys = std::slice::from_ref(key);
    jwe::decrypt(&message, keys, &Limits::default())
        .map(|decrypted| decrypted.plaintext.to_vec())
        .map_err(|closed| closed.reason())
}

#[test]
fn what_is_encrypted_opens_under_its_own_key_and_no_other() {
    let mut combinations = 0;
    let rsa = load(RSA, LoadOptions::plain(Expected::Private)).unwrap();
    for management in built() {
        let mut met = 0;
        for encryption in ContentEncryption::ALL {
            let options = options(management, encryption);
            for [ours, other] in PAIRS.iter() {
                let Ok(text) = sealed(ours, &options) else {
                    continue;
                };
                assert_eq!(opened(&text, ours).as_deref(), Ok(&b"for you alone"[..]));
                assert_eq!(opened(&text, other), Err(Reason::Failed), "{management}");
                assert_eq!(opened(&text, &rsa.keys[0]), Err(Reason::NoKey));
                met += 1;
            }
            if let Ok(text) = sealed(&rsa.keys[0], &options) {
                let content = opened(&text, &rsa.keys[0]);
                assert_eq!(content.as_deref(), Ok(&b"for you alone"[..]));
                met += 1;
            }
        }
        assert!(met >= 5, "{management} was met {met} times");
        combinations += met;
    }
    assert!(combinations >= 190, "{combinations}");
}

#[test]
fn the_public_half_suffices_to_encrypt_and_never_to_decrypt() {
    for [ours, _] in PAIRS.iter() {
        let Some(public) = ours.public() else {
            continue;
        };
        let public = Key::bare(Material::Public(public));
        let options = options(KeyManagement::EcdhEsA128Kw, ContentEncryption::A128Gcm);
        let text = sealed(&public, &options).unwrap();
        assert!(opened(&text, ours).is_ok());
        let message = Encrypted::parse(&text).unwrap();
        let closed = jwe::decrypt(&message, &[public], &Limits::default()).unwrap_err();
        let [attempt] = closed.attempts.as_slice() else {
            panic!("there is one recipient");
        };
        assert_eq!(attempt.refusal, Refusal::NoKey);
        assert_eq!(attempt.keys[0].1, Fate::Skipped(Unfit::PublicOnly));
    }
}

#[test]
fn one_flipped_bit_anywhere_never_decrypts() {
    for management in built() {
        let encryption = match management {
            KeyManagement::A128Kw | KeyManagement::Dir => ContentEncryption::A192CbcHs384,
            KeyManagement::A192Kw => ContentEncryption::A192Gcm,
            _ => ContentEncryption::A128CbcHs256,
        };
        let fitting = PAIRS.iter().find_map(|[ours, _]| {
            let text = sealed(ours, &options(management, encryption)).ok()?;
            Some((ours, text))
        });
        // RSA's keys are not among the pairs; its build meets them above.
        let Some((key, text)) = fitting else {
            continue;
        };
        assert!(opened(&text, key).is_ok());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << (at % 7);
            let changed = String::from_utf8(bytes).unwrap();
            let found = opened(&changed, key);
            assert!(found.is_err(), "{management}: byte {at}: {changed}");
        }
    }
}

fn with_header(header: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let key = URL_SAFE_NO_PAD.encode([0; 24]);
    let (iv, tag) = (
        URL_SAFE_NO_PAD.encode([0; 12]),
        URL_SAFE_NO_PAD.encode([0; 16]),
    );
    format!("{}.{key}.{iv}.AA.{tag}", URL_SAFE_NO_PAD.encode(header))
}

fn refusal(header: &str, key: &Key) -> String {
    let message = match Encrypted::parse(&with_header(header)) {
        Ok(message) => message,
        Err(error) => return error.to_string(),
    };
    let keys = std::slice::from_ref(key);
    let closed = jwe::decrypt(&message, keys, &Limits::default()).unwrap_err();
    closed.nearest().unwrap().refusal.to_string()
}

#[test]
fn hostile_headers_are_refused_before_any_work() {
    let password = secret(9, 7);
    let pbes2 = |more: &str| {
        let header = format!(r#"{{"alg":"PBES2-HS256+A128KW","enc":"A128GCM",{more}}}"#);
        refusal(&header, &password)
    };
    let salt = r#""p2s":"AAAAAAAAAAA""#;
    let table = [
        (
            pbes2(&format!(r#"{salt},"p2c":1200001"#)),
            "`p2c` demands 1200001 iterations; 1000 to 1200000 are accepted",
        ),
        (
            pbes2(&format!(r#"{salt},"p2c":999"#)),
            "`p2c` demands 999 iterations; 1000 to 1200000 are accepted",
        ),
        (
            pbes2(&format!(r#"{salt},"p2c":1e99"#)),
            "`p2c` demands 1e99 iterations; 1000 to 1200000 are accepted",
        ),
        (
            pbes2(&format!(r#"{salt},"p2c":"4096""#)),
            "`p2c` is not a number",
        ),
        (pbes2(salt), "`p2c` is missing"),
        (
            pbes2(r#""p2s":"AAAA","p2c":1000"#),
            "`p2s` has 3 bytes; at least 8 are needed",
        ),
        (
            refusal(r#"{"alg":"A128KW","enc":"A128GCM","zip":"GZ"}"#, &password),
            "the compression `GZ` is not known",
        ),
        (
            refusal(
                r#"{"alg":"A128KW","enc":"A128GCM","crit":["x"],"x":1}"#,
                &password,
            ),
            "the header demands extensions that are not understood (`crit`)",
        ),
        (
            refusal(
                r#"{"alg":"A128KW","enc":"A128GCM","enc":"A256GCM"}"#,
                &password,
            ),
            "the header has the member `enc` twice",
        ),
        (
            refusal(r#"{"alg":"none","enc":"A128GCM"}"#, &password),
            "the key management `none` is not known",
        ),
        (
            refusal(r#"{"alg":"HS256","enc":"A128GCM"}"#, &password),
            "the key management `HS256` is not known",
        ),
        (
            refusal(r#"{"alg":"A128KW"}"#, &password),
            "the header has no `enc` that is a string",
        ),
        (
            refusal(r#"{"alg":"dir","enc":"A128GCM"}"#, &password),
            "an encrypted key is sent, which `dir` has not",
        ),
        (
            refusal(r#"{"alg":"ECDH-ES+A128KW","enc":"A128GCM"}"#, &password),
            "`epk` is missing",
        ),
        (
            refusal(
                r#"{"alg":"ECDH-ES+A128KW","enc":"A128GCM","epk":{"kty":"oct","k":"AA"}}"#,
                &password,
            ),
            "`epk` is not the public part of a key for agreement",
        ),
        (
            refusal(
                r#"{"alg":"A128GCMKW","enc":"A128GCM","iv":"AA","tag":"AA"}"#,
                &password,
            ),
            "`iv` has 1 bytes; 12 are needed",
        ),
        (
            refusal(r#"{"alg":"A128KW","enc":"A128GCM"}"#, &password),
            "no key fits",
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_default_build_names_the_feature_for_rsa() {
    if KeyManagement::RsaOaep.is_built() {
        return;
    }
    let rsa = load(RSA, LoadOptions::plain(Expected::Private)).unwrap();
    let found = refusal(r#"{"alg":"RSA-OAEP","enc":"A128GCM"}"#, &rsa.keys[0]);
    assert_eq!(
        found,
        "RSA-OAEP needs a build with the feature `rsa-decryption`"
    );
    let options = options(KeyManagement::RsaOaep256, ContentEncryption::A128Gcm);
    assert_eq!(
        sealed(&rsa.keys[0], &options),
        Err(EncryptError::NotBuilt(KeyManagement::RsaOaep256))
    );
}

#[test]
fn a_key_for_one_thing_is_used_for_nothing_else() {
    let mut key = secret(32, 7);
    let wrap = options(KeyManagement::A256Kw, ContentEncryption::A256Gcm);
    let text = sealed(&key, &wrap).unwrap();
    key.algorithm = Some("A256GCMKW".to_owned());
    assert_eq!(opened(&text, &key), Err(Reason::NoKey));
    key.algorithm = None;
    key.usage = Some("sig".to_owned());
    assert_eq!(opened(&text, &key), Err(Reason::NoKey));
    key.usage = None;
    key.operations = Some(vec!["decrypt".to_owned()]);
    assert_eq!(opened(&text, &key), Err(Reason::NoKey));
    key.operations = Some(vec!["unwrapKey".to_owned()]);
    assert!(opened(&text, &key).is_ok());
    let direct = options(KeyManagement::Dir, ContentEncryption::A256Gcm);
    key.operations = None;
    key.algorithm = Some("A256GCM".to_owned());
    let text = sealed(&key, &direct).unwrap();
    assert!(opened(&text, &key).is_ok());
    key.algorithm = Some("A128CBC-HS256".to_owned());
    assert_eq!(opened(&text, &key), Err(Reason::NoKey));
}

#[test]
fn json_messages_are_read_strictly() {
    let read = |text: &str| {
        Encrypted::parse_json(text)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let protected = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0"; // {"alg":"dir","enc":"A128GCM"}
    let table = [
        ("[]".to_owned(), "the message's member `(itself)` is not an object"),
        ("{".to_owned(), ""),
        (
            format!(r#"{{"protected":"{protected}","unprotected":{{"alg":"dir"}},"ciphertext":""}}"#),
            "the header parameter `alg` stands in two headers",
        ),
        (
            format!(r#"{{"protected":"{protected}","header":{{"zip":"DEF"}},"ciphertext":""}}"#),
            "the header parameter `zip` is not protected",
        ),
        (
            format!(r#"{{"protected":"{protected}","recipients":[],"ciphertext":""}}"#),
            "the message has 0 recipients; 1 to 32 are read",
        ),
        (
            format!(r#"{{"protected":"{protected}","recipients":[{{}}],"encrypted_key":"","ciphertext":""}}"#),
            "the message has `recipients` and `encrypted_key`: it is neither general nor flattened",
        ),
        (
            format!(r#"{{"protected":"{protected}"}}"#),
            "the message has no member `ciphertext`",
        ),
        (
            format!(r#"{{"protected":"{protected}","ciphertext":"AB"}}"#),
            "the ciphertext is not base64url: the last character has unused bits that are not zero at byte 1",
        ),
        (
            format!(r#"{{"protected":"{protected}","ciphertext":"","ciphertext":""}}"#),
            "the message has the member `ciphertext` twice",
        ),
        (
            r#"{"recipients":[{"header":{"alg":"dir","enc":"A128GCM"}},{"header":{"alg":"dir","enc":"A256GCM"}}],"ciphertext":""}"#
                .to_owned(),
            "the recipients name different content encryptions",
        ),
    ];
    for (text, message) in table {
        assert!(read(&text).contains(message), "{text}: {}", read(&text));
    }
}

proptest! {
    #[test]
    fn any_content_survives_the_journey(content in proptest::collection::vec(any::<u8>(), 0..300), which in 0..6_usize) {
        let encryption = ContentEncryption::ALL[which];
        let key = secret(32, 7);
        let options = options(KeyManagement::A256Kw, encryption);
        let text = jwe::encrypt(&content, &key, &options, &SystemRandom::default()).unwrap();
        prop_assert_eq!(opened(&text, &key), Ok(content));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in r#"[A-Za-z0-9_.=-]{0,80}|\{("[a-z]{0,12}":("[A-Za-z0-9_-]{0,9}"|\{\}|\[\]),?){0,6}\}|.{0,40}"#) {
        let _compact = Encrypted::parse(&text).is_ok();
        let _json = Encrypted::parse_json(&text).is_ok();
    }
}
