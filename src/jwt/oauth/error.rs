//! Error answers (RFC 6749 §5.2 and its extensions), each with what usually helps.

use super::answer::{AnswerError, Object};

/// An error that a server tells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct OAuthError {
    /// `error`
    pub code: String,
    /// `error_description`
    pub description: Option<String>,
}

impl OAuthError {
    /// An error from its two parts; what no server should send is cut.
    pub fn new(code: &str, description: Option<&str>) -> Self {
        let cut = |text: &str| text.chars().take(500).collect::<String>();
        Self {
            code: cut(code),
            description: description.map(cut).filter(|text| !text.is_empty()),
        }
    }

    fn sentence(&self) -> String {
        match &self.description {
            Some(description) => format!("`{}`: {description}", self.code),
            None => format!("`{}`", self.code),
        }
    }

    /// What usually helps.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.code.as_str() {
            // RFC 6749 §5.2
            "invalid_request" => {
                "a parameter is missing, twice there, or not what the server knows; the description says which"
            }
            "invalid_client" => {
                "the server does not believe that this is the client: look at `--client`, its secret or key, and at \
                 `--client-auth`: a client is registered for one method"
            }
            "invalid_grant" => {
                "the code, refresh token or subject token is expired, revoked, used already, or was given to another \
                 client or redirect URI"
            }
            "unauthorized_client" => "the client is not registered for this grant",
            "unsupported_grant_type" => "the server does not speak this grant at all",
            "invalid_scope" => "ask for scopes that the client is registered for, with `--scope`",
            // RFC 6749 §4.1.2.1
            "access_denied" => "the user, or a policy of the server, said no",
            "unsupported_response_type" => {
                "the client is not registered for the response type `code`"
            }
            "server_error" => "the server failed; its log says why",
            "temporarily_unavailable" => "try again later",
            // RFC 8628 §3.5
            "expired_token" => "the user did not finish in time; start again",
            // RFC 8707 §2
            "invalid_target" => {
                "the server does not issue tokens for that `--resource` or `--audience`"
            }
            // RFC 9449 §5, §8
            "invalid_dpop_proof" => {
                "the proof is not what the server wants: look at its clock, its algorithm and its URL"
            }
            "use_dpop_nonce" => {
                "the server wants a nonce in the proof and did not take the one it gave"
            }
            // OIDC Core §3.1.2.6
            "login_required" | "interaction_required" | "consent_required" => {
                "the user must take part; leave `prompt=none` out"
            }
            // RFC 7009 §2.2.1
            "unsupported_token_type" => "the server does not revoke this kind of token",
            // RFC 6750 §3.1
            "invalid_token" => "the token that authorises the call is not accepted",
            "insufficient_scope" => "the token that authorises the call lacks a scope",
            _ => return None,
        })
    }

    /// Whether this is the answer to a refresh token that is no longer good.
    pub fn is_invalid_grant(&self) -> bool {
        self.code == "invalid_grant"
    }
}

/// Reads an error answer.
///
/// # Errors
/// [`AnswerError`] where it is not one.
pub fn read_error(body: &[u8]) -> Result<OAuthError, AnswerError> {
    let object = Object::read(body)?;
    let code = object.needed_text("error")?;
    let description = object.text("error_description").ok().flatten();
    Ok(OAuthError::new(&code, description.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_answer_is_read_with_its_hint() {
        let body =
            br#"{"error": "invalid_grant", "error_description": "grant request is invalid"}"#;
        let error = read_error(body).unwrap();
        assert!(error.is_invalid_grant());
        assert_eq!(
            error.to_string(),
            "`invalid_grant`: grant request is invalid"
        );
        assert!(error.hint().unwrap().contains("used already"));
        assert_eq!(OAuthError::new("acme_special", None).hint(), None);
        for body in [&b""[..], b"{}", b"[]", b"{\"error\": 1}", b"<html>"] {
            assert!(read_error(body).is_err());
        }
        let long = format!(
            r#"{{"error": "x", "error_description": "{}"}}"#,
            "a".repeat(9000)
        );
        assert_eq!(
            read_error(long.as_bytes())
                .unwrap()
                .description
                .unwrap()
                .len(),
            500
        );
    }
}
