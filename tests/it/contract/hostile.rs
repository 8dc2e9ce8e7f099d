//! Untrusted text never reaches a terminal raw.

use super::{VERIFY, scene, words};
use crate::binary::Ended;

/// What a terminal must never be handed: it moves the cursor, sets a title, reorders or hides.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\u{202e}\u{2066}\u{200b}y";

fn base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Asserts that nothing hostile reached a stream, and that what was hostile is shown at all.
#[track_caller]
fn harmless(ended: &Ended) {
    for stream in [&ended.stdout, &ended.stderr] {
        let raw = stream.chars().find(|c| {
            (c.is_control() && *c != '\n')
                || ('\u{200b}'..='\u{200f}').contains(c)
                || ('\u{202a}'..='\u{202e}').contains(c)
                || ('\u{2060}'..='\u{206f}').contains(c)
        });
        assert_eq!(raw, None, "{ended:#?}");
    }
}

#[test]
fn untrusted_text_never_reaches_a_terminal_raw() {
    let folder = scene("hostile");
    let claims =
        serde_json::json!({HOSTILE: HOSTILE, "sub": HOSTILE, "aud": [HOSTILE], "exp": HOSTILE});
    let header = serde_json::json!({"alg": HOSTILE, "kid": HOSTILE, "jku": HOSTILE, HOSTILE: 1});
    let signed =
        serde_json::json!({"alg": "HS256", "kid": HOSTILE, "typ": HOSTILE, "crit": [HOSTILE]});
    for header in [header, signed, serde_json::json!({"alg": "HS256"})] {
        let (header, claims) = (header.to_string(), claims.to_string());
        let token = format!("{}.{}.AAAA", base64url(&header), base64url(&claims));
        let shown = folder.run(&words("jwt inspect -"), &token).ends(0);
        assert!(
            shown.stdout.contains("\\u{1b}") || shown.stdout.contains("\\u001b"),
            "{shown:#?}"
        );
        harmless(&shown);
        harmless(&folder.run(&words(&format!("{VERIFY} -")), &token).ends(1));
    }
    let token = format!("{}.{}.AAAA", base64url("{}"), base64url(HOSTILE));
    harmless(&folder.run(&words("jwt inspect -"), &token).ends(0));
    harmless(&folder.run(&words("jwt inspect -"), HOSTILE));
    let verify = "request verify --key file:secret --key-encoding utf8 --show-base -";
    let signed = folder.read("signed.http");
    for message in [
        signed.replace("sig1", "sig\u{1b}[2J"),
        signed.replace("Host: ", &format!("{HOSTILE}: a\nHost: ")),
        signed.replace("POST", HOSTILE),
        signed.replace("/payments", &format!("/{HOSTILE}")),
        format!("{HOSTILE}\n\n"),
    ] {
        harmless(&folder.run(&words(verify), &message));
    }
    let hostile_yaml = format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {0:?}\n  \
         namespace: {0:?}\n  labels: {{{0:?}: {0:?}}}\nspec: {{mtls: {{mode: PERMISSIVE}}}}\n---\n\
         apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {0:?}\n  \
         namespace: {0:?}\nspec: {{mtls: {{mode: PERMISSIVE}}}}\n# \u{202e}\u{200b}\n",
        HOSTILE
    );
    let hostile_yaml = hostile_yaml
        .replace("\\u{1b}", "\\e")
        .replace("\\u{7}", "\\a");
    let hostile_yaml = hostile_yaml
        .replace("\\u{9b}", "\\x9b")
        .replace("\\u{202e}", "\\u202e");
    let hostile_yaml = hostile_yaml
        .replace("\\u{2066}", "\\u2066")
        .replace("\\u{200b}", "\\u200b");
    folder.file(&format!("manifests/{HOSTILE}.yaml"), &hostile_yaml);
    folder.file(
        &format!("manifests/{HOSTILE}-bad.yaml"),
        "a: [\u{202e}\n b: *\u{200b}c\n",
    );
    let linted = folder.run(&words("lint manifests"), "").ends(1);
    assert!(linted.stdout.contains("\\u{1b}"), "{linted:#?}");
    harmless(&linted);
    // A line break in a cell makes a row unusable, and then its cells are not shown.
    let cell = HOSTILE.replace('\r', "");
    folder.file(
        "hr.csv",
        format!("employee_id,name,status\n1,\"{cell}\",active\n"),
    );
    folder.file(
        "grants.csv",
        format!("system,account,entitlement,employee_id,privileged,mfa\n\"{cell}\",\"{cell}\",\"{cell}\",9,yes,none\n"),
    );
    harmless(
        &folder
            .run(&words("review run --hr hr.csv --grants grants.csv"), "")
            .ends(1),
    );
    folder.file("bad.pem", format!("-----BEGIN {HOSTILE}-----\n{HOSTILE}\n"));
    harmless(&folder.run(&words("cert verify --any-id --bundle bad.pem bad.pem"), ""));
    for line in [
        &["explain", HOSTILE][..],
        &["lint", HOSTILE],
        &[HOSTILE],
        &["lint", "--fail-on", HOSTILE, "."],
        &[&format!("--{HOSTILE}")],
        &["cert", "init", "ca", "--trust-domain", HOSTILE],
        &["jwt", "inspect", HOSTILE],
        &["jwt", "mint", "--key", HOSTILE],
        &["jwt", "mint", "--key", "file:secret", "--claim", HOSTILE],
    ] {
        harmless(&folder.run(line, "").ends(2));
    }
    folder.file("countersign.toml", "\"\\u001b[2J\" = \"a\"\n");
    harmless(&folder.run(&words("explain"), "").ends(2));
}
