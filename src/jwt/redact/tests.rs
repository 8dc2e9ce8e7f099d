//! What is redacted stays readable, keeps no personal value, and verifies nowhere.

use std::collections::BTreeMap;

use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::jwt::{self, Dissection, MAX_TOKEN_BYTES};
use crate::kernel::time::Timestamp;

const CLAIMS: &str = r#"{"iss":"https://a.example","sub":"auth0|alice","aud":"api","exp":1717000600,
    "email":"alice@acme.example","name":"Alice Smith","oid":"9f3c1d1e-0b1a-4c6e-8a43-0123456789ab","ip":"203.0.113.9",
    "phone_number":"+491701234567","address":{"street_address":"Main St 1","country":"DE"},"uid":4711,
    "act":{"sub":"service:batch"},"nested":{"deep":[{"upn":"alice@acme.example"}]},"custom":"bob@acme.example",
    "https://acme.example/email":"alice@acme.example","scope":"read write","email_verified":true}"#;
const SECRETS: [&str; 11] = [
    "alice",
    "Alice",
    "Smith",
    "9f3c1d1e",
    "203.0.113",
    "4917012",
    "Main St",
    "4711",
    "batch",
    "bob@",
    "acme.example\"",
];

fn redactor() -> Redactor {
    Redactor::new(&Secret::new(vec![7; 32]))
}

fn b64(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.{}", b64(header), b64(claims), b64([9; 32]))
}

fn taken(token: &str) -> Dissection {
    jwt::inspect(token, Timestamp::from_unix(1_717_000_000).unwrap())
}

fn copy(text: &[u8], piece: usize) -> (Vec<u8>, Copied) {
    let mut out = Vec::new();
    let mut input = std::io::BufReader::with_capacity(piece, text);
    let copied = redactor().copy(&mut input, &mut out).unwrap();
    (out, copied)
}

/// Everything that decodes in a text: the text itself, and each base64 run in it, to some depth.
fn all_layers(text: &str, depth: usize) -> String {
    let mut all = text.to_owned();
    if depth > 0 {
        for run in text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_+/".contains(c))) {
            if run.len() > 12 {
                let inner = String::from_utf8_lossy(&lenient(run)).into_owned();
                all.push('\n');
                all.push_str(&all_layers(&inner, depth - 1));
            }
        }
    }
    all
}

#[track_caller]
fn harmless(text: &str) {
    let all = all_layers(text, 4);
    for secret in SECRETS {
        assert!(!all.contains(secret), "`{secret}` is left in {all}");
    }
}

#[test]
fn structure_is_kept_and_persons_are_not() {
    let header = r#"{"alg":"HS256","kid":"key-1","typ":"at+jwt"}"#;
    let before = token(header, CLAIMS);
    let after = redactor().token(&before);
    harmless(&after);
    let (before, after) = (taken(&before), taken(&after));
    assert!(after.defects.is_empty(), "{:?}", after.defects);
    assert_eq!(after.signature_bytes, before.signature_bytes);
    assert_eq!(after.header_text("kid"), Some("key-1"));
    let names = |taken: &Dissection| -> Vec<String> {
        let entries = taken.claims.as_ref().unwrap().as_mapping().unwrap();
        entries.iter().map(|entry| entry.key.clone()).collect()
    };
    assert_eq!(names(&before), names(&after));
    let claims = after.claims.unwrap();
    let text = |name: &str| claims.get(name).unwrap().as_str().unwrap();
    assert_eq!(
        (text("iss"), text("aud"), text("scope")),
        ("https://a.example", "api", "read write")
    );
    assert!(text("sub").starts_with("auth0|redacted-"));
    assert!(text("oid").starts_with("00000000-0000-4000-8000-"));
    assert_eq!(text("email"), text("https://acme.example/email"));
    assert_eq!(
        text("email"),
        claims
            .at(&["nested", "deep"])
            .unwrap()
            .as_sequence()
            .unwrap()[0]
            .get("upn")
            .unwrap()
            .as_str()
            .unwrap()
    );
    assert!(claims.get("uid").unwrap().as_i64().is_some());
    assert_eq!(claims.get("email_verified").unwrap().as_bool(), Some(true));
}

