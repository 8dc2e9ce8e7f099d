//! The first message of a TLS client, and the server's answer to it.

use super::TlsVersion;

/// A greeting: one version, and with TLS 1.3 one list of groups.
#[derive(Debug, Clone, Copy)]
pub struct Hello<'a> {
    /// The only version offered.
    pub version: TlsVersion,
    /// The groups offered.
    pub groups: &'a [u16],
    /// The cipher suites offered; a common selection if there are none.
    pub suites: &'a [u16],
    /// The server's name, unless it is an address.
    pub host: Option<&'a str>,
    /// 64 bytes of chance: the client's random and the session's id.
    pub random: [u8; 64],
}

/// What a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It takes a version and a cipher suite.
    Accepted {
        /// The version's number.
        version: u16,
        /// The suite's number.
        suite: u16,
        /// In TLS 1.3, of a retry: the group that it wants a share of.
        group: Option<u16>,
    },
    /// It refuses with an alert.
    Alert(u8),
    /// It answers something that is not TLS.
    NotTls,
    /// It has not answered whole.
    Incomplete,
}

/// Suites of the versions up to 1.2 that servers of any age may share: elliptic curves, Diffie-Hellman and RSA with AES,
/// and 3DES and RC4 for the oldest.
const OLD_SUITES: [u16; 24] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027,
    0x009c, 0x009d, 0x003c, 0x002f, 0x0035, 0x0033, 0x0039, 0x009e, 0xc012, 0x000a, 0x0005, 0x0004,
];
const NEW_SUITES: [u16; 3] = [0x1301, 0x1302, 0x1303];
const SCHEMES: [u16; 12] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
];

fn numbers(all: &[u16]) -> Vec<u8> {
    all.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Contents behind their length in two bytes. All that is written here is short.
fn sized(contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), contents].concat()
}

fn extension(kind: u16, contents: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(contents)].concat()
}

impl Hello<'_> {
    /// The record to send.
    pub fn record(&self) -> Vec<u8> {
        let (random, session) = self.random.split_at(32);
        let suites: &[u16] = match self.version {
            _ if !self.suites.is_empty() => self.suites,
            TlsVersion::Tls13 => &NEW_SUITES,
            _ => &OLD_SUITES,
        };
        let legacy = self.version.number().min(TlsVersion::Tls12.number());
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend_from_slice(random);
        if self.version == TlsVersion::Tls13 {
            body.push(32);
            body.extend_from_slice(session);
        } else {
            body.push(0);
        }
        body.extend(sized(&numbers(suites)));
        body.extend([1, 0]);
        // SSL 3.0 knows no extensions.
        if self.version > TlsVersion::Ssl3 {
            body.extend(sized(&self.extensions()));
        }
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        let [_, length @ ..] = length;
        let message = [&[1], &length[..], &body].concat();
        let outer = legacy.min(TlsVersion::Tls10.number()).to_be_bytes();
        [&[22], &outer[..], &sized(&message)].concat()
    }

    fn extensions(&self) -> Vec<u8> {
        let mut all = Vec::new();
        if let Some(host) = self.host {
            let entry = [&[0], &sized(host.as_bytes())[..]].concat();
            all.extend(extension(0, &sized(&entry)));
        }
        all.extend(extension(10, &sized(&numbers(self.groups))));
        all.extend(extension(11, &[1, 0]));
        if self.version >= TlsVersion::Tls12 {
            all.extend(extension(13, &sized(&numbers(&SCHEMES))));
        }
        if self.version == TlsVersion::Tls13 {
            all.extend(extension(43, &[2, 3, 4]));
            // No share: the server asks for one of the group that it takes (RFC 8446 §4.2.8).
            all.extend(extension(51, &[0, 0]));
        } else {
            // Some servers refuse whoever offers no extended master secret (RFC 7627 §5.3) or no secure renegotiation
            // (RFC 5746 §3.6); that is no word about the version.
            all.extend(extension(23, &[]));
            all.extend(extension(0xff01, &[0]));
        }
        all
    }
}

/// Takes bytes off the front.
struct Cut<'a>(&'a [u8]);

impl<'a> Cut<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|pair| {
            pair.iter()
                .fold(0, |number, byte| number << 8 | u16::from(*byte))
        })
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).and_then(|one| one.first().copied())
    }
}

/// Reads what a server has sent so far.
pub fn answer(bytes: &[u8]) -> Answer {
    let mut records = Cut(bytes);
    let mut handshake = Vec::new();
    while let Some(kind) = records.byte() {
        if ![21, 22].contains(&kind) {
            return Answer::NotTls;
        }
        match records.0.first() {
            None => return Answer::Incomplete,
            Some(3) => {}
            Some(_) => return Answer::NotTls,
        }
        let Some(contents) = records
            .number()
            .and_then(|_| records.number())
            .and_then(|length| records.take(length.into()))
        else {
            return Answer::Incomplete;
        };
        match (kind, contents) {
            (21, [_, description, ..]) => return Answer::Alert(*description),
            (21, _) => return Answer::NotTls,
            _ => handshake.extend_from_slice(contents),
        }
        if let Some(found) = server_hello(&handshake) {
            return found;
        }
    }
    Answer::Incomplete
}

/// A ServerHello, once it is whole.
fn server_hello(handshake: &[u8]) -> Option<Answer> {
    let mut outer = Cut(handshake);
    let kind = outer.byte()?;
    let length = outer
        .take(3)?
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    if kind != 2 {
        return Some(Answer::NotTls);
    }
    let body = outer.take(length)?;
    Some(hello_body(body).unwrap_or(Answer::NotTls))
}

fn hello_body(body: &[u8]) -> Option<Answer> {
    let mut body = Cut(body);
    let mut version = body.number()?;
    body.take(32)?;
    let session = body.byte()?;
    body.take(session.into())?;
    let suite = body.number()?;
    let _compression = body.byte()?;
    let mut group = None;
    if !body.0.is_empty() {
        let length = body.number()?;
        let mut extensions = Cut(body.take(length.into())?);
        while !extensions.0.is_empty() {
            let kind = extensions.number()?;
            let length = extensions.number()?;
            let mut contents = Cut(extensions.take(length.into())?);
            match kind {
                43 => version = contents.number()?,
                51 => group = contents.number(),
                _ => {}
            }
        }
    }
    Some(Answer::Accepted {
        version,
        suite,
        group,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(answer(&[]), Answer::Incomplete);
        assert_eq!(answer(b"HTTP/1.1 400"), Answer::NotTls);
        assert_eq!(answer(&[21, 3, 1, 0, 2, 2, 70]), Answer::Alert(70));
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([
            0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 0x1d,
        ]);
        let mut record = vec![
            22,
            3,
            3,
            0,
            u8::try_from(body.len() + 4).unwrap(),
            2,
            0,
            0,
            u8::try_from(body.len()).unwrap(),
        ];
        record.extend(&body);
        let accepted = Answer::Accepted {
            version: 0x0304,
            suite: 0x1301,
            group: Some(0x1d),
        };
        assert_eq!(answer(&record), accepted);
        assert_eq!(answer(&record[..record.len() - 1]), Answer::Incomplete);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), start in 0u8..3) {
            let mut bytes = bytes;
            if start > 0 {
                bytes.splice(0..0, [20 + start, 3, 3]);
            }
            let _read = answer(&bytes);
        }
    }
}
