//! The layers and habits of the house, as assertions about the repository's own text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use countersign::cli::catalogue;

use crate::binary::root;

const JOBS: [&str; 5] = ["cert", "jwt", "lint", "request", "review"];

/// Files that may be longer than [`MAX_LINES`], each with its reason.
const LONG: [(&str, &str); 0] = [];
const MAX_LINES: usize = 700;

/// A text file of the repository.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

/// All text files of the repository, without what builds and fuzzing leave behind.
fn repository() -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if [".git", "target", "corpus", "artifacts", "coverage"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = shown(&path);
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 200, "the repository is read");
    files
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap();
    path.to_str().unwrap().replace('\\', "/")
}

fn sources() -> Vec<File> {
    let mut files = repository();
    files.retain(|file| file.path.starts_with("src/") && file.path.ends_with(".rs"));
    files
}

impl File {
    /// Whether it holds tests alone.
    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.ends_with("schema_check.rs")
    }

    /// The code, without comments and without the tests at its end.
    fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next();
        let lines = code.unwrap().lines();
        let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// The modules from the crate's root down to it.
    fn modules(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/");
        let mut names: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
        if ["mod", "lib"].contains(names.last().unwrap()) {
            names.pop();
        }
        names
    }

    /// The modules right below the crate's root that it names, by `crate::` or by enough `super::`.
    fn names(&self) -> BTreeSet<String> {
        let code = self.code();
        let to_root = "super::".repeat(self.modules().len().max(1));
        let mut names = BTreeSet::new();
        for start in ["crate::", to_root.as_str()] {
            for (at, _) in code.match_indices(start) {
                let before = code.get(..at).unwrap().chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                names.extend(first_segments(code.get(at + start.len()..).unwrap()));
            }
        }
        names
    }
}

/// What follows `crate::`: one name, or those of a group in braces.
fn first_segments(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start().chars();
        text.take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group.get(at + 1..).unwrap())),
            _ => {}
        }
    }
    names
}

