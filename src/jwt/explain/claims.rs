//! The claims of the registries (IANA, OpenID Connect) and of the common issuers, in words.

use crate::kernel::document::{Node, Value};

/// A known claim.
pub(super) struct Claim {
    name: &'static str,
    pub(super) text: &'static str,
    pub(super) source: &'static str,
    pub(super) is_time: bool,
}

const fn plain(name: &'static str, text: &'static str, source: &'static str) -> Claim {
    Claim {
        name,
        text,
        source,
        is_time: false,
    }
}

const fn time(name: &'static str, text: &'static str, source: &'static str) -> Claim {
    Claim {
        name,
        text,
        source,
        is_time: true,
    }
}

/// Sorted by name.
const CLAIMS: &[Claim] = &[
    plain(
        "_sd",
        "digests of claims that the holder may show",
        "RFC 9901 §4.2.4",
    ),
    plain("_sd_alg", "the hash of those digests", "RFC 9901 §4.1.1"),
    plain(
        "acr",
        "how strongly the user was authenticated",
        "OIDC Core §2",
    ),
    plain(
        "act",
        "who acts for the subject; the outermost is the current one",
        "RFC 8693 §4.1",
    ),
    plain("address", "postal address", "OIDC Core §5.1.1"),
    plain("aio", "internal to Entra", "Entra"),
    plain(
        "allowed-origins",
        "origins that may call with it",
        "Keycloak",
    ),
    plain(
        "amr",
        "by which methods the user was authenticated",
        "OIDC Core §2",
    ),
    plain("appid", "the client it was issued to", "Entra v1"),
    plain("appidacr", "how the client proved itself", "Entra v1"),
    plain(
        "at_hash",
        "hash of the access token issued beside it",
        "OIDC Core §3.1.3.6",
    ),
    plain("at_use_nbr", "how often it may be used", "ETSI"),
    plain(
        "ath",
        "hash of the access token that the proof goes with",
        "RFC 9449 §4.2",
    ),
    plain(
        "attest",
        "how sure the provider is about the caller",
        "RFC 8588",
    ),
    plain("aud", "audience: who may accept it", "RFC 7519 §4.1.3"),
    time("auth_time", "the user signed in", "OIDC Core §2"),
    plain(
        "authorization_details",
        "what it grants, in detail",
        "RFC 9396 §2",
    ),
    plain("azp", "the client it was issued to", "OIDC Core §2"),
    plain("azpacr", "how the client proved itself", "Entra v2"),
    plain(
        "base_ref",
        "target branch of the pull request",
        "GitHub Actions",
    ),
    plain("birthdate", "birthday", "OIDC Core §5.1"),
    plain(
        "c_hash",
        "hash of the code issued beside it",
        "OIDC Core §3.3.2.11",
    ),
    plain(
        "ci_config_ref_uri",
        "the pipeline's definition",
        "GitLab CI",
    ),
    plain("cid", "the client it was issued to", "Okta"),
    plain("client_id", "the client it was issued to", "RFC 8693 §4.3"),
    plain(
        "cnf",
        "the key that the sender must prove to hold",
        "RFC 7800",
    ),
    plain("cognito:groups", "groups", "Cognito"),
    plain("cognito:username", "the user's name", "Cognito"),
    plain("dest", "who is called", "RFC 8225 §5.2.1"),
    plain("device_posture", "state of the sender's device", "private"),
    plain("deviceid", "id of the device", "Entra"),
    plain("email", "e-mail address", "OIDC Core §5.1"),
    plain(
        "email_verified",
        "whether the provider checked the e-mail address",
        "OIDC Core §5.1",
    ),
    plain(
        "entitlements",
        "entitlements of the user",
        "RFC 9068 §2.2.3",
    ),
    plain("environment", "the deployment environment", "CI"),
    plain("event_id", "authentication event", "Cognito"),
    plain("event_name", "what started the run", "GitHub Actions"),
    plain("events", "the events it reports", "RFC 8417 §2.2"),
    time("exp", "expires", "RFC 7519 §4.1.4"),
    plain("family_name", "surname", "OIDC Core §5.1"),
    plain("fapi_interaction_id", "interaction", "FAPI"),
    plain("firebase", "sign-in details", "Firebase"),
    plain("gender", "gender", "OIDC Core §5.1"),
    plain("given_name", "first name", "OIDC Core §5.1"),
    plain("groups", "groups of the user", "RFC 9068 §2.2.3"),
    plain("gty", "the grant it came from", "Auth0"),
    plain("hd", "the organisation's domain", "Google"),
    plain(
        "head_ref",
        "source branch of the pull request",
        "GitHub Actions",
    ),
    plain(
        "htm",
        "the method of the request it proves",
        "RFC 9449 §4.2",
    ),
    plain(
        "htu",
        "the address of the request it proves",
        "RFC 9449 §4.2",
    ),
    time("iat", "issued", "RFC 7519 §4.1.6"),
    plain("identities", "identities at other providers", "Cognito"),
    plain("idp", "who authenticated the user", "Entra"),
    plain("idtyp", "`app` for an application's own token", "Entra"),
    plain("ipaddr", "address the user signed in from", "Entra v1"),
    plain("iss", "issuer", "RFC 7519 §4.1.1"),
    plain(
        "job_workflow_ref",
        "the reusable workflow that runs",
        "GitHub Actions",
    ),
    plain("jti", "unique id of this token", "RFC 7519 §4.1.7"),
    plain("kubernetes.io", "the objects it is bound to", "Kubernetes"),
    plain(
        "kubernetes.io/serviceaccount/namespace",
        "namespace",
        "Kubernetes",
    ),
    plain(
        "kubernetes.io/serviceaccount/secret.name",
        "the Secret that holds it",
        "Kubernetes",
    ),
    plain(
        "kubernetes.io/serviceaccount/service-account.name",
        "service account",
        "Kubernetes",
    ),
    plain(
        "kubernetes.io/serviceaccount/service-account.uid",
        "id of the service account",
        "Kubernetes",
    ),
    plain("locale", "language", "OIDC Core §5.1"),
    plain("login_hint", "hint for the next sign-in", "Entra"),
    plain("may_act", "who may act for the subject", "RFC 8693 §4.4"),
    plain("middle_name", "middle name", "OIDC Core §5.1"),
    plain("name", "full name", "OIDC Core §5.1"),
    plain("namespace_path", "the group or user", "GitLab CI"),
    plain("nats", "permissions and limits", "NATS"),
    time("nbf", "not before", "RFC 7519 §4.1.5"),
    plain("nickname", "nickname", "OIDC Core §5.1"),
    plain(
        "nonce",
        "binds it to one sign-in or one request",
        "OIDC Core §2",
    ),
    plain(
        "nonce_supported",
        "whether the platform sends nonces",
        "Apple",
    ),
    plain(
        "oid",
        "the user or application, the same in every application",
        "Entra",
    ),
    plain("org_id", "organisation", "Auth0"),
    plain("orig", "who calls", "RFC 8225 §5.2.1"),
    plain("permissions", "what it grants", "Auth0"),
    plain("phone_number", "telephone number", "OIDC Core §5.1"),
    plain(
        "phone_number_verified",
        "whether the provider checked the number",
        "OIDC Core §5.1",
    ),
    plain("picture", "portrait", "OIDC Core §5.1"),
    plain("pipeline_id", "the pipeline", "GitLab CI"),
    plain(
        "preferred_username",
        "the name the user goes by: no identifier, it changes",
        "OIDC Core §5.1",
    ),
    plain("profile", "profile page", "OIDC Core §5.1"),
    plain("project_path", "the project", "GitLab CI"),
    plain("purpose", "what it may be used for", "private"),
    time("rat", "when authentication started", "private"),
    plain("realm_access", "roles in the realm", "Keycloak"),
    plain("ref", "the branch or tag", "CI"),
    plain(
        "ref_protected",
        "whether the branch or tag is protected",
        "CI",
    ),
    plain("ref_type", "branch or tag", "CI"),
    plain("repository", "the repository", "GitHub Actions"),
    plain("repository_owner", "its owner", "GitHub Actions"),
    plain(
        "repository_visibility",
        "who sees the repository",
        "GitHub Actions",
    ),
    plain("resource_access", "roles in clients", "Keycloak"),
    plain("rh", "internal to Entra", "Entra"),
    plain("roles", "roles of the user", "RFC 9068 §2.2.3"),
    plain("run_attempt", "attempt of the run", "GitHub Actions"),
    plain("run_id", "the run", "GitHub Actions"),
    plain("runner_environment", "who runs the runner", "CI"),
    plain("s_hash", "hash of the state", "FAPI"),
    plain("scope", "what it grants", "RFC 8693 §4.2"),
    plain("scp", "what it grants", "Entra, Okta"),
    plain(
        "sd_hash",
        "hash of the presentation it goes with",
        "RFC 9901 §4.3",
    ),
    plain("session_state", "session", "Keycloak"),
    plain("sha", "the commit", "GitHub Actions"),
    plain("sid", "session", "OIDC Front-Channel Logout"),
    plain("sign_in_provider", "how the user signed in", "Firebase"),
    plain("software_id", "the client's software", "RFC 7591"),
    plain(
        "status",
        "where to ask whether it is revoked",
        "Token Status List",
    ),
    plain("sub", "subject", "RFC 7519 §4.1.2"),
    plain("sub_id", "subject, in a structured form", "RFC 9493"),
    plain("sub_jwk", "the subject's own key", "SIOP"),
    plain("tenant", "tenant", "private"),
    plain("tid", "tenant", "Entra"),
    time("toe", "the event happened", "RFC 8417 §2.2"),
    plain("token_use", "which kind of token it is", "Cognito"),
    plain("txn", "transaction", "RFC 8417 §2.2"),
    plain("typ", "which kind of token it is", "Keycloak"),
    plain("uid", "user", "Okta"),
    plain(
        "unique_name",
        "a name for display: no identifier",
        "Entra v1",
    ),
    time("updated_at", "updated", "OIDC Core §5.1"),
    plain("upn", "sign-in name: no identifier, it changes", "Entra"),
    plain("user_id", "user", "Firebase"),
    plain("username", "user", "Cognito"),
    plain("uti", "unique id of this token", "Entra"),
    plain("vc", "a verifiable credential", "W3C VC Data Model"),
    plain("vct", "type of the credential", "SD-JWT VC"),
    plain("ver", "version of the token's form", "private"),
    plain(
        "verified_claims",
        "claims with how they were verified",
        "OIDC4IA",
    ),
    plain("vot", "how sure the identity is", "RFC 8485"),
    plain("vp", "a verifiable presentation", "W3C VC Data Model"),
    plain("vtm", "trust marks", "RFC 8485"),
    plain("website", "home page", "OIDC Core §5.1"),
    plain("wids", "directory roles of the tenant", "Entra"),
    plain("workflow", "the workflow", "GitHub Actions"),
    plain(
        "workflow_ref",
        "the workflow's file and revision",
        "GitHub Actions",
    ),
    plain(
        "wth",
        "hash of the workload identity token it goes with",
        "WIMSE",
    ),
    plain("xms_cc", "what the client can handle", "Entra"),
    plain("zoneinfo", "time zone", "OIDC Core §5.1"),
];

