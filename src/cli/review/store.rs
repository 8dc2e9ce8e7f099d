//! The campaign behind a verb: its file, who acts, and what its errors mean to people.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::time::Timestamp;
use crate::review::campaign::desk::Desk;
use crate::review::campaign::directory::Directory;
use crate::review::campaign::opening::OpenError;
use crate::review::model::Join;
use crate::review::store::{Store, StoreError};

/// Who acts, and when.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Acting {
    /// Who does this, for the history; otherwise the user of the system
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    clock: Clock,
    /// Go on with a file that was copied or moved; the history says so
    #[arg(long)]
    adopt: bool,
}

impl Acting {
    /// Who acts.
    pub(super) fn actor(&self, env: &Env) -> String {
        let user = || env.var("USER").or_else(|| env.var("USERNAME"));
        let name = self.by.as_deref().or_else(user);
        name.unwrap_or("unknown").to_owned()
    }

    /// The present.
    pub(super) fn now(&self, env: &Env) -> Timestamp {
        self.clock.at.unwrap_or(env.now)
    }

    /// The present, for a verb that goes on for hours.
    pub(super) fn present(&self, env: &Env) -> Timestamp {
        self.clock.at.unwrap_or_else(|| env.current_time())
    }

    /// Opens a campaign to write to it.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn open(&self, env: &Env, path: &Path) -> Result<Store, Failure> {
        let mut store = Store::open(path)?;
        if self.adopt && store.was_copied()? {
            store.adopt(&self.actor(env), self.now(env))?;
        }
        Ok(store)
    }
}

/// Opens a campaign to read it, and warns of a copy.
///
/// # Errors
/// [`Failure`].
pub(super) fn read(env: &Env, path: &Path) -> Result<Store, Failure> {
    let store = Store::open(path)?;
    if store.was_copied()? {
        env.warn(&format!(
            "`{}` was copied or moved since it was last written to",
            path.display()
        ));
    }
    Ok(store)
}

/// A person by address or id, as the roster of a campaign has them.
///
/// # Errors
/// [`Failure`] for nobody.
pub(super) fn person(desk: &Desk, key: &str) -> Result<i64, Failure> {
    let directory = Directory::new(&desk.people, &desk.policy.same_domains);
    match directory.find(key) {
        Join::Person { index, .. } => Ok(index as i64 + 1),
        _ => Err(Failure::usage(format!(
            "`{key}` is nobody on the roster, or several people"
        ))),
    }
}

/// The campaign's file, as the first argument of most verbs.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct File {
    /// The campaign's file
    #[arg(value_name = "CAMPAIGN")]
    pub(super) campaign: PathBuf,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let error = match error {
            StoreError::Export(error) => return error.into(),
            other => other,
        };
        let kind = match error {
            StoreError::Nothing(_) => Kind::Nothing,
            StoreError::Create(_) | StoreError::Busy(_) | StoreError::Failed { .. } => Kind::Output,
            StoreError::State { .. } | StoreError::Refused(_) => Kind::Usage,
            _ => Kind::Input,
        };
        let failure = Self::new(kind, error.to_string());
        match error {
            StoreError::Copied(_) => {
                failure.hint("if this copy is to be the campaign from now on, add `--adopt`")
            }
            StoreError::NotAFile(_) => failure.hint("begin one with `countersign review import`"),
            StoreError::Changed { .. } | StoreError::Corrupt { .. } => {
                failure.hint("go back to a copy that is known to be good")
            }
            _ => failure,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => error.into(),
            OpenError::NoRoster => Self::input(error.to_string())
                .hint("`countersign review import hr hr.csv --campaign CAMPAIGN`"),
            other => Self::input(other.to_string()),
        }
    }
}
