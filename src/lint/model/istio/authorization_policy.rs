//! Istio's AuthorizationPolicy, every field of it.

use super::super::{Labels, Reading, Resource};
use super::{Text, known_only, served, text, texts, workload_selector};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// What an AuthorizationPolicy does with a request that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Admits it; requests that no ALLOW rule matches are refused.
    Allow,
    /// Refuses it.
    Deny,
    /// Logs it.
    Audit,
    /// Asks an external authorizer.
    Custom,
}

impl Action {
    /// The name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
            Self::Audit => "AUDIT",
            Self::Custom => "CUSTOM",
        }
    }
}

/// An AuthorizationPolicy.
#[derive(Debug)]
pub struct AuthorizationPolicy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The action.
    pub action: Action,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// What it attaches to instead of pods.
    pub targets: Vec<Target<'a>>,
    /// The rules; none where the field is absent.
    pub rules: Vec<Rule<'a>>,
    /// Where the dry-run annotation stands, if it is true.
    pub dry_run: Option<Span>,
    /// The external authorizer of a CUSTOM policy.
    pub provider: Option<Text<'a>>,
}

/// What a policy attaches to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The kind, such as `Service`.
    pub kind: &'a str,
    /// The name.
    pub name: &'a str,
    /// The bytes of the reference.
    pub span: Span,
}

/// A rule: `from`, `to` and `when` are ANDed; absent ones match everything.
#[derive(Debug)]
pub struct Rule<'a> {
    /// The whole rule.
    pub node: &'a Node,
    /// The sources, any of which is enough; none where `from` is absent.
    pub sources: Option<Vec<Clause<'a>>>,
    /// The operations, any of which is enough; none where `to` is absent.
    pub operations: Option<Vec<Clause<'a>>>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Matcher<'a>>,
}

/// One source or operation: its fields are ANDed.
#[derive(Debug)]
pub struct Clause<'a> {
    /// The bytes.
    pub span: Span,
    /// The fields, a negated one together with its counterpart.
    pub matchers: Vec<Matcher<'a>>,
}

/// What is asked of one attribute: one of the values, and none of the others.
#[derive(Debug)]
pub struct Matcher<'a> {
    /// The attribute.
    pub attribute: Attribute<'a>,
    /// One of them must match; empty asks nothing.
    pub values: Vec<Text<'a>>,
    /// None of them may match.
    pub not_values: Vec<Text<'a>>,
    /// The bytes of the field, or of the whole condition.
    pub span: Span,
}

/// What a policy can look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// `principals`, `source.principal`.
    Principal,
    /// `namespaces`, `source.namespace`.
    Namespace,
    /// `serviceAccounts`, `source.serviceAccount`.
    ServiceAccount,
    /// `trustDomains`, `source.trustDomain`.
    TrustDomain,
    /// `ipBlocks`, `source.ip`.
    SourceIp,
    /// `remoteIpBlocks`, `remote.ip`.
    RemoteIp,
    /// `requestPrincipals`, `request.auth.principal`.
    RequestPrincipal,
    /// `request.auth.audiences`.
    Audience,
    /// `request.auth.presenter`.
    Presenter,
    /// `request.auth.claims[a][b]`.
    Claim(Vec<&'a str>),
    /// `request.headers[name]`.
    Header(&'a str),
    /// `hosts`.
    Host,
    /// `methods`.
    Method,
    /// `paths`.
    Path,
    /// `ports`, `destination.port`.
    Port,
    /// `destination.ip`.
    DestinationIp,
    /// `connection.sni`.
    Sni,
    /// `experimental.envoy.filters.…[key]`.
    EnvoyMetadata(&'a str),
}

impl Attribute<'_> {
    /// Whether it needs the client's mesh identity.
    pub fn is_identity(&self) -> bool {
        matches!(
            self,
            Self::Principal | Self::Namespace | Self::ServiceAccount | Self::TrustDomain
        )
    }

    /// Whether Envoy sees it on HTTP ports alone. `remoteIpBlocks` is none of them.
    pub fn is_http(&self) -> bool {
        matches!(
            self,
            Self::Host
                | Self::Method
                | Self::Path
                | Self::Header(_)
                | Self::RequestPrincipal
                | Self::Audience
                | Self::Presenter
                | Self::Claim(_)
        )
    }

    /// What it is, in words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Principal => "the client's principal",
            Self::Namespace => "the client's namespace",
            Self::ServiceAccount => "the client's service account",
            Self::TrustDomain => "the client's trust domain",
            Self::SourceIp => "the client's address",
            Self::RemoteIp => "the original client's address",
            Self::RequestPrincipal | Self::Audience | Self::Presenter | Self::Claim(_) => {
                "the request's token"
            }
            Self::Header(_) => "the request's headers",
            Self::Host => "the request's host",
            Self::Method => "the request's method",
            Self::Path => "the request's path",
            Self::Port => "the port",
            Self::DestinationIp => "the server's address",
            Self::Sni => "the server name of the handshake",
            Self::EnvoyMetadata(_) => "the metadata of an Envoy filter",
        }
    }
}

