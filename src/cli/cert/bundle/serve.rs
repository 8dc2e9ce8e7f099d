//! `countersign cert bundle serve`.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::cert::{BundleStore, Certificate};
use crate::cli::cert::directory::certificates;
use crate::cli::cert::issue::{Subject, existing_key};
use crate::cli::cert::svid_tls::provider;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::loopback::stop_flag;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::fs;

/// Serve a bundle to other trust domains over https
///
/// The certificate is an X509-SVID for `https_spiffe`, or one that others' systems trust for `https_web`. No client is asked
/// for a certificate (SPIFFE Federation §5.2.2.3). Bundle, certificate and key are read anew when they change, so that
/// `cert bundle export -o` and `cert watch` keep them fresh; what cannot be read then leaves the one before in place.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle serve --bundle bundle.json --cert svid/svid.pem --key svid/svid_key.pem
  countersign cert bundle serve --bundle bundle.json --cert tls.crt --key tls.key --listen 0.0.0.0:8443 --path /bundle.json

Exit codes: 0 ended as told, 2 cannot serve")]
pub(crate) struct Args {
    /// The bundle, a JWK set as `cert bundle export` writes it
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The server's certificate with its chain, PEM
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// Its private key, without a password
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The path of the bundle
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: String,
    /// End after so many answers
    #[arg(long, value_name = "N")]
    requests: Option<u64>,
}

