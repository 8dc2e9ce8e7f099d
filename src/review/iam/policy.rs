//! Policy documents and what they come to together: Deny wins, NotAction and NotResource, globs, boundaries.

use crate::kernel::document::Node;
use crate::kernel::time::Timestamp;

/// Whether an action is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowed {
    /// No.
    No,
    /// On some resources, or under a condition.
    Conditional,
    /// Yes, on everything.
    Yes,
}

/// What a statement's condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// There is none, or it is true of every session.
    Always,
    /// It depends on what is not known here.
    Depends,
    /// It cannot become true.
    Never,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    allow: bool,
    not_actions: bool,
    actions: Vec<String>,
    not_resources: bool,
    resources: Vec<String>,
    condition: Condition,
}

/// A policy document.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// The longest life of a session in IAM: 36 hours.
const SESSION: std::time::Duration = std::time::Duration::from_secs(36 * 3_600);

impl Document {
    /// Reads a document, given as JSON or as a string that holds (perhaps percent-encoded) JSON.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(node: &Node, now: Timestamp) -> Result<Self, String> {
        if let Some(text) = node.as_str() {
            let text = unescape(text);
            let (node, _) = crate::kernel::json::parse_text(&text)
                .map_err(|error| format!("its policy document is not JSON: {error}"))?;
            return Self::read_object(&node, now);
        }
        Self::read_object(node, now)
    }

    fn read_object(node: &Node, now: Timestamp) -> Result<Self, String> {
        let statements = node
            .get("Statement")
            .ok_or_else(|| "its policy document has no `Statement`".to_owned())?;
        let list = match statements.as_sequence() {
            Some(list) => list,
            None => std::slice::from_ref(statements),
        };
        let statements: Result<Vec<Statement>, String> =
            list.iter().map(|each| Statement::read(each, now)).collect();
        Ok(Self {
            statements: statements?,
        })
    }

    /// The actions that it allows by a wildcard on every resource, as written.
    ///
    /// An action stands in backticks; all but some are told as that.
    pub fn wildcards(&self) -> Vec<String> {
        let open = |statement: &&Statement| {
            statement.allow
                && !statement.not_resources
                && statement.condition != Condition::Never
                && statement.resources.iter().any(|resource| is_any(resource))
        };
        let all = self.statements.iter().filter(open);
        let mut found = Vec::new();
        for statement in all {
            if statement.not_actions {
                found.push(format!(
                    "every action but `{}`",
                    statement.actions.join("`, `")
                ));
                continue;
            }
            let wild = statement.actions.iter();
            let wild = wild.filter(|action| *action == "*" || action.ends_with(":*"));
            found.extend(wild.map(|action| format!("`{action}`")));
        }
        found
    }
}

impl Statement {
    fn read(node: &Node, now: Timestamp) -> Result<Self, String> {
        let effect = node.get("Effect").and_then(Node::as_str);
        let allow = match effect {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("a statement's `Effect` is neither `Allow` nor `Deny`".to_owned()),
        };
        let (actions, not_actions) = either(node, "Action", "NotAction");
        let (resources, not_resources) = either(node, "Resource", "NotResource");
        let actions =
            actions.ok_or_else(|| "a statement has neither `Action` nor `NotAction`".to_owned())?;
        Ok(Self {
            allow,
            not_actions,
            actions: actions
                .iter()
                .map(|action| action.to_ascii_lowercase())
                .collect(),
            not_resources,
            // A trust policy has no resource: it is about its role.
            resources: resources.unwrap_or_else(|| vec!["*".to_owned()]),
            condition: node
                .get("Condition")
                .map_or(Condition::Always, |c| condition(c, now)),
        })
    }

    fn matches(&self, action: &str) -> bool {
        let listed = self.actions.iter().any(|pattern| glob(pattern, action));
        listed != self.not_actions
    }

    /// The part of the resources that it speaks of, as far as an action can have any: none, some or all.
    fn reach(&self, action: &str) -> Allowed {
        if self.not_resources {
            return Allowed::Conditional;
        }
        if self.resources.iter().any(|resource| resource == "*") {
            return Allowed::Yes;
        }
        let some = self
            .resources
            .iter()
            .any(|resource| possible(resource, action));
        if some {
            Allowed::Conditional
        } else {
            Allowed::No
        }
    }

    /// Whether whatever `other` allows is within this one's resources.
    fn covers(&self, other: &Self) -> bool {
        let all = |list: &[String]| list.iter().any(|resource| resource == "*");
        !self.not_resources
            && (all(&self.resources)
                || (!other.not_resources
                    && other.resources.iter().all(|theirs| {
                        let mut ours = self.resources.iter();
                        ours.any(|ours| glob(ours, theirs))
                    })))
    }

    fn allows(&self, action: &str) -> Allowed {
        let of_condition = match self.condition {
            Condition::Always => Allowed::Yes,
            Condition::Depends => Allowed::Conditional,
            Condition::Never => Allowed::No,
        };
        if self.allow && self.matches(action) {
            self.reach(action).min(of_condition)
        } else {
            Allowed::No
        }
    }
}

