//! Checking claims (RFC 7519 §4.1): every check is listed, expected against actual.

use super::claims::{TimeClaim, audiences, time};
use super::compact::Compact;
use super::expectations::{Audience, Expectations};
use super::profile::Profile;
use super::reasons::Reason;
use crate::kernel::document::{Node, Value};
use crate::kernel::time::{Timestamp, humanize};

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

/// Checks everything that is expected; the order is that of the reader's interest.
pub(super) fn check(token: &Compact, claims: &Node, expected: &Expectations) -> Vec<ClaimCheck> {
    let mut checks = Checks {
        token,
        claims,
        expected,
        done: Vec::new(),
    };
    checks.expiry();
    checks.not_before();
    checks.issued_at();
    checks.issuer();
    checks.audience();
    checks.subject();
    checks.typ();
    checks.scopes();
    checks.client();
    checks.nonce();
    checks.sign_in();
    for name in &expected.required {
        checks.present(name);
    }
    for value in &expected.values {
        checks.value(&value.claim, &value.pattern);
    }
    if let Some(profile) = expected.profile {
        profile.check_claims(&mut checks);
    }
    super::binding::check(&mut checks);
    checks.done
}

/// The checks of one token, as they come in.
pub(super) struct Checks<'a> {
    pub(super) token: &'a Compact,
    pub(super) claims: &'a Node,
    pub(super) expected: &'a Expectations,
    done: Vec<ClaimCheck>,
}