const MAX_FILE: u64 = 16 << 20;
const MAX_HEAD: usize = 16 << 10;
const MAX_CONNECTIONS: usize = 64;
/// The time for a handshake and a request.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(25);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    if !args.path.starts_with('/') || args.path.contains(['?', '#', ' ']) {
        return Err(Failure::usage(format!(
            "`{}` is no path: it begins with `/` and has neither query nor fragment",
            args.path
        )));
    }
    let served = Served::new(env, args)?;
    let failed = |what: &str, error: &io::Error| {
        let told = fs::describe(error);
        Failure::new(
            Kind::Network,
            format!("cannot {what} {}: {told}", args.listen),
        )
    };
    let listener = TcpListener::bind(args.listen).map_err(|error| failed("listen on", &error))?;
    let stop = stop_flag()?;
    let address = listener.local_addr().unwrap_or(args.listen);
    env.note(&format!(
        "serving `{}` on https://{address}{} as {}",
        args.bundle.display(),
        args.path,
        served.name
    ));
    listener
        .set_nonblocking(true)
        .map_err(|error| failed("listen on", &error))?;
    let (open, answered) = (AtomicUsize::new(0), AtomicU64::new(0));
    let enough = || {
        let count = answered.load(Ordering::SeqCst);
        args.requests.is_some_and(|limit| count >= limit)
    };
    let ended = std::thread::scope(|scope| {
        loop {
            if stop.load(Ordering::SeqCst) || enough() {
                return Ok(());
            }
            match listener.accept() {
                Ok((stream, _)) => {
                    // One too many is closed at once: it may come again.
                    if open.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS {
                        open.fetch_sub(1, Ordering::SeqCst);
                        continue;
                    }
                    let (open, answered, served) = (&open, &answered, &served);
                    scope.spawn(move || {
                        // A peer that goes away is its own affair.
                        if served.converse(stream).is_ok() {
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(TICK),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    });
    ended.map_err(|error| failed("go on listening on", &error))?;
    let count = answered.load(Ordering::SeqCst);
    env.note(&format!("{count} requests answered"));
    Ok(Outcome::done(Body::Bytes(Vec::new())))
}

/// What is served, and by which certificate.
struct Served<'a> {
    env: &'a Env,
    args: &'a Args,
    /// Whom the certificate names.
    name: String,
    state: Mutex<State>,
}

/// The files as they were read last, and what they came to.
struct State {
    files: [Vec<u8>; 3],
    bundle: Arc<Vec<u8>>,
    config: Arc<ServerConfig>,
}

impl<'a> Served<'a> {
    fn new(env: &'a Env, args: &'a Args) -> Result<Self, Failure> {
        let files = read_files(args)?;
        let bundle = checked_bundle(&args.bundle, &files[0])?;
        let (config, name) = configuration(args, &files[1])?;
        Ok(Self {
            env,
            args,
            name,
            state: Mutex::new(State {
                files,
                bundle: Arc::new(bundle),
                config: Arc::new(config),
            }),
        })
    }

    /// What counts now. Files that changed are read anew; if they are no good, that is told once.
    fn current(&self) -> (Arc<Vec<u8>>, Arc<ServerConfig>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(files) = read_files(self.args)
            && files != state.files
        {
            let read = checked_bundle(&self.args.bundle, &files[0]);
            let read = read.and_then(|bundle| Ok((bundle, configuration(self.args, &files[1])?.0)));
            match read {
                Ok((bundle, config)) => {
                    state.bundle = Arc::new(bundle);
                    state.config = Arc::new(config);
                }
                Err(failure) => {
                    let colored = self.env.stderr_color();
                    self.env.stderr(&failure.to_text(colored));
                    self.env.warn("what was read before is still served");
                }
            }
            state.files = files;
        }
        (Arc::clone(&state.bundle), Arc::clone(&state.config))
    }

    fn converse(&self, mut socket: TcpStream) -> io::Result<()> {
        let started = Instant::now();
        socket.set_nonblocking(false)?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let (bundle, config) = self.current();
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut head = Vec::new();
        while !complete(&head) && head.len() < MAX_HEAD {
            let left = PATIENCE.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            socket.set_read_timeout(Some(left))?;
            let mut buffer = [0; 4096];
            match Stream::new(&mut connection, &mut socket).read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => head.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            }
        }
        let reply = self.reply(&head, &bundle);
        let mut stream = Stream::new(&mut connection, &mut socket);
        stream.write_all(&reply)?;
        stream.flush()?;
        let _gone_already = part(connection, &mut socket);
        Ok(())
    }

    fn reply(&self, head: &[u8], bundle: &[u8]) -> Vec<u8> {
        let (method, path) = request(head).unwrap_or_default();
        let plain = "Content-Type: text/plain; charset=utf-8\r\n";
        let (status, fields, body): (_, _, &[u8]) = match method {
            "GET" | "HEAD" if path == self.args.path => {
                // SPIFFE Federation §5.2.2.3.
                ("200 OK", "Content-Type: application/json\r\n", bundle)
            }
            "GET" | "HEAD" => ("404 Not Found", plain, b"no bundle is here\n"),
            "" => ("400 Bad Request", plain, b"this is no HTTP/1.1 request\n"),
            _ => (
                "405 Method Not Allowed",
                "Allow: GET, HEAD\r\n",
                b"" as &[u8],
            ),
        };
        let length = body.len();
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )
        .into_bytes();
        if method != "HEAD" {
            bytes.extend_from_slice(body);
        }
        bytes
    }
}

/// Says goodbye to a client that has its answer.
fn part(mut connection: ServerConnection, socket: &mut TcpStream) -> io::Result<()> {
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(socket)?;
    }
    socket.shutdown(std::net::Shutdown::Write)?;
    // What is left unread would turn the close into a reset that can overtake the answer.
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    io::copy(&mut socket.take(1 << 16), &mut io::sink())?;
    Ok(())
}

fn complete(head: &[u8]) -> bool {
    memchr::memmem::find(head, b"\r\n\r\n").is_some()
}

/// The method and the path of a request, its query left out; None for what is no request of HTTP/1.
fn request(head: &[u8]) -> Option<(&str, &str)> {
    if !complete(head) {
        return None;
    }
    let end = memchr::memmem::find(head, b"\r\n")?;
    let line = std::str::from_utf8(head.get(..end)?).ok()?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let path = target.split('?').next()?;
    let known = version.starts_with("HTTP/1.") && words.next().is_none() && !method.is_empty();
    known.then_some((method, path))
}

fn read_files(args: &Args) -> Result<[Vec<u8>; 3], Failure> {
    let read = |path: &Path| fs::read(path, MAX_FILE).map_err(Failure::from);
    // The key is compared by its file alone, and loaded where it is used.
    let key = zeroize::Zeroizing::new(read(&args.key)?);
    let key = crate::kernel::crypto::sha256(&key).to_vec();
    Ok([read(&args.bundle)?, read(&args.cert)?, key])
}

/// A bundle that others will be able to read.
fn checked_bundle(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let domain = "bundle.invalid"
        .parse()
        .map_err(|_| Failure::input("no trust domain"))?;
    let offered = BundleStore::default().offer(&domain, bytes);
    offered.map_err(|error| {
        Failure::input(error.to_string()).context(format!("cannot serve `{}`", path.display()))
    })?;
    Ok(bytes.to_vec())
}

/// How TLS is spoken, and whom the certificate names.
fn configuration(args: &Args, pem: &[u8]) -> Result<(ServerConfig, String), Failure> {
    let name = args.cert.display().to_string();
    let bad = |problem: String| {
        Failure::input(problem).context(format!("cannot serve with the certificate `{name}`"))
    };
    let chain = certificates(pem, &name)?;
    let leaf = chain
        .first()
        .ok_or_else(|| bad("it holds no certificate".to_owned()))?;
    let leaf = Certificate::examine(leaf).map_err(|error| bad(error.to_string()))?;
    let Subject::Private(key) = existing_key(&args.key)? else {
        return Err(Failure::new(
            Kind::Secret,
            format!("`{}` holds a public key", args.key.display()),
        ));
    };
    let chain = chain.iter().cloned().map(CertificateDer::from).collect();
    let key = PrivatePkcs8KeyDer::from(key.to_pkcs8().to_vec());
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(error.to_string()))?
        // SPIFFE Federation §5.2.1.3: nobody is asked for a certificate.
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .map_err(|error| bad(error.to_string()))?;
    let id = leaf.uris.iter().find(|uri| uri.starts_with("spiffe://"));
    let named = match id {
        Some(id) => format!("{id} (https_spiffe)"),
        None => format!("{} (https_web)", leaf.name()),
    };
    Ok((config, named))
}
