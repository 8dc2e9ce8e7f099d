//! What is issued is accepted, and what must not be issued is not.

use std::time::Duration;

use super::*;
use crate::kernel::crypto::{DigestAlgorithm, SignatureAlgorithm, sign};
use crate::kernel::crypto::{EcEncoding, SystemRandom};
use crate::kernel::der::{self, tag};
use crate::kernel::key::{Curve, PrivateKey};
use crate::kernel::time::Timestamp;

const DAY: Duration = Duration::from_secs(86_400);

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

/// A root and an issuing authority, with the keys to sign.
struct Scene {
    domain: TrustDomain,
    root: (AuthorityCertificate, LocalSigner),
    issuing: (AuthorityCertificate, LocalSigner),
    policy: Policy,
    random: SystemRandom,
}

impl Scene {
    fn new(choice: KeyChoice, permitted: &[&str]) -> Self {
        let random = SystemRandom::default();
        let domain: TrustDomain = "acme.example".parse().unwrap();
        let mut limits = NameLimits::default();
        for text in permitted {
            limits.permitted.add(text).unwrap();
        }
        let options = AuthorityOptions {
            trust_domain: &domain,
            generation: 1,
            ttl: DAY * 100,
            limits: &limits,
            now: now(),
        };
        let key = choice.generate(&random).unwrap();
        let signer = LocalSigner::new(&key, &random).unwrap();
        let unsigned = plan_root(&options, &key.public(), Origin::Chance(&random)).unwrap();
        let root = AuthorityCertificate::read(&seal(&unsigned, &signer).unwrap()).unwrap();
        let below = choice.generate(&random).unwrap();
        let unsigned =
            plan_issuing(&options, &root, &below.public(), Origin::Chance(&random)).unwrap();
        let issuing = AuthorityCertificate::read(&seal(&unsigned, &signer).unwrap()).unwrap();
        let below = LocalSigner::new(&below, &random).unwrap();
        Self {
            root: (root, signer),
            issuing: (issuing, below),
            policy: Policy::with_max_ttl(Duration::from_secs(3600)),
            domain,
            random,
        }
    }

    fn issue(&self, request: &Request) -> Result<(Unsigned, Vec<u8>), IssueError> {
        let above = std::slice::from_ref(&self.root.0);
        let ((authority, signer), above) = if request.profile.is_authority() {
            (&self.root, [].as_slice())
        } else {
            (&self.issuing, above)
        };
        let issuing = Issuing {
            authority,
            above,
            trust_domain: &self.domain,
            policy: &self.policy,
            now: now(),
        };
        let unsigned = plan(request, &issuing, Origin::Chance(&self.random))?;
        let certificate = seal(&unsigned, signer)?;
        Ok((unsigned, certificate))
    }

    fn holds(&self, certificate: &[u8]) -> Vec<&'static str> {
        let parse = |der: &[u8]| Certificate::parse(der).unwrap();
        let leaf = parse(certificate);
        let between = [parse(&self.issuing.0.der)];
        let anchors = [parse(&self.root.0.der)];
        let rules = PathRules::new(Profile::Rfc5280, now());
        let report = validate(&leaf, &between, &anchors, &rules);
        let problems = report.problems.iter();
        problems.map(|problem| problem.reason.code()).collect()
    }
}

fn request(profile: IssuingProfile, key: &PrivateKey) -> Request {
    let mut names = Names::default();
    match profile {
        IssuingProfile::Svid => {
            names.spiffe_id = "spiffe://acme.example/ns/a/sa/b".parse().ok();
            names.dns.push("b.acme.example".parse().unwrap());
            names.addresses.push("10.0.0.1".parse().unwrap());
        }
        IssuingProfile::Server | IssuingProfile::Client => {
            names.dns.push("b.acme.example".parse().unwrap())
        }
        _ => {}
    }
    Request {
        profile,
        names,
        common_name: None,
        ttl: None,
        key: key.public(),
    }
}

#[test]
fn every_profile_of_every_kind_of_key_verifies() {
    let choices = [KeyChoice::P256, KeyChoice::P384, KeyChoice::Ed25519];
    for authority in choices {
        let scene = Scene::new(authority, &["dns:acme.example", "ip:10.0.0.0/8"]);
        for (profile, choice) in IssuingProfile::ALL
            .into_iter()
            .flat_map(|p| choices.map(|c| (p, c)))
        {
            let key = choice.generate(&scene.random).unwrap();
            let made = scene.issue(&request(profile, &key));
            if profile == IssuingProfile::Linkerd
                && (choice != KeyChoice::P256 || authority != KeyChoice::P256)
            {
                assert_eq!(made.unwrap_err(), IssueError::LinkerdKey);
                continue;
            }
            let (unsigned, certificate) = made.unwrap();
            assert_eq!(scene.holds(&certificate), [""; 0], "{profile:?} {choice:?}");
            assert_eq!(unsigned.not_before, now().minus(BACKDATE));
            let limit = scene.policy.max_ttl(profile).unwrap_or(DAY * 100);
            let life = profile.default_ttl().min(limit);
            assert_eq!(unsigned.not_after, now().plus(life));
            let fields = Fields::of_certificate(&certificate).unwrap();
            assert_eq!(fields.serial_hex(), unsigned.serial);
            assert_eq!(fields.is_authority(), profile.is_authority());
            if profile == IssuingProfile::Svid {
                let verdict = verify(
                    &Certificate::parse(&certificate).unwrap(),
                    &[Certificate::parse(&scene.issuing.0.der).unwrap()],
                    &[Certificate::parse(&scene.root.0.der).unwrap()],
                    &ExpectedId::In(scene.domain.clone()),
                    now(),
                );
                assert!(verdict.is_accepted(), "{:?}", verdict.reasons());
                assert_eq!(verdict.remarks, [""; 0]);
            }
        }
    }
}