/// All that speaks for and against a principal.
#[derive(Debug, Clone, Default)]
pub struct Identity<'a> {
    /// Attached, inline and group policies.
    pub policies: Vec<&'a Document>,
    /// The boundary, if there is one; an empty one where its document is not in the export.
    pub boundary: Option<&'a Document>,
}

impl Identity<'_> {
    /// Whether an action, in lower case, is allowed.
    pub fn allows(&self, action: &str) -> Allowed {
        let own = together(&self.policies, action);
        match self.boundary {
            Some(boundary) => own.min(together(&[boundary], action)),
            None => own,
        }
    }

    /// Whether an action is allowed on one resource.
    pub fn allows_on(&self, action: &str, resource: &str) -> Allowed {
        let on = |document: &Document| -> Allowed {
            let statements = document.statements.iter();
            let here = statements.filter(|s| s.allow && s.matches(action) && s.is_about(resource));
            here.map(|statement| match statement.condition {
                Condition::Always => Allowed::Yes,
                Condition::Depends => Allowed::Conditional,
                Condition::Never => Allowed::No,
            })
            .max()
            .unwrap_or(Allowed::No)
        };
        let own = self.policies.iter().map(|document| on(document)).max();
        let mut allowed = own.unwrap_or(Allowed::No);
        if let Some(boundary) = self.boundary {
            allowed = allowed.min(on(boundary));
        }
        allowed.min(self.spared(action, resource))
    }

    /// Whether no denial stands against an action on a resource.
    pub fn spared(&self, action: &str, resource: &str) -> Allowed {
        let all = self.policies.iter().copied().chain(self.boundary);
        let denials = all.flat_map(|document| &document.statements);
        let against = denials.filter(|s| !s.allow && s.matches(action) && s.is_about(resource));
        let worst = against.map(|statement| match statement.condition {
            Condition::Always => Allowed::No,
            Condition::Depends => Allowed::Conditional,
            Condition::Never => Allowed::Yes,
        });
        worst.min().unwrap_or(Allowed::Yes)
    }
}

impl Statement {
    fn is_about(&self, resource: &str) -> bool {
        let listed = self.resources.iter().any(|pattern| glob(pattern, resource));
        listed != self.not_resources
    }
}

fn together(documents: &[&Document], action: &str) -> Allowed {
    let statements = || documents.iter().flat_map(|document| &document.statements);
    let denials: Vec<&Statement> = statements()
        .filter(|statement| {
            !statement.allow && statement.condition != Condition::Never && statement.matches(action)
        })
        .collect();
    let mut best = Allowed::No;
    for statement in statements().filter(|statement| statement.allow) {
        let mut allowed = statement.allows(action);
        for denial in &denials {
            if denial.condition == Condition::Always && denial.covers(statement) {
                allowed = Allowed::No;
            } else {
                // It takes something away, but what cannot be told.
                allowed = allowed.min(Allowed::Conditional);
            }
        }
        best = best.max(allowed);
    }
    best
}

/// Whether a resource pattern can name anything that the action works on.
fn possible(resource: &str, action: &str) -> bool {
    let service = match action.split_once(':').map(|(service, _)| service) {
        // Roles are what both are about.
        Some("sts") => "iam",
        Some(service) => service,
        None => return true,
    };
    let mut parts = resource.splitn(6, ':');
    let (Some("arn"), Some(_), Some(of), Some(_), Some(account)) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return true;
    };
    let service_fits = glob(&of.to_ascii_lowercase(), service) || service != "iam";
    // What belongs to AWS itself cannot be written by a customer.
    let writable = account != "aws" || !matches!(service, "iam");
    service_fits && writable
}

/// Whether a pattern with `*` and `?` matches a text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

/// A condition that compares with the time of the session or the present can be judged; any other depends.
fn condition(node: &Node, now: Timestamp) -> Condition {
    let mut result = Condition::Always;
    for operator in node.as_mapping().unwrap_or_default() {
        for key in operator.value.as_mapping().unwrap_or_default() {
            let name = key.key.to_ascii_lowercase();
            let dated = ["aws:tokenissuetime", "aws:currenttime"].contains(&name.as_str());
            let limit = key
                .value
                .as_str()
                .and_then(|text| Timestamp::parse(text).ok());
            let judged = match (dated, limit) {
                (true, Some(limit)) => date(&operator.key, limit, now),
                _ => Condition::Depends,
            };
            result = match (result, judged) {
                (Condition::Never, _) | (_, Condition::Never) => Condition::Never,
                (Condition::Depends, _) | (_, Condition::Depends) => Condition::Depends,
                _ => Condition::Always,
            };
        }
    }
    result
}

/// A session was issued between 36 hours ago and now; with long-lived keys there is none, and the condition is false.
fn date(operator: &str, limit: Timestamp, now: Timestamp) -> Condition {
    let past = limit < now.minus(SESSION);
    let future = limit > now;
    match operator {
        "DateGreaterThan" | "DateGreaterThanEquals" if past => Condition::Always,
        "DateGreaterThan" | "DateGreaterThanEquals" if future => Condition::Never,
        "DateLessThan" | "DateLessThanEquals" if past => Condition::Never,
        "DateLessThan" | "DateLessThanEquals" if future => Condition::Always,
        _ => Condition::Depends,
    }
}

