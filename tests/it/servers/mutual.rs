//! A server that knows its clients by their certificates (RFC 8705 §2), with certificates that we issued.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use countersign::cert::{self, Authority, Issued, LeafOptions, TrustDomain};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::pem;
use countersign::kernel::time::Timestamp;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;

use super::{ok, run, says};
use crate::binary::Folder;

const DAY: Duration = Duration::from_secs(86_400);

#[expect(
    clippy::disallowed_methods,
    reason = "a certificate for a real handshake is valid now"
)]
fn now() -> Timestamp {
    Timestamp::from_offset(std::time::SystemTime::now().into())
}

fn authority(issued: &Issued, domain: &TrustDomain) -> Authority {
    Authority {
        certificate: issued.certificate.clone(),
        key: issued.key.clone(),
        not_after: issued.not_after,
        trust_domain: domain.clone(),
        max_ttl: Duration::from_secs(3600),
    }
}

fn leaf(root: &Authority, id: &str) -> Issued {
    let options = LeafOptions {
        spiffe_id: format!("spiffe://acme.example/{id}").parse().unwrap(),
        dns_names: vec!["localhost".into()],
        ttl: Duration::from_secs(600),
        now: now(),
    };
    cert::leaf(root, &options, &SystemRandom::default()).unwrap()
}

fn serve(config: rustls::ServerConfig) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).is_ok_and(|count| count > 0) {
                let answer = ok(r#"{"access_token":"bound","token_type":"Bearer"}"#);
                let _gone = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _gone = stream.flush();
            }
        }
    });
    format!("https://localhost:{port}/token")
}

#[test]
fn a_client_shows_its_certificate() {
    let folder = Folder::new("mutual");
    let domain: TrustDomain = "acme.example".parse().unwrap();
    let random = SystemRandom::default();
    let top = cert::root(&domain, DAY, now(), &random).unwrap();
    let below = cert::issuing_authority(&authority(&top, &domain), DAY, now(), &random).unwrap();
    let issuing = authority(&below, &domain);
    let (server, client) = (leaf(&issuing, "auth"), leaf(&issuing, "orders"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(top.certificate.clone().into()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let chain: Vec<CertificateDer<'static>> = vec![
        server.certificate.clone().into(),
        below.certificate.clone().into(),
    ];
    let key: PrivateKeyDer<'static> =
        PrivatePkcs8KeyDer::from(server.key.to_pkcs8().to_vec()).into();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap();
    let url = serve(config);
    let certificates =
        [&client, &below].map(|each| pem::write("CERTIFICATE", &each.certificate).to_string());
    folder.file(
        "root.pem",
        pem::write("CERTIFICATE", &top.certificate).as_bytes(),
    );
    folder.file("chain.pem", certificates.concat());
    folder.file(
        "key.pem",
        pem::write("PRIVATE KEY", &client.key.to_pkcs8()).as_bytes(),
    );
    let line = format!(
        "jwt fetch client-credentials --allow-local --ca-file root.pem --client orders --print access_token --url {url}"
    );
    let shown = [
        "--client-certificate",
        "chain.pem",
        "--client-certificate-key",
        "file:key.pem",
    ];
    assert_eq!(run(&folder, &line, &shown).ends(0).stdout, "bound\n");
    says(&run(&folder, &line, &[]).ends(2), &["cannot reach"]);
    let broken = [
        "--client-certificate",
        "root.pem",
        "--client-certificate-key",
        "file:root.pem",
    ];
    says(
        &run(&folder, &line, &broken).ends(2),
        &["the client certificate or its key cannot be used"],
    );
}
