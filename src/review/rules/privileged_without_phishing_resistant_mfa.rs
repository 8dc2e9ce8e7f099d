//! A privileged account whose factor can be phished.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::{Kind, Mfa, Truth};

pub(super) static RULE: Rule = Rule {
    id: "privileged-without-phishing-resistant-mfa",
    title: "a privileged account has no factor that withstands phishing",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("privileged_without_phishing_resistant_mfa.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, account) in population.accounts.iter().enumerate() {
        if account.enabled == Truth::No
            || account.kind == Kind::Service
            || !population.is_privileged(index)
        {
            continue;
        }
        match account.mfa {
            Mfa::Fido2 => out.passes(),
            Mfa::None => {}
            Mfa::Unknown | Mfa::Unspecified => out.gap("no export says which factor it is"),
            weak => out.account(
                index,
                Severity::Medium,
                format!("its strongest factor is {}", weak.name()),
            ),
        }
    }
}
