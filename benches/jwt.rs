//! Verifying a token in process: envelope, signature and claims, for each kind of algorithm.

use countersign::jwt::{self, Algorithm, Audience, Expectations, MintOptions, Profile};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::key::{
    Curve, Expected, Key, LoadOptions, Material, generate_ec, generate_ed25519, load,
};
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;
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
    let mut options = MintOptions::new(Profile::Service, now(), "01JD8Z6K3V9W2Q4T5Y7X8A1B2C");
    options.algorithm = Some(algorithm);
    options.key_id = Some("2026-11".into());
    options.issuer = Some("https://auth.acme.example".into());
    options.subject = Some("service:api-gateway".into());
    options.audience = vec!["service:order-service".into()];
    options.scopes = vec!["read:orders".into(), "write:orders".into()];
    options.device_posture = Some("compliant".into());
    jwt::mint(key, &options).expect("minted")
}

fn expectations() -> Expectations {
    let mut expected = Expectations::at(now());
    expected.issuers = vec!["https://auth.acme.example".into()];
    expected.audiences = Audience::Named(vec!["service:order-service".into()]);
    expected.scopes = vec!["read:orders".into()];
    expected
}

/// The key that verifies, alone.
fn verifying(key: Key) -> [Key; 1] {
    match key.public() {
        Some(public) => [Key::bare(Material::Public(public))],
        None => [key],
    }
}

/// The signature alone, by the crypto core: what the others are measured against.
#[divan::bench(args = ALGORITHMS, sample_size = 20)]
fn raw_signature(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let key = key(algorithm);
    let token = mint(&key, algorithm);
    let [verifying] = verifying(key);
    let token = jwt::Compact::parse(&token).expect("a token");
    let ready = jwt::ReadyKey::new(&verifying, algorithm).expect("a key that fits");
    bencher.bench_local(|| {
        assert!(ready.holds(token.signing_input().as_bytes(), &token.signature));
    });
}

/// As a stream is judged: a header that was seen before, plain claims.
#[divan::bench(args = ALGORITHMS, sample_size = 20)]
fn verify_one_of_many(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let key = key(algorithm);
    let token = mint(&key, algorithm);
    let keys = verifying(key);
    let expected = expectations();
    let accepted = [algorithm];
    let mut quick = jwt::Quick::new(&keys, &accepted, &expected);
    bencher.bench_local(|| assert!(quick.accepts(&token)));
}

#[divan::bench(args = ALGORITHMS, sample_size = 20)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let key = key(algorithm);
    let token = mint(&key, algorithm);
    let keys = verifying(key);
    let expected = expectations();
    bencher.bench_local(|| {
        let verdict = jwt::verify(&token, &keys, &[algorithm], &expected);
        assert!(verdict.is_accepted());
    });
}

fn main() {
    divan::main();
}
