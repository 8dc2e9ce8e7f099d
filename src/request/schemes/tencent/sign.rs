//! Signing: the time, and the signature over the content type, the host and the action.

use super::text::{self, Scope, TextError, Texts};
use super::{ALGORITHM, CONTENT_SHA256};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{DigestAlgorithm, hex, sha256};
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::message::{ContentError, Edit, Message};
use crate::request::schemes::sigv4::{KeyError, UNSIGNED_PAYLOAD, parts};
use crate::request::verdict::SignedText;

/// How to sign.
#[derive(Debug, Clone)]
pub struct SignOptions<'a> {
    /// The id of the secret.
    pub secret_id: &'a str,
    /// The service, such as `cvm`.
    pub service: &'a str,
    /// When.
    pub time: Timestamp,
    /// The fields to sign; empty takes `content-type`, `host`, and `x-tc-action` if it is there.
    pub headers: Vec<String>,
    /// Whether the body is left out.
    pub unsigned_payload: bool,
    /// The token of temporary credentials.
    pub token: Option<&'a Secret>,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No canonical request.
    #[error(transparent)]
    Text(#[from] TextError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A response.
    #[error("this is a response; only requests are signed in this way")]
    NotARequest,
    /// Something that signing adds is there already.
    #[error("the request already has the field `{0}`; remove it to sign anew")]
    AlreadyThere(&'static str),
    /// Something that the service wants signed is not there.
    #[error("the request has no field `{0}`, which a signature must cover")]
    Missing(&'static str),
    /// Something that would not survive being written down.
    #[error("the {0} is empty or holds a character that cannot stand in a signature")]
    Malformed(&'static str),
    /// The body cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
}

const OWN_FIELDS: [&str; 4] = [
    "authorization",
    "x-tc-timestamp",
    "x-tc-token",
    CONTENT_SHA256,
];

/// Signs a message: what changes in it, and what was signed.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    message: &Message,
    key: &Key,
    options: &SignOptions<'_>,
) -> Result<(Edit, SignedText), SignError> {
    let mut parts = parts(message, None).ok_or(SignError::NotARequest)?;
    let Material::Secret(secret) = &key.material else {
        return Err(KeyError::Kind.into());
    };
    let edit = added(message, options)?;
    let signed = signed(message, options);
    for name in ["content-type", "host"] {
        let there = parts.fields.iter().any(|(field, _)| {
            field.eq_ignore_ascii_case(name) || (name == "host" && *field == ":authority")
        });
        if !there || !signed.iter().any(|known| known == name) {
            return Err(SignError::Missing(name));
        }
    }
    let fields = edit.add.iter();
    parts
        .fields
        .extend(fields.map(|(name, value)| (name.as_str(), value.as_bytes())));
    let hash = if options.unsigned_payload {
        hex(&sha256(UNSIGNED_PAYLOAD.as_bytes()))
    } else {
        hex(&message.digests(&[DigestAlgorithm::Sha256])?.concat())
    };
    let scope = Scope {
        day: text::day(options.time),
        service: options.service.to_owned(),
    };
    let seconds = options.time.unix().to_string();
    let texts = Texts::new(&parts, (&signed, &hash), (&seconds, &scope))?;
    let signature = hex(&text::key(secret, &scope)?.sign(&texts.bytes()));
    let mut edit = edit.clone();
    let id = options.secret_id;
    let signed = signed.join(";");
    edit.add(
        "Authorization",
        format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        ),
    );
    Ok((edit, texts.shown()))
}

/// The fields that the request gains before its signature.
fn added(message: &Message, options: &SignOptions<'_>) -> Result<Edit, SignError> {
    for name in OWN_FIELDS {
        if message.values(name).next().is_some() {
            return Err(SignError::AlreadyThere(name));
        }
    }
    let plain = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !text.is_empty() && text.bytes().all(fits)
    };
    if !plain(options.secret_id) {
        return Err(SignError::Malformed("secret id"));
    }
    if !plain(options.service) {
        return Err(SignError::Malformed("service"));
    }
    let mut edit = Edit::default();
    edit.add("X-TC-Timestamp", options.time.unix().to_string());
    if options.unsigned_payload {
        edit.add("X-TC-Content-SHA256", UNSIGNED_PAYLOAD);
    }
    if let Some(token) = options.token {
        let text = std::str::from_utf8(token.expose()).ok();
        let text = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
        let text = text.filter(|text| !text.is_empty());
        edit.add("X-TC-Token", text.ok_or(SignError::Malformed("token"))?);
    }
    Ok(edit)
}

fn signed(message: &Message, options: &SignOptions<'_>) -> Vec<String> {
    let mut names: Vec<String> = if options.headers.is_empty() {
        let action = Some("x-tc-action").filter(|name| message.values(name).next().is_some());
        let names = ["content-type", "host"].into_iter().chain(action);
        names.map(str::to_owned).collect()
    } else {
        let names = options.headers.iter();
        names.map(|name| name.to_ascii_lowercase()).collect()
    };
    names.arrange();
    names.dedup();
    names
}
