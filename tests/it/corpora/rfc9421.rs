//! RFC 9421's own messages: their signature bases byte for byte, their verdicts, and what is refused by name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use countersign::kernel::key::{Expected, Key, LoadOptions, load};
use countersign::kernel::secret::Encoding;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::component::{Component, ComponentError, Values};
use countersign::request::digest_fields::{self, DigestField, DigestVerdict};
use countersign::request::structured_field::FieldType;
use countersign::request::{
    Context, Exchange, Freshness, Mac, Message, MessageError, Policy, Reason, Required, Scheme,
    SignedText, Unsigned, UriScheme, Verdict, Window,
};

use super::corpus;

/// The line of the hmac-sha256 message (appendix B.2.5).
const HMAC_CASE: u64 = 2733;

struct Case {
    line: u64,
    label: String,
    key_id: String,
    message: String,
    base: String,
    valid: bool,
    digest_ok: Option<bool>,
}

fn cases(folder: &Path) -> Vec<Case> {
    let text = fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    cases.iter().map(case).collect()
}

fn case(case: &Value) -> Case {
    let text = |name: &str| case[name].as_str().unwrap().to_owned();
    let line = case["line"].as_u64().unwrap();
    let mut message = text("message");
    if line == 1657 {
        // The document prints one line end too many before this body.
        assert!(message.contains("\n\n\n{"));
        message = message.replace("\n\n\n{", "\n\n{");
    }
    Case {
        line,
        label: text("label"),
        key_id: text("keyid"),
        message,
        base: text("base"),
        valid: case["valid"].as_bool().unwrap(),
        digest_ok: case["content_digest_ok"].as_bool(),
    }
}

fn message(text: &str) -> Result<Message, MessageError> {
    Message::parse(&Source::new("rfc9421", text.as_bytes().to_vec()).unwrap())
}

fn context() -> Context {
    let mut context = Context::new(UriScheme::Https);
    context.field_types = vec![("example-dict".to_owned(), FieldType::Dictionary)];
    context
}

fn policy(label: Option<&str>) -> Policy {
    let mut policy = Policy::new(Window {
        now: Timestamp::from_unix(1_618_884_475).unwrap(),
        max_age: None,
        leeway: Leeway::default(),
    });
    policy.label = label.map(str::to_owned);
    policy.required = Required::Listed(Vec::new());
    policy
}

/// The verdict about one signature of a message.
fn judge(text: &str, label: Option<&str>, keys: &[Key]) -> Result<Verdict, Option<Unsigned>> {
    let message = message(text).map_err(|_| None)?;
    let context = context();
    let exchange = Exchange::new(&message, &context);
    let mut verdicts = Scheme::Rfc9421
        .verify(exchange, keys, &policy(label))
        .map_err(Some)?;
    assert_eq!(verdicts.len(), 1);
    Ok(verdicts.remove(0))
}

fn key(folder: &Path, file: &str) -> Key {
    let bytes = fs::read(folder.join("keys").join(file)).unwrap();
    let mut options = LoadOptions::plain(Expected::Verification);
    if file.ends_with(".b64") {
        options.encoding = Some(Encoding::Base64);
    }
    load(&bytes, options).unwrap().keys.remove(0)
}

/// The document's keys under their ids.
fn keys(folder: &Path) -> Vec<Key> {
    [
        ("test-key-ecc-p256", "ec-pub.pem"),
        ("test-key-ed25519", "ed-pub.pem"),
        ("test-key-rsa", "rsa-pub.pem"),
        ("test-key-rsa-pss", "rsapss-pub.pem"),
        ("test-shared-secret", "test-shared-secret.b64"),
    ]
    .into_iter()
    .map(|(id, file)| Key {
        id: Some(id.to_owned()),
        ..key(folder, file)
    })
    .collect()
}

