//! Key sets, metadata and tokens under the rules, edited and compared: nothing panics, and no private value is shown.

#![no_main]

use countersign::jwt::jwks::JwkSet;
use countersign::jwt::rules::{DocumentContext, TokenContext, of_document, of_token};
use countersign::jwt::{diff, inspect, scan};
use countersign::kernel::json;
use countersign::kernel::source::Source;
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let Ok(source) = Source::new("input", text.as_bytes().to_vec()) else {
        return;
    };
    let context = TokenContext {
        now,
        keys: &[],
        known_secrets: false,
    };
    for (span, token) in scan(&source, text).tokens.iter().take(8) {
        assert!(span.start <= span.end);
        let _findings = of_token(token, &context);
        let taken = inspect(token, now);
        assert!(diff::diff(&taken, &taken).is_empty(), "a token is what it is");
    }
    let Ok(document) = json::parse(&source) else {
        return;
    };
    let context = DocumentContext {
        now,
        private_set: false,
        issuer: Some("https://auth.acme.example"),
    };
    let _findings = of_document(&document, &context);
    if let Ok(set) = JwkSet::read(&document) {
        let written = Source::new("again", set.to_text().as_bytes().to_vec()).expect("it is no larger");
        let again = json::parse(&written).expect("what is written is JSON");
        let again = JwkSet::read(&again).expect("and a set");
        assert_eq!(again.phases(now), set.phases(now));
    }
});
