//! `countersign jwt fetch refresh --test-rotation`: one refresh token, used twice.

use serde_json::{Value, json};

use super::Session;
use super::view::envelope;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::jwt::server::Trouble;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::jwt::oauth::{Answered, Family, Grant, Reason, Rotation, Tokens, judge_rotation};
use crate::kernel::crypto::equal;
use crate::kernel::fs::Privacy;
use crate::kernel::secret::Secret;

struct Tested {
    rotation: Rotation,
    /// The tokens that are good at the end, if any are.
    left: Option<Tokens>,
}

/// Uses the token a second time, then its successor, and judges.
pub(super) fn test(
    env: &Env,
    session: &mut Session,
    (token, first): (&Secret, Tokens),
) -> Result<Outcome, Failure> {
    let successor = first
        .refresh
        .clone()
        .filter(|new| !equal(new.expose(), token.expose()));
    let mut left = Some(first);
    let second = usage(env, session, token, &mut left)?;
    // The successor is asked for only where the old one died: else nothing more is to be learnt from it.
    let newest = match (&second, &successor) {
        (Answered::Refused(error), Some(successor)) if error.is_invalid_grant() => {
            Some(usage(env, session, successor, &mut left)?)
        }
        _ => None,
    };
    if matches!(&newest, Some(Answered::Refused(_))) {
        left = None;
    }
    let rotation = judge_rotation(successor.is_some(), &second, newest.as_ref());
    let exit = match rotation.passes() {
        Some(true) => ExitCode::Yes,
        Some(false) => ExitCode::No,
        None => {
            return Err(Failure::new(Kind::Network, "the test says nothing")
                .cause(rotation.explanation())
                .hint("try again, with a fresh refresh token"));
        }
    };
    Ok(Outcome {
        exit,
        ..Outcome::view(Tested { rotation, left })
    })
}

/// One use; the tokens that it gives are the newest.
fn usage(
    env: &Env,
    session: &mut Session,
    token: &Secret,
    left: &mut Option<Tokens>,
) -> Result<Answered, Failure> {
    match session.fetch(env, &Grant::Refresh(token)) {
        Ok(tokens) => {
            let refresh = tokens.refresh.clone();
            *left = Some(tokens);
            Ok(Answered::Tokens(refresh))
        }
        Err(Trouble::Refused(error)) => Ok(Answered::Refused(error)),
        Err(trouble) => Err(trouble.into()),
    }
}

impl Tested {
    fn reason(&self) -> Option<&'static str> {
        self.rotation.reason().map(Reason::code)
    }

    fn family(&self) -> Option<&Family> {
        match &self.rotation {
            Rotation::Dies(family) => Some(family),
            _ => None,
        }
    }
}

impl View for Tested {
    fn human(&self, paint: &mut Paint) {
        let (tone, word) = match self.rotation.passes() {
            Some(true) => (Tone::Good, "rotated"),
            _ => (Tone::Bad, "NOT ROTATED"),
        };
        paint.toned(tone, word, &format!(": {}", self.rotation.explanation()));
        if let Some(family) = self.family() {
            paint.field(
                "family",
                &format!("{}: {}", family.name(), family.explanation()),
                None,
            );
        }
        if let Some(code) = self.reason() {
            paint.line(&format!(
                "  reason       {code}   (countersign explain {code})"
            ));
        }
        if self.left.is_some() {
            paint.line("  the newest tokens are in the JSON (`--format json -o FILE`)");
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/rotation-test/v1",
            "passes": self.rotation.passes() == Some(true),
            "reasons": self.reason().into_iter().collect::<Vec<_>>(),
            "rotation": self.rotation.name(),
            "explanation": self.rotation.explanation(),
            "family": self.family().map(Family::name),
            "family_explanation": self.family().map(Family::explanation),
            "tokens": self.left.as_ref().map(|tokens| envelope(tokens, false)),
        })
    }

    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