/// The request of appendix B.2, which the response of line 1036 answers.
fn test_request(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("blocks.json")).unwrap();
    let blocks: Vec<Value> = serde_json::from_str(&text).unwrap();
    let block = blocks
        .iter()
        .filter_map(|block| block[3].as_str())
        .find(|text| {
            text.starts_with("POST /foo?param=Value&Pet=dog HTTP/1.1")
                && !text.contains("Signature")
        });
    block.unwrap().to_owned()
}

#[test]
fn all_messages_have_the_printed_base_and_the_printed_verdict() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let keys = keys(&folder);
    let cases = cases(&folder);
    let context = context();
    let (mut valid, mut invalid) = (0, 0);
    for case in &cases {
        let at = format!("line {}, {}", case.line, case.label);
        let asked = match case.line {
            1036 => Some(test_request(&folder)),
            1108 => cases
                .iter()
                .find(|case| case.line == 1060)
                .map(|case| case.message.clone()),
            _ => None,
        };
        let asked = asked.map(|text| message(&text).unwrap());
        let message = message(&case.message).unwrap();
        let exchange = Exchange {
            message: &message,
            request: asked.as_ref(),
            context: &context,
        };
        let verdicts = Scheme::Rfc9421.verify(exchange, &keys, &policy(Some(&case.label)));
        let [verdict] = verdicts.unwrap().try_into().unwrap();
        let Some(SignedText::Base(base)) = &verdict.signed else {
            panic!("{at}: no signature base")
        };
        assert_eq!(base.text(), case.base, "{at}");
        assert_eq!(verdict.key_id.as_deref(), Some(case.key_id.as_str()));
        let digest = digest_fields::check(&message, DigestField::Content).unwrap();
        match case.digest_ok {
            Some(true) => assert_eq!(digest, DigestVerdict::Matches(vec!["sha-512"]), "{at}"),
            Some(false) => assert_eq!(digest, DigestVerdict::Mismatch("sha-512"), "{at}"),
            None => assert_eq!(digest, DigestVerdict::Absent, "{at}"),
        }
        let matches = matches!(verdict.mac, Mac::Valid { .. });
        assert_eq!(matches, case.valid, "{at}: {:?}", verdict.mac);
        if case.valid {
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    // As printed: the four that must fail, and the response of B.2.4, whose digest is misprinted.
    assert_eq!((valid, invalid), (16, 5));
}

#[test]
fn the_response_with_a_misprinted_digest_verifies_with_the_true_one() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let keys = keys(&folder);
    let cases = cases(&folder);
    let case = cases.iter().find(|case| case.line == 2702).unwrap();
    let text = fs::read_to_string(folder.join("blocks.json")).unwrap();
    let blocks: Vec<Value> = serde_json::from_str(&text).unwrap();
    let base = blocks.iter().find(|block| block[0] == 2688).unwrap()[3].clone();
    let digest = |text: &str| {
        let start = text.find("sha-512=:").unwrap();
        let end = text[start + 9..].find(':').unwrap() + start + 10;
        text[start..end].to_owned()
    };
    let printed = digest(&case.message);
    let true_one = digest(base.as_str().unwrap());
    assert_ne!(printed, true_one);
    let mended = case.message.replace(&printed, &true_one);
    let verdict = judge(&mended, None, &keys).unwrap();
    assert_eq!(verdict.reasons(), []);
    assert!(verdict.is_accepted());
}

#[test]
fn a_key_for_pss_is_not_used_for_pkcs1() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let cases = cases(&folder);
    let case = cases.iter().find(|case| case.label == "proxy_sig").unwrap();
    let pss = key(&folder, "rsapss-priv.pem");
    assert_eq!(pss.rsa_use, countersign::kernel::key::RsaUse::Pss);
    let verdict = judge(&case.message, Some("proxy_sig"), &[pss]).unwrap();
    assert_eq!(verdict.reasons(), [Reason::KeyUnfit, Reason::FromTheFuture]);
}

