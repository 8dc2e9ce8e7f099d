//! How a client shows who it is (RFC 6749 §2.3, OIDC Core §9, RFC 8705 §2).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;

use super::grant::Form;
use crate::kernel::secret::Secret;

/// A method of client authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
    /// `private_key_jwt`
    PrivateKeyJwt,
    /// `tls_client_auth` and `self_signed_tls_client_auth`
    Tls,
    /// `none`: a public client
    None,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Basic,
        Self::Post,
        Self::PrivateKeyJwt,
        Self::Tls,
        Self::None,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Post => "post",
            Self::PrivateKeyJwt => "private-key-jwt",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// The names in a server's description.
    pub fn registered(self) -> &'static [&'static str] {
        match self {
            Self::Basic => &["client_secret_basic"],
            Self::Post => &["client_secret_post"],
            Self::PrivateKeyJwt => &["private_key_jwt"],
            Self::Tls => &["tls_client_auth", "self_signed_tls_client_auth"],
            Self::None => &["none"],
        }
    }

    /// Whether a server says that it knows the method. One that says nothing knows `client_secret_basic` (RFC 8414 §2).
    pub fn is_offered(self, offered: Option<&[String]>) -> bool {
        match offered {
            None => true,
            Some(names) => names
                .iter()
                .any(|name| self.registered().contains(&name.as_str())),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|method| method.name() == text || method.registered().contains(&text))
            .ok_or_else(|| format!("`{text}` is none of basic, post, private-key-jwt, tls, none"))
    }
}

/// What a client shows with one request.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Its id alone: a public client, or one that its TLS certificate shows.
    Id,
    /// A secret in the `Authorization` field.
    Basic(Secret),
    /// A secret in the body.
    Post(Secret),
    /// A token that it signed (RFC 7523 §2.2), for this one request.
    Assertion(Secret),
}

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// What it shows.
    pub authentication: Authentication,
}

impl Client {
    /// Adds what the client shows to a request; the value of the `Authorization` field, if there is one.
    pub fn show(&self, form: &mut Form) -> Option<Vec<u8>> {
        match &self.authentication {
            Authentication::Basic(secret) => {
                // RFC 6749 §2.3.1: both are form-encoded first.
                let encode = |bytes: &[u8]| byte_serialize(bytes).collect::<String>();
                let pair = format!("{}:{}", encode(self.id.as_bytes()), encode(secret.expose()));
                return Some(format!("Basic {}", STANDARD.encode(pair)).into_bytes());
            }
            Authentication::Id => form.text("client_id", &self.id),
            Authentication::Post(secret) => {
                form.text("client_id", &self.id);
                form.secret("client_secret", secret);
            }
            Authentication::Assertion(token) => {
                form.text("client_id", &self.id);
                form.text(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                );
                form.secret("client_assertion", token);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(authentication: Authentication) -> (Option<String>, String) {
        let client = Client {
            id: "s6BhdRkqt3".into(),
            authentication,
        };
        let mut form = Form::default();
        let field = client.show(&mut form);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            field.map(|field| text(&field)),
            text(form.encode().expose()),
        )
    }

    #[test]
    fn each_method_shows_what_its_specification_says() {
        // RFC 6749 §2.3.1.
        let secret = || Secret::new(b"7Fjfp0ZBr1KtDRbnfVdmIw".to_vec());
        assert_eq!(
            shown(Authentication::Basic(secret())),
            (
                Some("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3".into()),
                String::new()
            )
        );
        assert_eq!(
            shown(Authentication::Post(secret())).1,
            "client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"
        );
        assert_eq!(shown(Authentication::Id).1, "client_id=s6BhdRkqt3");
    }

    #[test]
    fn a_secret_with_a_colon_is_encoded_before_it_is_joined() {
        let client = Client {
            id: "a:b".into(),
            authentication: Authentication::Basic(Secret::new(b"c d:%".to_vec())),
        };
        let field = client.show(&mut Form::default()).unwrap();
        let pair = STANDARD.decode(field.strip_prefix(b"Basic ").unwrap());
        assert_eq!(pair.unwrap(), b"a%3Ab:c+d%3A%25");
    }

    #[test]
    fn a_method_has_two_names() {
        assert_eq!("client_secret_post".parse(), Ok(Method::Post));
        assert_eq!("private-key-jwt".parse(), Ok(Method::PrivateKeyJwt));
        assert!("secret".parse::<Method>().is_err());
        let offered = ["client_secret_post".to_owned()];
        assert!(Method::Post.is_offered(Some(&offered)));
        assert!(!Method::Basic.is_offered(Some(&offered)));
        assert!(Method::Basic.is_offered(None));
    }
}
