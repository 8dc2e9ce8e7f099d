//! Whose signatures: AWS's, or those that Google Cloud Storage made of them. The two differ in names alone.

use super::Variant;

/// Who defines a signature's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// AWS, `AWS4-…` with `x-amz-…`.
    Aws,
    /// Google Cloud Storage, `GOOG4-…` with `x-goog-…`.
    Google,
}

/// The names of a family.
#[derive(Debug)]
pub(super) struct Names {
    /// How the family's signatures are called in sentences.
    pub(super) title: &'static str,
    /// Why there is no signature to read.
    pub(super) missing: &'static str,
    /// How a value of `Authorization` begins.
    pub(super) authorization: &'static str,
    /// What stands before the secret in the first step of the key's chain.
    pub(super) key_prefix: &'static str,
    /// What ends every scope, and the chain.
    pub(super) terminator: &'static str,
    /// How the names of fields begin that must all be signed.
    pub(super) field_prefix: &'static str,
    /// The field with the time, as it is written.
    pub(super) date: &'static str,
    /// The field with the hash of the body.
    pub(super) content_sha256: &'static str,
    /// The fields that signing adds, in lower case.
    pub(super) fields: &'static [&'static str],
    /// The parameters that presigning adds.
    pub(super) parameters: Parameters,
}

/// The names of the parameters that presigning adds.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) algorithm: &'static str,
    pub(super) credential: &'static str,
    pub(super) date: &'static str,
    pub(super) signed_headers: &'static str,
    pub(super) expires: &'static str,
    pub(super) signature: &'static str,
    /// Those that only some signatures have.
    pub(super) others: &'static [&'static str],
}

impl Parameters {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        let always = [
            self.algorithm,
            self.credential,
            self.date,
            self.signed_headers,
            self.expires,
            self.signature,
        ];
        always.into_iter().chain(self.others.iter().copied())
    }
}

const AWS: Names = Names {
    title: "SigV4",
    missing: "the message has neither `Authorization: AWS4-…` nor `X-Amz-Signature` in its query",
    authorization: "AWS4-",
    key_prefix: "AWS4",
    terminator: "aws4_request",
    field_prefix: "x-amz-",
    date: "X-Amz-Date",
    content_sha256: "x-amz-content-sha256",
    fields: &[
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-region-set",
        "x-amz-security-token",
        "authorization",
    ],
    parameters: Parameters {
        algorithm: "X-Amz-Algorithm",
        credential: "X-Amz-Credential",
        date: "X-Amz-Date",
        signed_headers: "X-Amz-SignedHeaders",
        expires: "X-Amz-Expires",
        signature: "X-Amz-Signature",
        others: &["X-Amz-Security-Token", "X-Amz-Region-Set"],
    },
};

const GOOGLE: Names = Names {
    title: "goog4",
    missing: "the message has neither `Authorization: GOOG4-…` nor `X-Goog-Signature` in its query",
    authorization: "GOOG4-",
    key_prefix: "GOOG4",
    terminator: "goog4_request",
    field_prefix: "x-goog-",
    date: "X-Goog-Date",
    content_sha256: "x-goog-content-sha256",
    fields: &["x-goog-date", "x-goog-content-sha256", "authorization"],
    parameters: Parameters {
        algorithm: "X-Goog-Algorithm",
        credential: "X-Goog-Credential",
        date: "X-Goog-Date",
        signed_headers: "X-Goog-SignedHeaders",
        expires: "X-Goog-Expires",
        signature: "X-Goog-Signature",
        others: &[],
    },
};

impl Family {
    /// Its names.
    pub(super) fn names(self) -> &'static Names {
        match self {
            Self::Aws => &AWS,
            Self::Google => &GOOGLE,
        }
    }

    /// Its variants.
    pub(super) fn variants(self) -> [Variant; 2] {
        match self {
            Self::Aws => [Variant::V4, Variant::V4a],
            Self::Google => [Variant::Goog4Hmac, Variant::Goog4Rsa],
        }
    }
}
