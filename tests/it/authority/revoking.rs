//! Revocation lists: what they say, what OpenSSL makes of them, and the form that istiod takes.

use super::log::copy;
use super::{ID, issue, run, scene};
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
fn each_shard_lists_the_certificates_that_name_it() {
    let folder = scene("shards");
    let policy = |count: u16, host: &str| {
        let text = format!(
            "version = 1\ncrl-urls = [\"http://{host}/{{shard}}.crl\"]\ncrl-shards = {count}\n"
        );
        folder.file("ca/policy.toml", &text);
    };
    policy(2, "crl.acme.example");
    issue(&folder, "a").ends(0);
    run(&folder, "cert revoke --ca ca a/svid.pem").ends(0);
    let made = run(&folder, "cert crl --ca ca --format json").ends(0);
    let lists = made.json()["lists"].as_array().unwrap().clone();
    let counts: Vec<u64> = lists
        .iter()
        .map(|list| list["entries"].as_u64().unwrap())
        .collect();
    // The list of everything, and the two shards.
    assert_eq!((counts[0], counts[1] + counts[2]), (1, 1), "{lists:#?}");
    let own = usize::from(counts[2] == 1);
    run(&folder, "cert crl --ca ca --by root").ends(0);
    let verify = |shard: usize| {
        let lists = format!("--crl ca/crl/issuing-{shard}.pem --crl ca/crl/root.pem");
        run(
            &folder,
            &format!("cert verify --bundle a/bundle.pem --any-id a/svid.pem {lists}"),
        )
        .ends(1)
    };
    assert!(verify(own).stdout.contains("cert-revoked"));
    assert!(verify(1 - own).stdout.contains("cert-revocation-unknown"));
    let judge = |shard: usize| {
        let files = "-CAfile ca/root.pem -untrusted ca/issuing.pem";
        let list = format!("-CRLfile ca/crl/issuing-{shard}.pem a/svid.pem");
        openssl(
            &folder,
            &format!("verify -x509_strict -crl_check -extended_crl {files} {list}"),
        )
    };
    if let (Some(listed), Some(other)) = (judge(own), judge(1 - own)) {
        assert!(listed.ends(2).stderr.contains("certificate revoked"));
        assert!(other.ends(2).stderr.contains("different CRL scope"));
    }
    // What was issued before the policy changed still finds its list, at the place that it names.
    policy(4, "lists.acme.example");
    let made = run(&folder, "cert crl --ca ca --format json")
        .ends(0)
        .json();
    let shard = &made["lists"][own + 1];
    assert_eq!(shard["entries"], 1);
    assert_eq!(
        shard["point"],
        serde_json::json!([
            format!("http://crl.acme.example/{own}.crl"),
            format!("http://lists.acme.example/{own}.crl")
        ])
    );
    assert_eq!(made["lists"].as_array().unwrap().len(), 5);
    let delta = run(&folder, "cert crl --ca ca --delta --format json");
    assert_eq!(delta.ends(0).json()["lists"].as_array().unwrap().len(), 5);
    run(&folder, "cert log audit --ca ca .").ends(0);
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

/// Issues for the key of `a`, which is refused once it is known to others.
fn again(folder: &Folder) -> Ended {
    let line = format!("cert issue --ca ca --spiffe-id {ID} --key a/svid_key.pem --out again");
    run(folder, &line)
}

#[test]
fn a_compromised_key_is_refused_whatever_became_of_the_files() {
    let folder = scene("revoked-key");
    issue(&folder, "a").ends(0);
    run(
        &folder,
        "cert revoke --ca ca a/svid.pem --reason key-compromise",
    )
    .ends(0);
    let refused = |folder: &Folder| {
        let ended = again(folder).ends(2);
        assert!(ended.stderr.contains("never certified again"), "{ended:#?}");
    };
    refused(&folder);
    let (file, state) = (
        folder.read("ca/revocations.jsonl"),
        folder.read("ca/lists.json"),
    );
    assert!(state.contains("countersign/revocations-read/v1"), "{state}");
    // Lost, emptied, and edited so that the two files agree with one another.
    std::fs::remove_file(folder.0.join("ca/revocations.jsonl")).unwrap();
    refused(&folder);
    folder.file("ca/revocations.jsonl", "");
    refused(&folder);
    folder.file("ca/revocations.jsonl", "");
    std::fs::remove_file(folder.0.join("ca/lists.json")).unwrap();
    refused(&folder);
    folder.file("ca/revocations.jsonl", file.replace(":1,", ":4,"));
    refused(&folder);
    // What is written down of the log cannot be forged: here, that it holds no revocation.
    let value: serde_json::Value = serde_json::from_str(&folder.read("ca/lists.json")).unwrap();
    let note = value["log"].as_str().unwrap();
    let mut lines: Vec<&str> = note.lines().collect();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    (lines[3], lines[4]) = ("0", nothing);
    let mut forged = value.clone();
    forged["log"] = format!("{}\n", lines.join("\n")).into();
    folder.file("ca/lists.json", forged.to_string());
    folder.file("ca/revocations.jsonl", "");
    refused(&folder);
    let status = run(&folder, "cert status a --ca ca --format json").ends(1);
    assert!(status.stdout.contains("revoked"), "{status:#?}");
}

#[test]
fn no_line_of_the_file_alone_lifts_a_revocation() {
    let folder = scene("lifted");
    let line = "cert issue --ca ca --profile server --dns db.acme.example --out a";
    run(&folder, line).ends(0);
    run(
        &folder,
        "cert revoke --ca ca a/tls.crt --reason key-compromise",
    )
    .ends(0);
    let file = folder.read("ca/revocations.jsonl");
    let lifting = file.replace("\"reason\":1", "\"reason\":8");
    assert_ne!(file, lifting);
    folder.file("ca/revocations.jsonl", format!("{file}{lifting}"));
    let ended = run(&folder, "cert crl --ca ca --ocsp a/tls.crt --format json").ends(0);
    assert!(ended.stderr.contains("is left out"), "{ended:#?}");
    assert_eq!(ended.json()["responses"][0]["status"], "revoked");
    assert_eq!(folder.read("ca/revocations.jsonl"), file);
    assert_eq!(entries(&folder, ""), 1);
}

#[test]
fn an_ocsp_response_is_logged_before_it_is_signed() {
    let folder = scene("ocsp-log");
    let line = "cert issue --ca ca --profile server --dns db.acme.example --out a";
    run(&folder, line).ends(0);
    let size = || {
        let ended = run(&folder, "cert log verify --ca ca --format json").ends(0);
        ended.json()["size"].as_u64().unwrap()
    };
    let before = size();
    // What an older state of the authority answered, beside the log.
    copy(&folder.0.join("ca"), &folder.0.join("fork"));
    let made = run(&folder, "cert crl --ca ca --ocsp a/tls.crt --format json").ends(0);
    assert_eq!(size(), before + 1);
    run(&folder, "cert log audit --ca ca").ends(0);
    let view = made.json();
    let file = view["responses"][0]["file"].as_str().unwrap();
    let other = file.replacen("ca/", "fork/", 1);
    let line = "cert crl --ca fork --ocsp a/tls.crt --next-update 2h";
    run(&folder, line).ends(0);
    std::fs::copy(folder.0.join(other), folder.0.join(file)).unwrap();
    let audit = run(&folder, "cert log audit --ca ca").ends(1);
    assert!(
        audit.stdout.contains("OCSP response is not in the log"),
        "{audit:#?}"
    );
    folder.file(file, b"0\x03\x0a\x01\x01");
    let damaged = run(&folder, "cert log audit --ca ca").ends(2);
    assert!(damaged.stderr.contains("no OCSP response"), "{damaged:#?}");
}
