//! Consul's ServiceIntentions.

use super::{Reading, Resource};
use crate::kernel::source::Span;

/// ServiceIntentions: who may call a service.
#[derive(Debug)]
pub struct ServiceIntentions<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The service that is called; `*` for all.
    pub destination: &'a str,
    /// The callers.
    pub sources: Vec<Source<'a>>,
}

/// One caller.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its name; `*` for all.
    pub name: &'a str,
    /// Where the name stands.
    pub name_span: Span,
    /// `allow` or `deny`; none where permissions decide.
    pub action: Option<(&'a str, Span)>,
    /// Whether permissions decide by request.
    pub has_permissions: bool,
    /// The bytes.
    pub span: Span,
}

pub(crate) fn service_intentions<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<ServiceIntentions<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let destination = reading.mapping(spec, "destination");
    let destination = destination.and_then(|node| reading.text(node, "name"));
    let mut sources = Vec::new();
    for node in reading.list(spec, "sources").unwrap_or_default() {
        let Some((name, name_span)) = reading.text(node, "name") else {
            reading.problem(node.span, "a source needs `name`");
            continue;
        };
        let action = reading.text(node, "action");
        let permissions = reading.list(node, "permissions").unwrap_or_default();
        if action.is_some() && !permissions.is_empty() {
            reading.problem(node.span, "`action` and `permissions` exclude each other");
        }
        if let Some((other, span)) = action.filter(|(one, _)| !["allow", "deny"].contains(one)) {
            reading.problem(span, format!("`{other}` is no action"));
        }
        sources.push(Source {
            name,
            name_span,
            action,
            has_permissions: !permissions.is_empty(),
            span: node.span,
        });
    }
    reading.is_sound().then_some(ServiceIntentions {
        resource,
        destination: destination.map_or("", |(name, _)| name),
        sources,
    })
}
