//! Counts the uses in a row group of a Parquet file.

use std::io;
use std::sync::Mutex;

use super::columns::{self, Cache, ColumnLog, Found, Slot, Unit};
use super::fold::{Tally, Work, Worker, fingerprint, lock};
use super::format::generic::{ID, OUTCOME, PERMISSION, PRINCIPAL, TIME};
use super::format::{Format, Mapping, Outcome};
use super::json::SLOTS;
use super::reject::Reject;
use crate::kernel::parquet::{Cursor, Error};

/// The columns of a mapping, by slot.
const MAPPED: usize = 5;

/// Columns that stand at the same row, with the places of the values of the next rows.
struct Batch {
    cursors: Vec<Cursor>,
    places: Vec<Vec<u32>>,
    rows: usize,
    /// The number of the first of them, from 1.
    first: u64,
}

impl Batch {
    /// Goes on to the next rows; false after the last.
    fn next(&mut self) -> Result<bool, Error> {
        self.first += self.rows as u64;
        self.rows = 0;
        let mut rows = columns::ROWS;
        for cursor in &mut self.cursors {
            rows = rows.min(cursor.ready()?);
        }
        for (cursor, places) in self.cursors.iter_mut().zip(&mut self.places) {
            cursor.read(rows, places)?;
        }
        self.rows = rows;
        Ok(rows > 0)
    }

    /// The place of a row's value in a column.
    fn place(&self, column: usize, row: usize) -> u32 {
        let place = self.places.get(column).and_then(|places| places.get(row));
        place.copied().unwrap_or(crate::kernel::parquet::NULL)
    }
}

impl Worker<'_> {
    /// Does a part of the work on a log of columns.
    pub(super) fn columns(
        &mut self,
        index: usize,
        log: &ColumnLog,
        unit: Unit,
        work: &Mutex<Work>,
    ) -> io::Result<()> {
        match unit {
            Unit::Digest => log.digest()?,
            Unit::Group(group) => {
                let mut tally = self.tallies.remove(&index).unwrap_or_default();
                let done = self.group(log, group, &mut tally);
                let done = done.or_else(|error| tally.damaged(error));
                self.tallies.insert(index, tally);
                done?;
            }
        }
        if let Some(digest) = log.end() {
            lock(work).digested(index, digest);
        }
        Ok(())
    }

    fn group(&mut self, log: &ColumnLog, group: usize, tally: &mut Tally) -> Result<(), Error> {
        let located = |error, at: u64, end: u64| match error {
            Error::Damaged(why) => Error::Damaged(format!(
                "row group {}, of which the rows {at} to {end} are not read: {why}",
                group + 1
            )),
            other => other,
        };
        let ((before, rows), cursors) = log.group(group)?;
        let end = before + rows;
        let mut batch = Batch {
            places: vec![Vec::new(); cursors.len()],
            cursors,
            rows: 0,
            first: before + 1,
        };
        let mapped = match self.options.format {
            Format::Generic(mapping) => by_slot(&log.slots).map(|by_slot| (mapping, by_slot)),
            _ => None,
        };
        let mut caches: [Cache; MAPPED] = Default::default();
        while batch
            .next()
            .map_err(|error| located(error, batch.first, end))?
        {
            match mapped {
                Some(mapped) => self.mapped_rows(&batch, mapped, &mut caches, tally),
                None => self.rows(&batch, &log.slots, tally),
            }
            if self.make_room()? {
                caches.iter_mut().for_each(Cache::forget);
            }
        }
        match batch.first == end + 1 {
            true => Ok(()),
            false => {
                let short = Error::Damaged("its pages end".to_owned());
                Err(located(short, batch.first, end))
            }
        }
    }

    /// Rows of which many columns matter.
    fn rows(&mut self, batch: &Batch, slots: &[Slot], tally: &mut Tally) {
        let mut written = vec![Vec::new(); slots.len()];
        let mut here = Vec::with_capacity(slots.len());
        for (row, number) in (0..batch.rows).zip(batch.first..) {
            here.clear();
            let columns = batch.cursors.iter().zip(slots).enumerate();
            here.extend(
                columns.map(|(column, (cursor, slot))| (cursor, slot, batch.place(column, row))),
            );
            let mut values = [None; SLOTS];
            let judged = columns::row(&here, &mut written, &mut values)
                .and_then(|()| self.judge(&values, tally));
            if let Err(reason) = judged {
                tally.sheet.reject(number, reason, None);
            }
        }
    }

    /// Rows whose columns are each one thing: what a value is found to be holds for every row that has it.
    fn mapped_rows(
        &mut self,
        batch: &Batch,
        (mapping, by_slot): (&Mapping, [Option<usize>; MAPPED]),
        caches: &mut [Cache; MAPPED],
        tally: &mut Tally,
    ) {
        let cursor = |slot: usize| {
            let column = by_slot.get(slot).copied().flatten()?;
            Some((batch.cursors.get(column)?, column))
        };
        for slot in 0..MAPPED {
            if let (Some((cursor, _)), Some(cache)) = (cursor(slot), caches.get_mut(slot)) {
                cache.fit(cursor);
            }
        }
        // Column by column: the processor waits for one name while it looks up the next.
        let table = &mut self.table;
        let mut found = |slot: usize, look: &mut dyn FnMut(&Cursor, u32) -> Found| {
            let (cursor, column) = cursor(slot)?;
            let cache = caches.get_mut(slot)?;
            let places = batch.places.get(column)?;
            let all = places.iter();
            Some(
                all.map(|place| cache.get(*place, || look(cursor, *place)))
                    .collect::<Vec<Found>>(),
            )
        };
        let who = found(PRINCIPAL, &mut |cursor, place| {
            columns::name(cursor, place, Reject::NoPrincipal, |name| {
                table.principal(name)
            })
        });
        let what = found(PERMISSION, &mut |cursor, place| {
            columns::name(cursor, place, Reject::NoPermission, |name| {
                table.permission(name)
            })
        });
        let when = found(TIME, &mut |cursor, place| {
            columns::second(cursor, place, mapping.unit)
        });
        let outcome = found(OUTCOME, &mut |cursor, place| {
            succeeded(cursor, place, mapping)
        });
        let mut written = Vec::new();
        let mut uses = Vec::with_capacity(batch.rows);
        let of = |column: &Option<Vec<Found>>, row: usize| column.as_ref()?.get(row).copied();
        for (row, number) in (0..batch.rows).zip(batch.first..) {
            let id = match cursor(ID) {
                None => Ok(None),
                Some((cursor, column)) => {
                    columns::scalar(cursor, batch.place(column, row), &mut written)
                }
            };
            let mapped = Mapped {
                who: of(&who, row),
                what: of(&what, row),
                when: of(&when, row),
                outcome: of(&outcome, row),
                id,
            };
            match mapped.judge(self.options.until) {
                Err(reason) => tally.sheet.reject(number, reason, None),
                Ok((time, None)) => tally.count(time, Outcome::Failed),
                Ok((time, Some(pair))) => {
                    tally.count(time, Outcome::Use);
                    tally.sheet.credits += 1;
                    let event = id.ok().flatten().map(|id| {
                        tally.sheet.credits_with_id += 1;
                        let (principal, permission) = table.names(pair);
                        fingerprint(&mut self.identity, [principal, permission, id], time)
                    });
                    uses.push((pair, time, event));
                }
            }
        }
        for (pair, time, event) in uses {
            table.add_numbered(pair, time, event);
        }
    }
}

