//! Any bytes as a workbook: no panic, no cell without a text, and what is written again can be read again.

#![no_main]

use countersign::kernel::xlsx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(sheet) = xlsx::read(bytes) else { return };
    for row in &sheet.rows {
        for cell in row {
            let _text = cell.text();
        }
    }
    if let Ok(written) = xlsx::write(&sheet) {
        let again = xlsx::read(&written).expect("what we write, we read");
        assert!(again.rows.len() <= sheet.rows.len());
    }
});
