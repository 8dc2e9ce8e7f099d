//! A saved HTTP request: read, and verified without a key.

#![no_main]

use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::Request;
use countersign::request::component::{Context, UriScheme};
use countersign::request::rfc9421::{self, Algorithm, Policy, Required, Surroundings, Window};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("fuzz", bytes.to_vec()) else {
        return;
    };
    let Ok(request) = Request::parse(&source) else {
        return;
    };
    // What `Content-Length` leaves over is forgiven, aloud.
    assert!(bytes.ends_with(request.content()) || !request.forgiven.is_empty());
    let policy = Policy {
        label: None,
        required: Required::Default,
        algorithms: vec![Algorithm::HmacSha256],
        tag: None,
        nonce: None,
    };
    let surroundings = Surroundings {
        context: Context {
            scheme: UriScheme::Https,
        },
        window: Window {
            now: Timestamp::from_unix(1_800_000_000).expect("a time of the calendar"),
            max_age: None,
            leeway: Leeway::default(),
        },
    };
    if let Ok(verdict) = rfc9421::verify(&request, &[], &policy, surroundings) {
        assert!(!verdict.is_accepted(), "nobody's key makes no valid MAC");
        assert!(!verdict.reasons().is_empty());
    }
});
