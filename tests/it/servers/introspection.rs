//! `jwt introspect` and `jwt revoke`.

use super::{DESCRIPTION, Server, absent, description, ok, parsed, refused, run, says, token};
use crate::binary::Folder;
use crate::generated::conforms;

const ASK: &str = "jwt introspect --allow-local --client orders --client-secret file:secret";

fn answering(answer: fn(&str, &str) -> String) -> Server {
    Server::start(Box::new(move |url, request, _| {
        match request.path.as_str() {
            DESCRIPTION => ok(&description(url)),
            "/introspect" => answer(url, &request.body),
            "/revoke" => ok(""),
            _ => absent(),
        }
    }))
}

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("secret", "s3cr:et\n");
    folder
}

#[test]
fn an_answer_that_agrees_is_good() {
    let folder = folder("introspect-good");
    let server = answering(|url, _| {
        ok(&format!(
            r#"{{"active":true,"iss":"{url}","sub":"alice","aud":["orders"],"username":"al"}}"#
        ))
    });
    let token = token(&folder, &server.url, "k1");
    let ended = run(&folder, ASK, &["--issuer", &server.url, &token]).ends(0);
    says(
        &ended,
        &["active, asked at", "username", "the server alone says so"],
    );
    let ended = run(
        &folder,
        ASK,
        &["--issuer", &server.url, &token, "--format", "json"],
    )
    .ends(0);
    let view = parsed(&ended);
    conforms(&view, "introspection");
    assert_eq!(view["agrees"], true);
    let request = server.requests("/introspect").pop().unwrap();
    // RFC 6749 §2.3.1: form-encoded, then base64: `orders:s3cr%3Aet`.
    assert!(
        request.head.contains("Basic b3JkZXJzOnMzY3IlM0FldA=="),
        "{request:?}"
    );
    assert_eq!(request.body, format!("token={token}"));
}

#[test]
fn contradictions_and_inactive_tokens_are_a_no() {
    let folder = folder("introspect-bad");
    let server = answering(|url, _| {
        ok(&format!(
            r#"{{"active":true,"iss":"{url}","sub":"\u001b[2Jmallory","aud":"orders","scope":"admin"}}"#
        ))
    });
    let issued = token(&folder, &server.url, "k1");
    let ended = run(&folder, ASK, &["--issuer", &server.url, &issued]).ends(1);
    says(
        &ended,
        &[
            "active, but contradicted",
            "the token says alice, the server",
        ],
    );
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
    let ended = run(
        &folder,
        ASK,
        &[
            "--issuer",
            &server.url,
            &issued,
            "--at",
            "2050-01-01T00:00:00Z",
        ],
    );
    says(&ended.ends(1), &["past its `exp`"]);
    let inactive = answering(|_, _| ok(r#"{"active":false}"#));
    let ended = run(&folder, ASK, &["--issuer", &inactive.url, &issued]).ends(1);
    says(&ended, &["inactive", "it was revoked"]);
    conforms(
        &parsed(&run(
            &folder,
            ASK,
            &["--issuer", &inactive.url, &issued, "--format", "json"],
        )),
        "introspection",
    );
}

#[test]
fn an_opaque_token_comes_by_reference_and_hostile_answers_give_none() {
    let folder = folder("introspect-opaque");
    folder.file("opaque", "2YotnFZFEjr1zCsicMWpAA\n");
    let ask = |server: &Server| {
        run(
            &folder,
            ASK,
            &[
                "--url",
                &format!("{}/introspect", server.url),
                "--token",
                "file:opaque",
            ],
        )
    };
    let good = answering(|_, body| match body {
        "token=2YotnFZFEjr1zCsicMWpAA" => ok(r#"{"active":true}"#),
        _ => refused("invalid_request"),
    });
    says(&ask(&good).ends(0), &["says nothing itself"]);
    for (answer, message) in [
        (
            (|_: &str, _: &str| ok(r#"{"active":"true"}"#)) as fn(&str, &str) -> String,
            "a string, not a boolean",
        ),
        (|_, _| ok("eyJhbGciOiJSUzI1NiJ9.e30.x"), "not JSON"),
        (
            |_, _| super::redirect("https://evil.example/"),
            "is not sent elsewhere",
        ),
        (|_, _| refused("invalid_client"), "--client-auth"),
        (|_, _| super::huge(), "is larger than"),
    ] {
        says(&ask(&answering(answer)).ends(2), &[message]);
    }
}

#[test]
fn a_revoked_token_is_asked_about() {
    let folder = folder("revoke");
    folder.file("opaque", "2YotnFZFEjr1zCsicMWpAA\n");
    let revoke = "jwt revoke --allow-local --client orders --client-secret file:secret --token file:opaque \
        --hint refresh_token";
    for (answer, code, word) in [
        (
            (|_: &str, _: &str| ok(r#"{"active":false}"#)) as fn(&str, &str) -> String,
            0,
            "revoked",
        ),
        (|_, _| ok(r#"{"active":true}"#), 1, "not revoked"),
    ] {
        let server = answering(answer);
        let asked = ["--issuer", &server.url, "--confirm"];
        says(&run(&folder, revoke, &asked).ends(code), &[word]);
        let json = [&asked[..], &["--format", "json"]].concat();
        conforms(
            &parsed(&run(&folder, revoke, &json).ends(code)),
            "revocation",
        );
        let sent = server.requests("/revoke").pop().unwrap().body;
        assert_eq!(
            sent,
            "token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=refresh_token"
        );
    }
}
