//! Decisions: what a reviewer answered about an item, kept for ever; a later answer stands beside the earlier one.

use std::collections::HashSet;

use rusqlite::{ErrorCode, OptionalExtension as _, Statement};
use serde_json::{Value, json};

use super::chain::{self, Change, NewEvent};
use super::{Store, StoreError, explain, schema};
use crate::kernel::time::Timestamp;
use crate::review::model::When;
use crate::review::model::facts::{EntitlementKind, How};

/// What a reviewer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The access stays.
    Accept,
    /// It goes.
    Revoke,
    /// Less of it is enough.
    Reduce,
    /// The reviewer cannot say.
    NotDecided,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Revoke, Self::Reduce, Self::NotDecided];

    /// The word in sheets, files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Revoke => "revoke",
            Self::Reduce => "reduce",
            Self::NotDecided => "not-decided",
        }
    }

    /// From its word, or from another usual one.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "accept" | "keep" | "approve" | "approved" | "a" => Some(Self::Accept),
            "revoke" | "remove" | "deny" | "r" => Some(Self::Revoke),
            "reduce" | "d" => Some(Self::Reduce),
            "not-decided" | "not decided" | "undecided" | "n" => Some(Self::NotDecided),
            _ => None,
        }
    }
}

/// A decision about to be made.
#[derive(Debug, Clone)]
pub struct Deciding {
    /// The item's id.
    pub item: i64,
    /// The stage, from 1.
    pub stage: i64,
    /// The reviewer's id.
    pub reviewer: i64,
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub justification: String,
    /// The decision that the reviewer saw when deciding anew, if there was one.
    pub replaces: Option<i64>,
}

/// A decision that was not taken, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The item.
    pub item: i64,
    /// Why not.
    pub reason: String,
}

/// What came of a batch.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// How many decisions were taken.
    pub accepted: usize,
    /// How many were there already, word for word.
    pub repeated: usize,
    /// Whether they are late, and do not count.
    pub late: bool,
    /// What was not taken.
    pub refused: Vec<Refusal>,
    /// The event, if anything was taken.
    pub seq: Option<i64>,
}

/// A decision that was made.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its id.
    pub id: i64,
    /// The item.
    pub item: i64,
    /// The stage.
    pub stage: i64,
    /// The reviewer's id.
    pub reviewer: i64,
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub justification: String,
    /// When, in seconds.
    pub at: i64,
    /// Whether it came after the deadline.
    pub late: bool,
    /// The event, which is the batch.
    pub event: i64,
    /// Which decision of the same reviewer it takes the place of.
    pub replaces: Option<i64>,
}

/// Who is to decide on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assigned {
    /// The item.
    pub item: i64,
    /// The stage.
    pub stage: i64,
    /// The reviewer's id.
    pub reviewer: i64,
    /// Why that person.
    pub why: u8,
}

/// An item that is passed on to another reviewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassigning {
    /// The item.
    pub item: i64,
    /// The stage.
    pub stage: i64,
    /// Who passes it on.
    pub from: i64,
    /// Who is asked instead.
    pub to: i64,
    /// Why that person, as a code.
    pub why: u8,
    /// Why it is passed on.
    pub justification: String,
}

/// An item as a reviewer sees it.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: i64,
    /// The system.
    pub system: String,
    /// The account.
    pub account: String,
    /// The account's id.
    pub account_id: i64,
    /// What sort of entitlement.
    pub kind: EntitlementKind,
    /// The entitlement.
    pub entitlement: String,
    /// Where it holds.
    pub scope: String,
    /// The path to it.
    pub path: String,
    /// How it came to the account.
    pub how: How,
    /// The person's id, who may not review it.
    pub subject: Option<i64>,
    /// 0 without a finding, else the worst severity, from 1.
    pub risk: i64,
    /// Whether it is new or different since the last campaign.
    pub changed: bool,
    /// When it was given.
    pub granted: When,
    /// By whom.
    pub granted_by: String,
    /// When it was used last.
    pub last_used: When,
    /// When it ends.
    pub expires: When,
    /// Why it was given.
    pub justification: String,
    /// The source and the row.
    pub place: (i64, i64),
}

