//! General names (RFC 5280 §4.2.1.6): what a certificate or a constraint names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::Name;
use super::oid;
use crate::kernel::crypto::hex;
use crate::kernel::der::{Malformed, Reader, tag};

/// A name of one of the forms of X.509.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// A mailbox.
    Rfc822(String),
    /// A DNS name.
    Dns(String),
    /// A URI.
    Uri(String),
    /// The octets of an address; of a constraint, with as many octets of mask.
    Ip(Vec<u8>),
    /// A distinguished name.
    Directory(Name),
    /// A registered OID.
    Registered(String),
    /// `otherName`, with its type.
    Other(String),
    /// `x400Address`.
    X400,
    /// `ediPartyName`.
    EdiParty,
}

impl GeneralName {
    /// Reads the next name; nothing beside ASCII stands in an IA5String.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in crate::cert) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (tag, contents) = reader.any()?;
        let text = || match std::str::from_utf8(contents) {
            Ok(text) if text.is_ascii() => Ok(text.to_owned()),
            _ => Err(Malformed),
        };
        Ok(match tag {
            0xa0 => {
                let mut other = Reader::new(contents);
                let oid = oid::dotted(other.read(tag::OID)?)?;
                other.read(tag::CONTEXT_0)?;
                other.finish()?;
                Self::Other(oid)
            }
            0x81 => Self::Rfc822(text()?),
            0x82 => Self::Dns(text()?),
            0xa3 => Self::X400,
            0xa4 => Self::Directory(Name::read(contents)?),
            0xa5 => Self::EdiParty,
            0x86 => Self::Uri(text()?),
            0x87 => Self::Ip(contents.to_vec()),
            0x88 => Self::Registered(oid::dotted(contents)?),
            _ => return Err(Malformed),
        })
    }

    /// Reads one or more names up to the end.
    ///
    /// # Errors
    /// [`Malformed`], also for none at all (§4.2.1.6).
    pub(in crate::cert) fn read_all(mut reader: Reader<'_>) -> Result<Vec<Self>, Malformed> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::read(&mut reader)?);
        }
        if names.is_empty() {
            return Err(Malformed);
        }
        Ok(names)
    }

    /// What form it is of.
    pub fn form(&self) -> &'static str {
        match self {
            Self::Rfc822(_) => "mail address",
            Self::Dns(_) => "DNS name",
            Self::Uri(_) => "URI",
            Self::Ip(_) => "IP address",
            Self::Directory(_) => "directory name",
            Self::Registered(_) => "registered ID",
            Self::Other(_) => "other name",
            Self::X400 => "X.400 address",
            Self::EdiParty => "EDI party name",
        }
    }

    /// The address, where it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(octets) => address(octets),
            _ => None,
        }
    }
}

/// The address of 4 or 16 octets.
pub(in crate::cert) fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(octets).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rfc822(text) | Self::Dns(text) | Self::Uri(text) => f.write_str(text),
            Self::Directory(name) => write!(f, "{name}"),
            Self::Registered(oid) => f.write_str(&oid::words(oid)),
            Self::Other(oid) => write!(f, "other name of type {oid}"),
            Self::X400 | Self::EdiParty => f.write_str(self.form()),
            Self::Ip(octets) => {
                let (base, mask) = octets.split_at(octets.len() / 2);
                match (address(octets), address(base)) {
                    (Some(address), _) => write!(f, "{address}"),
                    (_, Some(base)) => {
                        let bits: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
                        write!(f, "{base}/{bits}")
                    }
                    _ => f.write_str(&hex(octets)),
                }
            }
        }
    }
}
