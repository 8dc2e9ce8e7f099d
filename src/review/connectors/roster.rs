//! The HR roster and the list of grants of `review run`, as facts of a campaign.

use std::sync::Arc;

use super::{Options, grants, hr_roster};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows, PersonFact, count};
use crate::review::model::{Mfa, When};

/// Reads an HR roster in CSV.
pub(super) fn people(source: &Arc<Source>, _options: &Options) -> Result<Facts, ReviewError> {
    let roster = hr_roster::read(source)?;
    let mut knows = Knows::default();
    if roster.has_end_dates || roster.has_status {
        knows = Knows::END_DATES;
    }
    let mut facts = Facts::new(roster.sheet, knows);
    for person in roster.identities {
        facts.people.push(PersonFact {
            employee_id: person.employee_id,
            name: person.name,
            email: person.email,
            department: person.department,
            title: person.title,
            manager: person.manager,
            status: person.status,
            started: person.started,
            ended: person.ended,
            row: count(person.origin.line),
        });
    }
    Ok(facts)
}

/// Reads a list of grants in CSV.
pub(super) fn access(source: &Arc<Source>, _options: &Options) -> Result<Facts, ReviewError> {
    let granted = grants::read(source)?;
    let columns = granted.columns;
    let mut knows = Knows::of(&[Knows::ENABLED, Knows::GRANTED, Knows::KIND, Knows::OWNER]);
    for (there, what) in [
        (columns.privileged, Knows::PRIVILEGED),
        (columns.mfa, Knows::MFA.and(Knows::FACTOR)),
        (columns.last_used, Knows::LAST_USED.and(Knows::GRANT_USED)),
        (columns.keys, Knows::KEYS),
    ] {
        if there {
            knows = knows.and(what);
        }
    }
    let mut facts = Facts::new(granted.sheet, knows);
    for account in granted.accounts {
        let first = account.grants.first().map_or(0, |grant| grant.origin.line);
        let (index, _) = facts.account(&account.system.to_lowercase(), &account.name, count(first));
        let (kind, enabled) = (account.kind(), account.enabled());
        let mut mfa: Option<Mfa> = None;
        let (mut last_used, mut rotated) = (When::Empty, When::Empty);
        for grant in &account.grants {
            let row = count(grant.origin.line);
            let system = account.system.to_lowercase();
            let role = facts.entitlement(&system, EntitlementKind::Role, &grant.entitlement);
            facts.privileged(role, grant.privileged);
            let given = facts.grant(index, role, row);
            given.granted = grant.granted;
            given.last_used = grant.last_used;
            last_used = last_used.latest(grant.last_used);
            // The weakest statement of several rows: no rule is passed by for the strongest.
            if grant.mfa != Mfa::Unknown {
                mfa = Some(mfa.map_or(grant.mfa, |known| known.min(grant.mfa)));
            }
            let changed = match grant.key_rotated {
                When::Empty | When::Never => grant.key_created,
                rotated => rotated,
            };
            // The oldest key counts.
            if let Some(time) = changed.time()
                && rotated.time().is_none_or(|known| time < known)
            {
                rotated = changed;
            } else if rotated == When::Empty {
                rotated = changed;
            }
            let Some(fact) = facts.account_mut(index) else {
                continue;
            };
            fact.email = fact.email.take().or_else(|| grant.email.clone());
            fact.employee_id = fact
                .employee_id
                .take()
                .or_else(|| grant.employee_id.clone());
            fact.owner = fact.owner.take().or_else(|| grant.owner.clone());
        }
        let Some(fact) = facts.account_mut(index) else {
            continue;
        };
        fact.kind = kind;
        fact.enabled = enabled;
        fact.mfa = mfa.unwrap_or_default();
        fact.last_used = last_used;
        fact.key_rotated = rotated;
    }
    Ok(facts)
}
