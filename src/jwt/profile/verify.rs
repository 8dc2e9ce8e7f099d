//! What each kind of token must say, checked.

use super::{Profile, WIT_LEEWAY_MAX};
use crate::jwt::algorithm::Algorithm;
use crate::jwt::check::{Checks, show};
use crate::jwt::claims::{self, TimeClaim, audiences};
use crate::jwt::dpop;
use crate::jwt::expectations::Audience;
use crate::jwt::reasons::Reason;
use crate::kernel::document::Node;
use crate::kernel::spiffe_id::SpiffeId;
use crate::kernel::time::humanize;

/// OIDC Back-Channel Logout §2.4.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The longest `sub` of an ID token (OIDC Core §2).
const SUBJECT_BYTES: usize = 255;

impl Profile {
    /// Checks what the kind demands beyond what every token is checked for.
    pub(in crate::jwt) fn check_claims(self, checks: &mut Checks<'_>) {
        if self != Self::Dpop {
            for name in self.required() {
                checks.present(name);
            }
        }
        if let Some(longest) = self.longest_life() {
            life(checks, longest);
        }
        match self {
            Self::Service => service(checks),
            // RFC 9068 §4: any other value is rejected.
            Self::Access => checks.typ_is(&["at+jwt"]),
            Self::Id => id(checks),
            Self::ClientAssertion => client_assertion(checks),
            Self::Dpop => {
                checks.typ_is(&["dpop+jwt"]);
                dpop::check(checks);
            }
            Self::JwtSvid => jwt_svid(checks),
            Self::WitSvid => wit_svid(checks),
            Self::Logout => logout(checks),
            Self::Refresh => typ_or_none(checks, &["refresh+jwt", "rt+jwt", "JWT"]),
            Self::Custom => {}
        }
    }
}

/// The header's `typ`, which may be absent but not that of another kind.
fn typ_or_none(checks: &mut Checks<'_>, wanted: &[&str]) {
    if checks.token.header_text("typ").is_some() {
        checks.typ_is(wanted);
    }
}

fn life(checks: &mut Checks<'_>, longest: std::time::Duration) {
    if let Some(life) = claims::lifetime(checks.claims) {
        let failure = (life > longest).then_some(Reason::LifetimeTooLong);
        let wanted = format!("at most {}", humanize(longest));
        checks.add("exp − iat", (&wanted, &humanize(life)), failure);
    } else {
        // Without both ends nobody can say how long it lives; a start that is no time is told on its own line.
        let known = matches!(claims::time(checks.claims, "iat"), TimeClaim::At { .. });
        if known && matches!(claims::time(checks.claims, "exp"), TimeClaim::At { .. }) {
            let failure = Some(Reason::LifetimeTooLong);
            checks.add(
                "exp − iat",
                ("a life", "none: `exp` is not after `iat`"),
                failure,
            );
        }
    }
}

fn service(checks: &mut Checks<'_>) {
    let named = |name: &str| {
        name.strip_prefix("service:")
            .is_some_and(|rest| !rest.is_empty())
    };
    let subject = checks.claims.get("sub");
    if let Some(text) = subject.and_then(Node::as_str) {
        let failure = (!named(text)).then_some(Reason::ClaimValue);
        checks.add("sub", ("service:NAME", text), failure);
    }
    if let Some(names) = checks.claims.get("aud").and_then(audiences) {
        let failure = (!names.iter().all(|name| named(name))).then_some(Reason::ClaimValue);
        checks.add("aud", ("service:NAME", &names.join(", ")), failure);
    }
    if let Some(scope) = checks.claims.get("scope") {
        let broad = |word: &str| word.contains('*') || word == "admin";
        let narrow = scope
            .as_str()
            .is_some_and(|words| !words.trim().is_empty() && !words.split(' ').any(broad));
        let failure = (!narrow).then_some(Reason::ClaimValue);
        checks.add(
            "scope",
            ("named scopes, none of them broad", &show(Some(scope))),
            failure,
        );
    }
    let posture = checks.claims.get("device_posture");
    let failure = match posture.map(Node::as_str) {
        None => Some(Reason::ClaimMissing),
        Some(Some("compliant")) => None,
        Some(_) => Some(Reason::ClaimValue),
    };
    checks.add("device_posture", ("compliant", &show(posture)), failure);
}

