//! What Helm is given for a chart, whoever asks it to install one: Flux, the controller of k3s and RKE2, an operator.

use super::Resource;
use crate::kernel::document::{Document, Node};
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml;

/// The values that an object gives to its chart.
#[derive(Debug, Default)]
pub(crate) struct Values<'a> {
    /// Those that are read, each with its place in the object.
    read: Vec<(Given<'a>, Span)>,
    /// What else changes them, or what is made of them, in words.
    pub(crate) unread: Vec<String>,
}

#[derive(Debug)]
enum Given<'a> {
    Here(&'a Node),
    /// A document of its own within a text.
    Text(Document),
}

impl Values<'_> {
    /// The values that are read, with their places.
    pub(crate) fn read(&self) -> impl Iterator<Item = (&Node, Span)> {
        self.read.iter().map(|(given, span)| match given {
            Given::Here(node) => (*node, *span),
            Given::Text(document) => (&document.root, *span),
        })
    }
}

/// Whether an object installs a chart whose name holds this, or configures its installation.
pub(crate) fn installs(resource: &Resource<'_>, chart: &str) -> bool {
    let paths: &[&[&str]] = match (resource.group, resource.kind) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") => &[
            &["spec", "chart", "spec", "chart"],
            &["spec", "chartRef", "name"],
        ],
        // What configures one has its name, and may stand alone.
        ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => {
            &[&["spec", "chart"], &["metadata", "name"]]
        }
        _ => return false,
    };
    let mut names = paths
        .iter()
        .filter_map(|path| resource.at(path).and_then(Node::as_str));
    names.any(|name| {
        let last = name.rsplit('/').next();
        last.is_some_and(|last| last.contains(chart))
    })
}

/// The values that an object gives to its chart.
pub(crate) fn values<'a>(resource: &Resource<'a>) -> Values<'a> {
    let subject = resource.subject();
    let mut values = Values::default();
    for key in ["values", "unvalidatedValues"] {
        let path = ["spec", key];
        if let Some(node) = resource.at(&path).filter(|node| !node.is_null()) {
            let span = resource.key_span(&path);
            values.read.push((Given::Here(node), span));
        }
    }
    let path = ["spec", "valuesContent"];
    if let Some(node) = resource.at(&path).filter(|node| !node.is_null()) {
        match node.as_str().map(|text| inner(resource.source(), text)) {
            Some(Ok(document)) => {
                let span = resource.key_span(&path);
                values.read.push((Given::Text(document), span));
            }
            // Nothing but comments says nothing.
            Some(Err(_)) if node.as_str().is_some_and(says_nothing) => {}
            _ => {
                let what = format!("what `valuesContent` of {subject} says: it is not read");
                values.unread.push(what);
            }
        }
    }
    for key in ["valuesFrom", "valuesSecrets", "set", "postRenderers"] {
        let said = resource.at(&["spec", key]).filter(|node| {
            let is_empty = node.as_sequence().is_some_and(<[_]>::is_empty)
                || node.as_mapping().is_some_and(<[_]>::is_empty);
            !node.is_null() && !is_empty
        });
        if said.is_some() {
            let what = format!("what `{key}` of {subject} makes of its chart: it is not read");
            values.unread.push(what);
        }
    }
    values
}

fn says_nothing(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with('#'))
}

/// A document that stands as a text in another one.
pub(crate) fn inner(outer: &Source, text: &str) -> Result<Document, String> {
    let source = Source::new(outer.name(), text.as_bytes().to_vec());
    let source = source.map_err(|error| error.to_string())?;
    let mut documents = yaml::parse_stream(&source).documents.into_iter();
    let document = documents.next().ok_or("it is empty")?;
    document.map_err(|error| error.to_string())
}
