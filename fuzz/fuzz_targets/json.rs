//! What our reader takes, any JSON reader takes, and it means the same.

#![no_main]

use countersign::kernel::json;
use countersign::kernel::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("fuzz", bytes.to_vec()) else {
        return;
    };
    let Ok(document) = json::parse(&source) else {
        return;
    };
    assert!(document.root.span.end as usize <= bytes.len());
    let again = document.root.to_json().to_string();
    let (node, duplicates) = json::parse_text(&again).expect("what was written can be read");
    assert!(duplicates.is_empty());
    assert_eq!(node.to_json().to_string(), again);
});
