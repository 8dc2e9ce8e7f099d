//! The answer of a sign-in, as the browser brings it back (RFC 6749 §4.1.2, RFC 9207).

use url::form_urlencoded;

use super::error::OAuthError;
use crate::kernel::crypto::equal;
use crate::kernel::secret::Secret;

/// What an answer must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The path of the redirect URI.
    pub path: &'a str,
    /// The `state` that was sent.
    pub state: &'a str,
    /// The issuer that was asked, where it is known.
    pub issuer: Option<&'a str>,
    /// Whether the issuer says that it always names itself (RFC 9207 §3).
    pub issuer_is_named: bool,
}

/// A good answer.
#[derive(Debug, Clone)]
pub struct Callback {
    /// `code`
    pub code: Secret,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Another path: a browser asks for its icon.
    #[error("it is not the redirect URI")]
    Elsewhere,
    /// A parameter twice (RFC 6749 §3.1).
    #[error("the answer has the parameter `{0}` twice")]
    Twice(&'static str),
    /// Not the answer to our question.
    #[error("the answer does not carry the `state` that was sent")]
    OtherState,
    /// Another issuer answers: a mix-up.
    #[error("the answer is that of `{found}`, not of `{asked}`")]
    OtherIssuer {
        /// The issuer asked.
        asked: String,
        /// The issuer that the answer names.
        found: String,
    },
    /// The issuer does not name itself, though it says that it does.
    #[error(
        "the answer does not say which issuer it is from (`iss`), though the issuer promises it"
    )]
    Anonymous,
    /// The server said no.
    #[error("the server answers {0}")]
    Refused(OAuthError),
    /// Neither a code nor an error.
    #[error("the answer has no `code`")]
    NoCode,
}

impl CallbackError {
    /// Whether the right answer may still come: what was sent was not the answer to our question.
    pub fn may_be_another_s(&self) -> bool {
        matches!(self, Self::Elsewhere | Self::OtherState | Self::Twice(_))
    }
}

/// Reads the target of a request, such as `/callback?code=…`.
///
/// # Errors
/// [`CallbackError`].
pub fn read_callback(target: &str, expected: Expected<'_>) -> Result<Callback, CallbackError> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != expected.path {
        return Err(CallbackError::Elsewhere);
    }
    let once = |name: &'static str| {
        let mut values = form_urlencoded::parse(query.as_bytes())
            .filter(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(CallbackError::Twice(name)),
            (value, None) => Ok(value),
        }
    };
    // The state comes first: what is not an answer to our question says nothing to us.
    let state = once("state")?.unwrap_or_default();
    if !equal(state.as_bytes(), expected.state.as_bytes()) {
        return Err(CallbackError::OtherState);
    }
    let (issuer, error, code) = (once("iss")?, once("error")?, once("code")?);
    // RFC 9207 §2.4: compared character for character, in errors too.
    match (issuer, expected.issuer) {
        (Some(found), Some(asked)) if found != asked => {
            return Err(CallbackError::OtherIssuer {
                asked: asked.to_owned(),
                found: found.chars().take(200).collect(),
            });
        }
        (None, Some(_)) if expected.issuer_is_named => return Err(CallbackError::Anonymous),
        _ => {}
    }
    if let Some(error) = error {
        let description = once("error_description")?;
        return Err(CallbackError::Refused(OAuthError::new(
            &error,
            description.as_deref(),
        )));
    }
    let code = code.filter(|code| !code.is_empty());
    let code = code.ok_or(CallbackError::NoCode)?;
    Ok(Callback {
        code: Secret::new(code.into_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str, issuer_is_named: bool) -> Result<Vec<u8>, CallbackError> {
        let expected = Expected {
            path: "/callback",
            state: "xyz",
            issuer: Some("https://auth.acme.example"),
            issuer_is_named,
        };
        read_callback(target, expected).map(|callback| callback.code.expose().to_vec())
    }

    #[test]
    fn a_code_is_taken_with_its_state_and_issuer() {
        let good = "/callback?code=a%2Fb&state=xyz&iss=https%3A%2F%2Fauth.acme.example";
        assert_eq!(read(good, true), Ok(b"a/b".to_vec()));
        assert_eq!(read("/callback?code=a&state=xyz", false), Ok(b"a".to_vec()));
        assert_eq!(
            read("/callback?code=a&state=xyz", true),
            Err(CallbackError::Anonymous)
        );
    }

    #[test]
    fn another_s_answer_is_not_taken() {
        for (target, may_come) in [
            ("/favicon.ico", true),
            ("/callback", true),
            ("/callback?code=a", true),
            ("/callback?code=a&state=xyZ", true),
            ("/callback?code=a&state=xyz&state=xyz", true),
            ("/callback?code=a&code=b&state=xyz", true),
            ("/callback?state=xyz", false),
            ("/callback?code=&state=xyz", false),
            ("/callback?code=a&state=xyz&iss=https://evil.example", false),
            ("/callback?error=access_denied&state=xyz", false),
            ("/callback/?code=a&state=xyz", true),
        ] {
            let error = read(target, false).unwrap_err();
            assert_eq!(error.may_be_another_s(), may_come, "{target}: {error}");
        }
        let denied = "/callback?error=access_denied&error_description=no&state=xyz";
        assert_eq!(
            read(denied, false).unwrap_err().to_string(),
            "the server answers `access_denied`: no"
        );
        let foreign = "/callback?error=access_denied&state=xyz&iss=https://evil.example";
        assert!(matches!(
            read(foreign, false),
            Err(CallbackError::OtherIssuer { .. })
        ));
    }
}