/// The fields of a source: name, negated name, attribute.
const SOURCE: [(&str, &str, Attribute<'static>); 7] = [
    ("principals", "notPrincipals", Attribute::Principal),
    (
        "requestPrincipals",
        "notRequestPrincipals",
        Attribute::RequestPrincipal,
    ),
    ("namespaces", "notNamespaces", Attribute::Namespace),
    (
        "serviceAccounts",
        "notServiceAccounts",
        Attribute::ServiceAccount,
    ),
    ("trustDomains", "notTrustDomains", Attribute::TrustDomain),
    ("ipBlocks", "notIpBlocks", Attribute::SourceIp),
    ("remoteIpBlocks", "notRemoteIpBlocks", Attribute::RemoteIp),
];

/// The fields of an operation.
const OPERATION: [(&str, &str, Attribute<'static>); 4] = [
    ("hosts", "notHosts", Attribute::Host),
    ("ports", "notPorts", Attribute::Port),
    ("methods", "notMethods", Attribute::Method),
    ("paths", "notPaths", Attribute::Path),
];

type Fields = [(&'static str, &'static str, Attribute<'static>)];

pub(crate) fn authorization_policy<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<AuthorizationPolicy<'a>> {
    let resource = reading.resource.clone();
    served(&mut reading, &["v1", "v1beta1"]);
    if let Some(metadata) = reading.mapping(resource.node, "metadata") {
        reading.labels(metadata, "annotations");
    }
    let mut policy = AuthorizationPolicy {
        dry_run: dry_run(&resource),
        resource,
        action: Action::Allow,
        selector: Labels::new(),
        targets: Vec::new(),
        rules: Vec::new(),
        provider: None,
    };
    // An empty spec is an ALLOW without rules: it denies everything.
    if let Some(spec) = reading.mapping(policy.resource.node, "spec") {
        read_spec(&mut reading, spec, &mut policy);
    }
    reading.is_sound().then_some(policy)
}

fn read_spec<'a>(
    reading: &mut Reading<'a, '_>,
    spec: &'a Node,
    policy: &mut AuthorizationPolicy<'a>,
) {
    const KNOWN: [&str; 6] = [
        "action",
        "selector",
        "rules",
        "provider",
        "targetRef",
        "targetRefs",
    ];
    known_only(reading, spec, &KNOWN);
    policy.action = match reading.text(spec, "action") {
        None | Some(("ALLOW", _)) => Action::Allow,
        Some(("DENY", _)) => Action::Deny,
        Some(("AUDIT", _)) => Action::Audit,
        Some(("CUSTOM", _)) => Action::Custom,
        Some((other, span)) => {
            reading.problem(span, format!("`{other}` is no action"));
            Action::Allow
        }
    };
    policy.selector = workload_selector(reading, spec);
    policy.targets = targets(reading, spec);
    if !policy.targets.is_empty() && spec.get("selector").is_some_and(|node| !node.is_null()) {
        let span = policy.resource.key_span(&["spec", "selector"]);
        reading.problem(span, "`selector` and `targetRefs` exclude each other");
    }
    for rule in reading.list(spec, "rules").unwrap_or_default() {
        policy.rules.push(read_rule(reading, rule));
    }
    let asks = matches!(policy.action, Action::Deny | Action::Custom);
    if policy.rules.is_empty() && asks {
        let span = policy.resource.key_span(&["spec", "action"]);
        reading.problem(span, "a DENY or CUSTOM policy needs rules");
    }
    policy.provider = reading.mapping(spec, "provider").and_then(|provider| {
        known_only(reading, provider, &["name"]);
        text(reading, provider, "name")
    });
    if policy.action == Action::Custom {
        check_custom(reading, policy);
    }
}

/// A CUSTOM policy names its provider, and asks for nothing that is only known behind it.
fn check_custom(reading: &mut Reading<'_, '_>, policy: &AuthorizationPolicy<'_>) {
    if policy.provider.is_none() {
        let span = policy.resource.key_span(&["spec", "action"]);
        reading.problem(span, "a CUSTOM policy needs `provider.name`");
    }
    for matcher in policy.rules.iter().flat_map(Rule::matchers) {
        let token = matches!(
            matcher.attribute,
            Attribute::RequestPrincipal
                | Attribute::Audience
                | Attribute::Presenter
                | Attribute::Claim(_)
        );
        if token || matcher.attribute.is_identity() {
            let what = format!(
                "a CUSTOM policy cannot look at {}",
                matcher.attribute.words()
            );
            reading.problem(matcher.span, what);
        }
    }
}

impl<'a> Rule<'a> {
    /// Every matcher of the rule, wherever it stands.
    pub fn matchers(&self) -> impl Iterator<Item = &Matcher<'a>> {
        let clauses = self.sources.iter().chain(&self.operations).flatten();
        clauses
            .flat_map(|clause| &clause.matchers)
            .chain(&self.conditions)
    }
}

/// `targetRef` and `targetRefs`.
pub(super) fn targets<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> Vec<Target<'a>> {
    let one = reading.mapping(spec, "targetRef");
    let many = reading.list(spec, "targetRefs").unwrap_or_default();
    let mut targets = Vec::new();
    for node in one.into_iter().chain(many) {
        known_only(reading, node, &["group", "kind", "name", "namespace"]);
        let mut part = |key: &str| reading.text(node, key).map_or("", |(text, _)| text);
        targets.push(Target {
            group: part("group"),
            kind: part("kind"),
            name: part("name"),
            span: node.span,
        });
    }
    targets
}

