//! Extensions (RFC 5280 §4.2): read strictly, each into what a judge needs of it.

use super::defect::Defect;
use super::general_name::GeneralName;
use super::{AuthorityKeyId, Certificate, Constraints, KeyUse, oid};
use crate::kernel::der::{Malformed, Reader, tag};

/// An extension as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its OID, dotted.
    pub oid: String,
    /// Whether it is critical.
    pub critical: bool,
    /// Its value, DER.
    pub value: Vec<u8>,
}

/// certificatePolicies, policyMappings, policyConstraints and inhibitAnyPolicy (§4.2.1.4, .5, .11, .14).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// The policies named, if the extension is there.
    pub named: Option<Vec<String>>,
    /// Pairs of issuer's and subject's policy.
    pub mappings: Vec<(String, String)>,
    /// After how many certificates a policy is needed.
    pub require_explicit: Option<u32>,
    /// After how many certificates mappings end.
    pub inhibit_mapping: Option<u32>,
    /// After how many certificates anyPolicy ends.
    pub inhibit_any: Option<u32>,
}

/// A point where revocation lists are had (§4.2.1.13).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Its full names.
    pub names: Vec<GeneralName>,
    /// Whether its name is relative to the issuer's.
    pub relative: bool,
    /// Whether it covers some reasons alone.
    pub some_reasons: bool,
    /// Another issuer of the list, if it names one.
    pub issuer: Vec<GeneralName>,
}

/// Reads the extensions of a certificate or a revocation list, from within `[3]` or `[0]`.
///
/// # Errors
/// [`Malformed`].
pub(in crate::cert) fn list(
    mut outer: Reader<'_>,
    defects: &mut Vec<Defect>,
) -> Result<Vec<Extension>, Malformed> {
    let mut all = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let mut extensions: Vec<Extension> = Vec::new();
    if all.is_empty() {
        defects.push(Defect::NoExtensions);
    }
    while !all.is_empty() {
        let mut one = all.enter(tag::SEQUENCE)?;
        let oid = oid::dotted(one.read(tag::OID)?)?;
        let mut critical = false;
        if let Some(value) = one.optional(tag::BOOLEAN)? {
            match value {
                [0xff] => critical = true,
                [0] => defects.push(Defect::DefaultWritten("`critical` of an extension")),
                [other] => {
                    critical = true;
                    defects.push(Defect::Boolean(*other));
                }
                _ => return Err(Malformed),
            }
        }
        let value = one.read(tag::OCTET_STRING)?.to_vec();
        one.finish()?;
        if extensions.iter().any(|known| known.oid == oid) {
            defects.push(Defect::DuplicateExtension(oid::words(&oid)));
        }
        extensions.push(Extension {
            oid,
            critical,
            value,
        });
    }
    Ok(extensions)
}

