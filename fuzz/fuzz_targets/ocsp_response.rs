//! OCSP responses: judged or refused, without a panic.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use countersign::cert::{AuthorityCertificate, is_response, judge_response, responder_of, root};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000).expect("a time of the calendar")
}

static ISSUER: LazyLock<AuthorityCertificate> = LazyLock::new(|| {
    let domain = "acme.example".parse().expect("a trust domain");
    let random = SystemRandom::default();
    let made = root(&domain, Duration::from_secs(3600), now(), &random).expect("a root");
    AuthorityCertificate::read(&made.certificate).expect("an authority")
});

fuzz_target!(|bytes: &[u8]| {
    let _signed = responder_of(bytes, &ISSUER);
    let judged = judge_response(bytes, &ISSUER.der, (&ISSUER, now()));
    let _shaped = is_response(bytes);
    assert!(judged.is_err(), "nothing here is signed with the issuer's key");
});
