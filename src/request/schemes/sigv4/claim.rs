//! What a message says about its own SigV4 signature, in the `Authorization` field or in the query. Nothing is trusted
//! yet.

use super::canonical::{Parts, split_target};
use super::scope::{AmzDate, Scope};
use super::sign::OWN_PARAMETERS;
use super::{Variant, encode};
use crate::kernel::crypto::unhex;

/// A signature with what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The version.
    pub variant: Variant,
    /// The access key id.
    pub access_key_id: String,
    /// The credential's scope.
    pub scope: Scope,
    /// When it was made.
    pub date: AmzDate,
    /// How long a presigned URL lives, in seconds, as written; None in the header form.
    pub expires: Option<String>,
    /// The names of the signed fields, in lower case and sorted.
    pub signed: Vec<String>,
    /// The set of regions, version 4A.
    pub region_set: Option<String>,
    /// The bytes of the signature.
    pub signature: Vec<u8>,
}

/// Why a message's own words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// There is none.
    #[error("the message has neither `Authorization: AWS4-…` nor `X-Amz-Signature` in its query")]
    Missing,
    /// In both places.
    #[error("the message is signed in `Authorization` and in its query; services refuse that")]
    Twice,
    /// Something is there more than once.
    #[error("{0} is there more than once")]
    Repeated(String),
    /// Something is not there.
    #[error("{0} is missing")]
    Absent(String),
    /// Something cannot be read.
    #[error("{what} {problem}")]
    Malformed {
        /// What.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Reads the claim of a message.
///
/// # Errors
/// [`ClaimError`].
pub(super) fn read(parts: &Parts<'_>) -> Result<Claim, ClaimError> {
    let parameters = parameters(parts)?;
    let presigned = parameters
        .iter()
        .any(|(name, _)| name == "X-Amz-Signature" || name == "X-Amz-Algorithm");
    let authorization: Vec<&[u8]> = values(parts, "authorization").collect();
    let in_header = authorization
        .iter()
        .any(|value| value.starts_with(b"AWS4-"));
    match (in_header, presigned, authorization.as_slice()) {
        (false, false, _) => Err(ClaimError::Missing),
        (_, true, [_, ..]) => Err(ClaimError::Twice),
        (_, true, []) => query(&parameters),
        (true, false, [only]) => header(parts, text(only, "`Authorization`")?.trim()),
        (true, false, _) => Err(ClaimError::Repeated("`Authorization`".to_owned())),
    }
}

fn header(parts: &Parts<'_>, authorization: &str) -> Result<Claim, ClaimError> {
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    let variant = variant(algorithm)?;
    let [mut credential, mut signed, mut signature] = [None; 3];
    for member in rest.split(',') {
        let member = member.trim();
        let (name, value) = member.split_once('=').unwrap_or((member, ""));
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => return Err(malformed("`Authorization`", format!("holds `{member}`"))),
        };
        if place.replace(value).is_some() {
            return Err(ClaimError::Repeated(format!("`{name}` in `Authorization`")));
        }
    }
    let absent = |name: &str| ClaimError::Absent(format!("`{name}` in `Authorization`"));
    let (access_key_id, scope) =
        credential_scope(credential.ok_or_else(|| absent("Credential"))?, variant)?;
    let date = only(parts, "x-amz-date")?;
    let date = date.ok_or_else(|| ClaimError::Absent("`x-amz-date`".to_owned()))?;
    let region_set = match variant {
        Variant::V4 => None,
        Variant::V4a => only(parts, "x-amz-region-set")?.map(str::to_owned),
    };
    Ok(Claim {
        variant,
        access_key_id,
        scope,
        date: amz_date(date)?,
        expires: None,
        signed: signed_headers(signed.ok_or_else(|| absent("SignedHeaders"))?)?,
        region_set,
        signature: signature_bytes(signature.ok_or_else(|| absent("Signature"))?, variant)?,
    })
}

