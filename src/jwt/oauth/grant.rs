//! What a client asks: token requests and the URL where a user signs in.

use std::fmt;
use std::str::FromStr;

use url::Url;
use url::form_urlencoded::byte_serialize;

use super::pkce::Verifier;
use crate::kernel::secret::Secret;

/// A body of `application/x-www-form-urlencoded`. Its values may be secret.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(&'static str, Secret)>);

impl Form {
    /// Adds a value.
    pub fn text(&mut self, name: &'static str, value: &str) {
        self.0.push((name, Secret::new(value.as_bytes().to_vec())));
    }

    /// Adds a secret value.
    pub fn secret(&mut self, name: &'static str, value: &Secret) {
        self.0.push((name, value.clone()));
    }

    /// The body.
    pub fn encode(&self) -> Secret {
        let mut body = Vec::new();
        for (name, value) in &self.0 {
            if !body.is_empty() {
                body.push(b'&');
            }
            body.extend_from_slice(name.as_bytes());
            body.push(b'=');
            for part in byte_serialize(value.expose()) {
                body.extend_from_slice(part.as_bytes());
            }
        }
        Secret::new(body)
    }
}

/// A kind of token in an exchange (RFC 8693 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKind(String);

impl TokenKind {
    /// The URI.
    pub fn uri(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = match text {
            "access-token" => "access_token",
            "refresh-token" => "refresh_token",
            "id-token" => "id_token",
            "jwt" | "saml1" | "saml2" => text,
            uri if Url::parse(uri).is_ok() => return Ok(Self(uri.to_owned())),
            _ => {
                return Err(format!(
                    "`{text}` is none of access-token, refresh-token, id-token, jwt, saml1, saml2, and no URI"
                ));
            }
        };
        Ok(Self(format!("urn:ietf:params:oauth:token-type:{known}")))
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the tokens are to be good for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `scope`
    pub scopes: Vec<String>,
    /// `resource` (RFC 8707)
    pub resources: Vec<String>,
    /// `audience` (RFC 8693 §2.1; some servers know it everywhere)
    pub audiences: Vec<String>,
}

impl Asked {
    /// Adds what is asked to a request.
    pub fn add(&self, form: &mut Form) {
        if !self.scopes.is_empty() {
            form.text("scope", &self.scopes.join(" "));
        }
        for resource in &self.resources {
            form.text("resource", resource);
        }
        for audience in &self.audiences {
            form.text("audience", audience);
        }
    }
}

/// A grant: what a client has in hand.
#[derive(Debug, Clone)]
pub enum Grant<'a> {
    /// Nothing but itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A code that a user's sign-in gave (RFC 6749 §4.1.3).
    Code {
        /// The code.
        code: &'a Secret,
        /// Where it was sent.
        redirect: &'a str,
        /// What proves that it was this client that asked (RFC 7636 §4.5).
        verifier: &'a Verifier,
    },
    /// A refresh token (RFC 6749 §6).
    Refresh(&'a Secret),
    /// A device code (RFC 8628 §3.4).
    Device(&'a Secret),
    /// Another token (RFC 8693 §2.1).
    Exchange {
        /// The token of the subject, and its kind.
        subject: (&'a Secret, &'a TokenKind),
        /// The token of who acts for it, and its kind.
        actor: Option<(&'a Secret, &'a TokenKind)>,
        /// The kind of token that is wanted.
        wanted: Option<&'a TokenKind>,
    },
}

impl Grant<'_> {
    /// The token request, without what the client shows of itself.
    pub fn form(&self, asked: &Asked) -> Form {
        let mut form = Form::default();
        match self {
            Self::ClientCredentials => form.text("grant_type", "client_credentials"),
            Self::Code {
                code,
                redirect,
                verifier,
            } => {
                form.text("grant_type", "authorization_code");
                form.secret("code", code);
                form.text("redirect_uri", redirect);
                form.secret("code_verifier", &Secret::new(verifier.expose().to_vec()));
            }
            Self::Refresh(token) => {
                form.text("grant_type", "refresh_token");
                form.secret("refresh_token", token);
            }
            Self::Device(code) => {
                form.text("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
                form.secret("device_code", code);
            }
            Self::Exchange {
                subject,
                actor,
                wanted,
            } => {
                form.text(
                    "grant_type",
                    "urn:ietf:params:oauth:grant-type:token-exchange",
                );
                form.secret("subject_token", subject.0);
                form.text("subject_token_type", subject.1.uri());
                if let Some((token, kind)) = actor {
                    form.secret("actor_token", token);
                    form.text("actor_token_type", kind.uri());
                }
                if let Some(kind) = wanted {
                    form.text("requested_token_type", kind.uri());
                }
            }
        }
        // The scope of a code and of a device code was asked for when they were (RFC 6749 §4.1.1, RFC 8628 §3.1).
        match self {
            Self::Code { .. } | Self::Device(_) => Asked {
                scopes: Vec::new(),
                ..asked.clone()
            }
            .add(&mut form),
            _ => asked.add(&mut form),
        }
        form
    }
}

/// A sign-in that is about to start.
#[derive(Debug)]
pub struct SignInRequest<'a> {
    /// `client_id`
    pub client: &'a str,
    /// `redirect_uri`
    pub redirect: &'a str,
    /// `state`
    pub state: &'a str,
    /// `nonce`, where an ID token is asked for
    pub nonce: Option<&'a str>,
    /// The proof key.
    pub verifier: &'a Verifier,
    /// `dpop_jkt` (RFC 9449 §10)
    pub proof_key: Option<&'a str>,
    /// `prompt`
    pub prompt: Option<&'a str>,
}

/// The URL where the user signs in (RFC 6749 §4.1.1). None if the endpoint is no URL.
pub fn authorization_url(
    endpoint: &str,
    request: &SignInRequest<'_>,
    asked: &Asked,
) -> Option<String> {
    // RFC 6749 §3.1: a query that the endpoint has is kept.
    let mut url = Url::parse(endpoint).ok()?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", request.client)
            .append_pair("redirect_uri", request.redirect)
            .append_pair("state", request.state)
            .append_pair("code_challenge", &request.verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        let optional = [
            ("nonce", request.nonce),
            ("dpop_jkt", request.proof_key),
            ("prompt", request.prompt),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if !asked.scopes.is_empty() {
            query.append_pair("scope", &asked.scopes.join(" "));
        }
        for resource in &asked.resources {
            query.append_pair("resource", resource);
        }
        for audience in &asked.audiences {
            query.append_pair("audience", audience);
        }
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(grant: &Grant<'_>, asked: &Asked) -> String {
        String::from_utf8(grant.form(asked).encode().expose().to_vec()).unwrap()
    }

    #[test]
    fn requests_are_those_of_the_specifications() {
        let asked = Asked {
            scopes: vec!["a".into(), "b:c".into()],
            resources: vec!["https://api.example/".into()],
            audiences: Vec::new(),
        };
        assert_eq!(
            body(&Grant::ClientCredentials, &asked),
            "grant_type=client_credentials&scope=a+b%3Ac&resource=https%3A%2F%2Fapi.example%2F"
        );
        let secret = Secret::new(b"x&y=z".to_vec());
        assert_eq!(
            body(&Grant::Refresh(&secret), &Asked::default()),
            "grant_type=refresh_token&refresh_token=x%26y%3Dz"
        );
        let kind: TokenKind = "access-token".parse().unwrap();
        let exchange = Grant::Exchange {
            subject: (&secret, &kind),
            actor: None,
            wanted: Some(&kind),
        };
        assert_eq!(
            body(&exchange, &Asked::default()),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=x%26y%3Dz\
             &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
             &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
        );
        assert!("token".parse::<TokenKind>().is_err());
        // RFC 8628 §3.4: the scope was asked for with the code.
        assert!(!body(&Grant::Device(&secret), &asked).contains("scope"));
    }

    #[test]
    fn an_endpoint_keeps_its_query_and_gets_a_challenge() {
        struct Zero;
        impl crate::kernel::crypto::Random for Zero {
            fn fill(&self, buffer: &mut [u8]) -> Result<(), crate::kernel::crypto::RandomError> {
                buffer.fill(0);
                Ok(())
            }
        }
        let verifier = Verifier::fresh(&Zero).unwrap();
        let request = SignInRequest {
            client: "web app",
            redirect: "http://127.0.0.1:4711/callback",
            state: "s",
            nonce: Some("n"),
            verifier: &verifier,
            proof_key: None,
            prompt: None,
        };
        let endpoint = "https://auth.acme.example/authorize?tenant=1";
        let url = authorization_url(endpoint, &request, &Asked::default()).unwrap();
        assert!(url.starts_with(
            "https://auth.acme.example/authorize?tenant=1&response_type=code&client_id=web+app&"
        ));
        assert!(url.contains(&format!("code_challenge={}", verifier.challenge())));
        assert!(!url.contains(std::str::from_utf8(verifier.expose()).unwrap()));
        assert_eq!(
            authorization_url("/authorize", &request, &Asked::default()),
            None
        );
    }
}
