//! Console transcripts as tests: `README.md`, `docs/guides/**` and `tests/cmd/**`.
//!
//! In a fenced block of the language `console`, a line that starts with `$ ` is a command for `sh`; the lines after it
//! are what it prints, standard output and standard error together; a line `? N` is its exit status if that is not 0.
//! `[..]` stands for any text in a line, a line `...` for any number of lines. All blocks of a file run one after the
//! other in one scratch directory that holds a copy of `fixtures/`. `UPDATE=1` rewrites what does not match.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn readme_is_true() {
    check(&[root().join("README.md")]);
}

#[test]
fn guides_are_true() {
    check(&files_below(&root().join("docs/guides"), "md"));
}

#[test]
fn the_readme_leads_to_every_guide() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for guide in files_below(&root().join("docs/guides"), "md") {
        let name = guide.file_name().unwrap().to_str().unwrap();
        let link = format!("(docs/guides/{name})");
        assert!(readme.contains(&link), "README.md does not link {name}");
    }
}

#[test]
fn scenarios_hold() {
    let files = files_below(&root().join("tests/cmd"), "md");
    assert!(files.len() >= 5, "the scenarios are gone");
    check(&files);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn check(files: &[PathBuf]) {
    let mut failures = String::new();
    for file in files {
        let text = fs::read_to_string(file).expect("the transcript is readable");
        let replayed = replay(&text, &scratch(file));
        let (actual, mismatches) = (replayed.text, replayed.mismatches);
        if mismatches.is_empty() {
            continue;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the one switch of the tests is in the environment"
        )]
        let update = std::env::var_os("UPDATE").is_some();
        if update {
            fs::write(file, actual).expect("the transcript is writable");
            continue;
        }
        failures.push_str(&format!("\n{}:\n{}", file.display(), mismatches.join("\n")));
    }
    assert!(
        failures.is_empty(),
        "{failures}\n\nUPDATE=1 rewrites what is expected"
    );
}

/// A directory for one file's commands, with the fixtures in it.
fn scratch(file: &Path) -> PathBuf {
    let name = file
        .strip_prefix(root())
        .expect("transcripts are in the repository")
        .to_string_lossy()
        .replace(['/', '\\', '.'], "-");
    let dir = root().join("target/scratch").join(format!("cmd-{name}"));
    let _absent = fs::remove_dir_all(&dir);
    copy(&root().join("fixtures"), &dir.join("fixtures"));
    // The root of a repository: the search for a configuration file ends here.
    fs::create_dir_all(dir.join(".git")).expect("the scratch directory is writable");
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the scratch directory is writable");
    for entry in fs::read_dir(from)
        .expect("the fixtures are readable")
        .flatten()
    {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the scratch directory is writable");
        }
    }
}

struct Replayed {
    text: String,
    mismatches: Vec<String>,
}

fn replay(text: &str, dir: &Path) -> Replayed {
    let mut replayed = Replayed {
        text: String::new(),
        mismatches: Vec::new(),
    };
    let mut inside = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        replayed.text.push_str(line);
        replayed.text.push('\n');
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        let Some(first) = line.strip_prefix("$ ").filter(|_| inside) else {
            continue;
        };
        let mut command = first.to_owned();
        while command.ends_with('\\') {
            let more = lines.next().expect("a command that goes on");
            replayed.text.push_str(more);
            replayed.text.push('\n');
            command.pop();
            command.push_str(more.trim_start());
        }
        let mut expected = Vec::new();
        while let Some(next) =
            lines.next_if(|next| !next.starts_with("$ ") && !next.starts_with("```"))
        {
            expected.push(next);
        }
        // An empty line before the next command belongs to neither.
        let spaced = expected.last() == Some(&"");
        if spaced {
            expected.pop();
        }
        let actual = run(&command, dir);
        let actual_lines: Vec<&str> = actual.lines().collect();
        if matches(&expected, &actual_lines) {
            for line in &expected {
                replayed.text.push_str(line);
                replayed.text.push('\n');
            }
        } else {
            replayed.mismatches.push(format!(
                "$ {command}\n--- expected\n{}\n--- actual\n{actual}",
                expected.join("\n")
            ));
            replayed.text.push_str(&actual);
        }
        if spaced {
            replayed.text.push('\n');
        }
    }
    replayed
}

/// What a command prints, its exit status in a last line `? N` unless it is 0.
fn run(command: &str, dir: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let tools = binary.parent().expect("a binary is in a directory");
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{command}"))
        .current_dir(dir)
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display()),
        )
        .env("HOME", dir)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .expect("sh is there");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => text.push_str(&format!("? {code}\n")),
        None => text.push_str("? killed\n"),
    }
    text
}

fn matches(expected: &[&str], actual: &[&str]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((&"...", after)), _) => {
            (0..=actual.len()).any(|skip| matches(after, &actual[skip..]))
        }
        (Some(_), None) => false,
        (Some((wanted, after)), Some((found, rest))) => {
            line_matches(wanted, found) && matches(after, rest)
        }
    }
}

fn line_matches(wanted: &str, found: &str) -> bool {
    let mut parts = wanted.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn patterns_match_what_they_say() {
    assert!(line_matches("a[..]c", "abc"));
    assert!(line_matches("a[..]c[..]", "abcd"));
    assert!(!line_matches("a[..]c", "abd"));
    assert!(!line_matches("a", "ab"));
    assert!(matches(&["a", "...", "b"], &["a", "x", "y", "b"]));
    assert!(!matches(&["a"], &["a", "b"]));
}
