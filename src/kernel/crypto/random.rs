//! Randomness as an argument.

use ring::rand::SecureRandom as _;

/// A source of random bytes. The command line hands in the system's.
pub trait Random {
    /// Fills a buffer.
    ///
    /// # Errors
    /// [`RandomError`] if the system has none to give.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError>;

    /// As many random bytes as asked for.
    ///
    /// # Errors
    /// As [`Random::fill`].
    fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError>
    where
        Self: Sized,
    {
        let mut buffer = [0; N];
        self.fill(&mut buffer)?;
        Ok(buffer)
    }
}

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's source of randomness failed")]
pub struct RandomError;

/// The operating system's source.
#[derive(Debug, Clone)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The source itself, for the algorithms that draw from it.
    pub(crate) fn ring(&self) -> &ring::rand::SystemRandom {
        &self.0
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(buffer).map_err(|_| RandomError)
    }
}