const LATEST: &str = "SELECT answer, justification FROM decision
    WHERE item = ?1 AND stage = ?2 AND reviewer = ?3 ORDER BY id DESC LIMIT 1";
const INSERT: &str =
    "INSERT INTO decision (item, stage, reviewer, answer, justification, at, late, replaces, event)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const ITEMS: &str = "SELECT i.id, a.system, a.name, e.kind, e.name, coalesce(g.scope, ''), coalesce(i.path, ''), g.how,
    i.subject, i.risk, i.changed, g.granted, coalesce(g.granted_by, ''), g.last_used, g.expires,
    coalesce(g.justification, ''), g.source, g.line, i.account, i.entitlement <> g.entitlement
    FROM item AS i JOIN account AS a ON a.id = i.account JOIN entitlement AS e ON e.id = i.entitlement
    JOIN given AS g ON g.id = i.given";

impl Store {
    /// Writes decisions: each is taken or refused by itself, and what is taken is on the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; then none was taken.
    pub fn decide(
        &mut self,
        decisions: &[Deciding],
        by: (&str, Value),
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let state = self.state()?;
        if state.name != "open" {
            return Err(StoreError::State {
                is: if state.name == "closed" {
                    "closed"
                } else {
                    "not open yet"
                },
                needs: "decisions are taken while it is open",
            });
        }
        let late = state.deadline.is_some_and(|deadline| now.unix() > deadline);
        self.write_original(|transaction| {
            let mut written = Written {
                late,
                ..Written::default()
            };
            let seq: i64 =
                transaction.query_row("SELECT head_seq + 1 FROM campaign", (), |row| row.get(0))?;
            let mut find = transaction.prepare(LATEST)?;
            let mut insert = transaction.prepare(INSERT)?;
            for decision in decisions {
                let row = (decision.item, decision.stage, decision.reviewer);
                let known: Option<(String, String)> = find
                    .query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                if known.is_some_and(|(answer, justification)| {
                    answer == decision.answer.name() && justification == decision.justification
                }) {
                    written.repeated += 1;
                    continue;
                }
                take(&mut insert, decision, (now.unix(), seq), &mut written)?;
            }
            if written.accepted > 0 {
                let (actor, mut body) = by;
                body["late"] = json!(late);
                body["refused"] = json!(written.refused.len());
                let event = NewEvent {
                    at: now,
                    kind: "decided",
                    actor,
                    body,
                };
                written.seq = Some(chain::append(transaction, &event, Change::default())?);
            }
            Ok(written)
        })
    }