/// Members of claims that are objects.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("act", "act", "who acted before"),
    ("act", "iss", "issuer of the actor's name"),
    ("act", "sub", "the actor"),
    (
        "cnf",
        "jku",
        "where the sender says the key is: never followed here",
    ),
    (
        "cnf",
        "jkt",
        "SHA-256 thumbprint of the DPoP key (RFC 9449 §6.1)",
    ),
    ("cnf", "jwe", "the key, encrypted"),
    ("cnf", "jwk", "the key itself"),
    ("cnf", "kid", "the key by its id"),
    (
        "cnf",
        "x5t#S256",
        "SHA-256 thumbprint of the TLS client certificate (RFC 8705 §3.1)",
    ),
    ("kubernetes.io", "namespace", "namespace"),
    ("kubernetes.io", "node", "the node it is bound to"),
    (
        "kubernetes.io",
        "pod",
        "the pod it is bound to: it ends with it",
    ),
    ("kubernetes.io", "secret", "the Secret it is bound to"),
    ("kubernetes.io", "serviceaccount", "service account"),
    (
        "kubernetes.io",
        "warnafter",
        "the time from which the cluster warns about its use",
    ),
    ("may_act", "sub", "the party that may act"),
    ("status", "status_list", "position in a status list"),
];

/// Authentication methods (RFC 8176 §2).
const METHODS: &[(&str, &str)] = &[
    ("face", "face"),
    ("fpt", "fingerprint"),
    ("geo", "place"),
    ("hwk", "hardware key"),
    ("iris", "iris"),
    ("kba", "questions"),
    ("mca", "several channels"),
    ("mfa", "several factors"),
    ("otp", "one-time password"),
    ("pin", "PIN"),
    ("pop", "possession of a key"),
    ("pwd", "password"),
    ("rba", "risk"),
    ("retina", "retina"),
    ("sc", "smart card"),
    ("sms", "text message"),
    ("swk", "software key"),
    ("tel", "telephone call"),
    ("user", "presence of the user"),
    ("vbm", "voice"),
    ("wia", "Windows sign-in"),
];

