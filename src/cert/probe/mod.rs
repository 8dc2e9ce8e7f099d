//! What a TLS server offers, from its answers to greetings of our own (RFC 8446 §4.1, RFC 5246 §7.4).
//!
//! A library that refuses old versions cannot ask for them, so the first message is written here: one greeting for each
//! version, one for each group of TLS 1.3, and one for each cipher suite that it takes from TLS 1.0 on. No key is shared: a
//! server that takes a group asks for a share of it.

mod hello;
mod suites;

pub use hello::{Answer, Hello, answer};
pub use suites::{Enumeration, Suite};

use std::fmt;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

impl TlsVersion {
    /// All versions, the oldest first.
    pub const ALL: [Self; 5] = [
        Self::Ssl3,
        Self::Tls10,
        Self::Tls11,
        Self::Tls12,
        Self::Tls13,
    ];

    /// Its number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The groups of TLS 1.3 that are asked for, by number and name.
pub const GROUPS: [(u16, &str); 9] = [
    (0x11ec, "X25519MLKEM768"),
    (0x11eb, "SecP256r1MLKEM768"),
    (0x11ed, "SecP384r1MLKEM1024"),
    (0x0202, "MLKEM1024"),
    (0x001d, "x25519"),
    (0x0017, "secp256r1"),
    (0x0018, "secp384r1"),
    (0x0019, "secp521r1"),
    (0x0100, "ffdhe2048"),
];

/// Whether the server wants a certificate of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// It does not ask.
    Absent,
    /// It asks, and goes on without.
    Optional,
    /// It asks, and refuses who has none.
    Required,
}

impl ClientAuth {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// What a server was found to do.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The versions that it takes.
    pub versions: Vec<TlsVersion>,
    /// The groups that it takes in TLS 1.3.
    pub groups: Vec<&'static str>,
    /// The cipher suites that it takes in each version from TLS 1.0 on.
    pub suites: Vec<Suite>,
    /// The versions whose suites may be more than those found.
    pub unfinished: Vec<TlsVersion>,
    /// Whether it wants certificates; none where no handshake came so far.
    pub client_auth: Option<ClientAuth>,
}

/// Why a server is not "TLS 1.3 alone, with a certificate of every client".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall(pub String);

/// Holds what was found against "TLS 1.3 alone, with a certificate of every client".
pub fn shortfalls(observed: &Observed) -> Vec<Shortfall> {
    let mut found = Vec::new();
    let old: Vec<&str> = observed
        .versions
        .iter()
        .filter(|version| **version < TlsVersion::Tls13)
        .map(|version| version.name())
        .collect();
    if !old.is_empty() {
        found.push(Shortfall(format!(
            "it takes {}; TLS 1.3 alone is wanted",
            old.join(", ")
        )));
    }
    if !observed.versions.contains(&TlsVersion::Tls13) {
        found.push(Shortfall("it does not take TLS 1.3".to_owned()));
    }
    let all = observed.suites.iter().filter(|suite| suite.is_open());
    // One that is taken in several versions is one.
    let mut open: Vec<&str> = Vec::new();
    for suite in all {
        if !open.contains(&suite.name) {
            open.push(suite.name);
        }
    }
    if !open.is_empty() {
        found.push(Shortfall(format!(
            "it takes cipher suites that do not protect: {}",
            open.join(", ")
        )));
    }
    match observed.client_auth {
        Some(ClientAuth::Required) => {}
        Some(ClientAuth::Optional) => {
            found.push(Shortfall(
                "it asks clients for a certificate and goes on without".to_owned(),
            ));
        }
        Some(ClientAuth::Absent) => {
            found.push(Shortfall("it asks clients for no certificate".to_owned()))
        }
        None => found.push(Shortfall(
            "whether it asks clients for a certificate is not known".to_owned(),
        )),
    }
    found
}

/// The alert with which a server of TLS 1.3 refuses a client without certificate (RFC 8446 §6.2).
pub const CERTIFICATE_REQUIRED: u8 = 116;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_short_is_told_each_by_itself() {
        let mut observed = Observed {
            versions: vec![TlsVersion::Tls13],
            client_auth: Some(ClientAuth::Required),
            ..Observed::default()
        };
        assert_eq!(shortfalls(&observed), []);
        observed.suites = vec![Suite {
            version: TlsVersion::Tls13,
            number: 0xc0b4,
            name: "TLS_SHA256_SHA256",
        }];
        assert_eq!(shortfalls(&observed).len(), 1);
        observed.suites.clear();
        observed.client_auth = Some(ClientAuth::Optional);
        observed.versions = vec![TlsVersion::Tls11, TlsVersion::Tls12];
        assert_eq!(shortfalls(&observed).len(), 3);
        observed.client_auth = None;
        assert_eq!(shortfalls(&observed).len(), 3);
    }
}
