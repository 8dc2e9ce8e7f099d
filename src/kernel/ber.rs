//! BER made DER (X.690 §8), for files that other programs wrote: NSS, Bouncy Castle and old Windows write PKCS#12 so.
//!
//! Indefinite lengths become definite, lengths minimal, and OCTET STRINGs in pieces whole. Nothing else is changed: the order
//! of a SET and the values of a BOOLEAN stay what they were. Signed contents are not brought here, only envelopes.

use super::der::{self, Malformed, tag};

/// How deep elements may lie within one another.
const MAX_DEPTH: usize = 32;
/// An OCTET STRING in pieces.
const PIECES: u8 = 0x24;

/// The DER of one element, which must be all there is.
///
/// # Errors
/// [`Malformed`].
pub fn to_der(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(bytes.len());
    let rest = element(bytes, MAX_DEPTH, &mut out)?;
    match rest.is_empty() {
        true => Ok(out),
        false => Err(Malformed),
    }
}

/// Rewrites the first element; what follows it.
fn element<'a>(bytes: &'a [u8], depth: usize, out: &mut Vec<u8>) -> Result<&'a [u8], Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    let (tag, rest) = bytes.split_first().ok_or(Malformed)?;
    // §8.1.2.4: tags of several bytes are used by nothing that is read here; 0 ends an indefinite length.
    if tag & 0x1f == 0x1f || *tag == 0 {
        return Err(Malformed);
    }
    let constructed = tag & 0x20 != 0;
    let (length, rest) = length(rest)?;
    let mut contents = Vec::new();
    let rest = match length {
        Some(length) => {
            let (inner, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
            if constructed {
                let mut inner = inner;
                while !inner.is_empty() {
                    inner = piece(*tag, inner, depth, &mut contents)?;
                }
            } else {
                contents.extend_from_slice(inner);
            }
            rest
        }
        // §8.1.3.2: of constructed ones alone.
        None if !constructed => return Err(Malformed),
        None => {
            let mut inner = rest;
            loop {
                if let Some(rest) = inner.strip_prefix(&[0, 0]) {
                    break rest;
                }
                inner = piece(*tag, inner, depth, &mut contents)?;
            }
        }
    };
    let tag = if *tag == PIECES {
        tag::OCTET_STRING
    } else {
        *tag
    };
    out.extend(der::element(tag, &contents));
    Ok(rest)
}

/// Rewrites an element within another. §8.7.3: of an OCTET STRING in pieces the contents alone count.
fn piece<'a>(
    outer: u8,
    bytes: &'a [u8],
    depth: usize,
    contents: &mut Vec<u8>,
) -> Result<&'a [u8], Malformed> {
    if outer != PIECES {
        return element(bytes, depth, contents);
    }
    let mut whole = Vec::new();
    let rest = element(bytes, depth, &mut whole)?;
    let mut reader = der::Reader::new(&whole);
    contents.extend_from_slice(reader.read(tag::OCTET_STRING)?);
    Ok(rest)
}

/// A length and what follows it; None if it is indefinite.
fn length(bytes: &[u8]) -> Result<(Option<usize>, &[u8]), Malformed> {
    let (first, rest) = bytes.split_first().ok_or(Malformed)?;
    let count = usize::from(first & 0x7f);
    match first {
        0x80 => Ok((None, rest)),
        0xff => Err(Malformed),
        0x81.. => {
            let (digits, rest) = rest.split_at_checked(count).ok_or(Malformed)?;
            let mut value = 0_usize;
            for digit in digits {
                value = value.checked_mul(256).ok_or(Malformed)? | usize::from(*digit);
            }
            Ok((Some(value), rest))
        }
        _ => Ok((Some(count), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        // SEQUENCE (indefinite) of an INTEGER with a long length and an OCTET STRING in pieces, one of them in pieces again.
        let ber = [
            0x30, 0x80, 2, 0x82, 0, 1, 7, 0x24, 0x80, 4, 1, 0xaa, 0x24, 3, 4, 1, 0xbb, 0, 0, 0, 0,
        ];
        assert_eq!(to_der(&ber).unwrap(), [0x30, 7, 2, 1, 7, 4, 2, 0xaa, 0xbb]);
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0],
            &[4, 0x80, 0, 0],
            &[4, 2, 1],
            &[4, 1, 1, 0],
            &[0x24, 3, 2, 1, 1],
            &[0x1f, 0x81, 0],
            &[4, 0xff],
            &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0, 0],
        ] {
            assert_eq!(to_der(bad), Err(Malformed), "{bad:?}");
        }
        let deep = [[0x30, 0x80]; 100].concat();
        assert_eq!(to_der(&deep), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_der_stays_as_it_is(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let der = der::sequence(&[&der::element(tag::OCTET_STRING, &octets), &der::unsigned(&[7])]);
            prop_assert_eq!(to_der(&der).unwrap(), der);
        }

        #[test]
        fn never_panics(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(der) = to_der(&octets) {
                prop_assert_eq!(to_der(&der), Ok(der));
            }
        }
    }
}
