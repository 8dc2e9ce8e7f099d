//! The surroundings: streams, terminal facts, clock, randomness, environment, settings. Read once, passed down.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::args::{ColorChoice, Global, KeyReading, Network, SecretArg};
use super::config::Settings;
use super::error::{Failure, Kind};
use crate::kernel::crypto::SystemRandom;
use crate::kernel::fs;
use crate::kernel::http::{Client, Policy};
use crate::kernel::key::{self, Expected, Key, LoadOptions, Material};
use crate::kernel::report::{Style, sanitize};
use crate::kernel::secret::{Encoding, Secret, SecretRef};
use crate::kernel::source::{MAX_SOURCE_BYTES, Source};
use crate::kernel::time::Timestamp;

/// Everything a verb may know about the world.
#[derive(Debug)]
pub struct Env {
    /// The time at which the process started.
    pub(crate) now: Timestamp,
    /// The system's randomness.
    pub(crate) random: SystemRandom,
    /// The working directory.
    pub(crate) cwd: PathBuf,
    /// The flags that every command takes.
    pub(crate) global: Global,
    /// The configuration, layered.
    pub(crate) settings: Settings,
    scratch: PathBuf,
    vars: BTreeMap<String, OsString>,
    stdin: Mutex<Option<String>>,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

const MAX_SECRET_BYTES: u64 = 1 << 20;
const MAX_CA_BYTES: u64 = 1 << 20;

/// What a stream gave, piece by piece; an empty piece is its end.
pub(crate) type Pieces = mpsc::Receiver<io::Result<Vec<u8>>>;

/// The largest piece, in bytes, and how many are read ahead.
const PIECE: usize = 64 << 10;
const PIECES: usize = 16;

impl Env {
    /// Looks around.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads clock and environment"
    )]
    pub fn capture() -> Self {
        let now = time::OffsetDateTime::now_utc();
        Self {
            now: Timestamp::from_offset(now),
            random: SystemRandom::default(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            global: Global::default(),
            settings: Settings::default(),
            scratch: std::env::temp_dir(),
            vars: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
            stdin: Mutex::new(None),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// An environment variable that is not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        let value = self.vars.get(name)?.to_str()?;
        (!value.is_empty()).then_some(value)
    }

    /// The HTTP client, as the flags and the environment want it.
    ///
    /// # Errors
    /// [`Failure`] if the authorities cannot be read or no client can be made.
    pub(crate) fn client(&self, network: &Network, policy: Policy) -> Result<Client, Failure> {
        let authorities = match &network.ca_file {
            Some(path) => Some(fs::read(path, MAX_CA_BYTES)?),
            None => None,
        };
        let proxy = self.var("HTTPS_PROXY").or(self.var("https_proxy"));
        Ok(Client::new(Policy {
            allow_local: network.allow_local,
            timeout: network.timeout,
            authorities,
            proxy: proxy.map(str::to_owned),
            ..policy
        })?)
    }

    /// The time now, for a verb that runs for long.
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub(crate) fn current_time(&self) -> Timestamp {
        Timestamp::from_offset(time::OffsetDateTime::now_utc())
    }

    /// How long something takes.
    pub(crate) fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        let start = Instant::now();
        let result = work();
        (result, start.elapsed())
    }

    /// Where decisions are recorded, if they are.
    pub(crate) fn audit_log(&self) -> Option<PathBuf> {
        let flag = self.global.audit_log.clone();
        flag.or_else(|| self.settings.audit_log())
    }

    /// Whether decisions are recorded.
    pub(crate) fn records(&self) -> bool {
        self.audit_log().is_some()
    }

    /// Where a file without a name may be kept while the process runs.
    pub(crate) fn scratch_directory(&self) -> &Path {
        &self.scratch
    }

    /// All variables with this prefix.
    pub(crate) fn vars_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &OsString)> {
        self.vars
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Whether the result is asked for as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.global.format.or(self.settings.format()) == Some(super::args::Format::Json)
    }

    /// How human output on standard output looks.
    pub(crate) fn style(&self) -> Style {
        let to_file = self.global.output.is_some();
        Style {
            color: !to_file && self.color(self.stdout_is_terminal),
            width: if to_file { 100 } else { self.width() },
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Whether the result goes to a terminal.
    pub(crate) fn shows_on_terminal(&self) -> bool {
        let to_file = self.global.output.as_ref();
        self.stdout_is_terminal && to_file.is_none_or(|path| path.as_os_str() == "-")
    }

    /// Whether standard error takes colours.
    pub(crate) fn stderr_color(&self) -> bool {
        self.color(self.stderr_is_terminal)
    }

    fn color(&self, terminal: bool) -> bool {
        let choice = self.global.color.or(self.settings.color());
        match choice.unwrap_or(ColorChoice::Auto) {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.var("NO_COLOR").is_some() => false,
            ColorChoice::Auto if self.var("CLICOLOR_FORCE").is_some_and(|value| value != "0") => {
                true
            }
            ColorChoice::Auto => terminal && self.var("TERM") != Some("dumb"),
        }
    }

    fn width(&self) -> usize {
        let columns = self.var("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = || {
            let (width, _) = terminal_size::terminal_size()?;
            Some(usize::from(width.0))
        };
        columns.or_else(terminal).unwrap_or(100).clamp(40, 200)
    }

    /// Whether progress may be drawn.
    pub(crate) fn draws_progress(&self) -> bool {
        let wanted = !self.global.quiet && !self.global.no_progress;
        wanted && self.stderr_is_terminal && self.var("CI").is_none()
    }

    /// Prints a remark on standard error, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.global.quiet {
            self.stderr(&format!("note: {}\n", sanitize::line(text)));
        }
    }

    /// Prints a warning on standard error, also with `--quiet`: it changes what the result means.
    pub(crate) fn warn(&self, text: &str) {
        self.stderr(&format!("warning: {}\n", sanitize::line(text)));
    }

    /// Writes to standard error; a closed one is ignored.
    pub(crate) fn stderr(&self, text: &str) {
        let _nobody_listens = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Reads an input: a path, or `-` for standard input.
    ///
    /// # Errors
    /// [`Failure`] with the path in it.
    pub(crate) fn source(&self, path: &Path) -> Result<Arc<Source>, Failure> {
        if path.as_os_str() == "-" {
            let bytes = self.read_stdin("the input")?;
            return Ok(Source::new("<stdin>", bytes)?);
        }
        source_file(path)
    }

    /// Reads all of standard input, which can be done once.
    ///
    /// # Errors
    /// [`Failure`] if it was read before, or holds too much.
    pub(crate) fn read_stdin(&self, purpose: &str) -> Result<Vec<u8>, Failure> {
        let stdin = self.stdin(purpose)?;
        let mut bytes = Vec::new();
        let limit = MAX_SOURCE_BYTES as u64;
        stdin
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| {
                Failure::input(format!(
                    "cannot read standard input: {}",
                    fs::describe(&error)
                ))
            })?;
        Ok(bytes)
    }

    /// Standard input as a stream, which can be had once.
    ///
    /// # Errors
    /// [`Failure`] if it was read before.
    pub(crate) fn stdin(&self, purpose: &str) -> Result<io::StdinLock<'static>, Failure> {
        let mut taken = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = taken.as_deref() {
            return Err(Failure::usage(format!(
                "standard input cannot be both {before} and {purpose}"
            )));
        }
        *taken = Some(purpose.to_owned());
        Ok(io::stdin().lock())
    }

    /// Standard input in pieces as they come, read by a thread of its own, so that a pause can be told from the end. It can
    /// be had once.
    ///
    /// # Errors
    /// [`Failure`] if it was read before.
    pub(crate) fn stdin_pieces(&self, purpose: &str) -> Result<Pieces, Failure> {
        drop(self.stdin(purpose)?);
        let (sender, pieces) = mpsc::sync_channel(PIECES);
        // It may wait for input for ever, and ends with the process.
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut piece = vec![0; PIECE];
                let read = match stdin.read(&mut piece) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(count) => {
                        piece.truncate(count);
                        Ok(piece)
                    }
                    Err(error) => Err(error),
                };
                let last = read.as_ref().map_or(true, Vec::is_empty);
                if sender.send(read).is_err() || last {
                    return;
                }
            }
        });
        Ok(pieces)
    }

    /// Whether the environment has a variable that a library would read by itself.
    #[cfg(feature = "spark")]
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.vars.contains_key(name)
    }

    /// The bytes that a reference points to.
    ///
    /// # Errors
    /// [`Failure`]; nothing in it repeats the argument if it is no reference.
    pub(crate) fn secret(&self, argument: &SecretArg, purpose: &str) -> Result<Secret, Failure> {
        let reference: SecretRef = argument.0.parse()?;
        let bytes = match &reference {
            SecretRef::Env(name) => self
                .vars
                .get(name)
                .filter(|value| !value.is_empty())
                .map(|value| value.as_encoded_bytes().to_vec())
                .ok_or_else(|| {
                    Failure::new(
                        Kind::Secret,
                        format!("the environment variable `{name}` is not set or empty"),
                    )
                })?,
            SecretRef::File(path) => fs::read(path, MAX_SECRET_BYTES)?,
            SecretRef::Fd(number) => {
                fs::read(Path::new(&format!("/dev/fd/{number}")), MAX_SECRET_BYTES)?
            }
            SecretRef::Stdin => self.read_stdin(purpose)?,
            SecretRef::Prompt => self.prompt(purpose)?,
        };
        Ok(Secret::new(bytes))
    }

    fn prompt(&self, purpose: &str) -> Result<Vec<u8>, Failure> {
        if !self.stderr_is_terminal {
            return Err(Failure::new(
                Kind::Secret,
                format!("cannot ask for {purpose}: there is no terminal"),
            )
            .hint("give it by reference: `env:NAME` or `file:PATH`"));
        }
        rpassword::prompt_password(format!("{purpose}: "))
            .map(String::into_bytes)
            .map_err(|error| {
                Failure::new(
                    Kind::Secret,
                    format!("cannot ask for {purpose}: {}", fs::describe(&error)),
                )
            })
    }

    /// A password: the text behind a reference without its final line end.
    ///
    /// # Errors
    /// As [`Env::secret`].
    pub(crate) fn password(&self, argument: &SecretArg, purpose: &str) -> Result<Secret, Failure> {
        let secret = self.secret(argument, purpose)?;
        let text = crate::kernel::secret::without_line_end(secret.expose());
        if text.is_empty() {
            return Err(Failure::new(Kind::Secret, format!("{purpose} is empty")));
        }
        Ok(Secret::new(text.to_vec()))
    }

    /// The keys of the files behind references.
    ///
    /// # Errors
    /// [`Failure`] with the reference in it, once it is known to be one.
    pub(crate) fn keys(
        &self,
        arguments: &[SecretArg],
        reading: &KeyReading,
        expected: Expected,
    ) -> Result<LoadedKeys, Failure> {
        let password = match &reading.key_password {
            Some(argument) => Some(self.password(argument, "the key's password")?),
            None => None,
        };
        let mut loaded = LoadedKeys::default();
        for argument in arguments {
            let (id, argument) = named(argument);
            let reference: SecretRef = argument.0.parse()?;
            let bytes = self.secret(&argument, "the key")?;
            let options = LoadOptions {
                expected,
                encoding: reading.key_encoding,
                password: password.as_ref(),
            };
            let set = key::load(bytes.expose(), options).map_err(|error| {
                Failure::from(error).context(format!("cannot use the key `{reference}`"))
            })?;
            for skipped in &set.skipped {
                let id = skipped.id.as_deref().unwrap_or("without id");
                self.note(&format!(
                    "key {} (`{id}`) of `{reference}` is left out: {}",
                    skipped.index, skipped.reason
                ));
            }
            for mut key in set.keys {
                key.origin = Some(reference.to_string());
                if let Some(id) = &id {
                    key.id = Some(id.clone());
                }
                loaded.add_alternatives(&key, bytes.expose());
                loaded.keys.push(key);
            }
        }
        Ok(loaded)
    }
}

