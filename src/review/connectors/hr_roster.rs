//! The HR roster: who works here, since when, until when.
//!
//! | field | also known as |
//! |---|---|
//! | employee_id | employee number, worker id, person id, staff id, user id, id |
//! | name | full name, display name, employee name |
//! | email | email address, work email, primary email, mail, UPN |
//! | department | dept, organisation, team |
//! | title | job title, business title, position, role |
//! | manager_id, manager_email, manager | supervisor |
//! | status | employment status, worker status |
//! | start_date | hire date |
//! | end_date | termination date, last day, leave date |
//!
//! A row needs an employee id or an email address: without either nothing can be joined to it.

use std::sync::Arc;

use super::Seen;
use super::table::{Field, Row, Table};
use super::value;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::PersonFact;
use crate::review::model::{Employment, Identity};
use crate::review::sheet::SourceSheet;

pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "employee_id",
        aliases: &[
            "employeenumber",
            "employeeno",
            "empid",
            "workerid",
            "personid",
            "personnelnumber",
            "staffid",
            "userid",
            "id",
        ],
    },
    Field {
        name: "name",
        aliases: &[
            "fullname",
            "displayname",
            "employeename",
            "workername",
            "legalname",
        ],
    },
    Field {
        name: "email",
        aliases: &[
            "emailaddress",
            "workemail",
            "emailwork",
            "primaryemail",
            "primaryworkemail",
            "companyemail",
            "mail",
            "userprincipalname",
            "upn",
        ],
    },
    Field {
        name: "department",
        aliases: &[
            "dept",
            "departmentname",
            "organisation",
            "organization",
            "orgunit",
            "team",
        ],
    },
    Field {
        name: "title",
        aliases: &[
            "jobtitle",
            "businesstitle",
            "employeetitle",
            "position",
            "role",
        ],
    },
    Field {
        name: "manager_id",
        aliases: &["manageremployeeid", "supervisorid"],
    },
    Field {
        name: "manager_email",
        aliases: &["supervisoremail"],
    },
    Field {
        name: "manager",
        aliases: &["managername", "supervisor", "reportsto"],
    },
    Field {
        name: "status",
        aliases: &["employmentstatus", "employeestatus", "workerstatus"],
    },
    Field {
        name: "start_date",
        aliases: &["hiredate", "startdate", "dateofhire", "joindate", "joined"],
    },
    Field {
        name: "end_date",
        aliases: &[
            "terminationdate",
            "termdate",
            "lastday",
            "lastworkingday",
            "leavedate",
            "exitdate",
            "contractend",
        ],
    },
];

/// A roster that was read.
#[derive(Debug)]
pub struct Roster {
    /// The people on it.
    pub identities: Vec<Identity>,
    /// Whether it has a column for end dates.
    pub has_end_dates: bool,
    /// Whether it has a column for the status.
    pub has_status: bool,
    /// What became of its rows.
    pub sheet: SourceSheet,
}

/// Reads a roster.
///
/// # Errors
/// [`ReviewError`] where the export cannot be used as a whole.
pub fn read(source: &Arc<Source>) -> Result<Roster, ReviewError> {
    let table = Table::read(source, "hr roster", FIELDS)?;
    if !table.has("email") {
        table.require("employee_id", FIELDS)?;
    }
    let (has_end_dates, has_status) = (table.has("end_date"), table.has("status"));
    let (rows, mut sheet) = table.into_rows();
    let mut seen = Seen::default();
    let mut identities = Vec::new();
    for row in rows.iter() {
        let Some(person) = person(row, &mut seen, &mut sheet) else {
            continue;
        };
        let named_by = match person.employee_id {
            Some(_) => "employee_id",
            None => "email",
        };
        identities.push(Identity {
            employee_id: person.employee_id,
            name: person.name,
            email: person.email,
            department: person.department,
            title: person.title,
            manager: person.manager,
            status: person.status,
            started: person.started,
            ended: person.ended,
            origin: rows.origin(row, named_by),
        });
    }
    Ok(Roster {
        identities,
        has_end_dates,
        has_status,
        sheet,
    })
}

/// The person of a row; none where it repeats another or names nobody.
pub(super) fn person(row: Row, seen: &mut Seen, sheet: &mut SourceSheet) -> Option<PersonFact> {
    if seen.repeats(row, sheet) {
        return None;
    }
    let manager = ["manager_id", "manager_email", "manager"];
    let manager = manager.into_iter().find_map(|field| row.filled(field));
    let person = PersonFact {
        employee_id: row.filled("employee_id"),
        name: row.text("name").to_owned(),
        email: row.filled("email"),
        department: row.text("department").to_owned(),
        title: row.text("title").to_owned(),
        manager: manager.unwrap_or_default(),
        status: row.read("status", (value::employment, Employment::Unknown), sheet),
        started: row.when("start_date", sheet),
        ended: row.when("end_date", sheet),
        row: row.number(),
    };
    if person.employee_id.is_none() && person.email.is_none() {
        let reason = "neither an employee id nor an email address";
        sheet.reject(row.line(), reason.to_owned());
        return None;
    }
    sheet.kept += 1;
    Some(person)
}