pub(super) fn find(name: &str) -> Option<&'static Claim> {
    let at = CLAIMS
        .binary_search_by_key(&name, |claim| claim.name)
        .ok()?;
    CLAIMS.get(at)
}

/// What a value says beyond its name.
pub(super) fn detail(name: &str, value: &Node) -> Option<String> {
    match (name, &value.value) {
        ("amr", Value::Sequence(methods)) => {
            let words: Vec<&str> = methods
                .iter()
                .filter_map(Node::as_str)
                .filter_map(|method| METHODS.iter().find(|(known, _)| *known == method))
                .map(|(_, text)| *text)
                .collect();
            (!words.is_empty()).then(|| words.join(", "))
        }
        ("scope" | "scp", Value::String(text)) => {
            let count = text.split_ascii_whitespace().count();
            (count > 1).then(|| format!("{count} scopes"))
        }
        ("aud", Value::Sequence(names)) if names.len() > 1 => Some(format!(
            "{} audiences, any of which may use it at the others",
            names.len()
        )),
        ("azpacr" | "appidacr", Value::String(level)) => match level.as_str() {
            "0" => Some("not at all, a public client".to_owned()),
            "1" => Some("with a secret".to_owned()),
            "2" => Some("with a certificate".to_owned()),
            _ => None,
        },
        ("cnf", Value::Mapping(entries)) => {
            let names: Vec<&str> = entries
                .iter()
                .filter_map(|entry| member("cnf", &entry.key))
                .collect();
            (!names.is_empty()).then(|| names.join("; "))
        }
        ("act" | "may_act", Value::Mapping(_)) => actors(value),
        ("kubernetes.io", Value::Mapping(_)) => bound(value),
        ("sub", Value::String(text)) => subject(text),
        _ => None,
    }
}

