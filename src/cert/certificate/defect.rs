//! Why bytes are not a certificate, and what is wrong with how one is written.

/// Why bytes are not a certificate that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not the structure of a certificate.
    #[error("it is not a certificate: {0} cannot be read")]
    Malformed(&'static str),
    /// Bytes after it.
    #[error("bytes follow the certificate")]
    Trailing,
    /// Larger than any certificate in use.
    #[error("it has more than {} bytes", super::MAX_BYTES)]
    TooLarge,
    /// A certificate that is not written as it must be.
    #[error("{0}")]
    Defective(Defect),
}

/// What makes a certificate or a revocation list unusable whatever it says: it is not DER, or not of the profile's
/// syntax. Such bytes may be read differently by different programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// Not version 3.
    #[error("it is of version {0}, not 3 (RFC 5280 §4.1.2.1)")]
    Version(u64),
    /// Not version 2.
    #[error("it is of version {0}, not 2 (RFC 5280 §5.1.2.1)")]
    ListVersion(u64),
    /// The two places that name the signature algorithm differ.
    #[error("it names two different signature algorithms (RFC 5280 §4.1.1.2)")]
    AlgorithmMismatch,
    /// An extension twice.
    #[error("it has the extension {0} twice (RFC 5280 §4.2)")]
    DuplicateExtension(String),
    /// No extension in the list of extensions.
    #[error("its list of extensions is empty (RFC 5280 §4.1)")]
    NoExtensions,
    /// A value that is the default and is written all the same.
    #[error("{0} is written although it is the default (X.690 §11.5)")]
    DefaultWritten(&'static str),
    /// A boolean that is neither of the two bytes.
    #[error("a boolean is written as {0:#04x}; DER has 0xff for true (X.690 §11.1)")]
    Boolean(u8),
    /// A serial number with superfluous bytes, or with none.
    #[error("its serial number is not a minimal INTEGER (X.690 §8.3.2)")]
    SerialEncoding,
    /// A time that is written in another way.
    #[error("{0}: {1}")]
    Time(&'static str, &'static str),
    /// An extension that cannot be read.
    #[error("its extension {name} cannot be read: {problem}")]
    Extension {
        /// Its name, or OID.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A second list of revoked certificates that is there and empty.
    #[error("its list of revoked certificates is empty; it is left out then (RFC 5280 §5.1.2.6)")]
    EmptyRevoked,
}
