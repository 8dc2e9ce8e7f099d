//! Signing as flags: keys, scheme, what to cover, how long; shared by the verbs that sign.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args as ClapArgs;

use super::aws_profile;
use super::clouds;
use super::demands::parse_component;
use super::input::Place;
use super::plan;
use super::scheme::SchemeArgs;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::crypto::{MacAlgorithm, Random as _};
use crate::kernel::key::{Expected, Key, Material, thumbprint};
use crate::kernel::secret::Secret;
use crate::kernel::time::{Leeway, Timestamp, parse_duration};
use crate::request::component::Component;
use crate::request::digest_fields::{DigestField, wanted};
use crate::request::{
    Algorithm, Context, Edit, Exchange, Message, Scheme, SignedText, UriScheme, Window, cavage,
    convert, sigv4, webhook,
};

/// How to sign.
#[derive(Debug, ClapArgs)]
pub(super) struct SigningFlags {
    #[command(flatten)]
    pub(super) scheme: SchemeArgs,
    /// The algorithm; by default the one for the key's kind
    #[arg(long)]
    pub(super) alg: Option<Algorithm>,
    /// Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat to sign with
    /// several
    #[arg(
        long,
        value_name = "REF",
        required_unless_present = "aws_profile",
        allow_hyphen_values = true
    )]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// Of several keys in their time sign with the newest alone, not with all: that whose `nbf` is the latest
    #[arg(long)]
    newest_key: bool,
    /// The key id to write into the signature (of a cloud's the access key id, of azure the account); with several keys
    /// one for each
    #[arg(long, value_name = "ID")]
    pub(super) key_id: Vec<String>,
    /// Write the RFC 7638 thumbprint of a key without id as its key id
    #[arg(long, conflicts_with = "key_id")]
    thumbprint_id: bool,
    /// A component to cover, such as `@method` or `content-type`; repeat for more
    #[arg(long = "cover", value_name = "COMPONENT", value_parser = parse_component)]
    pub(super) cover: Vec<Component>,
    /// The label of the signature [default: sig1]; with several keys one for each, in their order
    #[arg(long)]
    pub(super) label: Vec<String>,
    /// Let the signature expire after this time, such as `5m`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) expires_in: Option<Duration>,
    /// The nonce, or the id of a webhook's message; a random one unless given
    #[arg(long)]
    nonce: Option<String>,
    /// Write no nonce
    #[arg(long, conflicts_with = "nonce")]
    no_nonce: bool,
    /// The application that the signature is for
    #[arg(long)]
    pub(super) tag: Option<String>,
    /// The digest to make for a body: sha-256 or sha-512; repeat for both
    #[arg(long, value_name = "NAME", value_parser = ["sha-256", "sha-512"])]
    digest: Vec<String>,
    /// Put a signature of SigV4 or goog4 into the URL; it lives as long as `--expires-in` says, or 15m
    #[arg(long)]
    pub(super) presign: bool,
    /// Leave the body out of a signature of SigV4, goog4 or tencent
    #[arg(long)]
    pub(super) unsigned_payload: bool,
    /// Take the credentials of a SigV4 signature from this profile of the AWS command line
    #[arg(long, value_name = "NAME", conflicts_with_all = ["key", "key_id", "session_token"])]
    aws_profile: Option<String>,
    /// Where the session token of temporary credentials is, of SigV4, tencent and aliyun
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    session_token: Option<SecretArg>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    clock: Clock,
}

/// A signer that is ready: everything but the message.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) flags: SigningFlags,
    pub(super) keys: Vec<Key>,
    pub(super) context: Context,
    scheme: Scheme,
    pub(super) session_token: Option<Secret>,
}

/// A message with all its signatures.
#[derive(Debug)]
pub(super) struct SignedMessage {
    /// The message.
    pub(super) message: Message,
    /// The fields that were added, `Name: value`.
    pub(super) lines: Vec<String>,
    /// What the last signature is over.
    pub(super) text: SignedText,
}