/// What a member of a claim means.
pub(super) fn member(claim: &str, name: &str) -> Option<&'static str> {
    let known = MEMBERS
        .iter()
        .find(|entry| (entry.0, entry.1) == (claim, name));
    known.map(|entry| entry.2)
}

// RFC 8693 §4.1: the outermost `act` is the current actor.
fn actors(value: &Node) -> Option<String> {
    let mut chain = Vec::new();
    let mut at = Some(value);
    while let Some(actor) = at.filter(|_| chain.len() < 8) {
        chain.push(actor.get("sub")?.as_str()?);
        at = actor.get("act");
    }
    Some(chain.join(", before that "))
}

fn bound(value: &Node) -> Option<String> {
    let name = |object: &str| value.at(&[object, "name"]).and_then(Node::as_str);
    let mut words = vec![format!("service account {}", name("serviceaccount")?)];
    if let Some(namespace) = value.get("namespace").and_then(Node::as_str) {
        words.push(format!("of the namespace {namespace}"));
    }
    for object in ["pod", "secret", "node"] {
        if let Some(found) = name(object) {
            words.push(format!("{object} {found}"));
        }
    }
    Some(words.join(", "))
}

fn subject(text: &str) -> Option<String> {
    if let Some(account) = text.strip_prefix("system:serviceaccount:") {
        let (namespace, name) = account.split_once(':')?;
        return Some(format!(
            "the service account {name} of the namespace {namespace}"
        ));
    }
    if let Some(path) = text.strip_prefix("spiffe://") {
        let domain = path.split('/').next().unwrap_or_default();
        return Some(format!("a workload of the trust domain {domain}"));
    }
    text.starts_with("service:").then(|| "a service".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{CLAIMS, MEMBERS};

    #[test]
    fn the_tables_are_sorted_and_without_duplicates() {
        assert!(CLAIMS.windows(2).all(|pair| pair[0].name < pair[1].name));
        let names: std::collections::BTreeSet<_> = MEMBERS.iter().map(|m| (m.0, m.1)).collect();
        assert_eq!(names.len(), MEMBERS.len());
    }
}