fn query(parameters: &[(String, String)]) -> Result<Claim, ClaimError> {
    let find = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let need =
        |name: &str| find(name).ok_or_else(|| ClaimError::Absent(format!("`{name}` in the query")));
    let variant = variant(need("X-Amz-Algorithm")?)?;
    let (access_key_id, scope) = credential_scope(need("X-Amz-Credential")?, variant)?;
    Ok(Claim {
        variant,
        access_key_id,
        scope,
        date: amz_date(need("X-Amz-Date")?)?,
        expires: Some(need("X-Amz-Expires")?.to_owned()),
        signed: signed_headers(need("X-Amz-SignedHeaders")?)?,
        region_set: match variant {
            Variant::V4 => None,
            Variant::V4a => find("X-Amz-Region-Set").map(str::to_owned),
        },
        signature: signature_bytes(need("X-Amz-Signature")?, variant)?,
    })
}

/// The parameters of the query that are presigning's own, each once and in its own case.
fn parameters(parts: &Parts<'_>) -> Result<Vec<(String, String)>, ClaimError> {
    let wrong = |problem: String| malformed("the target", problem);
    let (_, query) = split_target(parts.target).map_err(|error| wrong(error.to_string()))?;
    let pairs = encode::pairs(query).map_err(|pair| wrong(format!("holds `{pair}`")))?;
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in pairs {
        let own = OWN_PARAMETERS
            .iter()
            .find(|own| pair.name.eq_ignore_ascii_case(own.as_bytes()));
        let Some(own) = own else { continue };
        if pair.name != own.as_bytes() {
            let name = String::from_utf8_lossy(&pair.name).into_owned();
            return Err(malformed(
                &format!("`{name}` in the query"),
                format!("is not written `{own}`"),
            ));
        }
        if found.iter().any(|(name, _)| name == own) {
            return Err(ClaimError::Repeated(format!("`{own}` in the query")));
        }
        let value = text(&pair.value, &format!("`{own}` in the query"))?.to_owned();
        found.push(((*own).to_owned(), value));
    }
    Ok(found)
}

fn values<'a>(parts: &'a Parts<'_>, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    parts
        .fields
        .iter()
        .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
}

/// The value of a field that is there at most once.
pub(super) fn only<'a>(parts: &'a Parts<'_>, name: &'a str) -> Result<Option<&'a str>, ClaimError> {
    let mut values = values(parts, name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(ClaimError::Repeated(format!("`{name}`")));
    }
    text(value, &format!("`{name}`")).map(|text| Some(text.trim()))
}

fn text<'a>(value: &'a [u8], what: &str) -> Result<&'a str, ClaimError> {
    std::str::from_utf8(value).map_err(|_| malformed(what, "is not text".to_owned()))
}

fn malformed(what: &str, problem: String) -> ClaimError {
    ClaimError::Malformed {
        what: what.to_owned(),
        problem,
    }
}

fn variant(algorithm: &str) -> Result<Variant, ClaimError> {
    Variant::from_algorithm(algorithm).ok_or_else(|| {
        let [v4, v4a] = [Variant::V4, Variant::V4a].map(Variant::algorithm);
        malformed(
            &format!("the algorithm `{algorithm}`"),
            format!("is neither `{v4}` nor `{v4a}`"),
        )
    })
}

fn credential_scope(text: &str, variant: Variant) -> Result<(String, Scope), ClaimError> {
    Scope::parse_credential(text, variant)
        .map_err(|error| malformed("the signature's", error.to_string()))
}

fn amz_date(text: &str) -> Result<AmzDate, ClaimError> {
    AmzDate::parse(text).map_err(|error| malformed("the signature's time:", error.to_string()))
}

fn signed_headers(text: &str) -> Result<Vec<String>, ClaimError> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let plain = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    };
    let sorted = names.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if names.iter().all(plain) && sorted {
        return Ok(names);
    }
    Err(malformed(
        &format!("`SignedHeaders` `{text}`"),
        "is not a list of different names in lower case, sorted".to_owned(),
    ))
}

fn signature_bytes(text: &str, variant: Variant) -> Result<Vec<u8>, ClaimError> {
    let bytes = unhex(text.as_bytes()).filter(|bytes| match variant {
        Variant::V4 => bytes.len() == 32,
        Variant::V4a => !bytes.is_empty(),
    });
    bytes.ok_or_else(|| {
        let what = match variant {
            Variant::V4 => "is not 64 hexadecimal digits in lower case",
            Variant::V4a => "is not hexadecimal in lower case",
        };
        malformed("the signature", what.to_owned())
    })
}
