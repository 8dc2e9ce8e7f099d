//! The command line's contract, held against the binary: exit codes, streams, secrets, untrusted text, records,
//! configuration.

mod hostile;
mod records;
mod secrets;
mod settings;

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::binary::{Ended, Folder, fixture};

const NOW: &str = "2026-11-22T09:00:00Z";
const SECRET: &str = "a shared secret of thirty-two bytes or more";
const MINT: &str = "jwt mint --iss https://a.example --sub service:a --aud service:b --scope read:a --device-posture compliant --allow jwt-symmetric --allow jwt-weak-secret --ttl 10m \
    --key file:secret --key-encoding utf8 --at 2026-11-22T09:00:00Z";
const VERIFY: &str =
    "jwt verify --key file:secret --key-encoding utf8 --at 2026-11-22T09:00:00Z --aud service:b";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A folder with a secret, a signed request, a token, an authority and a leaf.
fn scene(name: &str) -> Folder {
    let folder = Folder::new(&format!("contract-{name}"));
    folder.file("secret", SECRET);
    folder.file(
        "clean.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n",
    );
    folder.file("empty.yaml", "");
    folder.file("broken.yaml", "kind: [\n");
    let sign = format!(
        "request sign --key file:secret --key-encoding utf8 --at {NOW} -o signed.http {}",
        fixture("requests/payment.http")
    );
    folder.run(&words(&sign), "").ends(0);
    folder.run(&words(&format!("{MINT} -o token")), "").ends(0);
    folder
}

/// The command lines of each exit code.
fn lines() -> Vec<(i32, String)> {
    let manifests = fixture("manifests");
    let (hr, grants) = (fixture("hr.csv"), fixture("grants.csv"));
    let verify = "request verify --key file:secret --key-encoding utf8";
    let table = [
        (0, format!("{verify} --at {NOW} signed.http")),
        (1, format!("{verify} --at 2026-11-23T09:00:00Z signed.http")),
        (2, format!("{verify} absent.http")),
        (3, format!("{verify} empty.yaml")),
        (0, "jwt inspect token".to_owned()),
        (3, "jwt inspect empty.yaml".to_owned()),
        (0, format!("{VERIFY} token")),
        (1, format!("{VERIFY} --iss https://b.example token")),
        (2, format!("{VERIFY} --key env:ABSENT token")),
        (3, format!("{VERIFY} empty.yaml")),
        (
            2,
            "cert verify --bundle absent.pem --any-id absent.pem".to_owned(),
        ),
        (
            3,
            "cert verify --bundle empty.yaml --any-id empty.yaml".to_owned(),
        ),
        (0, "lint clean.yaml".to_owned()),
        (1, format!("lint {manifests}")),
        (0, format!("lint --exit-zero {manifests}")),
        (2, "lint absent.yaml".to_owned()),
        (2, "lint --exit-zero clean.yaml broken.yaml".to_owned()),
        (0, "lint --skip-unread clean.yaml broken.yaml".to_owned()),
        (3, "lint --exit-zero empty.yaml".to_owned()),
        (3, "lint empty.yaml".to_owned()),
        (
            1,
            format!("review run --hr {hr} --grants {grants} --at {NOW}"),
        ),
        (2, format!("review run --hr absent.csv --grants {grants}")),
        (0, "explain".to_owned()),
        (2, "explain no-such-code".to_owned()),
        (0, "config show".to_owned()),
        (2, "no such command".to_owned()),
        (2, "lint --no-such-flag".to_owned()),
    ];
    table.into()
}

#[test]
fn a_format_never_changes_the_exit_code() {
    let folder = scene("codes");
    for (code, line) in lines() {
        let human = folder.run(&words(&line), "").ends(code);
        let json = folder
            .run(&words(&format!("{line} --format json")), "")
            .ends(code);
        if human.stdout.is_empty() {
            assert!(human.stderr.starts_with("error: "), "{human:#?}");
            assert_eq!(json.stdout, "", "{line}");
            let error: Value = serde_json::from_str(&json.stderr).unwrap();
            assert_eq!(error["error"]["exit_code"], code, "{line}");
        } else {
            assert!(json.json()["schema"].is_string(), "{line}");
        }
    }
    for (code, line) in lines() {
        if !line.starts_with("lint ") {
            continue;
        }
        for format in ["sarif", "junit", "github", "markdown"] {
            folder
                .run(&words(&format!("{line} --format {format}")), "")
                .ends(code);
        }
    }
}

#[test]
fn help_and_version_are_results() {
    let folder = Folder::new("contract-help");
    for line in [
        "--version",
        "--help",
        "-h",
        "jwt --help",
        "jwt verify --help",
        "lint -h",
    ] {
        let ended = folder.run(&words(line), "").ends(0);
        assert!(
            !ended.stdout.is_empty() && ended.stderr.is_empty(),
            "{ended:#?}"
        );
    }
    let bare = folder.run(&[], "").ends(2);
    assert!(bare.stdout.is_empty() && bare.stderr.contains("Usage:"));
}

