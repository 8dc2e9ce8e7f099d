//! The strict parser and the tolerant inspection agree, and neither ever panics.

#![no_main]

use countersign::jwt::{self, Compact};
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let located = jwt::locate(text);
    let dissection = jwt::inspect(&located.token, now);
    if let Ok(compact) = Compact::parse(&located.token) {
        assert!(dissection.header.is_some(), "what parses can be shown");
        assert!(located.token.starts_with(compact.signing_input()));
        assert!(located.token.ends_with(compact.signature_text()));
    }
    let _shown = jwt::inspect(text, now);
});
