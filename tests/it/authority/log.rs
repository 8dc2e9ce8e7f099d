//! The issuance log: proofs, what it notices, and the refusal to sign on one that is behind or forked.

use serde_json::Value;

use super::{ID, issue, run, scene};
use crate::binary::Folder;

pub(super) fn reasons(value: &Value) -> Vec<&str> {
    let reasons = value["reasons"].as_array().unwrap();
    reasons
        .iter()
        .map(|reason| reason.as_str().unwrap())
        .collect()
}

pub(super) fn log_key(folder: &Folder) -> String {
    let manifest: Value = serde_json::from_str(&folder.read("ca/ca.json")).unwrap();
    manifest["log_key"].as_str().unwrap().to_owned()
}

pub(super) fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_proof_holds_offline_for_its_certificate_alone() {
    let folder = scene("proof");
    for out in ["a", "b", "c"] {
        issue(&folder, out).ends(0);
    }
    run(&folder, "cert log prove --ca ca b/svid.pem -o b.tlog-proof").ends(0);
    folder.file("log.pub", log_key(&folder));
    let verify = |certificate: &str| {
        let line = format!(
            "cert log verify --log-key log.pub --proof b.tlog-proof {certificate} --format json"
        );
        run(&folder, &line)
    };
    verify("b/svid.pem").ends(0);
    let other = verify("c/svid.pem").ends(1).json();
    assert_eq!(reasons(&other), ["log-proof-invalid"]);
    let text = folder.read("b.tlog-proof").replace("index 3", "index 2");
    folder.file("b.tlog-proof", &text);
    verify("b/svid.pem").ends(1);
    // Another key.
    let second = scene("proof-other");
    folder.file("log.pub", log_key(&second));
    let foreign = verify("b/svid.pem").ends(1).json();
    assert_eq!(reasons(&foreign), ["log-signature-invalid"]);
    let absent = run(&second, "cert log prove --ca ca ca/root.pem").ends(0);
    assert!(
        absent
            .stdout
            .starts_with("c2sp.org/tlog-proof@v1\nindex 0\n")
    );
    second.file("foreign.pem", folder.read("b/svid.pem"));
    let missing = run(&second, "cert log prove --ca ca foreign.pem").ends(2);
    assert!(missing.stderr.contains("log-not-logged"), "{missing:#?}");
}

#[test]
fn an_older_checkpoint_is_still_held() {
    let folder = scene("consistency");
    issue(&folder, "a").ends(0);
    folder.file("old", folder.read("ca/log/checkpoint"));
    for out in ["b", "c", "d"] {
        issue(&folder, out).ends(0);
    }
    run(&folder, "cert log verify --ca ca --since old").ends(0);
    run(&folder, "cert log prove --ca ca --since old -o consistency").ends(0);
    let key = log_key(&folder);
    let verify = |folder: &Folder| {
        let words = [
            "cert",
            "log",
            "verify",
            "--log-key",
            &key,
            "--since",
            "old",
            "--consistency",
            "consistency",
        ];
        folder.run(&words, "")
    };
    verify(&folder).ends(0);
    let proof = folder.read("consistency");
    let lines: Vec<&str> = proof.lines().collect();
    folder.file("consistency", proof.replacen(lines[1], lines[2], 1));
    verify(&folder).ends(1);
}

