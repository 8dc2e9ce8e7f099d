//! Certification requests: read or refused; what is taken from one can be certified.

#![no_main]

use countersign::cert::SigningRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = SigningRequest::parse(bytes) {
        for name in &request.names.dns {
            assert!(name.as_str().is_ascii(), "a DNS name is ASCII");
        }
    }
});