impl SigningFlags {
    /// Resolves keys and scheme.
    pub(super) fn signer(self, env: &Env) -> Result<Signer, Failure> {
        let scheme = self.scheme.resolve(env)?;
        self.check_flags(&scheme)?;
        let expected = match (self.alg, &scheme) {
            (Some(Algorithm::HmacSha256), _) => Expected::Secret,
            (_, Scheme::Sigv4(_) | Scheme::Tencent(_) | Scheme::Aliyun | Scheme::Azure) => {
                Expected::Secret
            }
            (Some(_), _) => Expected::Private,
            (None, _) => Expected::Signing,
        };
        let keys = env.keys(&self.key, &self.reading, expected)?.keys;
        let mut keys = in_time(env, keys, self.clock.at.unwrap_or(env.now))?;
        if self.newest_key {
            keys = newest(keys)?;
        }
        if self.thumbprint_id {
            for key in &mut keys {
                let own = key.public().map(|public| thumbprint(&public));
                key.id = key.id.take().or(own);
            }
        }
        if matches!(scheme, Scheme::Rfc9421 | Scheme::Cavage) {
            keys.iter().for_each(|key| warn_if_short(env, key));
        }
        let mut session_token = match &self.session_token {
            Some(argument) => Some(env.password(argument, "the session token")?),
            None => None,
        };
        if let Some(name) = &self.aws_profile {
            if !matches!(scheme, Scheme::Sigv4(_)) {
                return Err(Failure::usage(
                    "`--aws-profile` belongs to the schemes sigv4 and sigv4a",
                ));
            }
            let profile = aws_profile::read(env, name)?;
            session_token = profile.session_token;
            keys.push(Key {
                id: Some(profile.access_key_id),
                ..Key::bare(Material::Secret(profile.secret))
            });
        }
        Ok(Signer {
            context: self.place.context(UriScheme::Https),
            flags: self,
            keys,
            scheme,
            session_token,
        })
    }
}

impl SigningFlags {
    // A flag that the scheme has no use for is refused: `--cover` that covers nothing would look like protection.
    fn check_flags(&self, scheme: &Scheme) -> Result<(), Failure> {
        let rfc9421 = matches!(scheme, Scheme::Rfc9421);
        let sigv4 = matches!(scheme, Scheme::Sigv4(_));
        let cavage = matches!(scheme, Scheme::Cavage);
        let webhook = matches!(scheme, Scheme::Webhook(_));
        let tencent = matches!(scheme, Scheme::Tencent(_));
        let aliyun = matches!(scheme, Scheme::Aliyun);
        // Those that sign URLs too.
        let urls = sigv4 || matches!(scheme, Scheme::Goog4(_));
        let flags = [
            ("--alg", self.alg.is_some(), rfc9421),
            ("--key-id", !self.key_id.is_empty(), !webhook),
            ("--thumbprint-id", self.thumbprint_id, rfc9421 || cavage),
            (
                "--cover",
                !self.cover.is_empty(),
                rfc9421 || cavage || tencent || aliyun,
            ),
            ("--label", !self.label.is_empty(), rfc9421),
            (
                "--expires-in",
                self.expires_in.is_some(),
                rfc9421 || cavage || (urls && self.presign),
            ),
            (
                "--nonce",
                self.nonce.is_some(),
                rfc9421 || webhook || aliyun,
            ),
            ("--no-nonce", self.no_nonce, rfc9421),
            ("--tag", self.tag.is_some(), rfc9421),
            ("--digest", !self.digest.is_empty(), rfc9421),
            ("--presign", self.presign, urls),
            ("--unsigned-payload", self.unsigned_payload, urls || tencent),
            (
                "--session-token",
                self.session_token.is_some(),
                sigv4 || tencent || aliyun,
            ),
            (
                "--authority",
                self.place.states_authority(),
                rfc9421 || webhook,
            ),
            (
                "--trust-forwarded",
                self.place.forwarding().is_some(),
                false,
            ),
        ];
        match flags.iter().find(|(_, given, used)| *given && !used) {
            Some((flag, ..)) => Err(Failure::usage(format!(
                "`{flag}` means nothing when signing with the scheme {}",
                scheme.name()
            ))),
            None => Ok(()),
        }
    }
}

/// The keys that may sign now. One whose time has not come, or is over, is left out and said so; all of them, refused.
fn in_time(env: &Env, keys: Vec<Key>, now: Timestamp) -> Result<Vec<Key>, Failure> {
    let mut left = Vec::new();
    let mut out = Vec::new();
    for key in keys {
        match key.validity.check(now, Leeway::default()) {
            Ok(()) => left.push(key),
            Err(why) => out.push(format!("the key `{}` cannot sign now: {why}", key.name())),
        }
    }
    if left.is_empty() && !out.is_empty() {
        return Err(Failure::new(Kind::Secret, out.join("; ")));
    }
    out.iter().for_each(|text| env.warn(text));
    Ok(left)
}

