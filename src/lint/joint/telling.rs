//! The joint answer in words.

use crate::lint::authorization::{Answer, Verdict};
use crate::lint::effective_mtls;
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::reachability::{Reason, Wire};
use crate::lint::transport::OnPort;

/// What is on the wire of a port.
pub(super) fn wire(on_port: &OnPort) -> Wire {
    match on_port.verdict {
        effective_mtls::Verdict::Strict => Wire::Mtls,
        effective_mtls::Verdict::Depends => Wire::Depends,
        effective_mtls::Verdict::NotStrict if on_port.accepts_mtls() => Wire::Either,
        effective_mtls::Verdict::NotStrict => Wire::Plaintext,
    }
}

/// What a port takes, and why.
pub(super) fn told(
    model: &Model<'_>,
    destination: &Workload<'_>,
    port: u16,
    on_port: &OnPort,
) -> String {
    let subject = destination.resource.subject();
    let verdict = match on_port.verdict {
        effective_mtls::Verdict::Strict => "takes mTLS alone",
        effective_mtls::Verdict::NotStrict => "takes plaintext",
        effective_mtls::Verdict::Depends => "may take plaintext",
    };
    let mut why = on_port.doubts.clone();
    why.extend(on_port.bypass.clone());
    if why.is_empty() {
        why = effective_mtls::of_workload(model, destination).evidence(model);
    }
    format!("port {port} of {subject} {verdict}: {}", why.join("; "))
}

/// What the policies say to one way of calling.
pub(super) fn decided(model: &Model<'_>, how: &str, port: u16, answer: &Answer) -> Reason {
    let verdict = match answer.verdict {
        Verdict::Allowed => "admitted",
        Verdict::Denied => "refused",
        Verdict::Depends => "undecided",
    };
    let because: Vec<String> = answer
        .because
        .iter()
        .map(|because| because.sentence(model))
        .collect();
    let because = if because.is_empty() {
        "no AuthorizationPolicy selects the workload".to_owned()
    } else {
        because.join("; ")
    };
    let depends: Vec<&str> = answer.depends_on.iter().map(String::as_str).collect();
    let depends = if depends.is_empty() {
        String::new()
    } else {
        format!("; depends on {}", depends.join(", "))
    };
    Reason::absent(format!("port {port}, {how}: {verdict}: {because}{depends}"))
}