#[test]
fn serial_numbers_are_positive_and_of_twenty_octets() {
    let scene = Scene::new(KeyChoice::P256, &[]);
    let key = KeyChoice::P256.generate(&scene.random).unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        let (unsigned, _) = scene.issue(&request(IssuingProfile::Svid, &key)).unwrap();
        assert_eq!(unsigned.serial.len(), 40);
        assert!(unsigned.serial.as_str() < "80" && unsigned.serial.as_str() >= "40");
        // The same key gives another serial number each time.
        assert!(seen.insert(unsigned.serial));
    }
}

#[test]
fn a_chain_s_own_constraints_are_not_overstepped() {
    let scene = Scene::new(KeyChoice::P256, &["dns:acme.example", "uri:acme.example"]);
    let key = KeyChoice::P256.generate(&scene.random).unwrap();
    let mut outside = request(IssuingProfile::Svid, &key);
    outside.names.dns.push("evil.test".parse().unwrap());
    let error = scene.issue(&outside).unwrap_err();
    assert!(matches!(error, IssueError::Forbidden(_)), "{error}");
    let inside = scene.issue(&request(IssuingProfile::Svid, &key)).unwrap();
    assert_eq!(scene.holds(&inside.1), [""; 0]);
    // An issuing authority whose own name its root forbids.
    let random = SystemRandom::default();
    let mut limits = NameLimits::default();
    limits.permitted.add("uri:other.example").unwrap();
    let key = KeyChoice::P256.generate(&random).unwrap();
    let options = AuthorityOptions {
        trust_domain: &scene.domain,
        generation: 1,
        ttl: DAY,
        limits: &limits,
        now: now(),
    };
    let unsigned = plan_root(&options, &key.public(), Origin::Chance(&random)).unwrap();
    let signer = LocalSigner::new(&key, &random).unwrap();
    let root = AuthorityCertificate::read(&seal(&unsigned, &signer).unwrap()).unwrap();
    let below = plan_issuing(&options, &root, &key.public(), Origin::Chance(&random));
    assert!(matches!(below, Err(IssueError::Forbidden(_))));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let scene = Scene::new(KeyChoice::P256, &[]);
    let key = KeyChoice::P256.generate(&scene.random).unwrap();
    let base = |profile| request(profile, &key);
    let refused = |request: &Request| scene.issue(request).unwrap_err();
    let mut nobody = base(IssuingProfile::Svid);
    nobody.names.spiffe_id = None;
    assert_eq!(
        refused(&nobody),
        IssueError::NoSpiffeId(IssuingProfile::Svid)
    );
    let mut foreign = base(IssuingProfile::Svid);
    foreign.names.spiffe_id = "spiffe://evil.example/a".parse().ok();
    assert!(matches!(
        refused(&foreign),
        IssueError::OtherTrustDomain { .. }
    ));
    let mut domain = base(IssuingProfile::Svid);
    domain.names.spiffe_id = Some(scene.domain.id());
    assert!(matches!(refused(&domain), IssueError::NoPath(_)));
    let mut server = base(IssuingProfile::Server);
    server.names.spiffe_id = "spiffe://acme.example/a".parse().ok();
    assert_eq!(
        refused(&server),
        IssueError::SpiffeIdUnwanted(IssuingProfile::Server)
    );
    server.names = Names::default();
    assert_eq!(refused(&server), IssueError::NoName(IssuingProfile::Server));
    let mut authority = base(IssuingProfile::Ca);
    authority.names.dns.push("a.b".parse().unwrap());
    assert_eq!(
        refused(&authority),
        IssueError::NamesUnwanted(IssuingProfile::Ca)
    );
    let mut long = base(IssuingProfile::Svid);
    long.ttl = Some(Duration::from_secs(3601));
    assert!(matches!(refused(&long), IssueError::TooLong { .. }));
    long.ttl = Some(Duration::ZERO);
    assert_eq!(refused(&long), IssueError::NoLife);
    let mut named = base(IssuingProfile::Svid);
    named.common_name = Some("a\u{7}".into());
    assert_eq!(refused(&named), IssueError::BadCommonName);
    let mut odd = base(IssuingProfile::Svid);
    odd.key = crate::kernel::key::generate_ec(Curve::P521, &scene.random)
        .unwrap()
        .public();
    assert!(matches!(refused(&odd), IssueError::Key(_)));
    // The issuing authority makes no authorities.
    let issuing = Issuing {
        authority: &scene.issuing.0,
        above: &[],
        trust_domain: &scene.domain,
        policy: &scene.policy,
        now: now(),
    };
    let below = plan(
        &base(IssuingProfile::Ca),
        &issuing,
        Origin::Chance(&scene.random),
    );
    assert!(matches!(below, Err(IssueError::PathLength(_))));
}

