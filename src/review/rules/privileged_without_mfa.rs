//! A privileged account of a person that has no second factor.

use std::collections::HashSet;

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::population::{Population, SourceInfo};
use crate::review::model::{Account, Grant, Kind, Mfa, Truth};
use crate::review::risk::{Context, Verdict, finding, with_enabled};

pub(super) static RULE: Rule = Rule {
    id: "privileged-without-mfa",
    title: "a privileged account has no second factor",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("privileged_without_mfa.md"),
};

pub(super) fn evaluate(account: &Account, context: &Context) -> Verdict {
    if account.enabled() == Truth::No || account.kind() == Kind::Service {
        return Verdict::OutOfScope;
    }
    if !context.columns.privileged {
        return Verdict::NotEvaluable("the export has no column `privileged`".to_owned());
    }
    let has = |holds: fn(Mfa) -> bool| account.grants.iter().any(|grant| holds(grant.mfa));
    let factors = (has(|mfa| mfa == Mfa::None), has(|mfa| mfa > Mfa::None));
    let holds = |truth| {
        account
            .grants
            .iter()
            .find(|grant| grant.privileged == truth)
    };
    let Some(grant) = holds(Truth::Yes) else {
        return match holds(Truth::Unknown) {
            Some(grant) if factors != (false, true) => {
                let name = &grant.entitlement;
                Verdict::NotEvaluable(format!(
                    "the export does not say whether `{name}` is privileged"
                ))
            }
            _ => Verdict::Passes,
        };
    };
    if !context.columns.mfa {
        return Verdict::NotEvaluable("the export has no column `mfa`".to_owned());
    }
    match factors {
        (true, true) => {
            let why = "some of its rows say that it has a second factor, others that it has none";
            Verdict::NotEvaluable(why.to_owned())
        }
        (false, true) => Verdict::Passes,
        (false, false) => {
            let why = "the export does not say whether it has a second factor";
            Verdict::NotEvaluable(why.to_owned())
        }
        (true, false) => fires(account, grant),
    }
}

fn fires(account: &Account, grant: &Grant) -> Verdict {
    let message = format!(
        "`{}` holds the privileged `{}` and has no second factor",
        account.label(),
        grant.entitlement
    );
    let finding = finding(&RULE, account, grant, message)
        .help("enrol a factor that withstands phishing (FIDO2) before the account is used again");
    Verdict::Fires(Box::new(with_enabled(finding, account)))
}

/// The same for the accounts of a campaign.
pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    let told = systems_with_privileges(population);
    for (index, account) in population.accounts.iter().enumerate() {
        if account.enabled == Truth::No || account.kind == Kind::Service {
            continue;
        }
        if !population.is_privileged(index) {
            let told =
                told.contains(account.system.as_str()) || account.knows.has(Knows::PRIVILEGED);
            let unknown = !told;
            let unknown = unknown
                || population.held(index).iter().any(|grant| {
                    let entitlement = population.entitlement(grant);
                    entitlement.is_some_and(|e| e.privileged == Truth::Unknown)
                });
            // Whoever is known to have a factor needs no privilege to be told.
            match unknown && account.mfa <= Mfa::None {
                true => out.gap("no export says whether what it holds is privileged"),
                false => out.passes(),
            }
            continue;
        }
        match account.mfa {
            Mfa::None => out.account(
                index,
                Severity::High,
                "it is privileged and has no second factor".to_owned(),
            ),
            Mfa::Unknown => out.gap("no export tells its second factor"),
            _ => out.passes(),
        }
    }
}

/// The systems of which an export tells what is privileged, of whomever it leaves out, too.
fn systems_with_privileges(population: &Population) -> HashSet<&str> {
    let mut systems = HashSet::new();
    for grant in &population.grants {
        let source = population.source(grant.place.source);
        // One that lists each account with what it holds says nothing about those that it leaves out.
        let tells = |source: &SourceInfo| {
            source.knows.has(Knows::PRIVILEGED) && source.kind != "aws-authorization"
        };
        if source.is_some_and(tells)
            && let Some(account) = population.accounts.get(grant.account as usize)
        {
            systems.insert(account.system.as_str());
        }
    }
    systems
}
