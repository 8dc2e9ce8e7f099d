//! A request as policies see it; what is not known about it is said to be unknown.

use std::borrow::Cow;
use std::net::IpAddr;

use serde_json::Value;

/// Something about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fact<T> {
    /// This.
    Known(T),
    /// It has none.
    Absent,
    /// Nobody knows.
    #[default]
    Unknown,
}

/// A client's mesh identity: what its certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity<'r> {
    /// The principal without `spiffe://`: `cluster.local/ns/production/sa/order-service`.
    pub principal: Cow<'r, str>,
    /// Whether its trust domain is the mesh's own, whose name is not known: it may be any.
    pub has_unnamed_domain: bool,
}

/// The trust domain of a mesh and its aliases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDomains {
    /// The trust domain, then its aliases.
    pub names: Vec<String>,
    /// Whether the input says so, and it is not merely the default.
    pub is_known: bool,
}

impl Default for TrustDomains {
    fn default() -> Self {
        Self {
            names: vec!["cluster.local".to_owned()],
            is_known: false,
        }
    }
}

impl TrustDomains {
    /// The mesh's own trust domain.
    pub fn local(&self) -> &str {
        self.names.first().map_or("cluster.local", String::as_str)
    }
}

/// A verified token of the end user.
#[derive(Debug, Clone, Copy)]
pub struct Jwt<'r> {
    /// Its claims, an object.
    pub claims: &'r Value,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request<'r> {
    /// The client's identity; absent on plaintext.
    pub identity: Fact<Identity<'r>>,
    /// The address the connection comes from.
    pub source_ip: Fact<IpAddr>,
    /// The original client's address.
    pub remote_ip: Fact<IpAddr>,
    /// The server's address.
    pub destination_ip: Fact<IpAddr>,
    /// The port of the server's workload.
    pub port: u16,
    /// The server name of the TLS handshake.
    pub sni: Fact<&'r str>,
    /// The host.
    pub host: Fact<&'r str>,
    /// The method.
    pub method: Fact<&'r str>,
    /// The path, without its query.
    pub path: Fact<&'r str>,
    /// The headers: names in lower case.
    pub headers: Fact<&'r [(&'r str, &'r str)]>,
    /// The end user's token.
    pub jwt: Fact<Jwt<'r>>,
    /// Metadata of Envoy filters: the whole key of the condition, and its value.
    pub metadata: Fact<&'r [(&'r str, &'r str)]>,
}
