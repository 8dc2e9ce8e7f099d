//! A revocation list read strictly (RFC 5280 §5.1, §5.2, §5.3).

use std::sync::Arc;

use crate::cert::certificate::time::{generalized, moment};
use crate::cert::certificate::{
    Defect, Extension, GeneralName, Name, SignatureName, Unreadable, authority_key_id, extensions,
    is_minimal, named_bits, oid, point_name,
};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::time::Timestamp;

/// The largest list that is read.
pub const MAX_BYTES: usize = 64 << 20;

/// A revocation list.
#[derive(Debug, Clone)]
pub struct RevocationList {
    /// The issuer.
    pub issuer: Name,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next will be there at the latest.
    pub next_update: Option<Timestamp>,
    /// Its number, hexadecimal octets.
    pub number: Option<Vec<u8>>,
    /// Of a delta, the number of the list that it builds on.
    pub base_number: Option<Vec<u8>>,
    /// What it covers, where it does not cover everything.
    pub scope: Option<IssuingPoint>,
    /// The identifier of the key that signed it.
    pub authority_key_id: Option<Vec<u8>>,
    /// The certificates revoked.
    pub revoked: Vec<Revoked>,
    /// All extensions, in order.
    pub extensions: Vec<Extension>,
    /// Critical extensions, of the list or an entry, that are not understood.
    pub unknown_critical: Vec<String>,
    /// The algorithm of its signature.
    pub signature_name: SignatureName,
    /// What is wrong with how it is written.
    pub defects: Vec<Defect>,
    /// The SHA-256 of the whole, hexadecimal.
    pub fingerprint: String,
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// A revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The octets of its serial number.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub since: Timestamp,
    /// Why.
    pub reason: Option<RevocationReason>,
    /// From when on its key was suspect.
    pub invalid_since: Option<Timestamp>,
    /// Of an indirect list, who issued it, where that is not the list's own issuer.
    pub issuer: Option<Arc<Name>>,
}

/// Why a certificate is revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationReason(pub u8);

impl RevocationReason {
    /// Taken off the list again; in deltas alone.
    pub const REMOVE: Self = Self(8);
    /// Suspended, perhaps not for good.
    pub const HOLD: Self = Self(6);

    /// Its name.
    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "unspecified",
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            _ => "an unknown reason",
        }
    }
}

/// issuingDistributionPoint (RFC 5280 §5.2.5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuingPoint {
    /// The names of the point.
    pub names: Vec<GeneralName>,
    /// Whether the name is relative to the issuer's.
    pub relative: bool,
    /// Leaves alone.
    pub only_users: bool,
    /// Authorities alone.
    pub only_authorities: bool,
    /// Some reasons alone.
    pub some_reasons: bool,
    /// Certificates of other issuers too.
    pub indirect: bool,
    /// Attribute certificates alone.
    pub only_attributes: bool,
}

/// Why bytes are not a revocation list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Not the structure of a list.
    #[error("it is not a revocation list: {0} cannot be read")]
    Malformed(&'static str),
    /// Larger than any list in use.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
}

const CRL_NUMBER: &str = "2.5.29.20";
const REASON: &str = "2.5.29.21";
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
const INVALIDITY_DATE: &str = "2.5.29.24";
const DELTA: &str = "2.5.29.27";
pub(super) const ISSUING_POINT: &str = "2.5.29.28";

