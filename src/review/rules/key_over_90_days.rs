//! A key that was not changed for a long time.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::kernel::time::{Timestamp, humanize};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::{Account, Grant, Truth, When};
use crate::review::risk::{Context, Verdict, finding, with_enabled, with_entitlements};

pub(super) static RULE: Rule = Rule {
    id: "key-over-90-days",
    title: "a key has not been changed for a long time",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("key_over_90_days.md"),
};

pub(super) fn evaluate(account: &Account, context: &Context) -> Verdict {
    if account.enabled() == Truth::No {
        return Verdict::OutOfScope;
    }
    if !context.columns.keys {
        let why = "the export has neither a column `key_created` nor `key_last_rotated`";
        return Verdict::NotEvaluable(why.to_owned());
    }
    let keys: Vec<(Key, &Grant)> = account
        .grants
        .iter()
        .map(|grant| (key(grant), grant))
        .collect();
    let oldest = keys.iter().filter_map(|(key, grant)| match key {
        Key::Since(time) => Some((*time, *grant)),
        _ => None,
    });
    let oldest = oldest.min_by_key(|(time, _)| *time);
    let limit = context.now.minus(context.options.key_max_age);
    if let Some((time, grant)) = oldest
        && time < limit
    {
        return fires(account, grant, time, context);
    }
    if keys.iter().any(|(key, _)| matches!(key, Key::Unreadable)) {
        return Verdict::NotEvaluable("the date of its key is unreadable".to_owned());
    }
    let ahead = keys
        .iter()
        .any(|(key, _)| matches!(key, Key::Since(time) if *time > context.now));
    match oldest {
        _ if ahead => Verdict::NotEvaluable(
            "the date of its key lies after the time of this review".to_owned(),
        ),
        Some(_) => Verdict::Passes,
        None => Verdict::OutOfScope,
    }
}

enum Key {
    None,
    Unreadable,
    Since(Timestamp),
}

/// A key is as old as its last change, or else as its making.
fn key(grant: &Grant) -> Key {
    match (grant.key_rotated, grant.key_created) {
        (When::Unreadable, _) => Key::Unreadable,
        (rotated, created) => match (rotated.time().or(created.time()), created) {
            (Some(time), _) => Key::Since(time),
            (None, When::Unreadable) => Key::Unreadable,
            (None, _) if rotated == When::Never => Key::Unreadable,
            (None, _) => Key::None,
        },
    }
}

fn fires(account: &Account, grant: &Grant, since: Timestamp, context: &Context) -> Verdict {
    let message = format!(
        "the key of `{}` is {} old; the limit is {}",
        account.label(),
        humanize(context.now.since(since)),
        humanize(context.options.key_max_age)
    );
    let finding = finding(&RULE, account, grant, message)
        .because(format!("it was made or last changed on {}", since.day()))
        .help("make a new key, move its users to it, and delete the old one; better, use credentials that expire by themselves");
    let finding = with_entitlements(with_enabled(finding, account), account);
    Verdict::Fires(Box::new(finding))
}

/// The same for the accounts of a campaign.
pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let limit = inputs.now.minus(inputs.policy.thresholds.key_age);
    for (index, account) in inputs.population.accounts.iter().enumerate() {
        if !account.knows.has(Knows::KEYS) {
            out.gap("no export of its system tells the age of keys");
            continue;
        }
        match account.key_rotated {
            When::Unreadable => out.gap("the age of its key is unreadable"),
            When::Empty | When::Never => out.passes(),
            When::Day(time) | When::At(time) if time > inputs.now => {
                out.gap("its key was changed after the opening")
            }
            When::Day(time) | When::At(time) if time >= limit => out.passes(),
            When::Day(time) | When::At(time) => {
                let unused = account.key_used.time().is_none_or(|used| used < limit);
                let unused = if unused && account.key_used != When::Empty {
                    ", and has not been used for as long"
                } else {
                    ""
                };
                let age = humanize(inputs.now.since(time));
                out.account(
                    index,
                    Severity::Medium,
                    format!("its key was changed last {age} ago{unused}"),
                );
            }
        }
    }
}
