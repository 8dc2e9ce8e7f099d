//! What a verification demands of a token, as flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::jwt::{
    self, Audience, Binding, BoundRequest, ClaimPattern, Demand, Expectations, Profile, SignIn,
};
use crate::kernel::pem;
use crate::kernel::spiffe_id::{SpiffeIdError, TrustDomain};
use crate::kernel::time::{Leeway, Timestamp, parse_duration};

/// The demands.
#[derive(Debug, ClapArgs)]
pub(super) struct Demands {
    /// The kind of token, with all that its specification demands: access, id, service, jwt-svid, wit-svid, dpop, logout,
    /// refresh or client-assertion
    #[arg(long)]
    pub(super) profile: Option<Profile>,
    /// The issuer that is accepted; repeat for several
    #[arg(long, value_name = "URL")]
    pub(super) iss: Vec<String>,
    /// Who we are: one of these must be in `aud`; repeat for several
    #[arg(long)]
    aud: Vec<String>,
    /// Accept any audience
    #[arg(long, conflicts_with = "aud")]
    any_aud: bool,
    /// A subject that is accepted; repeat for several
    #[arg(long)]
    sub: Vec<String>,
    /// The trust domain whose keys are given, for jwt-svid and wit-svid
    #[arg(long, value_name = "NAME", value_parser = trust_domain)]
    trust_domain: Option<TrustDomain>,
    /// A type that the header may name, such as `at+jwt`; repeat for several
    #[arg(long)]
    typ: Vec<String>,
    /// A scope that must be granted; repeat for several
    #[arg(long)]
    scope: Vec<String>,
    /// A further claim that must be there; repeat for several
    #[arg(long, value_name = "CLAIM")]
    require: Vec<String>,
    /// A claim with its value, where `*` stands for any characters; a path such as `/realm_access/roles` reaches nested
    /// claims, and of an array one value must fit; repeat for several
    #[arg(long, value_name = "NAME=PATTERN", value_parser = pattern)]
    claim: Vec<ClaimPattern>,
    /// The client that the token must have been issued to (`azp`, `client_id`)
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The nonce that was sent
    #[arg(long)]
    nonce: Option<String>,
    /// An authentication context class that is accepted; repeat for several
    #[arg(long)]
    acr: Vec<String>,
    /// A method that the user must have signed in with; repeat for several
    #[arg(long)]
    amr: Vec<String>,
    /// Require several factors (`amr`)
    #[arg(long)]
    mfa: bool,
    /// How long ago the user may have signed in (`auth_time`)
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_auth_age: Option<Duration>,
    /// How long ago the token may have been issued (`iat`)
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// How far clocks may differ, at most `5m` [default: 0s]
    #[arg(long, value_name = "DURATION")]
    leeway: Option<Leeway>,
    #[command(flatten)]
    bound: Bound,
}

/// What the token is bound to.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Binding")]
struct Bound {
    /// Where the access token is that came with an ID token (`at_hash`) or a DPoP proof (`ath`): env:NAME, file:PATH, …
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    access_token: Option<SecretArg>,
    /// Where the authorization code is that came with an ID token (`c_hash`)
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    code: Option<SecretArg>,
    /// The certificate that the sender presented, PEM or DER, for a token with `cnf.x5t#S256`
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The DPoP proof that came with the token, or the proof of a workload identity token: the token or a file
    #[arg(long, value_name = "TOKEN")]
    proof: Option<String>,
    /// The method of the request that a DPoP proof is for
    #[arg(long, requires = "uri")]
    method: Option<String>,
    /// The URI of the request that a DPoP proof is for
    #[arg(long, requires = "method")]
    uri: Option<String>,
    /// The nonce that the server gave for the proof
    #[arg(long, value_name = "NONCE")]
    proof_nonce: Option<String>,
    /// How old a proof may be [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    proof_window: Option<Duration>,
    /// Accept a token that is bound to a key although nothing proves that the sender holds it
    #[arg(long)]
    unproven: bool,
}

