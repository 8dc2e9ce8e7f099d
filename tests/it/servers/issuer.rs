//! `jwt verify --issuer`: the right keys, kept and fetched anew; the wrong descriptions, refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    DESCRIPTION, Server, absent, description, huge, key_set, message, ok, redirect, run, says,
    slow, token,
};
use crate::binary::Folder;

const VERIFY: &str = "jwt verify --allow-local --timeout 2s --aud orders";

fn honest(id: &'static str) -> Server {
    Server::start(Box::new(move |url, request, _| {
        match request.path.as_str() {
            DESCRIPTION => ok(&description(url)),
            "/keys" => ok(&key_set(id)),
            _ => absent(),
        }
    }))
}

#[test]
fn the_keys_of_an_issuer_are_kept_for_a_while() {
    let (folder, server) = (Folder::new("issuer-kept"), honest("k1"));
    let token = token(&folder, &server.url, "k1");
    let verify = |more: &[&str]| {
        run(
            &folder,
            VERIFY,
            &[&["--issuer", &server.url], more].concat(),
        )
    };
    for _ in 0..3 {
        says(&verify(&[&token]).ends(0), &["accepted"]);
    }
    assert_eq!((server.count(DESCRIPTION), server.count("/keys")), (1, 1));
    verify(&["--no-cache", &token]).ends(0);
    assert_eq!((server.count(DESCRIPTION), server.count("/keys")), (2, 2));
    // What was fetched under other trust is not used.
    let trusted = folder.0.join("ca.pem").display().to_string();
    folder.file("ca.pem", crate::servers::issuer::authority());
    verify(&["--ca-file", &trusted, &token]).ends(0);
    assert_eq!(server.count("/keys"), 3);
}

/// A certificate, to be trusted.
fn authority() -> Vec<u8> {
    let folder = Folder::new("issuer-authority");
    folder.file("password", "correct horse battery staple");
    let line = "cert init ca --trust-domain acme.example --ca-password file:password";
    let words: Vec<&str> = line.split(' ').collect();
    folder.run(&words, "").ends(0);
    let names = std::fs::read_dir(folder.0.join("ca")).unwrap();
    let mut paths = names.map(|entry| entry.unwrap().path());
    let is_root = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.starts_with(b"-----BEGIN CERTIFICATE")
    };
    std::fs::read(paths.find(is_root).unwrap()).unwrap()
}

#[test]
fn an_unknown_key_id_is_looked_for_once_more_and_once_only() {
    let folder = Folder::new("issuer-rotated");
    let rotated = Arc::new(AtomicUsize::new(0));
    let state = Arc::clone(&rotated);
    let server = Server::start(Box::new(move |url, request, _| {
        match request.path.as_str() {
            DESCRIPTION => ok(&description(url)),
            "/keys" if state.load(Ordering::SeqCst) == 0 => ok(&key_set("k1")),
            "/keys" => ok(&key_set("k2")),
            _ => absent(),
        }
    }));
    let verify = |token: &str| run(&folder, VERIFY, &["--issuer", &server.url, token]);
    let (old, new) = (
        token(&folder, &server.url, "k1"),
        token(&folder, &server.url, "k2"),
    );
    verify(&old).ends(0);
    rotated.store(1, Ordering::SeqCst);
    verify(&new).ends(0);
    assert_eq!(server.count("/keys"), 2);
    // The old key is gone now, which is found out by asking once.
    says(&verify(&old).ends(1), &["jwt-no-key"]);
    assert_eq!(server.count("/keys"), 3);
}

#[test]
fn an_issuer_speaks_for_itself_alone() {
    let (folder, server) = (Folder::new("issuer-other"), honest("k1"));
    let foreign = token(&folder, "https://evil.example", "k1");
    let refused = run(&folder, VERIFY, &["--issuer", &server.url, &foreign]).ends(1);
    says(&refused, &["jwt-issuer-mismatch"]);
    for other in [
        format!("{}/", server.url),
        server.url.replace("127.0.0.1", "localhost"),
    ] {
        let token = token(&folder, &other, "k1");
        says(
            &run(&folder, VERIFY, &["--issuer", &other, &token]).ends(2),
            &["the description is that of", "character for character"],
        );
    }
    let without = "jwt verify --aud orders";
    says(
        &run(&folder, without, &["--issuer", &server.url, &foreign]).ends(2),
        &["is not https"],
    );
}

