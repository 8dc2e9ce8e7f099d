//! Signing: fields are added after the last one, and no other byte of the message changes.

use super::{Algorithm, fields};
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use crate::request::component::{Component, ComponentError, Context, Name, check_target};
use crate::request::content_digest;
use crate::request::message::{MessageError, Request};
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
    pub created: Timestamp,
    /// `expires`.
    pub expires: Option<Timestamp>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `keyid`.
    pub key_id: Option<String>,
    /// `tag`.
    pub tag: Option<String>,
    /// What the message cannot say about itself.
    pub context: Context,
}

/// A signed request.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The whole message.
    pub message: Vec<u8>,
    /// The fields that were added or replaced, `Name: value`.
    pub fields: Vec<String>,
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
}

/// Method, authority, the whole target, and, where there is a body, its digest and type.
pub fn default_components(request: &Request) -> Vec<Component> {
    let mut names = vec!["@method", "@authority", "@path", "@query"];
    if request.values("content-type").next().is_some() {
        names.push("content-type");
    }
    if !request.content().is_empty() || request.values("content-digest").next().is_some() {
        names.push("content-digest");
    }
    names
        .into_iter()
        .map(|name| Component::parse(name).expect("these are component names"))
        .collect()
}

/// Signs a request.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    request: &Request,
    secret: &Secret,
    options: &SignOptions,
) -> Result<Signed, SignError> {
    if fields::labels(request)?.contains(&options.label) {
        return Err(SignError::LabelTaken(options.label.clone()));
    }
    check_target(request, options.context)?;
    if options
        .expires
        .is_some_and(|expires| expires <= options.created)
    {
        return Err(SignError::ExpiresBeforeCreated);
    }
    let mut added = Vec::new();
    let digested = with_digest(request, options, &mut added)?;
    let covered = inner_list(options)?;
    let base = SignatureBase::new(&covered, &digested, options.context)?;
    let key = MacKey::new(MacAlgorithm::HmacSha256, secret);
    let signature = Member::Item(Item {
        value: BareItem::Bytes(key.sign(base.text().as_bytes())),
        parameters: Vec::new(),
    });
    let input = [(options.label.clone(), Member::InnerList(covered))];
    let signature = [(options.label.clone(), signature)];
    let new = [
        format!("Signature-Input: {}", serialize_dictionary(&input)?),
        format!("Signature: {}", serialize_dictionary(&signature)?),
    ];
    let message = insert(&digested, &new);
    added.extend(new);
    Ok(Signed {
        message,
        fields: added,
        base,
    })
}

// A covered digest that is missing is made, one that is stale is replaced: a signature over a wrong digest would
// verify and prove nothing.
fn with_digest(
    request: &Request,
    options: &SignOptions,
    added: &mut Vec<String>,
) -> Result<Request, SignError> {
    let covers = options
        .components
        .iter()
        .any(|component| component.name == Name::Field("content-digest".to_owned()));
    if !covers
        || matches!(
            content_digest::check(request),
            content_digest::DigestVerdict::Matches(_)
        )
    {
        return Ok(request.clone());
    }
    let line = format!(
        "Content-Digest: {}",
        content_digest::make(request.content())
    );
    let without = remove(request, "content-digest")?;
    let message = insert(&without, std::slice::from_ref(&line));
    added.push(line);
    reread(request, message)
}

fn reread(request: &Request, message: Vec<u8>) -> Result<Request, SignError> {
    let source =
        Source::new(request.source.name(), message).map_err(|_| MessageError::HeadTooLarge)?;
    Ok(Request::parse(&source)?)
}

fn remove(request: &Request, name: &str) -> Result<Request, SignError> {
    let bytes = request.source.bytes();
    let mut message = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for field in &request.fields {
        if field.name.eq_ignore_ascii_case(name) {
            message.extend_from_slice(bytes.get(at..field.span.start as usize).unwrap_or_default());
            at = field.span.end as usize;
        }
    }
    if at == 0 {
        return Ok(request.clone());
    }
    message.extend_from_slice(bytes.get(at..).unwrap_or_default());
    reread(request, message)
}

fn insert(request: &Request, lines: &[String]) -> Vec<u8> {
    let bytes = request.source.bytes();
    let (head, rest) = bytes.split_at((request.fields_end as usize).min(bytes.len()));
    let mut message = head.to_vec();
    let end = request.line_end.as_bytes();
    if !head.ends_with(b"\n") {
        message.extend_from_slice(end);
    }
    for line in lines {
        message.extend_from_slice(line.as_bytes());
        message.extend_from_slice(end);
    }
    if rest.is_empty() {
        message.extend_from_slice(end);
    }
    message.extend_from_slice(rest);
    message
}

fn inner_list(options: &SignOptions) -> Result<InnerList, SignError> {
    let mut items = Vec::new();
    for component in &options.components {
        let item = parse_item(component.identifier().as_bytes())
            .map_err(|_| ComponentError::Malformed(component.identifier().to_owned()))?;
        items.push(item);
    }
    let mut parameters: Parameters = vec![(
        "created".to_owned(),
        BareItem::Integer(options.created.unix()),
    )];
    let mut push = |name: &str, value: Option<BareItem>| {
        parameters.extend(value.map(|value| (name.to_owned(), value)));
    };
    let text = |text: &Option<String>| text.clone().map(BareItem::String);
    push(
        "expires",
        options
            .expires
            .map(|expires| BareItem::Integer(expires.unix())),
    );
    push("nonce", text(&options.nonce));
    push(
        "alg",
        Some(BareItem::String(options.algorithm.name().to_owned())),
    );
    push("keyid", text(&options.key_id));
    push("tag", text(&options.tag));
    Ok(InnerList { items, parameters })
}
