//! A receiver on loopback that keeps the bytes as they came: one message a connection, everything bounded.
//!
//! A framework's server would order, fold and rename what a signature is about; so the bytes are read here and given
//! to the same tokenizer that reads saved messages.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::cli::error::{Failure, Kind};
use crate::kernel::fs;
use crate::kernel::source::Source;
use crate::request::{MAX_HEAD_BYTES, Message, MessageError};

/// What a receiver puts up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The largest body, in bytes.
    pub(crate) body: usize,
    /// The largest number of connections at a time.
    pub(crate) connections: usize,
    /// The time for a message to arrive.
    pub(crate) patience: Duration,
    /// How many messages are answered before the receiver ends; None for no end.
    pub(crate) messages: Option<u64>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The status code and its reason.
    pub(crate) status: (u16, &'static str),
    /// Fields, without `Content-Length` and `Connection`.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A short answer in words.
    pub(crate) fn text(status: (u16, &'static str), text: impl Into<String>) -> Self {
        let mut body = text.into().into_bytes();
        body.push(b'\n');
        Self {
            status,
            fields: vec![(
                "Content-Type".to_owned(),
                b"text/plain; charset=utf-8".to_vec(),
            )],
            body,
        }
    }
}

/// What is asked to answer.
pub(crate) type Handler<'h> = &'h (dyn Fn(Message, SocketAddr) -> Reply + Sync);

const TICK: Duration = Duration::from_millis(25);
/// How long a message that has begun to arrive may still take once the receiver is told to end.
const GRACE: Duration = Duration::from_secs(2);

/// Listens on a port of the loopback address; 0 takes a free one.
pub(crate) fn listener(port: u16) -> Result<TcpListener, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).map_err(|error| {
        let told = fs::describe(&error);
        Failure::new(Kind::Network, format!("cannot listen on {address}: {told}"))
            .hint("choose another `--port`, or 0 for a free one")
    })
}

/// What is set once somebody presses Ctrl-C or asks the process to end.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(|error| {
            Failure::new(Kind::Network, format!("cannot wait for Ctrl-C: {error}"))
        })?;
    }
    Ok(stop)
}