#[test]
fn hostile_descriptions_and_key_sets_give_no_verdict() {
    let other = honest("k1").url;
    type Answer = fn(&str, &str) -> String;
    let table: [(&str, Answer, &str); 9] = [
        (
            "elsewhere",
            |_, other| redirect(&format!("{other}{DESCRIPTION}")),
            "redirects to another origin",
        ),
        ("huge", |_, _| huge(), "is larger than 1048576 bytes"),
        ("slow", |_, _| slow(), "cannot reach"),
        (
            "page",
            |_, _| ok("<html>sign in</html>"),
            "does not describe itself",
        ),
        ("absent", |_, _| absent(), "does not describe itself"),
        ("list", |_, _| ok("[]"), "a list, not a JSON object"),
        (
            "twice",
            |url, _| ok(&format!(r#"{{"issuer":"{url}","issuer":"{url}"}}"#)),
            "twice",
        ),
        (
            "file",
            |url, _| {
                ok(&format!(
                    r#"{{"issuer":"{url}","jwks_uri":"file:///etc/passwd"}}"#
                ))
            },
            "`jwks_uri`",
        ),
        (
            "metadata-service",
            |url, _| {
                ok(&format!(
                    r#"{{"issuer":"{url}","jwks_uri":"http://169.254.169.254/keys"}}"#
                ))
            },
            "is not https",
        ),
    ];
    for (name, answer, message) in table {
        let folder = Folder::new(&format!("issuer-hostile-{name}"));
        let other = other.clone();
        let server = Server::start(Box::new(move |url, _, _| answer(url, &other)));
        let token = token(&folder, &server.url, "k1");
        let ended = run(&folder, VERIFY, &["--issuer", &server.url, &token]).ends(2);
        says(&ended, &[message]);
        assert_eq!(ended.stdout, "", "{name}: no verdict");
    }
}

#[test]
fn a_published_secret_never_verifies() {
    let folder = Folder::new("issuer-oct");
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let set = format!(r#"{{"keys":[{{"kty":"oct","kid":"k1","k":"{secret}"}}]}}"#);
    folder.file(
        "secret.jwk",
        format!(r#"{{"kty":"oct","kid":"k1","k":"{secret}"}}"#),
    );
    let server = Server::start(Box::new(move |url, request, _| {
        match request.path.as_str() {
            DESCRIPTION => ok(&description(url)),
            _ => ok(&set),
        }
    }));
    let mint = format!(
        "jwt mint --profile custom --iss {} --sub alice --aud orders --ttl 10m --key file:secret.jwk --key-id k1 \
         --allow jwt-symmetric",
        server.url
    );
    let token = run(&folder, &mint, &[]).ends(0).stdout.trim().to_owned();
    let ended = run(&folder, VERIFY, &["--issuer", &server.url, &token]).ends(2);
    says(
        &ended,
        &["is published there", "publishes no key that can be used"],
    );
}

#[test]
fn a_batch_asks_once_and_never_a_place_that_a_token_names() {
    let (folder, server) = (Folder::new("issuer-batch"), honest("k1"));
    let token = token(&folder, &server.url, "k1");
    // {"alg":"ES256","kid":"k9","jku":"<the server>/jku"}
    let header = format!(r#"{{"alg":"ES256","kid":"k9","jku":"{}/jku"}}"#, server.url);
    let header = base64url(header.as_bytes());
    let rest = token.split_once('.').unwrap().1;
    let pointing = format!("{header}.{rest}");
    let stdin = format!("{token}\n{pointing}\n{token}\n");
    let line = format!("{VERIFY} --batch --issuer {}", server.url);
    let words: Vec<&str> = line.split(' ').collect();
    let home = folder.0.display().to_string();
    let ended = folder.run_with(&words, &stdin, &[("HOME", &home)]).ends(1);
    says(&ended, &["3 tokens: 2 accepted, 1 refused", "jwt-no-key"]);
    assert_eq!((server.count(DESCRIPTION), server.count("/keys")), (1, 1));
    assert_eq!(server.count("/jku"), 0);
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn what_must_not_be_kept_is_not() {
    let folder = Folder::new("issuer-no-store");
    let server = Server::start(Box::new(|url, request, _| {
        let body = match request.path.as_str() {
            DESCRIPTION => description(url),
            _ => key_set("k1"),
        };
        message("200 OK", "Cache-Control: no-store\r\n", &body)
    }));
    let token = token(&folder, &server.url, "k1");
    for _ in 0..2 {
        run(&folder, VERIFY, &["--issuer", &server.url, &token]).ends(0);
    }
    assert_eq!(server.count("/keys"), 2);
    assert!(!folder.0.join(".cache").exists());
}
