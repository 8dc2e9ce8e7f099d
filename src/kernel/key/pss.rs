//! The parameters of RSASSA-PSS (RFC 4055 §3.1), which stand beside signatures and limit keys.

use super::structure::certificate_key_info;
use crate::kernel::crypto::DigestAlgorithm;
use crate::kernel::der::{Malformed, Reader, tag};

const OID_RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const OID_MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// id-sha256, id-sha384, id-sha512 but for the last octet.
const OID_SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// Parameters: one hash for the message and for the mask, and the salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PssParameters {
    /// The hash.
    pub digest: DigestAlgorithm,
    /// The length of the salt in octets; of a key, the least.
    pub salt: usize,
}

/// What an RSA key may sign and verify with (RFC 4055 §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaUse {
    /// Any scheme.
    #[default]
    Any,
    /// RSASSA-PSS with any parameters.
    Pss,
    /// RSASSA-PSS with this hash and no shorter salt.
    PssWith(PssParameters),
    /// RSASSA-PSS with parameters that nothing here uses: SHA-1, or two different hashes.
    PssOther,
}

impl RsaUse {
    /// What the algorithm identifier of a PKCS#8, a SubjectPublicKeyInfo or a certificate's key says.
    pub fn of_der(der: &[u8]) -> Self {
        match certificate_key_info(der) {
            Ok(info) => Self::of_key_info(&info),
            Err(_) => Self::of_key_info(der),
        }
    }

    fn of_key_info(der: &[u8]) -> Self {
        let identifier = || {
            let mut info = Reader::new(der).enter(tag::SEQUENCE)?;
            if info.peek() == Some(tag::INTEGER) {
                info.read(tag::INTEGER)?;
            }
            let mut identifier = info.enter(tag::SEQUENCE)?;
            let is_pss = identifier.read(tag::OID)? == OID_RSA_PSS;
            Ok::<_, Malformed>(is_pss.then_some(identifier))
        };
        match identifier() {
            Ok(Some(parameters)) if parameters.is_empty() => Self::Pss,
            Ok(Some(mut parameters)) => {
                let whole = parameters.whole(tag::SEQUENCE);
                match whole.and_then(PssParameters::read) {
                    Ok(Some(limit)) => Self::PssWith(limit),
                    _ => Self::PssOther,
                }
            }
            _ => Self::Any,
        }
    }

    /// Whether it may be used for PKCS#1 v1.5.
    pub fn allows_pkcs1(self) -> bool {
        self == Self::Any
    }

    /// Whether it may be used for RSASSA-PSS with a hash and a salt as long (§3.3).
    pub fn allows_pss(self, digest: DigestAlgorithm) -> bool {
        match self {
            Self::Any | Self::Pss => true,
            Self::PssWith(limit) => limit.digest == digest && limit.salt <= digest.length(),
            Self::PssOther => false,
        }
    }
}

impl PssParameters {
    /// Reads `RSASSA-PSS-params`, tag included; nothing for those that nobody issues: SHA-1, which is the default, or two
    /// different hashes.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn read(parameters: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut outer = Reader::new(parameters);
        let mut all = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let hash = all.optional(tag::CONTEXT_0)?;
        let mask = all.optional(tag::CONTEXT_1)?;
        let salt = all.optional(0xa2)?;
        let trailer = all.optional(tag::CONTEXT_3)?;
        all.finish()?;
        let (Some(hash), Some(mask), None) = (hash, mask, trailer) else {
            return Ok(None);
        };
        let mut outer = Reader::new(mask);
        let mut mask = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        if mask.read(tag::OID)? != OID_MGF1 {
            return Ok(None);
        }
        let mut outer = Reader::new(hash);
        let hash = digest(&mut outer)?;
        outer.finish()?;
        let same = digest(&mut mask)? == hash;
        mask.finish()?;
        let salt = match salt {
            None => Some(20),
            Some(salt) => {
                let mut outer = Reader::new(salt);
                let octets = outer.unsigned()?;
                outer.finish()?;
                match octets {
                    [] => Some(0),
                    [low] => Some(usize::from(*low)),
                    [high, low] => Some(usize::from(*high) << 8 | usize::from(*low)),
                    _ => None,
                }
            }
        };
        let found = hash.filter(|_| same).zip(salt);
        Ok(found.map(|(digest, salt)| Self { digest, salt }))
    }
}

fn digest(reader: &mut Reader<'_>) -> Result<Option<DigestAlgorithm>, Malformed> {
    let mut identifier = reader.enter(tag::SEQUENCE)?;
    let oid = identifier.read(tag::OID)?;
    identifier.optional(tag::NULL)?;
    identifier.finish()?;
    Ok(match oid.strip_prefix(OID_SHA2) {
        Some([1]) => Some(DigestAlgorithm::Sha256),
        Some([2]) => Some(DigestAlgorithm::Sha384),
        Some([3]) => Some(DigestAlgorithm::Sha512),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::der;

    fn hash(last: u8) -> Vec<u8> {
        let oid = der::element(tag::OID, &[OID_SHA2, &[last]].concat());
        der::sequence(&[&oid, &der::element(tag::NULL, &[])])
    }

    fn parameters(of_text: u8, of_mask: u8, salt: Option<&[u8]>) -> Vec<u8> {
        let mask = der::sequence(&[&der::element(tag::OID, OID_MGF1), &hash(of_mask)]);
        let salt = salt.map(|salt| der::element(0xa2, &der::unsigned(salt)));
        der::sequence(&[
            &der::element(tag::CONTEXT_0, &hash(of_text)),
            &der::element(tag::CONTEXT_1, &mask),
            &salt.unwrap_or_default(),
        ])
    }

    fn info(parameters: &[u8]) -> Vec<u8> {
        let oid = der::element(tag::OID, OID_RSA_PSS);
        der::sequence(&[&der::sequence(&[&oid, parameters]), &der::bit_string(&[0])])
    }

    #[test]
    fn a_key_is_for_what_its_parameters_say() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let with = |digest, salt| RsaUse::PssWith(PssParameters { digest, salt });
        let table = [
            (info(&[]), RsaUse::Pss),
            (info(&parameters(1, 1, Some(&[32]))), with(Sha256, 32)),
            (info(&parameters(2, 2, Some(&[]))), with(Sha384, 0)),
            (info(&parameters(3, 3, None)), with(Sha512, 20)),
            (info(&parameters(3, 1, Some(&[64]))), RsaUse::PssOther),
            (info(&der::sequence(&[])), RsaUse::PssOther),
            (info(&der::element(tag::NULL, &[])), RsaUse::PssOther),
            (vec![0x30, 0], RsaUse::Any),
        ];
        for (der, expected) in table {
            assert_eq!(RsaUse::of_der(&der), expected);
        }
        for (limit, hashes) in [
            (RsaUse::Any, vec![Sha256, Sha384, Sha512]),
            (RsaUse::Pss, vec![Sha256, Sha384, Sha512]),
            (with(Sha256, 32), vec![Sha256]),
            (with(Sha256, 48), vec![]),
            (with(Sha512, 20), vec![Sha512]),
            (RsaUse::PssOther, vec![]),
        ] {
            let all = [Sha256, Sha384, Sha512].into_iter();
            let allowed: Vec<_> = all.filter(|hash| limit.allows_pss(*hash)).collect();
            assert_eq!(allowed, hashes, "{limit:?}");
            assert_eq!(limit.allows_pkcs1(), limit == RsaUse::Any);
        }
    }
}
