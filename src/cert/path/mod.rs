//! Path validation (RFC 5280 §6) from a certificate to a trusted authority: every candidate path tried, each rule told.
//!
//! Authorities are tried in the order of key identifiers, a signature is checked once, no path has the same name and key
//! twice, and everything is bounded. An authority that fails never spoils another candidate. Anchors are checked like
//! every other authority: their validity, their extensions, their constraints; their own signature and serial number
//! prove nothing and are not looked at.

mod constraints;
mod policy;
mod rules;
mod search;
mod server_name;
#[cfg(test)]
mod tests;
mod webpki;
mod whole;

use std::fmt;

pub(super) use server_name::dns_problem;
pub use server_name::{BadServerName, ServerName};

use super::certificate::Certificate;
use super::crl::RevocationScope;
use super::reasons::Reason;
use crate::kernel::time::Timestamp;

/// The most certificates in a path, leaf and anchor included.
pub const MAX_PATH: usize = 20;
/// The most authorities between leaf and anchor, those that are self-issued not counted, unless told otherwise.
pub const MAX_DEPTH: u32 = 8;
/// The most signatures checked for one certificate.
pub const MAX_SIGNATURES: usize = 100;
/// The most steps of the search for one certificate.
pub const MAX_STEPS: usize = 200_000;
/// The most comparisons of names with constraints for one certificate.
pub const MAX_COMPARISONS: usize = 250_000;
/// The most candidate paths that are told one by one.
pub const MAX_TOLD: usize = 32;

/// Whose rules apply beside those of path validation itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// X509-SVIDs: RFC 5280 §6 and X509-SVID §5; what issuers should have done is remarked on.
    Spiffe,
    /// TLS between services: RFC 5280 §6; what issuers should have done is remarked on.
    Mtls,
    /// RFC 5280 whole: what its §4 demands of issuers is demanded.
    Rfc5280,
    /// RFC 5280 whole, and the baseline requirements of the CA/Browser Forum.
    Webpki,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 4] = [Self::Spiffe, Self::Mtls, Self::Rfc5280, Self::Webpki];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spiffe => "spiffe",
            Self::Mtls => "mtls",
            Self::Rfc5280 => "rfc5280",
            Self::Webpki => "webpki",
        }
    }

    /// Whether what an issuer must do is demanded.
    fn binds_issuers(self) -> bool {
        matches!(self, Self::Rfc5280 | Self::Webpki)
    }
}

/// What the certificate's owner does in TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// It serves.
    Server,
    /// It connects.
    Client,
}

impl Peer {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// What a path is held to.
#[derive(Debug, Clone)]
pub struct PathRules {
    /// The present.
    pub now: Timestamp,
    /// Whose rules apply.
    pub profile: Profile,
    /// What the certificate is for, if that is asked.
    pub peer: Option<Peer>,
    /// The server that it must name.
    pub host: Option<ServerName>,
    /// The most authorities between leaf and anchor, those that are self-issued not counted.
    pub max_depth: u32,
    /// Whether a valid policy is demanded from the start.
    pub require_policy: bool,
    /// Of which certificates revocation is asked, so that a critical pointer to lists is understood.
    pub revocation: Option<RevocationScope>,
    /// Whether what issuers should have done is demanded under every profile.
    pub strict: bool,
    /// Public suffixes, one a line as publicsuffix.org writes them; wildcards right below one are refused (webpki).
    pub public_suffixes: Vec<String>,
    /// Whether to tell what was checked, not only what failed.
    pub trace: bool,
}

impl PathRules {
    /// The rules of a profile, no purpose and no server asked for.
    pub fn new(profile: Profile, now: Timestamp) -> Self {
        Self {
            now,
            profile,
            peer: None,
            host: None,
            max_depth: MAX_DEPTH,
            require_policy: false,
            revocation: None,
            strict: false,
            public_suffixes: Vec::new(),
            trace: false,
        }
    }
}

/// A problem with one certificate of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable code.
    pub reason: Reason,
    /// The certificate's name.
    pub certificate: String,
    /// What is wrong, both values compared.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.certificate, self.detail)
    }
}

