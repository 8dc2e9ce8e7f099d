//! `countersign request listen`.

mod forward;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args as ClapArgs;

use super::demands::{Demands, Judge};
use super::verify::record;
use super::view::VerdictView;
use crate::cli::args::{Network, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::loopback::{self, Limits, Reply};
use crate::cli::outcome::{self, Body, Outcome, View as _};
use crate::cli::paint::Paint;
use crate::kernel::fs;
use crate::kernel::time::{Timestamp, parse_duration};
use crate::request::structured_field::{BareItem, serialize_bare};
use crate::request::{Exchange, Message, Policy, Required, Scheme};
use forward::Forward;

/// Receive signed requests and verify them
///
/// Listens on loopback, verifies what arrives and says why, as `request verify` does. An accepted request is answered
/// with 200, or passed on to `--forward` and signed anew; a refused one with 401 and, for RFC 9421, the
/// `Accept-Signature` that would do. Ctrl-C answers what is under way, closes what is idle and ends.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request listen --scheme stripe --key env:STRIPE_SECRET --port 8400
  countersign request listen --key file:order.key --target-scheme http --replay-store seen.db --forward http://127.0.0.1:9000 --allow-local

Exit codes: 0 ended and every request was accepted, 1 one was refused, 2 cannot listen")]
pub(crate) struct Args {
    /// The port; 0 takes a free one, which is told on standard error
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// End after this many requests
    #[arg(long, value_name = "N")]
    requests: Option<u64>,
    /// The largest body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    max_body: usize,
    /// The largest number of connections at a time
    #[arg(long, value_name = "N", default_value_t = 32)]
    max_connections: usize,
    /// The time for a request to arrive
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    patience: Duration,
    /// Pass accepted requests on to this URL, and their answers back; `Forwarded` and `X-Forwarded-*` go along only where
    /// `--trust-forwarded` believes them
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// Where the key is that passed requests are signed with, RFC 9421
    #[arg(
        long,
        value_name = "REF",
        requires = "forward",
        allow_hyphen_values = true
    )]
    forward_key: Option<SecretArg>,
    /// The key id to write into that signature
    #[arg(long, value_name = "ID", requires = "forward_key")]
    forward_key_id: Option<String>,
    /// Also print the text that is signed
    #[arg(long)]
    show_base: bool,
    #[command(flatten)]
    demands: Demands,
    #[command(flatten)]
    network: Network,
}

/// What the connections share.
struct Shared<'e> {
    env: &'e Env,
    judge: Judge,
    forward: Option<Forward>,
    show_base: bool,
    fixed_time: bool,
    /// How many were refused, and the first failure that ends the run.
    ended: Mutex<(u64, Option<Failure>)>,
    stop: Arc<AtomicBool>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let fixed_time = args.demands.has_fixed_time();
    let trusted = args.demands.forwarding();
    let judge = args.demands.judge_plain(env)?;
    let forward = match &args.forward {
        Some(url) => Some(Forward::new(
            env,
            (url, &args.network),
            (args.forward_key.as_ref(), args.forward_key_id.clone()),
            trusted,
        )?),
        None => None,
    };
    let listener = loopback::listener(args.port)?;
    let stop = loopback::stop_flag()?;
    if let Ok(address) = listener.local_addr() {
        env.note(&format!("listening on http://{address}"));
    }
    let shared = Shared {
        env,
        judge,
        forward,
        show_base: args.show_base,
        fixed_time,
        ended: Mutex::new((0, None)),
        stop: Arc::clone(&stop),
    };
    let limits = Limits {
        body: args.max_body,
        connections: args.max_connections,
        patience: args.patience,
        messages: args.requests,
    };
    let handler = |message: Message, peer: SocketAddr| shared.answer(&message, peer);
    let answered = loopback::serve(&listener, limits, &stop, &handler).map_err(|error| {
        Failure::new(
            Kind::Network,
            format!("cannot go on listening: {}", fs::describe(&error)),
        )
    })?;
    let (refused, failure) = shared
        .ended
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = failure {
        return Err(failure);
    }
    env.note(&format!("{answered} requests answered, {refused} refused"));
    Ok(Outcome {
        exit: if refused == 0 {
            ExitCode::Yes
        } else {
            ExitCode::No
        },
        ..Outcome::done(Body::Bytes(Vec::new()))
    })
}

