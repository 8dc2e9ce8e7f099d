//! A file of assertions, read: what is no assertion is refused with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::wrong;
use super::{Assertion, AssertionError, Claim, Named};
use crate::kernel::document::{Document, Node};
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml;

/// Reads a file of assertions.
///
/// # Errors
/// [`AssertionError`] at the first thing that is none.
pub fn read(source: &Arc<Source>) -> Result<Vec<Assertion>, AssertionError> {
    let at_start = |message: &str| wrong(Span::new(0, 0), message);
    let mut assertions = Vec::new();
    let stream = yaml::parse_stream(source);
    if let Some(remark) = stream.remarks.first() {
        return Err(wrong(remark.span, remark.kind.sentence()));
    }
    for document in stream.documents {
        let document: Document = document.map_err(|error| wrong(error.span, error.to_string()))?;
        if let Some(twice) = document.duplicates.first() {
            return Err(wrong(
                twice.second,
                format!("`{}` stands here twice", twice.key),
            ));
        }
        let root = &document.root;
        only_keys(root, &["version", "assertions"])?;
        if let Some(version) = root
            .get("version")
            .filter(|version| version.as_i64() != Some(1))
        {
            return Err(wrong(version.span, "`version` is not 1"));
        }
        let listed = root.get("assertions").and_then(Node::as_sequence);
        let listed = listed.ok_or_else(|| wrong(root.span, "`assertions` is no list"))?;
        for node in listed {
            assertions.push(assertion(node)?);
        }
    }
    if assertions.is_empty() {
        return Err(at_start("the file holds no assertion"));
    }
    Ok(assertions)
}

fn only_keys(node: &Node, known: &[&str]) -> Result<(), AssertionError> {
    let fields = node
        .as_mapping()
        .ok_or_else(|| wrong(node.span, format!("this is {} and no mapping", node.kind())))?;
    match fields
        .iter()
        .find(|field| !known.contains(&field.key.as_str()))
    {
        None => Ok(()),
        Some(field) => Err(wrong(
            field.key_span,
            format!("`{}` is none of {}", field.key, known.join(", ")),
        )),
    }
}

fn assertion(node: &Node) -> Result<Assertion, AssertionError> {
    only_keys(
        node,
        &[
            "name", "only", "calls", "open", "isolated", "shared", "from", "to", "over",
        ],
    )?;
    let text = |key: &str| node.get(key).map(named).transpose();
    let list = |key: &str| -> Result<Vec<Named>, AssertionError> {
        let value = node.get(key);
        let value = value.ok_or_else(|| wrong(node.span, format!("`{key}` is missing")))?;
        let items = value.as_sequence();
        let items = items.ok_or_else(|| wrong(value.span, format!("`{key}` is no list")))?;
        items.iter().map(named).collect()
    };
    let (claim, unused) = match (
        text("only")?,
        text("calls")?,
        text("open")?,
        node.get("isolated"),
    ) {
        (Some(target), None, None, None) => {
            let from = list("from")?;
            (Claim::Only { target, from }, "to")
        }
        (None, Some(caller), None, None) => {
            let to = list("to")?;
            (Claim::Calls { caller, to }, "from")
        }
        (None, None, Some(target), None) => {
            let from = list("from")?;
            if from.is_empty() {
                return Err(wrong(
                    node.span,
                    "`from` names nobody: nothing would have to be open",
                ));
            }
            (Claim::Open { target, from }, "to")
        }
        (None, None, None, Some(node)) => (Claim::Isolated(environments(node)?), "from"),
        _ => {
            let message = "an assertion has exactly one of `only`, `calls`, `open` and `isolated`";
            return Err(wrong(node.span, message));
        }
    };
    let is_isolation = matches!(claim, Claim::Isolated(_));
    let unused = [unused]
        .into_iter()
        .chain(is_isolation.then_some(["to", "over"]).into_iter().flatten())
        .chain((!is_isolation).then_some("shared"));
    if let Some(entry) = unused.into_iter().find_map(|unused| node.entry(unused)) {
        let unused = &entry.key;
        return Err(wrong(
            entry.key_span,
            format!("`{unused}` means nothing here"),
        ));
    }
    let over_mtls = match text("over")? {
        None => false,
        Some(over) if over.text == "mtls" => true,
        Some(over) => return Err(wrong(over.span, "`over` is not `mtls`")),
    };
    let name = match text("name")? {
        Some(name) => name.text,
        None => described(&claim),
    };
    let shared = match node.get("shared") {
        None => Vec::new(),
        Some(_) => list("shared")?.into_iter().map(|name| name.text).collect(),
    };
    Ok(Assertion {
        name,
        span: node.span,
        claim,
        over_mtls,
        shared,
    })
}

fn described(claim: &Claim) -> String {
    let list = |names: &[Named]| {
        let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
        names.join(", ")
    };
    match claim {
        Claim::Only { target, from } => format!("only {} reaches {}", list(from), target.text),
        Claim::Calls { caller, to } => format!("{} calls only {}", caller.text, list(to)),
        Claim::Open { target, from } => format!("{} reaches {}", list(from), target.text),
        Claim::Isolated(environments) => {
            let names: Vec<&str> = environments.keys().map(String::as_str).collect();
            format!("{} are isolated", names.join(", "))
        }
    }
}

fn named(node: &Node) -> Result<Named, AssertionError> {
    let text = node.as_str();
    let text =
        text.ok_or_else(|| wrong(node.span, format!("this is {} and no text", node.kind())))?;
    Ok(Named {
        text: text.to_owned(),
        span: node.span,
    })
}

fn environments(node: &Node) -> Result<BTreeMap<String, Vec<String>>, AssertionError> {
    let fields = node.as_mapping().filter(|fields| fields.len() > 1);
    let message = "`isolated` is a mapping of two environments or more, each with its namespaces";
    let fields = fields.ok_or_else(|| wrong(node.span, message))?;
    let mut environments = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for field in fields {
        let items = field.value.as_sequence();
        let items = items.ok_or_else(|| wrong(field.value.span, message))?;
        let mut namespaces = Vec::new();
        for item in items {
            let name = named(item)?;
            if !seen.insert(name.text.clone()) {
                let message = format!("namespace `{}` is in two environments", name.text);
                return Err(wrong(name.span, message));
            }
            namespaces.push(name.text);
        }
        // Nothing reaches an environment of no namespace, and nothing would be proven.
        if namespaces.is_empty() {
            let message = format!("environment `{}` has no namespace", field.key);
            return Err(wrong(field.value.span, message));
        }
        environments.insert(field.key.clone(), namespaces);
    }
    Ok(environments)
}
