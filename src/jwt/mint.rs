//! Minting: tokens that a zero-trust verifier accepts, refused where the linter would complain.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::profile::Profile;
use super::signature::{self, Unfit};
use crate::kernel::key::{Key, Material, thumbprint};
use crate::kernel::time::{Timestamp, humanize};

/// What a token is to say.
#[derive(Debug, Clone)]
pub struct MintOptions {
    /// The kind of token.
    pub profile: Profile,
    /// The algorithm; None takes the one for the key.
    pub algorithm: Option<Algorithm>,
    /// `kid`
    pub key_id: Option<String>,
    /// `iss`
    pub issuer: Option<String>,
    /// `sub`
    pub subject: Option<String>,
    /// `aud`
    pub audience: Vec<String>,
    /// `scope`
    pub scopes: Vec<String>,
    /// The life.
    pub ttl: Duration,
    /// The present.
    pub now: Timestamp,
    /// `jti`
    pub id: String,
    /// Further claims.
    pub claims: Map<String, Value>,
}

/// Why nothing was minted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The profile needs a claim.
    #[error("the profile `{profile}` needs `{claim}`")]
    Missing {
        /// The profile.
        profile: Profile,
        /// The claim.
        claim: &'static str,
    },
    /// The profile forbids a value.
    #[error("the profile `{profile}` wants `{claim}` {wanted}, not `{found}`")]
    Value {
        /// The profile.
        profile: Profile,
        /// The claim.
        claim: &'static str,
        /// What it wants.
        wanted: &'static str,
        /// What was given.
        found: String,
    },
    /// Too long a life.
    #[error("the profile `{profile}` allows a life of at most {}, not {}", humanize(*limit), humanize(*found))]
    TooLong {
        /// The profile.
        profile: Profile,
        /// The longest.
        limit: Duration,
        /// What was asked for.
        found: Duration,
    },
    /// No life at all.
    #[error("a token needs a life of at least one second")]
    NoLife,
    /// A registered claim given as a further one.
    #[error("`{0}` has its own flag")]
    Registered(String),
    /// The key is of another kind than the algorithm.
    #[error("{algorithm} needs {needed}; this is {found}")]
    WrongKey {
        /// The algorithm.
        algorithm: Algorithm,
        /// The kind it needs.
        needed: &'static str,
        /// What the key is.
        found: String,
    },
    /// The key is too small.
    #[error("the key is too small: {0}")]
    TooSmall(Unfit),
    /// The key cannot sign.
    #[error("{0} cannot sign")]
    CannotSign(String),
}

const OWN_FLAGS: [&str; 8] = ["iss", "sub", "aud", "scope", "iat", "nbf", "exp", "jti"];

/// Mints a token.
///
/// # Errors
/// [`MintError`].
pub fn mint(key: &Key, options: &MintOptions) -> Result<String, MintError> {
    options.profile.check(options)?;
    if options.ttl.is_zero() {
        return Err(MintError::NoLife);
    }
    if let Some(name) = options
        .claims
        .keys()
        .find(|name| OWN_FLAGS.contains(&name.as_str()))
    {
        return Err(MintError::Registered(name.clone()));
    }
    let algorithm = options.algorithm.unwrap_or(Algorithm::for_key(key.kind()));
    if !algorithm.fits(key.kind()) {
        return Err(MintError::WrongKey {
            algorithm,
            needed: algorithm.needed_key(),
            found: key.describe(),
        });
    }
    if let Some(unfit) = signature::too_small(key, algorithm) {
        return Err(MintError::TooSmall(unfit));
    }
    let header = header(key, algorithm, options);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(&header), encode(&payload(options)));
    let signature = signature::make(&input, &key.material, algorithm)
        .ok_or_else(|| MintError::CannotSign(key.describe()))?;
    Ok(format!("{input}.{signature}"))
}

fn header(key: &Key, algorithm: Algorithm, options: &MintOptions) -> Value {
    let mut header = json!({"alg": algorithm.name(), "typ": options.profile.typ()});
    // A verifier with several keys needs the id; a secret has no public name to give it.
    let named = match &key.material {
        Material::Secret(_) => key.id.clone(),
        Material::Private(_) | Material::Public(_) => key
            .id
            .clone()
            .or_else(|| key.public().map(|public| thumbprint(&public))),
    };
    if let (Some(id), Some(fields)) = (options.key_id.clone().or(named), header.as_object_mut()) {
        fields.insert("kid".into(), id.into());
    }
    header
}

fn payload(options: &MintOptions) -> Value {
    let mut claims = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    put("iss", options.issuer.clone().map(Value::from));
    put("sub", options.subject.clone().map(Value::from));
    put(
        "aud",
        match options.audience.as_slice() {
            [] => None,
            [one] => Some(one.as_str().into()),
            several => Some(several.to_vec().into()),
        },
    );
    let scope = options.scopes.join(" ");
    put("scope", (!scope.is_empty()).then(|| scope.into()));
    let now = options.now.unix();
    put("iat", Some(now.into()));
    put("nbf", Some(now.into()));
    put("exp", Some(options.now.plus(options.ttl).unix().into()));
    put("jti", Some(options.id.as_str().into()));
    claims.extend(options.claims.clone());
    claims.into()
}
