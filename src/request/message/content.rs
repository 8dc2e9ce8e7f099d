//! The content of a message: at hand, or too large for that and read in pieces.

use std::fmt;
use std::sync::Arc;

use crate::kernel::source::Span;

/// Content that is read from the start each time it is asked for.
pub trait ContentStream: fmt::Debug + Send + Sync {
    /// How many bytes.
    fn length(&self) -> u64;

    /// Hands all bytes to the sink, in order.
    ///
    /// # Errors
    /// What went wrong, in words; the sink may have seen a part.
    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), String>;
}

/// Where the content is.
#[derive(Debug, Clone)]
pub enum Content {
    /// In the source of the message.
    Within(Span),
    /// Apart from it: decoded, or put in its place.
    Apart(Arc<[u8]>),
    /// Elsewhere, too large to be held.
    Stream(Arc<dyn ContentStream>),
}

/// The content could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be read: {0}")]
pub struct ContentError(pub String);
