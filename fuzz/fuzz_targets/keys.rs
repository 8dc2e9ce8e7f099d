//! Key files of any format: a key or an error, and a public key has one thumbprint; and BER, whose DER stays as it is.

#![no_main]

use countersign::kernel::ber;
use countersign::kernel::key::{Expected, LoadOptions, load, public_jwk, thumbprint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(der) = ber::to_der(bytes) {
        assert_eq!(ber::to_der(&der), Ok(der));
    }
    for expected in [
        Expected::Verification,
        Expected::Signing,
        Expected::Private,
        Expected::Secret,
    ] {
        let Ok(set) = load(bytes, LoadOptions::plain(expected)) else {
            continue;
        };
        for key in &set.keys {
            let Some(public) = key.public() else { continue };
            let jwk = public_jwk(key).expect("a public key has a JWK").to_string();
            let again = load(jwk.as_bytes(), LoadOptions::plain(Expected::Verification));
            let again = again.expect("what was written can be read");
            let other = again.keys.first().and_then(|key| key.public());
            let other = other.expect("it holds one public key");
            assert_eq!(thumbprint(&public), thumbprint(&other));
        }
    }
});
