//! Intentions that allow the source `*`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::consul::Action;

pub(super) static RULE: Rule = Rule {
    id: "consul-intention-allows-everyone",
    title: "an intention of Consul allows everyone",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("consul_intention_allows_everyone.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for intentions in &model.mesh.consul.intentions {
        let mut sources = intentions.sources.iter();
        let open = sources.find(|one| {
            one.name == "*" && one.elsewhere.is_none() && matches!(one.action, Some((Action::Allow, _)))
        });
        let Some(source) = open else {
            continue;
        };
        let what = match intentions.destination {
            "*" => "allows every service to call every service".to_owned(),
            name => format!("allows every service to call `{name}`"),
        };
        found.push(
            intentions
                .resource
                .finding(&RULE, (source.name_span, "everyone"), what)
                .help("name the services that may call"),
        );
    }
}
