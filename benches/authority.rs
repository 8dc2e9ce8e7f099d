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
use ring::pkcs8::Document;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark has no command line of ours to be handed"
)]
fn main() {
    divan::main();
    // Not where the benchmarks are only to run once.
    if !std::env::args().any(|word| word == "--test" || word == "--list") {
        compare();
    }
}

/// Leaves of one run.
const LEAVES: usize = 10_000;

/// 10,000 leaves on all cores with their entries in a log, beside ring's keys and signatures in the same threads; and what one
/// entry costs in logs of several sizes. The best of three runs each, taken in turns.
#[expect(
    clippy::print_stdout,
    reason = "what it measures is for whoever ran it"
)]
fn compare() {
    let scene = Scene::new(KeyChoice::P256);
    let (mut raw, mut whole) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        let message = vec![7; 600];
        raw = raw.min(timed(|| {
            on_all_cores(|| {
                std::hint::black_box(ring_key(KeyChoice::P256));
                std::hint::black_box(scene.signer.sign(&message).expect("a signature"));
            });
        }));
        whole = whole.min(timed(|| bulk(&scene)));
    }
    let rate = |time: Duration| LEAVES as f64 / time.as_secs_f64();
    println!(
        "\nleaves/s on all cores, logged: {:.0}; ring's keys and signatures/s: {:.0}; ratio {:.2} (wanted: 0.5)",
        rate(whole),
        rate(raw),
        rate(whole) / rate(raw)
    );
    for size in [1_000, 10_000, 100_000, 1_000_000] {
        let mut edge = log_of(size);
        let one = [vec![7; 600]];
        // Over a whole tile, so that each size pays for the same share of full ones.
        let time = timed(|| {
            for _ in 0..2560 {
                std::hint::black_box((edge.append(&one), edge.root()));
            }
        });
        println!(
            "one entry more in a log of {size}: {:.1} µs",
            time.as_secs_f64() * 1e6 / 2560.0
        );
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

fn on_all_cores(work: impl Fn() + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..LEAVES / threads).for_each(|_| work()));
        }
    });
}

/// As `cert issue --from`: planned on all cores, logged under one checkpoint a portion, signed on all cores.
fn bulk(scene: &Scene) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut edge = log_of(1_000);
    let portion = 1000;
    for _ in 0..LEAVES / portion {
        let planned: Vec<cert::Unsigned> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        (0..portion / threads)
                            .map(|_| scene.planned())
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            running
                .into_iter()
                .flat_map(|thread| thread.join().expect("planned"))
                .collect()
        });
        let entries: Vec<_> = planned.iter().map(|one| one.to_be_signed.clone()).collect();
        std::hint::black_box((edge.append(&entries), edge.root()));
        std::thread::scope(|scope| {
            for part in planned.chunks(portion.div_ceil(threads)) {
                scope.spawn(move || {
                    for one in part {
                        std::hint::black_box(cert::seal(one, &scene.signer).expect("a signature"));
                    }
                });
            }
        });
    }
}

fn log_of(size: usize) -> Edge {
    let mut edge = Edge::empty();
    let portion = vec![vec![7; 600]; 1000];
    for _ in 0..size / 1000 {
        edge.append(&portion);
    }
    edge
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
        let unsigned = cert::plan_root(&options, &key.public(), cert::Origin::Chance(&random))
            .expect("a root");
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
        cert::seal(&self.plan(choice), &self.signer).expect("a signature")
    }

    fn planned(&self) -> cert::Unsigned {
        self.plan(KeyChoice::P256)
    }

    fn plan(&self, choice: KeyChoice) -> cert::Unsigned {
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
        cert::plan(&request, &issuing, cert::Origin::Chance(&self.random)).expect("a plan")
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
        (
            ring_key(choice),
            scene.signer.sign(&message).expect("a signature"),
        )
    });
}

/// A key of ring's own making, as it leaves ring: none of our reading, none of our checks.
fn ring_key(choice: KeyChoice) -> Document {
    let random = ring::rand::SystemRandom::new();
    let document = match choice {
        KeyChoice::P256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random),
        KeyChoice::P384 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &random),
        KeyChoice::Ed25519 => Ed25519KeyPair::generate_pkcs8(&random),
    };
    document.expect("a key")
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
            points: None,
        })
        .collect();
    let options = ListOptions {
        number: 1,
        base: None,
        this_update: now(),
        life: Duration::from_secs(3600),
        point: &[],
        deltas: &[],
        divided: false,
        previous: None,
    };
    bencher.bench(|| {
        let list = cert::plan_list(&scene.root, &revocations, &options).expect("a list");
        cert::seal_list(&list, &scene.signer).expect("a signature")
    });
}
