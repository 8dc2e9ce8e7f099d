//! Keys from passwords as PKCS#12 makes them (RFC 7292 appendix B).

use zeroize::Zeroizing;

use super::Pkcs12Error;
use crate::kernel::crypto::{Digest, DigestAlgorithm};
use crate::kernel::secret::Secret;

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// How a key is derived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Derivation<'a> {
    pub(super) digest: DigestAlgorithm,
    pub(super) salt: &'a [u8],
    pub(super) iterations: u32,
}

/// The password as a BMPString with its end (appendix B.1).
fn bmp(password: &Secret) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let text = std::str::from_utf8(password.expose()).map_err(|_| Pkcs12Error::BadPassword)?;
    let units = text.encode_utf16().chain(std::iter::once(0));
    Ok(Zeroizing::new(units.flat_map(u16::to_be_bytes).collect()))
}

impl Derivation<'_> {
    /// A key of `length` bytes.
    pub(super) fn derive(
        &self,
        password: &Secret,
        purpose: Purpose,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
        if self.iterations == 0 || self.iterations > super::MAX_ITERATIONS {
            return Err(Pkcs12Error::TooMuchWork);
        }
        let block = match self.digest {
            DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
            _ => 64,
        };
        let password = bmp(password)?;
        // Salt and password, each repeated to whole blocks.
        let mut input = Zeroizing::new(filled(self.salt, block));
        input.extend(filled(&password, block));
        let mut out = Zeroizing::new(Vec::with_capacity(length + 64));
        while out.len() < length {
            let mut digest = Digest::new(self.digest);
            digest.update(&vec![purpose as u8; block]);
            digest.update(&input);
            let mut a = Zeroizing::new(digest.finish());
            for _ in 1..self.iterations {
                let mut digest = Digest::new(self.digest);
                digest.update(&a);
                *a = digest.finish();
            }
            out.extend_from_slice(&a);
            let b = filled_to(&a, block);
            for part in input.chunks_exact_mut(block) {
                add_one_more(part, &b);
            }
        }
        out.truncate(length);
        Ok(out)
    }
}

/// As many copies as fill whole blocks.
fn filled(bytes: &[u8], block: usize) -> Vec<u8> {
    filled_to(bytes, bytes.len().div_ceil(block) * block)
}

fn filled_to(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(length).collect()
}

/// `part + b + 1`, as big-endian numbers of the same width.
fn add_one_more(part: &mut [u8], b: &[u8]) {
    let mut carry = 1_u16;
    for (byte, add) in part.iter_mut().zip(b).rev() {
        carry += u16::from(*byte) + u16::from(*add);
        *byte = (carry & 0xff) as u8;
        carry >>= 8;
    }
}