// OIDC Core §3.1.3.7.
fn id(checks: &mut Checks<'_>) {
    if let Some(typ) = checks.token.header_text("typ") {
        let failure = (!typ.eq_ignore_ascii_case("JWT")).then_some(Reason::TypeMismatch);
        checks.add("typ (header)", ("JWT, or none", typ), failure);
    }
    if let Some(subject) = checks.claims.get("sub").and_then(Node::as_str) {
        let sound = subject.is_ascii() && !subject.is_empty() && subject.len() <= SUBJECT_BYTES;
        let failure = (!sound).then_some(Reason::ClaimValue);
        checks.add("sub", ("1 to 255 ASCII characters", subject), failure);
    }
    // Another kind of token that happens to be for the same client: a logout token, or one that says so itself.
    if let Some(events) = checks.claims.get("events") {
        checks.add(
            "events",
            ("(none)", &show(Some(events))),
            Some(Reason::ClaimForbidden),
        );
    }
    if let Some(kind) = checks
        .claims
        .get("typ")
        .filter(|kind| kind.as_str() != Some("ID"))
    {
        checks.add(
            "typ",
            ("ID, or none", &show(Some(kind))),
            Some(Reason::TypeMismatch),
        );
    }
    let expected = checks.expected;
    let Some(client) = &expected.client else {
        return;
    };
    let names = checks
        .claims
        .get("aud")
        .and_then(audiences)
        .unwrap_or_default();
    let trusted = |name: &&str| {
        *name == client.as_str()
            || matches!(&expected.audiences, Audience::Named(others) if others.iter().any(|other| other == name))
    };
    let ours = names.contains(&client.as_str());
    let strangers: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !trusted(name))
        .collect();
    let failure = (!ours || !strangers.is_empty()).then_some(Reason::AudienceMismatch);
    let wanted = format!("{client}, and nobody who is not trusted");
    checks.add("aud", (&wanted, &show(checks.claims.get("aud"))), failure);
    let party = checks.claims.get("azp");
    if names.len() > 1 || party.is_some() {
        checks.one_of("azp", std::slice::from_ref(client), Reason::ClientMismatch);
    }
}

// RFC 7523 §3: issuer and subject are the client; `typ` is optional, and never that of another kind.
fn client_assertion(checks: &mut Checks<'_>) {
    typ_or_none(checks, &["client-authentication+jwt", "JWT"]);
    if let Some(client) = &checks.expected.client {
        checks.one_of("iss", std::slice::from_ref(client), Reason::ClientMismatch);
    }
    let issuer = checks.claims.get("iss").and_then(Node::as_str);
    let subject = checks.claims.get("sub").and_then(Node::as_str);
    let failure = (issuer.is_none() || issuer != subject).then_some(Reason::ClaimValue);
    checks.add(
        "iss, sub",
        (
            "the same client",
            &format!(
                "{}, {}",
                issuer.unwrap_or("(none)"),
                subject.unwrap_or("(none)")
            ),
        ),
        failure,
    );
}

fn spiffe_subject(checks: &mut Checks<'_>) {
    let subject = checks.claims.get("sub").and_then(Node::as_str);
    let Some(subject) = subject else {
        return;
    };
    let read = subject.parse::<SpiffeId>();
    let failure = read.is_err().then_some(Reason::ClaimValue);
    if let (Ok(id), Some(wanted)) = (&read, &checks.expected.trust_domain) {
        let failure = (id.trust_domain() != wanted).then_some(Reason::SubjectMismatch);
        let wanted = format!("in the trust domain {wanted}");
        checks.add("sub", (&wanted, subject), failure);
    }
    let actual = match &read {
        Ok(_) => subject.to_owned(),
        Err(error) => format!("{subject}: {error}"),
    };
    checks.add("sub", ("a SPIFFE ID", &actual), failure);
}

