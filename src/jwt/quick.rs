//! The short way through a stream of tokens: says yes to what is certainly acceptable, and leaves the rest to `verify`.
//!
//! It knows plain tokens alone: a header it has seen and judged before, a payload of flat claims without escapes, plain
//! expectations. Whatever is out of the ordinary, and whatever fails, is judged again by the long way, which gives the
//! verdict and its reasons. A property test holds that nothing is accepted here that is refused there.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::{Algorithm, Primitive};
use super::compact::{Compact, MAX_TOKEN_BYTES};
use super::expectations::{Audience, Expectations, SignIn};
use super::signature::{self, Trial};
use crate::kernel::crypto::{self, MacKey, SignatureAlgorithm};
use crate::kernel::key::{Key, Material, PublicKey};

/// The most members of a payload.
const MAX_MEMBERS: usize = 32;

/// Keys and expectations, ready for many tokens.
#[derive(Debug)]
pub struct Quick<'a> {
    keys: &'a [Key],
    accepted: &'a [Algorithm],
    expected: &'a Expectations,
    plain: bool,
    known: Option<KnownHeader>,
    payload: Room,
    signature: Room,
}

/// Room for decoded bytes, used again and again.
#[derive(Debug, Default)]
struct Room(Vec<u8>);

impl Room {
    fn decode(&mut self, text: &[u8]) -> Option<&[u8]> {
        // Never more than three bytes of four characters; what is left from before is overwritten or cut off.
        if self.0.len() < text.len() {
            self.0.resize(text.len(), 0);
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut self.0).ok()?;
        self.0.get(..length)
    }
}

/// A header that was judged before, and the keys that fit it.
#[derive(Debug)]
struct KnownHeader {
    text: String,
    keys: Vec<ReadyKey>,
}

/// A key made ready for one algorithm. Whether it may be used is decided elsewhere.
#[derive(Debug)]
pub struct ReadyKey(Ready);

#[derive(Debug)]
enum Ready {
    Mac(MacKey),
    Key(SignatureAlgorithm, PublicKey),
}

impl<'a> Quick<'a> {
    /// Makes it ready. Expectations that are not plain make it say no to everything.
    pub fn new(keys: &'a [Key], accepted: &'a [Algorithm], expected: &'a Expectations) -> Self {
        Self {
            keys,
            accepted,
            expected,
            plain: is_plain(expected),
            known: None,
            payload: Room::default(),
            signature: Room::default(),
        }
    }

    /// Whether a token is certainly acceptable. No is no verdict.
    pub fn accepts(&mut self, token: &str) -> bool {
        self.try_accept(token).is_some()
    }

    fn try_accept(&mut self, token: &str) -> Option<()> {
        if !self.plain || token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let bytes = token.as_bytes();
        let first = memchr::memchr(b'.', bytes)?;
        let last = first + 1 + memchr::memchr(b'.', bytes.get(first + 1..)?)?;
        let header = token.get(..first)?;
        let signature = bytes.get(last + 1..)?;
        self.know(header, token)?;
        let signature = self.signature.decode(signature)?;
        let payload = self.payload.decode(bytes.get(first + 1..last)?)?;
        let claims = Claims::read(std::str::from_utf8(payload).ok()?)?;
        claims.hold(self.expected)?;
        let input = bytes.get(..last)?;
        let known = self.known.as_ref()?;
        known.keys.iter().find(|key| key.holds(input, signature))?;
        Some(())
    }

    /// Sees to it that the header is the known one.
    fn know(&mut self, header: &str, token: &str) -> Option<()> {
        if self
            .known
            .as_ref()
            .is_some_and(|known| known.text == header)
        {
            return Some(());
        }
        let compact = Compact::parse(token).ok()?;
        let algorithm = Algorithm::from_name(&compact.algorithm)?;
        if !self.accepted.contains(&algorithm) || !types_fit(&compact, self.expected) {
            return None;
        }
        let trial = Trial::of(self.expected, self.accepted);
        let fitting = signature::fitting(&compact, self.keys, (algorithm, trial));
        let keys = fitting
            .filter_map(|key| ReadyKey::new(key, algorithm))
            .collect();
        self.known = Some(KnownHeader {
            text: header.to_owned(),
            keys,
        });
        Some(())
    }
}

