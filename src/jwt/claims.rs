//! Checking claims (RFC 7519 §4.1): every failure is listed, expected against actual.

use super::compact::{Compact, Part, TokenError, object};
use super::reasons::Reason;
use crate::kernel::document::{Node, Value};
use crate::kernel::time::{Leeway, Timestamp, humanize};

/// What a verifier expects of the claims.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// The present.
    pub now: Timestamp,
    /// How far clocks may differ.
    pub leeway: Leeway,
    /// The issuers that are accepted; empty checks none.
    pub issuers: Vec<String>,
    /// The names of the verifier, one of which must be in `aud`; None checks none.
    pub audiences: Audience,
    /// The subject.
    pub subject: Option<String>,
    /// The `typ` of the header.
    pub typ: Option<String>,
    /// Scopes that must be granted.
    pub scopes: Vec<String>,
    /// Further claims that must be there.
    pub required: Vec<String>,
}

/// Who the verifier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One of these names.
    Named(Vec<String>),
    /// Unknown: a token that names an audience is refused (RFC 7519 §4.1.3).
    Unknown,
    /// Any audience is accepted.
    Any,
}

/// One check of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCheck {
    /// The claim.
    pub claim: String,
    /// What was expected.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// Why it fails; None if it holds.
    pub failure: Option<Reason>,
    /// Whether only the leeway made it hold.
    pub by_leeway: bool,
}

/// Reads the claims of a token.
///
/// # Errors
/// [`TokenError`] if the payload is not one JSON object without duplicates.
pub fn read(token: &Compact) -> Result<Node, TokenError> {
    object(Part::Payload, &token.payload)
}

/// A time claim (RFC 7519 §2: a JSON number, a fraction allowed).
pub fn time(claims: &Node, name: &str) -> TimeClaim {
    claims.get(name).map_or(TimeClaim::Absent, time_of)
}

fn time_of(node: &Node) -> TimeClaim {
    let Some(number) = node.as_number() else {
        return TimeClaim::WrongType(node.kind());
    };
    // Rounded towards the stricter side by the checks; whole seconds are what the calendar shows.
    let in_calendar = number.float.is_finite() && number.float.abs() < 1e12;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far inside 64 bits"
    )]
    let seconds = number.float.floor() as i64;
    match Timestamp::from_unix(seconds).filter(|_| in_calendar) {
        Some(time) => TimeClaim::At {
            time,
            fraction: number.float.fract() != 0.0,
        },
        None => TimeClaim::OutOfRange(number.text.clone()),
    }
}

/// What a time claim holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeClaim {
    /// Nothing.
    Absent,
    /// A time, rounded down to seconds.
    At {
        /// The time.
        time: Timestamp,
        /// Whether something was cut off.
        fraction: bool,
    },
    /// Something else.
    WrongType(&'static str),
    /// A number that no calendar has, such as milliseconds far away.
    OutOfRange(String),
}

/// Checks everything that is expected; the order is that of the reader's interest.
pub fn check(token: &Compact, claims: &Node, expected: &Expectations) -> Vec<ClaimCheck> {
    let mut checks = Checks(Vec::new());
    checks.expiry(claims, expected);
    checks.not_before(claims, expected);
    checks.issued_at(claims, expected);
    checks.issuer(claims, expected);
    checks.audience(claims, expected);
    checks.subject(claims, expected);
    checks.typ(token, expected);
    checks.scopes(claims, expected);
    for name in &expected.required {
        let there = claims.get(name);
        let absent = there.is_none_or(Node::is_null);
        let failure = absent.then_some(Reason::ClaimMissing);
        checks.add(name, "present", &show(there), failure);
    }
    checks.0
}

struct Checks(Vec<ClaimCheck>);

impl Checks {
    fn add(&mut self, claim: &str, expected: &str, actual: &str, failure: Option<Reason>) {
        self.0.push(ClaimCheck {
            claim: claim.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            failure,
            by_leeway: false,
        });
    }