fn read_rule<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Rule<'a> {
    if node.as_mapping().is_none() && !node.is_null() {
        let what = format!("a rule is {} where a mapping is due", node.kind());
        reading.problem(node.span, what);
    }
    known_only(reading, node, &["from", "to", "when"]);
    let sources = clauses(reading, node, ("from", "source"), &SOURCE);
    let operations = clauses(reading, node, ("to", "operation"), &OPERATION);
    let mut conditions = Vec::new();
    for condition in reading.list(node, "when").unwrap_or_default() {
        conditions.extend(read_condition(reading, condition));
    }
    for source in sources.iter().flatten() {
        check_source(reading, source);
    }
    let rule = Rule {
        node,
        sources,
        operations,
        conditions,
    };
    for matcher in rule.matchers() {
        check_values(reading, matcher);
    }
    rule
}

fn clauses<'a>(
    reading: &mut Reading<'a, '_>,
    rule: &'a Node,
    (list, item): (&str, &str),
    fields: &Fields,
) -> Option<Vec<Clause<'a>>> {
    let items = reading.list(rule, list)?;
    if items.is_empty() {
        let span = rule
            .entry(list)
            .map_or(rule.span, |entry| entry.key_span.to(entry.value.span));
        reading.problem(span, format!("`{list}` is empty"));
    }
    let mut clauses = Vec::new();
    for one in items {
        known_only(reading, one, &[item]);
        let Some(node) = reading.mapping(one, item) else {
            reading.problem(one.span, format!("an item of `{list}` has no `{item}`"));
            continue;
        };
        let known: Vec<&str> = fields.iter().flat_map(|(is, not, _)| [*is, *not]).collect();
        known_only(reading, node, &known);
        let matchers: Vec<_> = fields
            .iter()
            .filter_map(|(is, not, attribute)| {
                let values = texts(reading, node, is);
                let not_values = texts(reading, node, not);
                let entry = node.entry(is).or_else(|| node.entry(not))?;
                (!values.is_empty() || !not_values.is_empty()).then(|| Matcher {
                    attribute: attribute.clone(),
                    values,
                    not_values,
                    span: entry.key_span.to(entry.value.span),
                })
            })
            .collect();
        if matchers.is_empty() {
            reading.problem(node.span, format!("`{item}` asks for nothing"));
        }
        clauses.push(Clause {
            span: node.span,
            matchers,
        });
    }
    Some(clauses)
}

