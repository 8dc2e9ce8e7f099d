//! `trustDomains` and `notTrustDomains`, which ztunnel is never told of.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::{affected, mesh_facts};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-trust-domain-in-ambient",
    title: "ambient mode loses the trust domains of a policy",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("authorization_trust_domain_in_ambient.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let sources = policy.rules.iter().filter_map(|rule| rule.sources.as_ref()).flatten();
        let lost = sources.clone().find_map(|source| {
            let mut matchers = source.matchers.iter();
            let lost = matchers.find(|matcher| matcher.attribute == Attribute::TrustDomain)?;
            Some((lost, source.matchers.len() == 1))
        });
        let Some((matcher, alone)) = lost else {
            continue;
        };
        let ambient = mesh_facts::in_ambient(model, policy);
        if ambient.is_empty() {
            continue;
        }
        let effect = if alone {
            "its source matches nobody"
        } else {
            "every trust domain matches"
        };
        let what = format!(
            "limits trust domains, which ambient mode is never told of: {effect}, for {}",
            affected::workloads(&ambient)
        );
        found.push(
            policy
                .resource
                .finding(&RULE, (matcher.span, "lost in ambient mode"), what)
                .affecting(affected::members(&ambient))
                .help("write the trust domain into `principals`, such as `prod.example/ns/shop/*`"),
        );
    }
}
