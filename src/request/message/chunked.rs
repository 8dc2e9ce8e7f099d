//! The chunked transfer coding (RFC 9112 §7.1), taken off: what is signed is the content without it.

use super::MessageError;

/// A decoded body.
pub(super) struct Decoded {
    /// The content.
    pub(super) content: Vec<u8>,
    /// Where the trailer section starts.
    pub(super) trailers: usize,
}

/// Takes the coding off the bytes from `start` to the end of the last chunk.
pub(super) fn decode(bytes: &[u8], start: usize) -> Result<Decoded, MessageError> {
    let mut content = Vec::new();
    let mut at = start;
    loop {
        let line = line_at(bytes, at).ok_or(MessageError::BadChunk { offset: at })?;
        let length = size(line.text).ok_or(MessageError::BadChunk { offset: at })?;
        at = line.end;
        if length == 0 {
            return Ok(Decoded {
                content,
                trailers: at,
            });
        }
        let chunk = at
            .checked_add(length)
            .and_then(|end| bytes.get(at..end))
            .ok_or(MessageError::BadChunk { offset: at })?;
        content.extend_from_slice(chunk);
        at += length;
        // The same line end as after the size: a chunk that ends in CR is not one that is a byte shorter.
        let end = bytes
            .get(at..)
            .filter(|rest| rest.starts_with(line.line_end));
        at += end
            .map(|_| line.line_end.len())
            .ok_or(MessageError::BadChunk { offset: at })?;
    }
}

struct Line<'a> {
    text: &'a [u8],
    line_end: &'static [u8],
    end: usize,
}

fn line_at(bytes: &[u8], at: usize) -> Option<Line<'_>> {
    let rest = bytes.get(at..)?;
    let length = memchr::memchr(b'\n', rest)?;
    let line = rest.get(..length)?;
    let stripped = line.strip_suffix(b"\r");
    Some(Line {
        text: stripped.unwrap_or(line),
        line_end: if stripped.is_some() { b"\r\n" } else { b"\n" },
        end: at + length + 1,
    })
}

// RFC 9112 §7.1: hexadecimal digits, perhaps extensions after a semicolon, which say nothing about the content.
fn size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?;
    let digits = std::str::from_utf8(digits.trim_ascii_end()).ok()?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    usize::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_damage_is_located() {
        let bytes = b"4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\nA: b\r\n\r\n";
        let decoded = decode(bytes, 0).unwrap();
        assert_eq!(decoded.content, b"Wikipedia ");
        assert_eq!(&bytes[decoded.trailers..], b"A: b\r\n\r\n");
        for damaged in [
            "5\r\nWiki\r\n0\r\n\r\n",
            "zz\r\n",
            "\r\n",
            "4\r\nWiki",
            "-1\r\n",
            "fffffffff\r\n",
            "4\r\nWiki0\r\n",
            "5\r\nWiki\r\n\n0\r\n",
        ] {
            assert!(decode(damaged.as_bytes(), 0).is_err(), "{damaged:?}");
        }
    }
}
