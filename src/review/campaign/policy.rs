//! The policy as code, `review.toml`: how long, who decides, what is a risk. An unknown key is an error.
//!
//! ```toml
//! name = "2026 Q4"
//! duration = "14d"
//! fallback = "grc@acme.example"
//! strategy = "all-must-accept"
//! undecided = "revoke"
//!
//! [[stage]]
//! reviewers = "manager"
//!
//! [[stage]]
//! reviewers = "owner"
//! strategy = "one-deny-denies"
//!
//! [[owner]]
//! of = "aws:*/policy/*"
//! is = "platform-lead@acme.example"
//!
//! [cadence]
//! critical = "30d"
//! none = "365d"
//!
//! [[sod]]
//! name = "pays what they enter"
//! holds = ["erp/role/enter-invoice", "erp/role/approve-payment"]
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::check::rank;
use super::outcome::{Outcome, Strategy};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::finding::Severity;
use crate::kernel::time::{Timestamp, parse_duration};

/// What cannot be used of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(pub String);

/// Who is asked in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// The manager, climbing until someone else is found; then the owner, then the fallback.
    Manager,
    /// The owner of the resource; then the manager, then the fallback.
    Owner,
    /// The fallback alone.
    Fallback,
}

/// A stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Who is asked.
    pub asks: Asks,
    /// How their answers come to one outcome.
    pub strategy: Strategy,
    /// The outcomes after which no further stage is asked.
    pub stop_on: Vec<Outcome>,
}

/// What becomes of items without an outcome when the campaign closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undecided {
    /// They are revoked.
    Revoke,
    /// They stay, and are reported as not reviewed.
    Keep,
}

/// People may hold some of these, but not all, or not as many.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// What it is called.
    pub name: String,
    /// Patterns over `system/kind/name`.
    pub holds: Vec<String>,
    /// How many of them are too many; all unless said.
    #[serde(default)]
    pub at_least: Option<usize>,
}

/// The way in which access may come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// A pattern over `system/kind/name`.
    pub of: String,
    /// Patterns over the first step of the path, such as `group access-*`.
    pub through: Vec<String>,
}

/// Who answers for resources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// A pattern over `system/kind/name`.
    pub of: String,
    /// An id or an address.
    pub is: String,
}

