//! Policies and lists of certificates to issue.

#![no_main]

use countersign::cert::{IssuingProfile, List, Names, Policy};
use countersign::kernel::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _csv = List::from_csv(bytes, IssuingProfile::Svid);
    if let (Ok(source), Ok(domain)) = (Source::new("list", bytes.to_vec()), "a.example".parse()) {
        let _yaml = List::from_yaml(&source, (&domain, IssuingProfile::Svid));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(policy) = Policy::parse(text)
    {
        let names = Names {
            spiffe_id: "spiffe://a.example/ns/a/sa/b".parse().ok(),
            ..Names::default()
        };
        let _allowed = policy.check(IssuingProfile::Svid, &names);
    }
});
