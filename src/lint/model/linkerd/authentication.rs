//! By what Linkerd tells clients: identities and addresses.

use super::super::{Reading, Resource};
use super::spec;
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::model::istio::{known_only, texts};

/// A service account: its namespace and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

/// Which identities will do; one of them is enough.
#[derive(Debug, Default)]
pub struct Identities<'a> {
    /// As they stand in certificates: whole, `*.` and an end, or `*` for every one.
    pub written: Vec<(&'a str, Span)>,
    /// Those of service accounts.
    pub accounts: Vec<Account<'a>>,
    /// Those of every account of a namespace.
    pub namespaces: Vec<&'a str>,
}

/// A MeshTLSAuthentication: which identities will do.
#[derive(Debug)]
pub struct MeshTls<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The identities.
    pub identities: Identities<'a>,
}

/// A NetworkAuthentication: which addresses will do.
#[derive(Debug)]
pub struct Network<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The blocks.
    pub blocks: Vec<Block>,
}

/// A block of addresses without some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The block.
    pub cidr: Cidr,
    /// What is left out.
    pub except: Vec<Cidr>,
    /// Where the block stands.
    pub span: Span,
}

pub(super) fn mesh_tls<'a>(mut reading: Reading<'a, '_>) -> Option<MeshTls<'a>> {
    let resource = reading.resource.clone();
    let spec = spec(&mut reading)?;
    known_only(&mut reading, spec, &["identities", "identityRefs"]);
    let mut identities = Identities {
        written: written(&mut reading, spec),
        ..Identities::default()
    };
    for node in reading.list(spec, "identityRefs").unwrap_or_default() {
        identity_reference(&mut reading, node, &mut identities);
    }
    let has_any = !identities.written.is_empty()
        || !identities.accounts.is_empty()
        || !identities.namespaces.is_empty();
    if !has_any {
        reading.problem(resource.name_span, "it names no identity");
    }
    reading.is_sound().then_some(MeshTls {
        resource,
        identities,
    })
}

/// `identities` of an authentication or of a ServerAuthorization's client.
pub(super) fn written<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Vec<(&'a str, Span)> {
    let listed = texts(reading, node, "identities");
    listed.into_iter().map(|one| (one.text, one.span)).collect()
}

fn identity_reference<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    identities: &mut Identities<'a>,
) {
    known_only(reading, node, &["group", "kind", "name", "namespace"]);
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let is_core = text("group").is_none_or(|group| group.eq_ignore_ascii_case("core"));
    let kind = text("kind").unwrap_or_default();
    let Some(name) = text("name") else {
        reading.problem(node.span, "a reference needs `kind` and `name`");
        return;
    };
    if is_core && kind.eq_ignore_ascii_case("ServiceAccount") {
        let namespace = text("namespace").unwrap_or(reading.resource.namespace);
        identities.accounts.push(Account { namespace, name });
    } else if is_core && kind.eq_ignore_ascii_case("Namespace") && text("namespace").is_none() {
        identities.namespaces.push(name);
    } else {
        reading.problem(node.span, format!("`{kind}` is no kind of an identity"));
    }
}

pub(super) fn network<'a>(mut reading: Reading<'a, '_>) -> Option<Network<'a>> {
    let resource = reading.resource.clone();
    let spec = spec(&mut reading)?;
    known_only(&mut reading, spec, &["networks"]);
    let blocks = blocks(&mut reading, spec);
    if blocks.is_empty() {
        reading.problem(resource.name_span, "it names no network");
    }
    reading.is_sound().then_some(Network { resource, blocks })
}

/// `networks` of an authentication or of a ServerAuthorization's client.
pub(super) fn blocks(reading: &mut Reading<'_, '_>, node: &Node) -> Vec<Block> {
    let mut blocks = Vec::new();
    let listed = node.get("networks").filter(|listed| !listed.is_null());
    let Some(items) = listed.map(|listed| (listed, listed.as_sequence())) else {
        return blocks;
    };
    let (_, Some(items)) = items else {
        reading.problem(items.0.span, "`networks` is no list");
        return blocks;
    };
    for item in items {
        known_only(reading, item, &["cidr", "except"]);
        let Some(cidr) = item.get("cidr").and_then(|cidr| parsed(reading, cidr)) else {
            reading.problem(item.span, "a network needs `cidr`");
            continue;
        };
        let left_out = item.get("except").and_then(Node::as_sequence);
        let left_out = left_out.unwrap_or_default().iter();
        let except: Vec<Cidr> = left_out.filter_map(|one| parsed(reading, one)).collect();
        if let Some(wrong) = except
            .iter()
            .find(|one| !cidr.holds(**one) || one.holds(cidr))
        {
            let what = format!("`{wrong}` is no part of `{cidr}`, or all of it");
            reading.problem(item.span, what);
        }
        blocks.push(Block {
            cidr,
            except,
            span: item.get("cidr").map_or(item.span, |cidr| cidr.span),
        });
    }
    blocks
}

/// A block, or one address.
fn parsed(reading: &mut Reading<'_, '_>, node: &Node) -> Option<Cidr> {
    let text = node.as_str().unwrap_or_default();
    let whole = match text.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => format!("{text}/32"),
        Ok(std::net::IpAddr::V6(_)) => format!("{text}/128"),
        Err(_) => text.to_owned(),
    };
    match whole.parse() {
        Ok(cidr) => Some(cidr),
        Err(_) => {
            reading.problem(node.span, format!("`{text}` is no block of addresses"));
            None
        }
    }
}