/// From when on something is a risk.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// An account without use for longer is dormant.
    pub dormant: Duration,
    /// The same in Entra, whose logs reach less far.
    pub dormant_entra: Duration,
    /// A grant without use that is older was never needed.
    pub never_used: Duration,
    /// A key that was not changed for longer is too old.
    pub key_age: Duration,
    /// A leaver's access that is still there after this is critical.
    pub leaver: Duration,
    /// An export that is older says nothing about today.
    pub stale: Duration,
    /// Fewer peers say nothing.
    pub peers: usize,
    /// What fewer peers in a hundred hold is unusual.
    pub peer_share: usize,
    /// A reviewer who decides faster, on average, does not read.
    pub seconds_per_decision: u64,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The campaign's name.
    pub name: String,
    /// How long it lasts; it ends at the end of a day.
    pub duration: Duration,
    /// The offset from UTC in which days end, in minutes.
    pub offset: i64,
    /// Who decides where nobody else can.
    pub fallback: Vec<String>,
    /// The stages, at least one.
    pub stages: Vec<Stage>,
    /// How the stages come to one outcome.
    pub strategy: Strategy,
    /// The outcome where nobody could be asked.
    pub no_reviewer: Outcome,
    /// What becomes of what nobody decided.
    pub undecided: Undecided,
    /// The most items of one reviewer; none is left out, more is said.
    pub max_items: usize,
    /// When those who owe are reminded, before the deadline.
    pub remind: Vec<Duration>,
    /// After how long the next manager is asked, too.
    pub escalate_after: Duration,
    /// Thresholds.
    pub thresholds: Thresholds,
    /// How often access is reviewed, by its worst finding's severity from 1; 0 for none. What is not named has no cadence.
    pub cadence: BTreeMap<u8, Duration>,
    /// Alias domains of addresses.
    pub same_domains: BTreeMap<String, String>,
    /// Owners of resources.
    pub owners: Vec<Owner>,
    /// Separation of duties.
    pub sod: Vec<Conflict>,
    /// Combinations that are a risk by themselves.
    pub toxic: Vec<Conflict>,
    /// Approved paths.
    pub approved: Vec<Approved>,
    /// The digest of the file.
    pub sha256: String,
    /// The file.
    pub text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    name: String,
    duration: Option<String>,
    time_zone: Option<String>,
    fallback: Option<Texts>,
    strategy: Option<Strategy>,
    no_reviewer: Option<Outcome>,
    undecided: Option<Undecided>,
    max_items: Option<usize>,
    remind: Option<Vec<String>>,
    escalate_after: Option<String>,
    stop_on: Option<Vec<Outcome>>,
    advance_on: Option<Vec<Outcome>>,
    stage: Vec<StageFile>,
    thresholds: BTreeMap<String, toml::Value>,
    cadence: BTreeMap<String, String>,
    same_domains: BTreeMap<String, String>,
    owner: Vec<Owner>,
    sod: Vec<Conflict>,
    toxic: Vec<Conflict>,
    approved: Vec<Approved>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageFile {
    reviewers: Asks,
    #[serde(default)]
    strategy: Option<Strategy>,
    #[serde(default)]
    stop_on: Option<Vec<Outcome>>,
    #[serde(default)]
    advance_on: Option<Vec<Outcome>>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with what is wrong, and where the file says so.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let line = line.map_or(String::new(), |line| format!("line {line}: "));
            PolicyError(format!("{line}{}", error.message()))
        })?;
        let strategy = file.strategy.unwrap_or(Strategy::AllMustAccept);
        let campaign_stop = stops(file.stop_on, file.advance_on);
        let mut stages: Vec<Stage> = file
            .stage
            .into_iter()
            .map(|stage| {
                let own = stage.strategy.unwrap_or(strategy);
                // A stage's value replaces the campaign's.
                let stop = stops(stage.stop_on, stage.advance_on).or_else(|| campaign_stop.clone());
                Stage {
                    asks: stage.reviewers,
                    strategy: own,
                    stop_on: stop.unwrap_or_else(|| own.stops_on().to_vec()),
                }
            })
            .collect();
        if stages.is_empty() {
            stages.push(Stage {
                asks: Asks::Manager,
                strategy,
                stop_on: strategy.stops_on().to_vec(),
            });
        }
        let fallback = match file.fallback {
            None => {
                return Err(PolicyError(
                    "`fallback` is missing: who decides where nobody else can".to_owned(),
                ));
            }
            Some(Texts::One(one)) => vec![one],
            Some(Texts::Several(several)) => several,
        };
        for conflict in file.sod.iter().chain(&file.toxic) {
            let needed = conflict.at_least.unwrap_or(conflict.holds.len());
            if conflict.holds.len() < 2 || needed < 2 || needed > conflict.holds.len() {
                return Err(PolicyError(format!(
                    "`{}` must hold at least two, and `at_least` be between 2 and their number",
                    conflict.name
                )));
            }
        }
        let span = |text: Option<String>, usual: &str| {
            parse_duration(text.as_deref().unwrap_or(usual)).map_err(|e| PolicyError(e.to_string()))
        };
        let remind = file
            .remind
            .unwrap_or_else(|| vec!["48h".to_owned(), "12h".to_owned()]);
        let remind: Result<Vec<Duration>, PolicyError> = remind
            .into_iter()
            .map(|text| span(Some(text), ""))
            .collect();
        Ok(Self {
            name: if file.name.is_empty() {
                "access review".to_owned()
            } else {
                file.name
            },
            duration: span(file.duration, "14d")?,
            offset: offset(file.time_zone.as_deref().unwrap_or("+00:00"))?,
            fallback,
            stages,
            strategy,
            no_reviewer: file.no_reviewer.unwrap_or(Outcome::NoResponse),
            undecided: file.undecided.unwrap_or(Undecided::Revoke),
            max_items: file.max_items.unwrap_or(1_000),
            remind: remind?,
            escalate_after: span(file.escalate_after, "7d")?,
            thresholds: thresholds(&file.thresholds)?,
            cadence: cadence(&file.cadence)?,
            same_domains: file
                .same_domains
                .into_iter()
                .map(|(a, b)| (a.to_lowercase(), b.to_lowercase()))
                .collect(),
            owners: file.owner,
            sod: file.sod,
            toxic: file.toxic,
            approved: file.approved,
            sha256: hex(&sha256(text.as_bytes())),
            text: text.to_owned(),
        })
    }

    /// The deadline of a campaign opened then: opening plus duration, at the end of that day in the policy's time zone.
    pub fn deadline(&self, opened: Timestamp) -> Timestamp {
        let end = opened.plus(self.duration).unix() + self.offset * 60;
        let day_ends = (end.div_euclid(86_400) + 1) * 86_400 - 1 - self.offset * 60;
        Timestamp::from_unix(day_ends).unwrap_or(Timestamp::MAX)
    }
}

