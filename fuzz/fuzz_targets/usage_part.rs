//! Any bytes as a part that an earlier run kept, and as what a warehouse counted: whatever is taken can be written and read again.

#![no_main]

use std::io::Cursor;

use countersign::review::usage::{Part, Row, Run as _, answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _answer = answer(bytes);
    let Ok(part) = Part::open(Cursor::new(bytes.to_vec())) else {
        return;
    };
    let Ok(mut rows) = part.rows() else { return };
    let mut row = Row::default();
    while rows.next(&mut row).unwrap_or(false) {
        assert!(row.principal.len() <= bytes.len() * 2 + 65_536);
    }
});
