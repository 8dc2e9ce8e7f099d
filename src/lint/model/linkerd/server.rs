//! Linkerd's Servers and the routes that divide their requests.

use super::super::{Labels, Reading, Resource};
use super::{GROUP, own_labels, spec};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::model::istio::known_only;
use crate::lint::selector::LabelSelector;

/// A Server: a port of pods that policies speak of.
#[derive(Debug)]
pub struct Server<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Its own labels, by which ServerAuthorizations may select it.
    pub labels: Labels<'a>,
    /// The pods; none where it is for machines outside the cluster.
    pub pods: Option<LabelSelector<'a>>,
    /// The port.
    pub port: PortRef<'a>,
    /// Where the port stands.
    pub port_span: Span,
    /// What the port speaks.
    pub speaks: Speaks,
    /// What holds where no policy matches, and where it is written; `deny` where it is not.
    pub access: Option<(Access, Span)>,
}

/// A port by number or by the name that containers give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortRef<'a> {
    /// Its number.
    Number(u16),
    /// Its name.
    Name(&'a str),
}

/// What a port speaks, as far as policies care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// The proxy looks at the first bytes.
    Detected,
    /// HTTP: requests are divided among routes.
    Http,
    /// gRPC, the same.
    Grpc,
    /// Bytes that the proxy does not look at.
    Opaque,
    /// TLS of the application's own.
    Tls,
}

/// A default policy: who is let in where no policy says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    AllUnauthenticated,
    /// Everybody with an identity of the mesh, of another cluster too.
    AllAuthenticated,
    /// Everybody with an address of the cluster.
    ClusterUnauthenticated,
    /// Everybody with an identity and an address of the cluster.
    ClusterAuthenticated,
    /// Nobody.
    Deny,
    /// Everybody; what `deny` would refuse is logged.
    Audit,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AllUnauthenticated,
        Self::AllAuthenticated,
        Self::ClusterUnauthenticated,
        Self::ClusterAuthenticated,
        Self::Deny,
        Self::Audit,
    ];

    /// The name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllUnauthenticated => "all-unauthenticated",
            Self::AllAuthenticated => "all-authenticated",
            Self::ClusterUnauthenticated => "cluster-unauthenticated",
            Self::ClusterAuthenticated => "cluster-authenticated",
            Self::Deny => "deny",
            Self::Audit => "audit",
        }
    }

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The same where an identity is asked for (`proxy-require-identity-inbound-ports`): only what allows is changed.
    #[must_use]
    pub fn with_identity(self) -> Self {
        match self {
            Self::AllUnauthenticated => Self::AllAuthenticated,
            Self::ClusterUnauthenticated => Self::ClusterAuthenticated,
            other => other,
        }
    }
}

/// A route of a Server: policies may be for it alone.
#[derive(Debug)]
pub struct Route<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The Servers of its namespace that it belongs to.
    pub servers: Vec<&'a str>,
}

pub(super) fn server<'a>(mut reading: Reading<'a, '_>) -> Option<Server<'a>> {
    let resource = reading.resource.clone();
    let labels = own_labels(&mut reading);
    let spec = spec(&mut reading)?;
    // `externalWorkloadSelector` came with v1beta2, `accessPolicy` with v1beta3.
    let known: &[&str] = match resource.version {
        "v1alpha1" | "v1beta1" => &["podSelector", "port", "proxyProtocol"],
        "v1beta2" => &[
            "podSelector",
            "externalWorkloadSelector",
            "port",
            "proxyProtocol",
        ],
        _ => &[
            "podSelector",
            "externalWorkloadSelector",
            "port",
            "proxyProtocol",
            "accessPolicy",
        ],
    };
    known_only(&mut reading, spec, known);
    let pods = selector(&mut reading, spec, "podSelector");
    let machines = selector(&mut reading, spec, "externalWorkloadSelector");
    if pods.is_some() == machines.is_some() {
        let what = "it needs one of `podSelector` and `externalWorkloadSelector`";
        reading.problem(resource.name_span, what);
    }
    let port = port(&mut reading, spec);
    let speaks = match reading.text(spec, "proxyProtocol") {
        None => Some(Speaks::Detected),
        Some((name, span)) => {
            let speaks = protocol(name);
            if speaks.is_none() {
                reading.problem(span, format!("`{name}` is no protocol of a Server"));
            }
            speaks
        }
    };
    let access = reading.text(spec, "accessPolicy").map(|(name, span)| {
        let access = Access::from_name(name);
        if access.is_none() {
            reading.problem(span, format!("`{name}` is no access policy"));
        }
        (access, span)
    });
    let (port, port_span) = port?;
    reading.is_sound().then_some(Server {
        resource,
        labels,
        pods,
        port,
        port_span,
        speaks: speaks?,
        access: access.and_then(|(access, span)| Some((access?, span))),
    })
}

fn selector<'a>(
    reading: &mut Reading<'a, '_>,
    spec: &'a Node,
    key: &str,
) -> Option<LabelSelector<'a>> {
    let node = reading.mapping(spec, key)?;
    known_only(reading, node, &["matchLabels", "matchExpressions"]);
    Some(reading.selector(node))
}

fn protocol(name: &str) -> Option<Speaks> {
    Some(match name {
        "unknown" => Speaks::Detected,
        "HTTP/1" | "HTTP/2" => Speaks::Http,
        "gRPC" => Speaks::Grpc,
        "opaque" => Speaks::Opaque,
        "TLS" => Speaks::Tls,
        _ => return None,
    })
}

/// A number is a number, and a string a name: `"8443"` is the name of a port.
fn port<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> Option<(PortRef<'a>, Span)> {
    let Some(node) = spec.get("port").filter(|node| !node.is_null()) else {
        let span = reading.resource.name_span;
        reading.problem(span, "it has no `port`");
        return None;
    };
    if let Some(name) = node.as_str() {
        return Some((PortRef::Name(name), node.span));
    }
    let number = node.as_i64().and_then(|port| u16::try_from(port).ok());
    let Some(number) = number.filter(|port| *port != 0) else {
        reading.problem(node.span, "`port` is no port");
        return None;
    };
    Some((PortRef::Number(number), node.span))
}

/// A route as far as it belongs to Servers. One that names a Server of another namespace, or a part of one, is ignored
/// whole (`policy-controller/k8s/index/src/inbound/routes.rs`).
pub(super) fn route<'a>(mut reading: Reading<'a, '_>) -> Option<Route<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let mut servers = Vec::new();
    for parent in reading.list(spec, "parentRefs").unwrap_or_default() {
        let text = |key: &str| parent.get(key).and_then(Node::as_str);
        let is_server = text("group").is_some_and(|group| group.eq_ignore_ascii_case(GROUP))
            && text("kind").is_some_and(|kind| kind.eq_ignore_ascii_case("Server"));
        if !is_server {
            continue;
        }
        let is_elsewhere = text("namespace").is_some_and(|there| there != resource.namespace);
        let has = |key: &str| parent.get(key).is_some_and(|value| !value.is_null());
        if is_elsewhere || has("port") || has("sectionName") {
            servers.clear();
            break;
        }
        servers.extend(text("name"));
    }
    reading.is_sound().then_some(Route { resource, servers })
}