/// Stop and advance are two sides of one choice; where both are given, stop wins.
fn stops(stop: Option<Vec<Outcome>>, advance: Option<Vec<Outcome>>) -> Option<Vec<Outcome>> {
    match (stop, advance) {
        (Some(stop), _) => Some(stop),
        (None, Some(advance)) => {
            let others = Outcome::ALL
                .into_iter()
                .filter(|outcome| !advance.contains(outcome));
            Some(others.collect())
        }
        (None, None) => None,
    }
}

fn offset(text: &str) -> Result<i64, PolicyError> {
    let wrong = || {
        PolicyError(format!(
            "`time_zone` is `{text}`, but an offset such as `+01:00` is meant"
        ))
    };
    let sign = match text.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Err(wrong()),
    };
    let (hours, minutes) = text
        .get(1..)
        .and_then(|rest| rest.split_once(':'))
        .ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.len() == 2);
    let (hours, minutes) = (
        number(hours).ok_or_else(wrong)?,
        number(minutes).ok_or_else(wrong)?,
    );
    if hours > 14 || minutes > 59 {
        return Err(wrong());
    }
    Ok(sign * (hours * 60 + minutes))
}

fn cadence(given: &BTreeMap<String, String>) -> Result<BTreeMap<u8, Duration>, PolicyError> {
    let tier = |name: &str| match name {
        "none" => Some(0),
        name => {
            let known = Severity::ALL.into_iter().find(|known| known.name() == name);
            known.map(rank)
        }
    };
    let each = given.iter().map(|(name, text)| {
        let unknown = || {
            let names = "critical, high, medium, low, info, none";
            PolicyError(format!(
                "`cadence` has no tier `{name}`; the tiers are {names}"
            ))
        };
        let tier = tier(name).ok_or_else(unknown)?;
        let span = parse_duration(text).map_err(|error| PolicyError(error.to_string()))?;
        Ok((tier, span))
    });
    each.collect()
}

