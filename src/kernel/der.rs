//! A strict reader and a small writer for DER (X.690), for keys.
//!
//! It accepts definite, minimal lengths and single-byte tags only, which is all that PKCS#1, PKCS#8, SEC 1 and
//! SubjectPublicKeyInfo use. Certificates are read elsewhere.

/// Universal tags and the context tags that key formats use.
pub mod tag {
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;
    /// `[0]`, constructed.
    pub const CONTEXT_0: u8 = 0xa0;
    /// `[1]`, constructed.
    pub const CONTEXT_1: u8 = 0xa1;
    /// `[3]`, constructed.
    pub const CONTEXT_3: u8 = 0xa3;
    /// `[0]`, primitive.
    pub const CONTEXT_0_PRIMITIVE: u8 = 0x80;
    /// `[1]`, primitive.
    pub const CONTEXT_1_PRIMITIVE: u8 = 0x81;
}

/// The bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed DER")]
pub struct Malformed;

/// Reads elements one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element.
    pub fn peek(self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The contents of the next element, which must have this tag.
    ///
    /// # Errors
    /// [`Malformed`] for another tag, a length that is not minimal, or too few bytes.
    pub fn read(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        if self.peek() != Some(tag) {
            return Err(Malformed);
        }
        let (length, header) = read_length(self.0.get(1..).unwrap_or_default())?;
        let start = 1 + header;
        let end = start.checked_add(length).ok_or(Malformed)?;
        let contents = self.0.get(start..end).ok_or(Malformed)?;
        self.0 = self.0.get(end..).unwrap_or_default();
        Ok(contents)
    }

    /// The next element whole, tag and length included.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn whole(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let before = self.0;
        self.read(tag)?;
        let length = before.len() - self.0.len();
        before.get(..length).ok_or(Malformed)
    }

    /// The tag and the contents of the next element, whatever it is.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn any(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let tag = self.peek().ok_or(Malformed)?;
        // X.690 §8.1.2.4: tags of several bytes are used by nothing that is read here.
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        Ok((tag, self.read(tag)?))
    }

    /// A reader of the contents of the next element.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.read(tag).map(Reader)
    }

    /// The contents of the next element if it has this tag.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.peek() == Some(tag) {
            self.read(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A non-negative INTEGER as big-endian octets without leading zeros; zero is empty.
    ///
    /// # Errors
    /// [`Malformed`] if it is negative or not minimal.
    pub fn unsigned(&mut self) -> Result<&'a [u8], Malformed> {
        match self.read(tag::INTEGER)? {
            [0] => Ok(&[]),
            [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Ok(rest),
            [first, ..] if *first == 0 || *first >= 0x80 => Err(Malformed),
            [] => Err(Malformed),
            contents => Ok(contents),
        }
    }

    /// A BIT STRING of whole octets.
    ///
    /// # Errors
    /// [`Malformed`] if bits are left over.
    pub fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        match self.read(tag::BIT_STRING)? {
            [0, rest @ ..] => Ok(rest),
            _ => Err(Malformed),
        }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`Malformed`] if something is.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }
}

fn read_length(bytes: &[u8]) -> Result<(usize, usize), Malformed> {
    let first = usize::from(*bytes.first().ok_or(Malformed)?);
    if first < 0x80 {
        return Ok((first, 1));
    }
    let count = first & 0x7f;
    if count == 0 || count > 4 {
        return Err(Malformed);
    }
    let digits = bytes.get(1..=count).ok_or(Malformed)?;
    let length = digits
        .iter()
        .fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
    // X.690 §10.1: the shortest form that holds the length.
    let minimal = if count == 1 {
        length >= 0x80
    } else {
        digits.first() != Some(&0)
    };
    if minimal {
        Ok((length, 1 + count))
    } else {
        Err(Malformed)
    }
}

/// One element: tag, length, contents.
pub fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len();
    if length < 0x80 {
        out.push(u8::try_from(length).expect("checked to be below 128"));
    } else {
        let bytes = length.to_be_bytes();
        let skip = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | u8::try_from(bytes.len() - skip).expect("a usize has few bytes"));
        out.extend_from_slice(bytes.get(skip..).unwrap_or_default());
    }
    out.extend_from_slice(contents);
    out
}

/// A SEQUENCE of elements that are encoded already.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, &parts.concat())
}

/// A non-negative INTEGER from big-endian octets.
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let skip = octets.iter().take_while(|byte| **byte == 0).count();
    let octets = octets.get(skip..).unwrap_or_default();
    let needs_zero = octets.first().is_none_or(|byte| *byte >= 0x80);
    let mut contents = vec![0; usize::from(needs_zero)];
    contents.extend_from_slice(octets);
    element(tag::INTEGER, &contents)
}

/// A BIT STRING of whole octets.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    let mut contents = vec![0];
    contents.extend_from_slice(octets);
    element(tag::BIT_STRING, &contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_lengths_that_are_not_minimal() {
        for bytes in [
            &[0x04, 0x81, 0x01, 0xff][..],
            &[0x04, 0x82, 0x00, 0x81],
            &[0x04, 0x80],
            &[0x04, 0x02, 0xff],
            &[0x04],
            &[],
        ] {
            assert_eq!(Reader::new(bytes).read(tag::OCTET_STRING), Err(Malformed));
        }
    }

    #[test]
    fn integers_are_minimal_and_not_negative() {
        assert_eq!(Reader::new(&[2, 1, 0]).unsigned(), Ok(&[][..]));
        assert_eq!(Reader::new(&[2, 2, 0, 0x80]).unsigned(), Ok(&[0x80][..]));
        assert_eq!(Reader::new(&[2, 2, 0, 0x7f]).unsigned(), Err(Malformed));
        assert_eq!(Reader::new(&[2, 1, 0x80]).unsigned(), Err(Malformed));
        assert_eq!(Reader::new(&[2, 0]).unsigned(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let written = element(tag::OCTET_STRING, &octets);
            let mut reader = Reader::new(&written);
            prop_assert_eq!(reader.read(tag::OCTET_STRING).unwrap(), &octets[..]);
            prop_assert!(reader.is_empty());
            let number = unsigned(&octets);
            let skip = octets.iter().take_while(|byte| **byte == 0).count();
            prop_assert_eq!(Reader::new(&number).unsigned().unwrap(), &octets[skip..]);
        }

        #[test]
        fn never_panics(octets in proptest::collection::vec(any::<u8>(), 0..64), tag in any::<u8>()) {
            let _checked = Reader::new(&octets).read(tag).is_ok();
        }
    }
}
