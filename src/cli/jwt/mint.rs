//! `countersign jwt mint`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Map, Value, json};

use super::expect;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind, did_you_mean};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::jwt::jwe::{self, ContentEncryption, EncryptOptions, KeyManagement};
use crate::jwt::rules::TokenContext;
use crate::jwt::{self, Algorithm, Confirmation, MintError, MintOptions, Profile};
use crate::kernel::finding::Severity;
use crate::kernel::fs::Privacy;
use crate::kernel::key::{Expected, Key};
use crate::kernel::record::random_uuid;
use crate::kernel::time::parse_duration;

/// Mint a token
///
/// The profile says what the token must hold: `service` for one service calling another, `access` and `refresh` for OAuth
/// (RFC 9068), `id` for an ID token, `client-assertion` (RFC 7523), `dpop` for a proof of one request (RFC 9449),
/// `jwt-svid` and `wit-svid` for SPIFFE workloads, `logout` for back-channel logout, `custom` for anything else. Access
/// and service tokens live 15 minutes at most, refresh tokens 7 days. With `--encrypt-to`, the token is signed and then
/// encrypted, for its recipient alone to read.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt mint --iss https://auth.acme.example --sub service:api-gateway --aud service:order-service \\
      --scope read:orders --device-posture compliant --ttl 10m --key file:signing.pem
  countersign jwt mint --profile dpop --method GET --uri https://api.acme.example/orders --key file:dpop.pem
  countersign jwt mint --profile custom --sub alice --ttl 1h --claim role='\"reader\"' --key env:SECRET
  countersign jwt mint --profile custom --sub alice --key env:SECRET --encrypt-to file:recipient.jwk

Exit codes: 0 minted, 2 cannot mint")]
pub(crate) struct Args {
    /// The kind of token: service, access, refresh, id, client-assertion, dpop, jwt-svid, wit-svid, logout or custom
    #[arg(long, default_value = "service")]
    profile: Profile,
    /// The issuer
    #[arg(long, value_name = "URL")]
    iss: Option<String>,
    /// The subject
    #[arg(long)]
    sub: Option<String>,
    /// Who may accept it; repeat for several
    #[arg(long)]
    aud: Vec<String>,
    /// What it grants; repeat for several
    #[arg(long)]
    scope: Vec<String>,
    /// The client it is issued to (`client_id`); of a client assertion the issuer and the subject
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The nonce that was sent
    #[arg(long)]
    nonce: Option<String>,
    /// The state of the sender's device; a service token needs `compliant`
    #[arg(long, value_name = "STATE")]
    device_posture: Option<String>,
    /// How long it lives [default: 15m; 7d for refresh, 5m for client-assertion and jwt-svid, 2m for logout]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    ttl: Option<Duration>,
    /// A further claim, its value as JSON; repeat for several
    #[arg(long, value_name = "NAME=JSON")]
    claim: Vec<String>,
    /// The token's id; a random one unless given
    #[arg(long, value_name = "ID")]
    jti: Option<String>,
    /// Where the private key or secret is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: SecretArg,
    #[command(flatten)]
    reading: KeyReading,
    /// The key id for the header
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// The algorithm; by default the one for the key
    #[arg(long)]
    alg: Option<Algorithm>,
    /// Mint the token although this rule of `jwt lint` rejects it; repeat for several
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    #[command(flatten)]
    bound: Bound,
    #[command(flatten)]
    sealing: Sealing,
    #[command(flatten)]
    clock: Clock,
}

/// To whom the signed token is encrypted.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Encryption")]
struct Sealing {
    /// Encrypt the signed token to this key (a nested JWE): where it is, of a key pair its public part suffices
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    encrypt_to: Option<SecretArg>,
    /// How the content is encrypted: A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512
    #[arg(long, default_value = "A256GCM", requires = "encrypt_to")]
    enc: ContentEncryption,
    /// How the recipient finds the content key: ECDH-ES+A256KW, A256KW, dir, PBES2-HS512+A256KW, … By default what the key
    /// is for
    #[arg(long, value_name = "ALG", requires = "encrypt_to")]
    key_management: Option<KeyManagement>,
    /// The iterations of PBES2, 1000 to 1200000. Some readers accept few: joserfc 300000, node's jose 10000
    #[arg(long, value_name = "COUNT", default_value_t = jwe::ITERATIONS, requires = "encrypt_to")]
    iterations: u32,
}

