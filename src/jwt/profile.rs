//! Kinds of token to mint, with what each must and may say.

use std::time::Duration;

use super::mint::{MintError, MintOptions};

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// One service calling another: scope-limited, at most 15 minutes, `sub` and `aud` are `service:…`.
    Service,
    /// An OAuth access token of RFC 9068: `typ` `at+jwt`, at most 15 minutes, with `client_id`.
    Access,
    /// Anything else; nothing is demanded.
    Custom,
}

/// The longest life of an access or service token.
pub const ACCESS_TTL_MAX: Duration = Duration::from_secs(15 * 60);

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 3] = [Self::Service, Self::Access, Self::Custom];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Access => "access",
            Self::Custom => "custom",
        }
    }

    pub(super) fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Service | Self::Custom => "JWT",
        }
    }

    pub(super) fn check(self, options: &MintOptions) -> Result<(), MintError> {
        if self == Self::Custom {
            return Ok(());
        }
        let missing = |claim| MintError::Missing {
            profile: self,
            claim,
        };
        options.issuer.as_ref().ok_or(missing("iss"))?;
        let subject = options.subject.as_ref().ok_or(missing("sub"))?;
        if options.audience.is_empty() {
            return Err(missing("aud"));
        }
        if options.scopes.is_empty() {
            return Err(missing("scope"));
        }
        if self == Self::Service {
            let names = options.audience.iter().map(|name| ("aud", name));
            for (claim, name) in names.chain([("sub", subject)]) {
                if name.strip_prefix("service:").is_none_or(str::is_empty) {
                    return Err(MintError::Value {
                        profile: self,
                        claim,
                        wanted: "to be `service:NAME`",
                        found: name.clone(),
                    });
                }
            }
        }
        // RFC 9068 §2.2
        if self == Self::Access && !options.claims.contains_key("client_id") {
            return Err(missing("client_id"));
        }
        let broad = |scope: &&String| scope.contains('*') || *scope == "admin";
        if let Some(scope) = options.scopes.iter().find(broad) {
            return Err(MintError::Value {
                profile: self,
                claim: "scope",
                wanted: "to be narrow",
                found: scope.clone(),
            });
        }
        if options.ttl > ACCESS_TTL_MAX {
            return Err(MintError::TooLong {
                profile: self,
                limit: ACCESS_TTL_MAX,
                found: options.ttl,
            });
        }
        Ok(())
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == text)
            .ok_or_else(|| format!("`{text}` is none of service, access, custom"))
    }
}
