//! Documents, packaging and CI files: what they name exists, what they run is real.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use countersign::cli::reference;
use countersign::kernel::document::Node;
use countersign::kernel::source::Source;
use countersign::kernel::yaml;
use serde_json::Value;

use crate::binary::{Folder, fixture, root};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const PAGES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/threat-model.md",
];

/// What a page names in backticks that looks like a path of the repository.
fn paths(page: &str) -> BTreeSet<&str> {
    let spans = page.split('`').skip(1).step_by(2);
    let spans = spans.filter(|span| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
        span.chars().all(plain) && span.chars().any(char::is_alphanumeric)
    });
    let tops = [
        "src/",
        "tests/",
        "docs/",
        "fuzz/",
        "fixtures/",
        "benches/",
        ".ci/",
        ".github/",
    ];
    spans
        .filter(|span| tops.iter().any(|top| span.starts_with(top)) || span.ends_with(".md"))
        .collect()
}

#[test]
fn paths_that_pages_name_exist() {
    for page in PAGES {
        let text = text(page);
        let folder = Path::new(page).parent().unwrap();
        for path in paths(&text) {
            assert!(root().join(path).exists(), "{page}: `{path}`");
        }
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            let outside = link.is_empty() || link.contains("://");
            assert!(
                outside || root().join(folder).join(link).exists(),
                "{page}: ({link})"
            );
        }
    }
    assert!(paths(&text("docs/architecture.md")).len() > 40);
}

fn yaml_file(path: &str) -> Node {
    let source = Source::new(path, text(path).into_bytes()).unwrap();
    let mut documents = yaml::parse_stream(&source).documents;
    assert_eq!(documents.len(), 1, "{path}");
    let document = documents
        .remove(0)
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(document.duplicates.is_empty(), "{path}");
    document.root
}

fn string(node: &Node, path: &[&str]) -> String {
    let found = node.at(path).and_then(Node::as_str);
    found.unwrap_or_else(|| panic!("{path:?}")).to_owned()
}

#[test]
fn workflows_are_yaml_and_run_what_exists() {
    for path in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let workflow = yaml_file(path);
        assert_eq!(
            string(&workflow, &["permissions", "contents"]),
            "read",
            "{path}"
        );
        let jobs = workflow.get("jobs").and_then(Node::as_mapping).unwrap();
        for job in jobs {
            assert!(
                job.value.get("timeout-minutes").is_some(),
                "{path}: {}",
                job.key
            );
            for step in job.value.get("steps").and_then(Node::as_sequence).unwrap() {
                let known = step.get("uses").or(step.get("run")).and_then(Node::as_str);
                assert!(
                    known.is_some(),
                    "{path}: a step of {} does nothing",
                    job.key
                );
            }
        }
    }
    assert!(text(".github/workflows/ci.yml").contains("run: .ci/run"));
    for line in text(".github/workflows/release.yml").lines() {
        if let Some(files) = line.trim().strip_prefix("cp -r ") {
            for name in files
                .split_whitespace()
                .filter(|name| !name.starts_with('"'))
            {
                assert!(root().join(name).exists(), "{name}");
            }
        }
    }
}

/// The long flags of a verb.
fn flags(verb: &str) -> BTreeSet<String> {
    let mut verbs = reference::verbs().into_iter();
    let (_, command) = verbs.find(|(name, _)| name == verb).unwrap();
    let flags = command.get_arguments().filter_map(clap::Arg::get_long);
    flags.map(|flag| format!("--{flag}")).collect()
}

#[test]
fn packaging_uses_flags_that_exist() {
    let known = flags("countersign lint");
    let mut used = 0;
    for path in [
        "action.yml",
        ".pre-commit-hooks.yaml",
        "Dockerfile",
        "justfile",
        "README.md",
    ] {
        for line in text(path).lines() {
            let Some((_, rest)) = line.split_once("countersign lint ") else {
                continue;
            };
            for word in rest
                .split_whitespace()
                .take_while(|word| *word != "--" && *word != "|")
            {
                if word.starts_with("--") {
                    assert!(known.contains(word), "{path}: `{word}`");
                    used += 1;
                }
            }
        }
    }
    assert!(used >= 5);
}

