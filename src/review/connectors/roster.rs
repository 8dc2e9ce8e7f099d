//! The HR roster and the list of grants of `review run`, as facts of a campaign; each row passes by once.

use std::borrow::Cow;
use std::collections::HashSet;

use super::row_stream::RowStream;
use super::table::Row;
use super::{Export, Options, Rows, Seen, grants, hr_roster, value};
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows};
use crate::review::model::{Kind, Mfa, Truth, When};
use crate::review::sheet::SourceSheet;
use crate::review::usage::Input;

/// Opens an HR roster in CSV.
pub(super) fn people(input: Input, _options: &Options) -> Result<Export, ReviewError> {
    let table = RowStream::open(input, "hr roster", hr_roster::FIELDS)?;
    let heading = &table.heading;
    if !heading.has("email") {
        heading.require("employee_id", hr_roster::FIELDS)?;
    }
    let knows = match heading.has("end_date") || heading.has("status") {
        true => Knows::END_DATES,
        false => Knows::default(),
    };
    let facts = Facts::new(table.sheet.clone(), knows);
    Ok(Export::in_pieces(
        facts,
        Box::new(People {
            table,
            seen: Seen::default(),
        }),
    ))
}

#[derive(Debug)]
struct People {
    table: RowStream,
    seen: Seen,
}

impl Rows for People {
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError> {
        let seen = &mut self.seen;
        let more = self.table.piece(|row, sheet| {
            facts.people.extend(hr_roster::person(row, seen, sheet));
        })?;
        if !more {
            facts.sheet = self.table.sheet.clone();
        }
        Ok(more)
    }
}

/// Opens a list of grants in CSV.
pub(super) fn access(input: Input, _options: &Options) -> Result<Export, ReviewError> {
    let table = RowStream::open(input, "grants", grants::FIELDS)?;
    let heading = &table.heading;
    for field in grants::NEEDED {
        heading.require(field, grants::FIELDS)?;
    }
    let columns = grants::Columns::of(|field| heading.has(field));
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
    let facts = Facts::new(table.sheet.clone(), knows);
    Ok(Export::in_pieces(
        facts,
        Box::new(Access {
            table,
            seen: Seen::default(),
            several_kinds: HashSet::new(),
        }),
    ))
}

#[derive(Debug)]
struct Access {
    table: RowStream,
    seen: Seen,
    /// Accounts whose rows disagree about what sort of account it is.
    several_kinds: HashSet<u32>,
}

impl Rows for Access {
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError> {
        let (seen, several) = (&mut self.seen, &mut self.several_kinds);
        let more = self.table.piece(|row, sheet| {
            if grants::counts(row, seen, sheet) {
                take(row, (facts, several), sheet);
            }
        })?;
        if !more {
            facts.sheet = self.table.sheet.clone();
        }
        Ok(more)
    }
}

/// Rows of the same system (without regard to case) and account are one account.
fn take(row: Row, (facts, several): (&mut Facts, &mut HashSet<u32>), sheet: &mut SourceSheet) {
    let system = lower(row.text("system"));
    let (index, _) = facts.account(&system, row.text("account"), row.number());
    let role = facts.entitlement(&system, EntitlementKind::Role, row.text("entitlement"));
    let mfa = row.read("mfa", (value::mfa, Mfa::Unknown), sheet);
    let kind = row.read("kind", (value::kind, Kind::Unknown), sheet);
    facts.privileged(role, row.truth("privileged", sheet));
    let (granted, last_used) = (row.when("granted_at", sheet), row.when("last_used", sheet));
    let given = facts.grant(index, role, row.number());
    (given.granted, given.last_used) = (granted, last_used);
    let enabled = row.truth("enabled", sheet);
    let created = row.when("key_created", sheet);
    let changed = match row.when("key_last_rotated", sheet) {
        When::Empty | When::Never => created,
        rotated => rotated,
    };
    let Some(fact) = facts.account_mut(index) else {
        return;
    };
    // Unknown where rows disagree, so that no rule is passed by for it.
    if fact.kind == Kind::Unknown && !several.contains(&index) {
        fact.kind = kind;
    } else if kind != Kind::Unknown && kind != fact.kind {
        several.insert(index);
        fact.kind = Kind::Unknown;
    }
    // Not enabled only where every row that says something says no.
    if fact.enabled != Truth::Yes && enabled != Truth::Unknown {
        fact.enabled = enabled;
    }
    // The weakest statement of several rows: no rule is passed by for the strongest.
    if mfa != Mfa::Unknown && (fact.mfa == Mfa::Unknown || mfa < fact.mfa) {
        fact.mfa = mfa;
    }
    fact.last_used = fact.last_used.latest(last_used);
    // The oldest key counts.
    if let Some(time) = changed.time()
        && fact.key_rotated.time().is_none_or(|known| time < known)
    {
        fact.key_rotated = changed;
    } else if fact.key_rotated == When::Empty {
        fact.key_rotated = changed;
    }
    row.fill("account_email", &mut fact.email);
    row.fill("employee_id", &mut fact.employee_id);
    row.fill("owner", &mut fact.owner);
}

fn lower(text: &str) -> Cow<'_, str> {
    match text.chars().any(char::is_uppercase) {
        true => Cow::Owned(text.to_lowercase()),
        false => Cow::Borrowed(text),
    }
}
