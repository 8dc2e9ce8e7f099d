//! What a row of each kind of log says: when, by whom, what, and whether it came to anything.

mod cloudtrail;
mod entra;
pub(super) mod generic;
mod kubernetes;
mod okta;

use std::borrow::Cow;

use super::instant;
use super::json::{Shape, Text, Value, Values};
use super::reject::Reject;

pub use generic::{Mapping, Path, PathError};

/// A kind of log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// AWS CloudTrail.
    CloudTrail,
    /// The system log of Okta.
    Okta,
    /// Sign-ins of Microsoft Entra.
    Entra,
    /// The audit log of Kubernetes.
    Kubernetes,
    /// Any other, by a mapping.
    Generic(Mapping),
}

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It succeeded: a use.
    Use,
    /// It failed or was denied.
    Failed,
    /// A report on the way to an outcome that has a row of its own.
    Unfinished,
}

/// The first that is read of a row.
#[derive(Debug)]
pub(super) struct Head<'v> {
    pub(super) time: u32,
    pub(super) outcome: Outcome,
    /// What makes the event one of its kind, where the log says so.
    pub(super) id: Option<Cow<'v, [u8]>>,
}

/// Room for names that are put together.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    principal: Vec<u8>,
    permission: Vec<u8>,
    spare: Vec<u8>,
}

impl Format {
    /// The names of the formats.
    pub const NAMES: [&str; 5] = ["cloudtrail", "okta", "entra", "kubernetes", "generic"];

    /// The name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Kubernetes => "kubernetes",
            Self::Generic(_) => "generic",
        }
    }

    /// What the uses are uses of, unless the user says otherwise.
    pub fn system(&self) -> &'static str {
        match self {
            Self::CloudTrail => "aws",
            other => other.name(),
        }
    }

    /// The member of a document under which its records stand in an array.
    pub(super) fn wrapper(&self) -> Option<&'static str> {
        match self {
            Self::CloudTrail => Some("Records"),
            Self::Entra => Some("value"),
            Self::Kubernetes => Some("items"),
            Self::Okta | Self::Generic(_) => None,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        Shape::new(&self.paths())
    }

    /// Where the wanted members are, by slot; nowhere where a path is empty.
    pub(super) fn paths(&self) -> Vec<Vec<String>> {
        let paths = match self {
            Self::CloudTrail => cloudtrail::PATHS,
            Self::Okta => okta::PATHS,
            Self::Entra => entra::PATHS,
            Self::Kubernetes => kubernetes::PATHS,
            Self::Generic(mapping) => return mapping.paths(),
        };
        let owned = |path: &&[&str]| path.iter().map(|name| (*name).to_owned()).collect();
        paths.iter().map(owned).collect()
    }

    /// When, and what came of it.
    pub(super) fn head<'v>(&self, values: &Values<'v>) -> Result<Head<'v>, Reject> {
        match self {
            Self::CloudTrail => cloudtrail::head(values),
            Self::Okta => okta::head(values),
            Self::Entra => entra::head(values),
            Self::Kubernetes => kubernetes::head(values),
            Self::Generic(mapping) => mapping.head(values),
        }
    }

    /// Whom to credit with what, for an event that is a use.
    pub(super) fn credits(
        &self,
        values: &Values<'_>,
        buffers: &mut Buffers,
        mut credit: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Reject> {
        match self {
            Self::CloudTrail => cloudtrail::credits(values, buffers, &mut credit),
            Self::Okta => okta::credits(values, buffers, &mut credit),
            Self::Entra => entra::credits(values, buffers, &mut credit),
            Self::Kubernetes => kubernetes::credits(values, buffers, &mut credit),
            Self::Generic(_) => generic::credits(values, buffers, &mut credit),
        }
    }
}

type Credit<'c> = &'c mut dyn FnMut(&[u8], &[u8]);

fn text<'v>(values: &Values<'v>, slot: usize) -> Option<Text<'v>> {
    values.get(slot).copied().flatten()?.text()
}

fn scalar<'v>(values: &Values<'v>, slot: usize) -> Option<Text<'v>> {
    values.get(slot).copied().flatten()?.scalar()
}

fn value<'v>(values: &Values<'v>, slot: usize) -> Option<Value<'v>> {
    values.get(slot).copied().flatten()
}

/// A time that RFC 3339 writes, or one that is kept as such.
fn time(values: &Values<'_>, slot: usize) -> Result<u32, Reject> {
    if let Some(Value::Instant(time)) = value(values, slot) {
        return time.ok_or(Reject::BadTime);
    }
    let bytes = text(values, slot).ok_or(Reject::NoTime)?.to_bytes();
    instant::rfc3339(&bytes.ok_or(Reject::NotText)?).ok_or(Reject::BadTime)
}

/// An event's own id; a number is one too.
fn id<'v>(values: &Values<'v>, slot: usize) -> Result<Option<Cow<'v, [u8]>>, Reject> {
    let text = scalar(values, slot);
    text.map(|text| text.to_bytes().ok_or(Reject::NotText))
        .transpose()
}

/// Adds a text to a name that is put together.
fn add(text: Text<'_>, spare: &mut Vec<u8>, name: &mut Vec<u8>) -> Result<(), Reject> {
    name.extend_from_slice(text.unescape(spare).ok_or(Reject::NotText)?);
    Ok(())
}

#[cfg(test)]
mod tests;
