//! JSON serializations, taken apart: no panic, and every defect at a byte of the text.

#![no_main]

use countersign::jwt;
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let object = format!("{{{text}");
    for text in [text, object.as_str()] {
        for defect in jwt::inspect(text, now).defects {
            assert!(defect.offset.is_none_or(|offset| offset < text.len().max(1)));
        }
    }
});