/// Why an extension cannot be read.
pub(in crate::cert) struct Unreadable(pub(in crate::cert) &'static str);

impl From<Malformed> for Unreadable {
    fn from(_: Malformed) -> Self {
        Self("its DER is malformed")
    }
}

type Read = Result<(), Unreadable>;

impl Certificate {
    pub(super) fn read_extension(&mut self, extension: &Extension) {
        let critical = extension.critical;
        let reader = Reader::new(&extension.value);
        let read = match extension.oid.as_str() {
            oid::BASIC_CONSTRAINTS => self.read_basic(reader, critical),
            oid::KEY_USAGE => self.read_key_usage(reader, critical),
            oid::EXTENDED_KEY_USAGE => self.read_purposes(reader),
            oid::SUBJECT_ALT_NAME => self.read_names(reader, critical),
            oid::NAME_CONSTRAINTS => self.read_constraints(reader),
            oid::SUBJECT_KEY_ID => self.read_subject_key_id(reader),
            oid::AUTHORITY_KEY_ID => self.read_authority_key_id(reader),
            oid::POLICIES => self.read_policies(reader, critical),
            oid::POLICY_MAPPINGS => self.read_mappings(reader),
            oid::POLICY_CONSTRAINTS => self.read_policy_constraints(reader),
            oid::INHIBIT_ANY_POLICY => self.read_inhibit_any(reader),
            oid::CRL_POINTS => points(reader).map(|read| self.crl_points = read),
            oid::FRESHEST_CRL => points(reader).map(|_| ()),
            oid::AUTHORITY_INFORMATION | oid::SUBJECT_INFORMATION => self.read_access(reader),
            oid::ISSUER_ALT_NAME => alternative_names(reader).map(|_| ()),
            _ if critical => {
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

    // §4.2.1.9
    fn read_basic(&mut self, mut reader: Reader<'_>, critical: bool) -> Read {
        let mut basic = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        self.basic_is_critical = critical;
        self.has_basic = true;
        if let Some(value) = basic.optional(tag::BOOLEAN)? {
            match value {
                [0xff] => self.is_authority = true,
                [0] => self.defects.push(Defect::DefaultWritten("`cA`")),
                [other] => self.defects.push(Defect::Boolean(*other)),
                _ => return Err(Malformed.into()),
            }
        }
        if basic.peek() == Some(tag::INTEGER) {
            self.path_length = Some(number(basic.unsigned()?)?);
        }
        Ok(basic.finish()?)
    }

    // §4.2.1.3
    fn read_key_usage(&mut self, mut reader: Reader<'_>, critical: bool) -> Read {
        let bits = reader.read(tag::BIT_STRING)?;
        reader.finish()?;
        let bits = named_bits(bits)?;
        let bit = |index: u32| bits & 1 << (15 - index) != 0;
        self.key_usage = Some(KeyUse {
            digital_signature: bit(0),
            content_commitment: bit(1),
            key_encipherment: bit(2),
            data_encipherment: bit(3),
            key_agreement: bit(4),
            certificates: bit(5),
            revocation_lists: bit(6),
            encipher_only: bit(7),
            decipher_only: bit(8),
            critical,
        });
        if bits == 0 {
            return Err(Unreadable("it allows nothing (RFC 5280 §4.2.1.3)"));
        }
        Ok(())
    }

    // §4.2.1.12
    fn read_purposes(&mut self, mut reader: Reader<'_>) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        let mut purposes = Vec::new();
        while !all.is_empty() {
            let oid = oid::dotted(all.read(tag::OID)?)?;
            purposes.push(oid::name_of(&oid).map_or(oid, str::to_owned));
        }
        let empty = purposes.is_empty();
        self.purposes = Some(purposes);
        if empty {
            return Err(Unreadable("it names no purpose (RFC 5280 §4.2.1.12)"));
        }
        Ok(())
    }

    // §4.2.1.6
    fn read_names(&mut self, reader: Reader<'_>, critical: bool) -> Read {
        self.names_are_critical = critical;
        self.has_names = true;
        for name in alternative_names(reader)? {
            match &name {
                GeneralName::Uri(uri) => self.uris.push(uri.clone()),
                GeneralName::Dns(name) => self.dns_names.push(name.clone()),
                GeneralName::Ip(octets) if ![4, 16].contains(&octets.len()) => {
                    return Err(Unreadable("an IP address has 4 or 16 octets"));
                }
                _ => {}
            }
            self.names.push(name);
        }
        Ok(())
    }

    // §4.2.1.10
    fn read_constraints(&mut self, mut reader: Reader<'_>) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        let mut constraints = Constraints::default();
        if let Some(permitted) = all.optional(tag::CONTEXT_0)? {
            constraints.permitted = subtrees(permitted, &mut constraints.bounded)?;
        }
        if let Some(excluded) = all.optional(tag::CONTEXT_1)? {
            constraints.excluded = subtrees(excluded, &mut constraints.bounded)?;
        }
        all.finish()?;
        let empty = constraints.permitted.is_empty() && constraints.excluded.is_empty();
        self.constraints = Some(constraints);
        if empty {
            return Err(Unreadable("it constrains nothing (RFC 5280 §4.2.1.10)"));
        }
        Ok(())
    }

    fn read_subject_key_id(&mut self, mut reader: Reader<'_>) -> Read {
        self.subject_key_id = Some(reader.read(tag::OCTET_STRING)?.to_vec());
        Ok(reader.finish()?)
    }

    fn read_authority_key_id(&mut self, reader: Reader<'_>) -> Read {
        let read = authority_key_id(reader)?;
        self.authority_key_id = read.key.clone();
        self.authority = Some(read);
        Ok(())
    }

    // §4.2.1.4
    fn read_policies(&mut self, mut reader: Reader<'_>, critical: bool) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        let mut named: Vec<String> = Vec::new();
        while !all.is_empty() {
            let mut one = all.enter(tag::SEQUENCE)?;
            let oid = oid::dotted(one.read(tag::OID)?)?;
            let understood = match one.optional(tag::SEQUENCE)? {
                Some(qualifiers) => qualifiers_are_known(Reader::new(qualifiers))?,
                None => true,
            };
            one.finish()?;
            // A critical one is understood whole, qualifiers included.
            if critical && !understood && self.unknown_critical.is_empty() {
                self.unknown_critical.push(oid::POLICIES.to_owned());
            }
            if named.contains(&oid) {
                return Err(Unreadable("it names a policy twice (RFC 5280 §4.2.1.4)"));
            }
            named.push(oid);
        }
        if named.is_empty() {
            return Err(Unreadable("it names no policy (RFC 5280 §4.2.1.4)"));
        }
        self.policies.named = Some(named);
        Ok(())
    }

    // §4.2.1.5
    fn read_mappings(&mut self, mut reader: Reader<'_>) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        while !all.is_empty() {
            let mut pair = all.enter(tag::SEQUENCE)?;
            let issuer = oid::dotted(pair.read(tag::OID)?)?;
            let subject = oid::dotted(pair.read(tag::OID)?)?;
            pair.finish()?;
            if [issuer.as_str(), subject.as_str()].contains(&oid::ANY_POLICY) {
                return Err(Unreadable("it maps anyPolicy (RFC 5280 §4.2.1.5)"));
            }
            self.policies.mappings.push((issuer, subject));
        }
        if self.policies.mappings.is_empty() {
            return Err(Unreadable("it maps nothing (RFC 5280 §4.2.1.5)"));
        }
        Ok(())
    }

    // §4.2.1.11
    fn read_policy_constraints(&mut self, mut reader: Reader<'_>) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        let require = all.optional(tag::CONTEXT_0_PRIMITIVE)?;
        let inhibit = all.optional(tag::CONTEXT_1_PRIMITIVE)?;
        all.finish()?;
        if require.is_none() && inhibit.is_none() {
            return Err(Unreadable("it constrains nothing (RFC 5280 §4.2.1.11)"));
        }
        self.policies.require_explicit = require.map(implicit_number).transpose()?;
        self.policies.inhibit_mapping = inhibit.map(implicit_number).transpose()?;
        Ok(())
    }

    // §4.2.1.14
    fn read_inhibit_any(&mut self, mut reader: Reader<'_>) -> Read {
        self.policies.inhibit_any = Some(number(reader.unsigned()?)?);
        Ok(reader.finish()?)
    }

    // §4.2.2.1
    fn read_access(&mut self, mut reader: Reader<'_>) -> Read {
        let mut all = reader.enter(tag::SEQUENCE)?;
        reader.finish()?;
        if all.is_empty() {
            return Err(Unreadable("it describes nothing (RFC 5280 §4.2.2.1)"));
        }
        while !all.is_empty() {
            let mut one = all.enter(tag::SEQUENCE)?;
            let method = oid::dotted(one.read(tag::OID)?)?;
            let place = GeneralName::read(&mut one)?;
            one.finish()?;
            self.access.push((method, place));
        }
        Ok(())
    }
}

/// Whether all qualifiers of a policy are of the two kinds that RFC 5280 §4.2.1.4 defines.
fn qualifiers_are_known(mut all: Reader<'_>) -> Result<bool, Malformed> {
    let mut known = !all.is_empty();
    while !all.is_empty() {
        let mut one = all.enter(tag::SEQUENCE)?;
        let kind = oid::dotted(one.read(tag::OID)?)?;
        one.any()?;
        one.finish()?;
        known &= ["1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"].contains(&kind.as_str());
    }
    Ok(known)
}

/// authorityKeyIdentifier (§4.2.1.1).
pub(in crate::cert) fn authority_key_id(
    mut reader: Reader<'_>,
) -> Result<AuthorityKeyId, Unreadable> {
    let mut all = reader.enter(tag::SEQUENCE)?;
    reader.finish()?;
    let key = all.optional(tag::CONTEXT_0_PRIMITIVE)?.map(<[u8]>::to_vec);
    let issuer = match all.optional(tag::CONTEXT_1)? {
        Some(names) => GeneralName::read_all(Reader::new(names))?,
        None => Vec::new(),
    };
    let serial = all.optional(0x82)?.map(<[u8]>::to_vec);
    all.finish()?;
    Ok(AuthorityKeyId {
        key,
        issuer,
        serial,
    })
}

fn alternative_names(mut reader: Reader<'_>) -> Result<Vec<GeneralName>, Unreadable> {
    let all = reader.enter(tag::SEQUENCE)?;
    reader.finish()?;
    Ok(GeneralName::read_all(all)?)
}

fn subtrees(contents: &[u8], bounded: &mut bool) -> Result<Vec<GeneralName>, Unreadable> {
    let mut all = Reader::new(contents);
    let mut bases = Vec::new();
    while !all.is_empty() {
        let mut one = all.enter(tag::SEQUENCE)?;
        let base = GeneralName::read(&mut one)?;
        if let GeneralName::Ip(octets) = &base
            && !is_network(octets)
        {
            return Err(Unreadable(
                "an IP constraint is an address and its mask (RFC 5280 §4.2.1.10)",
            ));
        }
        if let Some(minimum) = one.optional(tag::CONTEXT_0_PRIMITIVE)? {
            if minimum == [0] {
                return Err(Unreadable("`minimum` is written although it is 0"));
            }
            *bounded = true;
        }
        *bounded |= one.optional(tag::CONTEXT_1_PRIMITIVE)?.is_some();
        one.finish()?;
        bases.push(base);
    }
    if bases.is_empty() {
        return Err(Unreadable("it has a list of subtrees with none in it"));
    }
    Ok(bases)
}

/// 8 or 32 octets, the mask with all ones in front (RFC 4632).
fn is_network(octets: &[u8]) -> bool {
    let (_, mask) = octets.split_at(octets.len() / 2);
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let set: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let full = mask.iter().take_while(|byte| **byte == 0xff).count();
    let ragged = mask.iter().skip(full + 1).any(|byte| *byte != 0);
    [8, 32].contains(&octets.len()) && ones == set && !ragged
}

/// cRLDistributionPoints and freshestCRL (§4.2.1.13, .15).
fn points(mut reader: Reader<'_>) -> Result<Vec<DistributionPoint>, Unreadable> {
    let mut all = reader.enter(tag::SEQUENCE)?;
    reader.finish()?;
    let mut found = Vec::new();
    while !all.is_empty() {
        let mut one = all.enter(tag::SEQUENCE)?;
        let mut point = DistributionPoint::default();
        if let Some(name) = one.optional(tag::CONTEXT_0)? {
            (point.names, point.relative) = point_name(name)?;
        }
        point.some_reasons = one.optional(tag::CONTEXT_1_PRIMITIVE)?.is_some();
        if let Some(issuer) = one.optional(0xa2)? {
            point.issuer = GeneralName::read_all(Reader::new(issuer))?;
        }
        one.finish()?;
        found.push(point);
    }
    if found.is_empty() {
        return Err(Unreadable("it names no point (RFC 5280 §4.2.1.13)"));
    }
    Ok(found)
}

/// A `DistributionPointName`: its full names, or whether it is a relative one.
pub(in crate::cert) fn point_name(contents: &[u8]) -> Result<(Vec<GeneralName>, bool), Malformed> {
    let mut reader = Reader::new(contents);
    let read = match reader.peek() {
        Some(tag::CONTEXT_0) => {
            let names = GeneralName::read_all(reader.enter(tag::CONTEXT_0)?)?;
            (names, false)
        }
        _ => {
            reader.read(tag::CONTEXT_1)?;
            (Vec::new(), true)
        }
    };
    reader.finish()?;
    Ok(read)
}

/// The first 16 bits of a named bit list without superfluous zeros (X.690 §11.2.2).
pub(in crate::cert) fn named_bits(contents: &[u8]) -> Result<u16, Malformed> {
    let (unused, octets) = contents.split_first().ok_or(Malformed)?;
    let bits = match octets {
        [] => 0,
        [first] => u16::from(*first) << 8,
        [first, second] => u16::from(*first) << 8 | u16::from(*second),
        _ => return Err(Malformed),
    };
    let minimal = match octets.last() {
        None => *unused == 0,
        Some(last) => *last != 0 && last.trailing_zeros() == u32::from(*unused),
    };
    if minimal { Ok(bits) } else { Err(Malformed) }
}

fn number(octets: &[u8]) -> Result<u32, Malformed> {
    if octets.len() > 4 {
        return Ok(u32::MAX);
    }
    Ok(octets
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

fn implicit_number(contents: &[u8]) -> Result<u32, Malformed> {
    let whole = crate::kernel::der::element(tag::INTEGER, contents);
    number(Reader::new(&whole).unsigned()?)
}
