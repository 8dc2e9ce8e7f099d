//! What each kind of token needs before it is minted.

use serde_json::{Map, Value, json};

use super::Profile;
use crate::jwt::mint::{MintError, MintOptions};
use crate::kernel::spiffe_id::SpiffeId;

impl Profile {
    /// The `typ` that is minted.
    pub(in crate::jwt) fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "refresh+jwt",
            Self::ClientAssertion => "client-authentication+jwt",
            Self::Dpop => "dpop+jwt",
            Self::WitSvid => "wit+jwt",
            Self::Logout => "logout+jwt",
            Self::Service | Self::Id | Self::JwtSvid | Self::Custom => "JWT",
        }
    }

    /// The life of a token for which none is asked.
    pub fn default_ttl(self) -> std::time::Duration {
        let minutes = match self {
            Self::Refresh => 7 * 24 * 60,
            Self::ClientAssertion | Self::JwtSvid => 5,
            // Back-Channel Logout §4: preferably at most two minutes.
            Self::Logout => 2,
            _ => 15,
        };
        std::time::Duration::from_secs(minutes * 60)
    }

    /// The claims that the kind itself adds.
    pub(in crate::jwt) fn own_claims(self) -> Map<String, Value> {
        let mut claims = Map::new();
        if self == Self::Logout {
            let event = "http://schemas.openid.net/event/backchannel-logout";
            claims.insert("events".into(), json!({event: {}}));
        }
        claims
    }
}

/// Checks that a token of a kind may be minted like this.
pub(in crate::jwt) fn check(options: &MintOptions) -> Result<(), MintError> {
    let profile = options.profile;
    let asked = Asked(options);
    for claim in profile.required() {
        asked.has(claim)?;
    }
    match profile {
        Profile::Service => asked.service()?,
        Profile::Access => asked.narrow_scopes()?,
        Profile::Id => asked.subject_of_a_user()?,
        Profile::ClientAssertion if options.issuer != options.subject => {
            return Err(asked.value(
                "sub",
                "to equal `iss`, the client",
                options.subject.as_deref(),
            ));
        }
        Profile::JwtSvid | Profile::WitSvid => asked.workload()?,
        Profile::Logout => asked.logout()?,
        Profile::Refresh | Profile::ClientAssertion | Profile::Dpop | Profile::Custom => {}
    }
    match profile.longest_life() {
        Some(limit) if options.ttl > limit => Err(MintError::TooLong {
            profile,
            limit,
            found: options.ttl,
        }),
        _ => Ok(()),
    }
}

struct Asked<'a>(&'a MintOptions);

impl Asked<'_> {
    fn missing(&self, claim: &'static str) -> MintError {
        MintError::Missing {
            profile: self.0.profile,
            claim,
        }
    }

    fn value(&self, claim: &'static str, wanted: &'static str, found: Option<&str>) -> MintError {
        MintError::Value {
            profile: self.0.profile,
            claim,
            wanted,
            found: found.unwrap_or("(none)").to_owned(),
        }
    }

    // Times and the id are always there: they come from the clock and from chance.
    fn has(&self, claim: &'static str) -> Result<(), MintError> {
        let options = self.0;
        let there = match claim {
            "exp" | "iat" | "jti" | "events" => true,
            "iss" => options.issuer.is_some(),
            "sub" => options.subject.is_some(),
            "aud" => !options.audience.is_empty(),
            "scope" => !options.scopes.is_empty(),
            "client_id" => options.client.is_some(),
            "htm" | "htu" => options.request.is_some(),
            "cnf" => options.confirmation.is_some(),
            _ => options.claims.contains_key(claim),
        };
        if there {
            Ok(())
        } else {
            Err(self.missing(claim))
        }
    }

    fn service(&self) -> Result<(), MintError> {
        let names = self.0.audience.iter().map(|name| ("aud", name));
        let subject = self.0.subject.iter().map(|name| ("sub", name));
        for (claim, name) in names.chain(subject) {
            if name.strip_prefix("service:").is_none_or(str::is_empty) {
                return Err(self.value(claim, "to be `service:NAME`", Some(name)));
            }
        }
        match self.0.device_posture.as_deref() {
            None => return Err(self.missing("device_posture")),
            Some("compliant") => {}
            other => return Err(self.value("device_posture", "to be `compliant`", other)),
        }
        self.narrow_scopes()
    }

    fn narrow_scopes(&self) -> Result<(), MintError> {
        let broad = |scope: &&String| scope.contains('*') || *scope == "admin";
        match self.0.scopes.iter().find(broad) {
            Some(scope) => Err(self.value("scope", "to be narrow", Some(scope))),
            None => Ok(()),
        }
    }

    // OIDC Core §2.
    fn subject_of_a_user(&self) -> Result<(), MintError> {
        let subject = self.0.subject.as_deref().unwrap_or_default();
        if subject.is_empty() || subject.len() > 255 || !subject.is_ascii() {
            return Err(self.value("sub", "to be 1 to 255 ASCII characters", Some(subject)));
        }
        Ok(())
    }

    fn workload(&self) -> Result<(), MintError> {
        let subject = self.0.subject.as_deref().unwrap_or_default();
        if subject.parse::<SpiffeId>().is_err() {
            return Err(self.value("sub", "to be a SPIFFE ID", Some(subject)));
        }
        if self.0.profile == Profile::WitSvid && !self.0.audience.is_empty() {
            let audience = self.0.audience.join(", ");
            return Err(self.value("aud", "to be absent", Some(&audience)));
        }
        Ok(())
    }

    fn logout(&self) -> Result<(), MintError> {
        if self.0.nonce.is_some() || self.0.claims.contains_key("nonce") {
            return Err(self.value("nonce", "to be absent", Some("one")));
        }
        if self.0.subject.is_none() && !self.0.claims.contains_key("sid") {
            return Err(self.missing("sub"));
        }
        Ok(())
    }
}
