//! A server's description of itself: OpenID Connect Discovery 1.0 and RFC 8414.
//!
//! Says where the document of an issuer is, reads it strictly, and refuses one that speaks for another issuer or points
//! to places that are not https. Nothing is fetched here, and nothing here ever comes from a token.

use url::Url;

use crate::kernel::document::Node;
use crate::kernel::json::{self, JsonError};

/// An issuer whose description can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
    plain: bool,
}

/// What a server says of itself. It hands out https URLs alone (or, where allowed, plain HTTP to loopback).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The issuer, exactly as it was asked for.
    pub issuer: String,
    keys: Found,
    // One that cannot be used does not stand in the way of the others.
    endpoints: Vec<(Endpoint, Found)>,
    /// `token_endpoint_auth_methods_supported`; None where it is not said, which means `client_secret_basic`.
    pub client_authentication: Option<Vec<String>>,
    /// `code_challenge_methods_supported`
    pub challenge_methods: Option<Vec<String>>,
    /// `id_token_signing_alg_values_supported`
    pub id_token_algorithms: Vec<String>,
    /// `dpop_signing_alg_values_supported` (RFC 9449 §5.1)
    pub proof_algorithms: Option<Vec<String>>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3)
    pub names_itself_in_answers: bool,
    /// What is odd, but does not stand in the way.
    pub remarks: Vec<String>,
}

/// A URL of the description, if it is there and may be asked.
type Found = Result<Option<String>, MetadataError>;

/// A place where a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Where users sign in (RFC 6749 §3.1).
    Authorization,
    /// Where tokens are fetched (RFC 6749 §3.2).
    Token,
    /// Where a device starts (RFC 8628 §3.1).
    DeviceAuthorization,
    /// Where tokens are looked up (RFC 7662).
    Introspection,
    /// Where tokens are revoked (RFC 7009).
    Revocation,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Authorization,
        Self::Token,
        Self::DeviceAuthorization,
        Self::Introspection,
        Self::Revocation,
    ];

    /// The member of the document.
    pub fn member(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_endpoint",
            Self::Token => "token_endpoint",
            Self::DeviceAuthorization => "device_authorization_endpoint",
            Self::Introspection => "introspection_endpoint",
            Self::Revocation => "revocation_endpoint",
        }
    }
}

