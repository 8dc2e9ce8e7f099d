//! Any text as an encrypted message in all its forms, opened with keys of several kinds: nothing panics, nothing opens by
//! chance, and nothing works longer than the limits allow.

#![no_main]

use countersign::jwt::jwe::{self, Encrypted, Limits};
use countersign::kernel::crypto::{p256_from_scalar, x25519_from_scalar};
use countersign::kernel::key::{Key, Material};
use countersign::kernel::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let secret = |length| Key::bare(Material::Secret(Secret::new(vec![7; length])));
    let p256 = p256_from_scalar(&[7; 32]).expect("a scalar in range");
    let keys = [
        secret(16),
        secret(32),
        Key::bare(Material::Private(p256)),
        Key::bare(Material::Private(x25519_from_scalar([7; 32]))),
    ];
    let limits = Limits {
        iterations: 1_000..=2_000,
        total_iterations: 4_000,
        ..Limits::default()
    };
    let messages = [Encrypted::parse(text), Encrypted::parse_json(text)];
    for message in messages.into_iter().flatten() {
        match jwe::decrypt(&message, &keys, &limits) {
            Ok(decrypted) => assert!(!decrypted.compressed || decrypted.plaintext.len() <= 250_000),
            Err(closed) => assert_eq!(closed.attempts.len(), message.recipients.len()),
        }
    }
    let _unsealed = jwe::unseal(text, &keys, &limits).is_ok();
});
