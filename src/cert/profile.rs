//! What a certificate is for: the profiles, with the uses, the life and the names of each (X509-SVID §4, RFC 5280 §4.2).

use std::time::Duration;

use super::encode::{self, oid};
use crate::kernel::der::{self, tag};

/// A kind of certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IssuingProfile {
    /// A workload with a SPIFFE ID: client and server.
    Svid,
    /// A server, by DNS name or address.
    Server,
    /// A client, by DNS name or address.
    Client,
    /// An issuing authority, `pathlen:0`.
    Ca,
    /// An issuing authority for istiod, as the files of its `cacerts` secret.
    IstioCacerts,
    /// An issuing authority for Linkerd's identity controller.
    Linkerd,
    /// A responder that signs OCSP responses in its issuer's place (RFC 6960 §4.2.2.2).
    Ocsp,
}

impl IssuingProfile {
    /// All profiles.
    pub const ALL: [Self; 7] = [
        Self::Svid,
        Self::Server,
        Self::Client,
        Self::Ca,
        Self::IstioCacerts,
        Self::Linkerd,
        Self::Ocsp,
    ];

    /// The name on the command line and in the policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svid => "svid",
            Self::Server => "server",
            Self::Client => "client",
            Self::Ca => "ca",
            Self::IstioCacerts => "istio-cacerts",
            Self::Linkerd => "linkerd",
            Self::Ocsp => "ocsp",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Whether it makes an authority, which the root alone signs.
    pub fn is_authority(self) -> bool {
        matches!(self, Self::Ca | Self::IstioCacerts | Self::Linkerd)
    }

    /// The life if none is asked for.
    pub fn default_ttl(self) -> Duration {
        const HOUR: u64 = 3600;
        Duration::from_secs(match self {
            Self::Ca | Self::IstioCacerts | Self::Linkerd => 90 * 24 * HOUR,
            // Nobody asks whether it is revoked (RFC 6960 §4.2.2.2.1): a short life stands in for that.
            Self::Ocsp => 24 * HOUR,
            Self::Svid | Self::Server | Self::Client => HOUR,
        })
    }

    /// basicConstraints; the path ends below every authority that is made here.
    pub(super) fn basic_constraints(self) -> Vec<u8> {
        if self.is_authority() {
            authority_constraints(0)
        } else {
            // X509-SVID §4.1: an empty SEQUENCE is `cA` FALSE.
            der::sequence(&[])
        }
    }

    /// keyUsage.
    pub(super) fn key_usage(self) -> Vec<u8> {
        const DIGITAL_SIGNATURE: u8 = 0;
        if self.is_authority() {
            authority_usage()
        } else {
            encode::named_bits(&[DIGITAL_SIGNATURE])
        }
    }

    /// extendedKeyUsage, where it has one.
    pub(super) fn purposes(self) -> Option<Vec<u8>> {
        let purposes: &[&[u8]] = match self {
            // X509-SVID §4.4: both, because a workload is client and server.
            Self::Svid => &[oid::SERVER_AUTH, oid::CLIENT_AUTH],
            Self::Server => &[oid::SERVER_AUTH],
            Self::Client => &[oid::CLIENT_AUTH],
            // RFC 6960 §4.2.2.2: the issuer says by this purpose that it lets the key answer for it.
            Self::Ocsp => &[oid::OCSP_SIGNING],
            Self::Ca | Self::IstioCacerts | Self::Linkerd => return None,
        };
        let list: Vec<u8> = purposes
            .iter()
            .flat_map(|oid| der::element(tag::OID, oid))
            .collect();
        Some(der::element(tag::SEQUENCE, &list))
    }
}

/// basicConstraints of an authority with that many authorities below it.
pub(super) fn authority_constraints(path_length: u8) -> Vec<u8> {
    der::sequence(&[
        &der::element(tag::BOOLEAN, &[0xff]),
        &der::unsigned(&[path_length]),
    ])
}

/// keyUsage of an authority. Without cRLSign, Go refuses the authority's revocation lists.
pub(super) fn authority_usage() -> Vec<u8> {
    encode::named_bits(&[KEY_CERT_SIGN, CRL_SIGN])
}

/// keyCertSign (RFC 5280 §4.2.1.3).
pub(super) const KEY_CERT_SIGN: u8 = 5;
/// cRLSign.
pub(super) const CRL_SIGN: u8 = 6;
