//! Verifying a path in process, beside the signature checks that it cannot do without.

use std::time::Duration;

use countersign::cert::{Bundles, Certificate, Demands, ExpectedId, judge};
use countersign::kernel::crypto::{
    DigestAlgorithm, EcEncoding, SignatureAlgorithm, SystemRandom, sign, verify,
};
use countersign::kernel::key::{Curve, generate_ec};
use countersign::kernel::time::Timestamp;
use divan::Bencher;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

/// Root, issuing authority and leaf, DER.
fn chain() -> [Vec<u8>; 3] {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.use_authority_key_identifier_extension = true;
        params
    };
    let key = || KeyPair::generate().expect("a key");
    let (root, root_key) = (authority("root"), key());
    let (issuing, issuing_key) = (authority("issuing"), key());
    let mut leaf = authority("leaf");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let id = "spiffe://acme.example/ns/production/sa/payment-service";
    leaf.subject_alt_names = vec![SanType::URI(id.try_into().expect("a URI"))];
    let by_root = Issuer::from_params(&root, &root_key);
    let by_issuing = Issuer::from_params(&issuing, &issuing_key);
    [
        root.self_signed(&root_key).expect("signed").der().to_vec(),
        issuing
            .signed_by(&issuing_key, &by_root)
            .expect("signed")
            .der()
            .to_vec(),
        leaf.signed_by(&key(), &by_issuing)
            .expect("signed")
            .der()
            .to_vec(),
    ]
}

fn demands() -> Demands {
    let now = Timestamp::parse("2026-11-22T09:00:00Z").expect("a time");
    Demands::svid(
        ExpectedId::In("acme.example".parse().expect("a trust domain")),
        now,
    )
}

/// The two signatures of a path of three certificates, by the crypto core: what the path is measured against.
#[divan::bench(sample_size = 20)]
fn raw_two_signatures(bencher: Bencher<'_, '_>) {
    let random = SystemRandom::default();
    let key = generate_ec(Curve::P256, &random).expect("randomness");
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
    let message = [7; 400];
    let signature = sign(algorithm, &key, &message, &random).expect("signed");
    let public = key.public();
    bencher.bench_local(|| {
        for _ in 0..2 {
            verify(algorithm, &public, &message, &signature).expect("it holds");
        }
    });
}

/// Leaf, issuing authority and root, read before.
#[divan::bench(sample_size = 20)]
fn path_of_three(bencher: Bencher<'_, '_>) {
    let [root, issuing, leaf] = chain().map(|der| Certificate::parse(&der).expect("a certificate"));
    let bundles = Bundles::One(vec![root]);
    let (between, demands) = ([issuing], demands());
    bencher.bench_local(|| {
        assert!(judge(&leaf, &between, &bundles, &demands).is_accepted());
    });
}

/// The same from DER, as a server meets it: leaf and issuing authority are read, the bundle was before.
#[divan::bench(sample_size = 20)]
fn path_of_three_from_der(bencher: Bencher<'_, '_>) {
    let [root, issuing, leaf] = chain();
    let bundles = Bundles::One(vec![Certificate::parse(&root).expect("a certificate")]);
    let demands = demands();
    bencher.bench_local(|| {
        let read = |der: &[u8]| Certificate::parse(der).expect("a certificate");
        assert!(judge(&read(&leaf), &[read(&issuing)], &bundles, &demands).is_accepted());
    });
}

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

/// A path of three beside its two raw signature checks, in turns; the best of many runs of each.
#[expect(
    clippy::print_stdout,
    reason = "what it measures is for whoever ran it"
)]
fn compare() {
    let random = SystemRandom::default();
    let key = generate_ec(Curve::P256, &random).expect("randomness");
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
    let message = [7; 400];
    let signature = sign(algorithm, &key, &message, &random).expect("signed");
    let public = key.public();
    let [root, issuing, leaf] = chain();
    let read = |der: &[u8]| Certificate::parse(der).expect("a certificate");
    let bundles = Bundles::One(vec![read(&root)]);
    let (parsed, between, demands) = (read(&leaf), [read(&issuing)], demands());
    let mut best = [Duration::MAX; 3];
    for _ in 0..200 {
        let times = [
            timed(|| {
                for _ in 0..2 {
                    verify(algorithm, &public, &message, &signature).expect("it holds");
                }
            }),
            timed(|| assert!(judge(&parsed, &between, &bundles, &demands).is_accepted())),
            timed(|| {
                assert!(judge(&read(&leaf), &[read(&issuing)], &bundles, &demands).is_accepted())
            }),
        ];
        for (best, time) in best.iter_mut().zip(times) {
            *best = time.min(*best);
        }
    }
    let [raw, path, from_der] = best.map(|time| time.as_secs_f64() * 1e6);
    println!(
        "\ntwo signature checks: {raw:.0} µs; the path: {path:.0} µs, ratio {:.2}; from DER: {from_der:.0} µs, ratio {:.2} (wanted: 0.8)",
        raw / path,
        raw / from_der
    );
}

/// Ten times the work, so that the clock is fine enough.
fn timed(work: impl Fn()) -> Duration {
    let start = std::time::Instant::now();
    for _ in 0..10 {
        work();
    }
    start.elapsed() / 10
}