impl ReadyKey {
    /// Prepares a key; None if it is of another kind than the algorithm takes.
    pub fn new(key: &Key, algorithm: Algorithm) -> Option<Self> {
        match (algorithm.primitive(), &key.material) {
            (Primitive::Mac(mac), Material::Secret(secret)) => {
                Some(Self(Ready::Mac(MacKey::new(mac, secret))))
            }
            (Primitive::Signature(signature), _) => {
                Some(Self(Ready::Key(signature, key.public()?)))
            }
            _ => None,
        }
    }

    /// Whether the signature over these bytes is the key's.
    pub fn holds(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Ready::Mac(key) => key.verify(input, signature).is_ok(),
            Ready::Key(algorithm, key) => crypto::verify(*algorithm, key, input, signature).is_ok(),
        }
    }
}

fn types_fit(token: &Compact, expected: &Expectations) -> bool {
    expected.types.is_empty()
        || token.header_text("typ").is_some_and(|typ| {
            let found = super::profile::media_type(typ);
            let mut wanted = expected.types.iter();
            wanted.any(|wanted| super::profile::media_type(wanted) == found)
        })
}

/// Whether nothing is expected but what [`Claims::hold`] checks.
fn is_plain(expected: &Expectations) -> bool {
    expected.profile.is_none()
        && expected.trust_domain.is_none()
        && expected.required.is_empty()
        && expected.values.is_empty()
        && expected.client.is_none()
        && expected.nonce.is_none()
        && expected.sign_in == SignIn::default()
        && expected.max_age.is_none()
        && expected.binding.certificate.is_none()
        && expected.binding.proof.is_none()
}

/// The claims that are looked at, of a payload that is one flat object.
#[derive(Default)]
struct Claims<'t> {
    exp: Option<i64>,
    nbf: Option<i64>,
    iat: Option<i64>,
    iss: Option<&'t str>,
    sub: Option<&'t str>,
    scope: Option<&'t str>,
    audience: Audiences<'t>,
}

#[derive(Default)]
enum Audiences<'t> {
    #[default]
    Absent,
    One(&'t str),
    /// The inside of an array of strings without escapes.
    Several(&'t str),
}

enum Plain<'t> {
    Text(&'t str),
    Integer(i64),
    Texts(&'t str),
    Other,
}

impl<'t> Claims<'t> {
    /// Reads a flat object strictly; None for anything that is not as plain as that.
    fn read(text: &'t str) -> Option<Self> {
        let mut scan = Scan { text, at: 0 };
        let mut claims = Self::default();
        // Names are compared by length and first bytes; only where these agree by the whole text.
        let mut prints = [0_u64; MAX_MEMBERS];
        let mut names = [(0, 0); MAX_MEMBERS];
        let mut count = 0;
        scan.space();
        scan.take(b'{')?;
        loop {
            scan.space();
            let name = scan.string()?;
            let print = fingerprint(text.as_bytes().get(name.clone())?);
            let earlier = prints.get(..count)?;
            let same = |index: usize| {
                let range = names.get(index).map(|(start, end)| *start..*end);
                range.is_none_or(|range| text.get(range) == text.get(name.clone()))
            };
            let mut alike = earlier
                .iter()
                .enumerate()
                .filter(|(_, other)| **other == print);
            if alike.any(|(index, _)| same(index)) {
                return None;
            }
            *prints.get_mut(count)? = print;
            *names.get_mut(count)? = (name.start, name.end);
            count += 1;
            scan.space();
            scan.take(b':')?;
            scan.space();
            let value = scan.value()?;
            claims.put(text.get(name)?, value)?;
            scan.space();
            if scan.take(b',').is_none() {
                break;
            }
        }
        scan.take(b'}')?;
        scan.space();
        (scan.at == text.len()).then_some(claims)
    }

    fn put(&mut self, name: &str, value: Plain<'t>) -> Option<()> {
        match (name, value) {
            ("exp", Plain::Integer(time)) => self.exp = Some(time),
            ("nbf", Plain::Integer(time)) => self.nbf = Some(time),
            ("iat", Plain::Integer(time)) => self.iat = Some(time),
            ("iss", Plain::Text(text)) => self.iss = Some(text),
            ("sub", Plain::Text(text)) => self.sub = Some(text),
            ("scope", Plain::Text(text)) => self.scope = Some(text),
            ("aud", Plain::Text(text)) => self.audience = Audiences::One(text),
            ("aud", Plain::Texts(texts)) => self.audience = Audiences::Several(texts),
            ("exp" | "nbf" | "iat" | "iss" | "sub" | "scope" | "aud" | "cnf" | "scp", _) => {
                return None;
            }
            _ => {}
        }
        Some(())
    }

    /// Whether all that plain expectations ask for holds without any leeway.
    fn hold(&self, expected: &Expectations) -> Option<()> {
        /// Times beyond this are left to the long way.
        const FAR: i64 = 100_000_000_000;
        let now = expected.now.unix();
        let held = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty()
                || found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
        };
        let expires = self.exp?;
        let reached = |time: Option<i64>| time.is_none_or(|time| (0..=now).contains(&time));
        let in_time = now < expires && expires < FAR && reached(self.nbf) && reached(self.iat);
        let granted = |scope: &String| {
            self.scope
                .is_some_and(|words| words.split(' ').any(|word| word == scope))
        };
        let holds = in_time
            && held(&expected.issuers, self.iss)
            && held(&expected.subjects, self.sub)
            && expected.scopes.iter().all(granted)
            && self.audience.holds(&expected.audiences);
        holds.then_some(())
    }
}

impl Audiences<'_> {
    fn holds(&self, expected: &Audience) -> bool {
        match (expected, self) {
            (Audience::Any, _) | (Audience::Unknown, Self::Absent) => true,
            (Audience::Unknown, _) | (Audience::Named(_), Self::Absent) => false,
            (Audience::Named(wanted), Self::One(name)) => {
                wanted.iter().any(|wanted| wanted == name)
            }
            (Audience::Named(wanted), Self::Several(inside)) => {
                // Strings without escapes: what stands between each pair of quotes.
                let names = inside.split('"').skip(1).step_by(2);
                names
                    .into_iter()
                    .any(|name| wanted.iter().any(|wanted| wanted == name))
            }
        }
    }
}