/// A key id in front of a reference: `order=file:order.key`. What is no reference behind the sign stays as it is.
fn named(argument: &SecretArg) -> (Option<String>, SecretArg) {
    match argument.0.split_once('=') {
        Some((id, rest)) if !id.is_empty() && !id.contains(':') => {
            match rest.parse::<SecretRef>() {
                Ok(_) => (Some(id.to_owned()), SecretArg(rest.to_owned())),
                Err(_) => (None, argument.clone()),
            }
        }
        _ => (None, argument.clone()),
    }
}

/// The keys of a verb, and what its secrets would be if they were written in another encoding.
#[derive(Debug, Default)]
pub(crate) struct LoadedKeys {
    /// The keys.
    pub(crate) keys: Vec<Key>,
    /// Other readings of the same bytes: never used for a verdict, only to explain one.
    pub(crate) alternatives: Vec<(&'static str, Key)>,
}

impl LoadedKeys {
    fn add_alternatives(&mut self, key: &Key, bytes: &[u8]) {
        let Material::Secret(used) = &key.material else {
            return;
        };
        for encoding in Encoding::ALL {
            let Ok(secret) = encoding.decode(bytes) else {
                continue;
            };
            if !secret.is_empty() && secret.expose() != used.expose() {
                let mut other = Key::bare(Material::Secret(secret));
                other.origin.clone_from(&key.origin);
                self.alternatives.push((encoding.name(), other));
            }
        }
    }
}
/// Reads one file as a source.
///
/// # Errors
/// [`Failure`] that says why it cannot be read.
pub(crate) fn source_file(path: &Path) -> Result<Arc<Source>, Failure> {
    let bytes = fs::read(path, MAX_SOURCE_BYTES as u64)?;
    Ok(Source::new(path.display().to_string(), bytes)?)
}
