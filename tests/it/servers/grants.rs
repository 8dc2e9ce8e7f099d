//! `jwt fetch`: answers that are refused, secrets that stay, and the rotation test on servers of every kind.

use super::{
    DESCRIPTION, Server, absent, description, huge, message, ok, parsed, redirect, refused, run,
    says, slow,
};
use crate::binary::{Folder, fixture};
use crate::generated::conforms;

const BEARER: &str =
    r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":600}"#;

fn issuing(answer: impl Fn(&str, usize) -> String + Send + Sync + 'static) -> Server {
    Server::start(Box::new(move |url, request, before| {
        match request.path.as_str() {
            DESCRIPTION => ok(&description(url)),
            "/token" => answer(&request.body, before),
            _ => absent(),
        }
    }))
}

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("secret", "hunter2hunter2\n");
    folder.file("refresh", "r1\n");
    folder
}

const FETCH: &str = "jwt fetch client-credentials --allow-local --timeout 2s --client orders --client-secret file:secret";

#[test]
fn tokens_are_private_json_or_one_of_them_alone() {
    let (folder, server) = (folder("fetch-good"), issuing(|_, _| ok(BEARER)));
    let fetch = |more: &[&str]| run(&folder, FETCH, &[&["--issuer", &server.url], more].concat());
    conforms(
        &parsed(&fetch(&["--scope", "read"]).ends(0)),
        "fetched-tokens",
    );
    let alone = fetch(&["--print", "access_token"]).ends(0);
    assert_eq!(alone.stdout, "2YotnFZFEjr1zCsicMWpAA\n");
    fetch(&["-o", "tokens.json"]).ends(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("tokens.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let none = fetch(&["--print", "refresh_token"]).ends(2);
    says(&none, &["did not give the `refresh_token`"]);
    assert_eq!(none.stdout, "");
    let narrowed =
        issuing(|_, _| ok(r#"{"access_token":"a","token_type":"bearer","scope":"read"}"#));
    let more = ["--issuer", narrowed.url.as_str(), "--scope", "read write"];
    says(
        &run(&folder, FETCH, &more).ends(0),
        &["does not grant `write`"],
    );
}

#[test]
fn hostile_answers_give_no_token_and_take_no_secret_along() {
    let folder = folder("fetch-hostile");
    let other = issuing(|_, _| ok(BEARER));
    let elsewhere = format!("{}/token", other.url);
    type Answer = Box<dyn Fn() -> String + Send + Sync>;
    let table: Vec<(Answer, &str)> = vec![
        (
            Box::new(move || redirect(&elsewhere)),
            "is not sent elsewhere",
        ),
        (
            Box::new(|| message("303 See Other", "Location: /token2\r\n", "")),
            "is not sent elsewhere",
        ),
        (Box::new(huge), "is larger than"),
        (Box::new(slow), "cannot reach"),
        (Box::new(|| ok("<html>")), "cannot be used: it is not JSON"),
        (
            Box::new(|| message("500 Oops", "Content-Type: text/html\r\n", "<html>")),
            "no error that OAuth knows (text/html)",
        ),
        (
            Box::new(|| ok(r#"{"access_token":"a","token_type":"mac"}"#)),
            "not `Bearer`",
        ),
        (
            Box::new(|| ok(r#"{"access_token":"a","token_type":"Bearer","token_type":"DPoP"}"#)),
            "twice",
        ),
        (
            Box::new(|| {
                message(
                    "400 Bad",
                    "",
                    r#"{"error":"invalid_scope","error_description":"\u001b]0;x\u0007"}"#,
                )
            }),
            "--scope",
        ),
    ];
    for (answer, part) in table {
        let server = issuing(move |_, _| answer());
        let ended = run(&folder, FETCH, &["--issuer", &server.url]).ends(2);
        says(&ended, &[part]);
        assert_eq!(ended.stdout, "");
        assert!(!ended.stderr.contains(['\u{1b}', '\u{7}']), "{ended:?}");
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
        assert_eq!((server.count("/token"), server.count("/token2")), (1, 0));
    }
    assert_eq!(other.count("/token"), 0);
}

#[test]
fn a_nonce_is_taken_once_and_a_bearer_token_is_no_bound_one() {
    let folder = folder("fetch-dpop");
    let key = format!("file:{}", fixture("keys/token-signing.pem"));
    let fetch = |server: &Server| run(&folder, FETCH, &["--issuer", &server.url, "--dpop", &key]);
    let nonce = || {
        message(
            "400 Bad Request",
            "DPoP-Nonce: n-0S6_WzA2Mj\r\n",
            r#"{"error":"use_dpop_nonce"}"#,
        )
    };
    let endless = issuing(move |_, _| nonce());
    says(&fetch(&endless).ends(2), &["use_dpop_nonce"]);
    assert_eq!(endless.count("/token"), 2);
    let good = issuing(move |_, before| match before {
        0 => nonce(),
        _ => ok(r#"{"access_token":"a","token_type":"DPoP"}"#),
    });
    fetch(&good).ends(0);
    let proofs: Vec<String> = good
        .requests("/token")
        .iter()
        .map(|request| proof(&request.head))
        .collect();
    let [first, second] = proofs.as_slice() else {
        panic!("{proofs:?}")
    };
    // What the server sees is a proof that our own verifier accepts, for this very request and nonce.
    let target = format!("{}/token", good.url);
    let verify = [
        "--method",
        "POST",
        "--uri",
        &target,
        "--proof-nonce",
        "n-0S6_WzA2Mj",
    ];
    let judge = |proof: &str| {
        run(
            &folder,
            "jwt verify --profile dpop",
            &[&verify[..], &[proof]].concat(),
        )
    };
    judge(second).ends(0);
    says(&judge(first).ends(1), &["n-0S6_WzA2Mj, found (none)"]);
    says(
        &fetch(&issuing(|_, _| ok(BEARER))).ends(2),
        &["`Bearer`, not `DPoP`"],
    );
}

fn proof(head: &str) -> String {
    let line = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("dpop:"));
    line.unwrap().split_once(':').unwrap().1.trim().to_owned()
}

#[test]
fn the_rotation_test_tells_servers_apart() {
    let tokens = |refresh: &str| {
        ok(&format!(
            r#"{{"access_token":"a","token_type":"Bearer","refresh_token":"{refresh}"}}"#
        ))
    };
    let used = |body: &str| {
        body.split('&')
            .find_map(|pair| Some(pair.strip_prefix("refresh_token=")?.to_owned()))
    };
    type Answer = Box<dyn Fn(&str, usize) -> String + Send + Sync>;
    let table: [(Answer, i32, &str, &str); 6] = [
        // The old one dies, and the family with it.
        (
            Box::new(move |_, before| {
                if before == 0 {
                    tokens("r2")
                } else {
                    refused("invalid_grant")
                }
            }),
            0,
            "rotated",
            "revoked",
        ),
        // The old one dies alone.
        (
            Box::new(move |body, before| match (used(body).as_deref(), before) {
                (Some("r1"), 0) => tokens("r2"),
                (Some("r2"), _) => tokens("r3"),
                _ => refused("invalid_grant"),
            }),
            0,
            "rotated",
            "alive",
        ),
        // It is good once, and there is no other.
        (
            Box::new(|_, before| {
                if before == 0 {
                    ok(BEARER)
                } else {
                    refused("invalid_grant")
                }
            }),
            0,
            "rotated",
            "none",
        ),
        (Box::new(move |_, _| tokens("r1")), 1, "not-rotated", ""),
        (Box::new(|_, _| ok(BEARER)), 1, "not-rotated", ""),
        (
            Box::new(move |_, before| tokens(&format!("r{}", before + 2))),
            1,
            "old-token-outlives",
            "",
        ),
    ];
    let refresh = "jwt fetch refresh --allow-local --client cli --token file:refresh --test-rotation --format json";
    for (index, (answer, code, rotation, family)) in table.into_iter().enumerate() {
        let folder = folder(&format!("rotation-{index}"));
        let server = issuing(answer);
        let view = parsed(&run(&folder, refresh, &["--issuer", &server.url]).ends(code));
        conforms(&view, "rotation-test");
        assert_eq!(view["rotation"], rotation, "{view:#}");
        assert_eq!(
            view["family"].as_str().unwrap_or_default(),
            family,
            "{view:#}"
        );
        assert_eq!(view["passes"], code == 0);
    }
    // Another refusal says nothing about the token.
    let busy = issuing(move |_, before| {
        if before == 0 {
            tokens("r2")
        } else {
            refused("temporarily_unavailable")
        }
    });
    let ended = run(&folder("rotation-busy"), refresh, &["--issuer", &busy.url]).ends(2);
    says(&ended, &["says nothing about the token"]);
}

#[test]
fn a_device_is_asked_at_the_server_s_pace() {
    let folder = folder("device");
    let server = Server::start(Box::new(|url, request, before| {
        match (request.path.as_str(), before) {
            (DESCRIPTION, _) => ok(&description(url)),
            ("/device", _) => ok(
                r#"{"device_code":"d1","user_code":"WDJB-\u001b[2JMJHT","verification_uri":"https://a.example/device",
                "expires_in":60,"interval":1}"#,
            ),
            ("/token", 0) => refused("authorization_pending"),
            ("/token", 1) => ok(BEARER),
            _ => absent(),
        }
    }));
    let ended = run(
        &folder,
        "jwt fetch device --allow-local --client cli -q",
        &["--issuer", &server.url],
    )
    .ends(0);
    says(
        &ended,
        &[
            "open https://a.example/device and enter WDJB-",
            "2YotnFZFEjr1zCsicMWpAA",
        ],
    );
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:?}");
    let sent = &server.requests("/token")[1].body;
    assert_eq!(
        *sent,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d1&client_id=cli"
    );
}
