//! AWS CloudTrail: management and data events.
//!
//! A session is credited to its role, as grants name it: the issuer of the session where the event tells it, else the role
//! in the session's ARN, which then lacks its path. Permissions are the service and the event as logged,
//! `s3:GetObject`; a few events have other names than the IAM actions that allow them.

use super::{Buffers, Credit, Head, Outcome, add, id, text, time, value};
use crate::review::usage::json::{Text, Value, Values};
use crate::review::usage::reject::Reject;

pub(super) const PATHS: &[&[&str]] = &[
    &["eventTime"],
    &["eventID"],
    &["eventSource"],
    &["eventName"],
    &["errorCode"],
    &["errorMessage"],
    &["responseElements", "ConsoleLogin"],
    &["userIdentity", "type"],
    &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
    &["userIdentity", "arn"],
    &["userIdentity", "accountId"],
    &["userIdentity", "userName"],
    &["userIdentity", "principalId"],
    &["userIdentity", "invokedBy"],
];
const TIME: usize = 0;
const ID: usize = 1;
const SOURCE: usize = 2;
const NAME: usize = 3;
const ERROR_CODE: usize = 4;
const ERROR_MESSAGE: usize = 5;
const CONSOLE_LOGIN: usize = 6;
const TYPE: usize = 7;
const ISSUER: usize = 8;
const ARN: usize = 9;
const ACCOUNT: usize = 10;
const USER: usize = 11;
const PRINCIPAL: usize = 12;
const INVOKED_BY: usize = 13;

pub(super) fn head<'v>(values: &Values<'v>) -> Result<Head<'v>, Reject> {
    // A failed sign-in to the console has no `errorCode`: it says so in the message and in the answer.
    let told = |slot| match value(values, slot) {
        None | Some(Value::Null) => false,
        Some(Value::Text(text)) => !text.is_empty(),
        Some(_) => true,
    };
    let console = text(values, CONSOLE_LOGIN).is_some_and(|answer| !answer.is(b"Success"));
    let failed = told(ERROR_CODE) || told(ERROR_MESSAGE) || console;
    Ok(Head {
        time: time(values, TIME)?,
        outcome: if failed {
            Outcome::Failed
        } else {
            Outcome::Use
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
    let source = text(values, SOURCE).ok_or(Reject::NoPermission)?;
    let name = text(values, NAME).ok_or(Reject::NoPermission)?;
    add(source, spare, permission)?;
    if permission.ends_with(b".amazonaws.com") {
        permission.truncate(permission.len() - b".amazonaws.com".len());
    }
    permission.push(b':');
    add(name, spare, permission)?;
    who(values, spare, principal)?;
    credit(principal, permission);
    Ok(())
}

fn who(values: &Values<'_>, spare: &mut Vec<u8>, name: &mut Vec<u8>) -> Result<(), Reject> {
    if let Some(issuer) = text(values, ISSUER) {
        return add(issuer, spare, name);
    }
    if let Some(arn) = text(values, ARN) {
        add(arn, spare, name)?;
        if let Some(role) = role_of_session(name) {
            *name = role;
        }
        return Ok(());
    }
    let user = text(values, USER);
    let of_iam = text(values, TYPE).is_some_and(|kind| kind.is(b"IAMUser"));
    if let (true, Some(user), Some(account)) = (of_iam, user, text(values, ACCOUNT)) {
        name.extend_from_slice(b"arn:aws:iam::");
        add(account, spare, name)?;
        name.extend_from_slice(b":user/");
        return add(user, spare, name);
    }
    let others = [PRINCIPAL, INVOKED_BY, ACCOUNT];
    let other = others.into_iter().find_map(|slot| text(values, slot));
    let found: Text<'_> = user.or(other).ok_or(Reject::NoPrincipal)?;
    add(found, spare, name)
}

/// `arn:aws:sts::1:assumed-role/NAME/SESSION` is a session of `arn:aws:iam::1:role/NAME`.
fn role_of_session(arn: &[u8]) -> Option<Vec<u8>> {
    let mut parts = arn.splitn(6, |byte| *byte == b':');
    let (b"arn", partition, b"sts", region, account, rest) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ) else {
        return None;
    };
    let role = rest.strip_prefix(b"assumed-role/")?;
    let role = role.split(|byte| *byte == b'/').next()?;
    let pieces: [&[u8]; 5] = [b"arn", partition, b"iam", region, account];
    let mut name = pieces.join(&b':');
    name.extend_from_slice(b":role/");
    name.extend_from_slice(role);
    Some(name)
}
