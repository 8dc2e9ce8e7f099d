//! Revocation lists: what they say, what OpenSSL makes of them, and the form that istiod takes.

use super::{issue, run, scene};
use crate::binary::{Ended, Folder};

fn openssl(folder: &Folder, line: &str) -> Option<Ended> {
    let mut command = std::process::Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(&folder.0);
    match command.output() {
        Ok(output) => Some(Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(_) => {
            println!("skipped: openssl not found");
            None
        }
    }
}

#[test]
fn a_revoked_certificate_is_refused_by_openssl() {
    let folder = scene("crl");
    issue(&folder, "good").ends(0);
    issue(&folder, "bad").ends(0);
    let since = "--reason key-compromise --invalid-since 2026-01-01T00:00:00Z";
    run(
        &folder,
        &format!("cert revoke --ca ca bad/svid.pem {since}"),
    )
    .ends(0);
    let twice = run(&folder, "cert revoke --ca ca bad/svid.pem").ends(2);
    assert!(twice.stderr.contains("was revoked at"), "{twice:#?}");
    let made = run(&folder, "cert crl --ca ca --format json")
        .ends(0)
        .json();
    assert_eq!(
        (&made["lists"][0]["number"], &made["lists"][0]["entries"]),
        (&1.into(), &1.into())
    );
    run(&folder, "cert crl --ca ca --by root").ends(0);
    run(&folder, "cert log audit --ca ca .").ends(0);
    let check = |name: &str| {
        let files = "-CAfile good/bundle.pem -CRLfile ca/crl/issuing.pem -CRLfile ca/crl/root.pem -untrusted ca/issuing.pem";
        openssl(
            &folder,
            &format!("verify -x509_strict -crl_check_all {files} {name}/svid.pem"),
        )
    };
    let Some(good) = check("good") else { return };
    good.ends(0);
    assert!(check("bad").unwrap().ends(2).stderr.contains("revoked"));
    let text = openssl(
        &folder,
        "crl -in ca/crl/issuing.crl -inform DER -noout -text",
    )
    .unwrap();
    for part in [
        "Version 2",
        "Key Compromise",
        "Invalidity Date",
        "CRL Number",
        "Authority Key",
    ] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
    let text = openssl(&folder, "crl -in ca/crl/root.pem -noout -text").unwrap();
    assert!(
        text.stdout.contains("No Revoked Certificates"),
        "{}",
        text.stdout
    );
}

#[test]
fn a_hold_ends_and_a_delta_tells_so() {
    let folder = scene("hold");
    issue(&folder, "a").ends(0);
    let early = run(&folder, "cert crl --ca ca --delta").ends(2);
    assert!(early.stderr.contains("no complete list"), "{early:#?}");
    let revoke = |reason: &str| {
        run(
            &folder,
            &format!("cert revoke --ca ca a/svid.pem --reason {reason}"),
        )
    };
    revoke("remove-from-crl").ends(2);
    revoke("certificate-hold").ends(0);
    let entries = |line: &str| {
        let made = run(&folder, &format!("cert crl --ca ca {line} --format json"))
            .ends(0)
            .json();
        made["lists"][0]["entries"].as_u64().unwrap()
    };
    assert_eq!(entries(""), 1);
    revoke("remove-from-crl").ends(0);
    assert_eq!(entries("--delta"), 1);
    if let Some(text) = openssl(&folder, "crl -in ca/crl/issuing-delta.pem -noout -text") {
        assert!(text.stdout.contains("Remove From CRL"), "{}", text.stdout);
        assert!(
            text.stdout.contains("Delta CRL Indicator: critical"),
            "{}",
            text.stdout
        );
    }
    assert_eq!(entries(""), 0);
    run(&folder, "cert log audit --ca ca").ends(0);
}

#[test]
fn a_spent_entry_stays_on_one_list_after_its_certificate_s_end() {
    let folder = scene("spent");
    issue(&folder, "a").ends(0);
    run(&folder, "cert revoke --ca ca a/svid.pem").ends(0);
    let entries = |at: &str| {
        let line = format!("cert crl --ca ca --at {at} --format json");
        run(&folder, &line).ends(0).json()["lists"][0]["entries"]
            .as_u64()
            .unwrap()
    };
    let (first, second, third) = (
        "2027-01-01T00:00:00Z",
        "2027-01-02T00:00:00Z",
        "2027-01-03T00:00:00Z",
    );
    assert_eq!(entries(first), 1);
    assert_eq!(entries(second), 0);
    assert_eq!(entries(third), 0);
}

#[test]
fn istio_gets_one_list_for_every_authority() {
    let folder = scene("istio-crl");
    run(
        &folder,
        "cert issue --ca ca --profile istio-cacerts --out cacerts",
    )
    .ends(0);
    let made = run(&folder, "cert crl --ca ca --istio cacerts --format json")
        .ends(0)
        .json();
    assert_eq!(made["lists"].as_array().unwrap().len(), 2);
    assert_eq!(
        folder
            .read("cacerts/ca-crl.pem")
            .matches("BEGIN X509 CRL")
            .count(),
        2
    );
    if let Some(checked) = openssl(
        &folder,
        "verify -x509_strict -crl_check -CAfile cacerts/root-cert.pem -CRLfile cacerts/ca-crl.pem cacerts/ca-cert.pem",
    ) {
        checked.ends(0);
    }
    run(
        &folder,
        "cert revoke --ca ca cacerts/ca-cert.pem --reason ca-compromise",
    )
    .ends(0);
    run(&folder, "cert crl --ca ca --istio cacerts").ends(0);
    if let Some(checked) = openssl(
        &folder,
        "verify -crl_check -CAfile cacerts/root-cert.pem -CRLfile cacerts/ca-crl.pem cacerts/ca-cert.pem",
    ) {
        checked.ends(2);
    }
}

fn entries(folder: &Folder, line: &str) -> u64 {
    let line = format!("cert crl --ca ca {line} --format json");
    let made = run(folder, &line).ends(0).json();
    made["lists"][0]["entries"].as_u64().unwrap()
}

#[test]
fn a_list_from_a_clock_that_was_ahead_hides_no_revocation() {
    let folder = scene("crl-ahead");
    issue(&folder, "a").ends(0);
    issue(&folder, "b").ends(0);
    run(&folder, "cert revoke --ca ca a/svid.pem").ends(0);
    assert_eq!(entries(&folder, "--at 2027-06-01T00:00:00Z"), 1);
    run(&folder, "cert revoke --ca ca b/svid.pem").ends(0);
    assert_eq!(entries(&folder, "--delta"), 1);
    let told = run(&folder, "cert crl --ca ca").ends(0);
    assert!(told.stderr.contains("was ahead"), "{told:#?}");
    assert_eq!(entries(&folder, ""), 2);
    let early = run(&folder, "cert crl --ca ca --at 2020-01-01T00:00:00Z").ends(2);
    assert!(early.stderr.contains("this clock is behind"), "{early:#?}");
}

#[test]
fn a_delta_tells_a_revocation_whose_clock_was_behind() {
    let folder = scene("crl-behind");
    issue(&folder, "a").ends(0);
    assert_eq!(entries(&folder, "--at 2026-12-01T00:00:00Z"), 0);
    let line = "cert revoke --ca ca a/svid.pem --at 2026-11-30T00:00:00Z";
    run(&folder, line).ends(0);
    assert_eq!(entries(&folder, "--delta --at 2026-12-01T00:00:01Z"), 1);
}

#[test]
fn a_delta_has_the_scope_of_its_base() {
    let folder = scene("crl-scope");
    let point = "--point http://crl.acme.example/a.crl";
    assert_eq!(entries(&folder, point), 0);
    assert_eq!(entries(&folder, "--delta"), 0);
    if let Some(text) = openssl(&folder, "crl -in ca/crl/issuing-delta.pem -noout -text") {
        assert!(text.stdout.contains("crl.acme.example/a.crl"), "{text:#?}");
    }
    let line = "cert crl --ca ca --delta --point http://crl.acme.example/b.crl";
    let refused = run(&folder, line).ends(2);
    assert!(refused.stderr.contains("same `--point`"), "{refused:#?}");
}

#[test]
fn what_the_log_revoked_stays_revoked_when_the_files_are_lost() {
    let folder = scene("crl-lost");
    issue(&folder, "a").ends(0);
    issue(&folder, "b").ends(0);
    run(&folder, "cert revoke --ca ca a/svid.pem").ends(0);
    assert_eq!(entries(&folder, ""), 1);
    let file = folder.0.join("ca/revocations.jsonl");
    std::fs::remove_file(&file).unwrap();
    let told = run(&folder, "cert crl --ca ca").ends(0);
    assert!(told.stderr.contains("written anew"), "{told:#?}");
    assert_eq!(entries(&folder, ""), 1);
    // Cut short, as after a crash of another program.
    let text = std::fs::read(&file).unwrap();
    std::fs::write(&file, &text[..text.len() - 20]).unwrap();
    let view = run(&folder, "cert revoke --ca ca b/svid.pem --format json");
    let index = view.ends(0).json()["index"].as_u64().unwrap();
    let first = 2; // the root and the issuing authority
    assert_eq!(
        index,
        first + 6,
        "the log before: two leaves, a revocation, three lists"
    );
    assert_eq!(entries(&folder, ""), 2);
    // The number goes on from the log's.
    std::fs::remove_file(folder.0.join("ca/lists.json")).unwrap();
    let line = "cert crl --ca ca --format json";
    let made = run(&folder, line).ends(0).json();
    assert_eq!(made["lists"][0]["number"], 5);
    assert_eq!(made["lists"][0]["entries"], 2);
    run(&folder, "cert log audit --ca ca .").ends(0);
}
