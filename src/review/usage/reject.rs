//! Why a row of a log could not be used.

/// The reasons; each has a code that the part and the views share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reject {
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON.
    NotJson,
    /// The last line, which has no end and is no whole JSON.
    Truncated,
    /// JSON, but no object.
    NotAnObject,
    /// Longer than a row may be.
    TooLong,
    /// Nested too deeply.
    TooDeep,
    /// A member that matters is there twice.
    DuplicateMember,
    /// A text that matters spells none, such as half a surrogate pair.
    NotText,
    /// No time.
    NoTime,
    /// A time that cannot be read, or one before 1970 or after 2105.
    BadTime,
    /// A time after the present.
    InTheFuture,
    /// Whether it succeeded is not said.
    NoOutcome,
    /// Who did it is not said.
    NoPrincipal,
    /// What was done is not said.
    NoPermission,
    /// A name longer than [`MAX_NAME`].
    LongName,
}

/// The longest name of a principal or a permission, in bytes.
pub const MAX_NAME: usize = 4_096;

impl Reject {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::Truncated,
        Self::NotAnObject,
        Self::TooLong,
        Self::TooDeep,
        Self::DuplicateMember,
        Self::NotText,
        Self::NoTime,
        Self::BadTime,
        Self::InTheFuture,
        Self::NoOutcome,
        Self::NoPrincipal,
        Self::NoPermission,
        Self::LongName,
    ];

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotJson => "not-json",
            Self::Truncated => "truncated",
            Self::NotAnObject => "not-an-object",
            Self::TooLong => "too-long",
            Self::TooDeep => "too-deep",
            Self::DuplicateMember => "duplicate-member",
            Self::NotText => "not-text",
            Self::NoTime => "no-time",
            Self::BadTime => "bad-time",
            Self::InTheFuture => "in-the-future",
            Self::NoOutcome => "no-outcome",
            Self::NoPrincipal => "no-principal",
            Self::NoPermission => "no-permission",
            Self::LongName => "long-name",
        }
    }
}