#[test]
fn nothing_outlives_or_precedes_its_issuer() {
    let mut scene = Scene::new(KeyChoice::P256, &[]);
    scene.policy = Policy::with_max_ttl(DAY * 1000);
    let key = KeyChoice::P256.generate(&scene.random).unwrap();
    let mut long = request(IssuingProfile::Svid, &key);
    long.ttl = Some(DAY * 1000);
    let (unsigned, _) = scene.issue(&long).unwrap();
    assert_eq!(unsigned.not_after, scene.issuing.0.not_after);
    let at = |time: Timestamp| {
        let issuing = Issuing {
            authority: &scene.issuing.0,
            above: &[],
            trust_domain: &scene.domain,
            policy: &scene.policy,
            now: time,
        };
        plan(&long, &issuing, Origin::Chance(&scene.random)).map(|_| ())
    };
    let late = at(scene.issuing.0.not_after.plus(Duration::from_secs(1)));
    assert!(matches!(late, Err(IssueError::AuthorityExpired(_))));
    let early = at(now().minus(DAY));
    assert!(matches!(early, Err(IssueError::AuthorityNotYet(_))));
}

/// Signs with the wrong key, as a broken or hostile program may.
struct Impostor(LocalSigner, crate::kernel::key::PublicKey);

impl Signs for Impostor {
    fn public_key(&self) -> &crate::kernel::key::PublicKey {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.0.sign(message)
    }

    fn is_external(&self) -> bool {
        true
    }
}

#[test]
fn a_foreign_signature_is_never_used() {
    let scene = Scene::new(KeyChoice::P256, &[]);
    let key = KeyChoice::P256.generate(&scene.random).unwrap();
    let (unsigned, _) = scene.issue(&request(IssuingProfile::Svid, &key)).unwrap();
    let other = LocalSigner::new(&key, &scene.random).unwrap();
    let impostor = Impostor(other, scene.issuing.0.key.clone());
    assert_eq!(seal(&unsigned, &impostor), Err(SigningError::Foreign));
}

/// A certification request with these attributes.
fn csr(key: &PrivateKey, subject: &[u8], attributes: &[u8]) -> Vec<u8> {
    let info = der::sequence(&[
        &der::unsigned(&[]),
        subject,
        &key.public().to_spki(),
        &der::element(tag::CONTEXT_0, attributes),
    ]);
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
    let signature = sign(algorithm, key, &info, &SystemRandom::default()).unwrap();
    encode::signed(&info, algorithm, &signature)
}

#[test]
fn of_a_request_the_key_and_the_names_are_taken_and_the_rest_is_told() {
    let random = SystemRandom::default();
    let key = KeyChoice::P256.generate(&random).unwrap();
    let mut names = vec![];
    for (kind, value) in [
        (0x86, &b"spiffe://acme.example/x"[..]),
        (0x86, b"https://evil.test/"),
        (0x82, b"x.acme.example"),
        (0x82, b"bad_name"),
        (0x87, &[10, 0, 0, 1]),
        (0x81, b"a@b.c"),
    ] {
        names.extend(der::element(kind, value));
    }
    let extensions = der::sequence(&[
        &encode::extension(
            encode::oid::SUBJECT_ALT_NAME,
            false,
            &der::element(tag::SEQUENCE, &names),
        ),
        &encode::extension(
            encode::oid::BASIC_CONSTRAINTS,
            true,
            &profile::authority_constraints(9),
        ),
        &encode::extension(encode::oid::KEY_USAGE, true, &profile::authority_usage()),
    ]);
    let attribute = der::sequence(&[
        &der::element(tag::OID, encode::oid::EXTENSION_REQUEST),
        &der::element(tag::SET, &extensions),
    ]);
    let subject = encode::name(&[(encode::oid::COMMON_NAME, "root")]);
    let bytes = csr(&key, &subject, &attribute);
    let read = SigningRequest::parse(&bytes).unwrap();
    assert_eq!(read.key, key.public());
    assert_eq!(
        read.names.list(),
        ["spiffe://acme.example/x", "x.acme.example", "10.0.0.1"]
    );
    let dropped = read.dropped.join("; ");
    for part in [
        "the subject `CN=root`",
        "https://evil.test/",
        "bad_name",
        "email:a@b.c",
        "it asks to be an authority",
        "keyUsage",
    ] {
        assert!(dropped.contains(part), "{part}: {dropped}");
    }
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(SigningRequest::parse(&changed).is_err(), "byte {index}");
    }
}