// JWT-SVID §2: `alg`, `kid` and `typ` alone; §2.3: `typ` is `JWT` or `JOSE`.
fn jwt_svid(checks: &mut Checks<'_>) {
    let further = checks.token.header.as_mapping().into_iter().flatten();
    let further: Vec<&str> = further
        .map(|entry| entry.key.as_str())
        .filter(|name| !["alg", "kid", "typ"].contains(name))
        .collect();
    let failure = (!further.is_empty()).then_some(Reason::HeaderParameter);
    let actual = if further.is_empty() {
        "nothing else".to_owned()
    } else {
        further.join(", ")
    };
    checks.add("header", ("alg, kid and typ alone", &actual), failure);
    if let Some(typ) = checks.token.header_text("typ") {
        let failure = (!["JWT", "JOSE"].contains(&typ)).then_some(Reason::TypeMismatch);
        checks.add("typ (header)", ("JWT or JOSE", typ), failure);
    }
    spiffe_subject(checks);
}

fn wit_svid(checks: &mut Checks<'_>) {
    checks.typ_is(&["wit+jwt"]);
    let id = checks.token.header_text("kid").unwrap_or_default();
    let failure = id.is_empty().then_some(Reason::HeaderParameter);
    checks.add("kid (header)", ("a key id", id), failure);
    if let Some(audience) = checks.claims.get("aud") {
        let failure = Some(Reason::ClaimForbidden);
        checks.add("aud", ("(none)", &show(Some(audience))), failure);
    }
    let leeway = checks.expected.leeway.get();
    if leeway > WIT_LEEWAY_MAX {
        let wanted = format!("at most {}", humanize(WIT_LEEWAY_MAX));
        checks.add(
            "leeway",
            (&wanted, &humanize(leeway)),
            Some(Reason::LeewayTooLarge),
        );
    }
    let named = checks
        .claims
        .at(&["cnf", "jwk", "alg"])
        .and_then(Node::as_str);
    let fits = named
        .and_then(Algorithm::from_name)
        .is_some_and(|algorithm| Profile::WitSvid.allows(algorithm));
    let failure = (!fits).then_some(Reason::ClaimValue);
    let wanted = "an RS, ES or PS algorithm";
    checks.add("cnf.jwk.alg", (wanted, named.unwrap_or("(none)")), failure);
    spiffe_subject(checks);
}

// OIDC Back-Channel Logout §2.6.
fn logout(checks: &mut Checks<'_>) {
    typ_or_none(checks, &["logout+jwt", "JWT"]);
    let event = checks.claims.at(&["events", LOGOUT_EVENT]);
    let sound = event.is_some_and(|event| event.as_mapping().is_some());
    let failure = (!sound).then_some(Reason::ClaimValue);
    let wanted = format!("an object under {LOGOUT_EVENT}");
    checks.add(
        "events",
        (&wanted, &show(checks.claims.get("events"))),
        failure,
    );
    let names_one = |name: &str| {
        let text = checks.claims.get(name).and_then(Node::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    if !names_one("sub") && !names_one("sid") {
        checks.add(
            "sub or sid",
            ("one of them", "(none)"),
            Some(Reason::ClaimMissing),
        );
    }
    if let Some(nonce) = checks.claims.get("nonce") {
        checks.add(
            "nonce",
            ("(none)", &show(Some(nonce))),
            Some(Reason::ClaimForbidden),
        );
    }
    let Some(client) = &checks.expected.client else {
        return;
    };
    let names = checks
        .claims
        .get("aud")
        .and_then(audiences)
        .unwrap_or_default();
    let failure = (!names.contains(&client.as_str())).then_some(Reason::AudienceMismatch);
    checks.add("aud", (client, &names.join(", ")), failure);
}
