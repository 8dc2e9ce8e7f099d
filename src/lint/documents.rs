//! From inputs to documents: what is read, what is a template, what nobody can read.

use std::sync::Arc;

use crate::kernel::document::{Document, Node};
use crate::kernel::finding::Location;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml::{self, Remark, YamlError};

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
    let mut documents = Documents::default();
    for source in inputs {
        documents.read_source(source);
    }
    documents
}

impl Documents {
    fn read_source(&mut self, source: &Arc<Source>) {
        let stream = yaml::parse_stream(source);
        if let Some(place) = template_place(source, &stream.documents) {
            self.unread += stream.documents.len();
            self.note(
                "helm-template",
                "this is a Helm template and was not read: lint the output of `helm template` instead"
                    .to_owned(),
                source,
                place,
            );
            return;
        }
        for remark in stream.remarks {
            self.remarks.push((Arc::clone(source), remark));
        }
        for document in stream.documents {
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
                    self.read.push(document);
                }
                Err(error) => {
                    self.unread += 1;
                    let message = format!("this document was not read: {error}");
                    self.note("unparsable-document", message, source, error.span);
                }
            }
        }
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

fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    Span::new(span.start as usize, span.start as usize + end)
}

/// Where an input shows itself a Helm template: `{{` in a document that does not parse, or in what names a
/// resource. A `{{` elsewhere is text of the application's own.
fn template_place(source: &Source, documents: &[Result<Document, YamlError>]) -> Option<Span> {
    let first = memchr::memmem::find(source.bytes(), b"{{")?;
    let is_template = documents.iter().any(|document| match document {
        Ok(document) => NAMES
            .iter()
            .filter_map(|path| document.root.at(path))
            .filter_map(Node::as_str)
            .any(|name| name.contains("{{")),
        Err(error) => memchr::memmem::find(source.slice(error.document), b"{{").is_some(),
    });
    is_template.then(|| Span::new(first, first + 2))
}

const NAMES: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
];
