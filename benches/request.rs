//! Verifying a signed request in process: parsed, its signature base rebuilt, its MAC and its digest checked.

use std::sync::Arc;

use countersign::kernel::key::{Key, Material};
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::Request;
use countersign::request::component::{Context, UriScheme};
use countersign::request::rfc9421::{
    Algorithm, Policy, Required, SignOptions, Surroundings, Window, default_components, sign,
    verify,
};
use divan::Bencher;

const CONTEXT: Context = Context {
    scheme: UriScheme::Https,
};

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
    let request = Request::parse(&source).expect("a request");
    let options = SignOptions {
        label: "sig1".into(),
        components: default_components(&request),
        algorithm: Algorithm::HmacSha256,
        created: now(),
        expires: Some(now().plus(std::time::Duration::from_secs(300))),
        nonce: Some("b3k2pp5k7z-50gnwp.yemd".into()),
        key_id: Some("order-service".into()),
        tag: None,
        context: CONTEXT,
    };
    let signed = sign(&request, &secret(), &options).expect("signed");
    let length = signed.base.text().len();
    assert!((450..=550).contains(&length), "the base has {length} bytes");
    Source::new("bench", signed.message).expect("small")
}

fn policy() -> Policy {
    Policy {
        label: None,
        required: Required::Default,
        algorithms: vec![Algorithm::HmacSha256],
        tag: None,
        nonce: None,
    }
}

fn surroundings() -> Surroundings {
    Surroundings {
        context: CONTEXT,
        window: Window {
            now: now(),
            max_age: Some(std::time::Duration::from_secs(300)),
            leeway: Leeway::default(),
        },
    }
}

#[divan::bench(sample_size = 100)]
fn parse_and_verify(bencher: Bencher<'_, '_>) {
    let (source, policy) = (signed(), policy());
    let keys = [Key::bare(Material::Secret(secret()))];
    bencher.bench_local(|| {
        let request = Request::parse(&source).expect("a request");
        let verdict = verify(&request, &keys, &policy, surroundings()).expect("a signature");
        assert!(verdict.is_accepted());
    });
}

#[divan::bench(sample_size = 100)]
fn verify_parsed(bencher: Bencher<'_, '_>) {
    let (source, policy) = (signed(), policy());
    let request = Request::parse(&source).expect("a request");
    let keys = [Key::bare(Material::Secret(secret()))];
    bencher.bench_local(|| {
        let verdict = verify(&request, &keys, &policy, surroundings()).expect("a signature");
        assert!(verdict.is_accepted());
    });
}

fn main() {
    divan::main();
}
