//! Why bytes are not a message: stable codes with their explanations.

use super::MessageError;
use crate::kernel::reason::ReasonPage;

impl MessageError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(&self) -> ReasonPage {
        let [
            empty,
            response,
            start_line,
            pseudo_field,
            field,
            control_byte,
            head_too_large,
            head_truncated,
            body_truncated,
            length,
            body_too_long,
            two_lengths,
            transfer_coding,
            chunk,
        ] = Self::PAGES;
        match self {
            Self::Empty => empty,
            Self::Response => response,
            Self::BadStartLine => start_line,
            Self::BadPseudoField { .. } => pseudo_field,
            Self::BadField { .. } => field,
            Self::ControlByte { .. } => control_byte,
            Self::HeadTooLarge => head_too_large,
            Self::HeadTruncated { .. } => head_truncated,
            Self::Truncated { .. } => body_truncated,
            Self::BadContentLength => length,
            Self::TrailingBytes(_) => body_too_long,
            Self::TwoLengths => two_lengths,
            Self::TransferCoding(_) => transfer_coding,
            Self::BadChunk { .. } => chunk,
        }
    }

    /// All pages.
    pub const PAGES: [ReasonPage; 14] = [
        ReasonPage {
            code: "request-empty",
            title: "there is no message",
            text: "The file or stream holds nothing, or only line ends. A gate must not pass on nothing.",
        },
        ReasonPage {
            code: "request-is-response",
            title: "a response stands where a request is needed",
            text: "A signed response may cover parts of the request that it answers (RFC 9421 §2.4): `--request` names \
                   that request, not the response.",
        },
        ReasonPage {
            code: "request-start-line-malformed",
            title: "the first line is neither a request line nor a status line",
            text: "A message starts with `METHOD TARGET HTTP/1.1` or `HTTP/1.1 STATUS` (RFC 9112 §3, §4), or with the \
                   pseudo-fields of HTTP/2. A body alone, or a log line, is not a message: save the whole request.",
        },
        ReasonPage {
            code: "request-pseudo-field-malformed",
            title: "a pseudo-field of HTTP/2 is missing, repeated, unknown or empty",
            text: "A request of HTTP/2 has `:method`, `:scheme`, `:path` and perhaps `:authority`, each once and before \
                   all fields (RFC 9113 §8.3.1).",
        },
        ReasonPage {
            code: "request-field-malformed",
            title: "a line of the head is not a field",
            text: "A field is a name, a colon and a value. White space before the colon and names with other characters \
                   than those of a token are refused (RFC 9112 §5.1), for two readers would see two names.",
        },
        ReasonPage {
            code: "request-control-byte",
            title: "a field holds a NUL or a carriage return",
            text: "No value may hold them (RFC 9110 §5.5): readers cut the line there, replace the byte or refuse, so \
                   that signer and verifier would see different fields.",
        },
        ReasonPage {
            code: "request-head-too-large",
            title: "the head is too long or has too many fields",
            text: "A head has at most 256 KiB and 1000 fields. No service sends more; a message that does wants to tire \
                   its reader.",
        },
        ReasonPage {
            code: "request-head-truncated",
            title: "the head ends in the middle of a field",
            text: "The last line has no line end and is no whole field, so the message was saved in part. A head that \
                   merely lacks the empty line at its end is read, and that is said.",
        },
        ReasonPage {
            code: "request-body-truncated",
            title: "the body is shorter than its `Content-Length`",
            text: "The connection broke, or the message was saved in part. An editor that changes line ends changes the \
                   length, too.",
        },
        ReasonPage {
            code: "request-length-malformed",
            title: "`Content-Length` is not one number",
            text: "It is a decimal number without sign, and where it is there twice both are the same (RFC 9110 §8.6). \
                   Otherwise two readers see bodies of two lengths: that is request smuggling.",
        },
        ReasonPage {
            code: "request-body-too-long",
            title: "more than line ends follows the body that `Content-Length` gives",
            text: "What follows is another message, or the body was changed and its length was not. Give each message \
                   alone.",
        },
        ReasonPage {
            code: "request-two-lengths",
            title: "`Transfer-Encoding` and `Content-Length` are both there",
            text: "Readers differ in which of them they believe (RFC 9112 §6.3), so that one reads a body where the \
                   other reads the next request.",
        },
        ReasonPage {
            code: "request-transfer-coding",
            title: "the body is in a transfer coding that is not taken off",
            text: "What is signed is the content without its transfer coding (RFC 9530 §2). `chunked` alone is taken off; \
                   save the message with its decoded body.",
        },
        ReasonPage {
            code: "request-chunk-malformed",
            title: "a chunk of the body is damaged",
            text: "A chunk is its length in hexadecimal, a line end, so many bytes, and the same line end (RFC 9112 \
                   §7.1); the last has the length 0. The message was saved in part, or its body was decoded and its \
                   `Transfer-Encoding` was kept.",
        },
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_own_page() {
        let line = 1;
        let all = [
            (MessageError::Empty, "request-empty"),
            (MessageError::Response, "request-is-response"),
            (MessageError::BadStartLine, "request-start-line-malformed"),
            (
                MessageError::BadPseudoField {
                    line,
                    name: String::new(),
                    problem: "",
                },
                "request-pseudo-field-malformed",
            ),
            (MessageError::BadField { line }, "request-field-malformed"),
            (
                MessageError::ControlByte { line, byte: 0 },
                "request-control-byte",
            ),
            (MessageError::HeadTooLarge, "request-head-too-large"),
            (
                MessageError::HeadTruncated { line },
                "request-head-truncated",
            ),
            (
                MessageError::Truncated {
                    expected: 1,
                    found: 0,
                },
                "request-body-truncated",
            ),
            (MessageError::BadContentLength, "request-length-malformed"),
            (MessageError::TrailingBytes(1), "request-body-too-long"),
            (MessageError::TwoLengths, "request-two-lengths"),
            (
                MessageError::TransferCoding(String::new()),
                "request-transfer-coding",
            ),
            (
                MessageError::BadChunk { offset: 0 },
                "request-chunk-malformed",
            ),
        ];
        assert_eq!(all.len(), MessageError::PAGES.len());
        for (error, code) in all {
            assert_eq!(error.code(), code);
        }
    }
}
