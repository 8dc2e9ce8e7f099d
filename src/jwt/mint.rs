//! Minting: tokens that a zero-trust verifier accepts, refused where the linter would complain.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::binding::{half_hash, hash_of_token};
use super::expectations::BoundRequest;
use super::profile::{Profile, check_minted};
use super::signature::{self, Unfit};
use crate::kernel::crypto::sha256;
use crate::kernel::key::{Key, Material, OutOfTime, public_jwk, thumbprint};
use crate::kernel::time::{Leeway, Timestamp, humanize};

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
    /// `client_id`
    pub client: Option<String>,
    /// `nonce`
    pub nonce: Option<String>,
    /// `device_posture`
    pub device_posture: Option<String>,
    /// The access token whose hash goes into `at_hash` or `ath`.
    pub access_token: Option<String>,
    /// The authorization code whose hash goes into `c_hash`.
    pub code: Option<String>,
    /// `htm` and `htu`
    pub request: Option<BoundRequest>,
    /// `cnf`
    pub confirmation: Option<Confirmation>,
    /// The life.
    pub ttl: Duration,
    /// The present.
    pub now: Timestamp,
    /// `jti`
    pub id: String,
    /// Further claims.
    pub claims: Map<String, Value>,
}

impl MintOptions {
    /// A token of some kind that says nothing yet but what is always said; it lives as long as its kind usually does.
    pub fn new(profile: Profile, now: Timestamp, id: &str) -> Self {
        Self {
            profile,
            algorithm: None,
            key_id: None,
            issuer: None,
            subject: None,
            audience: Vec::new(),
            scopes: Vec::new(),
            client: None,
            nonce: None,
            device_posture: None,
            access_token: None,
            code: None,
            request: None,
            confirmation: None,
            ttl: profile.default_ttl(),
            now,
            id: id.to_owned(),
            claims: Map::new(),
        }
    }
}

/// The key that the token's user must prove to hold.
#[derive(Debug, Clone)]
pub enum Confirmation {
    /// The key of DPoP proofs, by its thumbprint (RFC 9449 §6.1); in a workload identity token the key itself.
    Key(Box<Key>),
    /// The DER of a client certificate (RFC 8705 §3.1).
    Certificate(Vec<u8>),
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
    /// The key may not sign at that time.
    #[error("the key cannot sign now: {0}")]
    OutOfTime(OutOfTime),
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
    /// The key is marked for RSASSA-PSS, or for one hash of it.
    #[error(
        "the key is marked for RSASSA-PSS in a way that leaves out {0}: name another with `--alg`"
    )]
    OfAnotherScheme(Algorithm),
    /// The key is too small.
    #[error("the key is too small: {0}")]
    TooSmall(Unfit),
    /// The key cannot sign.
    #[error("{0} cannot sign")]
    CannotSign(String),
    /// The kind of token cannot be signed like this.
    #[error("the profile `{profile}` does not allow {algorithm}")]
    AlgorithmForbidden {
        /// The profile.
        profile: Profile,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// Something that the kind of token has no place for.
    #[error("the profile `{profile}` has no place for {what}")]
    NoPlace {
        /// The profile.
        profile: Profile,
        /// What was given.
        what: &'static str,
    },
    /// A confirmation without a public key.
    #[error("the key for `cnf` is {0}, which has no public part")]
    NoPublicKey(String),
}

const OWN_FLAGS: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "scope",
    "iat",
    "nbf",
    "exp",
    "jti",
    "client_id",
    "nonce",
    "device_posture",
    "cnf",
];

/// Mints a token.
///
/// # Errors
/// [`MintError`].
pub fn mint(key: &Key, options: &MintOptions) -> Result<String, MintError> {
    check_minted(options)?;
    places(options)?;
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
    let algorithm = options
        .algorithm
        .or_else(|| Algorithm::for_key(key))
        .ok_or_else(|| MintError::CannotSign(key.describe()))?;
    if !algorithm.fits(key.kind()) {
        return Err(MintError::WrongKey {
            algorithm,
            needed: algorithm.needed_key(),
            found: key.describe(),
        });
    }
    if !algorithm.allowed_by(key) {
        return Err(MintError::OfAnotherScheme(algorithm));
    }
    key.validity
        .check(options.now, Leeway::default())
        .map_err(MintError::OutOfTime)?;
    if let Some(unfit) = signature::too_small(key, algorithm) {
        return Err(MintError::TooSmall(unfit));
    }
    if !options.profile.allows(algorithm) {
        return Err(MintError::AlgorithmForbidden {
            profile: options.profile,
            algorithm,
        });
    }
    let header = header(key, algorithm, options);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!(
        "{}.{}",
        encode(&header),
        encode(&payload(algorithm, options)?)
    );
    let signature = signature::make(&input, &key.material, algorithm)
        .ok_or_else(|| MintError::CannotSign(key.describe()))?;
    Ok(format!("{input}.{signature}"))
}

