//! The one HTTP client: timeouts, a size cap, redirects within one origin, and an address policy.
//!
//! Only a verb that names the network uses it. Addresses are judged after resolution and right before connecting,
//! so that a name cannot change its mind in between. Behind a proxy the proxy resolves, and only literal addresses
//! are judged here. TLS is rustls on ring.

use std::io::Read as _;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Url, blocking, redirect};

use super::secret::Secret;
use super::time::humanize;

/// What a client may do.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Loopback, link-local and metadata addresses, and plain HTTP to loopback.
    pub allow_local: bool,
    /// The time for one request, connection included.
    pub timeout: Duration,
    /// The largest body, in bytes.
    pub max_bytes: u64,
    /// Certificate authorities to trust instead of the system's, PEM.
    pub authorities: Option<Vec<u8>>,
    /// A proxy's URL.
    pub proxy: Option<String>,
    /// Whether redirects within one origin are followed. A signed request is never sent twice.
    pub follow: bool,
    /// The certificate that is shown in TLS, with its chain and its private key, PEM.
    pub identity: Option<Secret>,
    /// How TLS is spoken instead, where a server is not known by its name.
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_local: false,
            timeout: Duration::from_secs(10),
            max_bytes: 1 << 20,
            authorities: None,
            proxy: None,
            follow: true,
            identity: None,
            tls: None,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`, where there is one.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// A request to be sent as it is.
#[derive(Debug)]
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The fields in order. `Host` and `Content-Length` are left to the transport, which makes the same ones.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer with its fields.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The fields, those of one name in their order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The whole body, without its transfer coding.
    pub body: Vec<u8>,
}

// The fields may hold cookies and tokens.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (fields, body) = (self.fields.len(), self.body.len());
        write!(f, "Answer({}, {fields} fields, {body} bytes)", self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not a URL.
    #[error("`{0}` is not an absolute URL")]
    BadUrl(String),
    /// Not https.
    #[error("`{0}` is not https")]
    NotHttps(String),
    /// A URL with a user name or password in it.
    #[error("the URL holds a user name or password")]
    Credentials,
    /// The policy forbids the address.
    #[error("`{host}` is at {address}, {kind}")]
    Forbidden {
        /// The host as asked for.
        host: String,
        /// The address.
        address: IpAddr,
        /// What is wrong with it.
        kind: &'static str,
    },
    /// A redirect to another origin.
    #[error("`{from}` redirects to another origin, `{to}`")]
    OtherOrigin {
        /// The origin asked.
        from: String,
        /// The origin it points to.
        to: String,
    },
    /// The body is too large.
    #[error("the answer of `{url}` is larger than {limit} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// No usable certificate authority in the PEM.
    #[error("the certificate authorities cannot be read: {0}")]
    Authorities(String),
    /// No usable certificate with its key in the PEM.
    #[error("the client certificate or its key cannot be used: {0}")]
    Identity(String),
    /// The connection, TLS or the transfer failed.
    #[error("cannot reach `{url}`: {cause}")]
    Transport {
        /// The URL.
        url: String,
        /// What went wrong, innermost cause last.
        cause: String,
    },
}

/// A client bound to one policy.
#[derive(Debug)]
pub struct Client {
    inner: blocking::Client,
    policy: Policy,
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// [`HttpError::Authorities`], [`HttpError::Identity`], [`HttpError::Transport`].
    pub fn new(policy: Policy) -> Result<Self, HttpError> {
        // Another part of the process may have installed it already; it is the same one.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let mut builder = blocking::Client::builder()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .timeout(policy.timeout)
            .connect_timeout(policy.timeout.min(Duration::from_secs(5)))
            .no_proxy()
            .redirect(if policy.follow {
                redirect::Policy::custom(same_origin)
            } else {
                redirect::Policy::none()
            })
            .dns_resolver(Arc::new(Resolver {
                allow_local: policy.allow_local,
            }));
        if let Some(pem) = &policy.authorities {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| HttpError::Authorities(chain(&error)))?;
            builder = builder.tls_certs_only(certificates);
        }
        if let Some(pem) = &policy.identity {
            let identity = reqwest::Identity::from_pem(pem.expose())
                .map_err(|error| HttpError::Identity(chain(&error)))?;
            builder = builder.identity(identity);
        }
        if let Some(tls) = &policy.tls {
            builder = builder.tls_backend_preconfigured(tls.as_ref().clone());
        }
        if let Some(proxy) = &policy.proxy {
            let proxy =
                reqwest::Proxy::all(proxy).map_err(|_| HttpError::BadUrl("the proxy".into()))?;
            builder = builder.proxy(proxy);
        }
        let inner = builder.build().map_err(|error| HttpError::Transport {
            url: "the network".into(),
            cause: chain(&error),
        })?;
        Ok(Self { inner, policy })
    }

    /// Gets a URL whole.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn get(&self, url: &str) -> Result<Response, HttpError> {
        let parsed = self.check(url)?;
        let failed = |cause: String| HttpError::Transport {
            url: url.to_owned(),
            cause,
        };
        let answer = self
            .inner
            .get(parsed)
            .send()
            .map_err(|error| failed(chain(&error)))?;
        if answer.status().is_redirection() {
            return Err(self.refused_redirect(url, &answer));
        }
        let content_type = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let status = answer.status().as_u16();
        let body = self.body(answer, url)?;
        Ok(Response {
            status,
            content_type,
            body,
        })
    }

    /// The URL's host (with its port, if it is not the default one) and its target, as they will be sent.
    ///
    /// # Errors
    /// [`HttpError`] if the policy forbids the URL.
    pub fn destination(&self, url: &str) -> Result<(String, String), HttpError> {
        let parsed = self.check(url)?;
        let host = parsed.host_str().unwrap_or_default();
        let authority = match parsed.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let target = match parsed.query() {
            Some(query) => format!("{}?{query}", parsed.path()),
            None => parsed.path().to_owned(),
        };
        Ok((authority, target))
    }

    /// Sends a request and reads the answer whole. Nothing is added to the fields but what the transport needs.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn send(&self, outgoing: Outgoing) -> Result<Answer, HttpError> {
        let url = outgoing.url;
        let parsed = self.check(&url)?;
        let failed = |cause: String| HttpError::Transport {
            url: url.clone(),
            cause,
        };
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        let mut request = self.inner.request(method, parsed);
        for (name, value) in outgoing.fields {
            let left_out = ["host", "content-length"];
            if !left_out
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
            {
                request = request.header(name, value);
            }
        }
        if !outgoing.body.is_empty() {
            request = request.body(outgoing.body);
        }
        let answer = request.send().map_err(|error| failed(chain(&error)))?;
        let status = answer.status().as_u16();
        let fields = answer.headers().iter();
        let fields = fields
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let body = self.body(answer, &url)?;
        Ok(Answer {
            status,
            fields,
            body,
        })
    }

    /// The body, whole. The client's own time is for each piece of it, and a server that drips would never be given up: the
    /// thread that reads it is.
    fn body(&self, answer: blocking::Response, url: &str) -> Result<Vec<u8>, HttpError> {
        let failed = |cause: String| HttpError::Transport {
            url: url.to_owned(),
            cause,
        };
        let (told, read) = mpsc::channel();
        let mut rest = answer.take(self.policy.max_bytes + 1);
        let reading = std::thread::Builder::new().spawn(move || {
            let mut body = Vec::new();
            // Nobody listens where it took too long.
            let _late = told.send(rest.read_to_end(&mut body).map(|_| body));
        });
        reading.map_err(|error| failed(error.to_string()))?;
        let body = read.recv_timeout(self.policy.timeout).map_err(|_| {
            let waited = humanize(self.policy.timeout);
            failed(format!("the answer is not whole after {waited}"))
        })?;
        let body = body.map_err(|error| failed(error.to_string()))?;
        if body.len() as u64 > self.policy.max_bytes {
            return Err(HttpError::TooLarge {
                url: url.to_owned(),
                limit: self.policy.max_bytes,
            });
        }
        Ok(body)
    }

    fn refused_redirect(&self, url: &str, answer: &blocking::Response) -> HttpError {
        let target = answer
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("an unreadable place");
        HttpError::OtherOrigin {
            from: url.to_owned(),
            to: target.chars().take(200).collect(),
        }
    }

    fn check(&self, url: &str) -> Result<Url, HttpError> {
        let parsed = Url::parse(url).map_err(|_| HttpError::BadUrl(url.to_owned()))?;
        let host = parsed
            .host_str()
            .ok_or_else(|| HttpError::BadUrl(url.to_owned()))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(HttpError::Credentials);
        }
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let local = host == "localhost" || literal.is_some_and(|address| address.is_loopback());
        let plain_is_fine = parsed.scheme() == "http" && local && self.policy.allow_local;
        if parsed.scheme() != "https" && !plain_is_fine {
            return Err(HttpError::NotHttps(url.to_owned()));
        }
        if let Some(address) = literal
            && !self.policy.allow_local
            && let Some(kind) = forbidden(address)
        {
            return Err(HttpError::Forbidden {
                host: host.to_owned(),
                address,
                kind,
            });
        }
        Ok(parsed)
    }
}

fn same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let same = attempt
        .previous()
        .first()
        .is_some_and(|first| first.origin() == attempt.url().origin());
    if same && attempt.previous().len() <= 3 {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

struct Resolver {
    allow_local: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_local = self.allow_local;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let addresses: Vec<SocketAddr> = (host.as_str(), 0).to_socket_addrs()?.collect();
            if !allow_local {
                for address in &addresses {
                    if let Some(kind) = forbidden(address.ip()) {
                        return Err(HttpError::Forbidden {
                            host,
                            address: address.ip(),
                            kind,
                        }
                        .into());
                    }
                }
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Why an address may not be contacted, if it may not.
pub fn forbidden(address: IpAddr) -> Option<&'static str> {
    // ::ffff:169.254.169.254 is 169.254.169.254.
    let address = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let metadata: [IpAddr; 3] = [
        [169, 254, 169, 254].into(),
        [100, 100, 100, 200].into(),
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254].into(),
    ];
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    if metadata.contains(&address) {
        Some("a cloud's metadata service")
    } else if address.is_loopback() {
        Some("a loopback address")
    } else if link_local {
        Some("a link-local address")
    } else if address.is_unspecified() || address.is_multicast() {
        Some("no address of a host")
    } else {
        None
    }
}

/// An error with its causes, which reqwest keeps apart.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> HttpError {
        Client::new(Policy::default())
            .unwrap()
            .get(url)
            .unwrap_err()
    }

    #[test]
    fn only_https_without_credentials_leaves_the_house() {
        assert!(matches!(
            refused("http://example.org/"),
            HttpError::NotHttps(_)
        ));
        assert!(matches!(
            refused("file:///etc/passwd"),
            HttpError::BadUrl(_)
        ));
        assert!(matches!(
            refused("https://a:b@example.org/"),
            HttpError::Credentials
        ));
    }

    #[test]
    fn local_and_metadata_addresses_are_refused_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest",
            "https://[fd00:ec2::254]/",
            "https://0.0.0.0/",
        ] {
            let error = refused(url);
            assert!(
                matches!(error, HttpError::Forbidden { .. }),
                "{url}: {error}"
            );
        }
        let error = refused("https://localhost/");
        assert!(error.to_string().contains("a loopback address"), "{error}");
    }
}
