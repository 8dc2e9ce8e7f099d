//! An issuer by its URL: its description and its keys, fetched within bounds and kept for a while.
//!
//! The URL comes from the command line alone, never from a token. What is fetched is https within one origin; the
//! description must name the very issuer that was asked for, and of its keys only public ones are used.

mod cache;

use clap::Args as ClapArgs;

use crate::cli::args::Network;
use crate::cli::env::{Env, LoadedKeys};
use crate::cli::error::{Failure, Kind};
use crate::jwt::Compact;
use crate::jwt::metadata::{Issuer, Metadata, MetadataError};
use crate::kernel::fs;
use crate::kernel::http::{Answer, Client, Outgoing, Policy};
use crate::kernel::key::{Expected, Key, LoadOptions, Material, load};
use cache::{Cache, Freshness};

/// The issuer, as flags.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Issuer")]
pub(super) struct IssuerFlags {
    /// The issuer: its description says where its keys and endpoints are (OpenID Connect Discovery, RFC 8414)
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,
    /// Ask the issuer anew, whatever is kept of its last answers
    #[arg(long, requires = "issuer")]
    no_cache: bool,
    #[command(flatten)]
    pub(super) network: Network,
}

/// The largest description or key set, in bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// The largest file of certificate authorities, in bytes.
const MAX_CA_BYTES: u64 = 1 << 20;

/// An issuer that has described itself.
#[derive(Debug)]
pub(super) struct Discovered {
    pub(super) metadata: Metadata,
    fetcher: Fetcher,
}

impl IssuerFlags {
    /// Refuses flags of the network where nothing is asked of it.
    pub(super) fn idle(&self) -> Result<(), Failure> {
        let flag = match &self.network {
            Network {
                allow_local: true, ..
            } => "--allow-local",
            Network {
                ca_file: Some(_), ..
            } => "--ca-file",
            _ => return Ok(()),
        };
        Err(Failure::usage(format!(
            "`{flag}` belongs to `--issuer`, which is not given"
        ))
        .hint("add `--issuer URL`, or leave it out: with a key of your own nothing is fetched"))
    }

    /// Fetches the description of the issuer, if one is given.
    ///
    /// # Errors
    /// [`Failure`] if there is none that can be used.
    pub(super) fn discover(&self, env: &Env) -> Result<Option<Discovered>, Failure> {
        let Some(text) = &self.issuer else {
            return Ok(None);
        };
        let issuer = Issuer::new(text, self.network.allow_local).map_err(unusable)?;
        let mut fetcher = Fetcher::new(env, self)?;
        let metadata = describe(&mut fetcher, &issuer)?;
        for remark in &metadata.remarks {
            env.note(remark);
        }
        Ok(Some(Discovered { metadata, fetcher }))
    }
}

impl Discovered {
    /// The issuer's public keys. They may be kept from before, unless the token names one that is not among those: then
    /// they are fetched once more.
    ///
    /// # Errors
    /// [`Failure`] if the set cannot be fetched or holds no key that can be used.
    pub(super) fn keys(&mut self, env: &Env, token: Option<&str>) -> Result<LoadedKeys, Failure> {
        let url = self.metadata.key_set().map_err(unusable)?.to_owned();
        let wanted = token.and_then(|token| {
            let token = Compact::parse(token).ok()?;
            token.header_text("kid").map(str::to_owned)
        });
        // Of a token that names no key, and of many tokens, nobody can say whether the keys kept are still the ones.
        let freshness = match wanted {
            Some(_) => Freshness::Kept,
            None => Freshness::Anew,
        };
        let (set, kept) = self.fetcher.get(&url, freshness)?;
        let named = |keys: &[Key]| keys.iter().any(|key| key.id.is_some() && key.id == wanted);
        let mut keys = public_keys(env, &set, &url)?;
        if kept && !named(&keys) {
            let (set, _) = self.fetcher.get(&url, Freshness::Anew)?;
            keys = public_keys(env, &set, &url)?;
        }
        if keys.is_empty() {
            return Err(Failure::input(format!(
                "`{url}` publishes no key that can be used"
            )));
        }
        Ok(LoadedKeys {
            keys,
            alternatives: Vec::new(),
        })
    }
}

fn public_keys(env: &Env, set: &[u8], url: &str) -> Result<Vec<Key>, Failure> {
    let context = |failure: Failure| failure.context(format!("cannot use the key set of `{url}`"));
    let text = std::str::from_utf8(set).unwrap_or_default();
    if !text.trim_start().starts_with('{') {
        return Err(context(Failure::input("it is not a JSON object")));
    }
    let set = load(set, LoadOptions::plain(Expected::Verification))
        .map_err(|error| context(Failure::input(error.to_string())))?;
    for skipped in &set.skipped {
        let id = skipped.id.as_deref().unwrap_or("without id");
        env.note(&format!(
            "key {} (`{id}`) of `{url}` is left out: {}",
            skipped.index, skipped.reason
        ));
    }
    let mut keys = Vec::new();
    for mut key in set.keys {
        // A secret that everybody can fetch makes everybody an issuer; so does a private key.
        if !matches!(key.material, Material::Public(_)) {
            let id = key.id.as_deref().unwrap_or("without id");
            env.warn(&format!(
                "the key `{id}` of `{url}` is left out: {} is published there, so anyone can sign with it",
                key.describe()
            ));
            continue;
        }
        key.origin = Some(url.to_owned());
        keys.push(key);
    }
    Ok(keys)
}