impl Checks<'_> {
    /// Adds a check of a claim: what was expected, what is there, and why it fails.
    pub(super) fn add(
        &mut self,
        claim: &str,
        (expected, actual): (&str, &str),
        failure: Option<Reason>,
    ) {
        // What holds is told once, however many demands it meets.
        let known = |check: &ClaimCheck| {
            check.claim == claim && check.actual == actual && check.failure.is_none()
        };
        if failure.is_none() && self.done.iter().any(known) {
            return;
        }
        self.done.push(ClaimCheck {
            claim: claim.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            failure,
            by_leeway: false,
        });
    }

    /// Whether a claim of that name was looked at already.
    pub(super) fn has(&self, claim: &str) -> bool {
        self.done.iter().any(|check| check.claim == claim)
    }

    /// Adds a claim that must be there; one that was looked at already is not looked at twice.
    pub(super) fn present(&mut self, name: &str) {
        let there = self.claims.get(name);
        // RFC 7519 §4.1, RFC 9068 §2.2: names and ids are texts, and an empty one names nobody.
        let text = ["iss", "sub", "jti", "client_id", "sid"].contains(&name);
        let failure = match there {
            None => Some(Reason::ClaimMissing),
            Some(node) if node.is_null() => Some(Reason::ClaimMissing),
            Some(node) if text && node.as_str().is_none() => Some(Reason::ClaimType),
            Some(node) if text && node.as_str() == Some("") => Some(Reason::ClaimValue),
            Some(_) => None,
        };
        if failure.is_some() || !self.has(name) {
            self.add(name, ("present", &show(there)), failure);
        }
    }

    fn expiry(&mut self) {
        let now = self.expected.now;
        let required = self.expected.profile.is_none_or(Profile::expires);
        match time(self.claims, "exp") {
            TimeClaim::At { time, .. } => {
                // RFC 7519 §4.1.4: the present must be before `exp`.
                let strict = now < time;
                let lenient = now < time.plus(self.expected.leeway.get());
                let failure = (!lenient).then_some(Reason::Expired);
                self.add("exp", (&format!("after {now}"), &at(time, now)), failure);
                self.by_leeway(lenient && !strict);
            }
            TimeClaim::Absent if required => {
                self.add("exp", ("a time", "(none)"), Some(Reason::ClaimMissing));
            }
            TimeClaim::Absent => {}
            other => self.not_a_time("exp", &other),
        }
    }

    fn not_before(&mut self) {
        self.not_ahead("nbf", Reason::NotYetValid);
    }

    fn issued_at(&mut self) {
        if self.expected.profile != Some(Profile::WitSvid) {
            self.not_ahead("iat", Reason::IssuedInFuture);
        }
        if let Some(longest) = self.expected.max_age {
            self.not_older("iat", longest, Reason::TooOld);
        }
    }

    // RFC 7519 §4.1.5: the present must be after or equal to `nbf`.
    fn not_ahead(&mut self, name: &str, reason: Reason) {
        let now = self.expected.now;
        match time(self.claims, name) {
            TimeClaim::At { time, fraction } => {
                // A fraction that was cut off makes the true time later.
                let reached = |now: Timestamp| now > time || (now == time && !fraction);
                let strict = reached(now);
                let lenient = reached(now.plus(self.expected.leeway.get()));
                let failure = (!lenient).then_some(reason);
                self.add(name, (&format!("not after {now}"), &at(time, now)), failure);
                self.by_leeway(lenient && !strict);
            }
            TimeClaim::Absent => {}
            other => self.not_a_time(name, &other),
        }
    }

    /// Adds a time that may not be longer ago than this.
    pub(super) fn not_older(&mut self, name: &str, longest: std::time::Duration, reason: Reason) {
        let now = self.expected.now;
        let wanted = format!("at most {} ago", humanize(longest));
        match time(self.claims, name) {
            TimeClaim::At { time, .. } => {
                let strict = now <= time.plus(longest);
                let lenient = now <= time.plus(longest).plus(self.expected.leeway.get());
                let failure = (!lenient).then_some(reason);
                self.add(name, (&wanted, &at(time, now)), failure);
                self.by_leeway(lenient && !strict);
            }
            TimeClaim::Absent => self.add(name, (&wanted, "(none)"), Some(Reason::ClaimMissing)),
            other => self.not_a_time(name, &other),
        }
    }

    fn by_leeway(&mut self, by_leeway: bool) {
        if let Some(check) = self.done.last_mut() {
            check.by_leeway = by_leeway;
        }
    }

    fn not_a_time(&mut self, claim: &str, found: &TimeClaim) {
        let found = match found {
            TimeClaim::WrongType(kind) => (*kind).to_owned(),
            TimeClaim::OutOfRange(text) => format!("{text}, outside the calendar"),
            TimeClaim::Absent | TimeClaim::At { .. } => String::new(),
        };
        if !self.has(claim) {
            let wanted = "a number of seconds since 1970";
            self.add(claim, (wanted, &found), Some(Reason::ClaimType));
        }
    }

    /// Adds a claim that must be a string, one of these.
    pub(super) fn one_of(&mut self, name: &str, wanted: &[String], reason: Reason) {
        let there = self.claims.get(name);
        let failure = match there {
            None => Some(Reason::ClaimMissing),
            Some(node) => match node.as_str() {
                None => Some(Reason::ClaimType),
                Some(text) if wanted.iter().any(|wanted| wanted == text) => None,
                Some(_) => Some(reason),
            },
        };
        self.add(name, (&wanted.join(" or "), &show(there)), failure);
    }

    fn issuer(&mut self) {
        if !self.expected.issuers.is_empty() {
            self.one_of("iss", &self.expected.issuers, Reason::IssuerMismatch);
        } else {
            self.text_if_present("iss");
        }
    }

    fn subject(&mut self) {
        if !self.expected.subjects.is_empty() {
            self.one_of("sub", &self.expected.subjects, Reason::SubjectMismatch);
        } else {
            self.text_if_present("sub");
        }
    }

    fn text_if_present(&mut self, name: &str) {
        let ill_typed = |node: &&Node| node.as_str().is_none();
        if let Some(node) = self.claims.get(name).filter(ill_typed) {
            self.add(name, ("a string", node.kind()), Some(Reason::ClaimType));
        }
    }

    fn audience(&mut self) {
        let there = self.claims.get("aud");
        let actual = show(there);
        let names = there.map(audiences);
        // What is meant for a client names it by its client id, which its profile checks.
        let by_client = matches!(self.expected.profile, Some(Profile::Id | Profile::Logout))
            && self.expected.client.is_some();
        // A workload identity token names no audience; the proof over it does.
        let by_proof = self.expected.profile == Some(Profile::WitSvid);
        if (by_client || by_proof) && !matches!(names, Some(None)) {
            return;
        }
        match (&self.expected.audiences, names) {
            (_, Some(None)) => {
                let wanted = "a string or an array of strings";
                self.add("aud", (wanted, &actual), Some(Reason::ClaimType));
            }
            (Audience::Any, _) | (Audience::Unknown, None) => {}
            (Audience::Unknown, Some(Some(_))) => {
                let failure = Some(Reason::AudienceUnchecked);
                self.add("aud", ("(unknown: no --aud)", &actual), failure);
            }
            (Audience::Named(wanted), None) => {
                let failure = Some(Reason::ClaimMissing);
                self.add("aud", (&wanted.join(" or "), "(none)"), failure);
            }
            (Audience::Named(wanted), Some(Some(names))) => {
                let ours = names
                    .iter()
                    .any(|name| wanted.iter().any(|wanted| wanted == name));
                let failure = (!ours).then_some(Reason::AudienceMismatch);
                self.add("aud", (&wanted.join(" or "), &actual), failure);
            }
        }
    }

    fn typ(&mut self) {
        if !self.expected.types.is_empty() {
            let wanted: Vec<&str> = self.expected.types.iter().map(String::as_str).collect();
            self.typ_is(&wanted);
        }
    }

    /// Adds the header's `typ`, which must be one of these media types.
    pub(super) fn typ_is(&mut self, wanted: &[&str]) {
        let found = self.token.header_text("typ");
        let same = |wanted: &&str| {
            found.is_some_and(|found| {
                super::profile::media_type(found) == super::profile::media_type(wanted)
            })
        };
        let failure = (!wanted.iter().any(same)).then_some(Reason::TypeMismatch);
        let expected = wanted.join(" or ");
        self.add(
            "typ (header)",
            (&expected, found.unwrap_or("(none)")),
            failure,
        );
    }

    // RFC 8693 §4.2: `scope` is a list of words. `scp` is what Entra (a string) and Okta (an array) send instead.
    fn scopes(&mut self) {
        if self.expected.scopes.is_empty() {
            return;
        }
        let name = match self.claims.get("scope") {
            None if self.claims.get("scp").is_some() => "scp",
            _ => "scope",
        };
        let there = self.claims.get(name);
        let granted: Option<Vec<&str>> = there.and_then(|node| match &node.value {
            Value::String(words) => Some(words.split(' ').collect()),
            Value::Sequence(items) if name == "scp" => items.iter().map(Node::as_str).collect(),
            _ => None,
        });
        let failure = match (there, granted) {
            (None, _) => Some(Reason::ClaimMissing),
            (Some(_), None) => Some(Reason::ClaimType),
            (Some(_), Some(granted)) => {
                let has = |scope: &String| granted.contains(&scope.as_str());
                let all = self.expected.scopes.iter().all(has);
                (!all).then_some(Reason::ScopeMissing)
            }
        };
        let wanted = self.expected.scopes.join(" ");
        self.add(name, (&wanted, &show(there)), failure);
    }

    // RFC 9068 §2.2 `client_id`, OIDC Core §2 `azp`; `appid` and `cid` are what Entra v1 and Okta send instead.
    fn client(&mut self) {
        let Some(client) = &self.expected.client else {
            return;
        };
        // These name their client in another way, which their profile checks.
        let own = [Profile::Id, Profile::Logout, Profile::ClientAssertion];
        if self
            .expected
            .profile
            .is_some_and(|profile| own.contains(&profile))
        {
            return;
        }
        let wanted = std::slice::from_ref(client);
        let mut found = false;
        for name in ["client_id", "azp", "appid", "cid"] {
            if self.claims.get(name).is_some() {
                self.one_of(name, wanted, Reason::ClientMismatch);
                found = true;
            }
        }
        if !found {
            self.one_of("client_id", wanted, Reason::ClientMismatch);
        }
    }

    fn nonce(&mut self) {
        if let Some(nonce) = &self.expected.nonce {
            self.one_of("nonce", std::slice::from_ref(nonce), Reason::NonceMismatch);
        }
    }

    fn sign_in(&mut self) {
        let wanted = &self.expected.sign_in;
        if !wanted.acr.is_empty() {
            self.one_of("acr", &wanted.acr, Reason::AuthenticationWeak);
        }
        if !wanted.amr.is_empty() || wanted.several_factors {
            let there = self.claims.get("amr");
            let methods: Option<Vec<&str>> = there
                .and_then(Node::as_sequence)
                .and_then(|items| items.iter().map(Node::as_str).collect());
            let failure = match (there, &methods) {
                (None, _) => Some(Reason::ClaimMissing),
                (Some(_), None) => Some(Reason::ClaimType),
                (Some(_), Some(methods)) => {
                    let used = |name: &String| methods.contains(&name.as_str());
                    let enough = !wanted.several_factors || several_factors(methods);
                    let all = wanted.amr.iter().all(used);
                    (!all || !enough).then_some(Reason::AuthenticationWeak)
                }
            };
            let mut expected = wanted.amr.clone();
            if wanted.several_factors {
                expected.push("several factors".into());
            }
            self.add("amr", (&expected.join(" and "), &show(there)), failure);
        }
        if let Some(longest) = wanted.max_age {
            self.not_older("auth_time", longest, Reason::AuthenticationOld);
            self.not_ahead("auth_time", Reason::IssuedInFuture);
        }
    }

    fn value(&mut self, claim: &str, pattern: &str) {
        let there = if claim.starts_with('/') {
            pointer(self.claims, claim)
        } else {
            self.claims.get(claim)
        };
        let failure = match there {
            None => Some(Reason::ClaimMissing),
            Some(node) if matches(node, pattern) => None,
            Some(_) => Some(Reason::ClaimValue),
        };
        self.add(claim, (pattern, &show(there)), failure);
    }
}

