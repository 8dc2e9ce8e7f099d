//! The messages that a verb is about: files, standard input, with their bodies at hand or in pieces.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::stream::{Large, Spooled, large_file, spool};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::source::Source;
use crate::request::structured_field::FieldType;
use crate::request::{Context, Forwarding, Message, MessageError, UriScheme, curl, har};

/// What the message cannot say about itself.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Place {
    /// The scheme of the request's URI: https or http [default: https; while listening http]
    #[arg(long, value_name = "SCHEME", value_parser = uri_scheme)]
    target_scheme: Option<UriScheme>,
    /// The host (and port) that the client asked, where a proxy changed `Host`
    #[arg(long, value_name = "HOST")]
    authority: Option<String>,
    /// Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded
    #[arg(long, value_name = "FIELD", conflicts_with = "authority", value_parser = forwarding)]
    trust_forwarded: Option<Forwarding>,
    /// The type of a structured field that is not registered: list, dictionary or item; repeat for more
    #[arg(long = "field-type", value_name = "NAME=TYPE", value_parser = field_type)]
    field_types: Vec<(String, FieldType)>,
}

impl Place {
    /// Whether an authority is stated.
    pub(super) fn states_authority(&self) -> bool {
        self.authority.is_some()
    }

    /// Which field of the nearest proxy is believed.
    pub(super) fn forwarding(&self) -> Option<Forwarding> {
        self.trust_forwarded
    }

    /// As the job wants it.
    pub(super) fn context(&self, default: UriScheme) -> Context {
        Context {
            scheme: self.target_scheme.unwrap_or(default),
            authority: self.authority.clone(),
            field_types: self.field_types.clone(),
            forwarding_defect: None,
        }
    }
}

fn uri_scheme(text: &str) -> Result<UriScheme, String> {
    UriScheme::from_name(text).ok_or_else(|| format!("`{text}` is neither https nor http"))
}

fn forwarding(text: &str) -> Result<Forwarding, String> {
    match text {
        "forwarded" => Ok(Forwarding::Standard),
        "x-forwarded" => Ok(Forwarding::Legacy),
        _ => Err(format!("`{text}` is neither forwarded nor x-forwarded")),
    }
}

fn field_type(text: &str) -> Result<(String, FieldType), String> {
    let (name, kind) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not `NAME=TYPE`"))?;
    Ok((name.to_ascii_lowercase(), kind.parse()?))
}

/// One message, however it is given.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct OneMessage {
    /// The message, a file or `-`
    #[arg(required_unless_present_any = ["curl", "har", "url"])]
    message: Option<PathBuf>,
    #[command(flatten)]
    saved: Saved,
    #[command(flatten)]
    written: Written,
}

/// A request as flags.
#[derive(Debug, Clone, ClapArgs)]
struct Written {
    /// The URL of a request that is given by flags
    #[arg(long, conflicts_with_all = ["message", "curl", "har"])]
    url: Option<String>,
    /// Its method [default: GET, or POST with `--data`]
    #[arg(short = 'X', long, requires = "url")]
    method: Option<String>,
    /// A header field of it, `Name: value`; repeat for more
    #[arg(short = 'H', long = "header", value_name = "FIELD", requires = "url")]
    headers: Vec<String>,
    /// Its body, a file or `-`
    #[arg(long, value_name = "FILE", requires = "url")]
    data: Option<PathBuf>,
}

/// Messages as other programs save them.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Saved {
    /// A `curl` command line, or a file that holds one, in place of the message
    #[arg(long, value_name = "LINE", conflicts_with = "har")]
    pub(super) curl: Option<String>,
    /// An HTTP archive, a file or `-`, in place of the message
    #[arg(long, value_name = "FILE")]
    pub(super) har: Option<PathBuf>,
    /// Which entry of the archive, from 0
    #[arg(long, value_name = "N", requires = "har")]
    pub(super) entry: Option<usize>,
}

/// A message with what its form says of it.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The message.
    pub(super) message: Message,
    /// The request that it answers, if both were saved together.
    pub(super) asked: Option<Message>,
    /// The scheme of its URL, if the form says it.
    pub(super) scheme: Option<UriScheme>,
    /// Why it may not be what was sent.
    pub(super) undecidable: Vec<String>,
    /// Why even a signature that matches proves nothing.
    pub(super) unreliable: Vec<String>,
}

