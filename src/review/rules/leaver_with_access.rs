//! An account that is still enabled though its person has left.

use std::collections::HashSet;
use std::time::Duration;

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;
use crate::review::campaign::assign::has_left;
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::population::{Person, Population};
use crate::review::model::{Account, Employment, Identity, Join, Kind, Truth, When};
use crate::review::risk::{Context, Verdict, finding, person, with_enabled, with_entitlements};

pub(super) static RULE: Rule = Rule {
    id: "leaver-with-access",
    title: "someone who has left still has an enabled account",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("leaver_with_access.md"),
};

/// After this long it is critical.
const GRACE: Duration = Duration::from_secs(24 * 3_600);

pub(super) fn evaluate(account: &Account, context: &Context) -> Verdict {
    if account.enabled() == Truth::No {
        return Verdict::OutOfScope;
    }
    let Some((identity, by)) = person(account, context) else {
        return match &account.person {
            Join::Unclear { why } => Verdict::NotEvaluable(why.clone()),
            Join::NotNamed if account.kind() == Kind::Service => Verdict::OutOfScope,
            // Nobody is judged to have left; that the account is nobody's is another rule's finding.
            _ => Verdict::NotEvaluable("it belongs to nobody on the roster".to_owned()),
        };
    };
    match departure(identity, context) {
        Departure::Stays => Verdict::Passes,
        Departure::Unknown(why) => Verdict::NotEvaluable(why.to_owned()),
        Departure::Left(since) => {
            fires(account, identity, since, context).map_or(Verdict::OutOfScope, |finding| {
                let finding = finding.because(format!("joined by {by}"));
                Verdict::Fires(Box::new(finding))
            })
        }
    }
}

/// Whether a person has left.
pub(super) enum Departure {
    /// Not as far as the roster goes.
    Stays,
    /// Yes, and for how long, where that is known.
    Left(Option<Duration>),
    /// It cannot be said, and why not.
    Unknown(&'static str),
}

/// What the roster says: its status or its end date, whichever is worse.
pub(super) fn departure(identity: &Identity, context: &Context) -> Departure {
    if !context.has_status && !context.has_end_dates {
        return Departure::Unknown("the roster has neither a column `status` nor `end_date`");
    }
    let ended = identity.ended.end();
    let gone_for = ended.filter(|end| *end <= context.now);
    let gone_for = gone_for.map(|end| context.now.since(end));
    match (identity.status, identity.ended) {
        (Employment::Left, _) => Departure::Left(gone_for),
        _ if gone_for.is_some() => Departure::Left(gone_for),
        (_, When::Unreadable) => Departure::Unknown("the end date on the roster is unreadable"),
        (Employment::Unknown, When::Empty) if context.has_status => {
            Departure::Unknown("the roster gives neither a status that we know nor an end date")
        }
        _ => Departure::Stays,
    }
}

fn fires(
    account: &Account,
    identity: &Identity,
    since: Option<Duration>,
    context: &Context,
) -> Option<Finding> {
    let grant = account.grants.first()?;
    let mut finding = finding(&RULE, account, grant, message(account, identity, since))
        .help("disable the account today, end its sessions and revoke its keys and tokens");
    finding.related.push(identity.origin.location(format!(
        "status `{}`, end date `{}`",
        identity.status.name(),
        identity.ended.text()
    )));
    match since {
        Some(since) if since > GRACE => finding.severity = Severity::Critical,
        Some(_) => {}
        None => finding.confidence = Confidence::Medium,
    }
    let facts = doubts(identity, since).into_iter();
    let facts = facts.chain(used_after(account, identity, context));
    finding.evidence.extend(facts);
    Some(with_entitlements(with_enabled(finding, account), account))
}

fn message(account: &Account, identity: &Identity, since: Option<Duration>) -> String {
    let left = match since {
        None => "has left".to_owned(),
        Some(since) if since.is_zero() => "has just left".to_owned(),
        Some(since) => format!("left {} ago", humanize(since)),
    };
    format!(
        "{} {left} but `{}` is enabled",
        identity.label(),
        account.label()
    )
}

/// Where the roster contradicts itself or says too little.
fn doubts(identity: &Identity, since: Option<Duration>) -> Option<String> {
    let doubt = match (since, identity.status) {
        (Some(_), Employment::Active) => "the roster still says `active`",
        (Some(_), _) => return None,
        (None, _) if identity.ended.time().is_some() => {
            "the roster says that the person has left, but its end date is still to come"
        }
        (None, _) => "the roster gives no end date, so that it is not known for how long",
    };
    Some(doubt.to_owned())
}

fn used_after(account: &Account, identity: &Identity, context: &Context) -> Option<String> {
    let end = identity.ended.end()?;
    let uses = account
        .grants
        .iter()
        .filter_map(|grant| grant.last_used.time());
    let used = uses
        .filter(|used| *used > end && *used <= context.now)
        .max()?;
    Some(format!("it was used on {} after the end date", used.day()))
}

/// The same for the accounts of a campaign.
pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    if !population.knows().has(Knows::END_DATES) {
        out.gaps(
            "no roster tells end dates or who has left",
            population.accounts.len(),
        );
        return;
    }
    let rosters = Rosters::of(population);
    for (index, account) in population.accounts.iter().enumerate() {
        if account.enabled == Truth::No {
            out.passes();
            continue;
        }
        let person = match &account.person {
            Join::Person { index, .. } => population.people.get(*index),
            Join::Unclear { why } => {
                out.gap(why.clone());
                continue;
            }
            // A program's; its owner is another rule's.
            Join::NotNamed if account.is_non_human() => continue,
            _ => None,
        };
        let Some(person) = person else {
            out.gap("it belongs to nobody on the roster");
            continue;
        };
        if !has_left(person, inputs.now) {
            match rosters.doubt(person) {
                Some(why) => out.gap(why),
                None => out.passes(),
            }
            continue;
        }
        let grace = inputs.policy.thresholds.leaver;
        let over = person
            .ended
            .end()
            .is_none_or(|end| inputs.now.since(end) > grace);
        let severity = if over {
            Severity::Critical
        } else {
            Severity::High
        };
        let when = match person.ended.time() {
            Some(day) => format!("left on {}", day.day()),
            None => "has left".to_owned(),
        };
        let enabled = if account.enabled == Truth::Unknown {
            " (no export says whether it is enabled)"
        } else {
            ""
        };
        out.account(
            index,
            severity,
            format!("{} {when} and still has it{enabled}", person.label()),
        );
    }
}

/// What the rosters tell.
struct Rosters {
    dated: HashSet<u32>,
    with_status: HashSet<u32>,
}

impl Rosters {
    fn of(population: &Population) -> Self {
        let sources = population.sources.iter();
        let dated = sources.filter(|source| source.knows.has(Knows::END_DATES));
        let people = population.people.iter();
        let with_status = people.filter(|person| person.status != Employment::Unknown);
        Self {
            dated: dated.map(|source| source.id).collect(),
            with_status: with_status.map(|person| person.place.source).collect(),
        }
    }

    /// Why it is not known whether somebody has left, who has not as far as can be seen.
    fn doubt(&self, person: &Person) -> Option<&'static str> {
        match (person.status, person.ended) {
            _ if !self.dated.contains(&person.place.source) => {
                Some("the roster that names its person tells neither end dates nor who has left")
            }
            (_, When::Unreadable) => Some("the end date on the roster is unreadable"),
            (Employment::Unknown, When::Empty)
                if self.with_status.contains(&person.place.source) =>
            {
                Some("the roster gives neither a status that we know nor an end date")
            }
            _ => None,
        }
    }
}
