//! Verbs that speak to a server, against small real ones on loopback: honest, clumsy and hostile.

mod grants;
mod introspection;
mod issuer;
mod mutual;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::kernel::key::{Expected, LoadOptions, load, public_jwk};
use serde_json::Value;

use crate::binary::{Ended, Folder, fixture};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What a server answers: the whole message.
pub(crate) type Route = Box<dyn Fn(&str, &Request, usize) -> String + Send + Sync>;

/// A server on loopback and what it was asked.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves; the route is given its own URL, the request, and how many of that path came before.
    pub(crate) fn start(route: Route) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (own, log, route) = (url.clone(), Arc::clone(&seen), Arc::new(route));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, log, route) = (own.clone(), Arc::clone(&log), Arc::clone(&route));
                std::thread::spawn(move || serve(stream, &own, (&log, &route)));
            }
        });
        Self { url, seen }
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.path == path).count()
    }

    /// The requests for a path.
    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        let of_path = seen.iter().filter(|request| request.path == path);
        of_path.cloned().collect()
    }
}

fn serve(mut stream: TcpStream, own: &str, (log, route): (&Mutex<Vec<Request>>, &Route)) {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).is_err() {
        return;
    }
    let request = Request {
        path: head.split(' ').nth(1).unwrap_or("/").to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        head,
    };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.iter().filter(|each| each.path == request.path).count() - 1
    };
    let _gone = stream.write_all(route(own, &request, before).as_bytes());
    let _gone = stream.flush();
}

/// A message with a body.
pub(crate) fn message(status: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{fields}\r\n{body}"
    )
}

/// A good answer.
pub(crate) fn ok(body: &str) -> String {
    message("200 OK", "Content-Type: application/json\r\n", body)
}

/// An error answer of OAuth.
pub(crate) fn refused(code: &str) -> String {
    let body = format!(r#"{{"error":"{code}"}}"#);
    message(
        "400 Bad Request",
        "Content-Type: application/json\r\n",
        &body,
    )
}

pub(crate) fn absent() -> String {
    message("404 Not Found", "", "")
}

pub(crate) fn redirect(to: &str) -> String {
    message("307 Temporary Redirect", &format!("Location: {to}\r\n"), "")
}

/// More than any answer may be.
pub(crate) fn huge() -> String {
    ok(&format!("{{\"x\":\"{}\"}}", "a".repeat(1 << 20)))
}

/// An answer that comes too late.
pub(crate) fn slow() -> String {
    std::thread::sleep(Duration::from_secs(5));
    ok("{}")
}

/// The description of an issuer that has everything.
pub(crate) fn description(url: &str) -> String {
    serde_json::json!({
        "issuer": url,
        "jwks_uri": format!("{url}/keys"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "introspection_endpoint": format!("{url}/introspect"),
        "revocation_endpoint": format!("{url}/revoke"),
        "device_authorization_endpoint": format!("{url}/device"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
    })
    .to_string()
}

pub(crate) const DESCRIPTION: &str = "/.well-known/openid-configuration";

/// The fixture's signing key as a set, under an id.
pub(crate) fn key_set(id: &str) -> String {
    let bytes = std::fs::read(fixture("keys/token-signing.pem")).unwrap();
    let set = load(&bytes, LoadOptions::plain(Expected::Signing)).unwrap();
    let mut key = set.keys.into_iter().next().unwrap();
    key.id = Some(id.to_owned());
    serde_json::json!({"keys": [public_jwk(&key).unwrap()]}).to_string()
}

/// A token of an issuer, signed with the fixture's key under an id.
pub(crate) fn token(folder: &Folder, issuer: &str, id: &str) -> String {
    let key = format!("file:{}", fixture("keys/token-signing.pem"));
    let words = [
        "jwt",
        "mint",
        "--profile",
        "custom",
        "--iss",
        issuer,
        "--sub",
        "alice",
        "--aud",
        "orders",
        "--ttl",
        "10m",
        "--key",
        &key,
        "--key-id",
        id,
    ];
    folder.run(&words, "").ends(0).stdout.trim().to_owned()
}

/// Runs a verb with a home of its own.
pub(crate) fn run(folder: &Folder, line: &str, more: &[&str]) -> Ended {
    let words: Vec<&str> = line
        .split_whitespace()
        .chain(more.iter().copied())
        .collect();
    let home = folder.0.display().to_string();
    folder.run_with(&words, "", &[("HOME", &home)])
}

/// Asserts what is said, wherever it is said.
#[track_caller]
pub(crate) fn says(ended: &Ended, parts: &[&str]) {
    let text = format!("{}{}", ended.stdout, ended.stderr);
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in {ended:#?}");
    }
}

pub(crate) fn parsed(ended: &Ended) -> Value {
    ended.json()
}
