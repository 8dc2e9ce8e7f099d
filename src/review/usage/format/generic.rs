//! Any log, by a mapping: which member is the principal, the permission, the time, the id and the outcome.

use super::{Buffers, Credit, Head, Outcome, id, scalar, value};
use crate::review::usage::instant::{self, Unit};
use crate::review::usage::json::{Text, Value, Values};
use crate::review::usage::reject::Reject;

/// Where a member is, from the root of a row: `actor.email`, or a JSON Pointer (RFC 6901) for names with dots in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

/// The most names of a path.
const MAX_NAMES: usize = 12;

/// A text that names no member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no member; write `actor.email`, or `/actor/e.mail` for a name with a dot in it"
)]
pub struct PathError(String);

impl std::str::FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(unescape).collect(),
            None => text.split('.').map(str::to_owned).collect(),
        };
        if names.len() > MAX_NAMES || names.iter().any(String::is_empty) {
            return Err(PathError(text.to_owned()));
        }
        Ok(Self(names))
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.iter().any(|name| name.contains(['.', '/'])) {
            return self
                .0
                .iter()
                .try_for_each(|name| write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")));
        }
        f.write_str(&self.0.join("."))
    }
}

impl Path {
    /// The names on the way.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

// RFC 6901 §4.
fn unescape(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

/// The members of a row that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Who.
    pub principal: Path,
    /// What.
    pub permission: Path,
    /// When.
    pub time: Path,
    /// What makes an event one of its kind.
    pub id: Option<Path>,
    /// What came of it, and the values that mean success; None where every row is a success.
    pub outcome: Option<(Path, Vec<String>)>,
    /// The unit of times that are numbers.
    pub unit: Option<Unit>,
}

pub(in crate::review::usage) const PRINCIPAL: usize = 0;
pub(in crate::review::usage) const PERMISSION: usize = 1;
pub(in crate::review::usage) const TIME: usize = 2;
pub(in crate::review::usage) const ID: usize = 3;
pub(in crate::review::usage) const OUTCOME: usize = 4;

impl Mapping {
    /// The members as one text, for the record of how a log was read.
    pub fn describe(&self) -> String {
        let mut text = format!(
            "principal={} permission={} time={}",
            self.principal, self.permission, self.time
        );
        if let Some(unit) = self.unit {
            text.push_str(&format!(" unit={}", unit.name()));
        }
        if let Some(id) = &self.id {
            text.push_str(&format!(" id={id}"));
        }
        match &self.outcome {
            Some((path, values)) => {
                text.push_str(&format!(" outcome={path} success={}", values.join("|")));
            }
            None => text.push_str(" every row succeeded"),
        }
        text
    }

    /// Whether two of the members are one: each needs a member of its own.
    pub fn repeats(&self) -> bool {
        let id = self.id.iter();
        let outcome = self.outcome.iter().map(|(path, _)| path);
        let fixed = [&self.principal, &self.permission, &self.time];
        let all: Vec<&Path> = fixed.into_iter().chain(id).chain(outcome).collect();
        all.iter()
            .enumerate()
            .any(|(index, path)| all.iter().skip(index + 1).any(|other| other == path))
    }

    /// The wanted members, by slot.
    pub(super) fn paths(&self) -> Vec<Vec<String>> {
        let outcome = self.outcome.as_ref().map(|(path, _)| path);
        let fixed = [&self.principal, &self.permission, &self.time].map(Some);
        let all = fixed.into_iter().chain([self.id.as_ref(), outcome]);
        all.map(|path| path.map_or_else(Vec::new, |path| path.0.clone()))
            .collect()
    }

    pub(super) fn head<'v>(&self, values: &Values<'v>) -> Result<Head<'v>, Reject> {
        let outcome = match &self.outcome {
            None => Outcome::Use,
            Some((_, accepted)) => {
                let told = scalar(values, OUTCOME).ok_or(Reject::NoOutcome)?;
                match accepted.iter().any(|word| told.is(word.as_bytes())) {
                    true => Outcome::Use,
                    false => Outcome::Failed,
                }
            }
        };
        let id = match self.id {
            Some(_) => id(values, ID)?,
            None => None,
        };
        let time = self.time(values)?;
        Ok(Head { time, outcome, id })
    }

    /// Whether this is a success, as it is written.
    pub(in crate::review::usage) fn succeeded(&self, told: &[u8]) -> bool {
        let outcome = self.outcome.as_ref();
        outcome.is_none_or(|(_, accepted)| accepted.iter().any(|word| word.as_bytes() == told))
    }

    fn time(&self, values: &Values<'_>) -> Result<u32, Reject> {
        match (value(values, TIME), self.unit) {
            (None | Some(Value::Null), _) => Err(Reject::NoTime),
            (Some(Value::Text(text)), _) => match text.to_bytes() {
                None => Err(Reject::NotText),
                Some(bytes) => instant::rfc3339(&bytes).ok_or(Reject::BadTime),
            },
            (Some(Value::Number(number)), Some(unit)) => {
                instant::count(number, unit).ok_or(Reject::BadTime)
            }
            _ => Err(Reject::BadTime),
        }
    }
}

pub(super) fn credits(
    values: &Values<'_>,
    buffers: &mut Buffers,
    credit: Credit<'_>,
) -> Result<(), Reject> {
    let principal: Text<'_> = scalar(values, PRINCIPAL).ok_or(Reject::NoPrincipal)?;
    let permission: Text<'_> = scalar(values, PERMISSION).ok_or(Reject::NoPermission)?;
    let principal = principal.unescape(&mut buffers.principal);
    let permission = permission.unescape(&mut buffers.permission);
    credit(
        principal.ok_or(Reject::NotText)?,
        permission.ok_or(Reject::NotText)?,
    );
    Ok(())
}