#[test]
fn every_verb_s_help_has_examples_and_exit_codes() {
    for (name, command) in countersign::cli::reference::verbs() {
        if command.has_subcommands() {
            continue;
        }
        let help = command.clone().render_long_help().to_string();
        let example = format!("\n  {name}");
        let piped = format!("| {name}");
        let examples = help.matches(&example).count() + help.matches(&piped).count();
        assert!(examples >= 2, "{name}: two examples");
        let answers = ["explain", "show", "completions"].contains(&command.get_name());
        assert!(
            answers || help.contains("Exit codes: 0 "),
            "{name}: exit codes"
        );
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = scene("pipe");
    let manifests = fixture("manifests");
    for line in [
        "explain",
        "--help",
        "completions bash",
        &format!("lint {manifests}"),
    ] {
        for read in [0, 10] {
            let mut child = folder
                .command(&words(line))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdout = child.stdout.take().unwrap();
            let mut some = vec![0; read];
            stdout.read_exact(&mut some).unwrap();
            drop(stdout);
            let ended = Ended::from(child.wait_with_output().unwrap());
            assert!(ended.code <= 1, "{line}: {ended:#?}");
            assert_eq!(ended.stderr, "", "{line}");
        }
    }
}

#[test]
fn a_full_disk_is_no_answer() {
    if !Path::new("/dev/full").exists() {
        println!("skipped: /dev/full not found");
        return;
    }
    let folder = scene("full");
    let verify = format!("{VERIFY} token");
    for line in [
        "--version",
        "--help",
        "explain",
        "jwt inspect token",
        "lint clean.yaml",
        &verify,
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = folder.command(&words(line)).stdout(full).output().unwrap();
        let ended = Ended::from(output).ends(2);
        assert!(ended.stderr.contains("no space left"), "{line}: {ended:#?}");
    }
    for line in [
        "explain -o /dev/full".to_owned(),
        format!("{verify} --audit-log /dev/full"),
    ] {
        let ended = folder.run(&words(&line), "").ends(2);
        assert_eq!(ended.stdout, "", "{line}");
    }
    folder.run(&words("explain -o /dev/null"), "").ends(0);
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let folder = Folder::new("contract-colour");
    let line = words("explain jwt-expired");
    for (colourful, flags, vars) in [
        (false, "", &[][..]),
        (true, "", &[("CLICOLOR_FORCE", "1")]),
        (false, "", &[("CLICOLOR_FORCE", "0")]),
        (false, "", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
        (true, "", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]),
        (true, "--color always", &[("NO_COLOR", "1")]),
        (false, "--color never", &[("CLICOLOR_FORCE", "1")]),
        (false, "", &[("TERM", "xterm-256color")]),
        (true, "", &[("COUNTERSIGN_COLOR", "always")]),
        (false, "--color never", &[("COUNTERSIGN_COLOR", "always")]),
        (false, "--format json", &[("CLICOLOR_FORCE", "1")]),
    ] {
        let words = [line.clone(), words(flags)].concat();
        let ended = folder.run_with(&words, "", vars).ends(0);
        assert_eq!(
            ended.stdout.contains('\u{1b}'),
            colourful,
            "{flags} {vars:?}"
        );
        let words = [vec!["explain", "no-such-code"], self::words(flags)].concat();
        let failed = folder.run_with(&words, "", vars).ends(2);
        assert_eq!(
            failed.stderr.contains('\u{1b}'),
            colourful,
            "{flags} {vars:?}"
        );
    }
    folder
        .run(&words("explain jwt-expired --color always -o page"), "")
        .ends(0);
    assert!(
        !folder.read("page").contains('\u{1b}'),
        "a file is no terminal"
    );
}

#[test]
fn a_result_file_is_written_whole_or_not_at_all() {
    let folder = scene("output");
    let names = || {
        let entries = std::fs::read_dir(&folder.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    folder.run(&words("explain -o page"), "").ends(0);
    let page = folder.read("page");
    assert!(page.contains("jwt-expired"));
    let before = names();
    for line in [
        "explain -o absent/page",
        "explain -o secret/page",
        "explain no-such-code -o page",
        "lint empty.yaml -o page",
    ] {
        let ended = folder.run(&words(line), "");
        assert!(ended.code >= 2 && ended.stdout.is_empty(), "{ended:#?}");
        assert_eq!(names(), before, "{line}");
        assert_eq!(folder.read("page"), page, "{line}");
    }
    folder
        .run(&words("explain jwt-expired -o page"), "")
        .ends(0);
    assert!(folder.read("page").starts_with("jwt-expired: "));
    assert_eq!(names(), before, "nothing is left beside it");
    assert_ne!(folder.run(&words("explain -o -"), "").ends(0).stdout, "");
}

#[test]
fn a_format_that_cannot_be_written_is_refused_before_anything_is_done() {
    let folder = scene("formats");
    for line in [
        "cert init new --trust-domain a.example --plaintext-keys --format sarif",
        "review run --hr hr.csv --grants grants.csv --out new --format sarif",
        "jwt mint --sub a --key file:secret -o new --format junit",
        "lint clean.yaml --write-baseline new --audit-log new --format csv",
    ] {
        let ended = folder.run(&words(line), "").ends(2);
        assert!(
            ended.stderr.contains("this command cannot write"),
            "{line}: {ended:#?}"
        );
        assert!(!folder.0.join("new").exists(), "{line}");
    }
    let environment = [("COUNTERSIGN_FORMAT", "sarif")];
    let ended = folder
        .run_with(&words("jwt inspect token"), "", &environment)
        .ends(0);
    assert!(
        ended.stdout.contains("NOT VERIFIED"),
        "a configured format is passed over"
    );
}
