//! Who issues tokens: the well-known issuers by their marks.

use super::mark::Mark;
use Mark::{Claim, Claims, Contains, Ends, Is, Starts};

/// A well-known issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Issuer {
    /// Microsoft Entra ID, tokens of version 1.
    EntraV1,
    /// Microsoft Entra ID, tokens of version 2.
    EntraV2,
    /// Microsoft Entra External ID or Azure AD B2C.
    EntraExternal,
    /// Active Directory Federation Services.
    Adfs,
    /// Firebase or Google Identity Platform.
    Firebase,
    /// Google.
    Google,
    /// Apple.
    Apple,
    /// Amazon Cognito.
    Cognito,
    /// GitHub Actions.
    GithubActions,
    /// GitLab CI/CD.
    GitlabCi,
    /// A Kubernetes cluster.
    Kubernetes,
    /// A SPIFFE trust domain.
    Spiffe,
    /// Okta.
    Okta,
    /// Auth0.
    Auth0,
    /// Keycloak.
    Keycloak,
    /// `PingOne`.
    Ping,
    /// Zitadel.
    Zitadel,
    /// authentik.
    Authentik,
    /// Clerk.
    Clerk,
    /// Supabase.
    Supabase,
    /// HashiCorp Vault.
    Vault,
    /// A NATS operator or account.
    Nats,
}

impl Issuer {
    /// All issuers, in the order in which they are tried.
    pub const ALL: [Self; 22] = [
        Self::EntraV1,
        Self::EntraV2,
        Self::EntraExternal,
        Self::Adfs,
        Self::Firebase,
        Self::Google,
        Self::Apple,
        Self::Cognito,
        Self::GithubActions,
        Self::GitlabCi,
        Self::Kubernetes,
        Self::Spiffe,
        Self::Okta,
        Self::Auth0,
        Self::Keycloak,
        Self::Ping,
        Self::Zitadel,
        Self::Authentik,
        Self::Clerk,
        Self::Supabase,
        Self::Vault,
        Self::Nats,
    ];

    /// The stable name in JSON.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Its name in words.
    pub fn title(self) -> &'static str {
        self.entry().1
    }

    /// What its tokens need to be read rightly, where there is something to know.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::EntraV1 | Self::EntraV2 => Some(
                "Entra sends `typ: JWT`, not `at+jwt`; only the resource named in `aud` may judge an access token",
            ),
            Self::Cognito => {
                Some("an access token of Cognito names its client in `client_id` and has no `aud`")
            }
            Self::Keycloak => Some("Keycloak names the kind of token in the claim `typ`"),
            _ => None,
        }
    }

    fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::EntraV1 => ("entra-v1", "Microsoft Entra ID, version 1"),
            Self::EntraV2 => ("entra-v2", "Microsoft Entra ID, version 2"),
            Self::EntraExternal => (
                "entra-external",
                "Microsoft Entra External ID or Azure AD B2C",
            ),
            Self::Adfs => ("adfs", "Active Directory Federation Services"),
            Self::Firebase => ("firebase", "Firebase"),
            Self::Google => ("google", "Google"),
            Self::Apple => ("apple", "Apple"),
            Self::Cognito => ("cognito", "Amazon Cognito"),
            Self::GithubActions => ("github-actions", "GitHub Actions"),
            Self::GitlabCi => ("gitlab-ci", "GitLab CI/CD"),
            Self::Kubernetes => ("kubernetes", "a Kubernetes cluster"),
            Self::Spiffe => ("spiffe", "a SPIFFE trust domain"),
            Self::Okta => ("okta", "Okta"),
            Self::Auth0 => ("auth0", "Auth0"),
            Self::Keycloak => ("keycloak", "Keycloak"),
            Self::Ping => ("ping", "PingOne"),
            Self::Zitadel => ("zitadel", "Zitadel"),
            Self::Authentik => ("authentik", "authentik"),
            Self::Clerk => ("clerk", "Clerk"),
            Self::Supabase => ("supabase", "Supabase"),
            Self::Vault => ("vault", "HashiCorp Vault"),
            Self::Nats => ("nats", "NATS"),
        }
    }

    /// By which marks it is known: any of these lists, all marks of it.
    pub(super) fn proofs(self) -> &'static [&'static [Mark]] {
        match self {
            Self::EntraV1 => &[
                &[Starts("iss", "https://sts.windows.net/")],
                &[Is("ver", "1.0"), Claim(&["tid"])],
            ],
            Self::EntraV2 => &[
                &[Starts("iss", "https://login.microsoftonline.")],
                &[Is("ver", "2.0"), Claim(&["tid"])],
            ],
            Self::EntraExternal => &[
                &[Contains("iss", ".b2clogin.com/")],
                &[Contains("iss", ".ciamlogin.com/")],
            ],
            Self::Adfs => &[
                &[Ends("iss", "/adfs")],
                &[Ends("iss", "/adfs/services/trust")],
            ],
            Self::Firebase => &[
                &[Starts("iss", "https://securetoken.google.com/")],
                &[Starts("iss", "https://session.firebase.google.com/")],
                &[Claim(&["firebase"])],
                &[Contains("aud", "identitytoolkit.googleapis.com")],
            ],
            Self::Google => &[
                &[Is("iss", "https://accounts.google.com")],
                &[Is("iss", "accounts.google.com")],
                &[Ends("iss", ".gserviceaccount.com")],
                &[Is("iss", "https://cloud.google.com/iap")],
            ],
            Self::Apple => &[&[Is("iss", "https://appleid.apple.com")]],
            Self::Cognito => &[&[Starts("iss", "https://cognito-idp.")]],
            Self::GithubActions => &[
                &[Is("iss", "https://token.actions.githubusercontent.com")],
                &[Claims(&["repository", "workflow", "job_workflow_ref"])],
            ],
            Self::GitlabCi => &[
                &[Claims(&["project_path", "pipeline_id"])],
                &[Starts("sub", "project_path:")],
            ],
            Self::Kubernetes => &[
                &[Claim(&["kubernetes.io"])],
                &[Is("iss", "kubernetes/serviceaccount")],
                &[Starts("sub", "system:serviceaccount:")],
            ],
            Self::Spiffe => &[&[Starts("sub", "spiffe://")]],
            Self::Okta => &[
                &[Contains("iss", ".okta.com")],
                &[Contains("iss", ".oktapreview.com")],
                &[Contains("iss", ".okta-emea.com")],
                &[Claims(&["cid", "uid", "scp"])],
            ],
            Self::Auth0 => &[&[Ends("iss", ".auth0.com/")], &[Claims(&["gty", "azp"])]],
            Self::Keycloak => &[
                &[Contains("iss", "/realms/")],
                &[Claim(&["realm_access"])],
                &[Claim(&["resource_access"])],
            ],
            Self::Ping => &[&[Starts("iss", "https://auth.pingone.")]],
            Self::Zitadel => &[
                &[Contains("iss", ".zitadel.cloud")],
                &[Claim(&["urn:zitadel:iam:org:project:roles"])],
            ],
            Self::Authentik => &[&[Contains("iss", "/application/o/")]],
            Self::Clerk => &[
                &[Contains("iss", ".clerk.accounts.dev")],
                &[Starts("iss", "https://clerk.")],
            ],
            Self::Supabase => &[
                &[Contains("iss", ".supabase.co/")],
                &[Is("iss", "supabase")],
            ],
            Self::Vault => &[&[Contains("iss", "/v1/identity/oidc")]],
            Self::Nats => &[&[Claim(&["nats"])]],
        }
    }
}
