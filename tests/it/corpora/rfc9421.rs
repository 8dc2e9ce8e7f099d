//! RFC 9421's own messages: their signature bases byte for byte, their verdicts, and what is refused by name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use countersign::kernel::crypto::{
    self, DigestAlgorithm, EcEncoding, MacAlgorithm, MacKey, SignatureAlgorithm,
};
use countersign::kernel::key::{Curve, Expected, Key, LoadOptions, Material, load};
use countersign::kernel::secret::Encoding;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::component::{Component, ComponentError, Context, UriScheme};
use countersign::request::content_digest::{self, DigestVerdict};
use countersign::request::rfc9421::{
    Algorithm, Freshness, Mac, Policy, RequestVerdict, Required, Surroundings, VerifyError, Window,
    verify,
};
use countersign::request::structured_field::{Member, parse_dictionary_members};
use countersign::request::{MessageError, Reason, Request};

use super::corpus;

const CONTEXT: Context = Context {
    scheme: UriScheme::Https,
};
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

fn request(message: &str) -> Result<Request, MessageError> {
    Request::parse(&Source::new("rfc9421", message.as_bytes().to_vec()).unwrap())
}

fn judge(
    message: &str,
    label: Option<&str>,
    keys: &[Key],
) -> Result<RequestVerdict, Option<VerifyError>> {
    let request = request(message).map_err(|_| None)?;
    let policy = Policy {
        label: label.map(str::to_owned),
        required: Required::Listed(Vec::new()),
        algorithms: vec![Algorithm::HmacSha256],
        tag: None,
        nonce: None,
    };
    let window = Window {
        now: Timestamp::from_unix(1_618_884_475).unwrap(),
        max_age: None,
        leeway: Leeway::default(),
    };
    let surroundings = Surroundings {
        context: CONTEXT,
        window,
    };
    verify(&request, keys, &policy, surroundings).map_err(Some)
}

fn key(folder: &Path, file: &str) -> Key {
    let bytes = fs::read(folder.join("keys").join(file)).unwrap();
    let mut options = LoadOptions::plain(Expected::Verification);
    if file.ends_with(".b64") {
        options.encoding = Some(Encoding::Base64);
    }
    load(&bytes, options).unwrap().keys.remove(0)
}

/// Whether the signature is that of the base, computed under the key that the document names.
fn signature_matches(folder: &Path, case: &Case, base: &str) -> bool {
    let request = request(&case.message).unwrap();
    let field = request.values("signature").next().unwrap();
    let members = parse_dictionary_members(field).unwrap();
    let (_, member) = members
        .iter()
        .find(|(label, _)| *label == case.label)
        .unwrap();
    let Member::Item(item) = member else {
        panic!("a signature is an item")
    };
    let signature = item.value.as_bytes().unwrap();
    let sha256 = DigestAlgorithm::Sha256;
    let (file, algorithm) = match case.key_id.as_str() {
        "test-key-ecc-p256" => (
            "ec-pub.pem",
            SignatureAlgorithm::Ecdsa(Curve::P256, sha256, EcEncoding::Fixed),
        ),
        "test-key-ed25519" => ("ed-pub.pem", SignatureAlgorithm::Ed25519),
        "test-key-rsa" => ("rsa-pub.pem", SignatureAlgorithm::RsaPkcs1(sha256)),
        "test-key-rsa-pss" => (
            "rsapss-pub.pem",
            SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha512),
        ),
        _ => {
            let Material::Secret(secret) = key(folder, "test-shared-secret.b64").material else {
                panic!("a shared secret")
            };
            let mac = MacKey::new(MacAlgorithm::HmacSha256, &secret);
            return mac.verify(base.as_bytes(), signature).is_ok();
        }
    };
    let public = key(folder, file).public().unwrap();
    crypto::verify(algorithm, &public, base.as_bytes(), signature).is_ok()
}

#[test]
fn every_signature_base_equals_the_printed_one_and_every_signature_has_the_printed_verdict() {
    let Some(folder) = corpus("rfc9421") else {
        return;
    };
    let (mut valid, mut invalid, mut responses) = (0, 0, 0);
    for case in cases(&folder) {
        if case.message.starts_with("HTTP/") {
            assert_eq!(request(&case.message).unwrap_err(), MessageError::Response);
            responses += 1;
            continue;
        }
        let at = format!("line {}, {}", case.line, case.label);
        let verdict = judge(&case.message, Some(&case.label), &[]).unwrap();
        let base = verdict.base.as_ref().unwrap().text();
        assert_eq!(base, case.base, "{at}");
        assert_eq!(verdict.key_id.as_deref(), Some(case.key_id.as_str()));
        let digest = content_digest::check(&request(&case.message).unwrap());
        match case.digest_ok {
            Some(true) => assert_eq!(digest, DigestVerdict::Matches(vec!["sha-512"]), "{at}"),
            Some(false) => assert_eq!(digest, DigestVerdict::Mismatch("sha-512"), "{at}"),
            None => assert_eq!(digest, DigestVerdict::Absent, "{at}"),
        }
        assert_eq!(
            signature_matches(&folder, &case, base),
            case.valid,
            "{at}: the signature"
        );
        if case.valid {
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid, responses), (14, 4, 3));
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
    assert_eq!(verdict.digest, DigestVerdict::Matches(vec!["sha-512"]));
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
fn a_parameter_that_is_not_implemented_is_refused_and_never_ignored() {
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
            assert_eq!(verdict.reasons(), [Reason::BaseUnbuildable], "{changed}");
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
            Err(ComponentError::Parameter { parameter, .. }) => format!(";{parameter} refused"),
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
        ";bs refused: 2",
        ";key refused: 4",
        ";req refused: 11",
        ";sf refused: 1",
        ";tr refused: 1",
        "@signature-input refused: 1",
        "@signature-params refused: 12",
        "@status refused: 6",
        "malformed: 1",
        "understood: 81",
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
    for (message, expected) in pairs {
        let block = blocks.iter().find(|block| block[0] == message).unwrap();
        let mut text = block[3].as_str().unwrap().replace("(SP)", " ");
        if block[1].as_str().unwrap().contains("Field") {
            // These examples print the fields alone.
            text.insert_str(0, "GET / HTTP/1.1\n");
        }
        let request = request(&format!("{text}\n\n")).unwrap();
        for (_, identifier, value) in printed.iter().filter(|(line, ..)| *line == expected) {
            let component = Component::parse(identifier).unwrap();
            // The document's example of a scheme, alone, is a request without TLS.
            let context = Context {
                scheme: if expected == 658 {
                    UriScheme::Http
                } else {
                    UriScheme::Https
                },
            };
            let found = component.value(&request, context).unwrap();
            assert_eq!(found, *value, "line {expected}: {identifier}");
            checked += 1;
        }
    }
    assert_eq!(checked, 26);
}
