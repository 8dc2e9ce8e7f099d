//! Certificates: read or refused, and none that the bundle does not hold is trusted.

#![no_main]

use countersign::cert::{self, Bundles, Certificate, Demands, ExpectedId, Identity, PathRules, Profile};
use countersign::kernel::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::examine(bytes) else {
        return;
    };
    let now = Timestamp::from_unix(1_800_000_000).expect("a time of the calendar");
    let chain = std::slice::from_ref(&certificate);
    let verdict = cert::verify(&certificate, chain, &[], &ExpectedId::Any, now);
    assert!(!verdict.is_accepted(), "an empty bundle vouches for nobody");
    for profile in Profile::ALL {
        let mut demands = Demands::svid(ExpectedId::Any, now);
        demands.identity = Identity::Any;
        demands.rules = PathRules { trace: true, ..PathRules::new(profile, now) };
        let verdict = cert::judge(&certificate, chain, &Bundles::One(chain.to_vec()), &demands);
        assert!(!verdict.is_accepted(), "nobody vouches for himself");
    }
});
