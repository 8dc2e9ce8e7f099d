//! Verifying a signed request in process: parsed, its signature base rebuilt, its MAC and its digest checked.

use std::sync::Arc;

use countersign::kernel::crypto::{MacAlgorithm, MacKey, SystemRandom};
use countersign::kernel::key::{Key, Material};
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::rfc9421::{SignOptions, default_components, sign};
use countersign::request::{
    Algorithm, Context, Exchange, Message, Policy, Scheme, UriScheme, Verdict, Window,
};
use divan::Bencher;

/// The binary's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn context() -> Context {
    Context::new(UriScheme::Https)
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").expect("a time")
}

fn secret() -> Secret {
    Secret::new(vec![7; 32])
}

/// A request whose signature base has about 500 bytes.
fn signed() -> Arc<Source> {
    let body = r#"{"order":"A-1001","amount":"129.00","currency":"EUR"}"#;
    let text = format!(
        "POST /v1/orders/A-1001/payments?tenant=acme&region=eu-central-1 HTTP/1.1\r\n\
         Host: payment-service.production.svc.acme.example\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let source = Source::new("bench", text.into_bytes()).expect("small");
    let message = Message::parse(&source).expect("a request");
    let options = SignOptions {
        label: "sig1".into(),
        components: default_components(&message),
        algorithm: Algorithm::HmacSha256,
        created: Some(now()),
        expires: Some(now().plus(std::time::Duration::from_secs(300))),
        nonce: Some("b3k2pp5k7z-50gnwp.yemd".into()),
        key_id: Some("order-service".into()),
        tag: None,
        digests: vec!["sha-256"],
    };
    let key = Key::bare(Material::Secret(secret()));
    let context = context();
    let exchange = Exchange::new(&message, &context);
    let signed = sign(exchange, &key, &options, &SystemRandom::default()).expect("signed");
    let length = signed.base.text().len();
    assert!((450..=550).contains(&length), "the base has {length} bytes");
    let bytes = [&message.head_with(&signed.edit), message.rest()].concat();
    Source::new("bench", bytes).expect("small")
}

fn policy() -> Policy {
    Policy::new(Window {
        now: now(),
        max_age: Some(std::time::Duration::from_secs(300)),
        leeway: Leeway::default(),
    })
}

/// The yardstick: ring's MAC alone over as many bytes as the signature base has, with a new key as each verdict needs.
#[divan::bench(sample_size = 100)]
fn mac_alone(bencher: Bencher<'_, '_>) {
    let text = [b'x'; 500];
    let tag = MacKey::new(MacAlgorithm::HmacSha256, &secret()).sign(&text);
    bencher.bench_local(|| {
        MacKey::new(MacAlgorithm::HmacSha256, &secret())
            .verify(&text, &tag)
            .expect("its tag");
    });
}

#[divan::bench(sample_size = 100)]
fn parse_and_verify(bencher: Bencher<'_, '_>) {
    let (source, policy, context) = (signed(), policy(), context());
    let keys = [Key::bare(Material::Secret(secret()))];
    bencher.bench_local(|| {
        let message = Message::parse(&source).expect("a request");
        let exchange = Exchange::new(&message, &context);
        let verdicts = Scheme::Rfc9421.verify(exchange, &keys, &policy);
        assert!(
            verdicts
                .expect("signatures")
                .iter()
                .all(Verdict::is_accepted)
        );
    });
}

#[divan::bench(sample_size = 100)]
fn verify_parsed(bencher: Bencher<'_, '_>) {
    let (source, policy, context) = (signed(), policy(), context());
    let message = Message::parse(&source).expect("a request");
    let keys = [Key::bare(Material::Secret(secret()))];
    bencher.bench_local(|| {
        let exchange = Exchange::new(&message, &context);
        let verdicts = Scheme::Rfc9421.verify(exchange, &keys, &policy);
        assert!(
            verdicts
                .expect("signatures")
                .iter()
                .all(Verdict::is_accepted)
        );
    });
}

fn main() {
    divan::main();
}