impl Loaded {
    /// A message that was saved as it is.
    pub(super) fn plain(message: Message) -> Self {
        Self {
            message,
            asked: None,
            scheme: None,
            undecidable: Vec::new(),
            unreliable: Vec::new(),
        }
    }
}

impl OneMessage {
    /// Reads the message, which answers a request if there is one.
    pub(super) fn load(&self, env: &Env, asked: Option<&Message>) -> Result<Loaded, Failure> {
        if let Some(path) = &self.message {
            if self.saved.curl.is_some() || self.saved.har.is_some() {
                return Err(Failure::usage(
                    "give a message, `--curl` or `--har`, and not two of them",
                ));
            }
            return answer(env, path, asked).map(Loaded::plain);
        }
        if let Some(url) = &self.written.url {
            return self.written.load(env, url);
        }
        let mut all = self.saved.load(env)?;
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(Failure::usage(format!(
                "the archive holds {} messages",
                all.len() + 1
            ))
            .hint("choose one with `--entry N`")),
            (None, _) => Err(Failure::new(Kind::Nothing, "the archive holds no message")),
        }
    }
}

impl Written {
    fn load(&self, env: &Env, url: &str) -> Result<Loaded, Failure> {
        let body = match &self.data {
            Some(path) => env.source(path)?.bytes().to_vec(),
            None => Vec::new(),
        };
        let named = url.split_once("://");
        let (name, rest) = named.ok_or_else(|| Failure::usage("the URL is not absolute"))?;
        let scheme = UriScheme::from_name(name)
            .ok_or_else(|| Failure::usage("the URL is neither https nor http"))?;
        let texts = self.headers.iter().chain(&self.method);
        if url.contains(char::is_control)
            || texts.clone().any(|text| text.contains(['\r', '\n', '\0']))
        {
            return Err(Failure::usage(
                "the URL, the method or a field holds a control character",
            ));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err(Failure::usage("the URL has no host, or a user name in it"));
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        let default = if self.data.is_some() { "POST" } else { "GET" };
        let method = self.method.as_deref().unwrap_or(default);
        let mut head = format!("{method} {slash}{target} HTTP/1.1\r\nHost: {authority}\r\n");
        for field in &self.headers {
            head.push_str(field);
            head.push_str("\r\n");
        }
        if self.data.is_some() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let source = Source::new(
            "the request of the flags",
            [head.as_bytes(), &body].concat(),
        )?;
        let message = Message::parse(&source).map_err(|error| unreadable(&error))?;
        Ok(Loaded {
            scheme: Some(scheme),
            ..Loaded::plain(message)
        })
    }
}

impl Saved {
    /// The messages: of a command line the request, of an archive the requests, and of one entry its signed response
    /// where the request carries no signature.
    pub(super) fn load(&self, env: &Env) -> Result<Vec<Loaded>, Failure> {
        if let Some(line) = &self.curl {
            return from_curl(env, line).map(|loaded| vec![loaded]);
        }
        match &self.har {
            Some(path) => self.archive(env, path),
            None => Ok(Vec::new()),
        }
    }

