//! Passing an accepted request on, signed anew for the next place.

use crate::cli::args::{KeyReading, Network, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::loopback::Reply;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::http::{Client, Outgoing, Policy as HttpPolicy};
use crate::kernel::key::{Expected, Key};
use crate::kernel::time::Timestamp;
use crate::request::rfc9421::{SignOptions, default_components, sign};
use crate::request::{Algorithm, Context, Edit, Exchange, Forwarding, Message, UriScheme};

/// Where accepted requests go.
#[derive(Debug)]
pub(super) struct Forward {
    client: Client,
    base: String,
    authority: String,
    key: Option<Key>,
    key_id: Option<String>,
    /// The field of the proxy before this one that is believed, and passed on.
    trusted: Option<Forwarding>,
    random: SystemRandom,
}

/// The largest answer that is passed back.
const MAX_ANSWER: u64 = 16 << 20;

impl Forward {
    /// Prepares the way to a URL.
    pub(super) fn new(
        env: &Env,
        (base, network): (&str, &Network),
        (key, key_id): (Option<&SecretArg>, Option<String>),
        trusted: Option<Forwarding>,
    ) -> Result<Self, Failure> {
        let client = env.client(
            network,
            HttpPolicy {
                follow: false,
                max_bytes: MAX_ANSWER,
                ..HttpPolicy::default()
            },
        )?;
        let (authority, target) = client.destination(base)?;
        if target.contains('?') || base.contains('#') {
            return Err(Failure::usage(
                "the URL to forward to has a query or a fragment",
            ));
        }
        let keys = match key {
            Some(argument) => {
                env.keys(
                    std::slice::from_ref(argument),
                    &KeyReading::default(),
                    Expected::Signing,
                )?
                .keys
            }
            None => Vec::new(),
        };
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            authority,
            key: keys.into_iter().next(),
            key_id,
            trusted,
            random: env.random.clone(),
        })
    }

    /// Sends a request on and brings the answer back.
    pub(super) fn pass(&self, message: &Message, now: Timestamp) -> Result<Reply, String> {
        // Origin form alone: any other could name another place than the one that accepted requests go to.
        let path = message.target().filter(|target| target.starts_with('/'));
        let path = path.ok_or("its target is not a path")?;
        let url = format!("{}{path}", self.base);
        let (authority, target) = self.client.destination(&url).map_err(|e| e.to_string())?;
        if authority != self.authority {
            return Err(format!("its target would lead to `{authority}`"));
        }
        let mut remove = REMOVED.map(str::to_owned).to_vec();
        // RFC 9110 §7.6.1: what `Connection` names belongs to this connection.
        for value in message.values("connection") {
            let names = String::from_utf8_lossy(value).into_owned();
            remove.extend(names.split(',').map(|name| name.trim().to_owned()));
        }
        let names = message.fields.iter().map(|field| field.name());
        let claims = names.filter(|name| is_claim(name) && !self.trusts(name));
        remove.extend(claims.map(str::to_owned));
        let mut edit = Edit {
            remove,
            target: Some(target),
            ..Edit::default()
        };
        edit.replace("Host", authority);
        let mut next = message.edited(&edit).map_err(|error| error.to_string())?;
        if let Some(key) = &self.key {
            next = self.signed(&next, key, now)?;
        }
        let answer = self
            .client
            .send(Outgoing {
                method: next.method().unwrap_or_default().to_owned(),
                url,
                fields: next
                    .fields
                    .iter()
                    .map(|field| (field.name().to_owned(), field.value().to_vec()))
                    .collect(),
                body: next.content().unwrap_or_default().to_vec(),
            })
            .map_err(|error| error.to_string())?;
        let own = ["content-length", "transfer-encoding", "connection"];
        let fields = answer.fields.into_iter();
        Ok(Reply {
            status: (answer.status, ""),
            fields: fields
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .collect(),
            body: answer.body,
        })
    }

    /// Whether a field comes from the proxy that is believed.
    fn trusts(&self, name: &str) -> bool {
        let standard = name.eq_ignore_ascii_case("forwarded");
        match self.trusted {
            None => false,
            Some(Forwarding::Standard) => standard,
            // Of the others, too: that proxy writes them all, or none.
            Some(Forwarding::Legacy) => !standard && !name.contains('_'),
        }
    }

    fn signed(&self, message: &Message, key: &Key, now: Timestamp) -> Result<Message, String> {
        let scheme = match self.base.starts_with("http://") {
            true => UriScheme::Http,
            false => UriScheme::Https,
        };
        let context = Context::new(scheme);
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|each| each.fits(key))
            .ok_or_else(|| format!("nothing is signed with {}", key.describe()))?;
        let options = SignOptions {
            label: "sig1".to_owned(),
            components: default_components(message),
            algorithm,
            created: Some(now),
            expires: None,
            nonce: crate::kernel::record::random_uuid(&self.random).ok(),
            key_id: self.key_id.clone().or(key.id.clone()),
            tag: None,
            digests: vec!["sha-256"],
        };
        let exchange = Exchange::new(message, &context);
        let signed =
            sign(exchange, key, &options, &self.random).map_err(|error| error.to_string())?;
        message
            .edited(&signed.edit)
            .map_err(|error| error.to_string())
    }
}

/// Whether a field says where a request came from: the next server would take a client's word for a proxy's. Some servers
/// read `_` in a name as `-`.
fn is_claim(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-")
}

// The signature is for this receiver, and the rest for this connection (RFC 9110 §7.6.1).
const REMOVED: [&str; 9] = [
    "Proxy-Authorization",
    "Proxy-Connection",
    "Signature",
    "Signature-Input",
    "Connection",
    "Keep-Alive",
    "TE",
    "Upgrade",
    "Expect",
];
