//! What an authority does most: issue leaves, append to its log, write revocation lists, beside ring's raw signatures.

use std::time::Duration;

use countersign::cert::issuance_log::{Edge, Revocation};
use countersign::cert::{
    self, AuthorityCertificate, AuthorityOptions, Issuing, IssuingProfile, KeyChoice, ListOptions,
    LocalSigner, NameLimits, Names, Policy, Request, Signs as _, TrustDomain,
};
use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::time::Timestamp;
use divan::Bencher;

fn main() {
    divan::main();
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").expect("a time")
}

struct Scene {
    domain: TrustDomain,
    root: AuthorityCertificate,
    signer: LocalSigner,
    policy: Policy,
    random: SystemRandom,
}

impl Scene {
    fn new(choice: KeyChoice) -> Self {
        let random = SystemRandom::default();
        let domain: TrustDomain = "acme.example".parse().expect("a trust domain");
        let key = choice.generate(&random).expect("a key");
        let options = AuthorityOptions {
            trust_domain: &domain,
            generation: 1,
            ttl: Duration::from_secs(86_400),
            limits: &NameLimits::default(),
            now: now(),
        };
        let unsigned = cert::plan_root(&options, &key.public(), &random).expect("a root");
        let signer = LocalSigner::new(&key, &random).expect("a signer");
        let der = cert::seal(&unsigned, &signer).expect("a signature");
        Self {
            root: AuthorityCertificate::read(&der).expect("an authority"),
            policy: Policy::with_max_ttl(Duration::from_secs(3600)),
            domain,
            signer,
            random,
        }
    }

    fn leaf(&self, choice: KeyChoice) -> Vec<u8> {
        let key = choice.generate(&self.random).expect("a key");
        let id = "spiffe://acme.example/ns/production/sa/payment-service";
        let request = Request {
            profile: IssuingProfile::Svid,
            names: Names {
                spiffe_id: id.parse().ok(),
                ..Names::default()
            },
            common_name: None,
            ttl: None,
            key: key.public(),
        };
        let issuing = Issuing {
            authority: &self.root,
            above: &[],
            trust_domain: &self.domain,
            policy: &self.policy,
            now: now(),
        };
        let unsigned = cert::plan(&request, &issuing, &self.random).expect("a plan");
        cert::seal(&unsigned, &self.signer).expect("a signature")
    }
}

#[divan::bench(args = [KeyChoice::P256, KeyChoice::Ed25519, KeyChoice::P384])]
fn a_leaf_with_a_new_key(bencher: Bencher<'_, '_>, choice: KeyChoice) {
    let scene = Scene::new(choice);
    bencher.bench(|| scene.leaf(choice));
}

/// A new key and one signature, with nothing around them.
#[divan::bench(args = [KeyChoice::P256, KeyChoice::Ed25519, KeyChoice::P384])]
fn ring_s_new_key_and_signature(bencher: Bencher<'_, '_>, choice: KeyChoice) {
    let scene = Scene::new(choice);
    let message = vec![7; 600];
    bencher.bench(|| {
        let key = choice.generate(&scene.random).expect("a key");
        (key, scene.signer.sign(&message).expect("a signature"))
    });
}

/// One entry more in a log of that size, its checkpoint's root included.
#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000])]
fn append_to_a_log(bencher: Bencher<'_, '_>, size: u64) {
    let mut edge = Edge::empty();
    let entry = vec![7; 600];
    let portion = vec![entry.clone(); 1000];
    for _ in 0..size / 1000 {
        edge.append(&portion);
    }
    let one = [entry];
    bencher.bench_local(|| {
        let files = edge.append(&one);
        (files, edge.root())
    });
}

#[divan::bench(args = [0, 1_000, 100_000])]
fn a_revocation_list(bencher: Bencher<'_, '_>, count: u64) {
    let scene = Scene::new(KeyChoice::P256);
    let issuer: String = scene
        .root
        .key_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let revocations: Vec<Revocation> = (0..count)
        .map(|index| Revocation {
            issuer: issuer.clone(),
            serial: format!("40{index:038x}"),
            reason: 1,
            revoked_at: now(),
            invalid_since: None,
            not_after: now(),
            key: None,
        })
        .collect();
    let options = ListOptions {
        number: 1,
        base: None,
        this_update: now(),
        life: Duration::from_secs(3600),
        point: &[],
        deltas: &[],
        previous: None,
    };
    bencher.bench(|| {
        let list = cert::plan_list(&scene.root, &revocations, &options).expect("a list");
        cert::seal_list(&list, &scene.signer).expect("a signature")
    });
}
