//! Which files `lint` reads: those named, and the manifests below the folders named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::cli::env::{Env, source_file};
use crate::cli::error::Failure;
use crate::cli::progress::Progress;
use crate::kernel::parallel;
use crate::kernel::report::Note;
use crate::kernel::source::Source;
use crate::lint::documents::KUSTOMIZATIONS;

/// How many files are read before the progress is told.
const FILES_A_STEP: usize = 1024;
/// How many files a thread reads before it asks for more.
const FILES_A_PART: usize = 64;

/// The files to read, in a stable order, each once.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    paths: Vec<PathBuf>,
    /// How many were named: below one folder nothing is there twice.
    named: usize,
    /// What could not be read.
    pub(super) notes: Vec<Note>,
}

impl Inputs {
    /// Adds a path that the user named: it must exist.
    ///
    /// # Errors
    /// [`Failure`] where it does not.
    pub(super) fn add(&mut self, env: &Env, path: &Path) -> Result<(), Failure> {
        self.named += 1;
        if path.is_dir() {
            self.walk(path);
        } else if path.as_os_str() == "-" || path.exists() {
            // A pipe too: what is named is read.
            self.paths.push(path.to_owned());
        } else {
            // Reading it makes the error message.
            env.source(path)?;
        }
        Ok(())
    }

    fn walk(&mut self, folder: &Path) {
        // Manifests in ignored or hidden folders are applied all the same. Symlinks are followed; a loop is an error
        // of one entry.
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if is_manifest(entry.path()) && entry.file_type().is_file() => {
                    self.paths.push(entry.into_path());
                }
                Ok(entry) if is_manifest(entry.path()) && !entry.file_type().is_dir() => {
                    let path = entry.path().display();
                    self.note(
                        "unreadable-file",
                        format!("`{path}` is no file, and was not read"),
                    );
                }
                Ok(_) => {}
                Err(error) if error.loop_ancestor().is_some() => {
                    self.note("symlink-loop", error.to_string())
                }
                Err(error) => self.note("unreadable-file", error.to_string()),
            }
        }
    }

    fn note(&mut self, code: &'static str, message: String) {
        self.notes.push(Note {
            code,
            message,
            location: None,
        });
    }

    /// Reads every file; one that cannot be read is a note.
    pub(super) fn read(&mut self, env: &Env) -> Vec<Arc<Source>> {
        let mut paths = std::mem::take(&mut self.paths);
        if self.named > 1 {
            let mut seen = BTreeSet::new();
            paths.retain(|path| seen.insert(path.clone()));
        }
        let mut progress = Progress::start(env, "reading", paths.len());
        let mut sources = Vec::with_capacity(paths.len());
        for batch in paths.chunks(FILES_A_STEP) {
            let read = parallel::by_parts(batch, FILES_A_PART, |part| {
                let files = part.iter().filter(|path| path.as_os_str() != "-");
                files.map(|path| source_file(path)).collect::<Vec<_>>()
            });
            let mut read = read.into_iter().flatten();
            for path in batch {
                let source = match path.as_os_str() == "-" {
                    true => Some(env.source(path)),
                    false => read.next(),
                };
                match source {
                    Some(Ok(source)) => sources.push(source),
                    Some(Err(failure)) => {
                        self.note("unreadable-file", failure.message().to_owned())
                    }
                    None => {}
                }
                progress.step();
            }
        }
        sources
    }
}

/// Whether a file is read.
pub(super) fn is_manifest(path: &Path) -> bool {
    let is_kustomization = path
        .file_name()
        .is_some_and(|name| KUSTOMIZATIONS.iter().any(|known| name == *known));
    is_kustomization
        || path.extension().is_some_and(|extension| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        })
}
