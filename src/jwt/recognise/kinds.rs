//! The kinds of token: by which marks each is known, and what its specification demands of its form.

use super::mark::Mark;
use Mark::{
    Alg, Claim, Claims, Contains, Ends, Header, HeaderIs, Is, OnlyHeaders, OwnIssuer, PlainTyp,
    Starts, Typ, Without,
};

/// A kind of token. The first whose marks hold is the one; explicit types come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An OAuth access token of RFC 9068.
    AccessToken,
    /// A DPoP proof.
    DpopProof,
    /// An OpenID Connect logout token.
    LogoutToken,
    /// A security event token.
    SecurityEvent,
    /// A WIMSE/SPIFFE workload identity token.
    WitSvid,
    /// A proof of possession for a workload identity token.
    WorkloadProof,
    /// The key binding of an SD-JWT.
    KeyBinding,
    /// An SD-JWT verifiable credential.
    VerifiableCredential,
    /// A verifiable credential or presentation in the manner of W3C.
    W3cCredential,
    /// A signed authorization request.
    RequestObject,
    /// A signed authorization response.
    AuthorizationResponse,
    /// A signed introspection response.
    Introspection,
    /// An OpenID Federation statement.
    EntityStatement,
    /// Caller identity in telephony.
    Passport,
    /// An ACME request.
    Acme,
    /// A NATS user, account or operator.
    Nats,
    /// An HTTP message or webhook in the manner of a cloud's proxy.
    ProxyAssertion,
    /// A Kubernetes service account token bound to an object.
    KubernetesBound,
    /// A Kubernetes service account token without end.
    KubernetesLegacy,
    /// A JWT-SVID.
    JwtSvid,
    /// A CI job's identity.
    CiJob,
    /// A Firebase custom token.
    FirebaseCustom,
    /// An Apple client secret or provider token.
    AppleProvider,
    /// A GitHub App's token.
    GithubApp,
    /// Web push identification.
    Vapid,
    /// A client's assertion about itself.
    ClientAssertion,
    /// A refresh token.
    RefreshToken,
    /// An OpenID Connect ID token.
    IdToken,
    /// An access token without an explicit type.
    UntypedAccessToken,
}

