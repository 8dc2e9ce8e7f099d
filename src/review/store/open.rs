//! The opening: items, findings, assignments and the deadline become part of the file in one transaction.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::chain::{self, Change, NewEvent};
use super::{Stop, Store, StoreError, explain, schema};
use crate::kernel::crypto::hex;
use crate::kernel::time::Timestamp;

/// One grant under review.
#[derive(Debug, Clone, Copy)]
pub struct ItemIn<'a> {
    /// The given grant it rests on.
    pub given: u32,
    /// The account, from 0.
    pub account: u32,
    /// The entitlement, from 0.
    pub entitlement: u32,
    /// The path, where it is not direct.
    pub path: Option<&'a str>,
    /// The person, from 0, who may not review it.
    pub subject: Option<usize>,
    /// The worst finding's severity, counted from 1; 0 without a finding.
    pub risk: u8,
    /// Whether it is new or different since the last campaign.
    pub changed: bool,
}

/// A reviewer of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The item, from 0.
    pub item: u32,
    /// The person, from 0.
    pub reviewer: u32,
    /// The stage, from 1.
    pub stage: u8,
    /// Why this person.
    pub why: u8,
}

/// A finding to be frozen.
#[derive(Debug, Clone)]
pub struct FindingIn {
    /// The rule.
    pub rule: &'static str,
    /// The severity's place among all, from the mildest.
    pub severity: u8,
    /// The account, from 0.
    pub account: Option<u32>,
    /// The item, from 0.
    pub item: Option<u32>,
    /// What was found.
    pub text: String,
    /// What to do.
    pub help: String,
}

/// A rule that could not judge some subjects for one reason.
#[derive(Debug, Clone)]
pub struct GapIn {
    /// The rule.
    pub rule: &'static str,
    /// Why not.
    pub reason: String,
    /// How many it concerns.
    pub subjects: usize,
}

/// All that an opening writes.
pub struct Opening<'a> {
    /// The items.
    pub items: &'a mut dyn Iterator<Item = ItemIn<'a>>,
    /// Who is asked, by item.
    pub assignments: &'a mut dyn Iterator<Item = Assignment>,
    /// The findings.
    pub findings: &'a [FindingIn],
    /// What could not be judged.
    pub gaps: &'a [GapIn],
    /// The moment after which a decision is late.
    pub deadline: Timestamp,
    /// Who opens it.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
    /// What else is to be remembered: the name, the policy and its digest, counts.
    pub body: Value,
}

impl std::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opening({})", self.now)
    }
}

/// Where a campaign stands.
#[derive(Debug, Clone)]
pub struct State {
    /// Collecting, open or closed.
    pub name: String,
    /// The deadline, in seconds.
    pub deadline: Option<i64>,
    /// What was remembered at its opening: JSON, null before.
    pub opened: Value,
    /// When it was opened, in seconds.
    pub opened_at: Option<i64>,
    /// When it was closed, and what was said then.
    pub closed: Option<(i64, String, Value)>,
}

impl Store {
    /// Freezes the population and opens the campaign.
    ///
    /// # Errors
    /// [`StoreError::State`] if it is open already.
    pub fn freeze(&mut self, opening: Opening) -> Result<i64, StoreError> {
        if self.state()?.name != "collecting" {
            return Err(StoreError::State {
                is: "open already",
                needs: "a campaign is opened once",
            });
        }
        self.write_bulk(schema::ROOM_TO_OPEN, |transaction| {
            freeze(transaction, opening)
        })
    }

    /// Closes the campaign.
    ///
    /// # Errors
    /// [`StoreError::State`] if it is not open.
    pub fn close(&mut self, event: &NewEvent) -> Result<i64, StoreError> {
        if self.state()?.name != "open" {
            return Err(StoreError::State {
                is: "not open",
                needs: "only an open campaign can be closed",
            });
        }
        self.write_original(|transaction| {
            let change = Change {
                state: Some("closed"),
                ..Change::default()
            };
            Ok(chain::append(transaction, event, change)?)
        })
    }

