//! The manifests of one cluster, and what is known beside them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::facts::{self, Facts};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::kernel::report::Note;
use crate::kernel::source::Source;
use crate::lint::reachability::Reason;

/// What the verbs about a cluster take.
#[derive(Debug, ClapArgs)]
pub(super) struct Cluster {
    /// Files, folders, or `-`
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) facts: Facts,
    /// Let the run pass although documents were not read; they are listed all the same
    #[arg(long)]
    skip_unread: bool,
}

impl Cluster {
    /// Reads the manifests; what cannot be read is a note.
    ///
    /// # Errors
    /// [`Failure`] where a path does not exist.
    pub(super) fn read(&self, env: &Env) -> Result<(Vec<Arc<Source>>, Vec<Note>), Failure> {
        facts::sources(env, &self.paths)
    }

    /// The first part of the input that was not judged, unless the caller lets it pass.
    pub(super) fn is_unread(&self, notes: &[Note]) -> Option<String> {
        facts::unread(notes, self.skip_unread)
    }

    /// What a proof takes for granted where the caller lets it pass although something was not read.
    pub(super) fn skipped(&self, notes: &[Note]) -> Option<Reason> {
        let unread = facts::unread(notes, false).filter(|_| self.is_unread(notes).is_none())?;
        let text = format!("what was not read says nothing against it: {unread}");
        Some(Reason::absent(text))
    }

    /// The paths as typed, for the decision record.
    pub(super) fn named(&self) -> String {
        let paths: Vec<_> = self
            .paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        paths.join(" ")
    }
}