/// Why an issuer or its description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// No issuer identifier.
    #[error("`{issuer}` is no issuer: it {problem}")]
    NoIssuer {
        /// The text.
        issuer: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Not JSON.
    #[error("the description is not JSON: {0}")]
    NotJson(JsonError),
    /// Not UTF-8.
    #[error("the description is not UTF-8")]
    NotUtf8,
    /// Not an object.
    #[error("the description is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// A member twice.
    #[error("the description has the member `{0}` twice")]
    Duplicate(String),
    /// No `issuer`.
    #[error("the description names no `issuer`")]
    Anonymous,
    /// Another issuer.
    #[error("the description is that of `{found}`, not of `{asked}`")]
    OtherIssuer {
        /// The issuer asked for.
        asked: String,
        /// The issuer it names.
        found: String,
    },
    /// A member of another type.
    #[error("`{member}` is {found}, not {wanted}")]
    Type {
        /// The member.
        member: &'static str,
        /// What it is to be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A URL that is not to be trusted.
    #[error("`{member}` is `{url}`, which {problem}")]
    BadUrl {
        /// The member.
        member: &'static str,
        /// The URL.
        url: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Something that is needed is not there.
    #[error("the issuer does not say its `{0}`")]
    Missing(&'static str),
}

impl Issuer {
    /// Takes an issuer identifier: an https URL without query and fragment (OIDC Discovery §3, RFC 8414 §2). With
    /// `plain`, one on loopback may be plain HTTP.
    ///
    /// # Errors
    /// [`MetadataError::NoIssuer`].
    pub fn new(text: &str, plain: bool) -> Result<Self, MetadataError> {
        let refuse = |problem| MetadataError::NoIssuer {
            issuer: text.chars().take(200).collect(),
            problem,
        };
        let url = web(text, plain).map_err(refuse)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment"));
        }
        Ok(Self {
            text: text.to_owned(),
            url,
            plain,
        })
    }

    /// The identifier, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where its description may be, the likeliest first: appended to the issuer (OIDC Discovery §4.1), inserted before
    /// its path (RFC 8414 §3.1), and OIDC's name inserted (RFC 8414 §5).
    pub fn places(&self) -> Vec<String> {
        const OPENID: &str = "/.well-known/openid-configuration";
        const OAUTH: &str = "/.well-known/oauth-authorization-server";
        let origin = self.url.origin().ascii_serialization();
        // A final `/` is removed before anything is appended or inserted.
        let path = self.url.path().trim_end_matches('/');
        let mut places = vec![
            format!("{origin}{path}{OPENID}"),
            format!("{origin}{OAUTH}{path}"),
        ];
        if !path.is_empty() {
            places.push(format!("{origin}{OPENID}{path}"));
        }
        places
    }
}

/// A URL that may be asked: https, without a user in it, and strict enough for all readers to agree.
fn web(text: &str, plain: bool) -> Result<Url, &'static str> {
    let forgiven = |c: char| c.is_ascii_control() || c.is_whitespace() || c == '\\';
    // `https:a.example` and `https:///a.example` are forgiven by some readers and mean something else to others.
    let (scheme, after) = text.split_once("://").ok_or("is no absolute URL")?;
    if text.contains(forgiven) || scheme.contains([':', '/']) || after.starts_with('/') {
        return Err("is no absolute URL");
    }
    let url = Url::parse(text).map_err(|_| "is no absolute URL")?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("has no host"),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && plain && local) {
        return Err("is not https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password");
    }
    Ok(url)
}

impl Metadata {
    /// Reads the description of an issuer.
    ///
    /// # Errors
    /// [`MetadataError`], above all if it names another issuer.
    pub fn read(bytes: &[u8], issuer: &Issuer) -> Result<Self, MetadataError> {
        let text = std::str::from_utf8(bytes).map_err(|_| MetadataError::NotUtf8)?;
        let (root, duplicates) = json::parse_text(text).map_err(MetadataError::NotJson)?;
        if root.as_mapping().is_none() {
            return Err(MetadataError::NotAnObject(root.kind()));
        }
        if let Some(duplicate) = duplicates.first() {
            return Err(MetadataError::Duplicate(duplicate.key.clone()));
        }
        let document = Reader {
            root: &root,
            plain: issuer.plain,
        };
        let named = document.text("issuer")?.ok_or(MetadataError::Anonymous)?;
        // OIDC Discovery §4.3, RFC 8414 §3.3: exactly the URL that was asked, character for character.
        if named != issuer.text {
            return Err(MetadataError::OtherIssuer {
                asked: issuer.text.clone(),
                found: named.chars().take(200).collect(),
            });
        }
        let found = |endpoint: Endpoint| (endpoint, document.url(endpoint.member()));
        let challenge_methods = document.texts("code_challenge_methods_supported")?;
        Ok(Self {
            issuer: named.to_owned(),
            keys: document.url("jwks_uri"),
            endpoints: Endpoint::ALL.into_iter().map(found).collect(),
            client_authentication: document.texts("token_endpoint_auth_methods_supported")?,
            remarks: remarks(challenge_methods.as_deref(), &document)?,
            challenge_methods,
            id_token_algorithms: document
                .texts("id_token_signing_alg_values_supported")?
                .unwrap_or_default(),
            proof_algorithms: document.texts("dpop_signing_alg_values_supported")?,
            names_itself_in_answers: document
                .flag("authorization_response_iss_parameter_supported")?,
        })
    }

