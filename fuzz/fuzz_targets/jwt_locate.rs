//! Any bytes are searched for tokens; whatever is found lies inside, can be inspected, and is redacted in its place.

#![no_main]

use countersign::jwt::{self, Redactor};
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let search = jwt::locate_all(bytes);
    assert!(search.total >= search.found.len());
    for found in &search.found {
        assert!(found.offset <= bytes.len());
        let taken = jwt::inspect(&found.token, now);
        for defect in &taken.defects {
            assert!(defect.offset.is_none_or(|offset| offset < found.token.len().max(1)));
        }
    }
    let redactor = Redactor::new(&Secret::new(vec![7; 32]));
    let mut whole = Vec::new();
    let copied = redactor.copy(&mut &*bytes, &mut whole).expect("memory takes everything");
    // In pieces of one byte the result is the same.
    let mut slow = std::io::BufReader::with_capacity(1, bytes);
    let mut pieces = Vec::new();
    let again = redactor.copy(&mut slow, &mut pieces).expect("memory takes everything");
    assert!(whole == pieces && copied == again);
});
