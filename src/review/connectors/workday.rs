//! Workday: a custom report as JSON, `Report_Entry[]`, with or without termination dates.

use std::sync::Arc;

use super::Options;
use super::json::{Export, first, list};
use super::value::{self, Reading};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{Facts, Knows, PersonFact};
use crate::review::model::{Employment, When};

/// Reads the report.
pub(super) fn read(source: &Arc<Source>, _options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Workday report", &["Report_Entry"])?;
    if export
        .root
        .as_ref()
        .is_some_and(|root| root.get("Report_Entry").is_none() && root.as_sequence().is_none())
    {
        return Err(ReviewError::OtherKind {
            source_name: source.name().to_owned(),
            expected: "a Workday report",
            found: "it has no `Report_Entry`".to_owned(),
        });
    }
    let mut facts = Facts::new(export.sheet.clone(), Knows::default());
    let mut dated = false;
    for (row, worker) in export.take() {
        let id = first(&worker, &[&["Employee_ID"], &["Worker_ID"]]);
        let email = first(
            &worker,
            &[&["Email_-_Work"], &["Email"], &["primaryWorkEmail"]],
        );
        let Some(key) = id.clone().or_else(|| email.clone()) else {
            export.reject(row, "neither `Employee_ID` nor `Email_-_Work`".to_owned());
            continue;
        };
        if !export.is_first(&key, row, &worker) {
            continue;
        }
        export.keep();
        let managers = list(&worker, &["Worker_s_Manager_group"]);
        let manager = managers
            .first()
            .and_then(|m| first(m, &[&["Manager_ID"], &["Manager_Email"]]));
        dated |= worker.get("Termination_Date").is_some() || worker.get("Status").is_some();
        let ended = export.when(&worker, &["Termination_Date"], row);
        let started = export.when(&worker, &["Hire_Date"], row);
        let status = first(&worker, &[&["Worker_Status"], &["Status"]]).unwrap_or_default();
        let status = match value::employment(&status) {
            Reading::Read(status) => status,
            Reading::Unreadable(why) => {
                export.doubt(row, "Worker_Status", why);
                Employment::Unknown
            }
        };
        facts.people.push(PersonFact {
            employee_id: id,
            name: first(&worker, &[&["Name"], &["Worker"], &["Legal_Name"]]).unwrap_or_default(),
            email,
            department: first(
                &worker,
                &[
                    &["Department"],
                    &["Cost_Center"],
                    &["Supervisory_Organization"],
                ],
            )
            .unwrap_or_default(),
            title: first(
                &worker,
                &[&["businessTitle"], &["Business_Title"], &["Job_Title"]],
            )
            .unwrap_or_default(),
            manager: manager.unwrap_or_default(),
            status,
            started,
            ended: if ended == When::Never {
                When::Empty
            } else {
                ended
            },
            row,
        });
    }
    if dated {
        facts.knows = Knows::END_DATES;
    } else {
        facts.remarks.push(
            "the report has neither `Termination_Date` nor a status: leavers cannot be told"
                .to_owned(),
        );
    }
    facts.sheet = export.sheet;
    Ok(facts)
}