/// What is given must end up in the token.
fn places(options: &MintOptions) -> Result<(), MintError> {
    let profile = options.profile;
    let no_place = |what| Err(MintError::NoPlace { profile, what });
    let hashes = matches!(profile, Profile::Id | Profile::Dpop);
    if options.access_token.is_some() && !hashes {
        return no_place("the hash of an access token");
    }
    if options.code.is_some() && profile != Profile::Id {
        return no_place("the hash of a code");
    }
    if options.request.is_some() && profile != Profile::Dpop {
        return no_place("a request");
    }
    if profile == Profile::Dpop && options.confirmation.is_some() {
        return no_place("`cnf`: it is itself the proof");
    }
    Ok(())
}

fn header(key: &Key, algorithm: Algorithm, options: &MintOptions) -> Value {
    let mut header = json!({"alg": algorithm.name(), "typ": options.profile.typ()});
    let Some(fields) = header.as_object_mut() else {
        return header;
    };
    if options.profile == Profile::Dpop {
        // RFC 9449 §4.2: the public key itself, and nothing else about it.
        let bare = key
            .public()
            .map(|public| Key::bare(Material::Public(public)));
        if let Some(jwk) = bare.as_ref().and_then(public_jwk) {
            fields.insert("jwk".into(), jwk);
        }
        return header;
    }
    // A verifier with several keys needs the id; a secret has no public name to give it.
    let named = match &key.material {
        Material::Secret(_) => key.id.clone(),
        Material::Private(_) | Material::Public(_) => key
            .id
            .clone()
            .or_else(|| key.public().map(|public| thumbprint(&public))),
    };
    if let Some(id) = options.key_id.clone().or(named) {
        fields.insert("kid".into(), id.into());
    }
    header
}

fn payload(algorithm: Algorithm, options: &MintOptions) -> Result<Value, MintError> {
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
    put("client_id", options.client.clone().map(Value::from));
    let scope = options.scopes.join(" ");
    put("scope", (!scope.is_empty()).then(|| scope.into()));
    let now = options.now.unix();
    put("iat", Some(now.into()));
    // A proof is judged by its `iat` alone (RFC 9449 §4.3).
    if options.profile != Profile::Dpop {
        put("nbf", Some(now.into()));
        put("exp", Some(options.now.plus(options.ttl).unix().into()));
    }
    put("jti", Some(options.id.as_str().into()));
    put("nonce", options.nonce.clone().map(Value::from));
    put(
        "device_posture",
        options.device_posture.clone().map(Value::from),
    );
    if let Some(request) = &options.request {
        put("htm", Some(request.method.as_str().into()));
        put("htu", Some(request.uri.as_str().into()));
    }
    if let Some(token) = &options.access_token {
        match options.profile {
            Profile::Dpop => put("ath", Some(hash_of_token(token).into())),
            _ => put(
                "at_hash",
                half_hash(algorithm.name(), token).map(Value::from),
            ),
        }
    }
    if let Some(code) = &options.code {
        put("c_hash", half_hash(algorithm.name(), code).map(Value::from));
    }
    if let Some(confirmation) = &options.confirmation {
        put("cnf", Some(cnf(options.profile, confirmation)?));
    }
    claims.extend(options.profile.own_claims());
    claims.extend(options.claims.clone());
    Ok(claims.into())
}

fn cnf(profile: Profile, confirmation: &Confirmation) -> Result<Value, MintError> {
    let key = match confirmation {
        Confirmation::Certificate(der) => {
            return Ok(json!({"x5t#S256": URL_SAFE_NO_PAD.encode(sha256(der))}));
        }
        Confirmation::Key(key) => key,
    };
    let public = key
        .public()
        .ok_or_else(|| MintError::NoPublicKey(key.describe()))?;
    if profile != Profile::WitSvid {
        return Ok(json!({"jkt": thumbprint(&public)}));
    }
    // WIT-SVID: the key itself, with the algorithm it signs proofs with.
    let algorithm = Algorithm::for_key(key).ok_or_else(|| MintError::CannotSign(key.describe()))?;
    if !profile.allows(algorithm) {
        return Err(MintError::AlgorithmForbidden { profile, algorithm });
    }
    let mut bare = Key::bare(Material::Public(public));
    bare.algorithm = Some(algorithm.name().to_owned());
    let jwk = public_jwk(&bare).ok_or_else(|| MintError::NoPublicKey(key.describe()))?;
    Ok(json!({"jwk": jwk}))
}
