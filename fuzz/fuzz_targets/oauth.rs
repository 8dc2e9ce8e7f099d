//! What servers answer: descriptions, tokens, errors, introspections, callbacks. Nothing panics, and what is believed is
//! what was asked for.

#![no_main]

use countersign::jwt::metadata::{Endpoint, Issuer, Metadata};
use countersign::jwt::oauth::{
    ExpectedCallback, compare, read_callback, read_device_codes, read_error, read_introspection,
    read_tokens,
};
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let asked = Issuer::new("https://a.example", false).expect("an issuer");
    if let Ok(metadata) = Metadata::read(bytes, &asked) {
        assert_eq!(metadata.issuer, asked.as_str());
        let endpoints = Endpoint::ALL.map(|endpoint| metadata.endpoint(endpoint));
        for url in endpoints.into_iter().chain([metadata.key_set()]).flatten() {
            assert!(url.to_ascii_lowercase().starts_with("https://"), "{url}");
        }
    }
    for bound in [false, true] {
        if let Ok(tokens) = read_tokens(bytes, bound) {
            assert!(!tokens.access.is_empty());
        }
    }
    let _read = (read_device_codes(bytes).is_ok(), read_error(bytes).is_ok());
    if let Ok(answer) = read_introspection(bytes) {
        let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
        // Held against itself, an answer contradicts nothing but its own times.
        let comparison = compare(&answer, Some(&answer.members), now);
        assert!(answer.active || !comparison.is_good());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(issuer) = Issuer::new(text, false) {
        for place in issuer.places() {
            assert!(place.starts_with("https://"), "{place}");
        }
    }
    let expected = ExpectedCallback {
        path: "/c",
        state: "s",
        issuer: Some("https://a.example"),
        issuer_is_named: true,
    };
    if read_callback(text, expected).is_ok() {
        assert!(text.starts_with("/c?"), "{text}");
    }
});