/// Whether a text names a path such as `ring::`, not as the end of a longer word.
fn uses(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let before = code.get(..at).unwrap().chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn the_scanner_sees_what_it_is_to_see() {
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let names = |path: &str, text: &str| -> Vec<String> {
        file(path, text)
            .names()
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect()
    };
    let group = "use crate::{jwt::{self, cert}, kernel};\n// crate::lint\n";
    assert_eq!(names("src/request/a.rs", group), ["jwt", "kernel"]);
    assert_eq!(names("src/request/a.rs", "super::super::jwt::x()"), ["jwt"]);
    assert_eq!(names("src/request/a.rs", "super::message::x()"), [""; 0]);
    assert_eq!(names("src/request/mod.rs", "super::lint::x()"), ["lint"]);
    assert!(uses("use ring::hmac;", "ring::"));
    assert!(!uses("String::new()", "ring::"));
}

#[test]
fn imports_point_down() {
    let mut checked = BTreeMap::new();
    for file in sources() {
        let modules = file.modules();
        let layer = *modules.first().unwrap_or(&"lib");
        let names = file.names();
        let forbidden: Vec<&str> = match layer {
            "kernel" => JOBS.into_iter().chain(["cli"]).collect(),
            job if JOBS.contains(&job) => {
                let siblings = JOBS.into_iter().filter(|other| *other != job);
                siblings.chain(["cli"]).collect()
            }
            "cli" | "lib" | "main" => Vec::new(),
            other => panic!("{}: `{other}` is no layer", file.path),
        };
        for name in forbidden {
            assert!(!names.contains(name), "{} names `{name}`", file.path);
        }
        *checked.entry(layer.to_owned()).or_insert(0) += 1;
    }
    assert_eq!(checked.len(), JOBS.len() + 4, "{checked:?}");
}

#[test]
fn only_cli_meets_the_world() {
    let world = [
        "clap",
        "std::env",
        "env::var",
        "io::stdin",
        "io::stdout",
        "io::stderr",
        "println!",
        "eprintln!",
        "print!",
        "eprint!",
        "SystemTime",
        "Instant::now",
        "now_utc",
        "rpassword",
        "indicatif",
        "terminal_size",
        "process::exit",
    ];
    for file in sources() {
        let outside = !file.path.starts_with("src/cli/") && file.path != "src/main.rs";
        if !outside || file.is_test() {
            continue;
        }
        let code = file.code();
        for word in world {
            assert!(!uses(&code, word), "{}: `{word}` belongs to cli", file.path);
        }
    }
}

#[test]
fn cryptography_is_in_one_place() {
    let homes = ["src/kernel/crypto/", "src/kernel/key/", "src/kernel/http"];
    for file in sources() {
        let code = file.code();
        if uses(&code, "ring::") {
            let at_home = homes.iter().any(|home| file.path.starts_with(home));
            assert!(at_home, "{} uses ring; kernel::crypto does", file.path);
        }
        // What ring lacks stays as close together as ring itself.
        for beside in [
            "p256::",
            "p384::",
            "p521::",
            "k256::",
            "x25519_dalek::",
            "aws_lc_rs::",
        ] {
            if uses(&code, beside) {
                let at_home = file.path.starts_with("src/kernel/crypto/");
                assert!(at_home, "{} uses {beside}", file.path);
            }
        }
    }
}

#[test]
fn files_are_short_and_begin_with_a_caption() {
    for file in repository() {
        if !file.path.ends_with(".rs") {
            continue;
        }
        assert!(file.text.starts_with("//! "), "{}: no caption", file.path);
        let lines = file.text.lines().count();
        let long = LONG.iter().find(|(path, _)| *path == file.path);
        match long {
            None => assert!(lines < MAX_LINES, "{}: {lines} lines", file.path),
            Some((_, reason)) => {
                assert!(lines >= MAX_LINES, "{}: no longer long", file.path);
                assert!(reason.len() > 20, "{}: why?", file.path);
            }
        }
        if file.path == "src/main.rs" {
            assert!(lines < 40, "main.rs only enters the library");
        }
    }
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    // Written so that this file does not hold them.
    let marks = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let allows = ["#[", "#!["].map(|start| format!("{start}{}", "allow("));
    for file in repository() {
        if !file.path.ends_with(".rs") {
            continue;
        }
        for mark in marks.iter().chain(&allows) {
            assert!(!file.text.contains(mark), "{}: `{mark}`", file.path);
        }
    }
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let files = repository();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut rules = 0;
    for path in paths
        .iter()
        .filter(|path| path.starts_with("src/") && path.contains("/rules/"))
    {
        let (stem, extension) = path.rsplit_once('.').unwrap();
        let name = stem.rsplit('/').next().unwrap();
        if ["mod", "tests"].contains(&name) {
            continue;
        }
        let other = if extension == "rs" { "md" } else { "rs" };
        // The rules about ignores are one check in one file.
        if !path.starts_with("src/kernel/finding/") {
            assert!(
                paths.contains(format!("{stem}.{other}").as_str()),
                "{path}: no {other}"
            );
        }
        if extension == "md" {
            rules += 1;
            let code = name.replace('_', "-");
            let entry = catalogue::entries().into_iter();
            let mut entry = entry.filter(|entry| entry.severity.is_some());
            assert!(
                entry.any(|entry| {
                    let prefixed = |job: &str| entry.code == format!("{job}-{code}");
                    entry.code == code || prefixed("jwt") || prefixed("request")
                }),
                "{path}: no rule is called `{code}`"
            );
        }
    }
    let listed = catalogue::entries()
        .into_iter()
        .filter(|entry| entry.severity.is_some());
    assert_eq!(listed.count(), rules);
}

#[test]
fn codes_are_unique_kebab_case_and_explained() {
    let mut seen = BTreeSet::new();
    for entry in catalogue::entries() {
        let code = entry.code;
        assert!(seen.insert(code), "`{code}` is there twice");
        let words: Vec<&str> = code.split('-').collect();
        let plain = |word: &&str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        assert!(
            words.len() > 1 && words.iter().all(plain),
            "`{code}` is not kebab case"
        );
        assert!(
            !entry.title.is_empty() && !entry.title.ends_with('.'),
            "`{code}`: title"
        );
        assert!(entry.text.trim().len() > 20, "`{code}`: no page");
    }
    assert!(seen.len() > 80);
}

#[test]
fn the_lock_file_holds_no_second_cryptography() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    // aws-lc is there for the feature `rsa-decryption` and for nothing else; `.ci/run` sees to the default build's tree.
    for (name, only) in [("aws-lc-rs", "countersign"), ("aws-lc-sys", "aws-lc-rs")] {
        let users = lock.split("[[package]]").filter(|package| {
            let uses = format!("\n \"{name}\",");
            package.contains(&uses)
        });
        for user in users {
            assert!(
                user.contains(&format!("name = \"{only}\"")),
                "{name}: {user}"
            );
        }
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = manifest
        .lines()
        .find(|line| line.starts_with("aws-lc-rs = "));
    assert!(line.unwrap().contains("optional = true"));
    assert!(!manifest.contains("\ndefault = ["));
    for name in ["openssl", "openssl-sys", "native-tls", "rsa"] {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name}");
    }
    assert!(lock.contains("name = \"ring\""));
}

#[test]
fn the_text_names_no_registry_and_no_private_path() {
    let join = |parts: &[&str]| parts.concat();
    let hosts = [
        join(&["crates", ".io"]),
        join(&["npmjs", ".org"]),
        join(&["pypi", ".org"]),
        join(&["proxy.golang", ".org"]),
        join(&["docker", ".io"]),
    ];
    let places = ["/home/", "/root/", "/Users/"];
    for file in repository() {
        if file.path.ends_with("Cargo.lock") {
            continue;
        }
        for host in &hosts {
            assert!(
                !file.text.contains(host.as_str()),
                "{} names {host}",
                file.path
            );
        }
        if file.path == "tests/it/architecture.rs" {
            continue;
        }
        for place in places {
            assert!(!file.text.contains(place), "{} names {place}", file.path);
        }
    }
}
