//! Which files `lint` reads: those named, and the manifests below the folders named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::progress::Progress;
use crate::kernel::report::Note;
use crate::kernel::source::Source;

/// The files to read, in a stable order.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    paths: Vec<PathBuf>,
    /// What could not be read.
    pub(super) notes: Vec<Note>,
}

impl Inputs {
    /// Adds a path that the user named: it must exist.
    ///
    /// # Errors
    /// [`Failure`] where it does not.
    pub(super) fn add(&mut self, env: &Env, path: &Path) -> Result<(), Failure> {
        if path.as_os_str() == "-" || path.is_file() {
            self.paths.push(path.to_owned());
        } else if path.is_dir() {
            self.walk(path);
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
                Ok(entry) if is_manifest(entry.path()) && entry.path().is_file() => {
                    self.paths.push(entry.into_path());
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
        let paths = std::mem::take(&mut self.paths);
        let mut progress = Progress::start(env, "reading", paths.len());
        let mut seen = BTreeSet::new();
        let mut sources = Vec::with_capacity(paths.len());
        for path in paths.iter().filter(|path| seen.insert(*path)) {
            match env.source(path) {
                Ok(source) => sources.push(source),
                Err(failure) => self.note("unreadable-file", failure.message().to_owned()),
            }
            progress.step();
        }
        sources
    }
}

/// Whether a file is read.
pub(super) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}
