//! Revocation lists: read or refused, and asked without a panic.

#![no_main]

use countersign::cert::{Certificate, Lists, RevocationList};
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (certificate, list) = bytes.split_at(bytes.len() / 2);
    let lists: Vec<RevocationList> = [bytes, list].into_iter().filter_map(|der| RevocationList::examine(der).ok()).collect();
    for list in &lists {
        let _told = list.name();
    }
    if let Ok(certificate) = Certificate::examine(certificate) {
        let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
        let _told = Lists::new(&lists, now).status(&certificate, &certificate).to_string();
    }
});
