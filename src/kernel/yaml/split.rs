//! Splitting a stream into documents, by lines, as `k8s.io/apimachinery/pkg/util/yaml` does.
//!
//! A line that starts with `---` separates, even inside a scalar; only blanks or a comment may follow it.

use memchr::memmem;

use super::{MAX_DOCUMENTS, Remark, RemarkKind, YamlError};
use crate::kernel::source::Span;

/// The chunks between separators that are not blank, or what is wrong with a separator.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub(super) chunks: Vec<Result<Span, YamlError>>,
    pub(super) remarks: Vec<Remark>,
}

const SEPARATOR: &str = "---";
const END_MARKER: &str = "...";
const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) fn split(text: &str) -> Split {
    let mut split = Split::default();
    let mut start = 0;
    if text.starts_with(BYTE_ORDER_MARK) {
        start = BYTE_ORDER_MARK.len();
        split.remark(RemarkKind::ByteOrderMark, Span::new(0, start));
    }
    let mut pending = line_at_start(text, start, SEPARATOR);
    let mut separators = memmem::find_iter(text.as_bytes(), "\n---").map(|offset| offset + 1);
    loop {
        let Some(separator) = pending.take().or_else(|| separators.next()) else {
            split.chunk(text, start, text.len());
            return split;
        };
        let filled = split.chunk(text, start, separator);
        let line_end = end_of_line(text, separator);
        let line = Span::new(separator, line_end);
        let rest = text
            .get(separator + SEPARATOR.len()..line_end)
            .unwrap_or_default()
            .trim();
        if rest.starts_with('#') {
            if filled {
                split.remark(RemarkKind::SeparatorWithComment, line);
            }
        } else if !rest.is_empty() {
            split.chunks.push(Err(YamlError {
                span: line,
                document: line,
                message: "only blanks or a comment may follow `---` on its line".to_owned(),
            }));
        }
        start = line_end;
        // One more than is read, so that the reader sees that there are too many.
        if split.chunks.len() > MAX_DOCUMENTS {
            return split;
        }
    }
}

impl Split {
    fn remark(&mut self, kind: RemarkKind, span: Span) {
        self.remarks.push(Remark { kind, span });
    }

    /// Keeps a chunk unless it is blank; says whether it was kept.
    fn chunk(&mut self, text: &str, start: usize, end: usize) -> bool {
        // YAML 1.2.2 section 5.2: every document of a stream may begin with a byte order mark.
        let chunk = text.get(start..end).unwrap_or_default();
        let start = chunk
            .trim_start_matches(['\r', '\n'])
            .strip_prefix(BYTE_ORDER_MARK)
            .map_or(start, |rest| end - rest.len());
        let end = match end_marker(text, start, end) {
            Some(marker) => {
                let rest = Span::new(end_of_line(text, marker), end);
                if holds_value(text, rest) {
                    self.remark(RemarkKind::TextAfterEnd, rest);
                }
                marker
            }
            None => end,
        };
        let span = Span::new(start, end);
        let filled = !is_blank(text, span);
        if filled {
            self.chunks.push(Ok(span));
        }
        filled
    }
}

/// The start of the first line that is the end marker `...`.
fn end_marker(text: &str, start: usize, end: usize) -> Option<usize> {
    let chunk = text.get(start..end)?;
    let is_marker = |offset: &usize| {
        chunk
            .as_bytes()
            .get(offset + END_MARKER.len())
            .is_none_or(u8::is_ascii_whitespace)
    };
    let first = chunk.starts_with(END_MARKER).then_some(0);
    first
        .into_iter()
        .chain(memmem::find_iter(chunk.as_bytes(), "\n...").map(|offset| offset + 1))
        .find(is_marker)
        .map(|offset| start + offset)
}

fn line_at_start(text: &str, start: usize, prefix: &str) -> Option<usize> {
    text.get(start..)?.starts_with(prefix).then_some(start)
}

fn end_of_line(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |offset| from + offset)
}

/// Whether a chunk holds white space only.
pub(super) fn is_blank(text: &str, span: Span) -> bool {
    text.get(span.range())
        .is_none_or(|chunk| chunk.trim_start().is_empty())
}

fn holds_value(text: &str, span: Span) -> bool {
    text.get(span.range()).is_some_and(|chunk| {
        chunk
            .lines()
            .map(str::trim)
            .any(|line| !line.is_empty() && !line.starts_with('#'))
    })
}

/// The offset of the `{` that the chunk starts with, if it does: kubectl then reads JSON.
pub(super) fn json_start(text: &str, start: usize, end: usize) -> Option<usize> {
    let chunk = text.get(start..end)?;
    let trimmed = chunk.trim_start();
    trimmed
        .starts_with('{')
        .then(|| start + chunk.len() - trimmed.len())
}
