//! An enabled account that nobody has used for a long time.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::kernel::time::{Timestamp, humanize};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::{Account, Grant, Kind, Truth, When};
use crate::review::risk::{Context, Verdict, finding, with_enabled, with_entitlements};

pub(super) static RULE: Rule = Rule {
    id: "dormant-access",
    title: "an enabled account has not been used for a long time",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("dormant_access.md"),
};

pub(super) fn evaluate(account: &Account, context: &Context) -> Verdict {
    // An emergency account is meant to lie still.
    if account.enabled() == Truth::No || account.kind() == Kind::Breakglass {
        return Verdict::OutOfScope;
    }
    if !context.columns.last_used {
        return Verdict::NotEvaluable("the export has no column `last_used`".to_owned());
    }
    let limit = context.now.minus(context.options.dormant_after);
    let mut last: Option<(Timestamp, &Grant)> = None;
    for grant in &account.grants {
        match grant.last_used.time() {
            Some(time) if time > context.now => {
                let day = time.day();
                return Verdict::NotEvaluable(format!(
                    "its last use, {day}, lies after the time of this review"
                ));
            }
            Some(time) if last.is_none_or(|(latest, _)| time > latest) => {
                last = Some((time, grant))
            }
            _ => {}
        }
    }
    if last.is_some_and(|(time, _)| time >= limit) {
        return Verdict::Passes;
    }
    if let Some(why) = unknown_use(account, context) {
        return Verdict::NotEvaluable(why);
    }
    match last {
        Some((time, grant)) => {
            let ago = humanize(context.now.since(time));
            fires(
                account,
                grant,
                &format!("was used last {ago} ago, on {}", time.day()),
            )
        }
        None => never_used(account, context, limit),
    }
}

/// Why an absent time does not prove an absent use.
fn unknown_use(account: &Account, context: &Context) -> Option<String> {
    if account
        .grants
        .iter()
        .any(|grant| grant.last_used == When::Unreadable)
    {
        return Some("its last use is unreadable".to_owned());
    }
    let empty = account
        .grants
        .iter()
        .any(|grant| grant.last_used == When::Empty);
    match context.options.usage_window {
        _ if !empty => None,
        Some(window) if window >= context.options.dormant_after => None,
        Some(window) => Some(format!(
            "the export gives no last use, and the log behind it covers {} only",
            humanize(window)
        )),
        None => Some(
            "the export gives no last use, and it is not known how far the log behind it reaches"
                .to_owned(),
        ),
    }
}

/// An account that was made lately has had no time to be used.
fn never_used(account: &Account, context: &Context, limit: Timestamp) -> Verdict {
    let Some(grant) = account.grants.first() else {
        return Verdict::OutOfScope;
    };
    let granted: Option<Vec<Timestamp>> = account.grants.iter().map(|g| g.granted.time()).collect();
    match granted.and_then(|times| times.into_iter().min()) {
        None => Verdict::NotEvaluable(
            "it was never used, and the export does not say when it was granted".to_owned(),
        ),
        Some(first) if first > context.now => Verdict::NotEvaluable(format!(
            "it was never used, and its grant, {}, lies after the time of this review",
            first.day()
        )),
        Some(first) if first > limit => Verdict::Passes,
        Some(first) => {
            let ago = humanize(context.now.since(first));
            let message = match context.options.usage_window {
                Some(window) if account.grants.iter().any(|g| g.last_used == When::Empty) => {
                    format!(
                        "has no use in the {} that the log covers, and was granted {ago} ago",
                        humanize(window)
                    )
                }
                _ => format!("was never used, and was granted {ago} ago"),
            };
            fires(account, grant, &message)
        }
    }
}

fn fires(account: &Account, grant: &Grant, what: &str) -> Verdict {
    let message = format!("`{}` {what}", account.label());
    let finding = finding(&RULE, account, grant, message)
        .help("ask its person whether it is still needed; if not, remove it, if so, let that be the reviewer's decision");
    let finding = with_entitlements(with_enabled(finding, account), account);
    Verdict::Fires(Box::new(finding))
}

/// The same for the accounts of a campaign.
pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, account) in population.accounts.iter().enumerate() {
        if account.enabled == Truth::No || account.kind == Kind::Breakglass {
            continue;
        }
        let thresholds = &inputs.policy.thresholds;
        let span = if account.system.starts_with("entra") {
            thresholds.dormant_entra
        } else {
            thresholds.dormant
        };
        let limit = inputs.now.minus(span);
        let mut used = account.last_used;
        for grant in population.held(index) {
            used = used.latest(When::from_code(grant.last_used));
        }
        if let Some(time) = used.time() {
            if time > inputs.now {
                out.gap("its last use lies after the opening");
            } else if time >= limit {
                out.passes();
            } else {
                let ago = humanize(inputs.now.since(time));
                out.account(
                    index,
                    Severity::Medium,
                    format!("used last {ago} ago, on {}", time.day()),
                );
            }
            continue;
        }
        if !account.knows.has(Knows::LAST_USED) {
            out.gap("no export of its system tells the last use");
        } else if used == When::Unreadable {
            out.gap("its last use is unreadable");
        } else if used == When::Empty && account.covered.time().is_none_or(|from| from > limit) {
            out.gap("it is not known how far the log behind the last use reaches");
        } else {
            unused(inputs, out, (index, limit));
        }
    }
}

/// An account that was made lately has had no time to be used.
fn unused(inputs: &Inputs, out: &mut Out, (index, limit): (usize, Timestamp)) {
    let population = inputs.population;
    let created = population
        .accounts
        .get(index)
        .and_then(|account| account.created.time());
    let granted = population
        .held(index)
        .iter()
        .filter_map(|grant| When::from_code(grant.granted).time());
    match created.or(granted.min()) {
        None => out.gap("it was never used, and no export says since when it is there"),
        Some(since) if since > limit => out.passes(),
        Some(since) => {
            let text = format!("never used, and there since {}", since.day());
            out.account(index, Severity::Medium, text);
        }
    }
}
