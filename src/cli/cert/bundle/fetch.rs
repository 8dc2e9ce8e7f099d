//! `countersign cert bundle fetch`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};
use rustls::ClientConfig;

use super::store::{self, Kept};
use crate::cert::{Bundles, Certificate, ExpectedId, SpiffeId, TrustDomain};
use crate::cli::args::Network;
use crate::cli::cert::material::bundles;
use crate::cli::cert::svid_tls::{SvidVerifier, provider};
use crate::cli::cert::verify::spiffe_id;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, record};
use crate::kernel::http::{Answer, Client, HttpError, Outgoing, Policy};
use crate::kernel::time::{humanize, parse_duration};

/// Fetch the bundle of another trust domain from its endpoint
///
/// The URL, how the endpoint is authenticated, and the trust domain are always said, never inferred, and one way never falls
/// back to the other (SPIFFE Federation §5.1). `https_web` trusts the authorities of the system; `https_spiffe` demands an
/// X509-SVID with the ID of `--endpoint-id`, by the bundle that was fetched last, and by `--endpoint-bundle` the first time.
/// What is fetched is kept in a map by trust domain, which `cert verify --bundle` reads, unless its sequence is older.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle fetch --trust-domain partner.example --profile https_web --url https://partner.example/bundle --store federation.json
  countersign cert bundle fetch --trust-domain partner.example --profile https_spiffe --endpoint-id spiffe://partner.example/bundles --endpoint-bundle partner.json --url https://10.0.0.7:8443/ --store federation.json

Exit codes: 0 stored or unchanged, 1 older than the one that is there, 2 cannot fetch")]
pub(crate) struct Args {
    /// The trust domain whose bundle it is: a bundle does not say
    #[arg(long, value_name = "NAME")]
    trust_domain: TrustDomain,
    /// The endpoint, https
    #[arg(long, value_name = "URL")]
    url: String,
    /// How the endpoint is authenticated
    #[arg(long, value_enum, value_name = "PROFILE")]
    profile: EndpointProfile,
    /// The SPIFFE ID of the endpoint, for `https_spiffe`
    #[arg(long, value_name = "ID", value_parser = spiffe_id)]
    endpoint_id: Option<SpiffeId>,
    /// The bundle of the endpoint's trust domain, for `https_spiffe`, until one was fetched
    #[arg(long, value_name = "FILE")]
    endpoint_bundle: Option<PathBuf>,
    /// The file that keeps the bundles of other trust domains, a map by their names
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Fetch again and again, as often as the bundle says; a failure waits for the next time
    #[arg(long)]
    watch: bool,
    /// How often instead of what the bundle says
    #[arg(long, value_name = "DURATION", requires = "watch", value_parser = parse_duration)]
    interval: Option<Duration>,
    /// End after so many rounds, with what the last one came to
    #[arg(long, value_name = "N", requires = "watch")]
    rounds: Option<u64>,
    #[command(flatten)]
    network: Network,
}

/// How an endpoint is authenticated (SPIFFE Federation §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EndpointProfile {
    /// By its host name and the authorities of the system
    #[value(name = "https_web")]
    Web,
    /// By its X509-SVID
    #[value(name = "https_spiffe")]
    Spiffe,
}

impl EndpointProfile {
    fn name(self) -> &'static str {
        match self {
            Self::Web => "https_web",
            Self::Spiffe => "https_spiffe",
        }
    }
}

/// The largest bundle.
const MAX_BUNDLE: u64 = 16 << 20;
/// How many times an endpoint may send on.
const MAX_REDIRECTS: usize = 3;
/// SPIFFE Federation §4.1: how often, where a bundle does not say; and never more often than the next.
const DEFAULT_REFRESH: Duration = Duration::from_secs(300);
const LEAST_REFRESH: Duration = Duration::from_secs(10);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    args.check()?;
    if !args.watch {
        return Ok(args.fetch(env)?.outcome("cert.bundle.fetch"));
    }
    let mut interval = args.interval.unwrap_or(DEFAULT_REFRESH);
    let mut rounds = 0;
    loop {
        rounds += 1;
        let fetched = args.fetch(env);
        if args.rounds.is_some_and(|limit| rounds >= limit) {
            return Ok(fetched?.outcome("cert.bundle.fetch"));
        }
        // §6.2: what fails is tried again at the next interval, not at once.
        match fetched {
            Ok(kept) => {
                interval = args.interval.unwrap_or_else(|| refresh(&kept));
                let domain = &kept.trust_domain;
                env.note(&format!(
                    "{}: the bundle of {domain}; the next look is in {}",
                    kept.offered.name(),
                    humanize(interval)
                ));
                record(env, kept.outcome("cert.bundle.fetch").verdicts)?;
            }
            Err(failure) => {
                env.stderr(&failure.to_text(env.stderr_color()));
                env.note(&format!("the next look is in {}", humanize(interval)));
            }
        }
        std::thread::sleep(interval);
    }
}

fn refresh(kept: &Kept) -> Duration {
    let hint = kept.bundle.refresh_hint.map(Duration::from_secs);
    hint.unwrap_or(DEFAULT_REFRESH).max(LEAST_REFRESH)
}

