//! A verifier that is ready: keys, algorithms, expectations, replay store.

use std::path::PathBuf;

use crate::cli::env::LoadedKeys;
use crate::cli::error::Failure;
use crate::jwt::{
    self, Algorithm, ClaimCheck, Expectations, Profile, Reason, ReplayId, TokenVerdict,
};
use crate::kernel::replay::{Entry, Remembered, ReplayStore};

/// Everything but the tokens.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) keys: LoadedKeys,
    pub(super) accepted: Vec<Algorithm>,
    pub(super) expected: Expectations,
    store: Option<ReplayStore>,
}

impl Judge {
    /// Opens the store, and takes the algorithms that are accepted from the flags, the profile or the keys.
    pub(super) fn new(
        keys: LoadedKeys,
        named: Vec<Algorithm>,
        expected: Expectations,
        store: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let by_kind = || match expected.profile {
            Some(Profile::Dpop) => Algorithm::ALL.to_vec(),
            _ => jwt::algorithms_of(&keys.keys),
        };
        let by_profile = expected.profile.and_then(Profile::default_algorithms);
        let accepted = match (named.is_empty(), by_profile) {
            (false, _) => named,
            (true, Some(algorithms)) => algorithms.to_vec(),
            (true, None) => by_kind(),
        };
        let store = match store {
            Some(path) => Some(ReplayStore::open(&path)?),
            None => None,
        };
        Ok(Self {
            keys,
            accepted,
            expected,
            store,
        })
    }

    /// Whether there is a store.
    pub(super) fn remembers(&self) -> bool {
        self.store.is_some()
    }

    /// The verdict about a token, without the store.
    pub(super) fn verdict(&self, token: &str) -> TokenVerdict {
        jwt::verify(token, &self.keys.keys, &self.accepted, &self.expected)
    }

    /// Asks the store about tokens that are accepted so far: one is remembered only after everything else holds, and
    /// the store is on the disk before a verdict is told.
    pub(super) fn remember(&self, verdicts: &mut [&mut TokenVerdict]) -> Result<(), Failure> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let mut ids: Vec<(usize, ReplayId)> = Vec::new();
        for (index, verdict) in verdicts.iter_mut().enumerate() {
            if !verdict.is_accepted() {
                continue;
            }
            match verdict.replay_id(&self.expected) {
                Some(id) => ids.push((index, id)),
                None => verdict
                    .checks
                    .push(check("(none)", Some(Reason::NotReplayable))),
            }
        }
        let entries: Vec<Entry<'_>> = ids
            .iter()
            .map(|(_, id)| Entry {
                scope: &id.scope,
                id: id.id.as_bytes(),
                expires: id.until,
            })
            .collect();
        let answers = store.remember(&entries, self.expected.now)?;
        for ((index, id), answer) in ids.iter().zip(answers) {
            let check = match answer {
                Remembered::New => check(&format!("{}, for the first time", id.id), None),
                Remembered::Seen { first } => check(
                    &format!("{}, first seen at {first}", id.id),
                    Some(Reason::Replayed),
                ),
                Remembered::Forgotten => check(
                    &format!("{}, from before what the store remembers", id.id),
                    Some(Reason::Replayed),
                ),
            };
            if let Some(verdict) = verdicts.get_mut(*index) {
                verdict.checks.push(check);
            }
        }
        Ok(())
    }
}

fn check(actual: &str, failure: Option<Reason>) -> ClaimCheck {
    ClaimCheck {
        claim: "jti".into(),
        expected: "one that was not presented before".into(),
        actual: actual.to_owned(),
        failure,
        by_leeway: false,
    }
}