/// The length of a name and its first bytes.
fn fingerprint(name: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(name) {
        *to = *from;
    }
    u64::from_le_bytes(first).rotate_left(7) ^ name.len() as u64
}

/// How many bytes stand before the first quote, backslash or control character; None if there is none of these.
///
/// Eight bytes at a time: subtracting borrows from the next byte only above a hit, so that the lowest mark is a true one.
fn plain_length(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let below = |value: u64, limit: u8| value.wrapping_sub(ONES * u64::from(limit)) & !value;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let marks = (below(word, 0x20) | is(b'"') | is(b'\\')) & HIGH;
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    Some(words.len() * 8 + rest.iter().position(stops)?)
}

/// A reader of flat JSON.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn take(&mut self, byte: u8) -> Option<()> {
        if self.peek() != Some(byte) {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// A string without escapes and control characters.
    fn string(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let length = plain_length(self.text.as_bytes().get(self.at..)?)?;
        let start = self.at;
        self.at += length;
        self.take(b'"')?;
        Some(start..start + length)
    }

    fn value(&mut self) -> Option<Plain<'t>> {
        match self.peek()? {
            b'"' => {
                let range = self.string()?;
                self.text.get(range).map(Plain::Text)
            }
            b'0'..=b'9' => self.integer().map(Plain::Integer),
            b'[' => self.strings().map(Plain::Texts),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<Plain<'t>> {
        let there = self.text.get(self.at..)?.starts_with(word);
        self.at += word.len();
        there.then_some(Plain::Other)
    }

    /// A whole number of at most 15 digits, so that every reader sees the same one.
    fn integer(&mut self) -> Option<i64> {
        let start = self.at;
        let mut value = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
            if self.at - start > 15 {
                return None;
            }
        }
        let leading_zero = self.at - start > 1 && self.text.as_bytes().get(start) == Some(&b'0');
        let plain = !leading_zero && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        plain.then_some(value)
    }

    fn strings(&mut self) -> Option<&'t str> {
        self.take(b'[')?;
        let start = self.at;
        loop {
            self.space();
            self.string()?;
            self.space();
            if self.take(b',').is_none() {
                break;
            }
        }
        let inside = self.text.get(start..self.at)?;
        self.take(b']')?;
        Some(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_its_first_quote_backslash_or_control_character() {
        let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for length in 0..20 {
            let plain: Vec<u8> = (0..length)
                .map(|at| [b'a', 0x20, 0x7f, 0xff][at % 4])
                .collect();
            assert_eq!(plain_length(&plain), None);
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = plain.clone();
                    text[at] = byte;
                    text[length - 1] = if at == length - 1 { byte } else { b'"' };
                    assert_eq!(plain_length(&text), text.iter().position(stops), "{text:?}");
                }
            }
        }
    }
}
