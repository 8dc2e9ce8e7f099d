//! `zip: DEF`: raw DEFLATE (RFC 1951), undone within a bound. Nothing here compresses: it tells lengths (RFC 8725bis §3.6).

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use zeroize::Zeroizing;

/// Why a compressed content could not be read. It was authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// It unpacks to more than is allowed.
    #[error("the content unpacks to more than {0} bytes")]
    TooLarge(usize),
    /// It is not DEFLATE, ends too early, or something follows it.
    #[error("the content is not compressed as `zip` says")]
    NotDeflate,
}

/// Undoes the compression.
pub(super) fn inflate(packed: &[u8], limit: usize) -> Result<Zeroizing<Vec<u8>>, InflateError> {
    // Larger than the content by no more than DEFLATE's own factor, and never than the limit.
    let room = packed.len().saturating_mul(1032).min(limit);
    let mut content = Zeroizing::new(vec![0; room]);
    let mut state = DecompressorOxide::new();
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut state, packed, &mut content, 0, flags);
    match status {
        TINFLStatus::Done if read == packed.len() => {
            content.truncate(written);
            Ok(content)
        }
        TINFLStatus::HasMoreOutput => Err(InflateError::TooLarge(limit)),
        _ => Err(InflateError::NotDeflate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    #[test]
    fn unpacks_to_the_limit_and_no_further() {
        let content = vec![b'a'; 1000];
        let packed = compress_to_vec(&content, 9);
        assert_eq!(*inflate(&packed, 1000).unwrap(), content);
        assert_eq!(inflate(&packed, 999), Err(InflateError::TooLarge(999)));
        assert!(inflate(&compress_to_vec(&[], 9), 0).unwrap().is_empty());
    }

    #[test]
    fn refuses_what_is_cut_or_continued() {
        let packed = compress_to_vec(b"a text that is not long", 9);
        assert_eq!(
            inflate(&packed[..packed.len() - 1], 99),
            Err(InflateError::NotDeflate)
        );
        assert_eq!(
            inflate(&[&packed[..], &[0]].concat(), 99),
            Err(InflateError::NotDeflate)
        );
        assert_eq!(inflate(&[], 99), Err(InflateError::NotDeflate));
        assert_eq!(inflate(&[0xff; 9], 99), Err(InflateError::NotDeflate));
    }
}