impl Shared<'_> {
    fn answer(&self, message: &Message, peer: SocketAddr) -> Reply {
        let now = if self.fixed_time {
            self.judge.policy.window.now
        } else {
            self.env.current_time()
        };
        match self.judged(message, now) {
            Ok(view) if view.is_accepted() => self.accepted(message, peer, now),
            Ok(view) => self.refused(message, &view),
            Err(failure) => {
                let told = failure.message().to_owned();
                let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.1.get_or_insert(failure);
                self.stop.store(true, Ordering::SeqCst);
                Reply::text((500, "Internal Server Error"), told)
            }
        }
    }

    // Remembered, recorded and told before the sender hears of it.
    fn judged(&self, message: &Message, now: Timestamp) -> Result<VerdictView, Failure> {
        let mut policy = self.judge.policy.clone();
        policy.window.now = now;
        let context = self.judge.context(message, None);
        let exchange = Exchange::new(message, &context);
        let keys = &self.judge.keys.keys;
        let mut verdicts = self.judge.scheme.verify(exchange, keys, &policy);
        if let Ok(verdicts) = &mut verdicts {
            self.judge.remember(verdicts.iter_mut(), now)?;
        }
        let view = VerdictView::new(message, verdicts).show_base(self.show_base);
        outcome::record(self.env, vec![record(message, &view)])?;
        let text = if self.env.wants_json() {
            format!("{}\n", view.json())
        } else {
            let mut paint = Paint::new(self.env.style());
            let line = format!(
                "{} {}",
                message.method().unwrap_or("(a response)"),
                message.target().unwrap_or_default()
            );
            paint.line(&line);
            view.human(&mut paint);
            paint.gap();
            paint.finish()
        };
        outcome::write_stdout(text.as_bytes())?;
        Ok(view)
    }

    fn accepted(&self, message: &Message, peer: SocketAddr, now: Timestamp) -> Reply {
        let Some(forward) = &self.forward else {
            return Reply::text((200, "OK"), "accepted");
        };
        forward.pass(message, now).unwrap_or_else(|problem| {
            self.env
                .warn(&format!("what {peer} sent was not passed on: {problem}"));
            Reply::text((502, "Bad Gateway"), "accepted, and not passed on")
        })
    }

    fn refused(&self, message: &Message, view: &VerdictView) -> Reply {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).0 += 1;
        let codes: Vec<&str> = view.reasons().iter().map(|reason| reason.code()).collect();
        let text = format!("refused: {}", codes.join(", "));
        let mut reply = Reply::text((401, "Unauthorized"), text);
        if self.judge.scheme == Scheme::Rfc9421 {
            let wish = wish(message, &self.judge.policy);
            reply
                .fields
                .push(("Accept-Signature".to_owned(), wish.into_bytes()));
        }
        reply
    }
}

// RFC 9421 §5.1: what would have been accepted.
fn wish(message: &Message, policy: &Policy) -> String {
    let components: Vec<String> = match &policy.required {
        Required::Default => {
            let mut names = vec!["@method", "@authority", "@path", "@query"];
            if message.has_body() {
                names.push("content-digest");
            }
            names
                .into_iter()
                .map(|name| format!("\"{name}\""))
                .collect()
        }
        Required::Listed(components) => components
            .iter()
            .map(|component| component.identifier().to_owned())
            .collect(),
    };
    let text = |name: &str, value: &Option<String>| {
        let item = BareItem::String(value.clone()?.into());
        Some(format!(";{name}={}", serialize_bare(&item).ok()?))
    };
    let tag = text("tag", &policy.tag).unwrap_or_default();
    let nonce = text("nonce", &policy.nonce).unwrap_or_default();
    format!("sig1=({});created{nonce}{tag}", components.join(" "))
}
