//! The forms in which a signed message is written: whole, its new fields, a curl command, a HAR.

use std::io::{self, Write};
use std::sync::Arc;

use clap::ValueEnum;

use super::signer::SignedMessage;
use super::view::SignedView;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::time::Timestamp;
use crate::request::{Content, ContentStream, Context, Message, RequestParts, curl, har};

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Emit {
    /// The whole signed message
    Message,
    /// The new fields alone
    Headers,
    /// The text that is signed
    Base,
    /// A curl command that sends the message
    Curl,
    /// The new URL, of a presigned request
    Url,
    /// An HTTP archive with the message in it
    Har,
}

/// Writes a signed message.
pub(super) fn emit(
    env: &Env,
    emit: Emit,
    signed: &SignedMessage,
    (context, time): (&Context, Timestamp),
) -> Result<Outcome, Failure> {
    if env.wants_json() {
        if signed.message.content().is_none() {
            return Err(
                Failure::usage("the message is too large to be written as JSON")
                    .hint("leave `--format json` out"),
            );
        }
        return Ok(Outcome::view(SignedView {
            message: signed.message.source.bytes().to_vec(),
            fields: signed.lines.clone(),
            base: String::from_utf8_lossy(&signed.text.last_text()).into_owned(),
        }));
    }
    let message = &signed.message;
    Ok(Outcome::done(match emit {
        Emit::Message => whole(message),
        Emit::Headers => Body::Bytes(ended(signed.lines.join("\n"))),
        Emit::Base => Body::Bytes(signed.text.last_text()),
        Emit::Url => {
            let parts = Parts::of(message, context)?;
            let (scheme, authority) = (context.scheme.name(), &parts.authority);
            Body::Bytes(ended(format!("{scheme}://{authority}{}", parts.target)))
        }
        Emit::Curl => {
            let parts = Parts::of(message, context)?;
            let command = curl::write_curl(&parts.borrowed(context))
                .map_err(|error| Failure::input(error.to_string()))?;
            if command.body_from_stdin {
                env.note("the command reads the body from standard input");
            }
            Body::Bytes(ended(command.line))
        }
        Emit::Har => {
            let parts = Parts::of(message, context)?;
            let har = har::write_har(&parts.borrowed(context), None, time)
                .map_err(|error| Failure::input(error.to_string()))?;
            Body::Bytes(ended(format!("{har:#}")))
        }
    }))
}

fn ended(mut text: String) -> Vec<u8> {
    text.push('\n');
    text.into_bytes()
}

/// A request taken apart, as the writers want it.
struct Parts<'m> {
    authority: String,
    method: &'m str,
    target: &'m str,
    fields: Vec<(&'m str, &'m [u8])>,
    body: &'m [u8],
}

impl<'m> Parts<'m> {
    fn of(message: &'m Message, context: &Context) -> Result<Self, Failure> {
        let (Some(method), Some(target)) = (message.method(), message.target()) else {
            return Err(Failure::usage(
                "a response is no request that curl or a URL could name",
            ));
        };
        let body = message.content().ok_or_else(|| {
            Failure::usage("the message is too large for this form").hint("write `--emit message`")
        })?;
        let stated = context.authority.as_deref();
        let authority = message.only("host").or(stated).ok_or_else(|| {
            Failure::input("the message has no `Host`, so no URL").hint("add `--authority HOST`")
        })?;
        let fields = message.fields.iter();
        Ok(Self {
            authority: authority.to_owned(),
            method,
            target,
            fields: fields.map(|field| (field.name(), field.value())).collect(),
            body,
        })
    }

    fn borrowed(&self, context: &Context) -> RequestParts<'_> {
        RequestParts {
            scheme: context.scheme,
            authority: &self.authority,
            method: self.method,
            target: self.target,
            fields: &self.fields,
            body: self.body,
        }
    }
}

fn whole(message: &Message) -> Body {
    let head = message.source.bytes().to_vec();
    match &message.content {
        Content::Stream(content) => {
            let content = Arc::clone(content);
            Body::Streamed(Box::new(move |sink| write(&head, content.as_ref(), sink)))
        }
        Content::Within(_) | Content::Apart(_) => Body::Bytes(head),
    }
}

fn write(head: &[u8], content: &dyn ContentStream, sink: &mut dyn Write) -> io::Result<()> {
    sink.write_all(head)?;
    let mut failed = None;
    let read = content.feed(&mut |piece| {
        if failed.is_none() {
            failed = sink.write_all(piece).err();
        }
    });
    match failed {
        Some(error) => Err(error),
        None => read.map_err(io::Error::other),
    }
}
