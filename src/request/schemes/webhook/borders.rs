//! Where one part of a signed text ends and the next begins: what stands between two parts must stand in neither.
//!
//! `{header:X-User}:{header:X-Role}` signs the user `a:b` with the role `c` as it does the user `a` with the role `b:c`, so
//! that whoever holds one message can make the other of it. The body is the one part that may hold anything: the parts
//! before it are then told from the left, and those behind it from the right.

use super::Piece;
use super::text::{Content, Part, TextError};
use super::verify::origin;
use crate::request::parts::is_token;

/// Refuses parts whose borders could be moved without a change of what is signed.
pub(super) fn check(parts: &[Part]) -> Result<(), TextError> {
    for three in parts.windows(3) {
        let [before, between, after] = three else {
            continue;
        };
        let Piece::Literal(text) = &between.origin else {
            continue;
        };
        // The first such text is the border, or the last is.
        if !may_hold(&before.origin, text) || !may_hold(&after.origin, text) {
            continue;
        }
        let moved = [
            (before, is_moved_by_left(before, text)),
            (after, is_moved_by_right(after, text)),
        ];
        if let Some((part, _)) = moved.into_iter().find(|(_, is_moved)| *is_moved) {
            return Err(TextError::Border {
                part: origin(&part.origin),
                text: text.clone(),
            });
        }
    }
    Ok(())
}

/// Whether a kind of part can hold a text at all. A time is digits alone.
fn may_hold(piece: &Piece, text: &str) -> bool {
    match piece {
        Piece::Timestamp => text.bytes().all(|byte| byte.is_ascii_digit()),
        Piece::Body | Piece::Form => true,
        Piece::Method => is_token(text.as_bytes()),
        Piece::Path if text.contains('?') => false,
        _ => !text.contains(['\r', '\n', '\0']),
    }
}

/// Whether the first such text is not behind the part: it is in it, or begins with its end, as `||` does in `root|` and `||`.
fn is_moved_by_left(part: &Part, text: &str) -> bool {
    match &part.content {
        Content::Bytes(bytes) => {
            let joined = [bytes, text.as_bytes()].concat();
            memchr::memmem::find(&joined, text.as_bytes()) != Some(bytes.len())
        }
        Content::Body => false,
    }
}

/// Whether the last such text is not before the part.
fn is_moved_by_right(part: &Part, text: &str) -> bool {
    match &part.content {
        Content::Bytes(bytes) => {
            let joined = [text.as_bytes(), bytes].concat();
            memchr::memmem::rfind(&joined, text.as_bytes()) != Some(0)
        }
        Content::Body => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(template: &[(Piece, &str)]) -> Option<String> {
        let parts = template.iter().map(|(piece, text)| Part {
            content: match piece {
                Piece::Body => Content::Body,
                _ => Content::Bytes(text.as_bytes().to_vec()),
            },
            origin: piece.clone(),
        });
        let parts: Vec<Part> = parts.collect();
        check(&parts).err().map(|error| error.to_string())
    }

    #[test]
    fn a_border_that_could_be_moved_is_refused() {
        let field = |name: &str| Piece::Field(name.to_owned());
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let colon = || (literal(":"), ":");
        let two = |user, role| told(&[(field("user"), user), colon(), (field("role"), role)]);
        assert_eq!(two("a", "b"), None);
        assert!(
            two("a:b", "c")
                .unwrap()
                .starts_with("the field `user` holds `:`")
        );
        assert!(
            two("a", "b:c")
                .unwrap()
                .starts_with("the field `role` holds `:`")
        );
        let body = |date| told(&[(field("date"), date), colon(), (Piece::Body, "")]);
        assert_eq!(body("2026-11-22"), None);
        assert!(body("09:00:00").is_some());
        let behind = told(&[(Piece::Body, ""), colon(), (field("x"), "1:2")]);
        assert!(behind.is_some());
        // An id is the sender's own: where it comes last, nothing else holds it against what is before it.
        let with_id = |id| told(&[(Piece::Body, ""), (literal("."), "."), (Piece::Id, id)]);
        assert_eq!(with_id("msg_1"), None);
        assert!(with_id("00.c").is_some());
        // A text that overlaps itself.
        let pipes = |user, role| {
            told(&[
                (field("user"), user),
                (literal("||"), "||"),
                (field("role"), role),
            ])
        };
        assert_eq!(pipes("root", "x|y"), None);
        assert!(pipes("root|", "x").is_some());
        assert!(pipes("root", "|x").is_some());
        let before_body = |user| {
            told(&[
                (field("user"), user),
                (literal("||"), "||"),
                (Piece::Body, ""),
            ])
        };
        assert!(before_body("root|").is_some());
        // Digits between a field and a time are no border.
        let digits = |user| {
            told(&[
                (field("user"), user),
                (literal("0"), "0"),
                (Piece::Timestamp, "17"),
            ])
        };
        assert_eq!(digits("a"), None);
        assert!(digits("a0").is_some());
        // Where one of the two cannot hold it, the border has one place.
        let time = told(&[(Piece::Timestamp, "17"), colon(), (field("x"), "1:2")]);
        assert_eq!(time, None);
        let query = (Piece::Query, "a=?");
        assert_eq!(
            told(&[(Piece::Path, "/"), (literal("?"), "?"), query]),
            None
        );
        let line = (literal("\n"), "\n");
        assert_eq!(told(&[(Piece::Path, "/"), line, (Piece::Body, "")]), None);
    }
}
