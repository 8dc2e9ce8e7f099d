//! GitLab's webhooks: the secret itself in `X-Gitlab-Token`. That is no signature.
//!
//! The token shows that the sender knows the secret, as a password does. It says nothing about the body, the target or
//! the time, and whoever sees one delivery can send others.

use super::webhook::{Algorithm, Description, Encoding, KeyForm, Layout};

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "gitlab".to_owned(),
        field: vec!["X-Gitlab-Token".to_owned()],
        layout: Layout::Whole {
            prefix: "".to_owned(),
            algorithm: Algorithm::Token,
        },
        encoding: Encoding::Text,
        template: Vec::new(),
        timestamp: None,
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
