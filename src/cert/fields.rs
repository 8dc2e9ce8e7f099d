//! The fields of a certificate as they stand, for whoever issues below it or logs it (RFC 5280 §4.1).
//!
//! Names are kept as DER: one that is encoded again may differ from what the issuer wrote. Nothing is verified here.

use time::macros::format_description;
use time::{Date, PrimitiveDateTime, Time};

use super::encode::oid;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::time::Timestamp;

/// One extension.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    /// The object identifier's contents.
    pub oid: &'a [u8],
    /// Whether it is critical.
    pub critical: bool,
    /// What is in its OCTET STRING.
    pub value: &'a [u8],
}

/// What a certificate says, or is to say.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    /// The part that is signed, whole.
    pub to_be_signed: &'a [u8],
    /// The serial number, without a leading zero.
    pub serial: &'a [u8],
    /// The issuer's Name, whole.
    pub issuer: &'a [u8],
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
    /// The subject's Name, whole.
    pub subject: &'a [u8],
    /// SubjectPublicKeyInfo, whole.
    pub key: &'a [u8],
    /// The extensions.
    pub extensions: Vec<Extension<'a>>,
}

/// Names of a certificate, each kind as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedBy {
    /// URIs.
    pub uris: Vec<String>,
    /// DNS names.
    pub dns: Vec<String>,
    /// Addresses, and what is none of the other kinds in hexadecimal.
    pub others: Vec<String>,
}

impl NamedBy {
    /// All of them, sorted.
    pub fn sorted(&self) -> Vec<String> {
        let all = self.uris.iter().chain(&self.dns).chain(&self.others);
        let mut all: Vec<String> = all.cloned().collect();
        all.arrange();
        all
    }
}

impl<'a> Fields<'a> {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn of_certificate(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(bytes);
        let mut certificate = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let fields = Self::of_to_be_signed(certificate.whole(tag::SEQUENCE)?)?;
        certificate.read(tag::SEQUENCE)?;
        certificate.bit_string()?;
        certificate.finish()?;
        Ok(fields)
    }

    /// Reads what is or will be signed.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn of_to_be_signed(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(bytes);
        let mut tbs = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        tbs.optional(tag::CONTEXT_0)?;
        let serial = tbs.unsigned()?;
        tbs.read(tag::SEQUENCE)?;
        let issuer = tbs.whole(tag::SEQUENCE)?;
        let mut validity = tbs.enter(tag::SEQUENCE)?;
        let not_before = moment(&mut validity)?;
        let not_after = moment(&mut validity)?;
        validity.finish()?;
        let subject = tbs.whole(tag::SEQUENCE)?;
        let key = tbs.whole(tag::SEQUENCE)?;
        let extensions = match tbs.optional(tag::CONTEXT_3)? {
            Some(contents) => extensions(contents)?,
            None => Vec::new(),
        };
        tbs.finish()?;
        Ok(Self {
            to_be_signed: bytes,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            key,
            extensions,
        })
    }

    /// The contents of an extension.
    pub(super) fn extension(&self, oid: &[u8]) -> Option<&'a [u8]> {
        let mut found = self.extensions.iter().filter(|one| one.oid == oid);
        found.next().map(|extension| extension.value)
    }

    /// The serial number in hexadecimal, as certificates are named.
    pub fn serial_hex(&self) -> String {
        hex(self.serial)
    }

    /// The alternative names.
    pub fn names(&self) -> NamedBy {
        self.extension(oid::SUBJECT_ALT_NAME)
            .and_then(|value| general_names(value).ok())
            .unwrap_or_default()
    }

    /// How it is named in messages: its URI, its first DNS name, or its subject.
    pub fn label(&self) -> String {
        let names = self.names();
        let first = names.uris.into_iter().next();
        first
            .or_else(|| names.dns.into_iter().next())
            .unwrap_or_else(|| name_text(self.subject))
    }

    /// The key identifier of the issuer, hexadecimal, where it names one.
    pub fn issuer_key_id(&self) -> Option<String> {
        issuer_key_id(self).map(|id| hex(&id))
    }

    /// The common name of the subject.
    pub fn common_name(&self) -> Option<String> {
        let parts = attributes(self.subject).ok()?;
        let mut names = parts.iter().filter_map(|part| part.strip_prefix("CN="));
        names.next().map(str::to_owned)
    }

    /// Whether it is for a server (extendedKeyUsage).
    pub fn serves(&self) -> bool {
        let purposes = self.extension(oid::EXTENDED_KEY_USAGE).unwrap_or_default();
        let Ok(mut list) = Reader::new(purposes).enter(tag::SEQUENCE) else {
            return false;
        };
        while let Ok(purpose) = list.read(tag::OID) {
            if purpose == oid::SERVER_AUTH {
                return true;
            }
        }
        false
    }

    /// Whether it is for an authority (basicConstraints).
    pub fn is_authority(&self) -> bool {
        let basic = self.extension(oid::BASIC_CONSTRAINTS);
        basic.is_some_and(|value| authority_bit(value).is_ok_and(|(authority, _)| authority))
    }
}

