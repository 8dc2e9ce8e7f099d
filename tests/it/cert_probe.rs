//! `cert probe` against servers on loopback: what they take, and whether they want a certificate.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::binary::{Ended, Folder};

/// Whether the server asks for a certificate, and insists.
#[derive(Clone, Copy)]
enum Asks {
    No,
    Yes,
    Insists,
}

/// A server, and a folder with its authority in `bundle.pem`.
fn serve(name: &str, asks: Asks, versions: &[&'static SupportedProtocolVersion]) -> (Folder, u16) {
    let pair = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name
        .push(DnType::CommonName, "probe root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let der = root.self_signed(&pair).unwrap().der().to_vec();
    let folder = Folder::new(&format!("probe-{name}"));
    folder.file(
        "bundle.pem",
        countersign::kernel::pem::write("CERTIFICATE", &der).as_bytes(),
    );
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    leaf.subject_alt_names.push(SanType::URI(
        "spiffe://acme.example/server".try_into().unwrap(),
    ));
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate().unwrap();
    let leaf = leaf
        .signed_by(&key, &Issuer::from_params(&root, &pair))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(der)).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = match asks {
        Asks::No => WebPkiClientVerifier::no_client_auth(),
        Asks::Yes => verifier.allow_unauthenticated().build().unwrap(),
        Asks::Insists => verifier.build().unwrap(),
    };
    let key: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (folder, listen(config))
}

/// OpenSSL's server with these options, until it is dropped; None without OpenSSL.
struct OpensslServer(std::process::Child);

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn openssl_serve(folder: &Folder, options: &str) -> Option<(OpensslServer, u16)> {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.self_signed(&key).unwrap().pem();
    folder.file("leaf.pem", leaf.as_bytes());
    folder.file("leaf.key", key.serialize_pem().as_bytes());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let line =
        format!("s_server -accept 127.0.0.1:{port} -cert leaf.pem -key leaf.key -www {options}");
    let server = std::process::Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(&folder.0)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let Ok(server) = server else {
        println!("skipped: openssl not found");
        return None;
    };
    let server = OpensslServer(server);
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some((server, port));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("openssl s_server does not listen");
}

/// The suites told, each as version and name.
fn suites(told: &serde_json::Value) -> Vec<(String, String)> {
    let all = told["cipher_suites"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> = all
        .map(|one| (text(&one["version"]), text(&one["name"])))
        .collect();
    all.sort();
    all
}

#[test]
fn the_suites_are_those_that_the_server_was_given() {
    let folder = Folder::new("probe-suites");
    let options = "-ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_8_SHA256 \
        -cipher ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CAMELLIA256-SHA384:AECDH-NULL-SHA:AES128-SHA:@SECLEVEL=0";
    let Some((_server, port)) = openssl_serve(&folder, options) else {
        return;
    };
    let told = probe(&folder, port, "").ends(1).json();
    // Of AES128-SHA the server has no RSA key.
    let expected = [
        ("TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ("TLS 1.2", "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
        ("TLS 1.2", "TLS_ECDH_anon_WITH_NULL_SHA"),
        ("TLS 1.3", "TLS_AES_128_CCM_8_SHA256"),
        ("TLS 1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ];
    let expected = expected.map(|(version, name)| (version.to_owned(), name.to_owned()));
    assert_eq!(suites(&told), expected);
    assert_eq!(told["cipher_suites_complete"], true);
    let shortfalls = told["shortfalls"].to_string();
    assert!(
        shortfalls.contains("do not protect: TLS_ECDH_anon_WITH_NULL_SHA"),
        "{shortfalls}"
    );
}

#[test]
fn the_suites_of_old_versions_are_told_version_by_version() {
    let folder = Folder::new("probe-suites-old");
    let ciphers = "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:AECDH-NULL-SHA:@SECLEVEL=0";
    let old = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDH_anon_WITH_NULL_SHA",
    ];
    let new = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256";
    let all = ["TLS 1.0", "TLS 1.1", "TLS 1.2"];
    for (options, versions) in [
        ("-tls1", &all[..1]),
        ("-tls1_1", &all[1..2]),
        ("-min_protocol TLSv1 -max_protocol TLSv1.2", &all[..]),
    ] {
        let options = format!("{options} -cipher {ciphers}");
        let Some((_server, port)) = openssl_serve(&folder, &options) else {
            return;
        };
        let told = probe(&folder, port, "").ends(1).json();
        if told["versions"] != serde_json::json!(versions) {
            println!(
                "skipped: this OpenSSL serves {} with {options}",
                told["versions"]
            );
            continue;
        }
        let mut expected = Vec::new();
        for version in versions {
            let newer = (*version == "TLS 1.2").then_some(new);
            let names = old.into_iter().chain(newer);
            expected.extend(names.map(|name| ((*version).to_owned(), name.to_owned())));
        }
        expected.sort();
        assert_eq!(suites(&told), expected, "{options}");
        assert_eq!(told["cipher_suites_complete"], true);
        let shortfalls = told["shortfalls"].to_string();
        let open = shortfalls.matches("TLS_ECDH_anon_WITH_NULL_SHA").count();
        assert_eq!(open, 1, "{shortfalls}");
    }
}

/// A server that takes TLS 1.3 by one suite and then drops all that it is asked.
#[test]
fn a_list_that_ended_in_silence_is_not_called_complete() {
    let folder = Folder::new("probe-suites-silent");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut greeting = [0; 1024];
            let count = stream.read(&mut greeting).unwrap_or(0);
            // Length of the record, of the message, the version, the random and the session; then the suites.
            let suites = greeting[..count].get(76..78);
            let is_new = greeting[..count]
                .windows(7)
                .any(|at| at == [0, 43, 0, 3, 2, 3, 4]);
            if !is_new || suites.is_none_or(|length| length[1] < 6) {
                continue;
            }
            let first = &greeting[78..80];
            if first != [0x13, 0x01] {
                continue;
            }
            let mut body = vec![3, 3];
            body.extend([7; 32]);
            body.extend([
                0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 0x1d,
            ]);
            let length = u8::try_from(body.len()).unwrap();
            let mut record = vec![22, 3, 3, 0, length + 4, 2, 0, 0, length];
            record.extend(body);
            let _gone = stream.write_all(&record);
        }
    });
    let told = probe(&folder, port, "").ends(1).json();
    let expected = ("TLS 1.3".to_owned(), "TLS_AES_128_GCM_SHA256".to_owned());
    assert_eq!(suites(&told), [expected]);
    assert_eq!(told["cipher_suites_complete"], false);
}

fn listen(config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let connection = rustls::ServerConnection::new(config).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                let mut buffer = [0; 512];
                let _gone = stream.read(&mut buffer);
                let _gone = stream.flush();
            });
        }
    });
    port
}