impl Args {
    /// The parameters of a profile are those that it needs, and no others.
    fn check(&self) -> Result<(), Failure> {
        checked(&self.url)?;
        let web = self.profile == EndpointProfile::Web;
        let endpoint = self.endpoint_id.is_some() || self.endpoint_bundle.is_some();
        if web && endpoint {
            return Err(Failure::usage(
                "`--endpoint-id` and `--endpoint-bundle` have nothing to do with `https_web`",
            )
            .hint("an endpoint that is known by its SPIFFE ID has the profile `https_spiffe`"));
        }
        if !web && self.network.ca_file.is_some() {
            return Err(Failure::usage(
                "`--ca-file` has nothing to do with `https_spiffe`: the bundle of `--endpoint-bundle` is trusted",
            ));
        }
        if self.interval.is_some_and(|interval| interval.is_zero()) {
            return Err(Failure::usage("`--interval` needs at least one second"));
        }
        Ok(())
    }

    /// Fetches once.
    fn fetch(&self, env: &Env) -> Result<Kept, Failure> {
        let verifier = match self.profile {
            EndpointProfile::Web => None,
            EndpointProfile::Spiffe => Some(Arc::new(self.verifier(env)?)),
        };
        let policy = Policy {
            follow: false,
            max_bytes: MAX_BUNDLE,
            tls: verifier.clone().map(configuration).transpose()?,
            ..Policy::default()
        };
        let client = env.client(&self.network, policy)?;
        let (body, redirects) = follow(&client, &self.url).map_err(|failure| {
            match verifier.as_ref().and_then(|verifier| verifier.refusal()) {
                Some(refusal) => failure.context(format!("the endpoint is refused: {refusal}")),
                None => failure,
            }
        })?;
        let mut kept = store::offer(&self.store, &self.trust_domain, (&self.url, &body))?;
        kept.profile = Some(self.profile.name());
        kept.redirects = redirects;
        Ok(kept)
    }

    /// What an endpoint of `https_spiffe` is verified by.
    fn verifier(&self, env: &Env) -> Result<SvidVerifier, Failure> {
        let id = self.endpoint_id.clone().ok_or_else(|| {
            Failure::usage("`https_spiffe` needs the SPIFFE ID of the endpoint: `--endpoint-id`")
        })?;
        // §5.2.2.4: the latest bundle of the endpoint's trust domain; the configured one before there is any.
        let stored = store::read(&self.store)?.bundle(id.trust_domain());
        let authorities = match stored {
            Some(bundle) => bundle.authorities,
            None => self.configured(env, id.trust_domain())?,
        };
        Ok(SvidVerifier::new(authorities, ExpectedId::Exactly(id)))
    }

    fn configured(&self, env: &Env, domain: &TrustDomain) -> Result<Vec<Certificate>, Failure> {
        let path = self.endpoint_bundle.as_ref().ok_or_else(|| {
            Failure::usage(format!("no bundle of `{domain}` was fetched yet"))
                .hint("give the first one yourself: `--endpoint-bundle FILE`")
        })?;
        let (read, notes) = bundles(env, &[path.display().to_string()])?;
        for note in notes {
            env.warn(&note);
        }
        match read {
            Bundles::One(authorities) => Ok(authorities),
            Bundles::ByTrustDomain(mut map) => {
                let bundle = map.remove(domain).ok_or_else(|| {
                    Failure::input(format!(
                        "`{}` holds no bundle of `{domain}`",
                        path.display()
                    ))
                })?;
                Ok(bundle.authorities)
            }
        }
    }
}

fn configuration(verifier: Arc<SvidVerifier>) -> Result<Arc<ClientConfig>, Failure> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(Kind::Network, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// §5.2.1.1: https, and no user.
fn checked(url: &str) -> Result<url::Url, Failure> {
    let parsed = url::Url::parse(url).map_err(|_| HttpError::BadUrl(url.to_owned()))?;
    if parsed.scheme() != "https" {
        return Err(HttpError::NotHttps(url.to_owned()).into());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(HttpError::Credentials.into());
    }
    Ok(parsed)
}

/// Gets a URL, and what it sends on to: under the same rules, and never remembered (§5.2.1.4).
fn follow(client: &Client, first: &str) -> Result<(Vec<u8>, Vec<String>), Failure> {
    let mut url = checked(first)?;
    let mut redirects = Vec::new();
    loop {
        let answer = client.send(Outgoing {
            method: "GET".to_owned(),
            url: url.to_string(),
            fields: vec![("Accept".to_owned(), b"application/json".to_vec())],
            body: Vec::new(),
        })?;
        let failed = |problem: String| Failure::new(Kind::Network, problem);
        match answer.status {
            200 => return Ok((answer.body, redirects)),
            301 | 302 | 303 | 307 | 308 if redirects.len() < MAX_REDIRECTS => {
                let target = location(&answer)
                    .and_then(|target| url.join(target).ok())
                    .ok_or_else(|| failed(format!("`{url}` sends on to no URL")))?;
                url = checked(target.as_str())
                    .map_err(|failure| failure.context(format!("`{first}` sends on elsewhere")))?;
                redirects.push(url.to_string());
            }
            301 | 302 | 303 | 307 | 308 => {
                return Err(failed(format!(
                    "`{first}` sends on more than {MAX_REDIRECTS} times"
                )));
            }
            status => return Err(failed(format!("`{url}` answers with status {status}"))),
        }
    }
}

fn location(answer: &Answer) -> Option<&str> {
    let field = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("location");
    let (_, value) = answer.fields.iter().find(field)?;
    std::str::from_utf8(value).ok()
}
