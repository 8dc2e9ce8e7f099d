//! Every verdict has its decision record, or is not given.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{NOW, VERIFY, scene, words};
use crate::binary::fixture;

#[test]
fn every_verdict_has_its_record() {
    let folder = scene("records");
    let lines = [
        (0, format!("{VERIFY} token"), "jwt.verify", "yes"),
        (
            1,
            format!("{VERIFY} --iss https://b.example token"),
            "jwt.verify",
            "no",
        ),
        (
            0,
            format!("request verify --key file:secret --key-encoding utf8 --at {NOW} signed.http"),
            "request.verify",
            "yes",
        ),
        (1, format!("lint {}", fixture("manifests")), "lint", "no"),
        (0, "lint clean.yaml".to_owned(), "lint", "yes"),
    ];
    for (count, (code, line, action, decision)) in lines.iter().enumerate() {
        let line = format!("{line} --audit-log log.ndjson --correlation-id run-{count}");
        folder.run(&words(&line), "").ends(*code);
        let log = folder.read("log.ndjson");
        assert!(log.ends_with('\n'));
        assert_eq!(log.lines().count(), count + 1);
        let record: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(record["action"], *action);
        assert_eq!(record["decision"], *decision);
        assert_eq!(record["correlation_id"], format!("run-{count}"));
        assert_eq!(
            record["reasons"] == serde_json::json!([]),
            *decision == "yes"
        );
    }
    let trace = (
        "TRACEPARENT",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    let line = format!("{VERIFY} token --audit-log traced");
    folder.run_with(&words(&line), "", &[trace]).ends(0);
    let record: Value = serde_json::from_str(&folder.read("traced")).unwrap();
    assert_eq!(record["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(record["span_id"], "00f067aa0ba902b7");
    let line = format!("{VERIFY} token --audit-log bad --correlation-id");
    let ended = folder
        .run(&[words(&line), vec!["a\nb"]].concat(), "")
        .ends(2);
    assert_eq!(ended.stdout, "");
    assert!(!folder.0.join("bad").exists());
}

#[test]
fn what_cannot_be_recorded_is_not_decided() {
    let folder = scene("unrecorded");
    for log in ["absent/log", "secret/log", "."] {
        for line in [
            format!("{VERIFY} token"),
            "lint clean.yaml -o report".to_owned(),
        ] {
            let line = format!("{line} --audit-log {log}");
            let ended = folder.run(&words(&line), "").ends(2);
            assert_eq!(ended.stdout, "", "{line}");
            assert!(ended.stderr.contains("cannot be recorded"), "{ended:#?}");
            assert!(!folder.0.join("report").exists());
        }
    }
    let init = "cert init ca --trust-domain a.example --plaintext-keys";
    folder.run(&words(init), "").ends(0);
    let issue = "cert issue --ca ca --spiffe-id spiffe://a.example/b --out svid";
    let unrecorded = format!("{issue} --audit-log absent/log");
    folder.run(&words(&unrecorded), "").ends(2);
    assert!(!folder.0.join("svid/svid_key.pem").exists());
    folder
        .run(&words(&format!("{issue} --audit-log log")), "")
        .ends(0);
    assert!(folder.read("log").contains("spiffe://a.example/b"));
    folder.file("countersign-named.toml", "audit-log = \"absent/log\"\n");
    let line = format!("{VERIFY} token --config countersign-named.toml");
    assert_eq!(folder.run(&words(&line), "").ends(2).stdout, "");
}

#[test]
fn records_of_concurrent_runs_are_whole_lines() {
    let folder = scene("concurrent");
    let line = format!("{VERIFY} token --audit-log log");
    let spawn = |_| -> std::process::Child {
        let mut command: Command = folder.command(&words(&line));
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..24).map(spawn).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let log = folder.read("log");
    let mut ids = std::collections::BTreeSet::new();
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        ids.insert(record["decision_id"].as_str().unwrap().to_owned());
    }
    assert_eq!((ids.len(), log.lines().count()), (24, 24));
}
