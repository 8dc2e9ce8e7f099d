//! Kinds of token, with what each specification demands of who mints and of who verifies it.

mod demands;
mod mint;
mod verify;

use std::time::Duration;

use super::algorithm::Algorithm;
pub use demands::Demand;
pub(super) use mint::check as check_minted;

/// A kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// One service calling another: scope-limited, at most 15 minutes, `sub` and `aud` are `service:…`.
    Service,
    /// An OAuth access token (RFC 9068): `typ` `at+jwt`, at most 15 minutes.
    Access,
    /// An OAuth refresh token: at most 7 days, and rotated with each use.
    Refresh,
    /// An ID token (OIDC Core §2).
    Id,
    /// A client's assertion about itself (RFC 7523 §2.2).
    ClientAssertion,
    /// A DPoP proof (RFC 9449).
    Dpop,
    /// A SPIFFE JWT-SVID.
    JwtSvid,
    /// A SPIFFE WIT-SVID, a workload identity token.
    WitSvid,
    /// A logout token (OIDC Back-Channel Logout §2.4).
    Logout,
    /// Anything else; nothing is demanded.
    Custom,
}

/// The longest life of an access or service token.
pub const ACCESS_TTL_MAX: Duration = Duration::from_secs(15 * 60);
/// The longest life of a refresh token.
pub const REFRESH_TTL_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The longest leeway for a workload identity token.
pub const WIT_LEEWAY_MAX: Duration = Duration::from_secs(120);

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 10] = [
        Self::Service,
        Self::Access,
        Self::Refresh,
        Self::Id,
        Self::ClientAssertion,
        Self::Dpop,
        Self::JwtSvid,
        Self::WitSvid,
        Self::Logout,
        Self::Custom,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Id => "id",
            Self::ClientAssertion => "client-assertion",
            Self::Dpop => "dpop",
            Self::JwtSvid => "jwt-svid",
            Self::WitSvid => "wit-svid",
            Self::Logout => "logout",
            Self::Custom => "custom",
        }
    }

    /// Whether a token of this kind may be signed with an algorithm.
    pub fn allows(self, algorithm: Algorithm) -> bool {
        let name = algorithm.name();
        match self {
            // RFC 9449 §4.2: asymmetric.
            Self::Dpop => !name.starts_with("HS"),
            // JWT-SVID §2.1, WIT-SVID: RS, ES and PS with 256, 384 and 512; nothing else.
            Self::JwtSvid | Self::WitSvid => {
                ["RS", "ES", "PS"]
                    .iter()
                    .any(|family| name.starts_with(family))
                    && ["256", "384", "512"].contains(&name.get(2..).unwrap_or_default())
            }
            _ => true,
        }
    }

    /// The algorithms that are accepted unless the verifier names some (OIDC Core §3.1.3.7: RS256 unless another was
    /// registered).
    pub fn default_algorithms(self) -> Option<&'static [Algorithm]> {
        (self == Self::Id).then_some(&[Algorithm::Rs256])
    }

    /// Whether its tokens must say when they expire.
    pub(super) fn expires(self) -> bool {
        self != Self::Dpop
    }

    /// The claims that must be there.
    pub fn required(self) -> &'static [&'static str] {
        match self {
            Self::Service => &["iss", "sub", "aud", "exp", "iat", "jti", "scope"],
            // RFC 9068 §2.2
            Self::Access => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            Self::Refresh => &["iss", "sub", "aud", "exp", "iat", "jti"],
            // OIDC Core §2
            Self::Id => &["iss", "sub", "aud", "exp", "iat"],
            // RFC 7523 §3; OIDC Core §9 adds `jti`.
            Self::ClientAssertion => &["iss", "sub", "aud", "exp", "jti"],
            // RFC 9449 §4.2
            Self::Dpop => &["jti", "htm", "htu", "iat"],
            Self::JwtSvid => &["sub", "aud", "exp"],
            Self::WitSvid => &["sub", "exp", "cnf"],
            // OIDC Back-Channel Logout §2.4
            Self::Logout => &["iss", "aud", "iat", "exp", "jti", "events"],
            Self::Custom => &[],
        }
    }

    /// The longest life that is accepted.
    pub fn longest_life(self) -> Option<Duration> {
        match self {
            Self::Service | Self::Access => Some(ACCESS_TTL_MAX),
            Self::Refresh => Some(REFRESH_TTL_MAX),
            _ => None,
        }
    }
}

/// A media type as RFC 7515 §4.1.9 compares it: without a slash, `application/` is meant; case does not matter.
pub(super) fn media_type(typ: &str) -> String {
    let lower = typ.to_ascii_lowercase();
    if lower.contains('/') {
        lower
    } else {
        format!("application/{lower}")
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
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
                format!("`{text}` is none of {}", names.join(", "))
            })
    }
}
