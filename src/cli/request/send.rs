//! `countersign request send`.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::compare::compare;
use super::input::OneMessage;
use super::signer::{Signer, SigningFlags};
use super::view::{SentView, VerdictView};
use crate::cli::args::{Network, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::http::{Answer, Client, Outgoing, Policy as HttpPolicy};
use crate::kernel::key::Expected;
use crate::kernel::source::Source;
use crate::kernel::time::Leeway;
use crate::request::component::is_absolute;
use crate::request::{Edit, Exchange, Message, Policy, Scheme, Window};

/// Sign a request and send it
///
/// What the transport would add is made part of the request first, so that the signature is over the head that leaves;
/// the answer is shown with its time. A redirect is shown and never followed: nothing is signed again for another
/// place. With `--response-key` the answer must carry a good RFC 9421 signature.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request send --key env:ORDER_KEY --key-id order --url https://orders.example/v1/orders --data order.json
  countersign request send --key file:order.key --response-key file:server.pem request.http

Exit codes: 0 answered below 400, 1 answered with 400 or above or with a bad signature, 2 no answer")]
pub(crate) struct Args {
    #[command(flatten)]
    message: OneMessage,
    #[command(flatten)]
    signing: SigningFlags,
    /// Where a key is that the answer must be signed with; repeat for several
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    response_key: Vec<SecretArg>,
    /// Show the whole body of the answer, and not its beginning alone
    #[arg(long)]
    whole_body: bool,
    #[command(flatten)]
    network: Network,
}

/// The largest answer.
const MAX_ANSWER: u64 = 16 << 20;

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let loaded = args.message.load(env, None)?;
    let response_keys = env.keys(
        &args.response_key,
        &Default::default(),
        Expected::Verification,
    )?;
    let mut signer = args.signing.signer(env)?;
    if let Some(scheme) = loaded.scheme {
        signer.context.scheme = scheme;
    }
    let client = env.client(
        &args.network,
        HttpPolicy {
            follow: false,
            max_bytes: MAX_ANSWER,
            ..HttpPolicy::default()
        },
    )?;
    let prepared = prepare(env, &client, &loaded.message, &signer)?;
    let signed = signer.sign(env, (&prepared, None), None)?;
    let url = raw_url(&signed.message, &signer)?;
    let outgoing = outgoing(&signed.message, url.clone())?;
    let (answer, took) = env.timed(|| client.send(outgoing));
    let answer = answer?;
    let response = response(&answer, &signed.message)?;
    let verdict = if args.response_key.is_empty() {
        None
    } else {
        let policy = Policy::new(Window {
            now: signer.time(env),
            max_age: Some(env.settings.request_max_age()),
            leeway: Leeway::new(Duration::from_secs(5)).unwrap_or_default(),
        });
        let exchange = Exchange {
            message: &response,
            request: Some(&signed.message),
            context: &signer.context,
        };
        let verdicts = Scheme::Rfc9421.verify(exchange, &response_keys.keys, &policy);
        Some(VerdictView::new(&response, verdicts))
    };
    let good = verdict.as_ref().is_none_or(VerdictView::is_accepted);
    let exit = if answer.status < 400 && good {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    let compared = match (answer.status, std::str::from_utf8(&answer.body)) {
        (400.., Ok(text)) if told(text) => compare(Some(&signed.text), text),
        _ => Vec::new(),
    };
    Ok(Outcome {
        exit,
        ..Outcome::view(SentView {
            url,
            signed,
            answer,
            took,
            verdict,
            compared,
            whole_body: args.whole_body,
        })
    })
}

// AWS tells what it signed itself.
fn told(text: &str) -> bool {
    text.contains("StringToSign") || text.contains("String-to-Sign")
}

// Everything that the transport would add or write in another way, done before the signature is made.
fn prepare(
    env: &Env,
    client: &Client,
    message: &Message,
    signer: &Signer,
) -> Result<Message, Failure> {
    if !message.is_request() {
        return Err(Failure::usage("a response cannot be sent; give a request"));
    }
    let (authority, target) = client.destination(&raw_url(message, signer)?)?;
    let mut edit = Edit::default();
    if message.target() != Some(target.as_str()) {
        env.note(&format!("the target is sent as `{target}`"));
        edit.target = Some(target);
    }
    if message.only("host") != Some(authority.as_str()) {
        edit.replace("Host", authority);
    }
    if message.values("accept").next().is_none() {
        edit.add("Accept", "*/*");
    }
    if message.values("user-agent").next().is_none() {
        edit.add(
            "User-Agent",
            concat!("countersign/", env!("CARGO_PKG_VERSION")),
        );
    }
    let method = message.method().unwrap_or_default();
    let counted = message.has_body() || matches!(method, "POST" | "PUT" | "PATCH");
    if counted && message.values("content-length").next().is_none() {
        edit.remove.push("Transfer-Encoding".to_owned());
        edit.add("Content-Length", message.content_length().to_string());
    }
    if edit == Edit::default() {
        return Ok(message.clone());
    }
    let head = message.head_with(&edit);
    let body = whole_body(message)?;
    let source = Source::new(message.source.name(), [head, body].concat())?;
    Message::parse(&source).map_err(|error| Failure::input(error.to_string()))
}

fn whole_body(message: &Message) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    message
        .feed(&mut |piece| body.extend_from_slice(piece))
        .map_err(|error| Failure::input(error.to_string()))?;
    Ok(body)
}

fn raw_url(message: &Message, signer: &Signer) -> Result<String, Failure> {
    let target = message.target().unwrap_or_default();
    if is_absolute(target) {
        return Ok(target.to_owned());
    }
    let stated = signer.context.authority.as_deref();
    let authority = stated.or(message.only("host")).ok_or_else(|| {
        Failure::input("the request has no `Host`, so it cannot be sent")
            .hint("add `--authority HOST`")
    })?;
    Ok(format!(
        "{}://{authority}{target}",
        signer.context.scheme.name()
    ))
}

fn outgoing(message: &Message, url: String) -> Result<Outgoing, Failure> {
    let fields = message.fields.iter();
    Ok(Outgoing {
        method: message.method().unwrap_or_default().to_owned(),
        url,
        fields: fields
            .map(|field| (field.name().to_owned(), field.value().to_vec()))
            .collect(),
        body: whole_body(message)?,
    })
}

// The answer as a message; its transfer coding was taken off on the way.
fn response(answer: &Answer, asked: &Message) -> Result<Message, Failure> {
    let mut bytes = format!("HTTP/1.1 {}\r\n", answer.status).into_bytes();
    for (name, value) in &answer.fields {
        if name == "transfer-encoding" {
            continue;
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&answer.body);
    let source = Source::new("the answer", bytes)?;
    let message = Message::parse_answer(&source, asked);
    message.map_err(|error| Failure::input(format!("the answer: {error}")))
}
