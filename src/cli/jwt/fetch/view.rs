//! How tokens look: always as JSON, so that nothing else is taken for one, or one of them alone.

use serde_json::{Value, json};

use super::Printed;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::View;
use crate::cli::paint::Paint;
use crate::jwt::oauth::Tokens;
use crate::kernel::fs::Privacy;
use crate::kernel::secret::Secret;

/// Tokens that were fetched: `countersign/fetched-tokens/v1`.
pub(super) struct TokensView {
    tokens: Tokens,
    id_token_verified: bool,
    alone: Option<String>,
}

impl TokensView {
    /// Tokens, of which one may be wanted alone.
    ///
    /// # Errors
    /// [`Failure`] if that one is not there.
    pub(super) fn new(
        tokens: Tokens,
        id_token_verified: bool,
        print: Option<Printed>,
    ) -> Result<Self, Failure> {
        let alone = match print {
            None => None,
            Some(printed) => {
                let (name, token) = match printed {
                    Printed::Access => ("access_token", Some(&tokens.access)),
                    Printed::Refresh => ("refresh_token", tokens.refresh.as_ref()),
                    Printed::Id => ("id_token", tokens.id.as_ref()),
                };
                let token = token.ok_or_else(|| {
                    Failure::new(
                        Kind::Network,
                        format!("the server did not give the `{name}` that is to be printed"),
                    )
                })?;
                Some(text(token))
            }
        };
        Ok(Self {
            tokens,
            id_token_verified,
            alone,
        })
    }
}

/// A token as text: it was read from a JSON string.
pub(super) fn text(token: &Secret) -> String {
    String::from_utf8_lossy(token.expose()).into_owned()
}

/// Tokens as JSON.
pub(super) fn envelope(tokens: &Tokens, id_token_verified: bool) -> Value {
    json!({
        "schema": "countersign/fetched-tokens/v1",
        "access_token": text(&tokens.access),
        "token_type": tokens.kind,
        "expires_in": tokens.life.map(|life| life.as_secs()),
        "scope": tokens.scope,
        "refresh_token": tokens.refresh.as_ref().map(text),
        "id_token": tokens.id.as_ref().map(text),
        "id_token_verified": tokens.id.as_ref().map(|_| id_token_verified),
        "issued_token_type": tokens.issued,
        "others": tokens.others,
    })
}

impl View for TokensView {
    fn human(&self, paint: &mut Paint) {
        match &self.alone {
            Some(token) => paint.line(token),
            None => {
                let text = serde_json::to_string_pretty(&self.json()).unwrap_or_default();
                for line in text.lines() {
                    paint.line(line);
                }
            }
        }
    }

    fn json(&self) -> Value {
        envelope(&self.tokens, self.id_token_verified)
    }

    // Whoever holds a bearer token is its subject.
    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