/// The nine algorithms of SPIFFE.
const SPIFFE: &[&str] = &[
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
];
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl TokenKind {
    /// All kinds, in the order in which they are tried.
    pub const ALL: [Self; 29] = [
        Self::AccessToken,
        Self::DpopProof,
        Self::LogoutToken,
        Self::WitSvid,
        Self::WorkloadProof,
        Self::KeyBinding,
        Self::VerifiableCredential,
        Self::W3cCredential,
        Self::RequestObject,
        Self::AuthorizationResponse,
        Self::Introspection,
        Self::EntityStatement,
        Self::Passport,
        Self::Acme,
        Self::Nats,
        Self::SecurityEvent,
        Self::ProxyAssertion,
        Self::KubernetesBound,
        Self::KubernetesLegacy,
        Self::JwtSvid,
        Self::CiJob,
        Self::FirebaseCustom,
        Self::AppleProvider,
        Self::GithubApp,
        Self::Vapid,
        Self::ClientAssertion,
        Self::RefreshToken,
        Self::IdToken,
        Self::UntypedAccessToken,
    ];

    /// The stable name in JSON.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// What it is, in words with its source.
    pub fn title(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::AccessToken => ("access-token", "an OAuth access token (RFC 9068)"),
            Self::DpopProof => ("dpop-proof", "a DPoP proof (RFC 9449)"),
            Self::LogoutToken => ("logout-token", "a logout token (OIDC Back-Channel Logout)"),
            Self::SecurityEvent => ("security-event", "a security event token (RFC 8417)"),
            Self::WitSvid => ("wit-svid", "a workload identity token (WIT, WIT-SVID)"),
            Self::WorkloadProof => ("workload-proof", "a workload proof token (WIMSE)"),
            Self::KeyBinding => ("key-binding", "the key binding of an SD-JWT (RFC 9901)"),
            Self::VerifiableCredential => ("sd-jwt-vc", "an SD-JWT verifiable credential"),
            Self::W3cCredential => (
                "w3c-credential",
                "a W3C verifiable credential or presentation",
            ),
            Self::RequestObject => ("request-object", "an authorization request (RFC 9101)"),
            Self::AuthorizationResponse => {
                ("authorization-response", "an authorization response (JARM)")
            }
            Self::Introspection => ("introspection", "an introspection response (RFC 9701)"),
            Self::EntityStatement => ("entity-statement", "an OpenID Federation statement"),
            Self::Passport => (
                "passport",
                "a PASSporT, the identity of a caller (RFC 8225)",
            ),
            Self::Acme => ("acme", "a request to an ACME server (RFC 8555)"),
            Self::Nats => ("nats", "a NATS user, account or operator"),
            Self::ProxyAssertion => ("proxy-assertion", "an identity that a proxy vouches for"),
            Self::KubernetesBound => (
                "kubernetes-bound",
                "a Kubernetes service account token, bound and limited in time",
            ),
            Self::KubernetesLegacy => (
                "kubernetes-legacy",
                "a Kubernetes service account token of the old kind, without end",
            ),
            Self::JwtSvid => ("jwt-svid", "a JWT-SVID (SPIFFE)"),
            Self::CiJob => ("ci-job", "the identity of a CI job"),
            Self::FirebaseCustom => ("firebase-custom", "a Firebase custom token"),
            Self::AppleProvider => (
                "apple-provider",
                "a client secret or provider token for Apple",
            ),
            Self::GithubApp => ("github-app", "a GitHub App's token"),
            Self::Vapid => ("vapid", "web push identification (RFC 8292)"),
            Self::ClientAssertion => ("client-assertion", "a client assertion (RFC 7523)"),
            Self::RefreshToken => ("refresh-token", "a refresh token"),
            Self::IdToken => ("id-token", "an ID token (OpenID Connect)"),
            Self::UntypedAccessToken => (
                "untyped-access-token",
                "an access token without an explicit type",
            ),
        }
    }

    /// By which marks it is known: any of these lists, all marks of it.
    pub(super) fn proofs(self) -> &'static [&'static [Mark]] {
        match self {
            Self::AccessToken => &[&[Typ("at+jwt")]],
            Self::DpopProof => &[
                &[Typ("dpop+jwt")],
                &[Header("jwk"), Claims(&["htm", "htu"])],
            ],
            Self::LogoutToken => &[
                &[Typ("logout+jwt")],
                &[Claim(&["events", LOGOUT_EVENT])],
                &[Is("typ", "Logout")],
            ],
            Self::SecurityEvent => &[&[Typ("secevent+jwt")], &[Claim(&["events"])]],
            Self::WitSvid => &[&[Typ("wit+jwt")]],
            Self::WorkloadProof => &[&[Typ("wpt+jwt")], &[Claims(&["wth", "aud"])]],
            Self::KeyBinding => &[&[Typ("kb+jwt")], &[Claims(&["sd_hash", "nonce"])]],
            Self::VerifiableCredential => &[
                &[Typ("dc+sd-jwt")],
                &[Typ("vc+sd-jwt")],
                &[Claims(&["vct"])],
            ],
            Self::W3cCredential => &[
                &[Typ("vc+jwt")],
                &[Typ("vp+jwt")],
                &[Typ("vc+ld+json+jwt")],
                &[Claim(&["vc"])],
                &[Claim(&["vp"])],
                &[Claims(&["@context", "type"])],
            ],
            Self::RequestObject => &[
                &[Typ("oauth-authz-req+jwt")],
                &[Claims(&["response_type", "client_id"])],
            ],
            Self::AuthorizationResponse => &[&[Typ("jarm+jwt")]],
            Self::Introspection => &[
                &[Typ("token-introspection+jwt")],
                &[Claim(&["token_introspection"])],
            ],
            Self::EntityStatement => &[
                &[Typ("entity-statement+jwt")],
                &[Typ("trust-mark+jwt")],
                &[Claims(&["metadata", "jwks"])],
            ],
            Self::Passport => &[&[Typ("passport")]],
            Self::Acme => &[&[Header("url"), Header("nonce")]],
            Self::Nats => &[&[Claim(&["nats"])], &[HeaderIs("alg", "ed25519-nkey")]],
            Self::ProxyAssertion => &[
                &[Is("iss", "https://cloud.google.com/iap")],
                &[Ends("iss", ".cloudflareaccess.com")],
                &[Header("signer"), Header("client")],
            ],
            Self::KubernetesBound => &[&[Claim(&["kubernetes.io"])]],
            Self::KubernetesLegacy => &[
                &[Claim(&[
                    "kubernetes.io/serviceaccount/service-account.name",
                ])],
                &[Is("iss", "kubernetes/serviceaccount")],
            ],
            Self::JwtSvid => &[&[Starts("sub", "spiffe://")]],
            Self::CiJob => &[
                &[Is("iss", "https://token.actions.githubusercontent.com")],
                &[Claims(&["pipeline_id", "project_path"])],
                &[Claims(&["workflow", "repository"])],
                &[Starts("iss", "https://oidc.circleci.com/")],
                &[Is("iss", "https://agent.buildkite.com")],
                &[Contains("iss", "api.bitbucket.org/")],
                &[Is("iss", "https://app.terraform.io")],
                &[Starts("iss", "https://vstoken.dev.azure.com/")],
            ],
            Self::FirebaseCustom => &[&[Contains("aud", "identitytoolkit.googleapis.com")]],
            Self::AppleProvider => &[
                &[
                    Is("aud", "https://appleid.apple.com"),
                    Claims(&["iss", "sub"]),
                ],
                &[Is("aud", "appstoreconnect-v1")],
                &[Is("aud", "devicecheck")],
            ],
            Self::GithubApp => &[&[
                Alg(&["RS256"]),
                OnlyHeaders(&["alg", "typ"]),
                Claims(&["iat", "exp", "iss"]),
                Without(&["sub", "aud", "nbf", "jti", "scope"]),
            ]],
            Self::Vapid => &[
                &[Alg(&["ES256"]), Starts("sub", "mailto:"), Without(&["iss"])],
                &[
                    Alg(&["ES256"]),
                    Claims(&["aud", "exp"]),
                    Without(&["iss", "sub", "iat", "jti", "scope"]),
                ],
            ],
            Self::ClientAssertion => &[
                &[Typ("client-authentication+jwt")],
                &[OwnIssuer, Claims(&["aud", "exp"])],
            ],
            Self::RefreshToken => &[
                &[Typ("rt+jwt")],
                &[Typ("refresh+jwt")],
                &[Is("typ", "Refresh")],
                &[Is("typ", "Offline")],
                &[Is("token_use", "refresh")],
                &[Is("token_type", "refresh")],
            ],
            Self::IdToken => &[
                &[Is("token_use", "id")],
                &[Is("typ", "ID")],
                &[Claim(&["at_hash"])],
                &[Claim(&["c_hash"])],
                &[Claims(&["iss", "sub", "aud", "exp", "nonce"])],
                &[
                    Claims(&["aud", "exp", "auth_time"]),
                    Without(&["scope", "scp", "client_id"]),
                ],
                &[
                    Claims(&["iss", "sub", "aud", "exp", "email"]),
                    Without(&["scope", "scp", "client_id"]),
                ],
                &[
                    Claims(&["tid", "oid", "aud", "sub"]),
                    Without(&["scp", "roles", "appid"]),
                ],
            ],
            Self::UntypedAccessToken => &[
                &[Is("token_use", "access")],
                &[Is("typ", "Bearer")],
                &[PlainTyp, Claim(&["scope"])],
                &[PlainTyp, Claim(&["scp"])],
                &[PlainTyp, Claim(&["appid"])],
                &[PlainTyp, Claims(&["iss", "aud", "roles"])],
                &[PlainTyp, Claims(&["iss", "aud", "permissions"])],
                &[PlainTyp, Claims(&["iss", "gty"])],
            ],
        }
    }

    /// What a verifier that follows the specification demands of the form; None where the kind is no target.
    pub(super) fn demands(self) -> Option<&'static [Mark]> {
        Some(match self {
            Self::AccessToken => &[
                Typ("at+jwt"),
                Claims(&["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]),
            ],
            // OIDC Core §2: no `typ` is demanded, so that much passes for one.
            Self::IdToken => &[Claims(&["iss", "sub", "aud", "exp", "iat"])],
            Self::LogoutToken => &[
                Claims(&["iss", "aud", "iat", "jti"]),
                Claim(&["events", LOGOUT_EVENT]),
                Without(&["nonce"]),
            ],
            Self::SecurityEvent => &[Claims(&["iss", "iat", "jti", "events"])],
            Self::DpopProof => &[
                Typ("dpop+jwt"),
                Header("jwk"),
                Claims(&["jti", "htm", "htu", "iat"]),
            ],
            Self::ClientAssertion => &[OwnIssuer, Claims(&["aud", "exp"])],
            Self::JwtSvid => &[
                PlainTyp,
                Alg(SPIFFE),
                OnlyHeaders(&["alg", "kid", "typ"]),
                Starts("sub", "spiffe://"),
                Claims(&["aud", "exp"]),
            ],
            Self::WitSvid => &[
                Typ("wit+jwt"),
                Header("kid"),
                Starts("sub", "spiffe://"),
                Claim(&["cnf", "jwk"]),
                Without(&["aud"]),
            ],
            Self::UntypedAccessToken => &[PlainTyp, Claims(&["iss", "sub", "aud", "exp", "scope"])],
            _ => return None,
        })
    }
}
