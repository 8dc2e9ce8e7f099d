//! `credentialName` of a Secret that a gateway cannot serve with (IST0161).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::kernel::document::{Entry, Node};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Expected, LoadOptions, certified_key, load};
use crate::kernel::pem;
use crate::kernel::source::Span;
use crate::kernel::time::Timestamp;
use crate::lint::mesh_facts::gateway_pods;
use crate::lint::model::istio::Gateway;
use crate::lint::model::{Model, Resource};
use zeroize::Zeroizing;

pub(super) static RULE: Rule = Rule {
    id: "gateway-credential-invalid",
    title: "a gateway's certificate cannot be served",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("gateway_credential_invalid.md"),
};

/// What Istio reads: the names of the type `kubernetes.io/tls`, then its own.
const NAMES: [(&str, &str); 2] = [("tls.crt", "tls.key"), ("cert", "key")];

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for gateway in &model.mesh.gateways {
        for credential in gateway.servers.iter().filter_map(|server| server.credential) {
            let Some(secret) = secret(model, gateway, credential.text) else {
                continue;
            };
            let Some((span, what)) = defect(secret, model.options.now) else {
                continue;
            };
            let message = format!("serves from the Secret `{}`, {what}: clients get no TLS", credential.text);
            found.push(
                gateway
                    .resource
                    .finding(&RULE, (credential.span, "named here"), message)
                    .and(secret.source(), span, "the Secret")
                    .help("write a PEM certificate chain to `tls.crt` and its private key to `tls.key`"),
            );
        }
    }
}

/// The Secret in the namespace of the gateway's pods; where the input holds none of these, the only one of that name.
fn secret<'m, 'a>(model: &'m Model<'a>, gateway: &Gateway<'_>, name: &str) -> Option<&'m Resource<'a>> {
    let pods = gateway_pods(model, gateway);
    let is_named = |one: &&Resource<'_>| one.is("", "Secret") && one.name == name;
    let mut named = model.resources.iter().filter(is_named);
    if let Some(pod) = pods.first() {
        return named.find(|one| one.namespace == pod.resource.namespace);
    }
    let first = named.next()?;
    named.next().is_none().then_some(first)
}

/// What is wrong with it, in words that follow its name; nothing where that is not known.
fn defect(secret: &Resource<'_>, now: Option<Timestamp>) -> Option<(Span, String)> {
    let lists = ["data", "stringData"].map(|key| secret.node.get(key));
    let value = |name: &str| lists.iter().flatten().find_map(|list| list.entry(name));
    // What an operator fills in, or a template, is not there yet.
    if lists.iter().flatten().all(|list| list.as_mapping().is_none_or(<[Entry]>::is_empty)) {
        return None;
    }
    let pairs = NAMES.map(|(chain, key)| (value(chain), value(key)));
    let Some((chain, key)) = pairs.into_iter().find_map(|(chain, key)| Some((chain?, key?))) else {
        let what = "which has neither `tls.crt` with `tls.key` nor `cert` with `key`";
        return Some((secret.name_span, what.to_owned()));
    };
    let is_encoded = |entry: &Entry| lists[0].and_then(|data| data.entry(&entry.key)).is_some();
    let text = |entry: &Entry| content(&entry.value, is_encoded(entry));
    let at = |entry: &Entry, what: &str| Some((entry.key_span, format!("whose `{}` {what}", entry.key)));
    let Some(chain_text) = text(chain) else {
        return at(chain, "is not text in base64");
    };
    let Some(leaf) = certificate(&chain_text) else {
        return at(chain, "holds no certificate in PEM");
    };
    let Some(key_text) = text(key) else {
        return at(key, "is not text in base64");
    };
    if let Some(now) = now.filter(|now| leaf.not_after < *now) {
        let ended = format!("expired at {} ({})", leaf.not_after, leaf.not_after.relative_to(now));
        return at(chain, &ended);
    }
    let keys = load(key_text.as_bytes(), LoadOptions::plain(Expected::Private));
    match keys.ok().and_then(|set| set.keys.first().and_then(|key| key.public())) {
        None => at(key, "holds no private key in PEM"),
        Some(public) if public != leaf.key => at(key, "is not the key of its certificate"),
        Some(_) => None,
    }
}

fn content(value: &Node, is_encoded: bool) -> Option<Zeroizing<String>> {
    let text = value.as_str()?;
    if !is_encoded {
        return Some(Zeroizing::new(text.to_owned()));
    }
    let packed: String = text.split_ascii_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(packed).ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

/// The first certificate of a chain.
fn certificate(text: &str) -> Option<crate::kernel::key::CertifiedKey> {
    let blocks = pem::parse(text).ok()?;
    let first = blocks.iter().find(|block| block.label == "CERTIFICATE")?;
    certified_key(&first.der).ok()
}