#[test]
fn the_hmac_case_verifies_under_the_shared_secret_alone() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let cases = cases(&folder);
    let case = cases.iter().find(|case| case.line == HMAC_CASE).unwrap();
    let secret = key(&folder, "test-shared-secret.b64");
    let verdict = judge(&case.message, None, std::slice::from_ref(&secret)).unwrap();
    assert!(matches!(verdict.mac, Mac::Valid { .. }));
    assert!(matches!(verdict.freshness, Freshness::Fresh { .. }));
    assert!(verdict.is_accepted());
    // With the line ends of the wire it is the same message.
    let wire = case.message.replacen('\n', "\r\n", 10);
    assert!(wire.contains("\r\n\r\n{"));
    let verdict = judge(&wire, None, std::slice::from_ref(&secret)).unwrap();
    assert!(verdict.is_accepted());
    // No public key of the document is a secret, whatever its bytes are.
    for file in ["ec-pub.pem", "ed-pub.pem", "rsa-pub.pem", "rsapss-pub.pem"] {
        let verdict = judge(&case.message, None, &[key(&folder, file)]).unwrap();
        assert!(!matches!(verdict.mac, Mac::Valid { .. }), "{file}");
    }
}

#[test]
fn one_flipped_bit_in_anything_signed_is_never_accepted() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let cases = cases(&folder);
    let case = cases.iter().find(|case| case.line == HMAC_CASE).unwrap();
    let secret = [key(&folder, "test-shared-secret.b64")];
    let parameters = "(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
    let signed = [
        "example.com",
        "Tue, 20 Apr 2021 02:07:55 GMT",
        "application/json",
        parameters,
        "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8",
    ];
    let (mut flips, mut spared) = (0, 0);
    for part in signed {
        let start = case.message.find(part).unwrap();
        for at in start..start + part.len() {
            for bit in 0..7 {
                let mut bytes = case.message.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                let letter = case.message.as_bytes()[at].is_ascii_alphabetic();
                // RFC 9421 §2.2.3: the authority is in lower case, so that this bit of a letter is not signed.
                let case_of_host = part == "example.com" && bit == 5 && letter;
                // RFC 9651 §4.2.7: bits after the last byte are nobody's; the reader should not fail on them.
                let padding = changed.contains("IGtE9=:");
                let same = case_of_host || padding;
                let accepted = judge(&changed, None, &secret)
                    .is_ok_and(|verdict| matches!(verdict.mac, Mac::Valid { .. }));
                let spot = format!("{part}: byte {}, bit {bit}", at - start);
                assert_eq!(accepted, same, "{spot}");
                flips += 1;
                spared += usize::from(same);
            }
        }
    }
    let printed = STANDARD.decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    for bit in 0..256 {
        let mut signature = printed.clone().unwrap();
        signature[bit / 8] ^= 1 << (bit % 8);
        let changed = case.message.replace(
            "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=",
            &STANDARD.encode(signature),
        );
        let verdict = judge(&changed, None, &secret).unwrap();
        assert_eq!(verdict.reasons(), [Reason::MacInvalid], "bit {bit}");
    }
    let signed_bytes: usize = signed.iter().map(|part| part.len()).sum();
    assert_eq!((flips, spared), (signed_bytes * 7, 11));
}

#[test]
fn a_parameter_changes_what_is_signed_or_is_refused() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let cases = cases(&folder);
    let case = cases.iter().find(|case| case.line == HMAC_CASE).unwrap();
    let secret = [key(&folder, "test-shared-secret.b64")];
    for parameter in ["sf", "key=\"a\"", "bs", "req", "tr", "new", "name=\"a\""] {
        for component in ["\"date\"", "\"@authority\""] {
            let changed = format!("{component};{parameter}");
            let message = case.message.replace(component, &changed);
            assert_ne!(message, case.message);
            let verdict = judge(&message, None, &secret).unwrap();
            let expected = match (parameter, component) {
                ("bs", "\"date\"") => Reason::MacInvalid,
                ("tr", "\"date\"") => Reason::ComponentAbsent,
                _ => Reason::BaseUnbuildable,
            };
            assert_eq!(verdict.reasons(), [expected], "{changed}");
        }
    }
}