/// Asks one place after the other for the description.
fn describe(fetcher: &mut Fetcher, issuer: &Issuer) -> Result<Metadata, Failure> {
    let mut failure = Failure::new(
        Kind::Network,
        format!("`{}` does not describe itself", issuer.as_str()),
    );
    for place in issuer.places() {
        let answer = match fetcher.get(&place, Freshness::Kept) {
            Ok((answer, _)) => answer,
            Err(Unanswered::Refused(text)) => {
                failure = failure.cause(text);
                continue;
            }
            Err(Unanswered::Failed(failure)) => return Err(failure),
        };
        match Metadata::read(&answer, issuer) {
            Ok(metadata) => return Ok(metadata),
            // A site that answers everything with its home page.
            Err(error @ (MetadataError::NotJson(_) | MetadataError::NotUtf8)) => {
                failure = failure.cause(format!("`{place}`: {error}"));
            }
            Err(error) => return Err(unusable(error).cause(format!("it is at `{place}`"))),
        }
    }
    Err(failure.hint("look at the issuer: it is the `iss` of its tokens, character for character"))
}

/// A description that is not believed.
pub(super) fn unusable(error: MetadataError) -> Failure {
    let failure = Failure::new(Kind::Network, error.to_string());
    match error {
        MetadataError::OtherIssuer { .. } => failure.hint(
            "an issuer is compared character for character, a final `/` included; one that speaks for another is \
             never believed",
        ),
        MetadataError::NoIssuer {
            problem: "is not https",
            ..
        } => {
            failure.hint("on loopback, plain HTTP is allowed with `--allow-local`")
        }
        MetadataError::Missing("jwks_uri") => {
            failure.hint("give its keys yourself: `--key file:PATH`")
        }
        MetadataError::Missing(_) => failure.hint("give the endpoint yourself: `--url URL`"),
        _ => failure,
    }
}

/// Gets JSON over https, or what is kept of it.
#[derive(Debug)]
struct Fetcher {
    client: Client,
    cache: Cache,
}

/// Why there is no answer.
enum Unanswered {
    /// The server answers, but not with this.
    Refused(String),
    /// Nothing more can be asked.
    Failed(Failure),
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(text) => Self::new(Kind::Network, text),
            Unanswered::Failed(failure) => failure,
        }
    }
}

impl Fetcher {
    fn new(env: &Env, flags: &IssuerFlags) -> Result<Self, Failure> {
        let policy = Policy {
            max_bytes: MAX_ANSWER,
            ..Policy::default()
        };
        let authorities = match &flags.network.ca_file {
            Some(path) => fs::read(path, MAX_CA_BYTES)?,
            None => Vec::new(),
        };
        // What was fetched under other authorities, or from places that are not allowed now, is not ours to reuse.
        let trust = [&authorities[..], &[flags.network.allow_local.into()]].concat();
        Ok(Self {
            client: env.client(&flags.network, policy)?,
            cache: Cache::new(env, &trust, flags.no_cache),
        })
    }

    /// The answer of a URL, and whether it is one that was kept.
    fn get(&mut self, url: &str, freshness: Freshness) -> Result<(Vec<u8>, bool), Unanswered> {
        if freshness == Freshness::Kept
            && let Some(kept) = self.cache.get(url)
        {
            return Ok((kept, true));
        }
        let outgoing = Outgoing {
            method: "GET".into(),
            url: url.to_owned(),
            fields: vec![("Accept".into(), b"application/json".to_vec())],
            body: Vec::new(),
        };
        let answer = self.client.send(outgoing);
        let answer = answer.map_err(|error| Unanswered::Failed(error.into()))?;
        if (300..400).contains(&answer.status) {
            let to = field(&answer, "location").unwrap_or("an unreadable place");
            let to: String = to.chars().take(200).collect();
            let failure = Failure::new(
                Kind::Network,
                format!("`{url}` redirects to another origin, `{to}`"),
            );
            return Err(Unanswered::Failed(failure.hint(
                "an issuer describes itself at its own origin: ask the one that it redirects to, if you trust it",
            )));
        }
        if answer.status != 200 {
            return Err(Unanswered::Refused(format!(
                "`{url}` answers with status {}",
                answer.status
            )));
        }
        self.cache.put(
            url,
            &answer.body,
            (field(&answer, "cache-control"), field(&answer, "age")),
        );
        Ok((answer.body, false))
    }
}

/// A field of an answer, where it is text.
pub(super) fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut fields = answer.fields.iter();
    let (_, value) = fields.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(value).ok()
}
