//! The request target in its four forms, with the authority and scheme that belong to it (RFC 9421 §2.2).

use super::ComponentError;
use crate::request::exchange::{Context, UriScheme};
use crate::request::message::{Message, Pseudo, Start};

/// A request's target, taken apart and not normalised.
#[derive(Debug)]
pub(super) struct Target<'a> {
    request: &'a Message,
    context: &'a Context,
    pub(super) scheme: UriScheme,
    authority: Option<&'a str>,
    /// `:authority`, where an absolute target names its own.
    pseudo_authority: Option<&'a str>,
    /// Whether the target is in absolute form.
    absolute: bool,
    path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) raw: &'a str,
}

impl<'a> Target<'a> {
    /// None for a response.
    pub(super) fn new(request: &'a Message, context: &'a Context) -> Option<Self> {
        let Start::Request { target, pseudo, .. } = &request.start else {
            return None;
        };
        let raw = target.as_str();
        let mut scheme = context.scheme;
        let mut authority = None;
        let mut pseudo_authority = None;
        let mut absolute = false;
        if let Some(Pseudo {
            scheme: name,
            authority: named,
        }) = pseudo
        {
            scheme = name
                .as_deref()
                .and_then(UriScheme::from_name)
                .unwrap_or(scheme);
            authority = named.as_deref();
        }
        let mut rest = raw;
        // RFC 9112 §3.2.2: absolute-form.
        if !raw.starts_with('/')
            && let Some((name, after)) = raw.split_once("://")
            && let Some(known) = UriScheme::from_name(name)
        {
            scheme = known;
            let end = after.find(['/', '?']).unwrap_or(after.len());
            let (host, path) = after.split_at(end);
            pseudo_authority = authority;
            authority = Some(host);
            absolute = true;
            rest = path;
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Some(Self {
            request,
            context,
            scheme,
            authority,
            pseudo_authority,
            absolute,
            path,
            query,
            raw,
        })
    }

    /// The method, in the case it was written in (RFC 9421 §2.2.1).
    pub(super) fn method(&self) -> &str {
        self.request.method().unwrap_or_default()
    }

    /// RFC 9421 §2.2.6: the raw path; an empty one is "/".
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { self.path }
    }

    /// RFC 9421 §2.2.3: lower case, without the default port. What the caller knows of the client's view wins.
    pub(super) fn authority(&self) -> Result<String, ComponentError> {
        let chosen = match &self.context.authority {
            Some(stated) => stated,
            None => self.own_authority()?,
        };
        Ok(self.without_default_port(chosen).to_ascii_lowercase())
    }

    // What the message itself says, as it is written there.
    fn own_authority(&self) -> Result<&'a str, ComponentError> {
        let mut hosts = self.request.values("host");
        let host = hosts.next();
        if hosts.next().is_some() {
            return Err(ComponentError::SeveralHosts);
        }
        let host = match host {
            None => None,
            Some(host) => Some(
                std::str::from_utf8(host).map_err(|_| ComponentError::NotAscii("host".into()))?,
            ),
        };
        if let (Some(target), Some(pseudo)) = (self.authority, self.pseudo_authority)
            && !self.same_place(target, pseudo)
        {
            return Err(ComponentError::AuthorityConflict {
                target: target.to_owned(),
                host: pseudo.to_owned(),
            });
        }
        let chosen = match (self.authority, host) {
            (Some(target), Some(host)) if !self.same_place(target, host) => {
                return Err(ComponentError::AuthorityConflict {
                    target: target.to_owned(),
                    host: host.to_owned(),
                });
            }
            (target, host) => target
                .or(host)
                .ok_or_else(|| ComponentError::Absent("`Host`, so no `@authority`".to_owned()))?,
        };
        if chosen.is_ascii() {
            Ok(chosen)
        } else {
            Err(ComponentError::NotAscii("@authority".to_owned()))
        }
    }

    fn same_place(&self, one: &str, other: &str) -> bool {
        let (one, other) = (
            self.without_default_port(one),
            self.without_default_port(other),
        );
        one.eq_ignore_ascii_case(other)
    }

    fn without_default_port<'b>(&self, authority: &'b str) -> &'b str {
        match authority.rsplit_once(':') {
            Some((host, port)) if port == self.scheme.default_port() || port.is_empty() => host,
            _ => authority,
        }
    }

    /// RFC 9421 §2.2.2: the absolute URI; a target in origin form is completed from the surroundings.
    pub(super) fn uri(&self) -> Result<String, ComponentError> {
        if self.absolute {
            return Ok(self.raw.to_owned());
        }
        let authority = self.authority()?;
        let raw = if self.raw == "*" { "" } else { self.raw };
        Ok(format!("{}://{authority}{raw}", self.scheme.name()))
    }
}

/// Whether a request target is in absolute form (RFC 9112 §3.2.2). A path whose query holds a URL is not.
pub fn is_absolute(target: &str) -> bool {
    let name = target.split_once("://").map(|(name, _)| name);
    name.is_some_and(|name| UriScheme::from_name(name).is_some())
}

/// Whether the target, `Host` and the scheme in use name one place. RFC 9112 §3.2.2 lets an absolute-form target beat
/// `Host`, so that a request in which they differ goes to one place for one reader and to another for the next.
///
/// # Errors
/// [`ComponentError`] with both values.
pub fn check_target(request: &Message, context: &Context) -> Result<(), ComponentError> {
    if let Some(defect) = context.forwarding_defect {
        return Err(ComponentError::Forwarded(defect));
    }
    let Some(target) = Target::new(request, context) else {
        return Ok(());
    };
    if target.scheme != context.scheme {
        return Err(ComponentError::SchemeConflict {
            target: target.scheme.name(),
            context: context.scheme.name(),
        });
    }
    // A target that names its place itself cannot be meant for another one.
    if let (true, Some(stated), Some(named)) =
        (target.absolute, &context.authority, target.authority)
        && !target.same_place(stated, named)
    {
        return Err(ComponentError::AuthorityConflict {
            target: named.to_owned(),
            host: stated.clone(),
        });
    }
    match target.own_authority() {
        Ok(_) | Err(ComponentError::Absent(_)) => Ok(()),
        Err(conflict) => Err(conflict),
    }
}
