//! A HAR: its messages are one head of clean lines and a body.

#![no_main]

use countersign::kernel::source::Source;
use countersign::request::har;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("fuzz", bytes.to_vec()) else {
        return;
    };
    let Ok(entries) = har::read(&source) else {
        return;
    };
    for entry in entries {
        assert!(entry.offset < bytes.len());
        for message in [Some(entry.request), entry.response].into_iter().flatten() {
            let head = message
                .bytes
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            let head = &message.bytes[..head.expect("a head ends")];
            let lines = head.split(|byte| *byte == b'\n');
            for line in lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
                assert!(!line.is_empty() && !line.contains(&b'\r') && !line.contains(&0));
            }
        }
    }
});
