//! PEM as RFC 7468 describes it and as files are: text around the blocks, CRLF, any number of blocks.
//!
//! A line that was wrapped differently is accepted; a block whose base64 does not decode is an error with its line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::der::{Reader, tag};

/// One `-----BEGIN …-----` block.
#[derive(Clone)]
pub struct Block {
    /// The words after `BEGIN`.
    pub label: String,
    /// The decoded bytes.
    pub der: Zeroizing<Vec<u8>>,
    /// The line of `BEGIN`, from 1.
    pub line: usize,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({}, line {})", self.label, self.line)
    }
}

/// Why a text is not PEM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// No `END` line.
    #[error("the PEM block `{label}` that begins in line {line} has no end")]
    NoEnd {
        /// The block's label.
        label: String,
        /// The line of `BEGIN`.
        line: usize,
    },
    /// The contents do not decode.
    #[error("the PEM block `{label}` that begins in line {line} does not hold base64")]
    NotBase64 {
        /// The block's label.
        label: String,
        /// The line of `BEGIN`.
        line: usize,
    },
    /// The old OpenSSL encryption, which has no integrity and a weak key derivation.
    #[error(
        "the PEM block `{label}` in line {line} uses OpenSSL's old encryption (`Proc-Type: 4,ENCRYPTED`)"
    )]
    LegacyEncryption {
        /// The block's label.
        label: String,
        /// The line of `BEGIN`.
        line: usize,
    },
    /// A block that others would pass over in silence.
    #[error(
        "line {line} holds `-----BEGIN ` behind other characters: a PEM block begins at the start of its line"
    )]
    Displaced {
        /// The line.
        line: usize,
    },
    /// The whole PEM stands in one line, as after a paste through a variable.
    #[error("the PEM has lost its line breaks")]
    LostLineBreaks,
}

/// Whether some bytes look like PEM. What is DER is not, whatever text stands inside: who reads it as one must not be
/// shown the other.
pub fn is_pem(bytes: &[u8]) -> bool {
    !is_der(bytes) && memchr::memmem::find(bytes, b"-----BEGIN ").is_some()
}

/// A SEQUENCE that fills the bytes, or one whose length no text begins with.
fn is_der(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let fills = reader.read(tag::SEQUENCE).is_ok() && reader.is_empty();
    fills || matches!(bytes, [tag::SEQUENCE, length, ..] if *length >= 0x80)
}

/// All blocks of a text.
///
/// # Errors
/// The first defect. A text without a block is an empty list.
pub fn parse(text: &str) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    // Notepad and PowerShell begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(rest) = line.trim().strip_prefix("-----BEGIN ") else {
            if line.contains("-----BEGIN ") && line.contains("-----END ") {
                return Err(PemError::LostLineBreaks);
            }
            if line.contains("-----BEGIN ") {
                return Err(PemError::Displaced { line: index + 1 });
            }
            continue;
        };
        match rest.strip_suffix("-----") {
            Some(label) if !label.contains("-----") => {
                blocks.push(block(label.to_owned(), index + 1, &mut lines)?);
            }
            _ => return Err(PemError::LostLineBreaks),
        }
    }
    Ok(blocks)
}

fn block<'a>(
    label: String,
    line: usize,
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
) -> Result<Block, PemError> {
    let end = format!("-----END {label}-----");
    let mut body = Zeroizing::new(String::new());
    for (_, text) in lines {
        let text = text.trim();
        if text == end {
            let der = STANDARD
                .decode(body.as_bytes())
                .map_err(|_| PemError::NotBase64 {
                    label: label.clone(),
                    line,
                })?;
            return Ok(Block {
                label,
                der: Zeroizing::new(der),
                line,
            });
        }
        if text.starts_with("Proc-Type:") && text.contains("ENCRYPTED") {
            return Err(PemError::LegacyEncryption { label, line });
        }
        body.push_str(text);
    }
    Err(PemError::NoEnd { label, line })
}

/// One block as text, lines of 64 characters.
pub fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut out = Zeroizing::new(String::with_capacity(encoded.len() + 80));
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for chunk in encoded.as_bytes().chunks(64) {
        out.push_str(std::str::from_utf8(chunk).expect("base64 is ASCII"));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_blocks_amid_text_and_any_line_ends() {
        let text = "# a comment\r\n-----BEGIN A-----\r\nAAEC\r\n-----END A-----\r\nx\n-----BEGIN B C-----\nAw==\n-----END B C-----";
        let blocks = parse(text).unwrap();
        let seen: Vec<_> = blocks
            .iter()
            .map(|block| (block.label.as_str(), block.der.to_vec(), block.line))
            .collect();
        assert_eq!(seen, [("A", vec![0, 1, 2], 2), ("B C", vec![3], 6)]);
    }

    #[test]
    fn names_each_defect() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("-----BEGIN A-----\nAAEC\n").contains("has no end"));
        assert!(error("-----BEGIN A-----\n!\n-----END A-----").contains("not hold base64"));
        assert!(error("-----BEGIN A----- AAEC -----END A-----").contains("line breaks"));
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAEC\n-----END RSA PRIVATE KEY-----";
        assert!(error(old).contains("old encryption"));
        let quoted = "subject: -----BEGIN A-----\nAAEC\n-----END A-----";
        assert!(error(quoted).contains("line 1 holds"));
    }

    #[test]
    fn a_byte_order_mark_hides_no_block() {
        let blocks = parse("\u{feff}-----BEGIN A-----\nAAEC\n-----END A-----").unwrap();
        assert_eq!(blocks.len(), 1);
    }

    #[test]
    fn der_is_not_pem_whatever_it_holds() {
        let pem = b"\n-----BEGIN A-----\nAAEC\n-----END A-----\n";
        assert!(is_pem(pem));
        for length in [40, 200] {
            let mut contents = vec![0; length];
            contents.extend_from_slice(pem);
            let der = super::super::der::element(tag::SEQUENCE, &contents);
            assert!(!is_pem(&der));
        }
        assert!(is_pem(b"0 certificates before\n-----BEGIN A-----\n"));
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 200] {
            let der = vec![7; length];
            let blocks = parse(&write("X", &der)).unwrap();
            assert_eq!(blocks[0].der.as_slice(), der);
        }
    }
}