impl RevocationList {
    /// Reads one list, whatever is wrong inside. One with defects proves nothing.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn examine(der: &[u8]) -> Result<Self, CrlError> {
        if der.len() > MAX_BYTES {
            return Err(CrlError::TooLarge);
        }
        let bad = |part: &'static str| move |_: Malformed| CrlError::Malformed(part);
        let mut outer = Reader::new(der);
        let mut whole = outer
            .enter(tag::SEQUENCE)
            .map_err(bad("its outermost SEQUENCE"))?;
        outer.finish().map_err(bad("the end"))?;
        let signed = whole.whole(tag::SEQUENCE).map_err(bad("the signed part"))?;
        let outside = whole
            .whole(tag::SEQUENCE)
            .map_err(bad("the signature algorithm"))?;
        let signature = whole.bit_string().map_err(bad("the signature"))?;
        whole.finish().map_err(bad("the end"))?;
        let mut list = read_signed(signed)?;
        list.signature = signature.to_vec();
        list.fingerprint = hex(&sha256(der));
        if list.signature_name.der != outside {
            list.defects.push(Defect::AlgorithmMismatch);
        }
        Ok(list)
    }

    /// Whether it is a delta.
    pub fn is_delta(&self) -> bool {
        self.base_number.is_some()
    }

    /// How it is named in messages.
    pub fn name(&self) -> String {
        let kind = if self.is_delta() {
            "delta list"
        } else {
            "list"
        };
        match &self.number {
            Some(number) => format!("{kind} {} of `{}`", decimal(number), self.issuer),
            None => format!("{kind} of `{}` at {}", self.issuer, self.this_update),
        }
    }

    fn read_extension(&mut self, extension: &Extension) {
        let mut reader = Reader::new(&extension.value);
        let read = match extension.oid.as_str() {
            CRL_NUMBER => integer(reader).map(|number| self.number = Some(number)),
            DELTA => integer(reader).map(|number| self.base_number = Some(number)),
            ISSUING_POINT => {
                issuing_point(&mut reader, &mut self.defects).map(|scope| self.scope = Some(scope))
            }
            oid::AUTHORITY_KEY_ID => {
                authority_key_id(reader).map(|read| self.authority_key_id = read.key)
            }
            _ if extension.critical => {
                self.unknown_critical.push(extension.oid.clone());
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(Unreadable(problem)) = read {
            self.defects.push(Defect::Extension {
                name: oid::words(&extension.oid),
                problem,
            });
        }
    }

    fn read_entry(&mut self, mut entry: Reader<'_>) -> Result<(), Malformed> {
        let serial = entry.read(tag::INTEGER)?;
        if !is_minimal(serial) {
            self.defects.push(Defect::SerialEncoding);
        }
        let (since, problem) = moment(&mut entry)?;
        self.defects
            .extend(problem.map(|problem| Defect::Time("revocationDate", problem)));
        let mut revoked = Revoked {
            serial: serial.to_vec(),
            since,
            reason: None,
            invalid_since: None,
            // §5.3.3: an entry without one has that of the entry before.
            issuer: self.revoked.last().and_then(|before| before.issuer.clone()),
        };
        if !entry.is_empty() {
            for extension in extensions(entry_extensions(&mut entry)?, &mut self.defects)? {
                let mut value = Reader::new(&extension.value);
                match extension.oid.as_str() {
                    REASON => {
                        let code = value.read(tag::ENUMERATED)?;
                        value.finish()?;
                        let [code] = code else { return Err(Malformed) };
                        revoked.reason = Some(RevocationReason(*code));
                    }
                    INVALIDITY_DATE => {
                        let (time, problem) = generalized(&mut value)?;
                        value.finish()?;
                        self.defects
                            .extend(problem.map(|problem| Defect::Time("invalidityDate", problem)));
                        revoked.invalid_since = Some(time);
                    }
                    CERTIFICATE_ISSUER => {
                        let names = GeneralName::read_all(value.enter(tag::SEQUENCE)?)?;
                        value.finish()?;
                        let named = names.into_iter().find_map(|name| match name {
                            GeneralName::Directory(name) => Some(name),
                            _ => None,
                        });
                        revoked.issuer = Some(Arc::new(named.ok_or(Malformed)?));
                    }
                    other
                        if extension.critical
                            && !self.unknown_critical.iter().any(|known| known == other) =>
                    {
                        self.unknown_critical.push(extension.oid);
                    }
                    _ => {}
                }
            }
        }
        self.revoked.push(revoked);
        Ok(())
    }
}

/// The extensions of an entry stand in it without a tag of their own.
fn entry_extensions<'a>(entry: &mut Reader<'a>) -> Result<Reader<'a>, Malformed> {
    let rest = *entry;
    entry.read(tag::SEQUENCE)?;
    entry.finish()?;
    Ok(rest)
}