    fn expiry(&mut self, claims: &Node, expected: &Expectations) {
        let now = expected.now;
        match time(claims, "exp") {
            TimeClaim::At { time, .. } => {
                // RFC 7519 §4.1.4: the present must be before `exp`.
                let strict = now < time;
                let lenient = now < time.plus(expected.leeway.get());
                let failure = (!lenient).then_some(Reason::Expired);
                self.add("exp", &format!("after {now}"), &at(time, now), failure);
                self.by_leeway(lenient && !strict);
            }
            TimeClaim::Absent => {
                self.add("exp", "a time", "(none)", Some(Reason::ClaimMissing));
            }
            other => self.not_a_time("exp", &other),
        }
    }

    fn not_before(&mut self, claims: &Node, expected: &Expectations) {
        self.not_ahead("nbf", claims, expected, Reason::NotYetValid);
    }

    fn issued_at(&mut self, claims: &Node, expected: &Expectations) {
        self.not_ahead("iat", claims, expected, Reason::IssuedInFuture);
    }

    // RFC 7519 §4.1.5: the present must be after or equal to `nbf`.
    fn not_ahead(&mut self, name: &str, claims: &Node, expected: &Expectations, reason: Reason) {
        let now = expected.now;
        match time(claims, name) {
            TimeClaim::At { time, fraction } => {
                // A fraction that was cut off makes the true time later.
                let reached = |now: Timestamp| now > time || (now == time && !fraction);
                let strict = reached(now);
                let lenient = reached(now.plus(expected.leeway.get()));
                let failure = (!lenient).then_some(reason);
                self.add(name, &format!("not after {now}"), &at(time, now), failure);
                self.by_leeway(lenient && !strict);
            }
            TimeClaim::Absent => {}
            other => self.not_a_time(name, &other),
        }
    }

    fn by_leeway(&mut self, by_leeway: bool) {
        if let Some(check) = self.0.last_mut() {
            check.by_leeway = by_leeway;
        }
    }

    fn not_a_time(&mut self, claim: &str, found: &TimeClaim) {
        let found = match found {
            TimeClaim::WrongType(kind) => (*kind).to_owned(),
            TimeClaim::OutOfRange(text) => format!("{text}, outside the calendar"),
            TimeClaim::Absent | TimeClaim::At { .. } => String::new(),
        };
        self.add(
            claim,
            "a number of seconds since 1970",
            &found,
            Some(Reason::ClaimType),
        );
    }

    fn text_claim(&mut self, claims: &Node, name: &str, wanted: &[String], reason: Reason) {
        let failure = match claims.get(name) {
            None => Some(Reason::ClaimMissing),
            Some(node) => match node.as_str() {
                None => Some(Reason::ClaimType),
                Some(text) if wanted.iter().any(|wanted| wanted == text) => None,
                Some(_) => Some(reason),
            },
        };
        self.add(name, &wanted.join(" or "), &show(claims.get(name)), failure);
    }

    fn issuer(&mut self, claims: &Node, expected: &Expectations) {
        if !expected.issuers.is_empty() {
            self.text_claim(claims, "iss", &expected.issuers, Reason::IssuerMismatch);
        } else if let Some(node) = claims.get("iss").filter(|node| node.as_str().is_none()) {
            self.add("iss", "a string", node.kind(), Some(Reason::ClaimType));
        }
    }

    fn subject(&mut self, claims: &Node, expected: &Expectations) {
        if let Some(subject) = &expected.subject {
            self.text_claim(
                claims,
                "sub",
                std::slice::from_ref(subject),
                Reason::SubjectMismatch,
            );
        } else if let Some(node) = claims.get("sub").filter(|node| node.as_str().is_none()) {
            self.add("sub", "a string", node.kind(), Some(Reason::ClaimType));
        }
    }

    fn audience(&mut self, claims: &Node, expected: &Expectations) {
        let there = claims.get("aud");
        let actual = show(there);
        let names = there.map(audiences);
        match (&expected.audiences, names) {
            (_, Some(None)) => {
                let wanted = "a string or an array of strings";
                self.add("aud", wanted, &actual, Some(Reason::ClaimType));
            }
            (Audience::Any, _) | (Audience::Unknown, None) => {}
            (Audience::Unknown, Some(Some(_))) => {
                self.add(
                    "aud",
                    "(unknown: no --aud)",
                    &actual,
                    Some(Reason::AudienceUnchecked),
                );
            }
            (Audience::Named(wanted), None) => {
                self.add(
                    "aud",
                    &wanted.join(" or "),
                    "(none)",
                    Some(Reason::ClaimMissing),
                );
            }
            (Audience::Named(wanted), Some(Some(names))) => {
                let ours = names
                    .iter()
                    .any(|name| wanted.iter().any(|wanted| wanted == name));
                let failure = (!ours).then_some(Reason::AudienceMismatch);
                self.add("aud", &wanted.join(" or "), &actual, failure);
            }
        }
    }

