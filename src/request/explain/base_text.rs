//! Signature bases as implementations write them by mistake.

use super::{Cause, Change, Family, Mutation, TextEdit};

/// The known mistakes.
pub(super) fn mutations() -> Vec<Mutation> {
    EDITS
        .into_iter()
        .map(|(cause, text, edit)| Mutation::new(Family::Reading, cause, text, Change::Text(edit)))
        .collect()
}

const EDITS: [(Cause, &str, TextEdit); 12] = [
    (
        Cause::BaseFinalNewline,
        "the signer had ended the signature base with a newline",
        |base| format!("{base}\n"),
    ),
    (
        Cause::BaseLineEnds,
        "the signer had ended the lines of the signature base with CR LF",
        |base| base.replace('\n', "\r\n"),
    ),
    (
        Cause::BaseParameters,
        "the signer had left the line `@signature-params` out",
        |base| {
            let end = base.rfind("\n\"@signature-params\"").unwrap_or(0);
            base.get(..end).unwrap_or_default().to_owned()
        },
    ),
    (
        Cause::BaseQuotes,
        "the signer had not quoted the component names",
        unquoted,
    ),
    (
        Cause::BaseSpace,
        "the signer had written no space after the colon",
        |base| lines(base, |name, value| format!("{name}:{value}")),
    ),
    (
        Cause::BaseQuery,
        "the signer had left the `?` out of `@query`",
        |base| {
            component(base, "\"@query\"", |value| {
                value.trim_start_matches('?').to_owned()
            })
        },
    ),
    (
        Cause::BaseQuery,
        "the signer had taken an empty `@query` for a missing `?`",
        |base| {
            component(base, "\"@query\"", |value| {
                if value == "?" {
                    String::new()
                } else {
                    value.to_owned()
                }
            })
        },
    ),
    (
        Cause::BaseMethod,
        "the signer had written `@method` in lower case",
        |base| component(base, "\"@method\"", |value| value.to_ascii_lowercase()),
    ),
    (
        Cause::BasePath,
        "the signer had left the final `/` out of `@path`",
        |base| {
            component(base, "\"@path\"", |value| {
                value.trim_end_matches('/').to_owned()
            })
        },
    ),
    (
        Cause::BaseTargetUri,
        "the signer had left the query out of `@target-uri`",
        |base| {
            component(base, "\"@target-uri\"", |value| {
                value.split('?').next().unwrap_or_default().to_owned()
            })
        },
    ),
    (
        Cause::BaseTargetUri,
        "the signer had taken path and query for `@target-uri`",
        |base| {
            component(base, "\"@target-uri\"", |value| {
                let after = value.split_once("://").map_or(value, |(_, rest)| rest);
                after
                    .find('/')
                    .and_then(|at| after.get(at..))
                    .unwrap_or("/")
                    .to_owned()
            })
        },
    ),
    (
        Cause::BaseOrder,
        "the signer had put `@signature-params` first",
        |base| match base.rsplit_once('\n') {
            Some((rest, last)) => format!("{last}\n{rest}"),
            None => base.to_owned(),
        },
    ),
];

fn lines(base: &str, write: impl Fn(&str, &str) -> String) -> String {
    let each = base.split('\n').map(|line| match line.split_once(": ") {
        Some((name, value)) => write(name, value),
        None => line.to_owned(),
    });
    each.collect::<Vec<_>>().join("\n")
}

fn component(base: &str, wanted: &str, change: impl Fn(&str) -> String) -> String {
    lines(base, |name, value| {
        if name == wanted {
            format!("{name}: {}", change(value))
        } else {
            format!("{name}: {value}")
        }
    })
}

fn unquoted(base: &str) -> String {
    lines(base, |name, value| {
        if name == "\"@signature-params\"" {
            format!("@signature-params: {value}")
        } else {
            format!("{}: {value}", name.replace('"', ""))
        }
    })
}
