//! Each rule fires on its example, and on nothing that is well made.

use super::*;
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;

const GOOD: &str = "POST /a HTTP/1.1\nHost: h\nContent-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\n\
    Signature-Input: s=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\");created=1;expires=301;nonce=\"n\";alg=\"hmac-sha256\"\n\
    Signature: s=:AA==:\nContent-Length: 2\n\nab";

fn fired(text: &str, keys: &[Key]) -> Vec<&'static str> {
    let message = Message::parse(&Source::new("m", text.into()).unwrap()).unwrap();
    let mut findings = of_message(&message, keys).unwrap();
    findings.extend(of_keys(keys));
    findings.iter().map(|finding| finding.rule.id).collect()
}

fn secret(text: &str) -> Key {
    Key::bare(Material::Secret(Secret::new(text.as_bytes().to_vec())))
}

#[test]
fn a_well_made_signature_and_a_random_secret_are_clean() {
    let key = secret("qT7#vZk2@Lw9!xRb4$Nc6^Md8&Pf1*Hs");
    assert_eq!(fired(GOOD, &[key]), [""; 0]);
}

#[test]
fn each_rule_fires_on_its_example() {
    let change = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replace(from, to)
    };
    let input = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")";
    let covering = |field: &str| {
        change(
            input,
            &format!(
                "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" {field})"
            ),
        )
    };
    let table = [
        (change(input, "()"), "request-nothing-covered"),
        (change("\"@method\" ", ""), "request-target-uncovered"),
        (change("\"@query\" ", ""), "request-target-uncovered"),
        (change(" \"content-digest\"", ""), "request-body-uncovered"),
        (change("created=1;", ""), "request-no-created"),
        (change(";nonce=\"n\"", ""), "request-no-nonce"),
        (change("expires=301", "expires=99999"), "request-long-lived"),
        (covering("\"set-cookie\""), "request-set-cookie-without-bs"),
        (covering("\"host\""), "request-host-covered"),
        (covering("\"date\""), "request-date-covered"),
        (
            covering("\"x-forwarded-for\""),
            "request-proxy-field-covered",
        ),
        (covering("\"signature\""), "request-signature-covered"),
        (
            change(
                "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
                "md5=:AA==:",
            ),
            "request-deprecated-digest",
        ),
        (
            change("alg=\"hmac-sha256\"", "alg=\"rsa-v1_5-sha256\""),
            "request-legacy-algorithm",
        ),
        (
            change("Host: h\n", "Host: h\nX-Hub-Signature: sha1=00\n"),
            "request-legacy-scheme",
        ),
    ];
    let mut seen: Vec<&str> = Vec::new();
    for (text, expected) in &table {
        assert_eq!(fired(text, &[]), [*expected], "{text}");
        seen.push(expected);
    }
    assert_eq!(fired(&covering("\"set-cookie\";bs"), &[]), [""; 0]);
    let of_secrets = [
        ("short but Random9!", "request-short-secret"),
        (
            "abcabcabcabcabcabcabcabcabcabcabcabc",
            "request-weak-secret",
        ),
        (
            "0123456789abcdefghijklmnopqrstuvwxyz",
            "request-weak-secret",
        ),
        (
            "My-Company-Secret-For-The-Year-20-26",
            "request-weak-secret",
        ),
        (
            "sk_live_Zk2Lw9xRb4Nc6Md8Pf1HsqT7vY3G",
            "request-foreign-secret",
        ),
    ];
    for (text, expected) in of_secrets {
        assert_eq!(fired(GOOD, &[secret(text)]), [expected], "{text}");
        seen.push(expected);
    }
    let random = crate::kernel::crypto::SystemRandom::default();
    let private = crate::kernel::key::generate_ed25519(&random).unwrap();
    assert_eq!(
        fired(GOOD, &[Key::bare(Material::Public(private.public()))]),
        ["request-pem-as-secret"]
    );
    seen.push("request-pem-as-secret");
    for rule in all() {
        assert!(seen.contains(&rule.id), "{}: no example", rule.id);
    }
}

#[test]
fn damaged_signatures_are_no_clean_bill() {
    let text = GOOD.replace("s=(", "s=((");
    let message = Message::parse(&Source::new("m", text.into()).unwrap()).unwrap();
    assert!(matches!(
        of_message(&message, &[]),
        Err(LintError::Fields(_))
    ));
}
