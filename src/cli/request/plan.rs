//! Which RFC 9421 signatures are made: one for each key, or one for each wish of the other side.

use std::time::Duration;

use super::signer::{SignedMessage, Signer, edited};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::key::Key;
use crate::request::rfc9421::{self, SignError, SignOptions, Wish};
use crate::request::{Algorithm, Exchange, Message, SignedText};

/// Signs a message once for each signature that is planned.
pub(super) fn sign(
    signer: &Signer,
    env: &Env,
    (message, asked): (&Message, Option<&Message>),
    wishes: Option<&Message>,
) -> Result<SignedMessage, Failure> {
    let plan = match wishes {
        Some(asking) => wished(signer, env, asking)?,
        None => for_each_key(signer, env, (message, asked))?,
    };
    let mut current = message.clone();
    let mut lines = Vec::new();
    let mut text = None;
    for (key, options) in &plan {
        let exchange = Exchange {
            message: &current,
            request: asked,
            context: &signer.context,
        };
        let signed = rfc9421::sign(exchange, key, options, &env.random).map_err(refused)?;
        current = edited(&current, &signed.edit)?;
        lines.extend(signed.edit.lines());
        text = Some(signed.base);
    }
    let base = text.ok_or_else(|| Failure::input("there is nothing to sign"))?;
    Ok(SignedMessage {
        message: current,
        lines,
        text: SignedText::Base(base),
    })
}

fn for_each_key<'k>(
    signer: &'k Signer,
    env: &Env,
    (message, asked): (&Message, Option<&Message>),
) -> Result<Vec<(&'k Key, SignOptions)>, Failure> {
    let flags = &signer.flags;
    let keys = &signer.keys;
    if flags.key_id.len() > keys.len() || flags.label.len() > keys.len() {
        return Err(Failure::usage(format!(
            "there are more `--key-id` or `--label` than keys ({})",
            keys.len()
        )));
    }
    let created = signer.time(env);
    // One message has one nonce, however many keys sign it: a part of its signatures is the same message.
    let nonce = signer.nonce(env)?;
    let mut plan = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let label = flags.label.get(index).cloned();
        let options = SignOptions {
            label: label.unwrap_or_else(|| format!("sig{}", index + 1)),
            components: if flags.cover.is_empty() {
                rfc9421::default_components(message)
            } else {
                flags.cover.clone()
            },
            algorithm: algorithm(flags.alg, key)?,
            created: Some(created),
            expires: flags.expires_in.map(|duration| created.plus(duration)),
            nonce: nonce.clone(),
            key_id: flags.key_id.get(index).cloned().or(key.id.clone()),
            tag: flags.tag.clone(),
            digests: signer.digests(asked),
        };
        plan.push((key, options));
    }
    Ok(plan)
}

// RFC 9421 §5.2: label, components, nonce, tag, algorithm and key id exactly as they were asked for.
fn wished<'k>(
    signer: &'k Signer,
    env: &Env,
    asking: &Message,
) -> Result<Vec<(&'k Key, SignOptions)>, Failure> {
    let wishes = rfc9421::wishes(asking).map_err(|error| {
        let name = asking.source.name();
        Failure::input(error.to_string()).context(format!("cannot sign what `{name}` asks for"))
    })?;
    let flags = &signer.flags;
    let created = signer.time(env);
    let lifetime = flags.expires_in.unwrap_or(Duration::from_secs(300));
    let mut plan = Vec::new();
    for wish in wishes {
        let key = key_for(&wish, &signer.keys)?;
        let asked: Option<Algorithm> = match &wish.algorithm {
            Some(name) => Some(name.parse().map_err(Failure::input)?),
            None => flags.alg,
        };
        let options = SignOptions {
            algorithm: algorithm(asked, key)?,
            created: wish.created.then_some(created),
            expires: wish.expires.then(|| created.plus(lifetime)),
            nonce: wish.nonce,
            key_id: wish.key_id.or(key.id.clone()),
            tag: wish.tag,
            digests: signer.digests(Some(asking)),
            label: wish.label,
            components: wish.components,
        };
        plan.push((key, options));
    }
    Ok(plan)
}

fn key_for<'k>(wish: &Wish, keys: &'k [Key]) -> Result<&'k Key, Failure> {
    let named = |key: &&Key| match (&key.id, &wish.key_id) {
        (Some(id), Some(wanted)) => id == wanted,
        _ => true,
    };
    keys.iter().find(named).ok_or_else(|| {
        let wanted = wish.key_id.as_deref().unwrap_or_default();
        Failure::new(
            Kind::Secret,
            format!("no key given has the id `{wanted}` that the other side asks for"),
        )
    })
}

fn algorithm(chosen: Option<Algorithm>, key: &Key) -> Result<Algorithm, Failure> {
    let fitting = Algorithm::ALL.into_iter().find(|each| each.fits(key));
    chosen.or(fitting).ok_or_else(|| {
        Failure::new(
            Kind::Secret,
            format!("no algorithm of RFC 9421 is made with {}", key.describe()),
        )
    })
}

fn refused(error: SignError) -> Failure {
    let failure = Failure::input(error.to_string()).context("cannot sign the message");
    match error {
        SignError::LabelTaken(_) => failure.hint("give the new one another `--label`"),
        _ => failure,
    }
}
