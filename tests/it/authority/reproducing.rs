//! `--reproducible`: the same seed, clock and commands make the same bytes, and nothing else does.

use std::collections::BTreeMap;
use std::path::Path;

use super::{ID, peers, run};
use crate::binary::{Folder, root};

const AT: &str = "--at 2026-11-22T09:00:00Z";
const SEED: &str = "--reproducible file:seed";
const INIT: &str = "cert init ca --trust-domain acme.example --key-type ed25519 --plaintext-keys";
/// The profiles that an Ed25519 authority can certify, and what to ask for. Linkerd takes P-256 alone.
const PROFILES: [(&str, &str); 6] = [
    (
        "svid",
        "--spiffe-id spiffe://acme.example/ns/production/sa/payment-service",
    ),
    ("server", "--dns payment.acme.example --ip 10.0.0.7"),
    ("client", "--dns batch.acme.example --common-name batch"),
    ("ca", "--plaintext-keys"),
    ("istio-cacerts", ""),
    ("ocsp", "--common-name responder"),
];

fn seeded(name: &str, seed: &str) -> Folder {
    let folder = Folder::new(&format!("reproducing-{name}"));
    folder.file("seed", seed);
    folder
}

fn published_seed() -> String {
    std::fs::read_to_string(root().join("fixtures/golden/seed")).unwrap()
}

/// An authority and one certificate of each profile.
fn make(folder: &Folder) {
    run(folder, &format!("{INIT} {SEED} {AT}")).ends(0);
    for (profile, asked) in PROFILES {
        let line = format!(
            "cert issue --ca ca --profile {profile} {asked} --key-type ed25519 --out of-{profile} {SEED} {AT}"
        );
        run(folder, &line).ends(0);
    }
}

fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        for entry in path.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                let name = name.to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_same_seed_clock_and_commands_make_the_same_bytes() {
    let rows: String = (0..40)
        .map(|row| format!("spiffe://acme.example/job/{row}\n"))
        .collect();
    let whole = |name: &str, seed: &str| {
        let folder = seeded(name, seed);
        make(&folder);
        folder.file("list.csv", format!("spiffe_id\n{rows}"));
        for line in [
            format!("cert issue --ca ca --from list.csv --key-type ed25519 --out list {SEED}"),
            format!(
                "cert issue --ca ca --spiffe-id {ID} --key-type ed25519 --out of-svid-again --proof {SEED}"
            ),
            "cert revoke --ca ca of-server/tls.crt --reason key-compromise".to_owned(),
            "cert crl --ca ca".to_owned(),
        ] {
            run(&folder, &format!("{line} {AT}")).ends(0);
        }
        folder
    };
    let seed = published_seed();
    let one = whole("one", &seed);
    // The order in which a list's threads run is another each time.
    let (files, again) = (tree(&one.0), tree(&whole("again", &seed).0));
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        again.keys().collect::<Vec<_>>()
    );
    assert!(files.keys().any(|name| name == "ca/log/checkpoint"));
    assert!(
        files.keys().any(|name| name == "ca/crl/issuing.crl"),
        "{:?}",
        files.keys()
    );
    for (name, bytes) in &files {
        assert!(again[name] == *bytes, "`{name}` differs");
    }
    let other = tree(&whole("other", &seed.replace('a', "b")).0);
    for (name, bytes) in &files {
        let holds = [".pem", ".crt", ".key", ".crl", "checkpoint", "log.head"];
        if holds.iter().any(|end| name.ends_with(end)) {
            assert!(
                other[name] != *bytes,
                "`{name}` is the same of another seed"
            );
        }
    }
    let keys: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.ends_with("key.pem") || name.ends_with(".key"))
        .map(|(_, bytes)| bytes)
        .collect();
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(
        (keys.len(), distinct.len()),
        (50, 50),
        "no two keys are the same"
    );
    run(&one, "cert log verify --ca ca").ends(0);
}

#[test]
fn a_log_that_has_grown_gives_another_key() {
    let folder = seeded("grown", &published_seed());
    run(&folder, &format!("{INIT} {SEED} {AT}")).ends(0);
    let issue = |out: &str, more: &str| {
        let line = format!(
            "cert issue --ca ca --spiffe-id {ID} --key-type ed25519 --out {out} {SEED} {AT} {more}"
        );
        run(&folder, &line).ends(0);
        folder.read(&format!("{out}/svid_key.pem"))
    };
    let (first, second) = (issue("a", ""), issue("b", ""));
    assert_ne!(first, second);
    let serial = |out: &str| {
        let line = format!("cert inspect {out}/svid.pem --format json");
        let seen = run(&folder, &line).ends(0).json();
        seen["items"][0]["certificate"]["serial"].clone()
    };
    assert_ne!(serial("a"), serial("b"));
    // A key that is there keeps its own, and gets a serial number from the seed.
    folder.file("mine.pem", &first);
    let line = |out: &str| {
        format!("cert issue --ca ca --spiffe-id {ID} --key mine.pem --out {out} {SEED} {AT}")
    };
    run(&folder, &line("c")).ends(0);
    assert_eq!(folder.read("c/svid_key.pem"), first);
    assert_ne!(serial("a"), serial("c"));
}

