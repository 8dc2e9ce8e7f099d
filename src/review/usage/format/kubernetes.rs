//! The audit log of Kubernetes (`audit.k8s.io/v1`).
//!
//! One request has up to four rows; the one of stage `ResponseComplete` has the outcome. A permission is the verb and the
//! resource as RBAC names them, with the namespace: `get pods/log@web`, `list deployments.apps@web`, `get /healthz`. With
//! impersonation the impersonated is credited with that, and whoever sent the request with `impersonate`.

use super::{Buffers, Credit, Head, Outcome, add, id, scalar, text, time, value};
use crate::review::usage::json::{Text, Value, Values};
use crate::review::usage::reject::{MAX_NAME, Reject};

pub(super) const PATHS: &[&[&str]] = &[
    &["requestReceivedTimestamp"],
    &["stageTimestamp"],
    &["auditID"],
    &["stage"],
    &["responseStatus", "code"],
    &["user", "username"],
    &["impersonatedUser", "username"],
    &["impersonatedUser", "groups"],
    &["verb"],
    &["objectRef", "resource"],
    &["objectRef", "apiGroup"],
    &["objectRef", "subresource"],
    &["objectRef", "namespace"],
    &["requestURI"],
];
const RECEIVED: usize = 0;
const STAGED: usize = 1;
const ID: usize = 2;
const STAGE: usize = 3;
const CODE: usize = 4;
const USER: usize = 5;
const IMPERSONATED: usize = 6;
const GROUPS: usize = 7;
const VERB: usize = 8;
const RESOURCE: usize = 9;
const API_GROUP: usize = 10;
const SUBRESOURCE: usize = 11;
const NAMESPACE: usize = 12;
const URI: usize = 13;

pub(super) fn head<'v>(values: &Values<'v>) -> Result<Head<'v>, Reject> {
    let told = match text(values, RECEIVED) {
        Some(_) => RECEIVED,
        None => STAGED,
    };
    let time = time(values, told)?;
    let id = id(values, ID)?;
    let stage = text(values, STAGE).ok_or(Reject::NoOutcome)?;
    if !stage.is(b"ResponseComplete") {
        return Ok(Head {
            time,
            outcome: Outcome::Unfinished,
            id,
        });
    }
    let code = scalar(values, CODE).and_then(Text::to_bytes);
    let code = code.and_then(|code| std::str::from_utf8(&code).ok()?.parse::<u16>().ok());
    let code = code.filter(|code| (100..600).contains(code));
    Ok(Head {
        time,
        outcome: if code.ok_or(Reject::NoOutcome)? < 400 {
            Outcome::Use
        } else {
            Outcome::Failed
        },
        id,
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
    what(values, spare, permission)?;
    let user = text(values, USER).ok_or(Reject::NoPrincipal)?;
    principal.clear();
    let Some(impersonated) = text(values, IMPERSONATED) else {
        add(user, spare, principal)?;
        credit(principal, permission);
        return Ok(());
    };
    add(impersonated, spare, principal)?;
    // All is read before anyone is credited: a row is a use as a whole or not at all.
    let actor = user.to_bytes().ok_or(Reject::NotText)?;
    let impersonate = match principal.strip_prefix(b"system:serviceaccount:") {
        Some(rest) => {
            let namespace = rest.split(|byte| *byte == b':').next().unwrap_or_default();
            [b"impersonate serviceaccounts@", namespace].concat()
        }
        None => b"impersonate users".to_vec(),
    };
    let names: [&[u8]; 4] = [principal, permission, &actor, &impersonate];
    if names.iter().any(|name| name.len() > MAX_NAME) {
        return Err(Reject::LongName);
    }
    credit(principal, permission);
    credit(&actor, &impersonate);
    // A group that was asked for by name needs a permission of its own.
    if matches!(value(values, GROUPS), Some(Value::Array(groups)) if names_others(groups)) {
        credit(&actor, b"impersonate groups");
    }
    Ok(())
}

/// The server adds `system:authenticated` to the groups of everyone.
fn names_others(groups: &[u8]) -> bool {
    let elements = crate::review::usage::json::elements(groups);
    elements.iter().any(|group| {
        !group.starts_with(b"\"system:authenticated\"")
            && !group.starts_with(b"\"system:serviceaccounts")
    })
}

fn what(values: &Values<'_>, spare: &mut Vec<u8>, name: &mut Vec<u8>) -> Result<(), Reject> {
    name.clear();
    add(text(values, VERB).ok_or(Reject::NoPermission)?, spare, name)?;
    name.push(b' ');
    let Some(resource) = text(values, RESOURCE) else {
        let uri = text(values, URI).ok_or(Reject::NoPermission)?;
        let uri = uri.to_bytes().ok_or(Reject::NotText)?;
        let path = uri.split(|byte| *byte == b'?').next().unwrap_or_default();
        name.extend_from_slice(path);
        return Ok(());
    };
    add(resource, spare, name)?;
    for (slot, sign) in [(API_GROUP, b'.'), (SUBRESOURCE, b'/'), (NAMESPACE, b'@')] {
        if let Some(part) = text(values, slot) {
            name.push(sign);
            add(part, spare, name)?;
        }
    }
    Ok(())
}
