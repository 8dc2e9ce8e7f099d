//! Certificates: read or refused, and none that the bundle does not hold is trusted.

#![no_main]

use countersign::cert::{self, Certificate, ExpectedId};
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::parse(bytes) else {
        return;
    };
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let chain = std::slice::from_ref(&certificate);
    let verdict = cert::verify(&certificate, chain, &[], &ExpectedId::Any, now);
    assert!(!verdict.is_accepted(), "an empty bundle vouches for nobody");
    let _judged = cert::verify(&certificate, chain, chain, &ExpectedId::Any, now);
});
