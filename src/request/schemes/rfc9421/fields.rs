//! `Signature-Input` and `Signature` (RFC 9421 §4): two dictionaries with the same labels.

use crate::request::message::{Field, Message};
use crate::request::structured_field::{
    BareItem, Dictionary, InnerList, Item, Member, ParseError, Text, parse_dictionary_members,
};

/// One signature of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFields {
    /// The label in both fields.
    pub label: String,
    /// Covered components and parameters.
    pub input: InnerList,
    /// The signature's bytes.
    pub signature: Vec<u8>,
}

/// Why the fields do not hold a usable signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFieldsError {
    /// No signature at all.
    #[error("the message has no `{0}` field")]
    Missing(&'static str),
    /// A field is damaged.
    #[error("the field `{field}` cannot be read: {problem}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: ParseError,
    },
    /// A label occurs twice; a parser of structured fields would keep the last in silence.
    #[error("the label `{label}` occurs more than once in `{field}`")]
    DuplicateLabel {
        /// The field.
        field: &'static str,
        /// The label.
        label: String,
    },
    /// More than anybody signs with: the work that a message asks for before its first MAC has a bound.
    #[error("the field `{field}` has {found} {what}, of which at most {MOST} are read", MOST = most(what))]
    TooMany {
        /// The field.
        field: &'static str,
        /// How many.
        found: usize,
        /// Of what.
        what: &'static str,
    },
    /// A label stands in one field only (§4.2).
    #[error("the label `{label}` has no member in `{field}`")]
    Unpaired {
        /// The label.
        label: String,
        /// The field that lacks it.
        field: &'static str,
    },
    /// A member of the wrong kind.
    #[error("the member `{label}` of `{field}` is not {expected}")]
    WrongMember {
        /// The label.
        label: String,
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The label asked for is not there.
    #[error("the message has no signature labelled `{wanted}`, only {found}")]
    NoSuchLabel {
        /// The label asked for.
        wanted: String,
        /// Those present.
        found: String,
    },
}

const LABELS: &str = "labels";
const COMPONENTS: &str = "components";

fn most(what: &str) -> usize {
    match what {
        LABELS => 64,
        _ => 512,
    }
}

fn bounded(
    field: &'static str,
    found: usize,
    what: &'static str,
) -> Result<(), SignatureFieldsError> {
    match found <= most(what) {
        true => Ok(()),
        false => Err(SignatureFieldsError::TooMany { field, found, what }),
    }
}

const INPUT: &str = "Signature-Input";
const SIGNATURE: &str = "Signature";

/// The signatures of a message in order: the one with this label, or all.
///
/// # Errors
/// [`SignatureFieldsError`].
pub(crate) fn read(
    message: &Message,
    label: Option<&str>,
) -> Result<Vec<SignatureFields>, SignatureFieldsError> {
    let inputs = dictionary(message, INPUT)?.ok_or(SignatureFieldsError::Missing(INPUT))?;
    let mut signatures =
        dictionary(message, SIGNATURE)?.ok_or(SignatureFieldsError::Missing(SIGNATURE))?;
    if inputs.is_empty() {
        return Err(SignatureFieldsError::Missing(INPUT));
    }
    let unpaired = |label: &str, field| SignatureFieldsError::Unpaired {
        label: label.to_owned(),
        field,
    };
    // RFC 9421 §4.2: every label stands in both fields.
    if let Some((label, _)) = signatures
        .iter()
        .find(|(label, _)| inputs.iter().all(|(known, _)| known != label))
    {
        return Err(unpaired(label, INPUT));
    }
    if let Some(wanted) = label
        && inputs.iter().all(|(known, _)| known != wanted)
    {
        let labels: Vec<String> = inputs.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(SignatureFieldsError::NoSuchLabel {
            wanted: wanted.to_owned(),
            found: labels.join(", "),
        });
    }
    let mut found = Vec::with_capacity(inputs.len());
    for (name, input) in inputs {
        if label.is_some_and(|wanted| wanted != name) {
            continue;
        }
        let place = signatures.iter().position(|(known, _)| *known == name);
        let place = place.ok_or_else(|| unpaired(&name, SIGNATURE))?;
        let (_, signature) = signatures.swap_remove(place);
        found.push(pair(name, input, signature)?);
    }
    let components = found.iter().map(|one| one.input.items.len()).sum();
    bounded(INPUT, components, COMPONENTS)?;
    Ok(found)
}

fn pair(
    label: Text,
    input: Member,
    signature: Member,
) -> Result<SignatureFields, SignatureFieldsError> {
    let wrong = |field, expected| SignatureFieldsError::WrongMember {
        label: label.to_string(),
        field,
        expected,
    };
    let Member::InnerList(input) = input else {
        return Err(wrong(INPUT, "a list of components"));
    };
    match signature {
        Member::Item(Item {
            value: BareItem::Bytes(signature),
            ..
        }) => Ok(SignatureFields {
            label: label.into_owned(),
            input,
            signature,
        }),
        _ => Err(wrong(SIGNATURE, "a byte sequence")),
    }
}

