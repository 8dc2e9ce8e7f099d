//! The opening: items, findings, assignments and the deadline become part of the file in one transaction.

use rusqlite::Transaction;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use super::chain::{self, Change, NewEvent, RowDigest};
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
    let mut digest = RowDigest::new();
    digest.before_items(transaction)?;
    let left = write_items(
        transaction,
        (opening.items, opening.assignments),
        seq,
        &mut digest,
    )?;
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
    if left > 0 {
        let own = "SELECT count(*) FROM assignment AS a JOIN item AS i ON i.id = a.item WHERE a.reviewer = i.subject";
        let own: i64 = transaction.query_row(own, (), |row| row.get(0))?;
        if own > 0 {
            return Err(own_access());
        }
    }
    digest.after_items(transaction)?;
    let (rows, digest) = digest.finish();
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

fn own_access() -> Stop {
    let told = "nobody reviews their own access".to_owned();
    Stop::Told(StoreError::Refused(told))
}

/// Writes the items, each with who is asked about it, and digests the items on the way: they are not read again. How many
/// assignments came out of their order, and were not held against the subject of their item.
fn write_items(
    transaction: &Transaction,
    (items, assignments): (
        &mut dyn Iterator<Item = ItemIn<'_>>,
        &mut dyn Iterator<Item = Assignment>,
    ),
    seq: i64,
    digest: &mut RowDigest,
) -> Result<usize, Stop> {
    let mut insert = transaction.prepare(
        "INSERT INTO item (given, account, entitlement, path, subject, risk, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut ask = transaction.prepare(
        "INSERT INTO assignment (item, stage, reviewer, why, event) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut ask = |asked: &Assignment| -> Result<i64, Stop> {
        let (item, reviewer) = (i64::from(asked.item) + 1, i64::from(asked.reviewer) + 1);
        ask.execute((item, asked.stage, reviewer, asked.why, seq))?;
        Ok(reviewer)
    };
    let mut assignments = assignments.peekable();
    for item in items {
        let subject = item.subject.map(|index| index as i64 + 1);
        let given = i64::from(item.given);
        let account = i64::from(item.account) + 1;
        let entitlement = i64::from(item.entitlement) + 1;
        let (risk, changed) = (i64::from(item.risk), i64::from(item.changed));
        let id = insert.insert((
            given,
            account,
            entitlement,
            item.path,
            subject,
            risk,
            changed,
        ))?;
        digest.row(
            [
                ValueRef::Integer(id),
                ValueRef::Integer(given),
                ValueRef::Integer(account),
                ValueRef::Integer(entitlement),
                item.path
                    .map_or(ValueRef::Null, |path| ValueRef::Text(path.as_bytes())),
                subject.map_or(ValueRef::Null, ValueRef::Integer),
                ValueRef::Integer(risk),
                ValueRef::Integer(changed),
            ]
            .into_iter(),
        );
        while let Some(asked) = assignments.next_if(|asked| i64::from(asked.item) + 1 == id) {
            if Some(ask(&asked)?) == subject {
                return Err(own_access());
            }
        }
    }
    digest.end();
    let mut left = 0;
    for asked in assignments {
        ask(&asked)?;
        left += 1;
    }
    Ok(left)
}
