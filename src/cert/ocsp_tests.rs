//! Who may answer for an issuer, and what a response is worth.

use std::time::Duration;

use super::super::authority::LocalSigner;
use super::super::in_memory::{Issued, root};
use super::super::issuance_log::Revocation;
use super::super::issue::{Issuing, KeyChoice, Request, plan, seal};
use super::super::names::Names;
use super::super::ocsp::{ResponseOptions, plan_response, seal_response};
use super::super::origin::Origin;
use super::super::policy::Policy;
use super::super::profile::IssuingProfile;
use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::PrivateKey;

const HOUR: Duration = Duration::from_secs(3600);

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

/// An authority, and two certificates of it.
struct Scene {
    random: SystemRandom,
    issuer: AuthorityCertificate,
    key: PrivateKey,
    leaf: Vec<u8>,
    other: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let random = SystemRandom::default();
        let domain = "acme.example".parse().unwrap();
        let Issued {
            certificate, key, ..
        } = root(&domain, HOUR * 100, now(), &random).unwrap();
        let mut scene = Self {
            issuer: AuthorityCertificate::read(&certificate).unwrap(),
            leaf: Vec::new(),
            other: Vec::new(),
            random,
            key,
        };
        scene.leaf = scene.issue(IssuingProfile::Client).0;
        scene.other = scene.issue(IssuingProfile::Client).0;
        scene
    }

    fn issue(&self, profile: IssuingProfile) -> (Vec<u8>, PrivateKey) {
        let key = KeyChoice::P256.generate(&self.random).unwrap();
        let mut names = Names::default();
        if profile == IssuingProfile::Client {
            names.dns.push("client.acme.example".parse().unwrap());
        }
        let request = Request {
            profile,
            names,
            common_name: None,
            ttl: Some(HOUR),
            key: key.public(),
        };
        let issuing = Issuing {
            authority: &self.issuer,
            above: &[],
            trust_domain: &"acme.example".parse().unwrap(),
            policy: &Policy::with_max_ttl(HOUR),
            now: now(),
        };
        let unsigned = plan(&request, &issuing, Origin::Chance(&self.random)).unwrap();
        let signer = LocalSigner::new(&self.key, &self.random).unwrap();
        (seal(&unsigned, &signer).unwrap(), key)
    }

    /// A response about the leaf, signed by whom it is told, whether he may or not.
    fn response(&self, responder: Option<(&[u8], &PrivateKey)>, revoked: bool) -> Vec<u8> {
        let serial = Fields::of_certificate(&self.leaf).unwrap().serial_hex();
        let claimed = responder.map(|(der, key)| Responder {
            der: der.to_vec(),
            name: String::new(),
            serial: String::new(),
            key: key.public(),
            not_after: now().plus(HOUR * 50),
        });
        let revocation = Revocation {
            issuer: String::new(),
            serial: serial.clone(),
            reason: 1,
            revoked_at: now(),
            invalid_since: None,
            not_after: now(),
            key: None,
            points: None,
        };
        let options = ResponseOptions {
            serial: &serial,
            revocation: revoked.then_some(&revocation),
            this_update: now(),
            life: HOUR * 2,
            responder: claimed.as_ref(),
        };
        let unsigned = plan_response(&self.issuer, &options).unwrap();
        let key = responder.map_or(&self.key, |(_, key)| key);
        let signer = LocalSigner::new(key, &self.random).unwrap();
        seal_response(&unsigned, &signer).unwrap()
    }

    fn judge(&self, response: &[u8]) -> Result<Answered, ResponseDefect> {
        judge_response(response, &self.leaf, (&self.issuer, now()))
    }
}

#[test]
fn the_issuer_and_whom_it_certified_for_that_answer() {
    let scene = Scene::new();
    let (der, key) = scene.issue(IssuingProfile::Ocsp);
    for revoked in [false, true] {
        let own = scene.judge(&scene.response(None, revoked)).unwrap();
        assert_eq!(own.revoked.is_some(), revoked);
        assert!(own.responder.is_none());
        let delegated = scene.response(Some((&der, &key)), revoked);
        let delegated = scene.judge(&delegated).unwrap();
        assert_eq!(delegated.revoked.is_some(), revoked);
        let name = delegated.responder.unwrap().name;
        assert!(name.contains("OCSP responder"), "{name}");
    }
}

#[test]
fn nobody_else_answers() {
    let scene = Scene::new();
    // A certificate of the same issuer that is for something else.
    let (der, key) = scene.issue(IssuingProfile::Client);
    let defect = scene.judge(&scene.response(Some((&der, &key)), false));
    let Err(ResponseDefect::Responder(ResponderError::Purpose(_))) = defect else {
        panic!("{defect:?}");
    };
    // An authority of the same name with another key, and its responder.
    let stranger = Scene::new();
    assert_eq!(stranger.issuer.subject, scene.issuer.subject);
    let (der, key) = stranger.issue(IssuingProfile::Ocsp);
    let defect = scene.judge(&scene.response(Some((&der, &key)), false));
    let Err(ResponseDefect::Responder(ResponderError::NotDelegated(_))) = defect else {
        panic!("{defect:?}");
    };
    // A responder's certificate, and the signature of another key under its name.
    let (der, key) = scene.issue(IssuingProfile::Ocsp);
    let (_, other) = scene.issue(IssuingProfile::Ocsp);
    let forged = scene.response(Some((&der, &other)), false);
    assert_eq!(scene.judge(&forged), Err(ResponseDefect::Unsigned));
    // The issuer's word about another certificate.
    let response = scene.response(Some((&der, &key)), false);
    let about = |der: &[u8]| judge_response(&response, der, (&scene.issuer, now()));
    assert_eq!(about(&scene.other), Err(ResponseDefect::OtherCertificate));
    assert_eq!(about(b"none"), Err(ResponseDefect::Malformed));
}

#[test]
fn out_of_its_time_a_response_says_nothing() {
    let scene = Scene::new();
    let (der, key) = scene.issue(IssuingProfile::Ocsp);
    let at = |response: &[u8], time| judge_response(response, &scene.leaf, (&scene.issuer, time));
    let own = scene.response(None, false);
    let early = at(&own, now().minus(Duration::from_secs(1)));
    assert!(
        matches!(early, Err(ResponseDefect::Time { .. })),
        "{early:?}"
    );
    assert!(at(&own, now().plus(HOUR * 2)).is_ok());
    let late = at(&own, now().plus(HOUR * 2 + Duration::from_secs(1)));
    assert!(matches!(late, Err(ResponseDefect::Time { .. })), "{late:?}");
    // The responder's certificate ends before that.
    let delegated = scene.response(Some((&der, &key)), false);
    assert!(at(&delegated, now().plus(HOUR)).is_ok());
    let late = at(&delegated, now().plus(HOUR + Duration::from_secs(1)));
    let Err(ResponseDefect::Responder(ResponderError::Time { .. })) = late else {
        panic!("{late:?}");
    };
}

#[test]
fn a_changed_byte_or_a_part_of_a_response_counts_for_nothing() {
    let scene = Scene::new();
    let (der, key) = scene.issue(IssuingProfile::Ocsp);
    let response = scene.response(Some((&der, &key)), false);
    assert!(scene.judge(&response).is_ok());
    for index in 0..response.len() {
        let mut changed = response.clone();
        changed[index] ^= 1;
        assert!(scene.judge(&changed).is_err(), "byte {index}");
        assert!(scene.judge(&response[..index]).is_err(), "{index} bytes");
    }
    let trailing = [response.as_slice(), &[0]].concat();
    assert!(scene.judge(&trailing).is_err());
}
