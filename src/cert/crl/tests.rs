//! Lists made with the encoder of the house, so that they can be wrong on purpose.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};

use super::*;
use crate::cert::Certificate;
use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, SignatureAlgorithm, SystemRandom, sign};
use crate::kernel::der::{self, tag};
use crate::kernel::key::{Curve, PrivateKey, private_from_pkcs8};
use crate::kernel::time::Timestamp;

const ECDSA_SHA256: &[u8] = &[
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
];
const NUMBER: &[u8] = &[0x55, 0x1d, 20];
const REASON: &[u8] = &[0x55, 0x1d, 21];
const DELTA: &[u8] = &[0x55, 0x1d, 27];
const SCOPE: &[u8] = &[0x55, 0x1d, 28];

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

/// An authority and a leaf of serial number 7.
struct World {
    authority: Certificate,
    leaf: Certificate,
    key: PrivateKey,
}

fn world(usages: &[KeyUsagePurpose]) -> World {
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = usages.to_vec();
    let authority = params.self_signed(&pair).unwrap().der().to_vec();
    let mut leaf = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    leaf.serial_number = Some(SerialNumber::from(7));
    let leaf = leaf
        .signed_by(
            &KeyPair::generate().unwrap(),
            &Issuer::from_params(&params, &pair),
        )
        .unwrap();
    World {
        authority: Certificate::parse(&authority).unwrap(),
        leaf: Certificate::parse(leaf.der()).unwrap(),
        key: private_from_pkcs8(&pair.serialize_der()).unwrap(),
    }
}

fn usual() -> World {
    world(&[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign])
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let oid = der::element(tag::OID, oid);
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    der::sequence(&[&oid, critical, &der::element(tag::OCTET_STRING, value)])
}

/// A list in the making.
struct Making {
    number: u8,
    base: Option<u8>,
    from: i64,
    to: Option<i64>,
    /// Serial numbers and reason codes.
    revoked: Vec<(u8, Option<u8>)>,
    more: Vec<Vec<u8>>,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            number: 1,
            base: None,
            from: -60,
            to: Some(600),
            revoked: Vec::new(),
            more: Vec::new(),
        }
    }
}

fn utc(seconds: i64) -> Vec<u8> {
    let time = Timestamp::from_unix(now().unix() + seconds)
        .unwrap()
        .to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).skip(2).collect();
    der::element(tag::UTC_TIME, format!("{digits}Z").as_bytes())
}

