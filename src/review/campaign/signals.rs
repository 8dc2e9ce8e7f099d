//! What connectors saw in policies and roles, told for each grant and account that it concerns.

use std::collections::{HashMap, HashSet};

use super::check::{Inputs, Out};
use crate::kernel::finding::Severity;
use crate::review::model::Truth;
use crate::review::model::facts::{About, Knows, Signal, SignalKind};

/// Fires for every grant of an entitlement, and every account, of which a connector has said so.
pub fn by_signal(inputs: &Inputs, out: &mut Out, kind: SignalKind, severity: Severity) {
    let population = inputs.population;
    let mut of_entitlement: HashMap<u32, Vec<(&Signal, u32)>> = HashMap::new();
    let mut accounts: HashSet<u32> = HashSet::new();
    for (signal, source) in &population.signals {
        if signal.kind != kind {
            continue;
        }
        match signal.about {
            About::Entitlement(index) => of_entitlement
                .entry(index)
                .or_default()
                .push((signal, *source)),
            About::Account(index) => {
                accounts.insert(index);
                out.account(index as usize, milder(severity, signal), said(signal));
            }
            About::Source => out.general(milder(severity, signal), said(signal)),
        }
    }
    // Where all policies of an account were weighed together, a single one says no more than they do.
    let weighs_accounts = |source: u32| {
        kind == SignalKind::Escalation
            && population
                .source(source)
                .is_some_and(|source| source.kind == "aws-authorization")
    };
    for (index, grant) in population.grants.iter().enumerate() {
        let source = population.source(grant.place.source);
        if !source.is_some_and(|source| source.knows.has(Knows::PERMISSIONS)) {
            out.gap("no export of its system holds the permissions behind an entitlement");
            continue;
        }
        let signals = of_entitlement.get(&grant.entitlement);
        let mut fired = false;
        for (signal, source) in signals.into_iter().flatten() {
            if weighs_accounts(*source) && !accounts.contains(&grant.account) {
                continue;
            }
            fired = true;
            out.grant(index, milder(severity, signal), said(signal));
        }
        // A policy or a role that is named, but stands in no export, may allow anything.
        let unknown = population
            .entitlement(grant)
            .is_some_and(|held| held.privileged == Truth::Unknown);
        match (fired, unknown) {
            (true, _) => {}
            (false, true) => out.gap("what it allows is in no export"),
            (false, false) => out.passes(),
        }
    }
}

/// What depends on something that cannot be judged is one step milder.
fn milder(severity: Severity, signal: &Signal) -> Severity {
    let at = Severity::ALL.iter().position(|each| *each == severity);
    match at.and_then(|at| at.checked_sub(usize::from(signal.conditional))) {
        Some(index) => Severity::ALL.get(index).copied().unwrap_or(severity),
        None => severity,
    }
}

fn said(signal: &Signal) -> String {
    match signal.conditional {
        true => format!("{} (on some resources, or under a condition)", signal.text),
        false => signal.text.clone(),
    }
}
