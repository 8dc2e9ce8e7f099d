//! What a verification demands, as flags: scheme, keys, algorithms, coverage, freshness.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::input::Place;
use super::scheme::SchemeArgs;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::{Env, LoadedKeys};
use crate::cli::error::Failure;
use crate::kernel::key::Expected;
use crate::kernel::replay::{Entry, Remembered, ReplayStore};
use crate::kernel::time::{Leeway, Timestamp, parse_duration};
use crate::request::component::{Component, ComponentError};
use crate::request::{
    Algorithm, Context, Exchange, Forwarding, Message, Policy, Replay, ReplayId, Required, Scheme,
    Unsigned, UriScheme, Verdict, Window,
};

/// What is demanded of a signature.
#[derive(Debug, ClapArgs)]
pub(super) struct Demands {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for several
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// An algorithm that is accepted; repeat for several. By default those of the keys' kinds
    #[arg(long)]
    alg: Vec<Algorithm>,
    /// The label of the signature to verify; by default every signature is looked at
    #[arg(long)]
    label: Option<String>,
    /// A component that must be covered; repeat for more. Replaces the default
    #[arg(long, value_name = "COMPONENT", value_parser = parse_component)]
    require: Vec<Component>,
    /// Require no coverage at all, and no signed body
    #[arg(long, conflicts_with = "require")]
    require_nothing: bool,
    /// The largest age, such as `30s`, or `none` for any [default: 5m, or what the scheme says]
    #[arg(long, value_name = "DURATION", value_parser = max_age)]
    max_age: Option<MaxAge>,
    /// How far the signer's clock may differ, at most `5m`
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    leeway: Leeway,
    /// The tag that the signature must carry
    #[arg(long)]
    tag: Option<String>,
    /// The nonce that the signature must carry
    #[arg(long)]
    nonce: Option<String>,
    /// Remember accepted signatures in this file and refuse them the second time; judges by the present, never by `--at`
    #[arg(long, value_name = "FILE")]
    replay_store: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    clock: Clock,
}

/// The largest age, or none.
#[derive(Debug, Clone, Copy)]
struct MaxAge(Option<Duration>);

fn max_age(text: &str) -> Result<MaxAge, String> {
    if text == "none" {
        return Ok(MaxAge(None));
    }
    parse_duration(text)
        .map(|age| MaxAge(Some(age)))
        .map_err(|error| error.to_string())
}

/// Reads a component as it is written on the command line.
pub(super) fn parse_component(text: &str) -> Result<Component, String> {
    Component::parse(text).map_err(|error: ComponentError| error.to_string())
}

/// A verifier that is ready: everything but the messages.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) scheme: Scheme,
    pub(super) keys: LoadedKeys,
    pub(super) policy: Policy,
    context: Context,
    forwarding: Option<Forwarding>,
    store: Option<ReplayStore>,
}

impl Demands {
    /// Which field of the nearest proxy is believed.
    pub(super) fn forwarding(&self) -> Option<Forwarding> {
        self.place.forwarding()
    }

    /// The same, where what arrives is plain HTTP unless somebody says otherwise.
    pub(super) fn judge_plain(self, env: &Env) -> Result<Judge, Failure> {
        let context = self.place.context(UriScheme::Http);
        Ok(Judge {
            context,
            ..self.judge(env)?
        })
    }

    /// Whether a time to judge by is given.
    pub(super) fn has_fixed_time(&self) -> bool {
        self.clock.at.is_some()
    }

    /// Resolves keys and settings.
    pub(super) fn judge(self, env: &Env) -> Result<Judge, Failure> {
        if self.key.is_empty() {
            return Err(Failure::usage("no key is given")
                .hint("say where it is: `--key env:NAME` or `--key file:PATH`"));
        }
        self.judge_perhaps_without_key(env)
    }

    /// As [`Demands::judge_perhaps_without_key`], for a verb that accepts nothing and so remembers nothing.
    pub(super) fn judge_without_store(self, env: &Env) -> Result<Judge, Failure> {
        if self.replay_store.is_some() {
            return Err(
                Failure::usage("this command accepts nothing, so it asks no replay store")
                    .hint("leave `--replay-store` out"),
            );
        }
        self.judge_perhaps_without_key(env)
    }