#[test]
fn a_log_that_is_behind_or_forked_is_no_basis_to_sign_on() {
    let folder = scene("fork");
    issue(&folder, "a").ends(0);
    copy(&folder.0.join("ca/log"), &folder.0.join("saved"));
    issue(&folder, "b").ends(0);
    let good = folder.0.join("good");
    copy(&folder.0.join("ca"), &good);
    // Rolled back.
    std::fs::remove_dir_all(folder.0.join("ca/log")).unwrap();
    copy(&folder.0.join("saved"), &folder.0.join("ca/log"));
    let behind = issue(&folder, "c").ends(2);
    assert!(behind.stderr.contains("it is behind"), "{behind:#?}");
    let verdict = run(&folder, "cert log verify --ca ca --format json")
        .ends(1)
        .json();
    assert_eq!(reasons(&verdict), ["log-behind"]);
    // Another history with the right key.
    let head = folder.read("ca/log/checkpoint");
    folder.file("ca/log.head", &head);
    issue(&folder, "d").ends(0);
    issue(&folder, "e").ends(0);
    folder.file("ca/log.head", std::fs::read(good.join("log.head")).unwrap());
    let forked = issue(&folder, "f").ends(2);
    assert!(forked.stderr.contains("it is forked"), "{forked:#?}");
    let verdict = run(&folder, "cert log verify --ca ca --format json")
        .ends(1)
        .json();
    assert_eq!(reasons(&verdict), ["log-forked"]);
    for out in ["c", "f"] {
        assert!(!folder.0.join(out).join("svid.pem").exists());
    }
}

#[test]
fn every_changed_byte_of_a_log_is_noticed() {
    let folder = scene("bytes");
    issue(&folder, "a").ends(0);
    for file in ["tile/entries/000.p/3", "tile/0/000.p/3", "checkpoint"] {
        let path = folder.0.join("ca/log").join(file);
        let bytes = std::fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 2] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            run(&folder, "cert log verify --ca ca").ends(1);
            issue(&folder, "b").ends(2);
        }
        std::fs::write(&path, bytes).unwrap();
    }
    run(&folder, "cert log verify --ca ca").ends(0);
}

#[test]
fn what_the_key_signed_beside_the_log_is_found() {
    let folder = scene("wild");
    issue(&folder, "a").ends(0);
    // Somebody with the key and a log of their own.
    copy(&folder.0.join("ca"), &folder.0.join("stolen"));
    run(
        &folder,
        &format!("cert issue --ca stolen --spiffe-id {ID} --out captured/x"),
    )
    .ends(0);
    run(&folder, "cert log audit --ca ca a").ends(0);
    let audit = run(&folder, "cert log audit --ca ca a captured --format json")
        .ends(1)
        .json();
    assert_eq!(reasons(&audit), ["log-not-logged"]);
    let watch = run(
        &folder,
        "cert log watch --ca ca --seen captured --format json",
    )
    .ends(1)
    .json();
    assert_eq!(watch["seen"][0]["reason"], "log-not-logged");
    // Somebody without the key.
    let other = scene("wild-other");
    issue(&other, "a").ends(0);
    folder.file("captured/y.pem", other.read("a/svid.pem"));
    let audit = run(
        &folder,
        "cert log audit --ca ca captured/y.pem --format json",
    )
    .ends(0)
    .json();
    assert!(audit["held"].to_string().contains("2 of others"), "{audit}");
}

#[test]
fn what_is_unusual_is_remarked_upon() {
    let folder = scene("watch");
    for out in ["a", "b"] {
        issue(&folder, out).ends(0);
    }
    folder.file("old", folder.read("ca/log/checkpoint"));
    let quiet = run(&folder, "cert log watch --ca ca --since old --format json")
        .ends(0)
        .json();
    assert_eq!(quiet["anomalies"].as_array().unwrap().len(), 0);
    let more = |line: &str| run(&folder, &format!("cert issue --ca ca --out {line}")).ends(0);
    more(&format!("c --spiffe-id {ID} --dns new.acme.example"));
    more("d --spiffe-id spiffe://acme.example/new --key a/svid_key.pem");
    let policy = folder.read("ca/policy.toml").replace("\"1h\"", "\"12h\"");
    folder.file("ca/policy.toml", policy);
    more(&format!(
        "e --spiffe-id {ID} --ttl 12h --dns new.acme.example"
    ));
    let line = "cert log watch --ca ca --since old --burst 4 --format json";
    let watched = run(&folder, line).ends(1).json();
    let anomalies = watched["anomalies"].as_array().unwrap();
    let codes: Vec<&str> = anomalies
        .iter()
        .map(|one| one["anomaly"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "log-san-drift",
            "log-key-reuse",
            "log-new-name",
            "log-ttl-outlier",
            "log-burst"
        ]
    );
}