fn read_condition<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Matcher<'a>> {
    known_only(reading, node, &["key", "values", "notValues"]);
    let Some(key) = text(reading, node, "key") else {
        reading.problem(node.span, "a condition needs `key`");
        return None;
    };
    let Some(attribute) = attribute_of(key.text) else {
        reading.problem(key.span, format!("`{}` is no attribute", key.text));
        return None;
    };
    let values = texts(reading, node, "values");
    let not_values = texts(reading, node, "notValues");
    if values.is_empty() && not_values.is_empty() {
        reading.problem(node.span, "a condition needs `values` or `notValues`");
    }
    Some(Matcher {
        attribute,
        values,
        not_values,
        span: node.span,
    })
}

/// The attribute of a condition's key.
fn attribute_of(key: &str) -> Option<Attribute<'_>> {
    let in_brackets = |prefix: &str| -> Option<&str> {
        key.strip_prefix(prefix)?
            .strip_prefix('[')?
            .strip_suffix(']')
            .filter(|inner| !inner.is_empty())
    };
    Some(match key {
        "source.principal" => Attribute::Principal,
        "source.namespace" => Attribute::Namespace,
        "source.serviceAccount" => Attribute::ServiceAccount,
        "source.trustDomain" => Attribute::TrustDomain,
        "source.ip" => Attribute::SourceIp,
        "remote.ip" => Attribute::RemoteIp,
        "destination.ip" => Attribute::DestinationIp,
        "destination.port" => Attribute::Port,
        "connection.sni" => Attribute::Sni,
        "request.auth.principal" => Attribute::RequestPrincipal,
        "request.auth.audiences" => Attribute::Audience,
        "request.auth.presenter" => Attribute::Presenter,
        _ if key.starts_with("experimental.envoy.filters.") => Attribute::EnvoyMetadata(key),
        _ => match in_brackets("request.headers") {
            Some(name) => Attribute::Header(name),
            None => Attribute::Claim(in_brackets("request.auth.claims")?.split("][").collect()),
        },
    })
}

/// `serviceAccounts` stand alone, are few, and know no wildcard.
fn check_source(reading: &mut Reading<'_, '_>, source: &Clause<'_>) {
    let has = |wanted: &Attribute<'_>| {
        source
            .matchers
            .iter()
            .find(|matcher| matcher.attribute == *wanted)
    };
    let Some(accounts) = has(&Attribute::ServiceAccount) else {
        return;
    };
    if has(&Attribute::Principal).is_some() || has(&Attribute::Namespace).is_some() {
        reading.problem(
            accounts.span,
            "`serviceAccounts` excludes `principals` and `namespaces`",
        );
    }
    if accounts.values.len() > 16 || accounts.not_values.len() > 16 {
        reading.problem(
            accounts.span,
            "`serviceAccounts` holds more than 16 entries",
        );
    }
}

/// What the API server refuses of single values.
fn check_values(reading: &mut Reading<'_, '_>, matcher: &Matcher<'_>) {
    for Text { text, span } in matcher.values.iter().chain(&matcher.not_values).copied() {
        let wrong = match matcher.attribute {
            Attribute::Port => text.parse::<u16>().is_err().then_some("is no port"),
            Attribute::SourceIp | Attribute::RemoteIp | Attribute::DestinationIp => {
                (!is_block(text)).then_some("is no address and no CIDR block")
            }
            Attribute::ServiceAccount if text.contains('*') => {
                Some("holds a wildcard, which `serviceAccounts` does not know")
            }
            Attribute::TrustDomain if text.contains('/') => Some("is no trust domain"),
            _ => text.is_empty().then_some("is empty"),
        };
        if let Some(wrong) = wrong {
            reading.problem(span, format!("`{text}` {wrong}"));
        }
    }
}

fn is_block(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok() || text.parse::<crate::lint::cidr::Cidr>().is_ok()
}

/// `istio.io/dry-run`, read as Go's `ParseBool` reads it.
fn dry_run(resource: &Resource<'_>) -> Option<Span> {
    let entry = resource
        .at(&["metadata", "annotations"])?
        .entry("istio.io/dry-run")?;
    matches!(
        entry.value.as_str()?,
        "1" | "t" | "T" | "true" | "TRUE" | "True"
    )
    .then(|| entry.key_span.to(entry.value.span))
}
