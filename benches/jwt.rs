//! Verifying a token in process: envelope, signature and claims, for each kind of algorithm.

use std::time::Duration;

use countersign::jwt::{self, Algorithm, Audience, Expectations, MintOptions, Profile};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::key::{
    Curve, Expected, Key, LoadOptions, Material, generate_ec, generate_ed25519, load,
};
use countersign::kernel::secret::Secret;
use countersign::kernel::time::{Leeway, Timestamp};
use divan::Bencher;

const RSA: &[u8] = include_bytes!("../tests/keys/rsa.pem");

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Hs256,
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

fn key(algorithm: Algorithm) -> Key {
    let random = SystemRandom::default();
    let private = match algorithm {
        Algorithm::Es256 => generate_ec(Curve::P256, &random).expect("randomness"),
        Algorithm::Es384 => generate_ec(Curve::P384, &random).expect("randomness"),
        Algorithm::EdDsa => generate_ed25519(&random).expect("randomness"),
        Algorithm::Rs256 | Algorithm::Ps256 => {
            let set = load(RSA, LoadOptions::plain(Expected::Private));
            return set.expect("an RSA key").keys.remove(0);
        }
        _ => return Key::bare(Material::Secret(Secret::new(vec![7; 32]))),
    };
    Key::bare(Material::Private(private))
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").expect("a time")
}

fn mint(key: &Key, algorithm: Algorithm) -> String {
    let options = MintOptions {
        profile: Profile::Service,
        algorithm: Some(algorithm),
        key_id: Some("2026-11".into()),
        issuer: Some("https://auth.acme.example".into()),
        subject: Some("service:api-gateway".into()),
        audience: vec!["service:order-service".into()],
        scopes: vec!["read:orders".into(), "write:orders".into()],
        ttl: Duration::from_secs(600),
        now: now(),
        id: "01JD8Z6K3V9W2Q4T5Y7X8A1B2C".into(),
        claims: serde_json::Map::new(),
    };
    jwt::mint(key, &options).expect("minted")
}

#[divan::bench(args = ALGORITHMS, sample_size = 20)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let key = key(algorithm);
    let token = mint(&key, algorithm);
    let keys = match key.public() {
        Some(public) => [Key::bare(Material::Public(public))],
        None => [key],
    };
    let expected = Expectations {
        now: now(),
        leeway: Leeway::default(),
        issuers: vec!["https://auth.acme.example".into()],
        audiences: Audience::Named(vec!["service:order-service".into()]),
        subject: None,
        typ: None,
        scopes: vec!["read:orders".into()],
        required: Vec::new(),
    };
    bencher.bench_local(|| {
        let verdict = jwt::verify(&token, &keys, &[algorithm], &expected);
        assert!(verdict.is_accepted());
    });
}

fn main() {
    divan::main();
}