/// One rule held against one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The rule, a few words.
    pub rule: &'static str,
    /// Where it stands.
    pub section: &'static str,
    /// The certificate.
    pub certificate: String,
    /// What is wrong; none where it holds.
    pub problems: Vec<Problem>,
}

/// A path that was tried.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// The certificates, leaf first, by name.
    pub certificates: Vec<String>,
    /// Whether it ends at an anchor.
    pub complete: bool,
    /// What is wrong with it; none with the path that holds.
    pub problems: Vec<Problem>,
    /// What was checked, where that is told.
    pub checks: Vec<Check>,
}

/// What the search cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Signatures checked.
    pub signatures: usize,
    /// Steps taken.
    pub steps: usize,
    /// Names compared with constraints.
    pub comparisons: usize,
}

/// A path that holds, or why none does.
#[derive(Debug, Clone, Default)]
pub struct PathReport {
    /// The certificates from the leaf to the anchor; empty if no path holds.
    pub path: Vec<Certificate>,
    /// Why no path holds: the leaf's own problems, and those of the candidate that got furthest.
    pub problems: Vec<Problem>,
    /// What issuers should have done otherwise, on the path that holds.
    pub remarks: Vec<Problem>,
    /// The candidates, [`MAX_TOLD`] at most.
    pub candidates: Vec<Candidate>,
    /// How many candidates are not told.
    pub untold: usize,
    /// What it cost.
    pub work: Work,
}

impl PathReport {
    /// Whether a path holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && !self.path.is_empty()
    }
}

/// Looks for a path from a certificate to one of the anchors.
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    rules: &PathRules,
) -> PathReport {
    validate_with(leaf, (intermediates, anchors), rules, &mut |_| Vec::new())
}

/// What else is asked of a path that holds so far, leaf first and the anchor last.
pub(super) type Further<'a> = dyn FnMut(&[&Certificate]) -> Vec<Problem> + 'a;

/// Looks for a path that also passes what else is asked of it.
pub(super) fn validate_with(
    leaf: &Certificate,
    pool: (&[Certificate], &[Certificate]),
    rules: &PathRules,
    further: &mut Further<'_>,
) -> PathReport {
    search::Search::new(leaf, pool, rules).run(further)
}

/// Where rules put what they find.
#[derive(Debug, Clone, Default)]
struct Findings {
    problems: Vec<Problem>,
    remarks: Vec<Problem>,
    checks: Vec<Check>,
    binds_issuers: bool,
    trace: bool,
}

impl Findings {
    fn new(rules: &PathRules) -> Self {
        Self {
            binds_issuers: rules.profile.binds_issuers() || rules.strict,
            trace: rules.trace,
            ..Self::default()
        }
    }

    /// Runs a rule about a certificate.
    fn rule(
        &mut self,
        (rule, section): (&'static str, &'static str),
        certificate: &Certificate,
        run: impl FnOnce(&mut Self),
    ) {
        let before = self.problems.len();
        run(self);
        if self.trace {
            self.checks.push(Check {
                rule,
                section,
                certificate: certificate.name().to_owned(),
                problems: self.problems.get(before..).unwrap_or_default().to_vec(),
            });
        }
    }

    /// What makes the certificate unacceptable to everyone.
    fn refuse(&mut self, reason: Reason, certificate: &Certificate, detail: impl Into<String>) {
        self.problems.push(Problem {
            reason,
            certificate: certificate.name().to_owned(),
            detail: detail.into(),
        });
    }

    /// What is told and refuses nothing.
    fn remark(&mut self, reason: Reason, certificate: &Certificate, detail: impl Into<String>) {
        self.remarks.push(Problem {
            reason,
            certificate: certificate.name().to_owned(),
            detail: detail.into(),
        });
    }

    /// What its issuer must not do.
    fn issuer(&mut self, certificate: &Certificate, detail: impl Into<String>) {
        let problem = Problem {
            reason: Reason::ProfileViolated,
            certificate: certificate.name().to_owned(),
            detail: detail.into(),
        };
        if self.binds_issuers {
            self.problems.push(problem);
        } else {
            self.remarks.push(problem);
        }
    }
}