/// Whether the methods are of several kinds: something known, held, or inherent (RFC 8176 §2).
fn several_factors(methods: &[&str]) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| methods.contains(name));
    let known = any(&["pwd", "pin", "kba"]);
    let held = any(&["otp", "hwk", "swk", "sc", "sms", "tel", "pop"]);
    let inherent = any(&["fpt", "face", "iris", "retina", "vbm"]);
    let kinds = usize::from(known) + usize::from(held) + usize::from(inherent);
    methods.contains(&"mfa") || kinds > 1
}

/// The value at a JSON pointer (RFC 6901).
fn pointer<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('/').skip(1).try_fold(root, |node, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &node.value {
            Value::Sequence(items) => items.get(step.parse::<usize>().ok()?),
            _ => node.get(&step),
        }
    })
}

/// Whether a claim, or one value of an array, is as the pattern says.
fn matches(node: &Node, pattern: &str) -> bool {
    match &node.value {
        Value::String(text) => fits(text, pattern),
        Value::Number(number) => fits(&number.text, pattern),
        Value::Bool(value) => fits(if *value { "true" } else { "false" }, pattern),
        Value::Sequence(items) => items
            .iter()
            .any(|item| item.as_sequence().is_none() && matches(item, pattern)),
        Value::Null | Value::Mapping(_) => false,
    }
}