/// What basicConstraints says: whether it is an authority, and how many authorities may follow.
pub(super) fn authority_bit(value: &[u8]) -> Result<(bool, Option<u32>), Malformed> {
    let mut basic = Reader::new(value).enter(tag::SEQUENCE)?;
    let authority = matches!(basic.optional(tag::BOOLEAN)?, Some([0xff]));
    let length = if basic.is_empty() {
        None
    } else {
        let octets = basic.unsigned()?;
        let octets = octets.iter().take(4);
        Some(octets.fold(0, |length, octet| length << 8 | u32::from(*octet)))
    };
    Ok((authority, length))
}

/// The names of a GeneralNames.
pub(super) fn general_names(value: &[u8]) -> Result<NamedBy, Malformed> {
    let mut outer = Reader::new(value);
    let mut names = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let mut read = NamedBy::default();
    while !names.is_empty() {
        let (kind, contents) = names.any()?;
        let text = || std::str::from_utf8(contents).map(str::to_owned);
        match (kind, contents.len()) {
            (0x86, _) => read.uris.push(text().map_err(|_| Malformed)?),
            (0x82, _) => read.dns.push(text().map_err(|_| Malformed)?),
            (0x87, 4) => {
                let octets: [u8; 4] = contents.try_into().map_err(|_| Malformed)?;
                read.others
                    .push(std::net::Ipv4Addr::from(octets).to_string());
            }
            (0x87, 16) => {
                let octets: [u8; 16] = contents.try_into().map_err(|_| Malformed)?;
                read.others
                    .push(std::net::Ipv6Addr::from(octets).to_string());
            }
            (0x81, _) => read
                .others
                .push(format!("email:{}", text().map_err(|_| Malformed)?)),
            (kind, _) => read
                .others
                .push(format!("[{}]:{}", kind & 0x1f, hex(contents))),
        }
    }
    Ok(read)
}

pub(super) fn extensions(contents: &[u8]) -> Result<Vec<Extension<'_>>, Malformed> {
    let mut outer = Reader::new(contents);
    let mut list = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let mut read: Vec<Extension<'_>> = Vec::new();
    while !list.is_empty() {
        let mut extension = list.enter(tag::SEQUENCE)?;
        let oid = extension.read(tag::OID)?;
        let critical = match extension.optional(tag::BOOLEAN)? {
            None => false,
            Some([0xff]) => true,
            Some(_) => return Err(Malformed),
        };
        let value = extension.read(tag::OCTET_STRING)?;
        extension.finish()?;
        if read.iter().any(|other| other.oid == oid) {
            return Err(Malformed);
        }
        read.push(Extension {
            oid,
            critical,
            value,
        });
    }
    Ok(read)
}

