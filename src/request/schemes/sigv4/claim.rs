//! What a message says about its own SigV4 signature, in the `Authorization` field or in the query. Nothing is trusted
//! yet.

use super::canonical::{Parts, split_target};
use super::scope::{AmzDate, Scope};
use super::{Family, Variant, encode};
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
    #[error("{0}")]
    Missing(&'static str),
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
pub(super) fn read(parts: &Parts<'_>, family: Family) -> Result<Claim, ClaimError> {
    let names = family.names();
    let parameters = parameters(parts, family)?;
    let presigned = parameters
        .iter()
        .any(|(name, _)| [names.parameters.signature, names.parameters.algorithm].contains(name));
    let authorization: Vec<&[u8]> = values(parts, "authorization").collect();
    let in_header = authorization
        .iter()
        .any(|value| value.starts_with(names.authorization.as_bytes()));
    match (in_header, presigned, authorization.as_slice()) {
        (false, false, _) => Err(ClaimError::Missing(names.missing)),
        (_, true, [_, ..]) => Err(ClaimError::Twice),
        (_, true, []) => query(&parameters, family),
        (true, false, [only]) => header(parts, text(only, "`Authorization`")?.trim(), family),
        (true, false, _) => Err(ClaimError::Repeated("`Authorization`".to_owned())),
    }
}

fn header(parts: &Parts<'_>, authorization: &str, family: Family) -> Result<Claim, ClaimError> {
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    let variant = variant(algorithm, family)?;
    let members = members(rest)?;
    let (access_key_id, scope) = credential_scope(members.credential, variant)?;
    let name = family.names().fields.first().copied().unwrap_or_default();
    let date = only(parts, name)?;
    let date = date.ok_or_else(|| ClaimError::Absent(format!("`{name}`")))?;
    let region_set = match variant {
        Variant::V4a => only(parts, "x-amz-region-set")?.map(str::to_owned),
        _ => None,
    };
    Ok(Claim {
        variant,
        access_key_id,
        scope,
        date: amz_date(date)?,
        expires: None,
        signed: signed_headers(members.signed_headers)?,
        region_set,
        signature: signature_bytes(members.signature, variant)?,
    })
}

/// What stands behind the algorithm's name in `Authorization`.
pub(in crate::request::schemes) struct Members<'a> {
    pub(in crate::request::schemes) credential: &'a str,
    pub(in crate::request::schemes) signed_headers: &'a str,
    pub(in crate::request::schemes) signature: &'a str,
}

/// Reads `Credential=…, SignedHeaders=…, Signature=…`, each once and nothing else.
///
/// # Errors
/// [`ClaimError`].
pub(in crate::request::schemes) fn members(rest: &str) -> Result<Members<'_>, ClaimError> {
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
    Ok(Members {
        credential: credential.ok_or_else(|| absent("Credential"))?,
        signed_headers: signed.ok_or_else(|| absent("SignedHeaders"))?,
        signature: signature.ok_or_else(|| absent("Signature"))?,
    })
}

fn query(parameters: &[Parameter], family: Family) -> Result<Claim, ClaimError> {
    let names = &family.names().parameters;
    let find = |name: &str| {
        let found = parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    };
    let need =
        |name: &str| find(name).ok_or_else(|| ClaimError::Absent(format!("`{name}` in the query")));
    let variant = variant(need(names.algorithm)?, family)?;
    let (access_key_id, scope) = credential_scope(need(names.credential)?, variant)?;
    Ok(Claim {
        variant,
        access_key_id,
        scope,
        date: amz_date(need(names.date)?)?,
        expires: Some(need(names.expires)?.to_owned()),
        signed: signed_headers(need(names.signed_headers)?)?,
        region_set: match variant {
            Variant::V4a => find("X-Amz-Region-Set").map(str::to_owned),
            _ => None,
        },
        signature: signature_bytes(need(names.signature)?, variant)?,
    })
}

type Parameter = (&'static str, String);

/// The parameters of the query that are presigning's own, each once and in its own case.
fn parameters(parts: &Parts<'_>, family: Family) -> Result<Vec<Parameter>, ClaimError> {
    let wrong = |problem: String| malformed("the target", problem);
    let (_, query) = split_target(parts.target).map_err(|error| wrong(error.to_string()))?;
    let pairs = encode::pairs(query).map_err(|pair| wrong(format!("holds `{pair}`")))?;
    let mut found: Vec<Parameter> = Vec::new();
    for pair in pairs {
        let mut names = family.names().parameters.all();
        let own = names.find(|own| pair.name.eq_ignore_ascii_case(own.as_bytes()));
        let Some(own) = own else { continue };
        if pair.name != own.as_bytes() {
            let name = String::from_utf8_lossy(&pair.name).into_owned();
            return Err(malformed(
                &format!("`{name}` in the query"),
                format!("is not written `{own}`"),
            ));
        }
        if found.iter().any(|(name, _)| *name == own) {
            return Err(ClaimError::Repeated(format!("`{own}` in the query")));
        }
        let value = text(&pair.value, &format!("`{own}` in the query"))?.to_owned();
        found.push((own, value));
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
pub(in crate::request::schemes) fn only<'a>(
    parts: &'a Parts<'_>,
    name: &'a str,
) -> Result<Option<&'a str>, ClaimError> {
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

pub(in crate::request::schemes) fn malformed(what: &str, problem: String) -> ClaimError {
    ClaimError::Malformed {
        what: what.to_owned(),
        problem,
    }
}

fn variant(algorithm: &str, family: Family) -> Result<Variant, ClaimError> {
    let variant = Variant::from_algorithm(algorithm).filter(|found| found.family() == family);
    variant.ok_or_else(|| {
        let [one, other] = family.variants().map(Variant::algorithm);
        malformed(
            &format!("the algorithm `{algorithm}`"),
            format!("is neither `{one}` nor `{other}`"),
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

/// Reads a list of names.
///
/// # Errors
/// [`ClaimError::Malformed`] unless they are different, in lower case, and sorted.
pub(in crate::request::schemes) fn signed_headers(text: &str) -> Result<Vec<String>, ClaimError> {
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
        Variant::V4 | Variant::Goog4Hmac => bytes.len() == 32,
        Variant::V4a | Variant::Goog4Rsa => !bytes.is_empty(),
    });
    bytes.ok_or_else(|| {
        let what = match variant {
            Variant::V4 | Variant::Goog4Hmac => "is not 64 hexadecimal digits in lower case",
            Variant::V4a | Variant::Goog4Rsa => "is not hexadecimal in lower case",
        };
        malformed("the signature", what.to_owned())
    })
}
