//! An authority: its certificate as its own issuing needs it, and whatever signs for it.

use super::encode::{self, oid};
use super::fields::{self, Fields};
use super::name_limits::NameLimits;
use super::profile::{CRL_SIGN, KEY_CERT_SIGN};
use crate::kernel::crypto::{
    self, SignError, SignatureAlgorithm, Signer as KeySigner, SystemRandom,
};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{KeyDefect, PrivateKey, PublicKey, public_from_spki};
use crate::kernel::time::Timestamp;

/// The certificate of an authority.
#[derive(Debug, Clone)]
pub struct AuthorityCertificate {
    /// The whole, DER.
    pub der: Vec<u8>,
    /// Its Name, DER.
    pub subject: Vec<u8>,
    /// Its Name in words.
    pub name: String,
    /// Its public key.
    pub key: PublicKey,
    /// The identifier of its key.
    pub key_id: Vec<u8>,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
    /// How many authorities may follow it.
    pub path_length: Option<u32>,
    /// Whether its key may sign revocation lists.
    pub signs_lists: bool,
    /// The names it may certify, where they are limited.
    pub limits: Option<NameLimits>,
}

/// Why a certificate is none of an authority that can issue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Not a certificate.
    #[error("it is not a certificate")]
    Malformed,
    /// Not an authority's.
    #[error("it is not the certificate of an authority that may sign certificates")]
    NoAuthority,
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyDefect),
    /// A key that signs nothing here.
    #[error("its key, {0}, is of no kind that signs certificates here")]
    KeyKind(String),
    /// Constraints that cannot be judged.
    #[error("its name constraints are of a form that cannot be judged, so it issues nothing")]
    Constraints,
}

impl AuthorityCertificate {
    /// Reads the certificate of an authority.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn read(der: &[u8]) -> Result<Self, AuthorityError> {
        let malformed = |_| AuthorityError::Malformed;
        let fields = Fields::of_certificate(der).map_err(malformed)?;
        let basic = fields.extension(oid::BASIC_CONSTRAINTS).unwrap_or_default();
        let (authority, path_length) = fields::authority_bit(basic).unwrap_or((false, None));
        let usage = fields.extension(oid::KEY_USAGE).unwrap_or_default();
        if !authority || !fields::has_use(usage, KEY_CERT_SIGN) {
            return Err(AuthorityError::NoAuthority);
        }
        let key = public_from_spki(fields.key)?;
        if encode::algorithm_of(&key).is_none() {
            return Err(AuthorityError::KeyKind(format!("{} key", key.kind())));
        }
        let limits = match fields.extension(oid::NAME_CONSTRAINTS) {
            Some(value) => Some(NameLimits::read(value).map_err(|_| AuthorityError::Constraints)?),
            None => None,
        };
        let key_id = match fields::key_id(&fields) {
            Some(id) => id,
            None => fields::key_identifier(fields.key).map_err(malformed)?,
        };
        Ok(Self {
            subject: fields.subject.to_vec(),
            name: fields::name_text(fields.subject),
            key,
            key_id,
            not_before: fields.not_before,
            not_after: fields.not_after,
            path_length,
            signs_lists: fields::has_use(usage, CRL_SIGN),
            limits,
            der: der.to_vec(),
        })
    }
}

/// Signs for an authority: with a key at hand, or wherever the key is.
pub trait Signs: Sync {
    /// The public key that the signatures verify with.
    fn public_key(&self) -> &PublicKey;

    /// A signature over these bytes.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String>;

    /// Whether each signature is checked before it is used: yes for whatever is not this process.
    fn is_external(&self) -> bool;
}

/// Signs with a key that is at hand.
#[derive(Debug)]
pub struct LocalSigner {
    public: PublicKey,
    signer: KeySigner,
}

impl LocalSigner {
    /// Prepares a key.
    ///
    /// # Errors
    /// [`SignError`] if it cannot sign certificates.
    pub fn new(key: &PrivateKey, random: &SystemRandom) -> Result<Self, SignError> {
        let public = key.public();
        let algorithm = encode::algorithm_of(&public)
            .ok_or_else(|| SignError::Unsupported(format!("{} key", public.kind())))?;
        Ok(Self {
            signer: KeySigner::new(algorithm, key, random)?,
            public,
        })
    }
}

impl Signs for LocalSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.signer.sign(message).map_err(|error| error.to_string())
    }

    fn is_external(&self) -> bool {
        false
    }
}

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The signer gave none.
    #[error("the signer gave no signature: {0}")]
    NoSignature(String),
    /// The signature is not one of the authority's key.
    #[error("the signer's signature does not verify with the authority's key")]
    Foreign,
}

/// Signs bytes and checks what an external signer answers.
pub(super) fn signature(
    message: &[u8],
    algorithm: SignatureAlgorithm,
    signer: &dyn Signs,
) -> Result<Vec<u8>, SigningError> {
    let signature = signer.sign(message).map_err(SigningError::NoSignature)?;
    if signer.is_external() {
        crypto::verify(algorithm, signer.public_key(), message, &signature)
            .map_err(|_| SigningError::Foreign)?;
    }
    Ok(signature)
}

/// Whether a certificate or a revocation list is signed by a key, with the algorithm that this authority uses.
pub fn signed_by(der: &[u8], key: &PublicKey) -> bool {
    let parts = || {
        let mut outer = Reader::new(der);
        let mut whole = outer.enter(tag::SEQUENCE)?;
        let message = whole.whole(tag::SEQUENCE)?;
        let algorithm = whole.whole(tag::SEQUENCE)?;
        Ok::<_, Malformed>((message, algorithm, whole.bit_string()?))
    };
    let (Ok((message, named, signature)), Some(algorithm)) = (parts(), encode::algorithm_of(key))
    else {
        return false;
    };
    named == encode::algorithm_identifier(algorithm)
        && crypto::verify(algorithm, key, message, signature).is_ok()
}