fn trust_domain(text: &str) -> Result<TrustDomain, String> {
    text.parse()
        .map_err(|error: SpiffeIdError| error.to_string())
}

fn pattern(text: &str) -> Result<ClaimPattern, String> {
    let (claim, pattern) = text.split_once('=').ok_or("it is not `NAME=PATTERN`")?;
    if claim.is_empty() {
        return Err("the name of the claim is empty".into());
    }
    Ok(ClaimPattern {
        claim: claim.to_owned(),
        pattern: pattern.to_owned(),
    })
}

impl Demands {
    /// Resolves files, references and settings.
    pub(super) fn resolve(self, env: &Env, now: Timestamp) -> Result<Expectations, Failure> {
        let profile = self.profile;
        let expected = Expectations {
            now,
            leeway: self.leeway.unwrap_or(env.settings.jwt_leeway()),
            profile,
            issuers: self.iss,
            audiences: match (self.aud, self.any_aud) {
                (_, true) => Audience::Any,
                (names, false) if names.is_empty() => Audience::Unknown,
                (names, false) => Audience::Named(names),
            },
            subjects: self.sub,
            trust_domain: self.trust_domain,
            types: self.typ,
            scopes: self.scope,
            required: self.require,
            values: self.claim,
            client: self.client,
            nonce: self.nonce,
            sign_in: SignIn {
                acr: self.acr,
                amr: self.amr,
                several_factors: self.mfa,
                max_age: self.max_auth_age,
            },
            max_age: self.max_age,
            binding: self.bound.resolve(env, profile)?,
        };
        unused(&expected)?;
        if let Some(profile) = profile
            && let Some(demand) = profile.undecided(&expected).first()
        {
            return Err(undecided(profile, *demand));
        }
        Ok(expected)
    }
}

/// A demand that the profile has no use for is refused: it would look as if it had been met.
fn unused(expected: &Expectations) -> Result<(), Failure> {
    let svid = matches!(expected.profile, Some(Profile::JwtSvid | Profile::WitSvid));
    if expected.trust_domain.is_some() && !svid {
        return Err(Failure::usage(
            "`--trust-domain` belongs to the profiles `jwt-svid` and `wit-svid`",
        )
        .hint("add `--profile jwt-svid`, or say who may be in it with `--claim 'sub=spiffe://NAME/*'`"));
    }
    let named = matches!(expected.audiences, Audience::Named(_));
    if named && expected.profile == Some(Profile::Logout) {
        return Err(Failure::usage(
            "a logout token is for a client, and no other audience is looked at",
        )
        .hint("leave `--aud` out; `--client ID` says who it is for"));
    }
    Ok(())
}

/// A profile without what it compares with: no verdict is possible.
fn undecided(profile: Profile, demand: Demand) -> Failure {
    let (what, hint) = match demand {
        Demand::Issuer => ("which issuer is trusted", "add `--iss URL`"),
        Demand::Audience => (
            "who the verifier is",
            "add `--aud NAME`, or accept any with `--any-aud`",
        ),
        Demand::Client => ("which client the token is for", "add `--client ID`"),
        Demand::TrustDomain => (
            "whose keys they are",
            "add `--trust-domain NAME`, or the exact `--sub`",
        ),
        Demand::Request => (
            "which request the proof is for",
            "add `--method GET --uri https://…`, or look at the rest alone with `--unproven`",
        ),
    };
    Failure::usage(format!("the profile `{profile}` needs to know {what}")).hint(hint)
}