#[test]
fn encrypted_keys_differ_and_the_certificates_do_not() {
    let init = INIT.replace("--plaintext-keys", "--ca-password file:password");
    let made = ["salt-1", "salt-2"].map(|name| {
        let folder = seeded(name, &published_seed());
        folder.file("password", "correct horse\n");
        run(&folder, &format!("{init} {SEED} {AT}")).ends(0);
        folder
    });
    let [one, two] = made.map(|folder| tree(&folder.0));
    for (name, bytes) in &one {
        assert_eq!(two[name] == *bytes, !name.ends_with(".key.pem"), "{name}");
    }
}

#[test]
fn what_cannot_be_reproduced_is_refused() {
    let folder = seeded("refused", &published_seed());
    folder.file("short", "0123456789abcdef0123456789abcdef\n");
    folder.file("regular", "0".repeat(64));
    let refused = |line: &str, part: &str| {
        let ended = run(&folder, line).ends(2);
        assert!(ended.stderr.contains(part), "{ended:#?}");
    };
    refused(&format!("{INIT} {SEED}"), "--at");
    refused(
        &format!("{} {SEED} {AT}", INIT.replace("ed25519", "p256")),
        "a seed gives Ed25519 keys alone",
    );
    let with = |seed: &str| format!("{INIT} --reproducible {seed} {AT}");
    refused(
        &with("file:short"),
        "hold 16 random bytes at most; 32 are the least",
    );
    refused(&with("file:regular"), "not random");
    let typed = run(&folder, &with("8c1f-typed-by-mistake")).ends(2);
    assert!(!typed.stderr.contains("8c1f"), "{typed:#?}");
    assert!(!folder.0.join("ca").exists());
    run(&folder, &INIT.replace("ed25519", "p256")).ends(0);
    let issue = format!("cert issue --ca ca --spiffe-id {ID} --out svid {SEED} {AT}");
    refused(&issue, "say `--key-type ed25519`");
    refused(
        &format!("{issue} --key-type ed25519"),
        "the authority signs with a P-256",
    );
    refused(
        &format!("{issue} --key-type ed25519 --signer exec:/bin/true"),
        "may sign otherwise each time",
    );
    assert!(!folder.0.join("svid").exists());
}

/// The certificates of `fixtures/golden`: what they say to the byte is what this version issues. `UPDATE=1` writes them anew.
#[test]
fn the_golden_certificates_are_issued_again() {
    let folder = seeded("golden", &published_seed());
    make(&folder);
    let golden = root().join("fixtures/golden");
    let chain = |profile: &str| match profile {
        "svid" => "svid.pem",
        "server" | "client" => "tls.crt",
        "ca" => "ca.pem",
        "istio-cacerts" => "ca-cert.pem",
        _ => "ocsp.pem",
    };
    let mut made = vec![
        ("root", folder.read("ca/root.pem")),
        ("issuing", folder.read("ca/issuing.pem")),
    ];
    for (profile, _) in PROFILES {
        made.push((
            profile,
            folder.read(&format!("of-{profile}/{}", chain(profile))),
        ));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test run is asked to write files"
    )]
    let update = std::env::var_os("UPDATE").is_some();
    for (name, text) in &made {
        let end = "-----END CERTIFICATE-----\n";
        let first = text.split_inclusive(end).next().unwrap();
        let path = golden.join(format!("{name}.pem"));
        if update {
            std::fs::write(&path, first).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        assert_eq!(first, expected, "{name}.pem is issued otherwise");
        folder.file(&format!("{name}.pem"), first);
    }
    // 2026-11-22T09:00:00Z
    let verify = "verify -x509_strict -attime 1795338000 -CAfile root.pem";
    for (name, _) in &made {
        let between = match *name {
            "root" | "issuing" | "ca" | "istio-cacerts" => "",
            _ => "-untrusted issuing.pem",
        };
        let line = format!("{verify} {between} {name}.pem");
        let Some(told) = peers::openssl(&folder, &line) else {
            return;
        };
        assert!(told.ends(0).stdout.contains("OK"), "{name}");
    }
}