#[test]
fn a_redacted_token_never_verifies() {
    use crate::jwt::{
        Compact, SignatureVerdict, TokenError, Trial, algorithms_of, check_signature,
    };
    use crate::kernel::key::{Key, Material};
    use crate::kernel::time::Timestamp;
    let secret = Secret::new(vec![3; 32]);
    let input = format!("{}.{}", b64(r#"{"alg":"HS256"}"#), b64("{}"));
    let tag = MacKey::new(MacAlgorithm::HmacSha256, &secret).sign(input.as_bytes());
    let signed = format!("{input}.{}", b64(tag));
    let keys = [Key::bare(Material::Secret(secret))];
    let compact = Compact::parse(&signed).unwrap();
    let (now, accepted) = (Timestamp::from_unix(0).unwrap(), algorithms_of(&keys));
    let verdict = check_signature(&compact, &keys, Trial::at(now, &accepted));
    assert!(matches!(verdict, SignatureVerdict::Valid { .. }));
    for token in [signed, format!("{}.e30.", b64(r#"{"alg":"none"}"#))] {
        let error = Compact::parse(&redactor().token(&token)).unwrap_err();
        assert!(matches!(error, TokenError::Critical(_)), "{error:?}");
    }
}

#[test]
fn what_cannot_be_understood_is_not_kept() {
    let claims = b64(CLAIMS);
    let header = b64(r#"{"alg":"HS256"}"#);
    for damaged in [
        format!("{header}.{}.x", claims.get(..claims.len() / 2).unwrap()),
        format!("{}.{claims}.x", b64("{\"alg\"")),
        format!("{header}.{claims}.{claims}.x"),
        format!(
            "{}.{}.x",
            b64(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#),
            "alice"
        ),
        format!("{}.{}.x", header, b64("alice in plain text")),
        format!("{}.{}.x", header, b64(token(r#"{"alg":"x"}"#, CLAIMS))),
        token(
            r#"{"alg":"HS256"}"#,
            &format!(r#"{{"inner":"{}"}}"#, token(r#"{"alg":"x"}"#, CLAIMS)),
        ),
        token(
            r#"{"alg":"HS256","jwk":{"kty":"oct","k":"alice"},"sub":"alice"}"#,
            "{}",
        ),
    ] {
        harmless(&redactor().token(&damaged));
    }
}

#[test]
fn disclosures_keep_their_digests_and_lose_their_values() {
    let inner = b64(r#"["s1","street_address","Main St 1"]"#);
    let digest = |text: &str| b64(crate::kernel::crypto::sha256(text.as_bytes()));
    let outer = b64(format!(
        r#"["s2","address",{{"_sd":["{}"]}}]"#,
        digest(&inner)
    ));
    let claims = format!(r#"{{"_sd":["{}"]}}"#, digest(&outer));
    let sd = format!("{}~{outer}~{inner}~", token(r#"{"alg":"HS256"}"#, &claims));
    assert!(taken(&sd).defects.is_empty());
    let after = redactor().token(&sd);
    harmless(&after);
    let after = taken(&after);
    assert!(after.defects.is_empty(), "{:?}", after.defects);
    assert_eq!(after.selective.unwrap().disclosures.len(), 2);
}

#[test]
fn a_log_is_copied_with_its_tokens_redacted() {
    let token = token(r#"{"alg":"HS256"}"#, CLAIMS);
    let wrapped: Vec<String> = token
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let ascii: String = wrapped
        .iter()
        .enumerate()
        .map(|(at, line)| format!("{:04x}: {line}\n", at * 64))
        .collect();
    let secret = STANDARD.encode(&token);
    let json = format!(
        "{{\n \"payload\": \"{}\",\n \"signature\":\"{}\"\n}}",
        b64(CLAIMS),
        b64([1; 32])
    );
    let texts: BTreeMap<&str, (String, u64)> = BTreeMap::from([
        ("line", (format!("a token={token} b\nnext\n"), 1)),
        ("last line", (format!("a {token}"), 1)),
        ("wrapped", (format!("x\n{}\ny z\n", wrapped.join("\n")), 1)),
        ("trace", (format!("{ascii}0fff: Accept: */*\n"), 1)),
        (
            "secret",
            (
                format!("kind: Secret\ndata:\n  token: {secret}\n  b: YQ==\n"),
                1,
            ),
        ),
        ("json", (format!("{json}\n"), 1)),
        ("many", (format!("{token}\n{token}\nEOF\n"), 2)),
        ("none", ("nothing here\r\n\u{0}\n".to_owned(), 0)),
    ]);
    for (name, (text, tokens)) in texts {
        for piece in [1, 7, 100, 1 << 16] {
            let (out, copied) = copy(text.as_bytes(), piece);
            let out = String::from_utf8(out).unwrap();
            assert_eq!(copied.tokens, tokens, "{name} in pieces of {piece}:\n{out}");
            harmless(&out);
            assert_eq!(out.lines().count(), text.lines().count(), "{name}");
            if tokens == 0 {
                assert_eq!(out, text);
            }
        }
    }
}

#[test]
fn a_line_without_end_needs_no_memory() {
    let token = token(r#"{"alg":"HS256"}"#, CLAIMS);
    let mut text = "word ".repeat(900_000).into_bytes();
    text.extend(token.as_bytes());
    text.extend(b" word".repeat(10));
    let (out, copied) = copy(&text, 8192);
    assert_eq!(copied.tokens, 1);
    harmless(std::str::from_utf8(out.get(4_000_000..).unwrap()).unwrap());
    let endless = format!(
        "eyJhbGciOiJIUzI1NiJ9.{} end\n",
        "A".repeat(MAX_TOKEN_BYTES * 3)
    );
    let (out, copied) = copy(endless.as_bytes(), 8192);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(copied.tokens, 1);
    assert!(out.starts_with("***") && out.ends_with("* end\n"));
    let plain = format!("{} end\n", "A".repeat(MAX_TOKEN_BYTES * 3));
    assert!(copy(plain.as_bytes(), 8192).0 == plain.as_bytes());
}

#[test]
fn a_hexadecimal_dump_is_left_out() {
    let text = "=> Send header\n0000: 65 79 4a 68 62 47 eyJhbG\nafter\n";
    let (out, copied) = copy(text.as_bytes(), 100);
    let expected = "=> Send header\n(a line of a hexadecimal dump, left out)\nafter\n";
    assert_eq!(
        (String::from_utf8(out).unwrap().as_str(), copied.withheld),
        (expected, 1)
    );
}

#[test]
fn tokens_within_a_token_are_redacted() {
    let inner = token(r#"{"alg":"HS256"}"#, CLAIMS);
    let signature = inner.rsplit('.').next().unwrap().to_owned();
    let wrapped = STANDARD.encode(&inner);
    let claims = serde_json::json!({"url": format!("https://x/?token={inner}"), "txt": format!("see {inner}"),
        "b64": wrapped, "iss": format!("https://x/#id_token={inner}"), "glued": format!("v1.{inner}"),
        "list": [{"deep": format!("a={inner}&b=1")}], format!("k {inner}"): 1});
    let header = serde_json::json!({"alg": "HS256", "jku": inner, "kid": format!("see {inner}"),
        "x5u": format!("https://x/?t={inner}"), "jwk": {"kty": "EC", "kid": inner}, "crit": [inner]});
    let redacted = redactor().token(&token(&header.to_string(), &claims.to_string()));
    harmless(&redacted);
    assert!(!all_layers(&redacted, 4).contains(&signature));
    let taken = taken(&redacted);
    assert!(
        taken
            .header_text("x5u")
            .unwrap()
            .starts_with("https://x/?t=eyJ")
    );
}

#[test]
fn what_stands_before_a_token_does_not_hide_it() {
    let token = token(r#"{"alg":"HS256"}"#, CLAIMS);
    for before in ["token_", "session-", "v1.", "x", "A1b2", "a~"] {
        for dot in [".", "%2E", "%2e", "%252E", "\\u002e"] {
            let text = format!("at {before}{} end\n", token.replace('.', dot));
            let (out, copied) = copy(text.as_bytes(), 64);
            let out = String::from_utf8(out).unwrap();
            harmless(&out);
            assert_eq!(copied.tokens, 1, "{text}");
            assert!(out.starts_with(&format!("at {before}ey")) && out.ends_with(" end\n"));
            assert_eq!(out.matches(dot).count(), text.matches(dot).count(), "{out}");
        }
    }
}

#[test]
fn hostile_text_is_copied_in_time() {
    for unit in [
        "eyJ9",
        "+eyJ9",
        "eyJ9.",
        "eyJpZCI6MTIzLCJjdXJzb3IiOiI0NTY3ODkwMTIifQ\n",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        let begin = std::time::Instant::now();
        copy(text.as_bytes(), 8192);
        let took = begin.elapsed();
        assert!(took.as_millis() < 4000, "{unit:?} took {took:?}");
    }
}

proptest! {
    #[test]
    fn texts_without_tokens_are_copied(bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..50) {
        let (out, copied) = copy(&bytes, piece);
        if copied == Copied::default() {
            prop_assert!(out == bytes || bytes.windows(3).any(|w| w == b"\"Wy"));
        }
    }

    #[test]
    fn no_personal_value_survives(name in "[a-z]{1,8}", value in "[a-z]{12,20}") {
        let claims = serde_json::json!({"sub": value, name.as_str(): {"email": [value]}, "a": {"upn": value}});
        let redacted = redactor().token(&token("{\"alg\":\"x\"}", &claims.to_string()));
        prop_assert!(!all_layers(&redacted, 2).contains(&value));
    }
}