fn probe(folder: &Folder, port: u16, more: &str) -> Ended {
    let line =
        format!("cert probe --allow-local --timeout 1s --format json {more} localhost:{port}");
    folder.run(&line.split_whitespace().collect::<Vec<_>>(), "")
}

#[test]
fn a_server_of_tls_1_3_that_insists_passes() {
    let (folder, port) = serve("good", Asks::Insists, &[&TLS13]);
    let told = probe(
        &folder,
        port,
        "--bundle bundle.pem --trust-domain acme.example",
    )
    .ends(0)
    .json();
    assert_eq!(told["versions"], serde_json::json!(["TLS 1.3"]));
    assert_eq!(told["client_certificate"], "required");
    assert_eq!(told["accepted_authorities"][0], "CN=probe root");
    assert_eq!(told["spiffe_id"], "spiffe://acme.example/server");
    assert_eq!(
        told["groups"],
        serde_json::json!(["x25519", "secp256r1", "secp384r1"])
    );
    let all = [
        "AES_128_GCM_SHA256",
        "AES_256_GCM_SHA384",
        "CHACHA20_POLY1305_SHA256",
    ];
    let all = all.map(|name| ("TLS 1.3".to_owned(), format!("TLS_{name}")));
    assert_eq!(suites(&told), all);
    assert_eq!(told["cipher_suites_complete"], true);
    probe(&folder, port, "--bundle bundle.pem").ends(0);
    let told = probe(
        &folder,
        port,
        "--bundle bundle.pem --trust-domain other.example",
    )
    .ends(1)
    .json();
    assert_eq!(
        told["reasons"],
        serde_json::json!(["cert-trust-domain-mismatch"])
    );
    let told = probe(
        &folder,
        port,
        "--bundle bundle.pem --server-name other.test",
    )
    .ends(1)
    .json();
    assert_eq!(told["reasons"], serde_json::json!(["cert-host-mismatch"]));
}

#[test]
fn what_falls_short_is_told() {
    let (folder, port) = serve("optional", Asks::Yes, &[&TLS12, &TLS13]);
    let told = probe(&folder, port, "").ends(1).json();
    assert_eq!(told["versions"], serde_json::json!(["TLS 1.2", "TLS 1.3"]));
    assert_eq!(told["client_certificate"], "optional");
    assert_eq!(told["shortfalls"].as_array().unwrap().len(), 2);
    let (folder, port) = serve("absent", Asks::No, &[&TLS13]);
    let told = probe(&folder, port, "").ends(1).json();
    assert_eq!(told["client_certificate"], "absent");
    let (folder, port) = serve("old", Asks::Insists, &[&TLS12]);
    let told = probe(&folder, port, "").ends(1).json();
    assert_eq!(told["versions"], serde_json::json!(["TLS 1.2"]));
    assert_eq!(told["client_certificate"], "required");
    assert_eq!(told["chain"].as_array().unwrap().len(), 1);
}

#[test]
fn what_does_not_answer_is_no_verdict() {
    let folder = Folder::new("probe-none");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let local = probe(&folder, port, "");
    drop(listener);
    assert_eq!(local.code, 1, "{}", local.stdout);
    assert!(
        probe(&folder, port, "")
            .ends(2)
            .stderr
            .contains("cannot reach")
    );
    let refused = folder
        .run(&["cert", "probe", &format!("127.0.0.1:{port}")], "")
        .ends(2);
    assert!(refused.stderr.contains("loopback"), "{}", refused.stderr);
    folder.run(&["cert", "probe", "nowhere"], "").ends(2);
}