/// What the token is bound to.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Binding")]
struct Bound {
    /// Where the access token is that an ID token (`at_hash`) or a DPoP proof (`ath`) goes with: env:NAME, file:PATH, …
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    access_token: Option<SecretArg>,
    /// Where the authorization code is that an ID token goes with (`c_hash`)
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    code: Option<SecretArg>,
    /// The method of the request that a DPoP proof is for
    #[arg(long, requires = "uri")]
    method: Option<String>,
    /// The URI of the request that a DPoP proof is for, without query and fragment
    #[arg(long, requires = "method")]
    uri: Option<String>,
    /// Bind the token to this key (`cnf.jkt`; of a wit-svid `cnf.jwk`): where it is, its public part suffices
    #[arg(
        long,
        value_name = "REF",
        allow_hyphen_values = true,
        conflicts_with = "cnf_certificate"
    )]
    cnf_key: Option<SecretArg>,
    /// Bind the token to this client certificate (`cnf.x5t#S256`), PEM or DER
    #[arg(long, value_name = "FILE")]
    cnf_certificate: Option<PathBuf>,
}

struct Minted(String);

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let claims = further_claims(&args.claim)?;
    let loaded = env.keys(
        std::slice::from_ref(&args.key),
        &args.reading,
        Expected::Signing,
    )?;
    let key = match loaded.keys.as_slice() {
        [key] => key,
        _ => {
            return Err(Failure::new(
                Kind::Secret,
                "the key file holds several keys; minting needs one",
            ));
        }
    };
    let (options, sealing, allowed) = args.resolve(env, claims)?;
    let token = jwt::mint(key, &options).map_err(explain)?;
    gate(env, (key, &token), (&allowed, &options))?;
    Ok(Outcome::view(Minted(sealing.seal(env, token)?)))
}

impl Args {
    /// What the token is to say, to whom it is encrypted, and the rules it may break.
    fn resolve(
        self,
        env: &Env,
        claims: Map<String, Value>,
    ) -> Result<(MintOptions, Sealing, Vec<String>), Failure> {
        let id = match self.jti {
            Some(id) => id,
            None => random_uuid(&env.random)
                .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?,
        };
        let now = self.clock.at.unwrap_or(env.now);
        let mut options = MintOptions::new(self.profile, now, &id);
        options.algorithm = self.alg;
        options.key_id = self.key_id;
        options.issuer = self.iss;
        options.subject = self.sub;
        options.audience = self.aud;
        options.scopes = self.scope;
        options.client = self.client;
        options.nonce = self.nonce;
        options.device_posture = self.device_posture;
        options.claims = claims;
        if let Some(ttl) = self.ttl {
            options.ttl = ttl;
        }
        self.bound.apply(env, &mut options)?;
        // RFC 7523 §3: a client speaks of itself.
        if options.profile == Profile::ClientAssertion
            && let Some(client) = options.client.take()
        {
            options.issuer.get_or_insert_with(|| client.clone());
            options.subject.get_or_insert(client);
        }
        Ok((options, self.sealing, self.allow))
    }
}