/// The unwrapped blocks that hold base lines: each line's identifier and value, or none for a line that has no value.
fn base_lines(folder: &Path) -> Vec<(u64, String, String)> {
    let text = fs::read_to_string(folder.join("blocks.json")).unwrap();
    let blocks: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut lines = Vec::new();
    for block in &blocks {
        let text = block[3].as_str().unwrap();
        for line in text.lines().filter(|line| line.starts_with('"')) {
            let line = line.replace("(SP)", " ");
            if let Some((identifier, value)) = line.split_once("\": ") {
                lines.push((
                    block[0].as_u64().unwrap(),
                    format!("{identifier}\""),
                    value.to_owned(),
                ));
            } else if let Some((identifier, value)) = line.split_once(": ") {
                lines.push((
                    block[0].as_u64().unwrap(),
                    identifier.to_owned(),
                    value.to_owned(),
                ));
            }
        }
    }
    lines
}

#[test]
fn every_identifier_of_the_document_is_understood_or_refused_by_name() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for (line, identifier, _) in base_lines(&folder) {
        let class = match Component::parse(&identifier) {
            Ok(component) => {
                assert_eq!(component.identifier(), identifier, "line {line}");
                "understood".to_owned()
            }
            Err(ComponentError::Unknown(name)) => format!("{name} refused"),
            // A line of the document's counter-example is not a structured field.
            Err(ComponentError::Malformed(_)) => "malformed".to_owned(),
            Err(other) => panic!("line {line}: {identifier}: {other}"),
        };
        *classes.entry(class).or_default() += 1;
    }
    let classes: Vec<_> = classes
        .iter()
        .map(|(class, count)| format!("{class}: {count}"))
        .collect();
    let expected = [
        "@signature-input refused: 1",
        "@signature-params refused: 12",
        "malformed: 1",
        "understood: 106",
    ];
    assert_eq!(classes, expected);
}

#[test]
fn the_examples_of_section_2_have_the_printed_values() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    // A message, and the block that says what its components are worth.
    let pairs = [
        (316, 329),
        (340, 346),
        (386, 392),
        (451, 464),
        (571, 584),
        (594, 607),
        (618, 631),
        (645, 658),
        (675, 688),
        (694, 706),
        (712, 725),
        (731, 744),
        (754, 767),
        (777, 790),
        (796, 809),
        (847, 862),
        (873, 884),
    ];
    let text = fs::read_to_string(folder.join("blocks.json")).unwrap();
    let blocks: Vec<Value> = serde_json::from_str(&text).unwrap();
    let printed = base_lines(&folder);
    let mut checked = 0;
    for (printed_at, expected) in pairs {
        let block = blocks.iter().find(|block| block[0] == printed_at).unwrap();
        let mut text = block[3].as_str().unwrap().replace("(SP)", " ");
        if block[1].as_str().unwrap().contains("Field") {
            // These examples print the fields alone.
            text.insert_str(0, "GET / HTTP/1.1\n");
        }
        let message = message(&format!("{text}\n\n")).unwrap();
        for (_, identifier, value) in printed.iter().filter(|(line, ..)| *line == expected) {
            let component = Component::parse(identifier).unwrap();
            // The document's example of a scheme, alone, is a request without TLS.
            let mut context = context();
            if expected == 658 {
                context.scheme = UriScheme::Http;
            }
            let found = Values::new(Exchange::new(&message, &context)).get(&component);
            let found = found.unwrap();
            assert_eq!(found, *value, "line {expected}: {identifier}");
            checked += 1;
        }
    }
    assert_eq!(checked, 26);
}
