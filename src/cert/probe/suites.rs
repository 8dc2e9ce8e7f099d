//! Which cipher suites a server takes: each answer names one, which the next greeting leaves out.
//!
//! A server chooses one suite of those offered (RFC 5246 §7.4.1.3, RFC 8446 §4.1.3), and refuses with an alert when it takes
//! none. The conversations are therefore one more than the suites found, and never more than the suites asked for.
//! Suites that need a shared key, a password or a DSA certificate are not asked for.

use super::{Answer, GROUPS, TlsVersion};

/// A cipher suite that a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite {
    /// The version of the protocol that it is taken in.
    pub version: TlsVersion,
    /// Its number in IANA's registry.
    pub number: u16,
    /// Its name there.
    pub name: &'static str,
}

impl Suite {
    /// Whether it leaves the contents readable or the server unknown: no encryption, an export key, or nobody's certificate.
    pub fn is_open(&self) -> bool {
        let marks = ["_NULL_", "_anon_", "_EXPORT_", "TLS_SHA"];
        marks.iter().any(|mark| self.name.contains(mark))
    }

    /// Whether its cipher is broken or has blocks of 64 bits (RFC 7465, RFC 9325 §4.1).
    pub fn is_weak(&self) -> bool {
        let marks = ["_RC4_", "DES_", "_IDEA_", "_RC2_"];
        self.is_open() || marks.iter().any(|mark| self.name.contains(mark))
    }
}

/// The questions about the suites of one version.
#[derive(Debug)]
pub struct Enumeration {
    version: TlsVersion,
    left: Vec<(u16, &'static str)>,
    /// The suites found so far, as the server preferred them among those offered.
    pub found: Vec<Suite>,
    /// Whether the server said that it takes none of the others.
    pub is_complete: bool,
}

impl Enumeration {
    /// For a version; None of those whose suites are not asked for.
    pub fn of(version: TlsVersion) -> Option<Self> {
        let left = match version {
            TlsVersion::Tls13 => NEW.to_vec(),
            TlsVersion::Tls12 => OLD.to_vec(),
            TlsVersion::Tls11 | TlsVersion::Tls10 => {
                let old = OLD.into_iter();
                old.filter(|(_, name)| is_before_12(name)).collect()
            }
            TlsVersion::Ssl3 => return None,
        };
        Some(Self {
            version,
            left,
            found: Vec::new(),
            is_complete: false,
        })
    }

    /// The suites to offer next.
    pub fn offer(&self) -> Vec<u16> {
        self.left.iter().map(|(number, _)| *number).collect()
    }

    /// The groups to offer with them.
    pub fn groups(&self) -> Vec<u16> {
        let all = GROUPS.iter().map(|(number, _)| *number);
        // RFC 7919 §4: a server that knows a finite field group offered but not takes it drops all suites with such groups.
        // Nothing is offered in TLS 1.2, so that the server is free to choose its own.
        all.filter(|number| self.version == TlsVersion::Tls13 || *number < 0x0100)
            .collect()
    }

    /// Takes an answer; whether to ask again.
    pub fn hear(&mut self, answer: Answer) -> bool {
        let Answer::Accepted { version, suite, .. } = answer else {
            // RFC 8446 §4.1.1, RFC 5246 §7.4.1.3: no common suite is an alert. Silence may have another cause.
            self.is_complete = matches!(
                answer,
                Answer::Alert(HANDSHAKE_FAILURE | INSUFFICIENT_SECURITY)
            );
            return false;
        };
        let place = self.left.iter().position(|(number, _)| *number == suite);
        let Some(place) = place.filter(|_| version == self.version.number()) else {
            // RFC 5246 §7.4.1.3: it may choose only among those offered; another version is a refusal of this one.
            self.is_complete = version != self.version.number();
            return false;
        };
        let (number, name) = self.left.remove(place);
        self.found.push(Suite {
            version: self.version,
            number,
            name,
        });
        self.is_complete = self.left.is_empty();
        !self.is_complete
    }
}

/// Whether a suite is defined for TLS 1.0 and 1.1: those with another MAC than MD5 or SHA-1, or with none, came with TLS 1.2
/// (RFC 5246 §1.2, RFC 5288 §4, RFC 5289 §4).
fn is_before_12(name: &str) -> bool {
    name.ends_with("_MD5") || name.ends_with("_SHA")
}

/// handshake_failure (RFC 8446 §6.2).
const HANDSHAKE_FAILURE: u8 = 40;
/// insufficient_security
const INSUFFICIENT_SECURITY: u8 = 71;

/// The suites of TLS 1.3 (RFC 8446 §B.4), and those of RFC 9150, which do not encrypt.
const NEW: [(u16, &str); 7] = [
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0x1304, "TLS_AES_128_CCM_SHA256"),
    (0x1305, "TLS_AES_128_CCM_8_SHA256"),
    (0xc0b4, "TLS_SHA256_SHA256"),
    (0xc0b5, "TLS_SHA384_SHA384"),
];