/// Serves until told to stop, or until enough messages are answered. Messages that are under way are answered first;
/// connections on which nothing has arrived are closed.
pub(crate) fn serve(
    listener: &TcpListener,
    limits: Limits,
    stop: &Arc<AtomicBool>,
    handler: Handler<'_>,
) -> io::Result<u64> {
    listener.set_nonblocking(true)?;
    let open = AtomicUsize::new(0);
    let answered = AtomicU64::new(0);
    let ending = AtomicBool::new(false);
    let enough = || {
        let count = answered.load(Ordering::SeqCst);
        limits.messages.is_some_and(|limit| count >= limit)
    };
    std::thread::scope(|scope| {
        let accepted = loop {
            if stop.load(Ordering::SeqCst) || enough() {
                break Ok(());
            }
            match listener.accept() {
                Ok((stream, peer)) => {
                    if open.fetch_add(1, Ordering::SeqCst) >= limits.connections {
                        open.fetch_sub(1, Ordering::SeqCst);
                        turn_away(stream);
                        continue;
                    }
                    let (open, answered, ending) = (&open, &answered, &ending);
                    scope.spawn(move || {
                        // A peer that goes away is its own affair.
                        if converse(stream, peer, (limits, ending), handler).is_ok() {
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(TICK),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        ending.store(true, Ordering::SeqCst);
        accepted
    })?;
    Ok(answered.load(Ordering::SeqCst))
}

fn turn_away(mut stream: TcpStream) {
    let reply = Reply::text((503, "Service Unavailable"), "too many connections");
    let _gone = stream
        .set_nonblocking(false)
        .and_then(|()| write(&mut stream, &reply));
}

fn converse(
    mut stream: TcpStream,
    peer: SocketAddr,
    (limits, ending): (Limits, &AtomicBool),
    handler: Handler<'_>,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    let reply = match receive(&mut stream, peer, limits, ending)? {
        Received::Message(message) => handler(*message, peer),
        Received::Refused(reply) => reply,
    };
    write(&mut stream, &reply)?;
    // What is left unread would turn the close into a reset that can overtake the answer.
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let _rest = io::copy(&mut (&stream).take(1 << 20), &mut io::sink());
    Ok(())
}

enum Received {
    Message(Box<Message>),
    Refused(Reply),
}

fn receive(
    stream: &mut TcpStream,
    peer: SocketAddr,
    limits: Limits,
    ending: &AtomicBool,
) -> io::Result<Received> {
    let mut arrival = Arrival {
        stream,
        limits,
        ending,
        started: Instant::now(),
        ending_since: None,
        buffer: vec![0; 64 << 10],
        bytes: Vec::new(),
        wanted: 0,
        continued: false,
    };
    loop {
        let ended = match arrival.read_on()? {
            Step::More => false,
            Step::End => true,
            Step::Late => {
                let reply = Reply::text((408, "Request Timeout"), "too slow");
                return Ok(Received::Refused(reply));
            }
        };
        if let Some(received) = arrival.received(peer, ended)? {
            return Ok(received);
        }
    }
}

/// A message that is on its way.
struct Arrival<'s> {
    stream: &'s mut TcpStream,
    limits: Limits,
    /// Whether the receiver is about to end.
    ending: &'s AtomicBool,
    started: Instant,
    ending_since: Option<Instant>,
    buffer: Vec<u8>,
    bytes: Vec<u8>,
    /// How many bytes there must be before it is worth a look.
    wanted: usize,
    /// Whether the sender was told to go on.
    continued: bool,
}

/// What reading on came to.
enum Step {
    More,
    End,
    Late,
}

impl Arrival<'_> {
    /// Reads the next bytes. A connection that has sent nothing ends with the receiver.
    fn read_on(&mut self) -> io::Result<Step> {
        loop {
            let mut left = self.limits.patience.saturating_sub(self.started.elapsed());
            if self.ending.load(Ordering::SeqCst) {
                if self.bytes.is_empty() {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                let since = *self.ending_since.get_or_insert_with(Instant::now);
                left = left.min(GRACE.saturating_sub(since.elapsed()));
            }
            if left.is_zero() {
                return Ok(Step::Late);
            }
            self.stream.set_read_timeout(Some(left.min(TICK)))?;
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Ok(Step::End),
                Ok(count) => {
                    let read = self.buffer.get(..count).unwrap_or_default();
                    self.bytes.extend_from_slice(read);
                    return Ok(Step::More);
                }
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The message, if it is there; nothing while more has to come.
    fn received(&mut self, peer: SocketAddr, ended: bool) -> io::Result<Option<Received>> {
        let Some(head) = head_end(&self.bytes) else {
            if ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let large = (431, "Request Header Fields Too Large");
            let too_large = self.bytes.len() > MAX_HEAD_BYTES;
            let reply = || Received::Refused(Reply::text(large, "the head is too large"));
            return Ok(too_large.then(reply));
        };
        if self.bytes.len() - head > self.limits.body {
            return Ok(Some(too_large(self.limits.body)));
        }
        if self.bytes.len() < self.wanted && !ended {
            return Ok(None);
        }
        match parse(&self.bytes, peer) {
            Ok(message) => return Ok(Some(Received::Message(Box::new(message)))),
            Err(MessageError::Truncated { expected, .. }) if !ended => {
                let expected = usize::try_from(expected).unwrap_or(usize::MAX);
                if expected > self.limits.body {
                    return Ok(Some(too_large(self.limits.body)));
                }
                self.wanted = head + expected;
            }
            // A chunked body shows its end by itself.
            Err(MessageError::BadChunk { .. }) if !ended => {}
            Err(error) => {
                let reply = Reply::text((400, "Bad Request"), error.to_string());
                return Ok(Some(Received::Refused(reply)));
            }
        }
        if !self.continued && expects_continue(&self.bytes, head) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            self.continued = true;
        }
        Ok(None)
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

fn parse(bytes: &[u8], peer: SocketAddr) -> Result<Message, MessageError> {
    let source = Source::new(format!("from {peer}"), bytes.to_vec())
        .map_err(|_| MessageError::HeadTooLarge)?;
    Message::parse(&source)
}

fn too_large(limit: usize) -> Received {
    let text = format!("the body is larger than {limit} bytes");
    Received::Refused(Reply::text((413, "Content Too Large"), text))
}

// RFC 9110 §10.1.1.
fn expects_continue(bytes: &[u8], head: usize) -> bool {
    let head = bytes.get(..head).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&head, b"\nexpect: 100-continue").is_some()
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    let crlf = memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2);
    match (crlf, lf) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn write(stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let (code, reason) = reply.status;
    let mut bytes = format!("HTTP/1.1 {code} {reason}\r\n").into_bytes();
    for (name, value) in &reply.fields {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    let length = reply.body.len();
    bytes.extend_from_slice(
        format!("Content-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    bytes.extend_from_slice(&reply.body);
    stream.write_all(&bytes)?;
    stream.flush()
}
