//! What is signed, as a text with placeholders: `v0:{timestamp}:{body}`. A brace itself is written twice.

use super::super::webhook::Piece;
use super::Problem;
use super::table::is_field_name;

const KNOWN: [&str; 10] = [
    "id",
    "timestamp",
    "body",
    "method",
    "url",
    "path",
    "query",
    "target",
    "form",
    "header:NAME",
];
const MAX_PIECES: usize = 64;

/// Reads a template.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            literal.push(next);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let unended = || Problem::Other(format!("the placeholder `{rest}` does not end"));
            let (name, after) = after.split_once('}').ok_or_else(unended)?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(placeholder(name)?);
            rest = after;
        } else if next == '}' {
            return Err(Problem::Other(
                "a `}` that ends no placeholder is written `}}`".to_owned(),
            ));
        } else {
            literal.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    if pieces
        .iter()
        .all(|piece| matches!(piece, Piece::Literal(_)))
    {
        return Err(Problem::Other(
            "nothing is signed: `signed` holds no placeholder".to_owned(),
        ));
    }
    if pieces.len() > MAX_PIECES {
        return Err(Problem::Other(format!(
            "`signed` has more than {MAX_PIECES} pieces"
        )));
    }
    Ok(pieces)
}

fn placeholder(name: &str) -> Result<Piece, Problem> {
    Ok(match name {
        "id" => Piece::Id,
        "timestamp" => Piece::Timestamp,
        "body" => Piece::Body,
        "method" => Piece::Method,
        "url" => Piece::Url,
        "path" => Piece::Path,
        "query" => Piece::Query,
        "target" => Piece::Target,
        "form" => Piece::Form,
        _ => match name.strip_prefix("header:") {
            Some(field) if is_field_name(field) => Piece::Field(field.to_owned()),
            _ => {
                return Err(Problem::UnknownPlaceholder {
                    found: name.to_owned(),
                    known: &KNOWN,
                });
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_placeholders_are_told_apart() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        assert_eq!(
            parse("{{a}}{method}\n{header:X-Y}"),
            Ok(vec![
                literal("{a}"),
                Piece::Method,
                literal("\n"),
                Piece::Field("X-Y".to_owned())
            ])
        );
        for text in ["{header:}", "{header:X Y}", "{Body}", "{}"] {
            let error = parse(text).unwrap_err();
            assert!(
                matches!(error, Problem::UnknownPlaceholder { .. }),
                "{text}"
            );
        }
        assert!(parse("just text").is_err());
        assert!(parse(&"{id}".repeat(65)).is_err());
    }
}
