//! The loopback end of a sign-in (RFC 8252 §7.3): waits for one answer of the browser, everything bounded.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::jwt::server::Trouble;
use crate::jwt::oauth::{Callback, CallbackError, ExpectedCallback, read_callback};
use crate::kernel::fs;
use crate::kernel::time::humanize;

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// The time for a request to arrive: one that holds its connection open holds up no more than this.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many requests are looked at.
const MAX_REQUESTS: u32 = 200;
const TICK: Duration = Duration::from_millis(25);

/// Waits for the answer to a sign-in.
///
/// # Errors
/// [`Failure`] if the answer is not good, or does not come in time.
pub(super) fn wait(
    env: &Env,
    listener: &TcpListener,
    (expected, patience): (ExpectedCallback<'_>, Duration),
) -> Result<Callback, Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            Kind::Network,
            format!("cannot listen on loopback: {}", fs::describe(&error)),
        )
    };
    listener.set_nonblocking(true).map_err(failed)?;
    let started = Instant::now();
    let mut requests = 0;
    while started.elapsed() < patience && requests < MAX_REQUESTS {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(TICK);
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        requests += 1;
        // A peer that goes away or says nothing is its own affair.
        let Ok((mut stream, target)) = target(stream) else {
            continue;
        };
        let result = match target {
            Some(target) => read_callback(&target, expected),
            None => Err(CallbackError::Elsewhere),
        };
        let _gone = answer(&mut stream, &result);
        match result {
            Ok(callback) => return Ok(callback),
            Err(CallbackError::Elsewhere) => {}
            Err(error) if error.may_be_another_s() => {
                env.warn(&format!("an answer is turned away: {error}"));
            }
            Err(error) => return Err(refused(error)),
        }
    }
    Err(Failure::new(
        Kind::Network,
        format!("no answer came within {}", humanize(patience)),
    )
    .hint("open the URL in a browser on this machine, or take more time with `--wait`"))
}

fn refused(error: CallbackError) -> Failure {
    match error {
        CallbackError::Refused(error) => Trouble::Refused(error).into(),
        CallbackError::OtherIssuer { .. } | CallbackError::Anonymous => {
            Failure::new(Kind::Network, error.to_string()).hint(
                "the code may have been meant for another server: it is not redeemed (RFC 9207, RFC 9700 §4.4)",
            )
        }
        error => Failure::new(Kind::Network, error.to_string()),
    }
}

/// The target of a `GET`; None for any other request.
fn target(mut stream: TcpStream) -> io::Result<(TcpStream, Option<String>)> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let started = Instant::now();
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while memchr::memmem::find(&head, b"\r\n\r\n").is_none() {
        let left = PATIENCE.saturating_sub(started.elapsed());
        if left.is_zero() || head.len() > MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    let text = String::from_utf8(head).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut words = text.lines().next().unwrap_or_default().split(' ');
    let target = match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => Some(target.to_owned()),
        _ => None,
    };
    Ok((stream, target))
}

/// A page without anything foreign in it: what the server said is shown in the terminal alone.
fn answer(stream: &mut TcpStream, result: &Result<Callback, CallbackError>) -> io::Result<()> {
    let (status, text) = match result {
        Ok(_) => ("200 OK", "Signed in. You may close this window."),
        Err(CallbackError::Elsewhere) => ("404 Not Found", "Nothing is here."),
        Err(_) => (
            "400 Bad Request",
            "Not signed in. The terminal says why; you may close this window.",
        ),
    };
    let page =
        format!("<!doctype html><meta charset=\"utf-8\"><title>countersign</title><p>{text}</p>\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all((head + &page).as_bytes())?;
    stream.flush()?;
    // What is left unread would turn the close into a reset that can overtake the page.
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let _rest = io::copy(&mut (&*stream).take(1 << 16), &mut io::sink());
    Ok(())
}