    /// Adds reviewers to items: item id, stage, reviewer's id, why.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where one of them would review themselves.
    pub fn assign(
        &mut self,
        assignments: &[(i64, i64, i64, u8)],
        event: &NewEvent,
    ) -> Result<i64, StoreError> {
        self.write_original(|transaction| {
            let seq: i64 = next(transaction)?;
            let mut insert = transaction.prepare(
                "INSERT INTO assignment (item, stage, reviewer, why, event) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?;
            for (item, stage, reviewer, why) in assignments {
                insert.execute((item, stage, reviewer, why, seq))?;
            }
            Ok(chain::append(transaction, event, Change::default())?)
        })
    }

    /// Where the campaign stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn state(&self) -> Result<State, StoreError> {
        let sql = "SELECT state, deadline FROM campaign";
        let row = self
            .connection
            .query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)));
        let (name, deadline) = row.map_err(|error| explain(&self.path, &error))?;
        let events = self.events()?;
        let body = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let opened = events.iter().find(|event| event.kind == "opened");
        let closed = events.iter().find(|event| event.kind == "closed");
        Ok(State {
            name,
            deadline,
            opened_at: opened.map(|event| event.at),
            opened: opened.map_or(Value::Null, |event| body(&event.body)),
            closed: closed.map(|event| (event.at, event.actor.clone(), body(&event.body))),
        })
    }
}

fn next(transaction: &Transaction) -> rusqlite::Result<i64> {
    transaction.query_row("SELECT head_seq + 1 FROM campaign", (), |row| row.get(0))
}

fn freeze(transaction: &Transaction, opening: Opening) -> Result<i64, Stop> {
    let seq = next(transaction)?;
    // Built once from what is there, an index costs a fraction of what it costs row by row.
    let indices = schema::INDICES_OF_AN_OPENING;
    for (name, _) in indices {
        transaction.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    transaction.execute_batch("DROP TRIGGER assignment_not_oneself")?;
    let mut insert = transaction.prepare(
        "INSERT INTO item (given, account, entitlement, path, subject, risk, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for item in opening.items {
        let subject = item.subject.map(|index| index as i64 + 1);
        insert.execute((
            item.given,
            i64::from(item.account) + 1,
            i64::from(item.entitlement) + 1,
            item.path,
            subject,
            item.risk,
            item.changed,
        ))?;
    }
    let mut insert = transaction.prepare(
        "INSERT INTO assignment (item, stage, reviewer, why, event) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for asked in opening.assignments {
        let (item, reviewer) = (i64::from(asked.item) + 1, i64::from(asked.reviewer) + 1);
        insert.execute((item, asked.stage, reviewer, asked.why, seq))?;
    }
    let mut insert =
        transaction.prepare("INSERT INTO finding VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")?;
    for finding in opening.findings {
        insert.execute((
            finding.rule,
            finding.severity,
            finding.account.map(|index| i64::from(index) + 1),
            finding.item.map(|index| i64::from(index) + 1),
            &finding.text,
            &finding.help,
        ))?;
    }
    let mut insert = transaction.prepare("INSERT INTO gap VALUES (NULL, ?1, ?2, ?3)")?;
    for gap in opening.gaps {
        let subjects = i64::try_from(gap.subjects).unwrap_or(i64::MAX);
        insert.execute((gap.rule, &gap.reason, subjects))?;
    }
    for (_, sql) in indices {
        transaction.execute_batch(sql)?;
    }
    transaction.execute_batch(schema::NOT_ONESELF)?;
    let own = "SELECT count(*) FROM assignment AS a JOIN item AS i ON i.id = a.item WHERE a.reviewer = i.subject";
    let own: i64 = transaction.query_row(own, (), |row| row.get(0))?;
    if own > 0 {
        let told = "nobody reviews their own access".to_owned();
        return Err(Stop::Told(StoreError::Refused(told)));
    }
    let (rows, digest) = chain::population(transaction)?;
    let mut body = opening.body;
    body["deadline"] = json!(opening.deadline.unix());
    body["population"] = json!({ "rows": rows, "sha256": hex(&digest) });
    let event = NewEvent {
        at: opening.now,
        kind: "opened",
        actor: opening.actor,
        body,
    };
    let change = Change {
        state: Some("open"),
        deadline: Some(opening.deadline.unix()),
        ..Change::default()
    };
    Ok(chain::append(transaction, &event, change)?)
}