fn read_signed(whole: &[u8]) -> Result<RevocationList, CrlError> {
    let bad = |part: &'static str| move |_: Malformed| CrlError::Malformed(part);
    let mut defects = Vec::new();
    let mut reader = Reader::new(whole)
        .enter(tag::SEQUENCE)
        .map_err(bad("the signed part"))?;
    let version = match reader.peek() {
        Some(tag::INTEGER) => match reader.unsigned().map_err(bad("its version"))? {
            [number] => u64::from(*number) + 1,
            _ => 1,
        },
        _ => 1,
    };
    if version != 2 {
        defects.push(Defect::ListVersion(version));
    }
    let algorithm = reader
        .whole(tag::SEQUENCE)
        .map_err(bad("the inner signature algorithm"))?;
    let issuer = reader.whole(tag::SEQUENCE).map_err(bad("the issuer"))?;
    let (this_update, early) = moment(&mut reader).map_err(bad("thisUpdate"))?;
    defects.extend(early.map(|problem| Defect::Time("thisUpdate", problem)));
    let mut next_update = None;
    if matches!(reader.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
        let (time, late) = moment(&mut reader).map_err(bad("nextUpdate"))?;
        defects.extend(late.map(|problem| Defect::Time("nextUpdate", problem)));
        next_update = Some(time);
    }
    let entries = reader
        .optional(tag::SEQUENCE)
        .map_err(bad("the list of revoked certificates"))?;
    let extensions = match reader
        .optional(tag::CONTEXT_0)
        .map_err(bad("the extensions"))?
    {
        Some(contents) => {
            extensions(Reader::new(contents), &mut defects).map_err(bad("the extensions"))?
        }
        None => Vec::new(),
    };
    reader.finish().map_err(bad("the end of the signed part"))?;
    let mut list = RevocationList {
        issuer: Name::read(issuer).map_err(bad("the issuer"))?,
        this_update,
        next_update,
        number: None,
        base_number: None,
        scope: None,
        authority_key_id: None,
        revoked: Vec::new(),
        extensions: Vec::new(),
        unknown_critical: Vec::new(),
        signature_name: SignatureName::read(algorithm).map_err(bad("the signature algorithm"))?,
        defects,
        fingerprint: String::new(),
        signed: whole.to_vec(),
        signature: Vec::new(),
    };
    if let Some(entries) = entries {
        let mut entries = Reader::new(entries);
        if entries.is_empty() {
            list.defects.push(Defect::EmptyRevoked);
        }
        while !entries.is_empty() {
            let entry = entries
                .enter(tag::SEQUENCE)
                .map_err(bad("a revoked certificate"))?;
            list.read_entry(entry)
                .map_err(bad("a revoked certificate"))?;
        }
    }
    for extension in &extensions {
        list.read_extension(extension);
    }
    let is_indirect = list.scope.as_ref().is_some_and(|scope| scope.indirect);
    if !is_indirect && list.revoked.iter().any(|entry| entry.issuer.is_some()) {
        list.unknown_critical.push(CERTIFICATE_ISSUER.to_owned());
    }
    list.extensions = extensions;
    Ok(list)
}

/// The octets of a non-negative INTEGER, at least one.
fn integer(mut reader: Reader<'_>) -> Result<Vec<u8>, Unreadable> {
    let octets = reader.unsigned()?;
    reader.finish()?;
    Ok(if octets.is_empty() {
        vec![0]
    } else {
        octets.to_vec()
    })
}

fn issuing_point(
    reader: &mut Reader<'_>,
    defects: &mut Vec<Defect>,
) -> Result<IssuingPoint, Unreadable> {
    let mut all = reader.enter(tag::SEQUENCE)?;
    reader.finish()?;
    let mut scope = IssuingPoint::default();
    if all.is_empty() {
        return Err(Unreadable("it says nothing (RFC 5280 §5.2.5)"));
    }
    if let Some(name) = all.optional(tag::CONTEXT_0)? {
        (scope.names, scope.relative) = point_name(name)?;
    }
    let mut flag = |all: &mut Reader<'_>, kind: u8| -> Result<bool, Malformed> {
        Ok(match all.optional(kind)? {
            None => false,
            Some([0xff]) => true,
            Some([0]) => {
                defects.push(Defect::DefaultWritten(
                    "a scope of the issuingDistributionPoint",
                ));
                false
            }
            Some(_) => return Err(Malformed),
        })
    };
    scope.only_users = flag(&mut all, 0x81)?;
    scope.only_authorities = flag(&mut all, 0x82)?;
    if let Some(bits) = all.optional(0x83)? {
        named_bits(bits)?;
        scope.some_reasons = true;
    }
    scope.indirect = flag(&mut all, 0x84)?;
    scope.only_attributes = flag(&mut all, 0x85)?;
    all.finish()?;
    Ok(scope)
}

/// A number of any size in digits, where it fits; hexadecimal where not.
pub(in crate::cert) fn decimal(octets: &[u8]) -> String {
    if octets.len() > 16 {
        return format!("0x{}", hex(octets));
    }
    let number = octets
        .iter()
        .fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    number.to_string()
}
