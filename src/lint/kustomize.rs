//! What Kustomizations leave open: files that one does not name, and builds beside each other.

use std::collections::BTreeSet;

use super::model::Model;
use super::reachability::Reason;
use super::rewriting::at;
use crate::kernel::document::{Document, Node};

/// What a Kustomization that changes nothing leaves open: a file under it that it does not name, and what it names and is
/// not in the input.
pub(super) fn beside(model: &Model<'_>, kustomization: &Document) -> Option<Reason> {
    let own = parts(kustomization.source.name());
    let (_, folder) = own.split_last()?;
    let root = &kustomization.root;
    let listed = ["resources", "bases"].map(|key| root.entry(key));
    let mut whole = Vec::new();
    for entry in listed.into_iter().flatten() {
        for item in entry.value.as_sequence().unwrap_or_default() {
            let path = item.as_str().filter(|path| !path.contains("://"));
            let Some(path) = path else {
                let text = "what a Kustomization names beside files: it is not in the input";
                return Some(at(kustomization, item.span, text.to_owned()));
            };
            whole.push((format!("{}/{path}", folder.join("/")), path, item.span));
        }
    }
    let named = whole
        .iter()
        .map(|(whole, path, span)| (parts(whole), *path, *span));
    let named: Vec<_> = named.collect();
    let files: Vec<Vec<&str>> = model
        .documents
        .iter()
        .map(|document| parts(document.source.name()))
        .collect();
    let is_there = |path: &Vec<&str>| files.iter().any(|file| file.starts_with(path));
    // `..` cancels what stands before it, so that paths of both kinds are compared whole.
    if let Some((_, path, span)) = named.iter().find(|(path, ..)| !is_there(path)) {
        let text =
            format!("what `{path}` holds: a Kustomization names it, and it is not in the input");
        return Some(at(kustomization, *span, text));
    }
    let below = files.iter().zip(model.documents);
    let mut unnamed = below.filter(|(file, document)| {
        let kind = document.root.get("kind").and_then(Node::as_str);
        let is_object = kind.is_some_and(|kind| kind != "Kustomization");
        is_object
            && document.root.get("apiVersion").is_some()
            && file.starts_with(folder)
            && !named.iter().any(|(path, ..)| file.starts_with(path))
    });
    unnamed.next().map(|(_, document)| {
        let text = format!(
            "whether {} is applied: the Kustomization above it does not name it",
            document.source.name()
        );
        at(kustomization, root.span, text)
    })
}

/// The folders and the file of a path, without `.` and what `..` cancels.
fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}

/// A Kustomization: its folder, and the files and folders that it names.
struct Kustomization<'m> {
    document: &'m Document,
    folder: Vec<&'m str>,
    named: Vec<Vec<String>>,
}

impl<'m> Kustomization<'m> {
    fn read(document: &'m Document) -> Option<Self> {
        let root = &document.root;
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
        let is_one = matches!(text("kind"), "Kustomization" | "Component")
            && matches!(
                text("apiVersion").split('/').next(),
                Some("" | "kustomize.config.k8s.io")
            );
        if !is_one {
            return None;
        }
        let mut folder = parts(document.source.name());
        folder.pop()?;
        let lists = ["resources", "bases", "components"];
        let lists = lists.iter().filter_map(|key| root.get(key)?.as_sequence());
        let named = lists.flatten().filter_map(Node::as_str);
        let named = named.map(|path| {
            let whole = format!("{}/{path}", folder.join("/"));
            parts(&whole).into_iter().map(str::to_owned).collect()
        });
        let named = named.collect();
        Some(Self {
            document,
            folder,
            named,
        })
    }

    fn names(&self, folder: &[&str]) -> bool {
        self.named.iter().any(|path| path == folder)
    }
}

/// Builds that share a base and of which none is part of the other, such as those of two environments: what one of them holds
/// is not in the other.
pub(super) fn apart(model: &Model<'_>) -> Option<Reason> {
    let all: Vec<Kustomization<'_>> = model
        .documents
        .iter()
        .filter_map(Kustomization::read)
        .collect();
    let is_root = |one: &&Kustomization<'_>| !all.iter().any(|other| other.names(&one.folder));
    // A component is never built on its own.
    let is_component = |one: &&Kustomization<'_>| {
        one.document.root.get("kind").and_then(Node::as_str) == Some("Component")
    };
    if let Some(alone) = all.iter().filter(is_root).find(is_component) {
        let text = format!(
            "whether the component `{}` is applied: no Kustomization of the input takes it in",
            alone.folder.join("/")
        );
        return Some(at(alone.document, alone.document.root.span, text));
    }
    let roots = all.iter().filter(is_root);
    let builds: Vec<_> = roots.map(|root| (root, reached(root, &all))).collect();
    builds.iter().enumerate().find_map(|(index, (one, reach))| {
        let (other, shared) = builds.iter().skip(index + 1).find_map(|(other, reach_too)| {
            Some((other, reach.intersection(reach_too).next()?))
        })?;
        let text = format!(
            "which build is judged: those of `{}` and of `{}` both hold `{}`, and what one of them adds is not in the \
             other; judge what `kustomize build` makes of one of them",
            one.folder.join("/"),
            other.folder.join("/"),
            shared.join("/")
        );
        Some(at(other.document, other.document.root.span, text))
    })
}

/// Everything that a build names, by way of other Kustomizations too.
fn reached<'k>(
    root: &'k Kustomization<'_>,
    all: &'k [Kustomization<'_>],
) -> BTreeSet<&'k Vec<String>> {
    let mut reached: BTreeSet<&Vec<String>> = BTreeSet::new();
    let mut open: Vec<&Vec<String>> = root.named.iter().collect();
    while let Some(path) = open.pop() {
        if !reached.insert(path) {
            continue;
        }
        let inner = all.iter().filter(|one| *path == one.folder);
        open.extend(inner.flat_map(|one| &one.named));
    }
    reached
}
