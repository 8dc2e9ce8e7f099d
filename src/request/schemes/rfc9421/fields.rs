//! `Signature-Input` and `Signature` (RFC 9421 §4): two dictionaries with the same labels.

use crate::request::message::Request;
use crate::request::structured_field::{
    Dictionary, InnerList, Member, ParseError, parse_dictionary_members,
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
    /// Several signatures and none was chosen.
    #[error("the message has several signatures: {0}")]
    Several(String),
}

const INPUT: &str = "Signature-Input";
const SIGNATURE: &str = "Signature";

/// The signature of a request with this label, or the only one.
///
/// # Errors
/// [`SignatureFieldsError`].
pub(super) fn find(
    request: &Request,
    label: Option<&str>,
) -> Result<SignatureFields, SignatureFieldsError> {
    let inputs = dictionary(request, INPUT)?.ok_or(SignatureFieldsError::Missing(INPUT))?;
    let signatures =
        dictionary(request, SIGNATURE)?.ok_or(SignatureFieldsError::Missing(SIGNATURE))?;
    let labels = || {
        let labels: Vec<String> = inputs.iter().map(|(name, _)| format!("`{name}`")).collect();
        labels.join(", ")
    };
    let (label, member) = match (label, inputs.as_slice()) {
        (Some(wanted), members) => members.iter().find(|(name, _)| name == wanted).ok_or(
            SignatureFieldsError::NoSuchLabel {
                wanted: wanted.to_owned(),
                found: labels(),
            },
        )?,
        (None, [only]) => only,
        (None, []) => return Err(SignatureFieldsError::Missing(INPUT)),
        (None, _) => return Err(SignatureFieldsError::Several(labels())),
    };
    let wrong = |field, expected| SignatureFieldsError::WrongMember {
        label: label.clone(),
        field,
        expected,
    };
    let Member::InnerList(input) = member else {
        return Err(wrong(INPUT, "a list of components"));
    };
    let (_, signature) = signatures.iter().find(|(name, _)| name == label).ok_or(
        SignatureFieldsError::Unpaired {
            label: label.clone(),
            field: SIGNATURE,
        },
    )?;
    let signature = match signature {
        Member::Item(item) => item.value.as_bytes(),
        Member::InnerList(_) => None,
    };
    Ok(SignatureFields {
        label: label.clone(),
        input: input.clone(),
        signature: signature
            .ok_or_else(|| wrong(SIGNATURE, "a byte sequence"))?
            .to_vec(),
    })
}

/// The labels that a request already uses.
pub(super) fn labels(request: &Request) -> Result<Vec<String>, SignatureFieldsError> {
    let mut labels = Vec::new();
    for field in [INPUT, SIGNATURE] {
        for (label, _) in dictionary(request, field)?.unwrap_or_default() {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    Ok(labels)
}

fn dictionary(
    request: &Request,
    field: &'static str,
) -> Result<Option<Dictionary>, SignatureFieldsError> {
    let lines: Vec<&[u8]> = request.values(field).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let malformed = |problem| SignatureFieldsError::Malformed { field, problem };
    let joined = lines.join(&b", "[..]);
    let members = parse_dictionary_members(&joined).map_err(malformed)?;
    // Labels are unique (§4.1, §4.2); a plain dictionary would keep the last of two in silence.
    for (index, (label, _)) in members.iter().enumerate() {
        if members.iter().take(index).any(|(known, _)| known == label) {
            return Err(SignatureFieldsError::DuplicateLabel {
                field,
                label: label.clone(),
            });
        }
    }
    Ok(Some(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    fn found(fields: &str, label: Option<&str>) -> Result<SignatureFields, SignatureFieldsError> {
        let text = format!("GET / HTTP/1.1\n{fields}\n\n");
        let source = Source::new("m", text.into_bytes()).unwrap();
        find(&Request::parse(&source).unwrap(), label)
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
    fn one_signature_needs_no_label_and_several_do() {
        let one = "Signature-Input: a=();created=1\nSignature: a=:AA==:";
        assert_eq!(found(one, None).unwrap().label, "a");
        let two = "Signature-Input: a=(), b=()\nSignature: a=:AA==:, b=:AQ==:";
        assert!(matches!(
            found(two, None),
            Err(SignatureFieldsError::Several(_))
        ));
        assert_eq!(found(two, Some("b")).unwrap().signature, [1]);
        assert!(matches!(
            found(two, Some("c")),
            Err(SignatureFieldsError::NoSuchLabel { .. })
        ));
        let unpaired = "Signature-Input: a=()\nSignature: b=:AA==:";
        assert!(matches!(
            found(unpaired, None),
            Err(SignatureFieldsError::Unpaired { .. })
        ));
        let text = "Signature-Input: a=()\nSignature: a=\"AA==\"";
        assert!(matches!(
            found(text, None),
            Err(SignatureFieldsError::WrongMember { .. })
        ));
    }
}