/// What `jwt lint` would fail is not minted unless its rule is allowed by name.
fn gate(
    env: &Env,
    (key, token): (&Key, &str),
    (allowed, options): (&[String], &MintOptions),
) -> Result<(), Failure> {
    if let Some(unknown) = allowed.iter().find(|id| jwt::rules::rule(id).is_none()) {
        let failure = Failure::usage(format!("there is no rule `{unknown}`"));
        let ids = jwt::rules::all().map(|rule| rule.id);
        return Err(match did_you_mean(unknown, ids) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    let context = TokenContext {
        now: options.now,
        keys: &[],
        known_secrets: false,
    };
    let mut findings = jwt::rules::of_secret(key);
    findings.extend(jwt::rules::of_token(token, &context));
    // Of a kind of its own nothing is demanded; what is dangerous in any token is still refused.
    let threshold = match options.profile {
        Profile::Custom => env.settings.lint_fail_on().max(Severity::High),
        _ => env.settings.lint_fail_on(),
    };
    findings.retain(|finding| {
        finding.severity >= threshold && !allowed.iter().any(|id| id == finding.rule.id)
    });
    if findings.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::usage("`jwt lint` would reject the token, so it is not minted");
    for finding in &findings {
        let word = format!("{}[{}]", finding.severity, finding.rule.id);
        failure = failure.cause(format!("{word}: {}", finding.message));
    }
    let flags = findings
        .iter()
        .map(|finding| format!("--allow {}", finding.rule.id));
    let flags: Vec<String> = flags.collect();
    Err(failure.hint(format!(
        "mend it, or mint it deliberately with `{}`",
        flags.join(" ")
    )))
}

impl Sealing {
    fn seal(self, env: &Env, token: String) -> Result<String, Failure> {
        let Some(argument) = self.encrypt_to else {
            return Ok(token);
        };
        let reading = KeyReading::default();
        let loaded = env.keys(
            std::slice::from_ref(&argument),
            &reading,
            Expected::Encryption,
        )?;
        let [key] = loaded.keys.as_slice() else {
            return Err(Failure::new(
                Kind::Secret,
                "the file of `--encrypt-to` holds several keys; a token is encrypted to one",
            ));
        };
        let management = self
            .key_management
            .or_else(|| KeyManagement::for_key(key))
            .ok_or_else(|| {
                let what = format!("{} names no way to encrypt to it", key.describe());
                Failure::usage(what)
                    .hint("say how: `--key-management dir`, `A256KW`, `PBES2-HS512+A256KW`, …")
            })?;
        let mut options = EncryptOptions::new(management, self.enc);
        options.key_id = key.id.clone();
        options.iterations = self.iterations;
        // RFC 7519 §5.2: who opens it learns that there is a token inside.
        options.content_type = Some("JWT".to_owned());
        jwe::encrypt(token.as_bytes(), key, &options, &env.random)
            .map_err(|error| Failure::usage(error.to_string()).context("the token is not minted"))
    }
}

impl Bound {
    fn apply(self, env: &Env, options: &mut MintOptions) -> Result<(), Failure> {
        options.access_token = expect::opaque(env, self.access_token.as_ref(), "the access token")?;
        options.code = expect::opaque(env, self.code.as_ref(), "the authorization code")?;
        if let (Some(method), Some(uri)) = (self.method, self.uri) {
            if uri.contains(['?', '#']) {
                return Err(
                    Failure::usage("the URI of a proof has no query and no fragment")
                        .hint("give it up to the `?`"),
                );
            }
            options.request = Some(expect::bound_request(method, uri)?);
        }
        if let Some(argument) = &self.cnf_key {
            let reading = KeyReading::default();
            let loaded = env.keys(
                std::slice::from_ref(argument),
                &reading,
                Expected::Verification,
            )?;
            let key = loaded.keys.into_iter().next();
            options.confirmation = key.map(Box::new).map(Confirmation::Key);
        }
        if let Some(path) = &self.cnf_certificate {
            options.confirmation = Some(Confirmation::Certificate(expect::certificate(env, path)?));
        }
        Ok(())
    }
}

fn further_claims(arguments: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut claims = Map::new();
    for argument in arguments {
        let (name, value) = argument
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`--claim {argument}` is not `NAME=JSON`")))?;
        let value = serde_json::from_str(value).map_err(|_| {
            Failure::usage(format!("the value of the claim `{name}` is not JSON"))
                .hint(format!("a text needs its quotes: `--claim {name}='\"…\"'`"))
        })?;
        if claims.insert(name.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("the claim `{name}` is given twice")));
        }
    }
    Ok(claims)
}

fn explain(error: MintError) -> Failure {
    let failure = Failure::usage(error.to_string()).context("the token is not minted");
    match error {
        MintError::Missing { claim, .. } => failure.hint(match claim {
            "client_id" => "add `--client ID`".into(),
            "cnf" => "add `--cnf-key REF`".into(),
            "htm" | "htu" => "add `--method GET --uri https://…`".into(),
            "device_posture" => "add `--device-posture compliant`, if the device is".into(),
            claim => format!("add `--{claim}`"),
        }),
        MintError::TooLong { .. } => {
            failure.hint("shorten `--ttl`, or mint another kind of token with `--profile custom`")
        }
        MintError::Registered(name) if ["iat", "nbf", "exp"].contains(&name.as_str()) => {
            failure.hint("times come from `--ttl` and `--at`")
        }
        _ => failure,
    }
}

impl View for Minted {
    fn human(&self, paint: &mut Paint) {
        paint.line(&self.0);
    }

    fn json(&self) -> Value {
        json!({"schema": "countersign/minted-token/v1", "token": self.0})
    }

    // Whoever holds a bearer token is its subject.
    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