/// The labels that a request already uses.
pub(super) fn labels(message: &Message) -> Result<Vec<Text>, SignatureFieldsError> {
    let mut labels = Vec::new();
    for field in [INPUT, SIGNATURE] {
        for (label, _) in dictionary(message, field)?.unwrap_or_default() {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    Ok(labels)
}

fn dictionary(
    message: &Message,
    field: &'static str,
) -> Result<Option<Dictionary>, SignatureFieldsError> {
    let mut lines: Vec<&[u8]> = message.values(field).collect();
    if lines.is_empty() {
        // RFC 9421 §4.3: a signature may be sent as a trailer.
        let named = |each: &&Field| each.is_named(field);
        let trailers = message.trailers.iter().filter(named);
        lines.extend(trailers.map(Field::value));
    }
    let joined;
    let value = match lines.as_slice() {
        [] => return Ok(None),
        [only] => *only,
        several => {
            joined = several.join(&b", "[..]);
            &joined
        }
    };
    let malformed = |problem| SignatureFieldsError::Malformed { field, problem };
    let members = parse_dictionary_members(value).map_err(malformed)?;
    bounded(field, members.len(), LABELS)?;
    // Labels are unique (§4.1, §4.2); a plain dictionary would keep the last of two in silence.
    for (index, (label, _)) in members.iter().enumerate() {
        if members.iter().take(index).any(|(known, _)| known == label) {
            return Err(SignatureFieldsError::DuplicateLabel {
                field,
                label: label.to_string(),
            });
        }
    }
    Ok(Some(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    fn found(
        fields: &str,
        label: Option<&str>,
    ) -> Result<Vec<SignatureFields>, SignatureFieldsError> {
        let text = format!("GET / HTTP/1.1\n{fields}\n\n");
        let source = Source::new("m", text.into_bytes()).unwrap();
        read(&Message::parse(&source).unwrap(), label)
    }

    #[test]
    fn a_duplicate_label_is_seen_across_lines() {
        let fields = "Signature-Input: a=(\"x,\\\"\"), b=();created=1\nSignature-Input: a=()\nSignature: a=:AA==:";
        assert_eq!(
            found(fields, Some("a")).unwrap_err(),
            SignatureFieldsError::DuplicateLabel {
                field: "Signature-Input",
                label: "a".into()
            }
        );
    }

    #[test]
    fn the_work_that_a_message_asks_for_is_bounded() {
        let of = |labels: usize, components: usize| {
            let items: Vec<String> = (0..components).map(|n| format!("\"x{n}\"")).collect();
            let items = items.join(" ");
            let inputs: Vec<String> = (0..labels).map(|n| format!("s{n}=({items})")).collect();
            let signatures: Vec<String> = (0..labels).map(|n| format!("s{n}=:AA==:")).collect();
            let fields = format!(
                "Signature-Input: {}\nSignature: {}",
                inputs.join(", "),
                signatures.join(", ")
            );
            found(&fields, None).map(|all| all.len())
        };
        assert_eq!(of(64, 8).unwrap(), 64);
        assert_eq!(of(1, 512).unwrap(), 1);
        for (labels, components, what) in
            [(65, 1, LABELS), (1, 513, COMPONENTS), (33, 16, COMPONENTS)]
        {
            let error = of(labels, components).unwrap_err();
            assert!(
                matches!(error, SignatureFieldsError::TooMany { what: found, .. } if found == what),
                "{error}"
            );
        }
    }

    // A dictionary keeps the last of two, so that the first could be added to a message that is signed already.
    #[test]
    fn a_parameter_that_is_there_twice_is_an_error() {
        for input in [
            "a=();nonce=\"m\";nonce=\"n\"",
            "a=(\"x\";bs;bs)",
            "a=(\"x\";key=\"a\";key=\"b\")",
        ] {
            let fields = format!("Signature-Input: {input}\nSignature: a=:AA==:");
            let error = found(&fields, None).unwrap_err();
            assert!(
                matches!(&error, SignatureFieldsError::Malformed { problem, .. } if problem.is_repetition()),
                "{input}: {error}"
            );
        }
    }

    #[test]
    fn labels_are_paired_and_chosen() {
        let two = "Signature-Input: a=(), b=()\nSignature: b=:AQ==:, a=:AA==:";
        let all = found(two, None).unwrap();
        let pairs: Vec<_> = all
            .iter()
            .map(|each| (each.label.as_str(), each.signature.as_slice()))
            .collect();
        assert_eq!(pairs, [("a", [0].as_slice()), ("b", &[1])]);
        assert_eq!(found(two, Some("b")).unwrap().len(), 1);
        assert!(matches!(
            found(two, Some("c")),
            Err(SignatureFieldsError::NoSuchLabel { .. })
        ));
        for unpaired in [
            "Signature-Input: a=()\nSignature: b=:AA==:",
            "Signature-Input: a=(), b=()\nSignature: a=:AA==:",
            "Signature-Input: a=()\nSignature: a=:AA==:, b=:AA==:",
        ] {
            assert!(matches!(
                found(unpaired, None),
                Err(SignatureFieldsError::Unpaired { .. })
            ));
        }
        let text = "Signature-Input: a=()\nSignature: a=\"AA==\"";
        assert!(matches!(
            found(text, None),
            Err(SignatureFieldsError::WrongMember { .. })
        ));
    }

    #[test]
    fn a_signature_may_be_a_trailer() {
        let text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\
                    Signature-Input: a=()\r\nSignature: a=:AA==:\r\n\r\n";
        let source = Source::new("m", text.into()).unwrap();
        let message = Message::parse(&source).unwrap();
        assert_eq!(read(&message, None).unwrap().len(), 1);
    }
}
