//! The names in a file of assertions, found in the manifests.

use super::{AssertionError, Named};
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::model::Model;
use crate::lint::ports::PortSet;
use crate::lint::reachability::{Caller, Party, Reachability, Target, TargetError};

/// Something that is no assertion.
pub(super) fn wrong(span: Span, message: impl Into<String>) -> AssertionError {
    AssertionError {
        message: message.into(),
        span,
        is_missing: false,
    }
}

/// Something that the manifests lack.
pub(super) fn missing(span: Span, message: impl Into<String>) -> AssertionError {
    AssertionError {
        is_missing: true,
        ..wrong(span, message)
    }
}

/// Those that are there, and the first that is not.
pub(super) fn present<T>(
    found: impl Iterator<Item = Result<T, AssertionError>>,
    absent: &mut Option<AssertionError>,
) -> Result<Vec<T>, AssertionError> {
    let mut present = Vec::new();
    for one in found {
        match one {
            Ok(one) => present.push(one),
            Err(missing) if missing.is_missing => {
                absent.get_or_insert(missing);
            }
            Err(wrong) => return Err(wrong),
        }
    }
    Ok(present)
}

/// A workload by its name, with the ports that it is named with.
pub(super) fn find(model: &Model<'_>, name: &Named) -> Result<Target, AssertionError> {
    Target::find(model, &name.text).map_err(|error| match error {
        TargetError::Unknown { .. } => missing(name.span, error.to_string()),
        _ => wrong(name.span, error.to_string()),
    })
}

/// A workload without a port: a caller has none that a policy knows.
pub(super) fn whole(model: &Model<'_>, name: &Named) -> Result<Target, AssertionError> {
    if name.text.contains(':') {
        return Err(wrong(
            name.span,
            "a caller has no port: name the port of what is called",
        ));
    }
    find(model, name)
}

/// Somebody who calls: `NS/WORKLOAD`, `NS/*` or a block of addresses. A namespace is known to the input where anything of
/// it is there, or a policy names it.
pub(super) fn caller(
    model: &Model<'_>,
    name: &Named,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Caller, AssertionError> {
    if let Some(namespace) = name.text.strip_suffix("/*") {
        if !is_known(namespace) {
            let message = format!("no namespace of the input is called `{namespace}`");
            return Err(missing(name.span, message));
        }
        return Ok(Caller::Namespace(namespace.to_owned()));
    }
    if let Ok(block) = name.text.parse() {
        return Ok(Caller::Addresses(block));
    }
    whole(model, name).map(|target| Caller::Workload(target.position))
}

/// What may be called: somebody, on some ports.
pub(super) struct Callee {
    /// Who.
    pub(super) party: Caller,
    named: Option<Party>,
    /// The ports.
    pub(super) ports: PortSet,
}

/// What the text names as called.
pub(super) fn callee(
    reachability: &Reachability<'_, '_>,
    name: &Named,
) -> Result<Callee, AssertionError> {
    let is_target = !name.text.ends_with("/*") && name.text.parse::<Cidr>().is_err();
    let target = is_target
        .then(|| find(reachability.model(), name))
        .transpose()?;
    let party = match &target {
        Some(target) => Caller::Workload(target.position),
        None => caller(reachability.model(), name, &|space| {
            reachability.knows_namespace(space)
        })?,
    };
    let workload = target.as_ref();
    let workload = workload.and_then(|target| reachability.model().workloads.get(target.position));
    Ok(Callee {
        party,
        named: workload.map(Party::of),
        ports: target.map_or_else(PortSet::all, |target| target.ports),
    })
}

impl Callee {
    /// Whether it is this party.
    pub(super) fn allows(&self, party: &Party) -> bool {
        match (&self.party, party) {
            (Caller::Workload(_), _) => self.named.as_ref() == Some(party),
            (Caller::Namespace(name), Party::Workload { namespace, .. }) => name == namespace,
            (Caller::Namespace(name), Party::Unseen(Some(namespace))) => name == namespace,
            (Caller::Addresses(block), Party::Addresses(ranges)) => {
                ranges.iter().all(|range| block.holds(*range))
            }
            _ => false,
        }
    }
}
