//! The binary as a process: a folder of the test's own, no environment but what the test gives.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of the test's own, gone when the test is.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _left_over = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        // So that no configuration is looked for above it.
        std::fs::create_dir(path.join(".git")).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Runs the binary here with words and a standard input.
    pub(crate) fn run(&self, words: &[&str], stdin: &str) -> Ended {
        self.run_with(words, stdin, &[])
    }

    /// As [`Folder::run`], with environment variables.
    pub(crate) fn run_with(&self, words: &[&str], stdin: &str, vars: &[(&str, &str)]) -> Ended {
        let mut child = self
            .command(words)
            .envs(vars.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _may_be_unread = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Ended::from(child.wait_with_output().unwrap())
    }

    /// The binary, to be run here.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(words).current_dir(&self.0).env_clear();
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

/// What a process came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ended {
    /// Asserts the exit code, and hands itself on.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository's fixtures.
pub(crate) fn fixture(path: &str) -> String {
    let path = root().join("fixtures/acme").join(path);
    path.to_str().unwrap().to_owned()
}