/// The columns of a mapping by slot; none where one holds JSON of which a member is meant.
fn by_slot(slots: &[Slot]) -> Option<[Option<usize>; MAPPED]> {
    let mut by_slot = [None; MAPPED];
    for (column, slot) in slots.iter().enumerate() {
        let Slot::Whole(slot) = slot else { return None };
        *by_slot.get_mut(*slot)? = Some(column);
    }
    Some(by_slot)
}

fn succeeded(cursor: &Cursor, place: u32, mapping: &Mapping) -> Found {
    let mut written = Vec::new();
    match columns::scalar(cursor, place, &mut written) {
        Err(reject) => Found::Not(reject),
        Ok(None) => Found::Not(Reject::NoOutcome),
        Ok(Some(told)) => Found::Number(u32::from(mapping.succeeded(told))),
    }
}

/// What the values of a row were found to be.
struct Mapped<'v> {
    who: Option<Found>,
    what: Option<Found>,
    when: Option<Found>,
    outcome: Option<Found>,
    id: Result<Option<&'v [u8]>, Reject>,
}

impl Mapped<'_> {
    /// When, and the numbers of who and what where it is a use: in the order in which a row of any log is judged.
    fn judge(&self, until: u32) -> Result<(u32, Option<(u32, u32)>), Reject> {
        let no_text = Some(Found::Not(Reject::NotUtf8));
        let all = [self.who, self.what, self.when, self.outcome];
        if all.contains(&no_text) || self.id == Err(Reject::NotUtf8) {
            return Err(Reject::NotUtf8);
        }
        let number = |found: Option<Found>, none: Reject| match found {
            Some(Found::Number(number)) => Ok(number),
            Some(Found::Not(reject)) => Err(reject),
            Some(Found::Unknown) | None => Err(none),
        };
        // No column of the outcome: every row is a success.
        let outcome = match self.outcome {
            None => 1,
            told => number(told, Reject::NoOutcome)?,
        };
        self.id?;
        let time = number(self.when, Reject::NoTime)?;
        if time > until {
            return Err(Reject::InTheFuture);
        }
        if outcome == 0 {
            return Ok((time, None));
        }
        // A name that is too long is told where nothing else is missing.
        let missing = [
            (self.who, Reject::NoPrincipal),
            (self.what, Reject::NoPermission),
        ];
        for (found, none) in missing {
            match number(found, none) {
                Err(Reject::LongName) | Ok(_) => {}
                Err(reject) => return Err(reject),
            }
        }
        let who = number(self.who, Reject::NoPrincipal)?;
        let what = number(self.what, Reject::NoPermission)?;
        Ok((time, Some((who, what))))
    }
}