    fn archive(&self, env: &Env, path: &Path) -> Result<Vec<Loaded>, Failure> {
        let source = env.source(path)?;
        let entries = har::read(&source).map_err(|error| {
            let place = source.position(u32::try_from(error.offset).unwrap_or(u32::MAX));
            let named = format!("cannot read the archive `{}:{place}`", source.name());
            Failure::input(error.to_string()).context(named)
        })?;
        let count = entries.len();
        let mut found = Vec::new();
        for entry in entries {
            if self.entry.is_some_and(|wanted| wanted != entry.index) {
                continue;
            }
            let scheme = Some(entry.scheme);
            let (request, response) = exchanged(source.name(), &entry)?;
            if let (Some(response), Some(recorded)) = (response, &entry.response)
                && response.values("signature").next().is_some()
            {
                found.push(Loaded {
                    asked: Some(request.clone()),
                    scheme,
                    undecidable: recorded.undecidable.clone(),
                    unreliable: recorded.unreliable.clone(),
                    ..Loaded::plain(response)
                });
            }
            found.push(Loaded {
                scheme,
                undecidable: entry.request.undecidable,
                unreliable: entry.request.unreliable,
                ..Loaded::plain(request)
            });
        }
        match self.entry {
            Some(wanted) if found.is_empty() => Err(Failure::usage(format!(
                "the archive has no entry {wanted}, only {count} from 0"
            ))),
            _ => Ok(found),
        }
    }
}

/// The request of an entry, and what answered it.
fn exchanged(name: &str, entry: &har::Entry) -> Result<(Message, Option<Message>), Failure> {
    let read = |what: &str, message: &har::Message, asked: Option<&Message>| {
        let name = format!("{name}, {what} {}", entry.index);
        let source = Source::new(name.as_str(), message.bytes.clone())?;
        Message::parse_recorded(&source, asked)
            .map_err(|error| unreadable(&error).context(format!("cannot read `{name}`")))
    };
    let request = read("request", &entry.request, None)?;
    let response = match &entry.response {
        Some(response) => Some(read("response", response, Some(&request))?),
        None => None,
    };
    Ok((request, response))
}

fn from_curl(env: &Env, text: &str) -> Result<Loaded, Failure> {
    let trimmed = text.trim_start();
    let line = if trimmed.starts_with("curl ") || trimmed.starts_with("curl\t") {
        text.to_owned()
    } else {
        env.source(Path::new(text))
            .map_err(|failure| {
                failure.hint("give the line itself, `curl …`, or a file that holds it")
            })?
            .text()?
            .to_owned()
    };
    let read = |name: &str| {
        let source = env.source(Path::new(name));
        let source = source.map_err(|failure| failure.message().to_owned())?;
        Ok(source.bytes().to_vec())
    };
    let parsed = curl::parse(&line, &read).map_err(|error| {
        Failure::input(error.to_string()).context("cannot read the `curl` command line")
    })?;
    for note in &parsed.notes {
        env.note(note);
    }
    let source = Source::new("the curl command", parsed.message)?;
    let message = Message::parse(&source).map_err(|error| unreadable(&error))?;
    Ok(Loaded {
        scheme: Some(parsed.scheme),
        undecidable: parsed.unknown,
        ..Loaded::plain(message)
    })
}

/// Reads one message; a large body stays where it is.
pub(super) fn message(env: &Env, path: &Path) -> Result<Message, Failure> {
    answer(env, path, None)
}

/// Reads a message, which answers a request if there is one.
pub(super) fn answer(env: &Env, path: &Path, asked: Option<&Message>) -> Result<Message, Failure> {
    let parse = |source: &Arc<Source>| match asked {
        Some(request) => Message::parse_answer(source, request),
        None => Message::parse(source),
    };
    let stream = |large: Large| {
        let message = Message::with_stream(&large.head, large.content)?;
        match asked {
            Some(request) => message.answering(request),
            None => Ok(message),
        }
    };
    let named =
        |failure: Failure| failure.context(format!("cannot read the message `{}`", shown(path)));
    let parsed = if path.as_os_str() == "-" {
        match spool(env.stdin("the message")?, env.scratch_directory())? {
            Spooled::Small(bytes) => parse(&Source::new("<stdin>", bytes)?),
            Spooled::Large(large) => stream(large),
        }
    } else {
        match large_file(path).map_err(named)? {
            Some(large) => stream(large),
            None => parse(&env.source(path)?),
        }
    };
    parsed.map_err(|error| named(unreadable(&error)))
}

/// A message that is a request.
pub(super) fn request(env: &Env, path: &Path) -> Result<Message, Failure> {
    let message = message(env, path)?;
    if message.is_request() {
        return Ok(message);
    }
    Err(unreadable(&MessageError::Response)
        .context(format!("cannot use the message `{}`", shown(path))))
}

/// A message that cannot be read.
pub(super) fn unreadable(error: &MessageError) -> Failure {
    let kind = match error {
        MessageError::Empty => Kind::Nothing,
        _ => Kind::Input,
    };
    Failure::new(kind, error.to_string()).reason(error.code())
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "<stdin>".to_owned();
    }
    PathBuf::from(path).display().to_string()
}
