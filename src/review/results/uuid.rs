//! Identifiers that follow from what they name: UUIDs of version 5 (RFC 9562 §5.5), so that the same campaign gives the same.

use crate::kernel::crypto::{DigestAlgorithm, hex};

/// `6ba7b812-9dad-11d1-80b4-00c04fd430c8`, the namespace for object identifiers.
const NAMESPACE: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x12, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// The identifier of something that these parts name, the campaign first.
pub(super) fn uuid(parts: &[&str]) -> String {
    let mut name = NAMESPACE.to_vec();
    name.extend_from_slice(parts.join("\u{1f}").as_bytes());
    // SHA-1 is what version 5 is made with; nothing relies on its strength.
    let digest = DigestAlgorithm::Sha1Legacy.digest(&name);
    let mut bytes: Vec<u8> = digest.into_iter().take(16).collect();
    for (at, keep, set) in [(6, 0x0f, 0x50), (8, 0x3f, 0x80)] {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = *byte & keep | set;
        }
    }
    let text = hex(&bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let parts = [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_as_other_programs_make_them() {
        // python3 -c "import uuid; print(uuid.uuid5(uuid.NAMESPACE_OID, 'a'))"
        assert_eq!(uuid(&["a"]), "d720e32d-4765-5177-b65b-42dd7f6e6445");
    }
}
