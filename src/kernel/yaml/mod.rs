//! YAML as kubectl reads it: liberal, spanned, bounded, and silent about nothing.
//!
//! Our own reader accepts what libyaml and go-yaml accept in real manifests and gives every key and value its
//! bytes. What it does not read itself (complex keys, directives, bare carriage returns, …) is handed to the
//! `serde_yaml` engine, a port of libyaml; such a document has [`Document::exact_spans`] false. A stream is split
//! by lines as `k8s.io/apimachinery` splits it, so one bad document never hides the next.
//!
//! Scalars are resolved as `sigs.k8s.io/yaml` does (YAML 1.1 booleans, octal `0644`, no base 60, dates stay
//! strings). This module never panics and bounds depth, nodes and what aliases may expand to.

use std::sync::Arc;

use super::document::Document;
use super::source::{Source, Span};

mod alias;
mod block;
mod block_scalar;
mod fallback;
mod flow;
mod plain;
mod quoted;
mod reader;
mod resolve;
mod split;

/// How deep collections may nest.
pub const MAX_DEPTH: usize = 128;

/// How many values one document may hold, those that aliases repeat included.
pub const MAX_NODES: usize = 4_000_000;

/// How many documents one stream may hold.
pub const MAX_DOCUMENTS: usize = 100_000;

/// What one input holds.
#[derive(Debug, Default)]
pub struct Stream {
    /// The documents in order, each read or refused on its own. A document without any value (comments only) has
    /// a null root; one that is entirely blank is left out.
    pub documents: Vec<Result<Document, YamlError>>,
    /// What is legal but treacherous about the stream itself.
    pub remarks: Vec<Remark>,
}

/// A document that no reader accepts, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Where the reader gave up.
    pub span: Span,
    /// The whole document's bytes.
    pub document: Span,
    /// One sentence without a full stop.
    pub message: String,
}

/// Something about the stream that a reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it is.
    pub kind: RemarkKind,
    /// Where it is.
    pub span: Span,
}

/// The kinds of [`Remark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// The input begins with a byte order mark.
    ByteOrderMark,
    /// A separator carries a comment: older kubectl did not split there and lost the document that follows.
    SeparatorWithComment,
    /// Text after the end marker `...` is ignored until the next `---`.
    TextAfterEnd,
}

impl RemarkKind {
    /// What it means, one sentence without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "the input begins with a byte order mark, which is skipped",
            Self::SeparatorWithComment => {
                "older kubectl does not split at a `---` that a comment follows: the next document is lost there"
            }
            Self::TextAfterEnd => "kubectl ignores what follows the end marker `...`",
        }
    }
}

/// Reads every document of an input. Total: any bytes give a stream.
pub fn parse_stream(source: &Arc<Source>) -> Stream {
    let text = match source.text() {
        Ok(text) => text,
        Err(error) => return not_text(source, &error),
    };
    let split = split::split(text);
    let mut documents = Vec::with_capacity(split.chunks.len());
    for chunk in split.chunks {
        match chunk {
            Ok(chunk) => read_chunk(source, text, chunk, &mut documents),
            Err(error) => documents.push(Err(error)),
        }
        if documents.len() > MAX_DOCUMENTS {
            documents.truncate(MAX_DOCUMENTS);
            documents.push(Err(too_many(text)));
            break;
        }
    }
    Stream {
        documents,
        remarks: split.remarks,
    }
}

/// Reads one chunk between separators: a YAML document, or a run of JSON values.
fn read_chunk(
    source: &Arc<Source>,
    text: &str,
    chunk: Span,
    documents: &mut Vec<Result<Document, YamlError>>,
) {
    let mut start = chunk.start as usize;
    while documents.len() <= MAX_DOCUMENTS
        && let Some(next) = split::json_start(text, start, chunk.end as usize)
    {
        let mut reader = reader::Reader::new(text, next, chunk.end as usize);
        match reader.json_value() {
            Ok(root) => {
                start = reader.position();
                documents.push(Ok(reader.into_document(source, root)));
            }
            // Not JSON after all: a flow mapping with more after it, or a template. YAML has the last word.
            Err(_) => break,
        }
    }
    let rest = Span::new(start, chunk.end as usize);
    if start > chunk.start as usize && split::is_blank(text, rest) {
        return;
    }
    if start > chunk.start as usize {
        documents.push(Err(YamlError {
            span: rest,
            document: chunk,
            message: "text follows the JSON value".to_owned(),
        }));
        return;
    }
    documents.push(read_document(source, text, chunk));
}

fn read_document(source: &Arc<Source>, text: &str, chunk: Span) -> Result<Document, YamlError> {
    let mut reader = reader::Reader::new(text, chunk.start as usize, chunk.end as usize);
    match reader.document() {
        Ok(root) => Ok(reader.into_document(source, root)),
        Err(refusal) => fallback::read(source, text, chunk, &refusal),
    }
}

fn too_many(text: &str) -> YamlError {
    let end = Span::new(text.len(), text.len());
    YamlError {
        span: end,
        document: end,
        message: format!(
            "the stream holds more than {MAX_DOCUMENTS} documents: the rest was not read"
        ),
    }
}

fn not_text(source: &Source, error: &super::source::SourceError) -> Stream {
    use super::source::SourceError;
    let offset = match error {
        SourceError::NotUtf8 { offset, .. } => *offset,
        SourceError::TooLarge { .. } => 0,
    };
    let message = match source.bytes() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "the input is UTF-16: convert it to UTF-8 first".to_owned()
        }
        _ => error.to_string(),
    };
    Stream {
        documents: vec![Err(YamlError {
            span: Span::new(offset, (offset + 1).min(source.bytes().len())),
            document: Span::new(0, source.bytes().len()),
            message,
        })],
        remarks: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