    fn typ(&mut self, token: &Compact, expected: &Expectations) {
        let Some(wanted) = &expected.typ else {
            return;
        };
        let found = token.header_text("typ");
        let same = found.is_some_and(|found| media_type(found) == media_type(wanted));
        let failure = (!same).then_some(Reason::TypeMismatch);
        self.add("typ (header)", wanted, found.unwrap_or("(none)"), failure);
    }

    fn scopes(&mut self, claims: &Node, expected: &Expectations) {
        if expected.scopes.is_empty() {
            return;
        }
        let there = claims.get("scope");
        let wanted = expected.scopes.join(" ");
        let failure = match there {
            None => Some(Reason::ClaimMissing),
            Some(node) => match node.as_str() {
                None => Some(Reason::ClaimType),
                Some(granted) => {
                    let has = |scope: &String| granted.split(' ').any(|word| word == scope);
                    (!expected.scopes.iter().all(has)).then_some(Reason::ScopeMissing)
                }
            },
        };
        self.add("scope", &wanted, &show(there), failure);
    }
}

/// The values of `aud`; None if it is neither a string nor an array of strings.
pub fn audiences(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::String(name) => Some(vec![name]),
        Value::Sequence(items) => items.iter().map(Node::as_str).collect(),
        _ => None,
    }
}

// RFC 7515 §4.1.9: without a slash, `application/` is meant; media types ignore case.
fn media_type(typ: &str) -> String {
    let lower = typ.to_ascii_lowercase();
    if lower.contains('/') {
        lower
    } else {
        format!("application/{lower}")
    }
}

fn at(time: Timestamp, now: Timestamp) -> String {
    format!("{time} ({})", time.relative_to(now))
}

fn show(node: Option<&Node>) -> String {
    match node {
        None => "(none)".to_owned(),
        Some(node) => match node.as_str() {
            Some(text) => text.to_owned(),
            None => node.to_json().to_string(),
        },
    }
}

/// The life of a token, `exp` − `iat` (or − `nbf`), where both are times.
pub fn lifetime(claims: &Node) -> Option<std::time::Duration> {
    let at = |name| match time(claims, name) {
        TimeClaim::At { time, .. } => Some(time),
        _ => None,
    };
    let start = at("iat").or_else(|| at("nbf"))?;
    let end = at("exp")?;
    (end > start).then(|| end.since(start))
}

/// What a claim means, for people who do not know the registry by heart.
pub fn explain(name: &str, node: &Node, now: Timestamp) -> Option<String> {
    if matches!(name, "exp" | "nbf" | "iat" | "auth_time" | "updated_at") {
        let what = match name {
            "exp" => "expires",
            "nbf" => "not before",
            "iat" => "issued",
            "auth_time" => "the user signed in",
            _ => "updated",
        };
        return Some(match time_of(node) {
            TimeClaim::At { time, .. } => format!("{what} {time}, {}", time.relative_to(now)),
            TimeClaim::WrongType(kind) => format!("{what}: {kind}, not a number of seconds"),
            _ => format!("{what}: outside the calendar; milliseconds instead of seconds?"),
        });
    }
    let text = match name {
        "iss" => "issuer",
        "sub" => "subject",
        "aud" => "audience: who may accept it",
        "jti" => "unique id of this token",
        "scope" | "scp" => "what it grants",
        "client_id" | "azp" => "the client it was issued to",
        "cnf" => "the key that the sender must prove to hold",
        "nonce" => "binds it to one sign-in",
        "acr" => "how strongly the user was authenticated",
        "amr" => "by which methods the user was authenticated",
        "sid" => "session",
        "device_posture" => "state of the sender's device",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The life in words, for messages.
pub fn lifetime_text(claims: &Node) -> Option<String> {
    lifetime(claims).map(humanize)
}