/// The suites of TLS 1.2 and before whose server shows a certificate of RSA or ECDSA, or none at all.
const OLD: [(u16, &str); 98] = [
    (0x0001, "TLS_RSA_WITH_NULL_MD5"),
    (0x0002, "TLS_RSA_WITH_NULL_SHA"),
    (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA"),
    (0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"),
    (0x001b, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"),
    (0x003b, "TLS_RSA_WITH_NULL_SHA256"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"),
    (0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0089, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"),
    (0x009a, "TLS_DHE_RSA_WITH_SEED_CBC_SHA"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"),
    (0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"),
    (0x00ba, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00be, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00bf, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00c0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c5, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256"),
    (0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc015, "TLS_ECDH_anon_WITH_NULL_SHA"),
    (0xc016, "TLS_ECDH_anon_WITH_RC4_128_SHA"),
    (0xc017, "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"),
    (0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc050, "TLS_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc051, "TLS_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc052, "TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc053, "TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc05c, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc05d, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc060, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc061, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc09c, "TLS_RSA_WITH_AES_128_CCM"),
    (0xc09d, "TLS_RSA_WITH_AES_256_CCM"),
    (0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM"),
    (0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM"),
    (0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"),
    (0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8"),
    (0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"),
    (0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
    (0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    (0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(version: u16, suite: u16) -> Answer {
        Answer::Accepted {
            version,
            suite,
            group: None,
        }
    }

    #[test]
    fn the_tables_hold_each_suite_once() {
        for table in [&NEW[..], &OLD[..]] {
            let pairs = table.iter().zip(table.iter().skip(1));
            assert!(pairs.into_iter().all(|(one, next)| one.0 < next.0));
        }
        let open = OLD.iter().chain(&NEW).filter(|(number, name)| {
            let (version, number) = (TlsVersion::Tls12, *number);
            Suite {
                version,
                number,
                name,
            }
            .is_open()
        });
        assert_eq!(open.count(), 28);
    }

    #[test]
    fn old_versions_are_asked_for_old_suites_alone() {
        let offers = [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12]
            .map(|version| Enumeration::of(version).unwrap().offer());
        assert_eq!(offers[0], offers[1]);
        for (number, old) in [
            (0x0004, true),
            (0x002f, true),
            (0xc014, true),
            (0x003b, false),
            (0xc028, false),
            (0x009c, false),
            (0xc0ac, false),
            (0xcca8, false),
        ] {
            assert_eq!(offers[0].contains(&number), old, "{number:04x}");
            assert!(offers[2].contains(&number));
        }
        assert!(Enumeration::of(TlsVersion::Ssl3).is_none());
    }

    #[test]
    fn what_was_chosen_is_not_offered_again() {
        let mut asked = Enumeration::of(TlsVersion::Tls13).unwrap();
        assert!(asked.offer().contains(&0x1302));
        assert!(asked.hear(accepted(0x0304, 0x1302)));
        assert!(!asked.offer().contains(&0x1302));
        assert!(!asked.is_complete);
        assert!(!asked.hear(Answer::Alert(40)));
        assert!(asked.is_complete);
        assert_eq!(asked.found[0].name, "TLS_AES_256_GCM_SHA384");
    }

    #[test]
    fn silence_and_nonsense_end_the_list_but_do_not_complete_it() {
        for (answer, complete) in [
            (Answer::Incomplete, false),
            (Answer::NotTls, false),
            // internal_error
            (Answer::Alert(80), false),
            // Not offered.
            (accepted(0x0304, 0xc02f), false),
            // It went on with another version, which refuses this one.
            (accepted(0x0303, 0xc02f), true),
        ] {
            let mut asked = Enumeration::of(TlsVersion::Tls13).unwrap();
            assert!(!asked.hear(answer));
            assert_eq!(asked.is_complete, complete, "{answer:?}");
            assert!(asked.found.is_empty());
        }
    }

    #[test]
    fn a_server_that_takes_all_is_asked_no_more_often_than_there_are_suites() {
        let mut asked = Enumeration::of(TlsVersion::Tls12).unwrap();
        let mut times = 1;
        while asked.hear(accepted(0x0303, *asked.offer().last().unwrap())) {
            times += 1;
        }
        assert_eq!((times, asked.found.len()), (OLD.len(), OLD.len()));
        assert!(asked.is_complete);
    }
}
