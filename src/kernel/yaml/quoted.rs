//! Quoted scalars. Their further lines may have any indentation, as in libyaml.

use super::plain::fold;
use super::reader::{Read, Reader};

impl Reader<'_> {
    /// Reads the quoted scalar at the cursor and stops after its closing quote.
    pub(super) fn quoted(&mut self) -> Read<String> {
        let quote = self.byte().unwrap_or(b'"');
        let start = self.pos;
        self.pos += 1;
        let mut text = String::new();
        loop {
            let rest = self.bytes.get(self.pos..).unwrap_or_default();
            let special = if quote == b'"' {
                memchr::memchr3(b'"', b'\\', b'\n', rest)
            } else {
                memchr::memchr2(b'\'', b'\n', rest)
            };
            let Some(length) = special else {
                self.pos = start;
                return self.refuse("this quote is never closed");
            };
            let from = self.pos;
            self.pos += length;
            match self.byte() {
                Some(b'\n') => {
                    let line = self.slice(from, self.pos);
                    text.push_str(line.trim_end_matches([' ', '\t', '\r']));
                    let breaks = self.quoted_breaks();
                    fold(&mut text, breaks);
                }
                Some(b'\\') => {
                    text.push_str(self.slice(from, self.pos));
                    self.escape(&mut text)?;
                }
                _ => {
                    text.push_str(self.slice(from, self.pos));
                    self.pos += 1;
                    if quote == b'\'' && self.byte() == Some(b'\'') {
                        text.push('\'');
                        self.pos += 1;
                    } else {
                        return Ok(text);
                    }
                }
            }
        }
    }

    /// Steps over line breaks and the blanks around them; counts the breaks.
    fn quoted_breaks(&mut self) -> usize {
        let mut breaks = 0;
        loop {
            self.skip_blanks();
            if !self.skip_break() {
                return breaks;
            }
            breaks += 1;
        }
    }

    fn escape(&mut self, text: &mut String) -> Read<()> {
        self.pos += 1;
        let Some(code) = self.byte() else {
            return self.refuse("this quote is never closed");
        };
        if matches!(code, b'\n' | b'\r') {
            // An escaped line break joins the lines; further blank lines still count.
            self.skip_break();
            let breaks = self.quoted_breaks();
            text.extend(std::iter::repeat_n('\n', breaks));
            return Ok(());
        }
        self.pos += 1;
        let plain = match code {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' => ' ',
            b'"' => '"',
            b'/' => '/',
            b'\\' => '\\',
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => self.hex(2)?,
            b'u' => self.hex(4)?,
            b'U' => self.hex(8)?,
            _ => {
                self.pos -= 2;
                return self.refuse("this escape is unknown: write `\\\\` for a backslash");
            }
        };
        text.push(plain);
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Read<char> {
        let first = self.hex_digits(digits)?;
        // JSON writes characters beyond U+FFFF as two escapes (RFC 8259 §7).
        if (0xd800..0xdc00).contains(&first) && self.slice(self.pos, self.pos + 2) == "\\u" {
            self.pos += 2;
            let second = self.hex_digits(4)?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                if let Some(character) = char::from_u32(code) {
                    return Ok(character);
                }
            }
        }
        match char::from_u32(first) {
            Some(character) => Ok(character),
            None => self.refuse("this escape is not a Unicode character"),
        }
    }

    fn hex_digits(&mut self, digits: usize) -> Read<u32> {
        let text = self.slice(self.pos, self.pos + digits);
        let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u32::from_str_radix(text, 16) {
            Ok(code) if is_hex => {
                self.pos += digits;
                Ok(code)
            }
            _ => self.refuse("an escape needs hexadecimal digits here"),
        }
    }
}
