//! Rendered manifests, attributed to the files that they were rendered from.
//!
//! `helm template` writes `# Source: chart/templates/a.yaml` above each document; `kustomize build` leaves the
//! annotation `config.kubernetes.io/origin` where it is told to. A stream is cut at those places, so that what is found
//! names the file to edit. Lines are those of what was rendered.

use std::sync::Arc;

use crate::kernel::source::Source;

/// The parts of a rendered stream under the names of their files, each file once; none where the stream names none.
/// What stands before the first name, or names no file, keeps the stream's own name.
pub fn attributed(stream: &Arc<Source>) -> Option<Vec<Arc<Source>>> {
    let text = std::str::from_utf8(stream.bytes()).ok()?;
    let mut parts: Vec<(&str, String)> = Vec::new();
    for document in documents(text) {
        let name = origin(document).unwrap_or(stream.name());
        match parts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, part)) => part.push_str(document),
            None => parts.push((name, document.to_owned())),
        }
    }
    if parts.iter().all(|(name, _)| *name == stream.name()) {
        return None;
    }
    let sources = parts
        .into_iter()
        .map(|(name, part)| Source::new(name, part.into_bytes()));
    sources.collect::<Result<Vec<_>, _>>().ok()
}

/// The documents of a stream with the separators before them, byte for byte.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_separator = line.trim_end() == "---";
        if is_separator && at > start {
            documents.extend(text.get(start..at));
            start = at;
        }
        at += line.len();
    }
    documents.extend(text.get(start..));
    documents
}

/// The file that a document says it was rendered from.
fn origin(document: &str) -> Option<&str> {
    let mut lines = document.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("# Source: ") {
            return Some(name.trim()).filter(|name| !name.is_empty());
        }
        if line
            .trim_start()
            .starts_with("config.kubernetes.io/origin: |")
        {
            let inner = std::iter::from_fn(|| {
                lines.next_if(|next| next.starts_with("      ") || next.trim().is_empty())
            });
            return inner
                .filter_map(|line| line.trim().strip_prefix("path: "))
                .map(str::trim)
                .find(|name| !name.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, String)> {
        let stream = Source::new("<stdin>", text.as_bytes().to_vec()).unwrap();
        let parts = attributed(&stream).unwrap_or_default();
        let named = |part: &Arc<Source>| {
            let text = String::from_utf8(part.bytes().to_vec()).unwrap();
            (part.name().to_owned(), text)
        };
        parts.iter().map(named).collect()
    }

    #[test]
    fn documents_of_one_template_stay_together() {
        let text = "---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/templates/b.yaml\nb: 1\n\
                    ---\n# Source: c/templates/a.yaml\na: 2\n";
        let found = names(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0],
            (
                "c/templates/a.yaml".to_owned(),
                "---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/templates/a.yaml\na: 2\n".to_owned()
            )
        );
        let all: usize = found.iter().map(|(_, text)| text.len()).sum();
        assert_eq!(all, text.len());
    }

    #[test]
    fn what_kustomize_annotates_is_attributed() {
        let text = "kind: A\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: base/a.yaml\n\
                    ---\nkind: B\n";
        let found: Vec<_> = names(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["base/a.yaml", "<stdin>"]);
    }

    #[test]
    fn a_stream_that_names_no_file_stays_whole() {
        assert!(names("a: 1\n---\nb: 2\n").is_empty());
    }
}