#[test]
fn the_action_gates_and_writes_sarif() {
    let action = yaml_file("action.yml");
    let steps = action
        .at(&["runs", "steps"])
        .and_then(Node::as_sequence)
        .unwrap();
    let lint = steps.iter().find(|step| step.get("id").is_some()).unwrap();
    let script = string(lint, &["run"]);
    assert!(
        !script.contains("${{"),
        "inputs are variables, never text of the script"
    );
    let mut variables = BTreeSet::new();
    for entry in lint.get("env").and_then(Node::as_mapping).unwrap() {
        let name = entry.value.as_str().unwrap();
        let name = name
            .trim_start_matches("${{ inputs.")
            .trim_end_matches(" }}");
        assert!(action.at(&["inputs", name]).is_some(), "{name}");
        variables.insert(entry.key.as_str());
    }
    assert_eq!(
        variables,
        BTreeSet::from(["FAIL_ON", "FORMAT", "PATHS", "SARIF"])
    );
    let input = |name: &str| string(&action, &["inputs", name, "default"]);
    let folder = Folder::new("packaging-action");
    folder.file("empty/note.txt", "");
    let bin = Path::new(env!("CARGO_BIN_EXE_countersign"))
        .parent()
        .unwrap();
    let run = |paths: &str, sarif: &str| {
        let output = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &script])
            .current_dir(&folder.0)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("PATHS", paths)
            .env("FAIL_ON", input("fail-on"))
            .env("FORMAT", input("format"))
            .env("SARIF", sarif)
            .env("GITHUB_OUTPUT", folder.0.join(format!("{sarif}.output")))
            .output();
        output
            .ok()
            .map(|output| (output.status.code().unwrap(), output.stdout))
    };
    let manifests = format!(
        "{}\n{}\n",
        fixture("manifests/production"),
        fixture("manifests/staging")
    );
    let Some((code, log)) = run(&manifests, "found.sarif") else {
        println!("skipped: bash not found");
        return;
    };
    assert_eq!(code, 1);
    assert!(String::from_utf8(log).unwrap().contains("::error"));
    let sarif: Value = serde_json::from_str(&folder.read("found.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(
        folder.read("found.sarif.output"),
        "sarif=found.sarif\nexit-code=1\n"
    );
    assert_eq!(run("empty", "none.sarif").unwrap().0, 3);
    assert_eq!(folder.read("none.sarif.output"), "exit-code=3\n");
    assert!(!folder.0.join("none.sarif").exists());
}

#[test]
fn the_hook_lints_folders_and_not_single_files() {
    let hooks = yaml_file(".pre-commit-hooks.yaml");
    let [hook] = hooks.as_sequence().unwrap() else {
        panic!("one hook");
    };
    assert_eq!(string(hook, &["entry"]), "countersign lint");
    assert_eq!(
        hook.get("pass_filenames").and_then(Node::as_bool),
        Some(false)
    );
}

#[test]
fn the_image_is_built_from_what_is_there() {
    let file = text("Dockerfile");
    let toolchain = text("rust-toolchain.toml");
    let pinned = toolchain.split('"').nth(1).unwrap();
    assert!(
        file.contains(&format!("RUSTUP_TOOLCHAIN={pinned}")),
        "{pinned}"
    );
    let (minor, _) = pinned.rsplit_once('.').unwrap();
    assert!(
        file.contains(&format!("FROM rust:{minor}-alpine")),
        "{minor}"
    );
    assert!(file.contains("\nFROM scratch\n") && file.contains("\nUSER "));
    for kept in ["Cargo.toml", "Cargo.lock", "src", "README.md"] {
        assert!(!text(".dockerignore").lines().any(|line| line == kept));
    }
}

#[test]
fn recipes_and_fuzz_targets_are_the_ones_promised() {
    let justfile = text("justfile");
    let recipes: BTreeSet<&str> = justfile
        .lines()
        .filter(|line| line.starts_with(char::is_alphabetic))
        .filter_map(|line| line.split([' ', ':']).next())
        .collect();
    let promised = ["bench", "bless", "check", "fuzz", "size", "test"];
    assert_eq!(recipes, BTreeSet::from(promised));
    let manifest: toml::Table = text("fuzz/Cargo.toml").parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap();
    let listed: BTreeSet<&str> = bins
        .iter()
        .map(|bin| bin["name"].as_str().unwrap())
        .collect();
    let entries = std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap();
    let names: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        listed.iter().map(|name| (*name).to_owned()).collect()
    );
    let comment = justfile
        .lines()
        .find(|line| line.contains("Fuzz one parser"))
        .unwrap();
    for name in listed {
        assert!(comment.contains(name), "{name}");
    }
}

#[test]
fn bans_have_reasons_and_hold() {
    let deny: toml::Table = text("deny.toml").parse().unwrap();
    let lock = text("Cargo.lock");
    let optional = ["aws-lc-rs", "aws-lc-sys"];
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let engine = &manifest["dependencies"]["aws-lc-rs"];
    assert_eq!(engine["optional"].as_bool(), Some(true));
    let bans = deny["bans"]["deny"].as_array().unwrap();
    assert!(bans.len() >= 7);
    for ban in bans {
        let name = ban["crate"].as_str().unwrap();
        assert!(ban["reason"].as_str().unwrap().len() > 20, "{name}: why?");
        // The lock file lists what the feature rsa-decryption alone brings in; `.ci/run` looks at the default tree.
        if !optional.contains(&name) {
            assert!(!lock.contains(&format!("name = \"{name}\"\n")), "{name}");
        }
    }
}

#[test]
fn both_licences_are_there() {
    assert!(text("LICENSE-APACHE").contains("Version 2.0, January 2004"));
    assert!(text("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(text("Cargo.toml").contains("license = \"MIT OR Apache-2.0\""));
}
