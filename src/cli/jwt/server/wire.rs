//! Requests to a server: authenticated, never redirected, with a DPoP proof where one is asked for.

use super::client::{ClientFlags, Identity};
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::jwt::issuer::{Discovered, IssuerFlags, field};
use crate::jwt::oauth::{Authentication, Client, Form, Method, OAuthError, read_error};
use crate::jwt::{self, Algorithm, BoundRequest, MintError, MintOptions, Profile};
use crate::kernel::http::{self, Answer, Outgoing, Policy};
use crate::kernel::key::{Key, thumbprint};
use crate::kernel::record::random_uuid;
use crate::kernel::secret::Secret;

/// A server and the client that speaks to it.
#[derive(Debug)]
pub(in crate::cli::jwt) struct Server {
    http: http::Client,
    id: String,
    identity: Identity,
    /// Who the client's assertions are for.
    audience: Option<String>,
    prover: Option<Prover>,
}

/// The key of DPoP proofs, and the last nonce that the server gave.
#[derive(Debug)]
struct Prover {
    key: Key,
    nonce: Option<String>,
}

/// Why there is no good answer.
#[derive(Debug)]
pub(in crate::cli::jwt) enum Trouble {
    /// The server said no, in the words of OAuth.
    Refused(OAuthError),
    /// No answer came at all.
    Silence(Failure),
    /// Something that is no answer.
    Nonsense(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Nonsense(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Silence(failure) | Trouble::Nonsense(failure) => failure,
            Trouble::Refused(error) => {
                let failure = Self::new(Kind::Network, format!("the server answers {error}"));
                match error.hint() {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
        }
    }
}

impl Server {
    /// Makes ready to speak to a server.
    ///
    /// # Errors
    /// [`Failure`] if a secret or key cannot be read or does not suit the server.
    pub(in crate::cli::jwt) fn new(
        env: &Env,
        client: &ClientFlags,
        (from, discovered): (&IssuerFlags, Option<&Discovered>),
        proof_key: Option<&SecretArg>,
    ) -> Result<Self, Failure> {
        let metadata = discovered.map(|discovered| &discovered.metadata);
        let offered = metadata.and_then(|metadata| metadata.client_authentication.as_deref());
        let prover = match proof_key {
            Some(argument) => {
                let key = client.signing_key(env, argument)?;
                suits(
                    &key,
                    metadata.and_then(|each| each.proof_algorithms.as_deref()),
                )?;
                Some(Prover { key, nonce: None })
            }
            None => None,
        };
        let policy = Policy {
            // What is sent is secret: it goes to the place that was named, and nowhere else.
            follow: false,
            identity: client.certificate(env)?,
            ..Policy::default()
        };
        Ok(Self {
            http: env.client(&from.network, policy)?,
            id: client.client.clone(),
            identity: client.identity(env, offered)?,
            audience: metadata.map(|metadata| metadata.issuer.clone()),
            prover,
        })
    }

    /// Whether tokens are to be bound to a key.
    pub(in crate::cli::jwt) fn binds(&self) -> bool {
        self.prover.is_some()
    }

    /// The thumbprint of the proof key (RFC 9449 §10).
    pub(in crate::cli::jwt) fn proof_thumbprint(&self) -> Option<String> {
        let public = self.prover.as_ref()?.key.public()?;
        Some(thumbprint(&public))
    }

    /// Sends a form to an endpoint, as this client; the body of its good answer. With `proved`, a DPoP proof goes along
    /// if there is a key for it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(in crate::cli::jwt) fn ask(
        &mut self,
        env: &Env,
        (url, proved): (&str, bool),
        form: &Form,
    ) -> Result<Vec<u8>, Trouble> {
        let mut retried = false;
        loop {
            let answer = self.send(env, (url, proved), form.clone())?;
            let nonce = field(&answer, "dpop-nonce").map(str::to_owned);
            let given = nonce.is_some();
            if let (Some(prover), Some(nonce)) = (&mut self.prover, nonce) {
                prover.nonce = Some(nonce);
            }
            match read(url, answer) {
                // RFC 9449 §8: once more with the nonce, and once only.
                Err(Trouble::Refused(error))
                    if error.code == "use_dpop_nonce" && given && proved && !retried =>
                {
                    retried = true;
                }
                result => return result,
            }
        }
    }

    fn send(
        &self,
        env: &Env,
        (url, proved): (&str, bool),
        mut form: Form,
    ) -> Result<Answer, Trouble> {
        let mut fields: Vec<(String, Vec<u8>)> = vec![
            ("Accept".into(), b"application/json".to_vec()),
            (
                "Content-Type".into(),
                b"application/x-www-form-urlencoded".to_vec(),
            ),
        ];
        let client = Client {
            id: self.id.clone(),
            authentication: self.authentication(env, url)?,
        };
        if let Some(value) = client.show(&mut form) {
            fields.push(("Authorization".into(), value));
        }
        if let Some(prover) = self.prover.as_ref().filter(|_| proved) {
            fields.push(("DPoP".into(), prover.proof(env, url)?.into_bytes()));
        }
        let outgoing = Outgoing {
            method: "POST".into(),
            url: url.to_owned(),
            fields,
            body: form.encode().expose().to_vec(),
        };
        self.http.send(outgoing).map_err(|error| match error {
            http::HttpError::Transport { .. } => Trouble::Silence(error.into()),
            error => Trouble::Nonsense(error.into()),
        })
    }

    /// What the client shows with one request. An assertion is good once, so each request has its own.
    fn authentication(&self, env: &Env, url: &str) -> Result<Authentication, Failure> {
        Ok(match &self.identity {
            Identity::Id => Authentication::Id,
            Identity::Secret(secret, Method::Post) => Authentication::Post(secret.clone()),
            Identity::Secret(secret, _) => Authentication::Basic(secret.clone()),
            Identity::Key(key) => {
                let mut options = options(env, Profile::ClientAssertion)?;
                options.issuer = Some(self.id.clone());
                options.subject = Some(self.id.clone());
                // The issuer is who it is for; the endpoint, where no issuer is known (RFC 7523 §3).
                options.audience = vec![self.audience.as_deref().unwrap_or(url).to_owned()];
                let token = jwt::mint(key, &options).map_err(unminted)?;
                Authentication::Assertion(Secret::new(token.into_bytes()))
            }
        })
    }
}

impl Prover {
    // RFC 9449 §4.2.
    fn proof(&self, env: &Env, url: &str) -> Result<String, Failure> {
        let mut options = options(env, Profile::Dpop)?;
        let target = url.split(['?', '#']).next().unwrap_or_default();
        options.request = Some(BoundRequest {
            method: "POST".into(),
            uri: target.to_owned(),
        });
        options.nonce.clone_from(&self.nonce);
        jwt::mint(&self.key, &options).map_err(unminted)
    }
}

fn options(env: &Env, profile: Profile) -> Result<MintOptions, Failure> {
    let id = random_uuid(&env.random);
    let id = id.map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
    Ok(MintOptions::new(profile, env.current_time(), &id))
}

fn unminted(error: MintError) -> Failure {
    Failure::new(Kind::Secret, error.to_string()).context("the key cannot be used")
}

/// Whether the server takes proofs of such a key.
fn suits(key: &Key, taken: Option<&[String]>) -> Result<(), Failure> {
    let algorithm = Algorithm::for_key(key);
    let name = algorithm.map_or("(none)", Algorithm::name);
    match taken {
        Some(names) if !names.iter().any(|taken| taken == name) => Err(Failure::usage(format!(
            "the server takes no DPoP proofs signed with {name}"
        ))
        .hint(format!("it takes {}", names.join(", ")))),
        _ => Ok(()),
    }
}

fn read(url: &str, answer: Answer) -> Result<Vec<u8>, Trouble> {
    let nonsense = |text: String| Trouble::Nonsense(Failure::new(Kind::Network, text));
    let kind = field(&answer, "content-type").unwrap_or("no content type");
    let kind: String = kind.chars().take(100).collect();
    match answer.status {
        200 => Ok(answer.body),
        300..400 => Err(nonsense(format!(
            "`{url}` redirects (status {}); a request with secrets in it is not sent elsewhere",
            answer.status
        ))),
        status => Err(match read_error(&answer.body) {
            Ok(error) => Trouble::Refused(error),
            Err(_) => nonsense(format!(
                "`{url}` answers with status {status} and no error that OAuth knows ({kind})"
            )),
        }),
    }
}
