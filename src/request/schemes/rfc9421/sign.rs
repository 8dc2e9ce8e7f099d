//! Signing: fields are added after the last one, and no other byte of the message changes.

use super::fields;
use crate::kernel::crypto::{self, MacAlgorithm, MacKey, SystemRandom};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::algorithm::Algorithm;
use crate::request::component::{Component, ComponentError, check_target};
use crate::request::digest_fields::{self, DigestField, DigestVerdict};
use crate::request::exchange::Exchange;
use crate::request::message::{ContentError, Edit, Message, MessageError};
use crate::request::signature_base::{BaseError, SignatureBase};
use crate::request::structured_field::{
    BareItem, InnerList, Item, Member, Parameters, SerializeError, parse_item, serialize_dictionary,
};

/// What a signature is to say.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// The label of the signature.
    pub label: String,
    /// The components to cover.
    pub components: Vec<Component>,
    /// The algorithm, also written as `alg`.
    pub algorithm: Algorithm,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `expires`.
    pub expires: Option<Timestamp>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `keyid`.
    pub key_id: Option<String>,
    /// `tag`.
    pub tag: Option<String>,
    /// The digest algorithms of a digest field that is made: `sha-256`, `sha-512`.
    pub digests: Vec<&'static str>,
}

/// A signature that was made.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What it changes in the message.
    pub edit: Edit,
    /// What was signed.
    pub base: SignatureBase,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A component cannot be covered.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// A parameter cannot be written.
    #[error("a signature parameter holds {0}")]
    Parameter(#[from] SerializeError),
    /// The label is taken.
    #[error("the message already has a signature labelled `{0}`")]
    LabelTaken(String),
    /// The existing signature fields are damaged.
    #[error(transparent)]
    Fields(#[from] fields::SignatureFieldsError),
    /// `expires` is not after `created`.
    #[error("the signature would expire before it is created")]
    ExpiresBeforeCreated,
    /// A component is no identifier.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The message could not be read again with its new fields.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The body could not be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The key cannot make this signature.
    #[error("{0}")]
    Key(String),
}

/// Method, authority, the whole target (of a response the status), and, where there is a body, its digest and type.
pub fn default_components(message: &Message) -> Vec<Component> {
    let mut names = if message.is_request() {
        vec!["@method", "@authority", "@path", "@query"]
    } else {
        vec!["@status"]
    };
    if message.values("content-type").next().is_some() {
        names.push("content-type");
    }
    if message.has_body() || message.values("content-digest").next().is_some() {
        names.push("content-digest");
    }
    names
        .into_iter()
        .map(|name| Component::parse(name).expect("these are component names"))
        .collect()
}

/// Signs a message.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    exchange: Exchange<'_>,
    key: &Key,
    options: &SignOptions,
    random: &SystemRandom,
) -> Result<Signed, SignError> {
    let message = exchange.message;
    let mut taken = fields::labels(message)?.into_iter();
    if taken.any(|label| label == options.label) {
        return Err(SignError::LabelTaken(options.label.clone()));
    }
    check_target(message, exchange.context)?;
    if let (Some(created), Some(expires)) = (options.created, options.expires)
        && expires <= created
    {
        return Err(SignError::ExpiresBeforeCreated);
    }
    let mut edit = digests(message, options)?;
    let edited;
    let digested = if edit == Edit::default() {
        message
    } else {
        edited = message.edited(&edit)?;
        &edited
    };
    let covered = inner_list(options)?;
    let exchange = Exchange {
        message: digested,
        ..exchange
    };
    let base = SignatureBase::new(&covered, exchange)?;
    let signature = signature(key, options.algorithm, base.text().as_bytes(), random)?;
    let signature = Member::Item(Item {
        value: BareItem::Bytes(signature),
        parameters: Vec::new(),
    });
    let input = [(options.label.clone().into(), Member::InnerList(covered))];
    edit.add("Signature-Input", serialize_dictionary(&input)?);
    let signature = [(options.label.clone().into(), signature)];
    edit.add("Signature", serialize_dictionary(&signature)?);
    Ok(Signed { edit, base })
}

fn signature(
    key: &Key,
    algorithm: Algorithm,
    text: &[u8],
    random: &SystemRandom,
) -> Result<Vec<u8>, SignError> {
    if !algorithm.fits(key) {
        let limit = match &key.algorithm {
            Some(algorithm) => format!(" for `{algorithm}` alone"),
            None => String::new(),
        };
        let found = key.describe();
        return Err(SignError::Key(format!(
            "{} cannot be used with {found}{limit}",
            algorithm.name()
        )));
    }
    match (&key.material, algorithm.signature()) {
        (Material::Secret(secret), None) => {
            Ok(MacKey::new(MacAlgorithm::HmacSha256, secret).sign(text))
        }
        (Material::Private(private), Some(algorithm)) => {
            crypto::sign(algorithm, private, text, random)
                .map_err(|error| SignError::Key(error.to_string()))
        }
        _ => Err(SignError::Key(format!(
            "{} cannot sign with {}",
            algorithm.name(),
            key.describe()
        ))),
    }
}

// A covered digest that is missing is made, one that is stale is replaced: a signature over a wrong digest would
// verify and prove nothing.
fn digests(message: &Message, options: &SignOptions) -> Result<Edit, SignError> {
    let mut edit = Edit::default();
    for field in DigestField::ALL {
        let covers = options
            .components
            .iter()
            .any(|component| component.is_field(field.name()));
        if covers
            && !matches!(
                digest_fields::check(message, field)?,
                DigestVerdict::Matches(_)
            )
        {
            let value = digest_fields::make(message, &options.digests)?;
            edit.replace(field.title(), value);
        }
    }
    Ok(edit)
}

fn inner_list(options: &SignOptions) -> Result<InnerList, SignError> {
    let mut items = Vec::new();
    for component in &options.components {
        let item = parse_item(component.identifier().as_bytes())
            .map_err(|_| ComponentError::Malformed(component.identifier().to_owned()))?;
        items.push(item);
    }
    let time = |time: Option<Timestamp>| time.map(|time| BareItem::Integer(time.unix()));
    let text = |text: &Option<String>| text.clone().map(|text| BareItem::String(text.into()));
    let algorithm = BareItem::String(options.algorithm.name().into());
    let parameters: Parameters = [
        ("created", time(options.created)),
        ("expires", time(options.expires)),
        ("nonce", text(&options.nonce)),
        ("alg", Some(algorithm)),
        ("keyid", text(&options.key_id)),
        ("tag", text(&options.tag)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.into(), value?)))
    .collect();
    Ok(InnerList { items, parameters })
}
