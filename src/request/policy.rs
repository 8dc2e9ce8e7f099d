//! What is demanded of a signature, whatever its scheme.

use super::algorithm::Algorithm;
use super::component::Component;
use super::freshness::Window;

/// What a message must have covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Required {
    /// What the scheme should cover: of RFC 9421 method, authority, the whole target, and the digest of a body.
    Default,
    /// These components.
    Listed(Vec<Component>),
}

/// What is demanded of a signature.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The label to look at; None looks at all.
    pub label: Option<String>,
    /// The components that must be covered.
    pub required: Required,
    /// The algorithms that are accepted; None accepts those of the keys.
    pub algorithms: Option<Vec<Algorithm>>,
    /// The `tag` that must be there.
    pub tag: Option<String>,
    /// The `nonce` that must be there.
    pub nonce: Option<String>,
    /// How fresh it must be.
    pub window: Window,
    /// Whether the largest age was asked for by name: a scheme that signs no time cannot meet it.
    pub dated: bool,
    /// Whether what must not be seen twice is wanted.
    pub remembers: bool,
}

impl Policy {
    /// The default demands within a window.
    pub fn new(window: Window) -> Self {
        Self {
            label: None,
            required: Required::Default,
            algorithms: None,
            tag: None,
            nonce: None,
            window,
            dated: false,
            remembers: true,
        }
    }

    /// Whether an algorithm is accepted.
    pub fn accepts(&self, algorithm: Algorithm) -> bool {
        self.algorithms
            .as_ref()
            .is_none_or(|accepted| accepted.contains(&algorithm))
    }
}
