//! A state of the manifests: a folder, or a revision of the repository as `git` hands it out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::inputs::{Inputs, is_manifest};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::report::Note;
use crate::kernel::source::{MAX_SOURCE_BYTES, Source};

/// The manifests of a state, named from its root.
pub(super) fn read(
    env: &Env,
    state: &str,
    below: &[PathBuf],
) -> Result<(Vec<Arc<Source>>, Vec<Note>), Failure> {
    if state.starts_with('-') {
        return Err(Failure::usage(format!("`{state}` is no revision")));
    }
    let folder = Path::new(state);
    if folder.is_dir() {
        let is_path = state.contains(['/', '.', std::path::MAIN_SEPARATOR]);
        if !is_path && is_revision(state) {
            return Err(
                Failure::usage(format!("`{state}` is both a folder and a revision"))
                    .hint(format!("write `./{state}` for the folder")),
            );
        }
        return read_folder(env, folder, below);
    }
    read_revision(state, below)
}

fn read_folder(
    env: &Env,
    folder: &Path,
    below: &[PathBuf],
) -> Result<(Vec<Arc<Source>>, Vec<Note>), Failure> {
    let mut inputs = Inputs::default();
    if below.is_empty() {
        inputs.add(env, folder)?;
    }
    for path in below {
        // A folder that one state lacks is empty there.
        if folder.join(path).exists() {
            inputs.add(env, &folder.join(path))?;
        }
    }
    let sources = inputs.read(env);
    let mut named = Vec::with_capacity(sources.len());
    for source in sources {
        let name = Path::new(source.name());
        let name = name.strip_prefix(folder).unwrap_or(name);
        let name = name.display().to_string();
        named.push(Source::new(name, source.bytes().to_vec())?);
    }
    Ok((named, inputs.notes))
}

fn is_revision(name: &str) -> bool {
    let found = Command::new("git")
        .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
        .arg(format!("{name}^{{commit}}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

/// The state after, where none is named: the repository's files beside a revision, this folder beside a folder.
pub(super) fn working_tree(base: &str) -> Result<String, Failure> {
    if Path::new(base).is_dir() {
        return Ok(".".to_owned());
    }
    let found = Command::new("git")
        .args(["rev-parse", "--show-toplevel"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| no_git(&error))?;
    let root = String::from_utf8_lossy(&found.stdout)
        .trim_end_matches('\n')
        .to_owned();
    if !found.status.success() || root.is_empty() {
        return Err(Failure::input(format!(
            "`{base}` is no folder, and no repository is here to have it as a revision"
        )));
    }
    Ok(root)
}

/// A file of a revision: its mode, its object and its name.
struct Listed {
    mode: String,
    object: String,
    name: String,
}

fn read_revision(
    revision: &str,
    below: &[PathBuf],
) -> Result<(Vec<Arc<Source>>, Vec<Note>), Failure> {
    let listed = Command::new("git")
        .args(["ls-tree", "-r", "-z", "--full-tree", revision, "--"])
        .args(below)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| no_git(&error))?;
    if !listed.status.success() {
        let why = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
        return Err(Failure::input(format!(
            "`{revision}` is neither a folder nor a revision that git knows"
        ))
        .cause(why));
    }
    let mut notes = Vec::new();
    let mut files = Vec::new();
    let entries = listed.stdout.split(|byte| *byte == 0);
    for entry in entries.filter(|entry| !entry.is_empty()) {
        let text = String::from_utf8_lossy(entry);
        let Some(file) = listed_file(&text) else {
            return Err(Failure::input(
                "git lists the revision in a way that is not understood",
            ));
        };
        // A link may lead to a folder of manifests, a submodule is one that is not here.
        let what = match file.mode.as_str() {
            "120000" => "a symbolic link",
            "160000" => "a submodule",
            _ => {
                if is_manifest(Path::new(&file.name)) {
                    files.push(file);
                }
                continue;
            }
        };
        notes.push(Note {
            code: "unreadable-file",
            message: format!(
                "`{}` of {revision} is {what}, which is not followed",
                file.name
            ),
            location: None,
        });
    }
    Ok((blobs(files)?, notes))
}

/// `MODE TYPE OBJECT<TAB>NAME`.
fn listed_file(entry: &str) -> Option<Listed> {
    let (head, name) = entry.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
    Some(Listed {
        mode: mode.to_owned(),
        object: object.to_owned(),
        name: name.to_owned(),
    })
}

/// The contents of files, by one `git cat-file --batch`, which is asked by object.
fn blobs(files: Vec<Listed>) -> Result<Vec<Arc<Source>>, Failure> {
    let mut child = Command::new("git")
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| no_git(&error))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let broken = || Failure::input("git did not hand out the revision whole");
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(broken());
    };
    let asked: String = files
        .iter()
        .map(|file| format!("{}\n", file.object))
        .collect();
    // Asked from another thread: git answers while it is asked, and neither may wait for the other.
    let asking = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let mut answers = BufReader::new(stdout);
    let mut sources = Vec::with_capacity(files.len());
    for file in files {
        let mut head = String::new();
        answers.read_line(&mut head).map_err(|_| broken())?;
        let size = head.trim_end().rsplit(' ').next();
        let size: Option<u64> = size.and_then(|size| size.parse().ok());
        let size = size.filter(|size| *size <= MAX_SOURCE_BYTES as u64);
        let Some(size) = size else {
            return Err(Failure::input(format!(
                "git did not hand out `{}`",
                file.name
            )));
        };
        let mut bytes = Vec::new();
        let mut taken = answers.by_ref().take(size + 1);
        taken.read_to_end(&mut bytes).map_err(|_| broken())?;
        if bytes.pop() != Some(b'\n') {
            return Err(broken());
        }
        sources.push(Source::new(file.name, bytes)?);
    }
    drop(answers);
    let written = asking.join().is_ok_and(|written| written.is_ok());
    let ended = child.wait().is_ok_and(|status| status.success());
    if written && ended {
        Ok(sources)
    } else {
        Err(broken())
    }
}

fn no_git(error: &std::io::Error) -> Failure {
    Failure::new(Kind::Input, format!("cannot run git: {error}"))
        .hint("name two folders instead of revisions")
}