/// The key whose time began last. Keys without a time are no newer than each other.
fn newest(keys: Vec<Key>) -> Result<Vec<Key>, Failure> {
    let latest = keys.iter().map(|key| key.validity.from).max().flatten();
    let newest: Vec<Key> = keys
        .into_iter()
        .filter(|key| key.validity.from == latest)
        .collect();
    match newest.as_slice() {
        [] | [_] => Ok(newest),
        [one, other, ..] => Err(Failure::new(
            Kind::Secret,
            format!(
                "which key is the newest cannot be told: `{}` and `{}` have the same `nbf`, or none",
                one.name(),
                other.name()
            ),
        )),
    }
}

fn warn_if_short(env: &Env, key: &Key) {
    let minimum = MacAlgorithm::HmacSha256.tag_length();
    if let Material::Secret(secret) = &key.material
        && secret.len() < minimum
    {
        env.warn(&format!(
            "the secret {} has {} bytes; HMAC-SHA256 wants at least {minimum} random ones",
            key.name(),
            secret.len()
        ));
    }
}

impl Signer {
    /// When the signature is made.
    pub(super) fn time(&self, env: &Env) -> Timestamp {
        self.flags.clock.at.unwrap_or(env.now)
    }

    /// The digests to make: those of the flags, or what the other side wants most (RFC 9530 §4).
    pub(super) fn digests(&self, asked: Option<&Message>) -> Vec<&'static str> {
        let chosen: Vec<&'static str> = ["sha-256", "sha-512"]
            .into_iter()
            .filter(|name| self.flags.digest.iter().any(|chosen| chosen == name))
            .collect();
        if !chosen.is_empty() {
            return chosen;
        }
        let wanted = asked.and_then(|asked| wanted(asked, DigestField::Content).ok());
        let most = wanted.and_then(|names| names.into_iter().next());
        vec![most.unwrap_or("sha-256")]
    }

    /// A nonce, unless none is wanted.
    pub(super) fn nonce(&self, env: &Env) -> Result<Option<String>, Failure> {
        if self.flags.nonce.is_some() || self.flags.no_nonce {
            return Ok(self.flags.nonce.clone());
        }
        let bytes: [u8; 16] = env
            .random
            .bytes()
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
        Ok(Some(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Signs a message; of a response `asked` is the request that it answers. With `wishes` the signatures are those
    /// that the other side asks for in its `Accept-Signature`.
    pub(super) fn sign(
        &self,
        env: &Env,
        (message, asked): (&Message, Option<&Message>),
        wishes: Option<&Message>,
    ) -> Result<SignedMessage, Failure> {
        if wishes.is_some() && self.scheme != Scheme::Rfc9421 {
            return Err(Failure::usage("`--accept` belongs to the scheme rfc9421"));
        }
        if self.scheme == Scheme::Rfc9421 {
            return plan::sign(self, env, (message, asked), wishes);
        }
        let exchange = Exchange {
            message,
            request: asked,
            context: &self.context,
        };
        let (edit, text) = match &self.scheme {
            Scheme::Rfc9421 | Scheme::Sigv4(_) => self.aws(env, message)?,
            Scheme::Goog4(expected) => clouds::google(self, env, (message, expected))?,
            Scheme::Tencent(expected) => clouds::tencent(self, env, (message, expected))?,
            Scheme::Aliyun => clouds::aliyun(self, env, message)?,
            Scheme::Azure => clouds::azure(self, env, message)?,
            Scheme::Cavage => self.cavage(env, message)?,
            Scheme::Webhook(description) => {
                let options = webhook::SealOptions {
                    time: self.time(env),
                    id: self.nonce(env)?.map(|nonce| match &self.flags.nonce {
                        Some(_) => nonce,
                        None => format!("msg_{nonce}"),
                    }),
                };
                let keys = (self.keys.as_slice(), &env.random);
                webhook::sign(description, exchange, keys, &options).map_err(refused)?
            }
        };
        Ok(SignedMessage {
            message: edited(message, &edit)?,
            lines: edit.lines(),
            text,
        })
    }

    /// The message without its draft-cavage signature; what that covers is to be covered anew.
    pub(super) fn convert(&mut self, env: &Env, message: &Message) -> Result<Message, Failure> {
        if self.scheme != Scheme::Rfc9421 {
            return Err(Failure::usage(
                "`--convert` makes a signature of the scheme rfc9421",
            ));
        }
        let window = Window {
            now: self.time(env),
            max_age: Some(env.settings.request_max_age()),
            leeway: Leeway::default(),
        };
        let exchange = Exchange::new(message, &self.context);
        let converted = convert::from_cavage(exchange, &self.keys, window).map_err(refused)?;
        self.flags.cover = converted.components;
        if self.flags.key_id.is_empty() {
            self.flags.key_id.extend(converted.key_id);
        }
        Ok(converted.message)
    }

    fn aws(&self, env: &Env, message: &Message) -> Result<(Edit, SignedText), Failure> {
        let missing = |what: &str, flag: &str| {
            Failure::usage(format!("a SigV4 signature needs {what}")).hint(format!("add `{flag}`"))
        };
        let Scheme::Sigv4(expected) = &self.scheme else {
            return Err(Failure::usage("this is not a scheme of AWS"));
        };
        let region = expected.region.as_deref();
        let service = expected.service.as_deref();
        let region = region.ok_or_else(|| missing("its region", "--region us-east-1"))?;
        let service = service.ok_or_else(|| missing("its service", "--service s3"))?;
        let key = self.only_key()?;
        let Material::Secret(secret) = &key.material else {
            return Err(Failure::new(
                Kind::Secret,
                "a secret access key is a shared secret",
            ));
        };
        let id = self
            .key_id(key)
            .ok_or_else(|| missing("the access key id", "--key-id AKIA…"))?;
        let credentials = sigv4::Credentials {
            access_key_id: &id,
            secret,
            session_token: self.session_token.as_ref(),
        };
        let lifetime = self.flags.expires_in.unwrap_or(Duration::from_secs(900));
        let payload =
            if self.flags.unsigned_payload || (self.flags.presign && sigv4::is_s3(service)) {
                sigv4::Payload::Unsigned
            } else {
                sigv4::payload_of(message).map_err(|error| Failure::input(error.to_string()))?
            };
        let settings = sigv4::Settings {
            variant: self.flags.scheme.variant(),
            region,
            service,
            time: self.time(env),
            form: if self.flags.presign {
                sigv4::Form::Query {
                    expires: lifetime.as_secs(),
                }
            } else {
                sigv4::Form::Header
            },
            payload,
            sign_body: false,
            omit_session_token: expected.omit_session_token,
            rules: sigv4::Rules::of_service(service),
        };
        let linked;
        let message = if self.flags.presign {
            linked = for_a_link(message);
            &linked
        } else {
            message
        };
        sigv4::sign_message(message, credentials, &settings, &env.random).map_err(refused)
    }

    fn cavage(&self, env: &Env, message: &Message) -> Result<(Edit, SignedText), Failure> {
        let key = self.only_key()?;
        let id = self.key_id(key).ok_or_else(|| {
            Failure::usage("a signature of this scheme needs a key id").hint("add `--key-id ID`")
        })?;
        let options = cavage::SignOptions {
            key_id: id,
            algorithm: None,
            headers: self
                .flags
                .cover
                .iter()
                .map(|component| component.identifier().trim_matches('"').to_owned())
                .collect(),
            created: self.time(env),
            expires: self
                .flags
                .expires_in
                .map(|duration| self.time(env).plus(duration)),
        };
        cavage::sign(message, key, &options, &env.random).map_err(refused)
    }

    /// The one key of a scheme that carries one signature.
    pub(super) fn only_key(&self) -> Result<&Key, Failure> {
        match self.keys.as_slice() {
            [key] => Ok(key),
            keys => Err(Failure::usage(format!(
                "a message of this scheme carries one signature, and there are {} keys",
                keys.len()
            ))),
        }
    }

    /// The id to write for a key.
    pub(super) fn key_id(&self, key: &Key) -> Option<String> {
        self.flags.key_id.first().cloned().or(key.id.clone())
    }
}

// Who opens a link sends an `Accept` of their own; what `curl` and the like add to every request is not signed.
fn for_a_link(message: &Message) -> Message {
    let mut linked = message.clone();
    linked
        .fields
        .retain(|field| !field.name().eq_ignore_ascii_case("accept") || field.value() != b"*/*");
    linked
}

/// The message with an edit made.
pub(super) fn edited(message: &Message, edit: &Edit) -> Result<Message, Failure> {
    message
        .edited(edit)
        .map_err(|error| Failure::input(error.to_string()).context("cannot sign the message"))
}

/// A message that cannot be signed, and why.
pub(super) fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::input(error.to_string()).context("cannot sign the message")
}
