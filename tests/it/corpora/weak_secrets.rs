//! wallarm/jwt-secrets: every secret of the public list is known, and a scan of one token is short.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::jwt::rules::{TokenContext, known_secrets, of_secret, of_token};
use countersign::kernel::crypto::{MacAlgorithm, MacKey};
use countersign::kernel::key::{Key, Material};
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;

use super::corpus;

/// The distinct secrets, of whose lines `\r` alone is stripped.
fn secrets() -> Option<Vec<Vec<u8>>> {
    let file = corpus("jose/weak-secrets/jwt.secrets.list.xz")?;
    let mut command = Command::new("xz");
    let mut child = command
        .args(["-dc"])
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("xz is there");
    let mut bytes = Vec::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert!(child.wait().unwrap().success());
    let lines = bytes
        .strip_suffix(b"\n")
        .unwrap()
        .split(|byte| *byte == b'\n');
    let mut lines: Vec<Vec<u8>> = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .collect();
    assert_eq!(lines.len(), 103_979);
    lines.sort();
    lines.dedup();
    Some(lines)
}

fn is_known(secret: &[u8]) -> bool {
    let key = Key::bare(Material::Secret(Secret::new(secret.to_vec())));
    of_secret(&key)
        .iter()
        .any(|finding| finding.rule.id == "jwt-known-secret")
}

fn token(secret: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"https://auth.acme.example","sub":"service:api-gateway","aud":"service:order-service","scope":"read:orders","exp":1717000000,"iat":1716996400,"jti":"unique-token-id-abc123","device_posture":"compliant"}"#);
    let input = format!("{header}.{claims}");
    let tag = MacKey::from_octets(MacAlgorithm::HmacSha256, secret).sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[test]
fn every_secret_of_the_list_is_known() {
    let Some(secrets) = secrets() else {
        return;
    };
    assert_eq!(secrets.len(), 103_782);
    let mut known = known_secrets();
    known.sort();
    assert!(known == secrets, "the embedded list is the public one");
    for secret in secrets.iter().step_by(4999) {
        assert!(is_known(secret), "{:?}", String::from_utf8_lossy(secret));
    }
}

#[test]
fn a_scan_of_one_token_is_short() {
    let now = Timestamp::from_unix(1_717_000_000).unwrap();
    let context = TokenContext {
        now,
        keys: &[],
        known_secrets: true,
    };
    let found = |secret: &[u8]| {
        let findings = of_token(&token(secret), &context);
        findings
            .iter()
            .any(|finding| finding.rule.id == "jwt-known-secret")
    };
    assert!(found(b"your-256-bit-secret"));
    let start = Instant::now();
    assert!(!found(b"qT7#vZk2@Lw9!xRb4$Nc6^Md8&Pf1*Hs"));
    let taken = start.elapsed();
    println!("a full scan takes {taken:?}");
    // The bar is 100 ms where the code is optimised; a debug build on a busy machine takes a few times that.
    let bar = if cfg!(debug_assertions) { 10_000 } else { 100 };
    assert!(taken.as_millis() < bar, "{taken:?}");
}