    /// All decisions in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn decisions(&self) -> Result<Vec<Decided>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql =
            "SELECT id, item, stage, reviewer, answer, justification, at, late, event, replaces
            FROM decision ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| {
            let answer: String = row.get(4)?;
            Ok(Decided {
                id: row.get(0)?,
                item: row.get(1)?,
                stage: row.get(2)?,
                reviewer: row.get(3)?,
                answer: Answer::parse(&answer).unwrap_or(Answer::NotDecided),
                justification: row.get(5)?,
                at: row.get(6)?,
                late: row.get(7)?,
                event: row.get(8)?,
                replaces: row.get(9)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }

    /// The items and their worst findings as numbers, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn risks(&self) -> Result<Vec<(i64, u8)>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = "SELECT id, risk FROM item ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(failed)
    }

    /// Passes items on. Whoever was asked before, at any time, is not asked again.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where one of them would review themselves or was asked before; then none is passed on.
    pub fn reassign(
        &mut self,
        all: &[Reassigning],
        (actor, now): (&str, Timestamp),
    ) -> Result<i64, StoreError> {
        if self.state()?.name != "open" {
            return Err(StoreError::State {
                is: "not open",
                needs: "items are passed on while it is open",
            });
        }
        self.write_original(|transaction| {
            let seq: i64 =
                transaction.query_row("SELECT head_seq + 1 FROM campaign", (), |row| row.get(0))?;
            let mut insert = transaction.prepare(
                "INSERT INTO assignment (item, stage, reviewer, why, event) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut pass = transaction
                .prepare("INSERT INTO passed (item, stage, reviewer, event) VALUES (?1, ?2, ?3, ?4)")?;
            let mut passed = Vec::new();
            for each in all {
                pass.execute((each.item, each.stage, each.from, seq))?;
                insert.execute((each.item, each.stage, each.to, each.why, seq))?;
                passed.push(json!({
                    "item": each.item, "stage": each.stage, "from": each.from, "to": each.to,
                    "justification": each.justification,
                }));
            }
            let event = NewEvent {
                at: now,
                kind: "reassigned",
                actor,
                body: json!({ "passed": passed }),
            };
            Ok(chain::append(transaction, &event, Change::default())?)
        })
    }

    /// Who passed which item on in which stage, and is no longer asked, as the history says it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn passed_on(&self) -> Result<HashSet<(i64, i64, i64)>, StoreError> {
        let mut passed = HashSet::new();
        let events = self.events()?;
        for event in events.iter().filter(|event| event.kind == "reassigned") {
            passed.extend(schema::passed(&event.body));
        }
        Ok(passed)
    }

    /// All assignments, by item and stage, without those that were passed on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn assignments(&self) -> Result<Vec<Assigned>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let passed = self.passed_on()?;
        let sql = "SELECT item, stage, reviewer, why FROM assignment ORDER BY item, stage, id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| {
            Ok(Assigned {
                item: row.get(0)?,
                stage: row.get(1)?,
                reviewer: row.get(2)?,
                why: row.get(3)?,
            })
        });
        let all: rusqlite::Result<Vec<Assigned>> = rows.and_then(Iterator::collect);
        let mut all = all.map_err(failed)?;
        if !passed.is_empty() {
            all.retain(|asked| !passed.contains(&(asked.item, asked.stage, asked.reviewer)));
        }
        Ok(all)
    }

    /// The items, all or those that a reviewer has to decide in a stage.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn items(&self, of: Option<(i64, i64)>) -> Result<Vec<Item>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = match of {
            None => format!("{ITEMS} ORDER BY i.id"),
            Some(_) => format!(
                "{ITEMS} WHERE i.id IN (SELECT item FROM assignment WHERE reviewer = ?1 AND stage = ?2) ORDER BY i.id"
            ),
        };
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let rows = match of {
            None => statement.query_map((), item),
            Some(of) => statement.query_map(of, item),
        };
        rows.and_then(Iterator::collect).map_err(failed)
    }
}

fn item(row: &rusqlite::Row) -> rusqlite::Result<Item> {
    let kind: u32 = row.get(3)?;
    let how: u32 = row.get(7)?;
    let inherited: bool = row.get(19)?;
    Ok(Item {
        id: row.get(0)?,
        system: row.get(1)?,
        account: row.get(2)?,
        kind: EntitlementKind::ALL
            .get(kind as usize)
            .copied()
            .unwrap_or(EntitlementKind::Permission),
        entitlement: row.get(4)?,
        scope: row.get(5)?,
        path: row.get(6)?,
        how: match How::ALL.get(how as usize) {
            Some(How::Direct) | None if inherited => How::Inherited,
            found => found.copied().unwrap_or_default(),
        },
        subject: row.get(8)?,
        risk: row.get(9)?,
        changed: row.get(10)?,
        granted: When::from_code(row.get(11)?),
        granted_by: row.get(12)?,
        last_used: When::from_code(row.get(13)?),
        expires: When::from_code(row.get(14)?),
        justification: row.get(15)?,
        place: (row.get(16)?, row.get(17)?),
        account_id: row.get(18)?,
    })
}

fn take(
    insert: &mut Statement,
    decision: &Deciding,
    (at, seq): (i64, i64),
    written: &mut Written,
) -> rusqlite::Result<()> {
    let done = insert.execute((
        decision.item,
        decision.stage,
        decision.reviewer,
        decision.answer.name(),
        &decision.justification,
        at,
        written.late,
        decision.replaces,
        seq,
    ));
    match done {
        Ok(_) => written.accepted += 1,
        // A guard of the file; the statement alone is undone.
        Err(rusqlite::Error::SqliteFailure(error, message))
            if error.code == ErrorCode::ConstraintViolation =>
        {
            written.refused.push(Refusal {
                item: decision.item,
                reason: message.unwrap_or_else(|| "the file refuses it".to_owned()),
            });
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
