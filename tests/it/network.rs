//! `jwt jwks fetch` against real servers on loopback: plain HTTP and TLS with a certificate that we issued.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use countersign::cert::{self, Authority, LeafOptions};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::pem;
use countersign::kernel::time::Timestamp;

const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026-11","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"EC","crv":"P-192","kid":"large","x":"AA","y":"AA"}]}"#;

fn fetch(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_countersign"))
        .env_clear()
        .args(["jwt", "jwks", "fetch"])
        .args(arguments)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Answers as many requests as there are, by their path.
fn serve(listener: TcpListener, port: u16) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, port));
        }
    });
}

fn answer<S: Read + Write>(mut stream: S, port: u16) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/");
    let redirect = |to: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    };
    let ok = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let response = match path {
        "/jwks" => ok(JWKS),
        "/moved" => redirect("/jwks"),
        "/elsewhere" => redirect(&format!("http://localhost:{port}/jwks")),
        "/page" => ok("<html>sign in</html>"),
        "/private" => ok(r#"{"keys":[{"kty":"oct","kid":"oops","k":"AAECAwQFBgcICQoLDA0ODw"}]}"#),
        "/large" => ok(&" ".repeat((1 << 20) + 1)),
        // A byte at a time, each well within the time for the whole.
        "/drip" => {
            let whole = ok(JWKS);
            let head = whole.find("{").unwrap_or_default();
            let _closed = stream.write_all(whole.as_bytes().split_at(head).0);
            for _ in 0..20 {
                std::thread::sleep(Duration::from_millis(300));
                let _closed = stream.write_all(b" ");
            }
            return;
        }
        "/slow" => {
            std::thread::sleep(Duration::from_secs(5));
            ok(JWKS)
        }
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    };
    let _closed = stream.write_all(response.as_bytes());
    let _closed = stream.flush();
}

#[test]
fn a_key_set_is_fetched_within_the_policy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    serve(listener, port);
    let url = |path: &str| format!("http://127.0.0.1:{port}/{path}");
    let local = |path: &str| fetch(&["--allow-local", "--timeout", "2s", &url(path)]);
    for path in ["jwks", "moved"] {
        let output = local(path);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(
            text(&output).contains("2026-11  an Ed25519 public key"),
            "{}",
            text(&output)
        );
        assert!(text(&output).contains("left out: large: its curve is not supported"));
    }
    for (path, status, message) in [
        ("elsewhere", 2, "redirects to another origin"),
        ("page", 2, "answers with no JSON object (application/json)"),
        (
            "private",
            1,
            "PUBLISHED: a shared secret must not be in a public set",
        ),
        ("large", 2, "is larger than 1048576 bytes"),
        ("slow", 2, "cannot reach"),
        ("drip", 2, "the answer is not whole after 2s"),
        ("absent", 2, "answers with status 404"),
    ] {
        let output = local(path);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{path}: {}",
            text(&output)
        );
        assert!(text(&output).contains(message), "{path}: {}", text(&output));
    }
    let refused = fetch(&[&url("jwks")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused).contains("is not https"),
        "{}",
        text(&refused)
    );
}

#[test]
fn our_own_certificate_serves_tls_to_a_client_that_trusts_our_root() {
    let now = Timestamp::from_offset(time::OffsetDateTime::from(now()));
    let random = SystemRandom::default();
    let domain: cert::TrustDomain = "acme.example".parse().unwrap();
    let day = Duration::from_secs(86_400);
    let root = cert::root(&domain, day, now, &random).unwrap();
    let above = authority(&root, &domain);
    let issuing = cert::issuing_authority(&above, day, now, &random).unwrap();
    let options = LeafOptions {
        spiffe_id: "spiffe://acme.example/ns/production/sa/auth"
            .parse()
            .unwrap(),
        dns_names: vec!["localhost".into()],
        ttl: Duration::from_secs(600),
        now,
    };
    let leaf = cert::leaf(&authority(&issuing, &domain), &options, &random).unwrap();
    let chain = vec![
        leaf.certificate.clone().into(),
        issuing.certificate.clone().into(),
    ];
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(leaf.key.to_pkcs8().to_vec());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    serve_tls(listener, Arc::new(config), port);

    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/scratch/network");
    std::fs::create_dir_all(&dir).unwrap();
    let trusted = dir.join("root.pem");
    std::fs::write(
        &trusted,
        pem::write("CERTIFICATE", &root.certificate).as_bytes(),
    )
    .unwrap();
    let other = cert::root(&domain, day, now, &random).unwrap();
    let untrusted = dir.join("other.pem");
    std::fs::write(
        &untrusted,
        pem::write("CERTIFICATE", &other.certificate).as_bytes(),
    )
    .unwrap();

    let url = format!("https://localhost:{port}/jwks");
    let with = |file: &std::path::Path| {
        fetch(&[
            "--allow-local",
            "--ca-file",
            &file.display().to_string(),
            &url,
        ])
    };
    let accepted = with(&trusted);
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted));
    let refused = with(&untrusted);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("certificate"), "{}", text(&refused));
    // Without `--allow-local` the name is resolved and its address refused.
    let local = fetch(&["--ca-file", &trusted.display().to_string(), &url]);
    assert_eq!(local.status.code(), Some(2));
    assert!(
        text(&local).contains("a loopback address"),
        "{}",
        text(&local)
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a certificate for a real handshake is valid now"
)]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

fn authority(issued: &cert::Issued, domain: &cert::TrustDomain) -> Authority {
    Authority {
        certificate: issued.certificate.clone(),
        key: issued.key.clone(),
        not_after: issued.not_after,
        trust_domain: domain.clone(),
        max_ttl: Duration::from_secs(3600),
    }
}

fn serve_tls(listener: TcpListener, config: Arc<rustls::ServerConfig>, port: u16) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || handshake(stream, config, port));
        }
    });
}

fn handshake(stream: TcpStream, config: Arc<rustls::ServerConfig>, port: u16) {
    if let Ok(connection) = rustls::ServerConnection::new(config) {
        answer(rustls::StreamOwned::new(connection, stream), port);
    }
}
