//! A grant that hardly any peer holds.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::campaign::peers::Peers;
use crate::review::model::Join;

pub(super) static RULE: Rule = Rule {
    id: "peer-outlier",
    title: "hardly any peer holds it",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("peer_outlier.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    let peers = Peers::new(population);
    let thresholds = &inputs.policy.thresholds;
    for (index, grant) in population.grants.iter().enumerate() {
        let account = population.accounts.get(grant.account as usize);
        let Some(Join::Person { index: person, .. }) = account.map(|account| &account.person)
        else {
            continue;
        };
        match peers.share(*person, grant.entitlement, thresholds.peers) {
            None => out.gap("too few people of the same department and title"),
            Some(share) if share.is_unusual(thresholds.peer_share) => {
                let text = format!(
                    "{} of the same department and title hold it (z {})",
                    share.words(),
                    share.z()
                );
                out.grant(index, Severity::Low, text);
            }
            Some(_) => out.passes(),
        }
    }
}