    /// The URL of an endpoint.
    ///
    /// # Errors
    /// [`MetadataError::Missing`], or why it may not be asked.
    pub fn endpoint(&self, endpoint: Endpoint) -> Result<&str, MetadataError> {
        let mut all = self.endpoints.iter();
        let found = all.find(|(each, _)| *each == endpoint);
        needed(found.map(|(_, url)| url), endpoint.member())
    }

    /// The URL of the key set.
    ///
    /// # Errors
    /// As [`Metadata::endpoint`].
    pub fn key_set(&self) -> Result<&str, MetadataError> {
        needed(Some(&self.keys), "jwks_uri")
    }
}

fn needed<'a>(found: Option<&'a Found>, member: &'static str) -> Result<&'a str, MetadataError> {
    match found {
        Some(Ok(Some(url))) => Ok(url),
        Some(Err(error)) => Err(error.clone()),
        Some(Ok(None)) | None => Err(MetadataError::Missing(member)),
    }
}

fn remarks(
    challenges: Option<&[String]>,
    document: &Reader<'_>,
) -> Result<Vec<String>, MetadataError> {
    let mut remarks = Vec::new();
    if challenges.is_some_and(|methods| methods.iter().any(|method| method == "plain")) {
        remarks.push("the issuer accepts the PKCE method `plain`, which protects nothing".into());
    }
    let signed = document.texts("id_token_signing_alg_values_supported")?;
    if signed.is_some_and(|names| names.iter().any(|name| name == "none")) {
        remarks.push("the issuer offers ID tokens without a signature (`none`)".into());
    }
    Ok(remarks)
}

/// Reads members of certain types.
struct Reader<'a> {
    root: &'a Node,
    plain: bool,
}

