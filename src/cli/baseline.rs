//! What verbs with findings share: a baseline that is applied, and one that is written.

use std::path::PathBuf;

use clap::Args;

use super::env::Env;
use super::error::Failure;
use super::outcome::NewFile;
use crate::kernel::finding::Finding;
use crate::kernel::finding::baseline::{self, Baseline};
use crate::kernel::fs::{Privacy, Replace};

/// Findings that are known.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Known {
    /// Mark the findings that this baseline file knows, and do not count them
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the findings of this run to a new baseline file
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Count findings that a comment sets aside
    #[arg(long)]
    pub(crate) no_ignores: bool,
}

impl Known {
    /// Marks what the baseline knows.
    ///
    /// # Errors
    /// [`Failure`] if the baseline cannot be read.
    pub(crate) fn apply(&self, env: &Env, findings: &mut [Finding]) -> Result<(), Failure> {
        let Some(path) = &self.baseline else {
            return Ok(());
        };
        let source = env.source(path)?;
        let known = Baseline::load(source.bytes()).map_err(|error| {
            Failure::input(error.to_string()).context(path.display().to_string())
        })?;
        let applied = known.apply(findings);
        if applied.stale > 0 {
            env.note(&format!(
                "{} entries of the baseline match nothing any more: write it anew",
                applied.stale
            ));
        }
        Ok(())
    }

    /// The new baseline, if one is wanted.
    pub(crate) fn written(&self, findings: &[Finding]) -> Vec<NewFile> {
        let file = self.write_baseline.as_ref().map(|path| NewFile {
            path: path.to_owned(),
            bytes: baseline::write(findings).into_bytes().into(),
            privacy: Privacy::Shared,
            replace: Replace::Always,
        });
        file.into_iter().collect()
    }
}