impl Bound {
    fn resolve(self, env: &Env, profile: Option<Profile>) -> Result<Binding, Failure> {
        let access_token = opaque(env, self.access_token.as_ref(), "the access token")?;
        let code = opaque(env, self.code.as_ref(), "the authorization code")?;
        let used = matches!(profile, Some(Profile::Id | Profile::Dpop));
        if access_token.is_some() && !used {
            return Err(
                Failure::usage("`--access-token` belongs to the profiles `id` and `dpop`")
                    .hint("add `--profile id` or `--profile dpop`"),
            );
        }
        if code.is_some() && profile != Some(Profile::Id) {
            return Err(
                Failure::usage("`--code` belongs to the profile `id`").hint("add `--profile id`")
            );
        }
        let certificate = match &self.certificate {
            Some(path) => Some(certificate(env, path)?),
            None => None,
        };
        let proof = match &self.proof {
            Some(argument) => Some(super::token(env, argument, jwt::exact)?.0.token),
            None => None,
        };
        if proof.is_none()
            && profile != Some(Profile::Dpop)
            && (self.method.is_some() || self.proof_nonce.is_some())
        {
            return Err(
                Failure::usage("a request belongs to a proof, and none is given")
                    .hint("add `--proof TOKEN`, or verify a proof itself with `--profile dpop`"),
            );
        }
        if proof.is_none() && profile != Some(Profile::Dpop) && self.proof_window.is_some() {
            return Err(
                Failure::usage("`--proof-window` belongs to a proof, and none is given")
                    .hint("add `--proof TOKEN`"),
            );
        }
        if profile == Some(Profile::Dpop) && (proof.is_some() || certificate.is_some()) {
            return Err(Failure::usage("a DPoP proof is itself the proof").hint(
                "leave `--proof` and `--certificate` out, or verify the access token with them",
            ));
        }
        if profile == Some(Profile::WitSvid)
            && (self.method.is_some() || self.proof_nonce.is_some())
        {
            return Err(
                Failure::usage("the proof of a workload identity token names no request")
                    .hint("leave `--method`, `--uri` and `--proof-nonce` out"),
            );
        }
        let request = match (self.method, self.uri) {
            (Some(method), Some(uri)) => Some(bound_request(method, uri)?),
            _ => None,
        };
        Ok(Binding {
            access_token,
            code,
            certificate,
            proof,
            request,
            proof_nonce: self.proof_nonce,
            proof_window: self.proof_window,
            unproven: self.unproven,
        })
    }
}

/// The text behind a reference, such as a token or a code.
pub(super) fn opaque(
    env: &Env,
    argument: Option<&SecretArg>,
    what: &str,
) -> Result<Option<String>, Failure> {
    let Some(argument) = argument else {
        return Ok(None);
    };
    let secret = env.password(argument, what)?;
    let text = std::str::from_utf8(secret.expose())
        .map_err(|_| Failure::input(format!("{what} is not UTF-8")))?;
    Ok(Some(text.trim().to_owned()))
}

/// A request from its two flags.
pub(super) fn bound_request(method: String, uri: String) -> Result<BoundRequest, Failure> {
    if jwt::normalized_target(&uri).is_none() {
        return Err(Failure::usage(format!(
            "`{uri}` is not a URI that starts with `https://` or `http://`"
        )));
    }
    Ok(BoundRequest { method, uri })
}

/// The DER of the first certificate in a file.
pub(super) fn certificate(env: &Env, path: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let source = env.source(path)?;
    let bytes = source.bytes();
    let der = if pem::is_pem(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let blocks = pem::parse(&text).map_err(|error| Failure::input(error.to_string()))?;
        let certificate = blocks
            .into_iter()
            .find(|block| block.label == "CERTIFICATE");
        certificate.map(|block| block.der.to_vec())
    } else {
        Some(bytes.to_vec())
    };
    let der =
        der.ok_or_else(|| Failure::input(format!("`{}` holds no certificate", path.display())))?;
    crate::kernel::key::certificate_key(&der).map_err(|error| {
        Failure::input(format!(
            "`{}` holds no certificate: {error}",
            path.display()
        ))
    })?;
    Ok(der)
}
