//! Identities of Linkerd's mesh: `ACCOUNT.NAMESPACE.serviceaccount.identity.CONTROL-PLANE.DOMAIN`.

use crate::lint::authorization::Verdict;
use crate::lint::model::linkerd::Identities;

/// What every identity of an account has between the account and the mesh.
const MIDDLE: &str = ".serviceaccount.identity.";

/// The end of the identities of a mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The namespace of the control plane, and the trust domain.
    pub(super) tail: String,
    /// Whether the input says so, and it is not merely the default.
    pub(super) is_known: bool,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            tail: "linkerd.cluster.local".to_owned(),
            is_known: false,
        }
    }
}

impl Identity {
    /// The identity of an account.
    pub(super) fn of(&self, namespace: &str, name: &str) -> String {
        format!("{name}.{namespace}{MIDDLE}{}", self.tail)
    }

    /// Whether an account has one of these identities.
    pub(super) fn holds(&self, set: &Identities<'_>, namespace: &str, name: &str) -> Verdict {
        let by_account = set
            .accounts
            .iter()
            .any(|one| (one.namespace, one.name) == (namespace, name));
        if by_account || set.namespaces.contains(&namespace) {
            return Verdict::Allowed;
        }
        let mut verdict = Verdict::Denied;
        for (text, _) in &set.written {
            match self.matches(text, namespace, name) {
                Verdict::Allowed => return Verdict::Allowed,
                Verdict::Depends => verdict = Verdict::Depends,
                Verdict::Denied => {}
            }
        }
        verdict
    }

    /// Whether a written identity is an account's. Only `*` and a leading `*.` are patterns
    /// (`policy-controller/core/src/identity_match.rs`).
    fn matches(&self, text: &str, namespace: &str, name: &str) -> Verdict {
        if text == "*" {
            return Verdict::Allowed;
        }
        let own = self.of(namespace, name);
        let (is_it, rest) = match text.strip_prefix("*.") {
            Some(end) => (own.ends_with(&format!(".{end}")), end),
            None => (own == text, text),
        };
        if is_it {
            return Verdict::Allowed;
        }
        if self.is_known {
            return Verdict::Denied;
        }
        // The same account with another end, which the mesh may have.
        let dotted = format!(".{rest}");
        let could_be = match dotted.split_once(MIDDLE) {
            Some((head, _)) => match (head, text.starts_with("*.")) {
                ("", _) => true,
                (head, true) => format!(".{name}.{namespace}").ends_with(head),
                (head, false) => head == format!(".{name}.{namespace}"),
            },
            // The end of a domain.
            None => text.starts_with("*."),
        };
        if could_be {
            Verdict::Depends
        } else {
            Verdict::Denied
        }
    }

    /// Whether a written identity has another end than the mesh's own: machines elsewhere may have it.
    pub(super) fn is_foreign(&self, text: &str) -> bool {
        if text == "*" {
            return false;
        }
        match text.split_once(MIDDLE) {
            Some((_, tail)) => tail != self.tail,
            None => {
                let end = text.strip_prefix("*.").unwrap_or(text);
                !self.of("", "").ends_with(&format!(".{end}"))
            }
        }
    }
}

/// The namespace and the account that a written identity is of: an account `-` for all of a namespace.
pub(super) fn named(text: &str) -> Option<(&str, &str)> {
    let (head, _) = text.split_once(MIDDLE)?;
    match text.strip_prefix("*.") {
        Some(_) => {
            let namespace = head.strip_prefix("*.")?;
            (!namespace.contains('.')).then_some((namespace, super::NOBODY))
        }
        None => {
            let (name, namespace) = head.rsplit_once('.')?;
            Some((namespace, name))
        }
    }
}
