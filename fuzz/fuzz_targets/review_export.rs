//! Any bytes as the export of each system: what is read is kept, rejected, repeated or blank. The first byte says which system.

#![no_main]

use countersign::kernel::source::Source;
use countersign::kernel::time::Timestamp;
use countersign::review::connectors::{ALL, Options};
use libfuzzer_sys::fuzz_target;

const MAPPING: &str = "format = \"ndjson\"\n[columns]\naccount = \"user.name\"\nentitlement = \"role\"\nlast_used = \"at\"\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((first, export)) = bytes.split_first() else {
        return;
    };
    let connector = &ALL[usize::from(*first) % ALL.len()];
    let source = |name, bytes: Vec<u8>| Source::new(name, bytes);
    let (Ok(export), Ok(mapping)) = (
        source("fuzz", export.to_vec()),
        source("mapping", MAPPING.into()),
    ) else {
        return;
    };
    let options = Options {
        system: None,
        filter: String::new(),
        mapping: Some(mapping),
        now: Timestamp::from_unix(1_800_000_000).expect("a time of the calendar"),
    };
    let Ok(facts) = connector.facts(&export, &options) else {
        return;
    };
    let sheet = &facts.sheet;
    let counted = sheet.kept + sheet.rejected + sheet.duplicates + sheet.blank;
    assert_eq!(sheet.read, counted, "no row is lost");
    for grant in &facts.grants {
        assert!((grant.account as usize) < facts.accounts.len());
        assert!((grant.entitlement as usize) < facts.entitlements.len());
    }
});
