//! Short texts that most signatures share: they are not copied.

use std::borrow::Cow;

/// A text that is one of the known ones, or a copy.
pub type Text = Cow<'static, str>;

/// A known text, and the same as a string of structured fields.
pub fn known(text: &str) -> Option<(&'static str, &'static str)> {
    macro_rules! table {
        ($($known:literal),+ $(,)?) => {
            match text {
                $($known => Some(($known, concat!("\"", $known, "\""))),)+
                _ => None,
            }
        };
    }
    table!(
        "@method",
        "@authority",
        "@path",
        "@query",
        "@target-uri",
        "@scheme",
        "@request-target",
        "@query-param",
        "@status",
        "content-digest",
        "content-type",
        "content-length",
        "repr-digest",
        "host",
        "date",
        "authorization",
        "created",
        "expires",
        "nonce",
        "alg",
        "keyid",
        "tag",
        "sf",
        "key",
        "bs",
        "tr",
        "req",
        "name",
        "sig1",
        "sig",
        "sha-256",
        "sha-512",
        "hmac-sha256",
        "ed25519",
        "ecdsa-p256-sha256",
        "ecdsa-p384-sha384",
        "rsa-pss-sha512",
        "rsa-v1_5-sha256",
    )
}

/// A text, copied unless it is known.
pub(super) fn text(text: &str) -> Text {
    match known(text) {
        Some((known, _)) => Cow::Borrowed(known),
        None => Cow::Owned(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_copied_and_is_itself() {
        assert_eq!(known("@path"), Some(("@path", "\"@path\"")));
        assert!(matches!(text("keyid"), Cow::Borrowed("keyid")));
        assert!(matches!(text("x-own"), Cow::Owned(own) if own == "x-own"));
        assert_eq!(known(""), None);
    }
}