/// Whether a text is as a pattern says, where `*` stands for any characters.
fn fits(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return text == pattern;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.find(piece) {
            Some(found) => text = text.get(found + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(end)
}

fn at(time: Timestamp, now: Timestamp) -> String {
    format!("{time} ({})", time.relative_to(now))
}

/// A claim as the verdict shows it.
pub(super) fn show(node: Option<&Node>) -> String {
    match node {
        None => "(none)".to_owned(),
        Some(node) => match node.as_str() {
            Some(text) => text.to_owned(),
            None => node.to_json().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::json;

    #[test]
    fn a_pattern_is_a_text_with_stars() {
        let table = [
            ("abc", "abc", true),
            ("abc", "ab", false),
            ("abc", "*", true),
            ("abc", "a*c", true),
            ("abc", "a*b", false),
            ("ab", "a*ab", false),
            (
                "repo:acme/shop:ref:refs/heads/main",
                "repo:acme/*:ref:refs/heads/*",
                true,
            ),
            (
                "repo:evil/shop:ref:refs/heads/main",
                "repo:acme/*:ref:refs/heads/*",
                false,
            ),
            ("aXbXc", "a*X*c", true),
        ];
        for (text, pattern, wanted) in table {
            assert_eq!(fits(text, pattern), wanted, "{text} {pattern}");
        }
    }

    #[test]
    fn a_value_is_found_by_pointer_and_in_arrays() {
        let text = r#"{"realm_access":{"roles":["reader","a/b"]},"n":7,"x":{"y":1},"t":true}"#;
        let (root, _) = json::parse_text(text).unwrap();
        let holds = |path: &str, pattern| {
            let node = pointer(&root, path);
            node.is_some_and(|node| matches(node, pattern))
        };
        assert!(holds("/realm_access/roles", "reader"));
        assert!(holds("/realm_access/roles/1", "a/b"));
        assert!(!holds("/realm_access/roles/2", "*"));
        assert!(!holds("/realm_access", "*"));
        assert!(holds("/n", "7"));
        assert!(holds("/t", "true"));
    }

    #[test]
    fn two_factors_are_two_kinds() {
        assert!(several_factors(&["mfa"]));
        assert!(several_factors(&["pwd", "otp"]));
        assert!(!several_factors(&["pwd", "pin"]));
        assert!(!several_factors(&["otp", "hwk"]));
        assert!(!several_factors(&[]));
    }
}
