//! The connectors: every row of an export is kept, rejected, repeated or blank, and counted.

#![no_main]

use countersign::kernel::source::Source;
use countersign::kernel::time::Timestamp;
use countersign::review::{self, Options};
use libfuzzer_sys::fuzz_target;

const HR: &str = "employee_id,email,status\n1,ada@acme.example,active\n";
const GRANTS: &str = "system,account,entitlement,employee_id\naws,ada,admin,1\n";

fuzz_target!(|bytes: &[u8]| {
    let source = |bytes: Vec<u8>| Source::new("fuzz", bytes);
    let (Ok(fuzzed), Ok(hr), Ok(grants)) = (
        source(bytes.to_vec()),
        source(HR.into()),
        source(GRANTS.into()),
    ) else {
        return;
    };
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    for (hr, grants) in [(&fuzzed, &grants), (&hr, &fuzzed)] {
        let Ok(review) = review::run(hr, grants, Options::default(), now) else {
            continue;
        };
        for sheet in &review.sources {
            let counted = sheet.kept + sheet.rejected + sheet.duplicates + sheet.blank;
            assert_eq!(sheet.read, counted, "no row is lost");
        }
        let _page = review::report::html(&review, "0");
    }
});