fn thresholds(given: &BTreeMap<String, toml::Value>) -> Result<Thresholds, PolicyError> {
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let mut all = Thresholds {
        dormant: days(90),
        dormant_entra: days(30),
        never_used: days(90),
        key_age: days(90),
        leaver: days(1),
        stale: days(7),
        peers: 5,
        peer_share: 10,
        seconds_per_decision: 3,
    };
    for (name, value) in given {
        let wrong = |what: &str| PolicyError(format!("the threshold `{name}` is not {what}"));
        let span = || {
            let text = value
                .as_str()
                .ok_or_else(|| wrong("a duration such as `90d`"))?;
            parse_duration(text).map_err(|error| PolicyError(error.to_string()))
        };
        let number = || {
            let number = value
                .as_integer()
                .and_then(|number| usize::try_from(number).ok());
            number.ok_or_else(|| wrong("a whole number"))
        };
        match name.as_str() {
            "dormant" => all.dormant = span()?,
            "dormant_entra" => all.dormant_entra = span()?,
            "never_used" => all.never_used = span()?,
            "key_age" => all.key_age = span()?,
            "leaver" => all.leaver = span()?,
            "stale" => all.stale = span()?,
            "peers" => all.peers = number()?.max(2),
            "peer_share" => all.peer_share = number()?.min(100),
            "seconds_per_decision" => all.seconds_per_decision = number()? as u64,
            _ => return Err(PolicyError(format!("there is no threshold `{name}`"))),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_end_with_the_day_of_the_policy() {
        let at = |text| Timestamp::parse(text).unwrap();
        let policy = |zone: &str| {
            Policy::read(&format!(
                "duration = \"14d\"\ntime_zone = \"{zone}\"\nfallback = \"a@b\"\n"
            ))
            .unwrap()
        };
        let opened = at("2026-11-22T09:00:00Z");
        assert_eq!(
            policy("+00:00").deadline(opened),
            at("2026-12-06T23:59:59Z")
        );
        assert_eq!(
            policy("+02:00").deadline(opened),
            at("2026-12-06T21:59:59Z")
        );
        assert_eq!(
            policy("-05:00").deadline(at("2026-11-22T03:00:00Z")),
            at("2026-12-06T04:59:59Z")
        );
    }

    #[test]
    fn stop_and_advance_are_complements_and_stop_wins() {
        let policy = Policy::read(
            "fallback = \"a@b\"\nstrategy = \"one-accept-accepts\"\n\
             [[stage]]\nreviewers = \"manager\"\n\
             [[stage]]\nreviewers = \"owner\"\nadvance_on = [\"accept\", \"reduce\"]\n\
             [[stage]]\nreviewers = \"owner\"\nadvance_on = [\"accept\"]\nstop_on = [\"revoke\"]\n",
        )
        .unwrap();
        let stops: Vec<&[Outcome]> = policy
            .stages
            .iter()
            .map(|stage| stage.stop_on.as_slice())
            .collect();
        assert_eq!(stops[0], [Outcome::Accept]);
        assert_eq!(
            stops[1],
            [Outcome::Revoke, Outcome::NotDecided, Outcome::NoResponse]
        );
        assert_eq!(stops[2], [Outcome::Revoke]);
    }

    #[test]
    fn what_is_not_meant_is_refused_where_it_stands() {
        for (text, says) in [
            ("name = \"x\"", "`fallback` is missing"),
            (
                "fallback = \"a\"\nduratoin = \"1d\"",
                "line 2: unknown field `duratoin`",
            ),
            ("fallback = \"a\"\nduration = \"soon\"", "not a duration"),
            ("fallback = \"a\"\ntime_zone = \"CET\"", "an offset"),
            (
                "fallback = \"a\"\n[thresholds]\ndormnat = \"1d\"",
                "no threshold `dormnat`",
            ),
            (
                "fallback = \"a\"\n[thresholds]\npeers = \"1d\"",
                "not a whole number",
            ),
            (
                "fallback = \"a\"\n[[sod]]\nname = \"s\"\nholds = [\"x\"]",
                "at least two",
            ),
            ("fallback = \"a\"\nstrategy = \"majority\"", "line 2"),
            (
                "fallback = \"a\"\n[cadence]\nhihg = \"30d\"",
                "no tier `hihg`",
            ),
            (
                "fallback = \"a\"\n[cadence]\nhigh = \"often\"",
                "not a duration",
            ),
        ] {
            let error = Policy::read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
