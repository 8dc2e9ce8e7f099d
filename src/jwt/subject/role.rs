//! What a token is for, by what it says of itself: some rules hold for one kind alone.
//!
//! The type in the header decides where it is one (RFC 8725bis §3.11); `JWT` is none, so that the claims must tell.

use crate::jwt::claims;
use crate::kernel::document::Node;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jwt) enum Role {
    /// An access token (RFC 9068), typed or not; also what one service sends another.
    Access,
    /// An ID token (OpenID Connect Core §2).
    Id,
    /// A refresh token.
    Refresh,
    /// A client's assertion (RFC 7523 §3).
    ClientAssertion,
    /// A logout token (OpenID Connect Back-Channel Logout §2.4).
    Logout,
    /// A security event token (RFC 8417).
    SecurityEvent,
    /// A DPoP proof (RFC 9449 §4.2).
    Dpop,
    /// A JWT-SVID (SPIFFE).
    JwtSvid,
    /// A WIT-SVID (SPIFFE).
    WitSvid,
    /// Typed as something that has no rules here.
    Other,
    /// Nothing tells.
    Unknown,
}

impl Role {
    /// The role that header and claims speak of.
    pub(super) fn of(header: Option<&Node>, claims: Option<&Node>) -> Self {
        let typ = header.and_then(|header| header.get("typ")?.as_str());
        let typ = typ.map(str::to_ascii_lowercase).unwrap_or_default();
        // RFC 7515 §4.1.9
        match typ.strip_prefix("application/").unwrap_or(&typ) {
            "at+jwt" => Self::Access,
            "dpop+jwt" => Self::Dpop,
            "refresh+jwt" | "rt+jwt" => Self::Refresh,
            "wit+jwt" => Self::WitSvid,
            "logout+jwt" => Self::Logout,
            "secevent+jwt" => Self::SecurityEvent,
            "client-authentication+jwt" => Self::ClientAssertion,
            "" | "jwt" | "jose" => claims.map_or(Self::Unknown, Self::of_claims),
            _ => Self::Other,
        }
    }

    fn of_claims(claims: &Node) -> Self {
        let text = |name: &str| claims.get(name).and_then(Node::as_str);
        let says = |name: &str, wanted: &str| {
            text(name).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        let any = |names: &[&str]| names.iter().any(|name| claims.get(name).is_some());
        if text("sub").is_some_and(|sub| sub.starts_with("spiffe://")) {
            return Self::JwtSvid;
        }
        if let Some(events) = claims.get("events") {
            let logout = "http://schemas.openid.net/event/backchannel-logout";
            return match events.get(logout) {
                Some(_) => Self::Logout,
                None => Self::SecurityEvent,
            };
        }
        // `token_use` is Cognito's, the claim `typ` Keycloak's.
        if says("token_use", "refresh") || says("typ", "refresh") || says("typ", "offline") {
            return Self::Refresh;
        }
        if says("token_use", "id")
            || says("typ", "id")
            || any(&["nonce", "at_hash", "c_hash"]) && !any(&["scope", "scp"])
        {
            return Self::Id;
        }
        if is_service(claims)
            || is_for_a_service(claims)
            || any(&["scope", "scp", "client_id"])
            || says("token_use", "access")
            || says("typ", "bearer")
        {
            return Self::Access;
        }
        if text("iss").is_some() && text("iss") == text("sub") && any(&["aud"]) {
            return Self::ClientAssertion;
        }
        Self::Unknown
    }

    /// Whether the token is used again and again until it expires, by whoever holds it.
    pub(in crate::jwt) fn is_bearer(self) -> bool {
        matches!(self, Self::Access | Self::JwtSvid | Self::Unknown)
    }
}

/// Whether a service says it sent the token: its subject is `service:NAME`.
pub(super) fn is_service(claims: &Node) -> bool {
    let subject = claims.get("sub").and_then(Node::as_str);
    subject.is_some_and(|name| name.starts_with("service:"))
}

/// Whether a service is to accept the token, from whomever.
fn is_for_a_service(claims: &Node) -> bool {
    let audiences = claims.get("aud").and_then(claims::audiences);
    let mut names = audiences.into_iter().flatten();
    names.any(|name| name.starts_with("service:"))
}
