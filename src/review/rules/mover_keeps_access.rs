//! Access that a person brought along from an earlier role.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out, identity};
use crate::review::campaign::peers::Peers;
use crate::review::model::Join;

pub(super) static RULE: Rule = Rule {
    id: "mover-keeps-access",
    title: "somebody changed role or department and keeps what the old one needed",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("mover_keeps_access.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    let Some(previous) = inputs.previous else {
        out.gaps(
            "there is no campaign before this one",
            population.people.len(),
        );
        return;
    };
    let peers = Peers::new(population);
    for (index, account) in population.accounts.iter().enumerate() {
        let Join::Person { index: person, .. } = account.person else {
            continue;
        };
        let Some(now) = population.people.get(person) else {
            continue;
        };
        // Addresses change with a move, ids do not.
        let mut keys = [&now.employee_id, &now.email].into_iter().flatten();
        let before = keys.find_map(|key| previous.people.get(&key.to_lowercase()));
        let Some((department, title)) = before else {
            continue;
        };
        if *department == now.department && *title == now.title {
            out.passes();
            continue;
        }
        for grant in population.grants_of(index) {
            let Some(held) = population.grants.get(grant) else {
                continue;
            };
            if !previous.grants.contains_key(&identity(population, held)) {
                continue;
            }
            let Some(share) = peers.share(person, held.entitlement, inputs.policy.thresholds.peers)
            else {
                out.gap("too few peers in the new department and title");
                continue;
            };
            if share.is_unusual(inputs.policy.thresholds.peer_share) {
                out.grant(grant, Severity::Medium, format!(
                    "{} moved from {title} in {department} to {} in {} and keeps it; {} hold it there",
                    now.label(), now.title, now.department, share.words(),
                ));
            } else {
                out.passes();
            }
        }
    }
}