fn either(node: &Node, name: &str, not: &str) -> (Option<Vec<String>>, bool) {
    let list = |name: &str| node.get(name).map(strings);
    match (list(name), list(not)) {
        (Some(list), _) => (Some(list), false),
        (None, Some(list)) => (Some(list), true),
        (None, None) => (None, false),
    }
}

/// A string or a list of strings.
pub fn strings(node: &Node) -> Vec<String> {
    let list = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    list.iter()
        .filter_map(|each| each.as_str().map(str::to_owned))
        .collect()
}

/// Whether a resource is any: `*`, or no more than a partition before it.
fn is_any(resource: &str) -> bool {
    let bare = resource.trim_end_matches([':', '*']);
    let partition = bare
        .strip_prefix("arn:")
        .is_some_and(|rest| !rest.contains(':'));
    resource.ends_with('*') && (bare.is_empty() || bare == "arn" || partition)
}

/// Percent-encoding as the API writes documents; a text without any stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    if !text.trim_start().starts_with('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = || {
            let mut ahead = rest.clone();
            let (high, low) = (ahead.next()?, ahead.next()?);
            let value = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(value(high)? * 16 + value(low)?).ok()
        };
        match (byte, (byte == b'%').then(digits).flatten()) {
            (_, Some(decoded)) => {
                bytes.push(decoded);
                rest.next();
                rest.next();
            }
            (byte, None) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(statements: &str) -> Document {
        let text = format!("{{\"Statement\":{statements}}}");
        let (node, _) = crate::kernel::json::parse_text(&text).unwrap();
        let now = Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
        Document::read(&node, now).unwrap()
    }

    #[track_caller]
    fn allows(policies: &[&str], boundary: Option<&str>, action: &str, expected: Allowed) {
        let documents: Vec<Document> = policies.iter().map(|text| document(text)).collect();
        let boundary = boundary.map(document);
        let identity = Identity {
            policies: documents.iter().collect(),
            boundary: boundary.as_ref(),
        };
        assert_eq!(identity.allows(action), expected, "{policies:?} {action}");
    }

    #[test]
    fn denials_boundaries_and_limits_are_weighed() {
        const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        const NO_IAM: &str = r#"{"Effect":"Deny","Action":"IAM:*","Resource":"*"}"#;
        const NO_ONE: &str =
            r#"{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::1:role/x"}"#;
        const MFA: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#;
        const NOT: &str = r#"{"Effect":"Allow","NotAction":["iam:Create*"],"Resource":"*"}"#;
        const S3: &str = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        const ONE: &str = r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::*:policy/a-*"}"#;
        const AWS: &str = r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::aws:policy/a-*"}"#;
        const BUCKET: &str = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}"#;
        let make = "iam:createpolicyversion";
        allows(&[ALL], None, make, Allowed::Yes);
        allows(&[ALL, NO_IAM], None, make, Allowed::No);
        allows(&[ALL, NO_IAM], None, "s3:getobject", Allowed::Yes);
        allows(&[ALL, NO_ONE], None, make, Allowed::Conditional);
        allows(&[ALL, MFA], None, make, Allowed::Conditional);
        allows(&[NOT], None, make, Allowed::No);
        allows(&[NOT], None, "iam:putuserpolicy", Allowed::Yes);
        allows(&[ALL], Some(S3), make, Allowed::No);
        allows(&[ALL], Some(S3), "s3:getobject", Allowed::Yes);
        allows(&[ONE], None, make, Allowed::Conditional);
        allows(&[AWS], None, make, Allowed::No);
        allows(&[BUCKET], None, make, Allowed::No);
        allows(&[], None, make, Allowed::No);
    }

    #[test]
    fn conditions_on_time_are_judged_and_no_other() {
        let with = |condition: &str| {
            format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#)
        };
        let before = r#"{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}"#;
        let after = r#"{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}"#;
        let address = r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;
        let mixed = r#"{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;
        allows(&[&with(before)], None, "a:b", Allowed::No);
        allows(&[&with(after)], None, "a:b", Allowed::Yes);
        allows(&[&with(address)], None, "a:b", Allowed::Conditional);
        allows(&[&with(mixed)], None, "a:b", Allowed::Conditional);
    }

    #[test]
    fn globs_match_as_iam_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:get*", "s3:getobject", true),
            ("s3:?et*", "s3:getobject", true),
            ("*:*", "s3:getobject", true),
            ("s3:get", "s3:getobject", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn encoded_documents_are_read_and_broken_ones_refused() {
        let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
        let now = Timestamp::from_unix(0).unwrap();
        let read = |text: &str| {
            let (node, _) = crate::kernel::json::parse_text(text).unwrap();
            Document::read(&node, now).map(|document| document.wildcards().len())
        };
        assert_eq!(read(&format!("\"{encoded}\"")), Ok(1));
        for broken in [
            "{}",
            "\"{\"",
            r#"{"Statement":[{"Effect":"Maybe"}]}"#,
            r#"{"Statement":{"Effect":"Allow"}}"#,
        ] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }
}
