//! Assertions about who reaches whom, written in a file and held against the manifests.
//!
//! ```yaml
//! assertions:
//! - name: payments take orders only
//!   only: production/payment-service:8443
//!   from: [production/order-service]
//! - name: environments stay apart
//!   isolated:
//!     production: [production, data]
//!     staging: [staging]
//! - name: the shop works
//!   open: production/order-service:8443
//!   from: [production/frontend]
//! ```
//!
//! `only` is an allow-list of callers, `calls` with `to` one of what a workload calls, `open` a connection that must
//! surely work. Environments are isolated where no pod of one reaches a pod of another, not even by way of pods that
//! belong to none. What two of them call and neither is may carry data from one to the other, which is undecided; the
//! namespaces of such things stand in `shared` where they are meant to be shared. `over: mtls` adds that nothing else is
//! on the wire.

use std::collections::BTreeMap;

use self::isolation::isolated;
use self::names::{caller, find};
pub use self::reading::read;
use self::rulings::Known;
use super::generate::Wanted;
use super::model::Model;
use super::reachability::{Caller, Mesh, Path, Reachability, Reason, Ruling};
use crate::kernel::source::Span;

mod isolation;
mod names;
mod reading;
mod rulings;

/// One assertion.
#[derive(Debug)]
pub struct Assertion {
    /// Its name, or what it says.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    claim: Claim,
    over_mtls: bool,
    /// Namespaces that isolated environments share on purpose.
    shared: Vec<String>,
}

#[derive(Debug)]
enum Claim {
    Only { target: Named, from: Vec<Named> },
    Calls { caller: Named, to: Vec<Named> },
    Open { target: Named, from: Vec<Named> },
    Isolated(BTreeMap<String, Vec<String>>),
}

/// A name in the file.
#[derive(Debug, Clone)]
struct Named {
    text: String,
    span: Span,
}

/// Something in the file that is no assertion, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AssertionError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Whether it names what the manifests lack, and is no mistake otherwise.
    pub is_missing: bool,
}

/// What became of an assertion.
#[derive(Debug)]
pub struct Judgement {
    /// The world it was judged in, where the inputs hold several.
    pub world: Option<String>,
    /// The assertion's name.
    pub name: String,
    /// Whether it holds.
    pub ruling: Ruling,
    /// The paths that refute it or leave it undecided; each is a chain of one step or more.
    pub chains: Vec<Vec<Path>>,
    /// What it takes for granted, or why it is not decided.
    pub remarks: Vec<Reason>,
}

impl Assertion {
    /// Holds it against a cluster.
    ///
    /// # Errors
    /// [`AssertionError`] where it names a workload, port or namespace that the manifests do not have.
    pub fn judge(
        &self,
        reachability: &Reachability<'_, '_>,
        mesh: &dyn Mesh,
    ) -> Result<Judgement, AssertionError> {
        let (judgement, absent) = self.judge_part(reachability, mesh)?;
        absent.map_or(Ok(judgement), Err)
    }

    /// Holds it against one cluster of several, with the first name beside its subject that this one lacks: who is not
    /// there neither calls nor is called.
    ///
    /// # Errors
    /// [`AssertionError`] where the cluster lacks its subject, or something is no name.
    pub fn judge_part(
        &self,
        reachability: &Reachability<'_, '_>,
        mesh: &dyn Mesh,
    ) -> Result<(Judgement, Option<AssertionError>), AssertionError> {
        let mut absent = None;
        // Those of the one workload that is spoken of, where it is one.
        let mut limits = None;
        let mut judgement = Judgement {
            world: None,
            name: self.name.clone(),
            ruling: Ruling::Proven,
            chains: Vec::new(),
            remarks: Vec::new(),
        };
        let known = Known {
            reachability,
            mesh,
            over_mtls: self.over_mtls,
        };
        match &self.claim {
            Claim::Only { target, from } => {
                known.only(&mut judgement, (target, from), &mut absent)?;
                // The proof has told those of its target.
                limits = Some(Vec::new());
            }
            Claim::Calls { caller, to } => {
                known.calls(&mut judgement, (caller, to), &mut absent)?
            }
            Claim::Open { target, from } => {
                known.open(&mut judgement, (target, from), &mut absent)?
            }
            Claim::Isolated(environments) => {
                let named = (environments, self.shared.as_slice());
                absent = isolated(&mut judgement, (reachability, mesh), named, self.span)?;
            }
        }
        let limits = limits.unwrap_or_else(|| super::reachability::limits(reachability.model()));
        if !limits.is_empty() && judgement.ruling == Ruling::Proven {
            judgement.ruling = Ruling::Undecided;
            judgement.remarks.extend(limits);
        }
        Ok((judgement, absent))
    }
}

impl Judgement {
    /// Istio's root namespace, where it is not seen, may refuse the caller: nothing is surely open where it has a say.
    fn refused_by_others(&mut self, model: &Model<'_>) {
        if model.shows_mesh
            && self.ruling == Ruling::Proven
            && let Some(root) = model.unseen_root()
        {
            self.ruling = Ruling::Undecided;
            self.remarks.push(Reason::absent(format!(
                "AuthorizationPolicies of `{root}`, which is not in the input, may refuse the caller"
            )));
        }
    }

    /// The same as said of several worlds taken for one, which they may not be: it decides nothing.
    #[must_use]
    pub fn across(mut self, worlds: &str) -> Self {
        self.ruling = Ruling::Undecided;
        self.remarks.push(Reason::absent(format!(
            "no world of the input holds all that this names ({worlds}): whether they are one cluster is not known"
        )));
        self
    }
}

impl Assertion {
    /// The connections that it wants: those that it allows or asks to be open. Isolation wants none.
    ///
    /// # Errors
    /// [`AssertionError`] where it names what the model lacks.
    pub fn wanted(&self, model: &Model<'_>) -> Result<Vec<Wanted>, AssertionError> {
        let mut wanted = Vec::new();
        let is_seen = |namespace: &str| model.sees_namespace(namespace);
        match &self.claim {
            Claim::Only { target, from } | Claim::Open { target, from } => {
                let to = find(model, target)?;
                for name in from {
                    wanted.push(Wanted {
                        from: caller(model, name, &is_seen)?,
                        to: to.position,
                        ports: to.ports.clone(),
                    });
                }
            }
            Claim::Calls { caller: from, to } => {
                let from = find(model, from)?;
                for name in to {
                    let to = find(model, name)?;
                    wanted.push(Wanted {
                        from: Caller::Workload(from.position),
                        to: to.position,
                        ports: to.ports,
                    });
                }
            }
            Claim::Isolated(_) => {}
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod mesh_tests;
#[cfg(test)]
mod tests;