impl Making {
    fn signed(self, world: &World) -> RevocationList {
        let entries: Vec<Vec<u8>> = self
            .revoked
            .iter()
            .map(|(serial, reason)| {
                let reason = reason
                    .map(|code| der::sequence(&[&extension(REASON, false, &[0x0a, 1, code])]));
                der::sequence(&[
                    &der::unsigned(&[*serial]),
                    &utc(-120),
                    &reason.unwrap_or_default(),
                ])
            })
            .collect();
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            der::sequence(&entries.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        let mut extensions = vec![extension(NUMBER, false, &der::unsigned(&[self.number]))];
        extensions.extend(
            self.base
                .map(|base| extension(DELTA, true, &der::unsigned(&[base]))),
        );
        extensions.extend(self.more);
        let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        let signed = der::sequence(&[
            &der::unsigned(&[1]),
            ECDSA_SHA256,
            &world.authority.subject_name.der,
            &utc(self.from),
            &self.to.map(utc).unwrap_or_default(),
            &entries,
            &der::element(tag::CONTEXT_0, &der::sequence(&extensions)),
        ]);
        let algorithm =
            SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
        let signature = sign(algorithm, &world.key, &signed, &SystemRandom::default()).unwrap();
        let whole = der::sequence(&[&signed, ECDSA_SHA256, &der::bit_string(&signature)]);
        RevocationList::examine(&whole).unwrap()
    }
}

fn status(world: &World, lists: &[RevocationList]) -> String {
    Lists::new(lists, now())
        .status(&world.leaf, &world.authority)
        .to_string()
}

#[test]
fn a_certificate_is_revoked_good_or_unknown() {
    let world = usual();
    assert_eq!(
        status(&world, &[]),
        "no list or response of its issuer is at hand"
    );
    let empty = Making::default().signed(&world);
    assert!(status(&world, &[empty]).starts_with("not revoked (list 1 of"));
    let revoked = Making {
        revoked: vec![(9, None), (7, Some(1))],
        ..Making::default()
    }
    .signed(&world);
    let told = status(&world, std::slice::from_ref(&revoked));
    assert!(
        told.starts_with("revoked at 2026-11-22T08:58:00Z (keyCompromise) by list 1"),
        "{told}"
    );
    // The newest complete list counts: a certificate on hold may come back.
    let later = Making {
        number: 2,
        from: -30,
        ..Making::default()
    }
    .signed(&world);
    assert!(status(&world, &[later, revoked]).starts_with("not revoked (list 2"));
}

#[test]
fn a_list_that_is_not_usable_says_why() {
    let world = usual();
    let cause = |making: Making, wanted: &str| {
        let told = status(&world, &[making.signed(&world)]);
        assert!(
            told.starts_with("no usable list or response: ") && told.contains(wanted),
            "{wanted}: {told}"
        );
    };
    cause(
        Making {
            to: Some(-1),
            ..Making::default()
        },
        "is stale",
    );
    cause(
        Making {
            from: 60,
            ..Making::default()
        },
        "is of the future",
    );
    cause(
        Making {
            to: None,
            ..Making::default()
        },
        "does not say when the next comes",
    );
    let unknown = extension(&[0x2a, 0x03], true, &[5, 0]);
    cause(
        Making {
            more: vec![unknown],
            ..Making::default()
        },
        "not understood: 1.2.3",
    );
    let twice = vec![extension(NUMBER, false, &der::unsigned(&[1]))];
    cause(
        Making {
            more: twice,
            ..Making::default()
        },
        "twice",
    );
    let scopes: [(&[u8], &str); 5] = [
        (&[0x30, 3, 0x82, 1, 0xff], "authorities alone"),
        (&[0x30, 3, 0x84, 1, 0xff], "indirect"),
        (&[0x30, 3, 0x85, 1, 0xff], "attribute certificates"),
        (&[0x30, 4, 0x83, 2, 6, 0x40], "some reasons alone"),
        (
            &[0x30, 9, 0xa0, 7, 0xa0, 5, 0x86, 3, b'u', b':', b'x'],
            "another distribution point",
        ),
    ];
    for (scope, wanted) in scopes {
        cause(
            Making {
                more: vec![extension(SCOPE, true, scope)],
                ..Making::default()
            },
            wanted,
        );
    }
    let users = extension(SCOPE, true, &[0x30, 3, 0x81, 1, 0xff]);
    let list = Making {
        more: vec![users],
        ..Making::default()
    }
    .signed(&world);
    assert!(status(&world, &[list]).starts_with("not revoked"));
}

#[test]
fn the_issuer_itself_must_have_signed_and_be_allowed_to() {
    let (ours, theirs) = (usual(), usual());
    let foreign = Making::default().signed(&theirs);
    let told = status(&ours, &[foreign]);
    assert!(told.contains("is not signed by"), "{told}");
    let mute = world(&[KeyUsagePurpose::KeyCertSign]);
    let told = status(&mute, &[Making::default().signed(&mute)]);
    assert!(told.contains("lacks cRLSign"), "{told}");
}

#[test]
fn a_revocation_does_not_end_with_the_list_that_told_it() {
    let world = usual();
    let old = |reason| {
        Making {
            to: Some(-1),
            revoked: vec![(7, reason)],
            ..Making::default()
        }
        .signed(&world)
    };
    assert!(status(&world, &[old(Some(1))]).starts_with("revoked at"));
    assert!(status(&world, &[old(Some(6))]).starts_with("no usable list"));
}

#[test]
fn deltas_are_merged_with_the_list_they_build_on() {
    let world = usual();
    let base = |revoked| {
        Making {
            number: 5,
            revoked,
            ..Making::default()
        }
        .signed(&world)
    };
    let delta = |number, from, revoked| {
        Making {
            number,
            base: Some(from),
            revoked,
            ..Making::default()
        }
        .signed(&world)
    };
    let judged = |lists: &[RevocationList]| status(&world, lists);
    assert!(judged(&[base(vec![]), delta(6, 5, vec![(7, Some(1))])]).contains("by delta list 6"));
    assert!(
        judged(&[base(vec![(7, Some(6))]), delta(6, 5, vec![(7, Some(8))])])
            .starts_with("not revoked (list 5")
    );
    assert!(
        judged(&[base(vec![]), delta(6, 5, vec![])])
            .contains("list 5 of `CN=rcgen self signed cert` and delta list 6")
    );
    // One that builds on a later list, one that is older than the list, one alone.
    assert!(
        judged(&[base(vec![]), delta(4, 3, vec![(7, Some(6))])]).starts_with("not revoked (list 5")
    );
    assert!(judged(&[delta(6, 5, vec![])]).starts_with("no usable list"));
    assert!(judged(&[delta(6, 5, vec![(7, Some(1))])]).starts_with("revoked"));
}

#[test]
fn a_word_against_it_counts_wherever_it_stands() {
    let world = usual();
    let empty = || {
        Making {
            number: 5,
            ..Making::default()
        }
        .signed(&world)
    };
    let revokes = |making: Making| {
        Making {
            revoked: vec![(7, Some(1))],
            from: -30,
            ..making
        }
        .signed(&world)
    };
    let against = |making: Making| status(&world, &[empty(), revokes(making)]);
    // Newer, and stale; without the time of the next; unknown critical; of another scope; deltas that do not fit.
    let unknown = extension(&[0x2a, 0x03], true, &[5, 0]);
    let users = || extension(SCOPE, true, &[0x30, 3, 0x81, 1, 0xff]);
    let base = Making::default;
    for (index, making) in [
        Making {
            number: 9,
            to: Some(-1),
            ..base()
        },
        Making {
            number: 9,
            to: None,
            ..base()
        },
        Making {
            number: 9,
            more: vec![unknown],
            ..base()
        },
        Making {
            number: 9,
            more: vec![users()],
            ..base()
        },
        Making {
            number: 12,
            base: Some(10),
            ..base()
        },
        Making {
            number: 12,
            base: Some(5),
            to: Some(-1),
            ..base()
        },
        Making {
            number: 5,
            base: Some(5),
            ..base()
        },
        Making {
            number: 6,
            base: Some(5),
            more: vec![users()],
            ..base()
        },
    ]
    .into_iter()
    .enumerate()
    {
        let told = against(making);
        assert!(told.starts_with("revoked at"), "{index}: {told}");
    }
    // An older list of a narrower scope is no answer to one that revokes, whichever is newer.
    let revoking = Making {
        revoked: vec![(7, Some(1))],
        from: -90,
        ..base()
    }
    .signed(&world);
    let narrow = Making {
        number: 6,
        more: vec![users()],
        from: -10,
        ..base()
    }
    .signed(&world);
    assert!(status(&world, &[revoking, narrow]).starts_with("revoked at"));
    // So it is where the list is about some reasons alone, or of another distribution point.
    let reasons = extension(SCOPE, true, &[0x30, 4, 0x83, 2, 6, 0x40]);
    let point = extension(
        SCOPE,
        true,
        &[0x30, 9, 0xa0, 7, 0xa0, 5, 0x86, 3, b'u', b':', b'x'],
    );
    for scope in [reasons, point] {
        let making = Making {
            revoked: vec![(7, Some(1))],
            from: -300,
            more: vec![scope],
            ..base()
        };
        let told = status(&world, &[empty(), making.signed(&world)]);
        assert!(told.starts_with("revoked at"), "{told}");
    }
    // A list that a delta proves outdated vouches for nobody; one of the future says nothing.
    let later = Making {
        number: 12,
        base: Some(10),
        ..base()
    }
    .signed(&world);
    assert!(status(&world, &[empty(), later]).contains("is outdated"));
    let future = Making {
        number: 9,
        revoked: vec![(7, Some(1))],
        from: 60,
        ..base()
    }
    .signed(&world);
    assert!(status(&world, &[empty(), future]).starts_with("not revoked (list 5"));
    // What is not on hold is not taken off again.
    let held = Making {
        number: 5,
        revoked: vec![(7, Some(1))],
        ..base()
    }
    .signed(&world);
    let removes = Making {
        number: 6,
        base: Some(5),
        revoked: vec![(7, Some(8))],
        ..base()
    }
    .signed(&world);
    assert!(status(&world, &[held, removes]).starts_with("revoked at"));
}

#[test]
fn one_flipped_bit_in_a_list_proves_nothing() {
    let world = usual();
    let list = Making::default().signed(&world);
    let whole = |list: &RevocationList| {
        der::sequence(&[
            &list.signed,
            &list.signature_name.der,
            &der::bit_string(&list.signature),
        ])
    };
    let bytes = whole(&list);
    for index in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[index] ^= 1 << (index % 8);
        let Ok(read) = RevocationList::examine(&flipped) else {
            continue;
        };
        let told = status(&world, &[read]);
        assert!(told.starts_with("no "), "byte {index}: {told}");
    }
    assert_eq!(
        now().plus(Duration::from_secs(600)),
        list.next_update.unwrap()
    );
}
