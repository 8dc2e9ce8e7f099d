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
