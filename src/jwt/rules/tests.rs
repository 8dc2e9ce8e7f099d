//! Every rule has a page whose examples hold, and well-made tokens of every profile are clean.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::json;
use crate::kernel::key::{Expected, LoadOptions};
use crate::kernel::key::{Material, PublicKey, load};
use crate::kernel::pem;
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;

/// 2026-11-22T09:00:00Z, the time at which the examples are judged.
const NOW: i64 = 1_795_338_000;

fn now() -> Timestamp {
    Timestamp::from_unix(NOW).unwrap()
}

/// A token whose signature has the length of its algorithm, and is none.
fn encoded(header: &str, claims: &str) -> String {
    let octets = match header {
        _ if header.contains("\"enc\"") => 0,
        _ if header.contains("\"HS256") => 32,
        _ if header.contains("\"RS256") => 256,
        _ => 64,
    };
    let signature = match octets {
        0 => "AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        octets => URL_SAFE_NO_PAD.encode(vec![1; octets]),
    };
    let header_text = URL_SAFE_NO_PAD.encode(header);
    format!(
        "{header_text}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

fn of_json(text: &str) -> Vec<Finding> {
    if let Some((header, claims)) = text.trim().split_once('\n') {
        let context = TokenContext {
            now: now(),
            keys: &[],
            known_secrets: false,
        };
        return of_token(&encoded(header, &expanded(claims)), &context);
    }
    let source = Source::new("example.json", text.trim().into()).unwrap();
    let context = DocumentContext {
        now: now(),
        private_set: false,
        issuer: Some("https://auth.acme.example"),
    };
    of_document(&json::parse(&source).unwrap(), &context).expect("the kind is known")
}

/// `<3200 characters>` stands for so many.
fn expanded(claims: &str) -> String {
    let Some((before, rest)) = claims.split_once('<') else {
        return claims.to_owned();
    };
    let (count, after) = rest.split_once(" characters>").unwrap();
    format!("{before}{}{after}", "x".repeat(count.parse().unwrap()))
}

fn of_text(secret: &str) -> Vec<Finding> {
    let secret = Secret::new(secret.trim_end().into());
    of_secret(&Key::bare(Material::Secret(secret)))
}

/// The contents of the fences that are marked so, judged.
fn examples(page: &str, mark: &str) -> Vec<(String, Vec<Finding>)> {
    let mut found = Vec::new();
    for (language, judge) in [
        ("json", of_json as fn(&str) -> Vec<Finding>),
        ("text", of_text),
    ] {
        let fence = format!("```{language} {mark}\n");
        for rest in page.split(fence.as_str()).skip(1) {
            let example = rest.split("```").next().unwrap();
            found.push((example.to_owned(), judge(example)));
        }
    }
    found
}

fn fires(findings: &[Finding], id: &str) -> bool {
    findings.iter().any(|finding| finding.rule.id == id)
}

#[test]
fn ids_are_unique_and_titles_are_sentences_without_a_full_stop() {
    let mut seen = HashSet::new();
    for Rule { id, title, .. } in all() {
        assert!(seen.insert(id), "{id}");
        assert!(title.len() > 10 && title.len() <= 100, "{title}");
        assert!(!title.ends_with('.'), "{title}");
        assert_eq!(rule(id).unwrap().id, *id);
    }
}

#[test]
fn every_page_cites_its_source_and_its_examples_hold() {
    let sources = ["RFC ", "OpenID Connect", "SPIFFE", "NIST "];
    for Rule { id, page, .. } in all() {
        let page = page.text();
        let unwrapped = page.replace('\n', " ");
        assert!(
            sources.iter().any(|source| unwrapped.contains(source)),
            "{id} cites nothing"
        );
        // It takes a token that is made with a key.
        if *id == key_as_secret::RULE.id {
            continue;
        }
        let (bad, good) = (examples(page, "bad"), examples(page, "good"));
        assert!(!bad.is_empty() && !good.is_empty(), "{id} lacks examples");
        for (example, findings) in bad {
            assert!(
                fires(&findings, id),
                "{id} does not fire on its bad example:\n{example}"
            );
            for finding in findings {
                let id = finding.rule.id;
                assert!(!finding.help.is_empty(), "{id} has no help");
                assert!(!finding.message.ends_with('.'), "{id}: {}", finding.message);
            }
        }
        for (example, findings) in good {
            assert!(
                !fires(&findings, id),
                "{id} fires on its good example:\n{example}"
            );
        }
    }
}

#[test]
fn a_well_made_token_of_each_profile_is_clean() {
    let jkt = r#""cnf":{"jkt":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}"#;
    let times = r#""iat":1795338000,"nbf":1795338000,"exp":1795338900"#;
    let id = r#""jti":"3f0c8a52-6a0e-4b43-9d0e-0c9d1b8a7e55""#;
    let iss = r#""iss":"https://auth.acme.example""#;
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","alg":"ES256"}"#;
    let tokens = [
        (
            r#"{"alg":"ES256","typ":"at+jwt","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"alice","aud":"https://orders.acme.example","client_id":"web","scope":"orders:read",{times},{id},{jkt}}}"#),
        ),
        (
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"service:web","aud":"service:orders","client_id":"web","scope":"orders:read","device_posture":"compliant",{times},{id},{jkt}}}"#),
        ),
        (
            r#"{"alg":"RS256","typ":"JWT","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"alice","aud":"web","nonce":"n","email":"alice@acme.example","iat":1795338000,"exp":1795341600}}"#),
        ),
        (
            r#"{"alg":"ES256","typ":"JWT","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"alice","aud":"https://auth.acme.example","token_use":"refresh","iat":1795338000,"exp":1795942800,{id}}}"#),
        ),
        (
            format!(r#"{{"alg":"ES256","typ":"dpop+jwt","jwk":{jwk}}}"#),
            format!(r#"{{"htm":"POST","htu":"https://orders.acme.example/orders","iat":1795338000,{id}}}"#),
        ),
        (
            r#"{"alg":"ES256","typ":"JWT","kid":"a"}"#.to_owned(),
            format!(r#"{{"iss":"web","sub":"web","aud":"https://auth.acme.example",{times},{id}}}"#),
        ),
        (
            r#"{"alg":"ES256","kid":"a"}"#.to_owned(),
            r#"{"sub":"spiffe://acme.example/web","aud":"spiffe://acme.example/orders","iat":1795338000,"exp":1795338300}"#.to_owned(),
        ),
        (
            r#"{"alg":"ES256","typ":"wit+jwt","kid":"a"}"#.to_owned(),
            format!(r#"{{"sub":"spiffe://acme.example/web","exp":1795341600,"cnf":{{"jwk":{jwk}}}}}"#),
        ),
        (
            r#"{"alg":"ES256","typ":"logout+jwt","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"alice","aud":"web","iat":1795338000,"exp":1795338120,{id},"events":{{"http://schemas.openid.net/event/backchannel-logout":{{}}}}}}"#),
        ),
        (
            r#"{"alg":"ES256","typ":"secevent+jwt","kid":"a"}"#.to_owned(),
            format!(r#"{{{iss},"aud":"web","iat":1795338000,{id},"events":{{"urn:x":{{}}}}}}"#),
        ),
        (
            r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(),
            format!(r#"{{{iss},"sub":"alice","aud":"https://auth.acme.example","iat":1795338000,"exp":1795338900,{id}}}"#),
        ),
    ];
    for (header, claims) in tokens {
        let findings = of_json(&format!("{header}\n{claims}"));
        let found: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(found, [""; 0], "{header} {claims}");
    }
}

#[test]
fn a_mac_under_a_public_key_or_a_known_secret_is_seen() {
    let random = crate::kernel::crypto::SystemRandom::default();
    let public: PublicKey = crate::kernel::key::generate_ed25519(&random)
        .unwrap()
        .public();
    let text = pem::write("PUBLIC KEY", &public.to_spki());
    let keys = load(text.as_bytes(), LoadOptions::plain(Expected::Verification))
        .unwrap()
        .keys;
    let input = encoded(r#"{"alg":"HS256"}"#, "{}");
    let (input, _) = input.rsplit_once('.').unwrap();
    let lint = |secret: &[u8]| {
        let key = MacKey::from_octets(MacAlgorithm::HmacSha256, secret);
        let token = format!(
            "{input}.{}",
            URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()))
        );
        let context = TokenContext {
            now: now(),
            keys: &keys,
            known_secrets: true,
        };
        of_token(&token, &context)
    };
    for secret in [
        text.as_bytes(),
        text.trim_end().as_bytes(),
        &public.to_spki(),
    ] {
        assert!(fires(&lint(secret), "jwt-key-as-secret"));
    }
    assert!(fires(&lint(b"secret"), "jwt-known-secret"));
    let findings = lint(b"");
    let empty = findings
        .iter()
        .find(|finding| finding.rule.id == "jwt-known-secret");
    assert!(empty.unwrap().message.contains("the empty secret"));
    let good = lint(b"qT7#vZk2@Lw9!xRb4$Nc6^Md8&Pf1*Hs");
    assert!(!fires(&good, "jwt-known-secret") && !fires(&good, "jwt-key-as-secret"));
}

#[test]
fn private_values_never_reach_a_report() {
    let text = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"oct","k":"c2VjcmV0"}]}"#;
    for finding in of_json(&text.replace('\n', " ")) {
        let place = finding.primary.expect("it has a place");
        let shown = String::from_utf8_lossy(place.source.bytes()).into_owned();
        assert!(!shown.contains("nWGxne") && !shown.contains("c2VjcmV0"));
        assert!(!finding.message.contains("secret`"), "{}", finding.message);
    }
}
