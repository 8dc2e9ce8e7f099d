//! From inputs to documents: what is read, what is a template, what nobody can read.

use std::sync::Arc;

use crate::kernel::document::{Document, Entry, Node, Value};
use crate::kernel::finding::Location;
use crate::kernel::parallel;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml::{self, Remark, RemarkKind, YamlError};

/// How many files a thread reads before it asks for more: enough to be worth a thread.
const FILES_A_PART: usize = 64;

/// Every document of the inputs, in order.
#[derive(Debug, Default)]
pub struct Documents {
    /// The documents that were read.
    pub read: Vec<Document>,
    /// What was not read, and why.
    pub notes: Vec<Note>,
    /// Remarks about the streams themselves.
    pub remarks: Vec<(Arc<Source>, Remark)>,
    /// How many documents could not be read.
    pub unread: usize,
}

/// Reads all inputs. One that cannot be read becomes a note and ends nothing.
pub fn read(inputs: &[Arc<Source>]) -> Documents {
    let parts = parallel::by_parts(inputs, FILES_A_PART, |part| {
        let mut documents = Documents::default();
        for source in part {
            documents.read_source(source);
        }
        documents
    });
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        all.read.extend(part.read);
        all.notes.extend(part.notes);
        all.remarks.extend(part.remarks);
        all.unread += part.unread;
    }
    all
}

impl Documents {
    fn read_source(&mut self, source: &Arc<Source>) {
        let stream = yaml::parse_stream(source);
        for remark in stream.remarks {
            if remark.kind == RemarkKind::TextAfterEnd {
                self.unread += 1;
                let message = format!("this was not read: {}", remark.kind.sentence());
                self.note("unparsable-document", message, source, remark.span);
            }
            self.remarks.push((Arc::clone(source), remark));
        }
        let mut templates = Vec::new();
        for document in stream.documents {
            if let Some(place) = template_place(source, &document) {
                templates.push(place);
                continue;
            }
            match document {
                Ok(document) => {
                    if !document.exact_spans {
                        self.note(
                            "inexact-spans",
                            "this document uses rare YAML: what is found in it is shown at its first line"
                                .to_owned(),
                            source,
                            first_line(source, document.root.span),
                        );
                    }
                    self.read.push(as_kustomize_reads(document));
                }
                Err(error) => {
                    self.unread += 1;
                    let message = format!("this document was not read: {error}");
                    self.note("unparsable-document", message, source, error.span);
                }
            }
        }
        self.note_templates(source, &templates);
    }

    /// One note a file, however many of its documents are templates.
    fn note_templates(&mut self, source: &Arc<Source>, places: &[Span]) {
        let Some(first) = places.first() else {
            return;
        };
        self.unread += places.len();
        let what = match places.len() {
            1 => "this is a Helm template and was not read".to_owned(),
            many => format!("{many} documents of this file are Helm templates and were not read"),
        };
        let message = format!("{what}: lint the output of `helm template` instead");
        self.note("unparsable-helm-template", message, source, *first);
    }

    fn note(&mut self, code: &'static str, message: String, source: &Arc<Source>, span: Span) {
        self.notes.push(Note {
            code,
            message,
            location: Some(Location {
                source: Arc::clone(source),
                span,
                label: String::new(),
            }),
        });
    }
}

/// A kustomization is known by the name of its file: kustomize itself fills in what kind of object it is.
fn as_kustomize_reads(mut document: Document) -> Document {
    let name = document.source.name();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if !KUSTOMIZATIONS.contains(&name) || document.root.get("kind").is_some() {
        return document;
    }
    let span = document.root.span;
    if let Value::Mapping(entries) = &mut document.root.value {
        let mut filled = std::mem::take(entries).into_vec();
        filled.push(Entry {
            key: "kind".to_owned(),
            key_span: span,
            value: Node {
                span,
                value: Value::String("Kustomization".to_owned()),
            },
        });
        *entries = filled.into_boxed_slice();
    }
    document
}

/// The names that kustomize looks for.
pub const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    Span::new(span.start as usize, span.start as usize + end)
}

/// Where a document shows itself a Helm template: `{{` where it does not parse, or in what names its resource. A `{{`
/// elsewhere in a document that parses is text of the application's own.
fn template_place(source: &Source, document: &Result<Document, YamlError>) -> Option<Span> {
    let (span, is_template) = match document {
        Ok(document) => {
            let mut names = NAMES
                .iter()
                .filter_map(|path| document.root.at(path)?.as_str());
            (document.root.span, names.any(|name| name.contains("{{")))
        }
        Err(error) => (error.document, true),
    };
    let offset = memchr::memmem::find(source.slice(span), b"{{").filter(|_| is_template)?;
    let start = span.start as usize + offset;
    Some(Span::new(start, start + 2))
}

const NAMES: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
];
