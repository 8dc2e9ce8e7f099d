//! The words of one command as a POSIX shell splits them (XCU §2.2), with `$'…'` of bash.
//!
//! Nothing is expanded: where a shell would put in something that the text does not hold (a variable, the output of a
//! command), that is an error with its place, never a guess.

use super::{CurlError, Problem};

/// A word and where it begins.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) bytes: Vec<u8>,
    pub(super) offset: usize,
}

/// The words of a command, and what of the text was passed over.
pub(super) struct Words {
    pub(super) words: Vec<Word>,
    pub(super) notes: Vec<String>,
}

/// Splits a command line.
pub(super) fn split(line: &str) -> Result<Words, CurlError> {
    let mut reader = Reader {
        bytes: line.as_bytes(),
        at: 0,
        words: Words {
            words: Vec::new(),
            notes: Vec::new(),
        },
        word: None,
    };
    reader.read()?;
    Ok(reader.words)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    words: Words,
    word: Option<Word>,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), CurlError> {
        while let Some(byte) = self.peek(0) {
            let start = self.at;
            self.at += 1;
            match byte {
                b' ' | b'\t' => self.end_word(),
                // A line end of Windows, pasted.
                b'\r' if self.peek(0).is_none_or(|next| next == b'\n') => self.end_word(),
                b'\n' | b';' | b'&' => self.end_command(start, byte)?,
                b'|' => {
                    self.end_word();
                    let note = "what follows `|` in the shell line is not read";
                    self.words.notes.push(note.into());
                    return Ok(());
                }
                b'#' if self.word.is_none() => self.skip_comment(),
                b'<' | b'>' | b'(' | b')' => {
                    return Err(self.error(start, Problem::ShellOperator(char::from(byte))));
                }
                b'`' if self.peek(0).is_some_and(|next| b"\r\n".contains(&next)) => {
                    return Err(self.error(start, Problem::PowerShell));
                }
                b'^' if self.peek(0).is_some_and(|next| b"\r\n\"".contains(&next)) => {
                    return Err(self.error(start, Problem::Cmd));
                }
                b'`' => return Err(self.error(start, Problem::Expansion)),
                b'{' => return Err(self.error(start, Problem::Brace)),
                b'~' if self.word.is_none() => {
                    return Err(self.error(start, Problem::Expansion));
                }
                b'\'' => self.single(start)?,
                b'"' => self.double(start)?,
                b'$' => self.dollar(start)?,
                b'\\' => self.backslash(start)?,
                other => self.push(start, &[other]),
            }
        }
        self.end_word();
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn error(&self, offset: usize, problem: Problem) -> CurlError {
        CurlError { offset, problem }
    }

    fn push(&mut self, start: usize, bytes: &[u8]) {
        let word = self.word.get_or_insert_with(|| Word {
            bytes: Vec::new(),
            offset: start,
        });
        word.bytes.extend_from_slice(bytes);
    }

    fn end_word(&mut self) {
        self.words.words.extend(self.word.take());
    }

    fn skip_comment(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    // A line end before the first word, and anything blank after the last, is no second command.
    fn end_command(&mut self, start: usize, operator: u8) -> Result<(), CurlError> {
        self.end_word();
        if operator == b'\n' && self.words.words.is_empty() {
            return Ok(());
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.trim_ascii().is_empty() {
            return Err(self.error(start, Problem::SecondCommand(char::from(operator))));
        }
        self.at = self.bytes.len();
        Ok(())
    }

    fn single(&mut self, start: usize) -> Result<(), CurlError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(b'\'', rest)
            .ok_or_else(|| self.error(start, Problem::UnclosedQuote('\'')))?;
        let text = rest.get(..length).unwrap_or_default().to_vec();
        self.push(start, &text);
        self.at += length + 1;
        Ok(())
    }

    fn double(&mut self, start: usize) -> Result<(), CurlError> {
        self.push(start, b"");
        loop {
            let at = self.at;
            let byte = self
                .peek(0)
                .ok_or_else(|| self.error(start, Problem::UnclosedQuote('"')))?;
            self.at += 1;
            match byte {
                b'"' => return Ok(()),
                b'`' => return Err(self.error(at, Problem::Expansion)),
                b'$' if self.expands() => return Err(self.error(at, Problem::Expansion)),
                b'\\' => match self.peek(0) {
                    Some(b'\n') => self.at += 1,
                    Some(next @ (b'$' | b'`' | b'"' | b'\\')) => {
                        self.at += 1;
                        self.push(start, &[next]);
                    }
                    _ => self.push(start, b"\\"),
                },
                other => self.push(start, &[other]),
            }
        }
    }

    /// Whether what follows a `$` makes it an expansion.
    fn expands(&self) -> bool {
        self.peek(0)
            .is_some_and(|next| next.is_ascii_alphanumeric() || b"_{(@*#?$!-".contains(&next))
    }

    fn dollar(&mut self, start: usize) -> Result<(), CurlError> {
        match self.peek(0) {
            Some(b'\'') => {
                self.at += 1;
                self.ansi_c(start)
            }
            // A translated string: its text, where there is no translation.
            Some(b'"') => {
                self.at += 1;
                self.double(start)
            }
            _ if self.expands() => Err(self.error(start, Problem::Expansion)),
            _ => {
                self.push(start, b"$");
                Ok(())
            }
        }
    }

    fn backslash(&mut self, start: usize) -> Result<(), CurlError> {
        match (self.peek(0), self.peek(1)) {
            (Some(b'\n'), _) => self.at += 1,
            (Some(b'\r'), Some(b'\n')) => {
                self.at += 2;
                let note = "line ends of Windows in the shell line are read as plain ones";
                if !self.words.notes.iter().any(|known| known == note) {
                    self.words.notes.push(note.into());
                }
            }
            (Some(next), _) => {
                self.at += 1;
                self.push(start, &[next]);
            }
            (None, _) => return Err(self.error(start, Problem::TrailingBackslash)),
        }
        Ok(())
    }

    fn ansi_c(&mut self, start: usize) -> Result<(), CurlError> {
        self.push(start, b"");
        loop {
            let at = self.at;
            let byte = self
                .peek(0)
                .ok_or_else(|| self.error(start, Problem::UnclosedQuote('\'')))?;
            self.at += 1;
            match byte {
                b'\'' => return Ok(()),
                b'\\' => self.ansi_c_escape(start, at)?,
                other => self.push(start, &[other]),
            }
        }
    }

    fn ansi_c_escape(&mut self, start: usize, at: usize) -> Result<(), CurlError> {
        let escape = self
            .peek(0)
            .ok_or_else(|| self.error(start, Problem::UnclosedQuote('\'')))?;
        self.at += 1;
        let byte = match escape {
            b'a' => 7,
            b'b' => 8,
            b'e' | b'E' => 0x1b,
            b'f' => 0xc,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0xb,
            b'\\' | b'\'' | b'"' | b'?' => escape,
            b'0'..=b'7' => {
                self.at -= 1;
                self.number(8, 3).unwrap_or(0).to_le_bytes()[0]
            }
            b'x' => match self.number(16, 2) {
                Some(value) => value.to_le_bytes()[0],
                None => return self.keep(start, b'x'),
            },
            b'u' | b'U' => return self.ansi_c_unicode(start, at, escape),
            b'c' => {
                let next = self
                    .peek(0)
                    .ok_or_else(|| self.error(start, Problem::UnclosedQuote('\'')))?;
                self.at += 1;
                next & 0x1f
            }
            other => return self.keep(start, other),
        };
        // bash ends the whole string at a NUL, so the text after it is lost.
        if byte == 0 {
            return Err(self.error(at, Problem::Nul));
        }
        self.push(start, &[byte]);
        Ok(())
    }

    fn ansi_c_unicode(&mut self, start: usize, at: usize, kind: u8) -> Result<(), CurlError> {
        let Some(code) = self.number(16, if kind == b'u' { 4 } else { 8 }) else {
            return self.keep(start, kind);
        };
        let bad = if code == 0 {
            Problem::Nul
        } else {
            Problem::NotACharacter
        };
        match char::from_u32(code).filter(|_| code != 0) {
            Some(c) => {
                self.push(start, c.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(())
            }
            None => Err(self.error(at, bad)),
        }
    }

    // A backslash before anything else stays.
    fn keep(&mut self, start: usize, escape: u8) -> Result<(), CurlError> {
        self.push(start, &[b'\\', escape]);
        Ok(())
    }

    fn number(&mut self, radix: u32, digits: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..digits {
            let Some(digit) = self
                .peek(0)
                .and_then(|byte| char::from(byte).to_digit(radix))
            else {
                break;
            };
            value = Some(value.unwrap_or(0_u32).wrapping_mul(radix) + digit);
            self.at += 1;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Vec<String>, (usize, Problem)> {
        let split = split(line).map_err(|error| (error.offset, error.problem))?;
        let text = |word: Word| String::from_utf8(word.bytes).unwrap();
        Ok(split.words.into_iter().map(text).collect())
    }

    #[test]
    fn quotes_as_a_shell_does() {
        let table: [(&str, &[&str]); 12] = [
            ("a  b\tc", &["a", "b", "c"]),
            (r#"'a b'"c d"e\ f"#, &["a bc de f"]),
            ("a \\\n b", &["a", "b"]),
            ("a\\\nb", &["ab"]),
            (r#""\$ \` \" \\ \x 5$""#, &["$ ` \" \\ \\x 5$"]),
            ("'' \"\" $''", &["", "", ""]),
            (
                r"$'\x41\102\u00e9\U1F600\'\\\n\q\x'",
                &["AB\u{e9}\u{1f600}'\\\n\\q\\x"],
            ),
            ("a #b\n", &["a"]),
            ("a#b", &["a#b"]),
            ("\n\n a\n", &["a"]),
            ("a | jq .", &["a"]),
            ("a;", &["a"]),
        ];
        for (line, expected) in table {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        assert_eq!(split(r"$'\xff\377'").unwrap().words[0].bytes, [0xff, 0xff]);
    }

    #[test]
    fn refuses_what_a_shell_would_put_in() {
        let table = [
            ("a $B", 2, Problem::Expansion),
            ("a \"x${B}\"", 4, Problem::Expansion),
            ("a `b`", 2, Problem::Expansion),
            ("a ~/b", 2, Problem::Expansion),
            ("a {b,c}", 2, Problem::Brace),
            ("a x?b=1&c=2", 7, Problem::SecondCommand('&')),
            ("a\nb", 1, Problem::SecondCommand('\n')),
            ("a > b", 2, Problem::ShellOperator('>')),
            ("a 'b", 2, Problem::UnclosedQuote('\'')),
            ("a \"b", 2, Problem::UnclosedQuote('"')),
            ("a $'b\\'", 2, Problem::UnclosedQuote('\'')),
            ("a \\", 2, Problem::TrailingBackslash),
            (r"a $'b\0c'", 5, Problem::Nul),
            (r"a $'\ud800'", 4, Problem::NotACharacter),
            ("a ^\"b^\"", 2, Problem::Cmd),
            ("a `\n b", 2, Problem::PowerShell),
        ];
        for (line, offset, problem) in table {
            assert_eq!(words(line).unwrap_err(), (offset, problem), "{line}");
        }
    }
}
