//! Sign-ins of Microsoft Entra: as Microsoft Graph answers them, or as a diagnostic setting writes them, under `properties`.
//!
//! Who signed in is a person, or else a service principal; what for is the application.

use super::{Buffers, Credit, Head, Outcome, add, id, scalar, text, time, value};
use crate::review::usage::json::{self, SLOTS, Shape, Value, Values};
use crate::review::usage::reject::Reject;

pub(super) const PATHS: &[&[&str]] = &[
    &["createdDateTime"],
    &["id"],
    &["status", "errorCode"],
    &["userPrincipalName"],
    &["userId"],
    &["servicePrincipalId"],
    &["appDisplayName"],
    &["appId"],
    &["properties"],
];
const TIME: usize = 0;
const ID: usize = 1;
const ERROR: usize = 2;
const UPN: usize = 3;
const APP: usize = 6;
const PROPERTIES: usize = 8;

/// The sign-in itself, where it is wrapped.
fn inside<'v>(values: &Values<'v>) -> Result<Values<'v>, Reject> {
    let Some(Value::Object(properties)) = value(values, PROPERTIES) else {
        return Ok(*values);
    };
    let mut inner = [None; SLOTS];
    json::read(properties, &Shape::new(PATHS), &mut inner).map_err(|_| Reject::DuplicateMember)?;
    Ok(inner)
}

pub(super) fn head<'v>(values: &Values<'v>) -> Result<Head<'v>, Reject> {
    let values = inside(values)?;
    let error = scalar(&values, ERROR).ok_or(Reject::NoOutcome)?;
    Ok(Head {
        time: time(&values, TIME)?,
        outcome: if error.is(b"0") {
            Outcome::Use
        } else {
            Outcome::Failed
        },
        id: id(&values, ID)?,
    })
}

pub(super) fn credits(
    values: &Values<'_>,
    buffers: &mut Buffers,
    credit: Credit<'_>,
) -> Result<(), Reject> {
    let values = inside(values)?;
    let Buffers {
        principal,
        permission,
        spare,
    } = buffers;
    principal.clear();
    permission.clear();
    let who = (UPN..APP).find_map(|slot| text(&values, slot));
    add(who.ok_or(Reject::NoPrincipal)?, spare, principal)?;
    let app = (APP..PROPERTIES).find_map(|slot| text(&values, slot));
    permission.extend_from_slice(b"app:");
    add(app.ok_or(Reject::NoPermission)?, spare, permission)?;
    credit(principal, permission);
    Ok(())
}