impl<'a> Reader<'a> {
    fn member<T>(
        &self,
        member: &'static str,
        wanted: &'static str,
        read: impl FnOnce(&'a Node) -> Option<T>,
    ) -> Result<Option<T>, MetadataError> {
        let Some(node) = self.root.get(member) else {
            return Ok(None);
        };
        let ill_typed = || MetadataError::Type {
            member,
            wanted,
            found: node.kind(),
        };
        read(node).map(Some).ok_or_else(ill_typed)
    }

    fn text(&self, member: &'static str) -> Result<Option<&'a str>, MetadataError> {
        self.member(member, "a string", Node::as_str)
    }

    fn flag(&self, member: &'static str) -> Result<bool, MetadataError> {
        let flag = self.member(member, "a boolean", Node::as_bool)?;
        Ok(flag.unwrap_or(false))
    }

    fn texts(&self, member: &'static str) -> Result<Option<Vec<String>>, MetadataError> {
        self.member(member, "a list of strings", |node| {
            let items = node.as_sequence()?.iter();
            items.map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    fn url(&self, member: &'static str) -> Result<Option<String>, MetadataError> {
        let Some(text) = self.text(member)? else {
            return Ok(None);
        };
        let refuse = |problem| MetadataError::BadUrl {
            member,
            url: text.chars().take(200).collect(),
            problem,
        };
        let url = web(text, self.plain).map_err(refuse)?;
        // RFC 6749 §3.1, §3.2: an endpoint has no fragment.
        if url.fragment().is_some() {
            return Err(refuse("has a fragment"));
        }
        Ok(Some(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Issuer {
        Issuer::new(text, false).unwrap()
    }

    fn read(text: &str) -> Result<Metadata, MetadataError> {
        Metadata::read(text.as_bytes(), &issuer("https://auth.acme.example/a"))
    }

    #[test]
    fn the_description_is_appended_for_oidc_and_inserted_for_oauth() {
        assert_eq!(
            issuer("https://auth.acme.example").places(),
            [
                "https://auth.acme.example/.well-known/openid-configuration",
                "https://auth.acme.example/.well-known/oauth-authorization-server",
            ]
        );
        // RFC 8414 §3.1 has this example; a final slash makes no difference to the place.
        for text in [
            "https://example.com/issuer1",
            "https://example.com/issuer1/",
        ] {
            assert_eq!(
                issuer(text).places(),
                [
                    "https://example.com/issuer1/.well-known/openid-configuration",
                    "https://example.com/.well-known/oauth-authorization-server/issuer1",
                    "https://example.com/.well-known/openid-configuration/issuer1",
                ]
            );
        }
    }

    #[test]
    fn what_is_no_issuer_is_refused() {
        for text in [
            "http://auth.acme.example",
            "http://127.0.0.1:3000",
            "auth.acme.example",
            "https://auth.acme.example?x=1",
            "https://auth.acme.example#x",
            "https://a:b@auth.acme.example",
            "https://auth.acme.example\\@evil.example",
            "https:auth.acme.example",
            "https:evil.example/://auth.acme.example",
            "https:///auth.acme.example",
            "file:///etc/passwd",
            "",
        ] {
            assert!(Issuer::new(text, false).is_err(), "{text}");
        }
        assert!(Issuer::new("http://127.0.0.1:3000", true).is_ok());
        assert!(Issuer::new("http://auth.acme.example", true).is_err());
    }

    #[test]
    fn only_the_issuer_s_own_description_is_believed() {
        let own = r#"{"issuer": "https://auth.acme.example/a", "jwks_uri": "https://keys.acme.example/set",
            "token_endpoint": "https://auth.acme.example/token", "x": {"y": [1]}}"#;
        let metadata = read(own).unwrap();
        assert_eq!(metadata.key_set(), Ok("https://keys.acme.example/set"));
        assert_eq!(
            metadata.endpoint(Endpoint::Token),
            Ok("https://auth.acme.example/token")
        );
        assert_eq!(
            metadata.endpoint(Endpoint::Revocation),
            Err(MetadataError::Missing("revocation_endpoint"))
        );
        for other in [
            "https://auth.acme.example/a/",
            "https://auth.acme.example/A",
            "https://auth.acme.example:443/a",
            "https://evil.example",
        ] {
            let error = read(&format!(r#"{{"issuer": "{other}"}}"#)).unwrap_err();
            assert!(
                matches!(error, MetadataError::OtherIssuer { .. }),
                "{other}"
            );
        }
    }

    #[test]
    fn hostile_descriptions_are_named() {
        let own = r#""issuer": "https://auth.acme.example/a""#;
        let table = [
            ("", "not JSON"),
            ("[]", "a list, not a JSON object"),
            ("{}", "names no `issuer`"),
            (r#"{"issuer": 1}"#, "`issuer` is a number, not a string"),
            (
                r#"{"issuer": "https://auth.acme.example/a", "issuer": "https://evil.example"}"#,
                "`issuer` twice",
            ),
            (
                &format!(r#"{{{own}, "code_challenge_methods_supported": "S256"}}"#),
                "a string, not a list of strings",
            ),
        ];
        for (text, message) in table {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
        for (url, message) in [
            ("http://keys.acme.example", "which is not https"),
            ("file:///etc/passwd", "which is no absolute URL"),
            ("https://a.example/#x", "which has a fragment"),
            ("https://u:p@a.example/", "which holds a user name"),
        ] {
            // A member that cannot be used is an error for whoever needs it, and for nobody else.
            let text = format!(
                r#"{{{own}, "jwks_uri": "{url}", "token_endpoint": "https://a.example/"}}"#
            );
            let metadata = read(&text).unwrap();
            let error = metadata.key_set().unwrap_err().to_string();
            assert!(error.contains(message), "{url}: {error}");
            assert_eq!(metadata.endpoint(Endpoint::Token), Ok("https://a.example/"));
        }
        assert_eq!(
            Metadata::read(b"\xff", &issuer("https://a.example")),
            Err(MetadataError::NotUtf8)
        );
    }
}