// RFC 5280 §4.1.2.5
pub(super) fn moment(reader: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Malformed);
    let digits = match reader.peek() {
        Some(tag::UTC_TIME) => {
            let short = text(reader.read(tag::UTC_TIME)?)?;
            let century = if short < "50" { "20" } else { "19" };
            format!("{century}{short}")
        }
        _ => text(reader.read(tag::GENERALIZED_TIME)?)?.to_owned(),
    };
    let digits = digits.strip_suffix('Z').ok_or(Malformed)?;
    let (day, hour) = digits.split_at_checked(8).ok_or(Malformed)?;
    let date = Date::parse(day, format_description!("[year][month][day]"));
    let time = Time::parse(hour, format_description!("[hour][minute][second]"));
    match (date, time) {
        (Ok(date), Ok(time)) => {
            let moment = PrimitiveDateTime::new(date, time).assume_utc();
            Ok(Timestamp::from_offset(moment))
        }
        _ => Err(Malformed),
    }
}

/// A Name in words: `O=acme.example, CN=acme.example root CA`.
pub(super) fn name_text(name: &[u8]) -> String {
    attributes(name).map_or_else(
        |_| "(a name that cannot be read)".to_owned(),
        |parts| parts.join(", "),
    )
}

fn attributes(name: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut rdns = Reader::new(name).enter(tag::SEQUENCE)?;
    let mut parts = Vec::new();
    while !rdns.is_empty() {
        let mut rdn = rdns.enter(tag::SET)?;
        while !rdn.is_empty() {
            let mut attribute = rdn.enter(tag::SEQUENCE)?;
            let kind = match attribute.read(tag::OID)? {
                oid::COMMON_NAME => "CN".to_owned(),
                oid::ORGANIZATION => "O".to_owned(),
                [0x55, 4, 11] => "OU".to_owned(),
                [0x55, 4, 6] => "C".to_owned(),
                other => format!("#{}", hex(other)),
            };
            let (_, value) = attribute.any()?;
            parts.push(format!("{kind}={}", String::from_utf8_lossy(value)));
        }
    }
    Ok(parts)
}

/// A SubjectKeyIdentifier's value, or the identifier of an AuthorityKeyIdentifier.
pub(super) fn key_id(fields: &Fields<'_>) -> Option<Vec<u8>> {
    let value = fields.extension(oid::SUBJECT_KEY_ID)?;
    let id = Reader::new(value).read(tag::OCTET_STRING).ok()?;
    Some(id.to_vec())
}

/// The identifier of the issuer's key, where it names one.
pub(super) fn issuer_key_id(fields: &Fields<'_>) -> Option<Vec<u8>> {
    let value = fields.extension(oid::AUTHORITY_KEY_ID)?;
    let mut id = Reader::new(value).enter(tag::SEQUENCE).ok()?;
    let id = id.optional(tag::CONTEXT_0_PRIMITIVE).ok()??;
    Some(id.to_vec())
}

/// Whether a keyUsage has a bit.
pub(super) fn has_use(value: &[u8], bit: u8) -> bool {
    let Ok([_, octets @ ..]) = Reader::new(value).read(tag::BIT_STRING) else {
        return false;
    };
    let octet = octets.get(usize::from(bit / 8)).copied().unwrap_or(0);
    octet & (0x80 >> (bit % 8)) != 0
}

/// The key identifier of a key: the first 20 octets of the SHA-256 of its bits (RFC 7093 §2, method 1).
pub(super) fn key_identifier(spki: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut info = Reader::new(spki).enter(tag::SEQUENCE)?;
    info.read(tag::SEQUENCE)?;
    let bits = info.bit_string()?;
    let digest = crate::kernel::crypto::sha256(bits);
    Ok(digest.iter().take(20).copied().collect())
}

/// The text of an OID, for messages.
pub(super) fn oid_text(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut value = 0_u64;
    for byte in oid {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (value / 40).min(2);
                arcs.push(first);
                arcs.push(value - first * 40);
            } else {
                arcs.push(value);
            }
            value = 0;
        }
    }
    let arcs: Vec<String> = arcs.iter().map(u64::to_string).collect();
    arcs.join(".")
}
