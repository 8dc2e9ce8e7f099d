//! The system log of Okta.
//!
//! What an event was about is the app among its targets, which is found by its type: their order is not stable. Where no app is
//! among them, the event type is what was done.

use super::{Buffers, Credit, Head, Outcome, add, id, text, time, value};
use crate::review::usage::json::{self, SLOTS, Shape, Value, Values};
use crate::review::usage::reject::Reject;

pub(super) const PATHS: &[&[&str]] = &[
    &["published"],
    &["uuid"],
    &["outcome", "result"],
    &["eventType"],
    &["actor", "alternateId"],
    &["actor", "id"],
    &["target"],
];
const TIME: usize = 0;
const ID: usize = 1;
const RESULT: usize = 2;
const EVENT: usize = 3;
const LOGIN: usize = 4;
const ACTOR: usize = 5;
const TARGETS: usize = 6;

pub(super) fn head<'v>(values: &Values<'v>) -> Result<Head<'v>, Reject> {
    let result = text(values, RESULT).ok_or(Reject::NoOutcome)?;
    let succeeded = result.is(b"SUCCESS") || result.is(b"ALLOW");
    Ok(Head {
        time: time(values, TIME)?,
        outcome: if succeeded {
            Outcome::Use
        } else {
            Outcome::Failed
        },
        id: id(values, ID)?,
    })
}

pub(super) fn credits(
    values: &Values<'_>,
    buffers: &mut Buffers,
    credit: Credit<'_>,
) -> Result<(), Reject> {
    let Buffers {
        principal,
        permission,
        spare,
    } = buffers;
    principal.clear();
    permission.clear();
    let event = text(values, EVENT).ok_or(Reject::NoPermission)?;
    let app = match value(values, TARGETS) {
        Some(Value::Array(targets)) => app(targets)?,
        _ => None,
    };
    match app {
        Some(app) => {
            permission.extend_from_slice(b"app:");
            permission.extend_from_slice(&app);
        }
        None => add(event, spare, permission)?,
    }
    let actor = text(values, LOGIN).or(text(values, ACTOR));
    add(actor.ok_or(Reject::NoPrincipal)?, spare, principal)?;
    credit(principal, permission);
    Ok(())
}

/// The label of the first app, else its name, else its id.
fn app(targets: &[u8]) -> Result<Option<Vec<u8>>, Reject> {
    let shape = Shape::new(&[["type"], ["alternateId"], ["displayName"], ["id"]]);
    for target in json::elements(targets) {
        let mut values = [None; SLOTS];
        if json::read(target, &shape, &mut values).is_err() {
            return Err(Reject::DuplicateMember);
        }
        if !text(&values, 0).is_some_and(|kind| kind.is(b"AppInstance")) {
            continue;
        }
        let name = (1..4).find_map(|slot| text(&values, slot));
        if let Some(name) = name {
            let name = name.to_bytes().ok_or(Reject::NotText)?;
            return Ok(Some(name.into_owned()));
        }
    }
    Ok(None)
}
