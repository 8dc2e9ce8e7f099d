//! A proof that needs no network: index, hashes and checkpoint in one file (C2SP tlog-proof).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::merkle::Hash;
use super::note::NoteError;

/// A proof of inclusion with the checkpoint that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineProof {
    /// The entry's place.
    pub index: u64,
    /// The hashes from the leaf up.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, as it was published.
    pub checkpoint: String,
}

const HEAD: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^63 entries has no longer proof.
const MAX_HASHES: usize = 63;

impl OfflineProof {
    /// The file.
    pub fn to_text(&self) -> String {
        let hashes: String = self
            .hashes
            .iter()
            .map(|hash| format!("{}\n", STANDARD.encode(hash)))
            .collect();
        format!(
            "{HEAD}\nindex {}\n{hashes}\n{}",
            self.index, self.checkpoint
        )
    }

    /// Reads the file; nothing of it is verified.
    ///
    /// # Errors
    /// [`NoteError::NotANote`] with what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let bad = NoteError::NotANote;
        if bytes.len() > 1 << 17 {
            return Err(bad("the proof is too large"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| bad("the proof is no UTF-8"))?;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(bad("the proof holds no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEAD) {
            return Err(bad("the first line of a proof is `c2sp.org/tlog-proof@v1`"));
        }
        lines.next_if(|line| line.starts_with("extra "));
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .filter(|digits| *digits == "0" || !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok())
            .ok_or(bad("the proof names no index"))?;
        let mut hashes = Vec::new();
        for line in lines {
            let hash = STANDARD.decode(line).ok();
            let hash = hash.and_then(|hash| Hash::try_from(hash).ok());
            hashes.push(hash.ok_or(bad("a line of the proof is no SHA-256 in base64"))?);
            if hashes.len() > MAX_HASHES {
                return Err(bad("the proof is longer than any tree is high"));
            }
        }
        Ok(Self {
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_as_it_is_written() {
        let proof = OfflineProof {
            index: 12,
            hashes: vec![[1; 32], [2; 32]],
            checkpoint: "a\n13\nAA==\n\n\u{2014} a AAAA\n".into(),
        };
        let text = proof.to_text();
        assert_eq!(OfflineProof::parse(text.as_bytes()), Ok(proof.clone()));
        let extra = text.replacen("index", "extra AAAA\nindex", 1);
        assert_eq!(OfflineProof::parse(extra.as_bytes()), Ok(proof));
        for bad in [
            text.replace("@v1", "@v2"),
            text.replace("index 12", "index 012"),
            text.replace("index 12", "index -1"),
            text.replace("index 12\n", ""),
            text.replacen("AQEB", "AQ", 1),
            "c2sp.org/tlog-proof@v1\nindex 1\n".to_owned(),
        ] {
            assert!(OfflineProof::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
