//! Signing: time, nonce and the body's hash, and the signature over them, the host, the content type and all fields of
//! Alibaba's own.

use super::text::{self, TextError, Texts};
use super::{ALGORITHM, CONTENT_SHA256, DATE, NONCE, PREFIX};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{DigestAlgorithm, hex};
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::message::{ContentError, Edit, Message};
use crate::request::schemes::sigv4::{KeyError, Parts, parts};
use crate::request::verdict::SignedText;

/// How to sign.
#[derive(Debug, Clone)]
pub struct SignOptions<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// When.
    pub time: Timestamp,
    /// A text that no other request has.
    pub nonce: &'a str,
    /// Fields to sign beyond those that the service demands.
    pub headers: Vec<String>,
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
    /// No host to sign.
    #[error("the request has no `Host`, which a signature must cover")]
    NoHost,
    /// Something that would not survive being written down.
    #[error("the {0} is empty or holds a character that cannot stand in a signature")]
    Malformed(&'static str),
    /// The body cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
}

const TOKEN: &str = "x-acs-security-token";
const OWN_FIELDS: [&str; 5] = ["authorization", DATE, CONTENT_SHA256, NONCE, TOKEN];

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
    let secret = match &key.material {
        Material::Secret(secret) if secret.is_empty() => return Err(KeyError::EmptySecret.into()),
        Material::Secret(secret) => secret,
        _ => return Err(KeyError::Kind.into()),
    };
    let hash = hex(&message.digests(&[DigestAlgorithm::Sha256])?.concat());
    let edit = added(message, options, &hash)?;
    let fields = edit.add.iter();
    parts
        .fields
        .extend(fields.map(|(name, value)| (name.as_str(), value.as_bytes())));
    let signed = signed(&parts, &options.headers);
    if !signed.iter().any(|name| name == "host") {
        return Err(SignError::NoHost);
    }
    let texts = Texts::new(&parts, (&signed, &hash))?;
    let signature = hex(&text::key(secret).sign(&texts.bytes()));
    let mut edit = edit.clone();
    let id = options.access_key_id;
    let signed = signed.join(";");
    edit.add(
        "Authorization",
        format!("{ALGORITHM} Credential={id},SignedHeaders={signed},Signature={signature}"),
    );
    Ok((edit, texts.shown()))
}

/// The fields that the request gains before its signature.
fn added(message: &Message, options: &SignOptions<'_>, hash: &str) -> Result<Edit, SignError> {
    for name in OWN_FIELDS {
        if message.values(name).next().is_some() {
            return Err(SignError::AlreadyThere(name));
        }
    }
    let id = options.access_key_id;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if id.is_empty() || !id.bytes().all(fits) {
        return Err(SignError::Malformed("access key id"));
    }
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible(options.nonce) {
        return Err(SignError::Malformed("nonce"));
    }
    let mut edit = Edit::default();
    edit.add(DATE, text::write_time(options.time));
    edit.add(NONCE, options.nonce);
    edit.add(CONTENT_SHA256, hash);
    if let Some(token) = options.token {
        let text = std::str::from_utf8(token.expose()).ok();
        let text = text.filter(|text| visible(text));
        edit.add(TOKEN, text.ok_or(SignError::Malformed("token"))?);
    }
    Ok(edit)
}

fn signed(parts: &Parts<'_>, more: &[String]) -> Vec<String> {
    let names = parts.fields.iter().map(|(name, _)| match *name {
        ":authority" => "host".to_owned(),
        name => name.to_ascii_lowercase(),
    });
    let demanded =
        |name: &String| name == "host" || name == "content-type" || name.starts_with(PREFIX);
    let more = more.iter().map(|name| name.to_ascii_lowercase());
    let mut names: Vec<String> = names.filter(demanded).chain(more).collect();
    names.arrange();
    names.dedup();
    names
}