    /// As [`Demands::judge`], for verbs that can say something without a key.
    fn judge_perhaps_without_key(self, env: &Env) -> Result<Judge, Failure> {
        // A store that judged by another time would forget what can still be replayed, or remember it with a wrong age.
        if self.replay_store.is_some() && self.clock.at.is_some() {
            return Err(Failure::usage(
                "`--replay-store` judges by the present, so `--at` cannot stand beside it",
            )
            .hint("leave one of them out: to judge an old message again, leave the store out"));
        }
        let scheme = self.scheme.resolve(env)?;
        let keys = env.keys(&self.key, &self.reading, Expected::Verification)?;
        let dated = matches!(self.max_age, Some(MaxAge(Some(_))));
        let remembers = self.replay_store.is_some();
        let max_age = match self.max_age {
            Some(MaxAge(age)) => age,
            None => Some(scheme.max_age().unwrap_or(env.settings.request_max_age())),
        };
        let policy = Policy {
            label: self.label,
            required: match (self.require, self.require_nothing) {
                (_, true) => Required::Listed(Vec::new()),
                (required, false) if required.is_empty() => Required::Default,
                (required, false) => Required::Listed(required),
            },
            algorithms: Some(self.alg).filter(|accepted| !accepted.is_empty()),
            tag: self.tag,
            nonce: self.nonce,
            window: Window {
                now: self.clock.at.unwrap_or(env.now),
                max_age,
                leeway: self.leeway,
            },
            dated,
            remembers,
        };
        let store = match self.replay_store {
            Some(path) => Some(ReplayStore::open(&path)?),
            None => None,
        };
        Ok(Judge {
            scheme,
            keys,
            policy,
            context: self.place.context(UriScheme::Https),
            forwarding: self.place.forwarding(),
            store,
        })
    }
}

/// The scope of what signatures by several keys have in common.
const SHARED: &str = "";

impl Judge {
    /// What is known around a message: the flags, what its saved form says of its scheme, and what the nearest proxy
    /// says, if that is believed.
    pub(super) fn context(&self, message: &Message, scheme: Option<UriScheme>) -> Context {
        let mut context = self.context.clone();
        if let Some(scheme) = scheme {
            context.scheme = scheme;
        }
        match self.forwarding {
            Some(by) => context.forwarded(message, by),
            None => context,
        }
    }

    /// The verdicts about a message; what is accepted is remembered, if there is a store.
    pub(super) fn verdicts(
        &self,
        exchange: Exchange<'_>,
    ) -> Result<Result<Vec<Verdict>, Unsigned>, Failure> {
        let mut verdicts = self.scheme.verify(exchange, &self.keys.keys, &self.policy);
        if let Ok(verdicts) = &mut verdicts {
            self.remember(verdicts.iter_mut(), self.policy.window.now)?;
        }
        Ok(verdicts)
    }

    /// Whether there is a store.
    pub(super) fn remembers(&self) -> bool {
        self.store.is_some()
    }

    /// Asks the store about the verdicts on one message that are accepted so far.
    pub(super) fn remember<'v>(
        &self,
        verdicts: impl Iterator<Item = &'v mut Verdict>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut accepted: Vec<&mut Verdict> = verdicts.filter(|each| each.is_accepted()).collect();
        if self.remembers() && accepted.iter().any(|each| each.replay_id.is_none()) {
            return Err(self.nothing_to_remember());
        }
        if accepted.is_empty() {
            return Ok(());
        }
        let ids = accepted.iter().filter_map(|each| each.replay_id.as_ref());
        let answers = self.ask(&[ids.collect()], now)?;
        for verdict in &mut accepted {
            verdict.replay = answers.first().copied().unwrap_or(Replay::NotAsked);
        }
        Ok(())
    }

    /// A scheme without anything that is seen once.
    pub(super) fn nothing_to_remember(&self) -> Failure {
        Failure::usage(format!(
            "the scheme {} has nothing that a replay store could remember",
            self.scheme.name()
        ))
    }

    /// Asks the store about messages by their signatures that are accepted so far: a nonce is committed only after everything
    /// else holds, and on the disk before the verdict is told. What was seen in one signature was seen of the message. The
    /// answers are in the order of the question.
    pub(super) fn ask(
        &self,
        messages: &[Vec<&ReplayId>],
        now: Timestamp,
    ) -> Result<Vec<Replay>, Failure> {
        let Some(store) = &self.store else {
            return Ok(vec![Replay::NotAsked; messages.len()]);
        };
        let (mut entries, mut counts) = (Vec::new(), Vec::with_capacity(messages.len()));
        for ids in messages {
            let before = entries.len();
            for (index, id) in ids.iter().enumerate() {
                let expires = id.until.unwrap_or(Timestamp::MAX);
                let entry = |scope, id| Entry { scope, id, expires };
                entries.push(entry(id.scope.as_str(), id.id.as_slice()));
                let mut earlier = ids.iter().take(index);
                if let Some(shared) = &id.shared
                    && earlier.all(|other| other.shared != id.shared)
                {
                    entries.push(entry(SHARED, shared));
                }
            }
            counts.push(entries.len() - before);
        }
        let mut remembered = store.remember(&entries, now)?.into_iter();
        let answers = counts.into_iter().map(|count| {
            let of_message = remembered.by_ref().take(count);
            of_message.fold(Replay::New, |worst, known| match (worst, known) {
                (Replay::Seen { .. }, _) => worst,
                (_, Remembered::Seen { first }) => Replay::Seen { first },
                (_, Remembered::Forgotten) => Replay::Forgotten,
                (_, Remembered::New) => worst,
            })
        });
        Ok(answers.collect())
    }
}
