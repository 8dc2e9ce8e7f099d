//! What the tests of the clouds' schemes share: messages, keys, verdicts, and the flip of every bit.

use super::Scheme;
use crate::kernel::key::{Expected, Key, LoadOptions, Material, load};
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;
use crate::kernel::time::{Leeway, Timestamp};
use crate::request::{
    Context, Edit, Exchange, Message, Policy, Reason, Required, UriScheme, Verdict, Window,
};

/// A request of its parts; a body gets its `Content-Length` unless the fields have it.
pub(super) fn request(line: &str, fields: &[(&str, &str)], body: &[u8]) -> Message {
    let mut bytes = format!("{line} HTTP/1.1\r\n").into_bytes();
    for (name, value) in fields {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let lengths = |name: &str| name.eq_ignore_ascii_case("content-length");
    if !body.is_empty() && !fields.iter().any(|(name, _)| lengths(name)) {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    parse(bytes).unwrap()
}

fn parse(bytes: Vec<u8>) -> Option<Message> {
    Message::parse(&Source::new("m", bytes).ok()?).ok()
}

/// The message with a text in place of another.
pub(super) fn changed(message: &Message, from: &str, to: &str) -> Message {
    let text = String::from_utf8(message.source.bytes().to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    parse(text.replacen(from, to, 1).into_bytes()).unwrap()
}

pub(super) fn secret(id: &str, secret: &str) -> Key {
    Key {
        id: Some(id.to_owned()),
        ..Key::bare(Material::Secret(Secret::new(secret.as_bytes().to_vec())))
    }
}

pub(super) fn pem(id: &str, text: &str) -> Key {
    let options = LoadOptions::plain(Expected::Private);
    let keys = load(text.as_bytes(), options).unwrap().keys;
    Key {
        id: Some(id.to_owned()),
        ..keys.into_iter().next().unwrap()
    }
}

/// The value of a field that an edit adds.
pub(super) fn added<'a>(edit: &'a Edit, name: &str) -> &'a str {
    let field = edit.add.iter().find(|(added, _)| added == name);
    &field.unwrap().1
}

/// A verifier.
pub(super) struct Judge {
    pub(super) scheme: Scheme,
    pub(super) keys: Vec<Key>,
    pub(super) at: i64,
    pub(super) lax: bool,
}

impl Judge {
    pub(super) fn verdict(&self, message: &Message) -> Result<Verdict, Reason> {
        let mut policy = Policy::new(Window {
            now: Timestamp::from_unix(self.at).unwrap(),
            max_age: self.scheme.max_age(),
            leeway: Leeway::default(),
        });
        if self.lax {
            policy.required = Required::Listed(Vec::new());
        }
        let context = Context::new(UriScheme::Https);
        let exchange = Exchange::new(message, &context);
        let verdicts = self.scheme.verify(exchange, &self.keys, &policy);
        let verdicts = verdicts.map_err(|unsigned| unsigned.reason)?;
        Ok(verdicts.into_iter().next().unwrap())
    }

    pub(super) fn reasons(&self, message: &Message) -> Vec<Reason> {
        match self.verdict(message) {
            Ok(verdict) => verdict.reasons(),
            Err(reason) => vec![reason],
        }
    }

    /// Flips each bit of an accepted message. Where the result is still accepted, what is signed must be what it was:
    /// the case of a field's name, a field that is not signed.
    pub(super) fn no_flip_of_what_is_signed_is_accepted(&self, message: &Message) {
        let original = self.verdict(message).unwrap();
        assert_eq!(original.reasons(), []);
        let bytes = message.source.bytes();
        let mut refused = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let verdict = parse(flipped).and_then(|message| self.verdict(&message).ok());
            match verdict {
                Some(verdict) if verdict.is_accepted() => {
                    assert_eq!(verdict.signed, original.signed, "bit {bit}");
                    assert_eq!(verdict.body, original.body, "bit {bit}");
                }
                _ => refused += 1,
            }
        }
        // Nearly all of a message is signed.
        assert!(refused > bytes.len() * 8 / 2, "{refused}");
    }
}
