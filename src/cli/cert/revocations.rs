//! What an authority has revoked: `revocations.jsonl`, `lists.json` and `crl/` of its directory.
//!
//! A revocation is written here first and logged right after: a process that is killed between the two leaves one that the
//! next `cert revoke` or `cert crl` logs. The log is the truth: what it holds and the file lacks is put back, no line of the
//! file alone lifts a revocation, and no list has a number that the log has seen. How far the log was read is written down
//! under a signature of the log's key, so that only what is new is read again and nobody else can say that more was read;
//! the entries before are held against the root that they made then. What a list must tell is decided by how many
//! revocations the one before it covered, never by comparing the clocks of two runs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::directory::{Directory, LogWriter, Store};
use super::refuse;
use crate::cert::issuance_log::{Checkpoint, Edge, Entry, Hash, Revocation};
use crate::cert::{IssueError, RevocationCause};
use crate::cli::error::Failure;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{hex, sha256, unhex};
use crate::kernel::der::{Reader, tag};
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::key::PublicKey;
use crate::kernel::pem;
use crate::kernel::time::Timestamp;

const FILE: &str = "revocations.jsonl";
const STATE: &str = "lists.json";
/// Where the lists are.
pub(super) const LISTS: &str = "crl";
/// Where the OCSP responses are, below it.
pub(super) const RESPONSES: &str = "ocsp";
const MAX_FILE: u64 = 256 << 20;

/// What was revoked, and the lists of it so far.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    pub(super) all: Vec<Revocation>,
    pub(super) number: u64,
    /// For each issuer's key, and for each of its shards: the last complete list.
    pub(super) complete: BTreeMap<String, Complete>,
    /// What was written down of how far the log was read; nothing of it is verified.
    note: Option<String>,
}

/// How far the log was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    /// So many entries.
    size: u64,
    /// The root that they make.
    root: Hash,
    /// How many revocations were among them.
    revocations: usize,
    /// The SHA-256 of these revocations.
    sha256: String,
    /// The largest number of a revocation list.
    number: u64,
}

/// How often a log is looked at that somebody else may be appending to.
const LOOKS: usize = 3;

/// How many entries are read again rather than written down: four bundles.
const UNWRITTEN: u64 = 1024;

/// A complete list that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complete {
    pub(super) number: u64,
    pub(super) this_update: Timestamp,
    /// How many of all revocations there were when it was made.
    pub(super) covered: usize,
    /// For which place alone it is.
    pub(super) point: Vec<String>,
}

impl Revocations {
    /// Reads what a directory holds.
    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        let mut read = Self::default();
        let path = directory.join(FILE);
        let bad = |problem: String| {
            Failure::input(problem).context(format!("cannot use `{}`", path.display()))
        };
        for (index, line) in optional(&path)?.split(|byte| *byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let revocation = serde_json::from_slice(line)
                .ok()
                .and_then(|value| Revocation::from_json(&value));
            // A line that a killed process left unfinished was never logged and never told of.
            match revocation {
                Some(revocation) => read.all.push(revocation),
                None if !line.ends_with(b"}") => {}
                None => return Err(bad(format!("line {} is no revocation", index + 1))),
            }
        }
        let state = optional(&directory.join(STATE))?;
        if !state.is_empty() {
            let value: Value = serde_json::from_slice(&state)
                .map_err(|error| bad(format!("`{STATE}`: {error}")))?;
            read.number = value["number"].as_u64().unwrap_or(0);
            for (issuer, list) in value["complete"].as_object().into_iter().flatten() {
                if let Some(list) = Complete::from_json(list) {
                    read.complete.insert(issuer.clone(), list);
                }
            }
            read.note = value["log"].as_str().map(str::to_owned);
        }
        Ok(read)
    }

    /// Reads what a directory holds, and makes it agree with the log; what the file lacked or had too much.
    pub(super) fn open(
        directory: &Path,
        log: &mut LogWriter,
    ) -> Result<(Self, Option<&'static str>), Failure> {
        let mut read = Self::read(directory)?;
        let head = log.checkpoint().0.clone();
        let told = read.logged(log.store(), &head)?;
        read.number = read.number.max(told.number);
        let problem = read.correct(&told.revocations);
        if problem.is_some() {
            let lines = read.all.iter().map(|one| format!("{}\n", one.to_json()));
            let text: String = lines.collect();
            let path = directory.join(FILE);
            fs::write(&path, text.as_bytes(), Privacy::Shared, Replace::Always)?;
        }
        let logged = told.revocations.len();
        if read.complete.values().any(|list| list.covered > logged) {
            return Err(Failure::input(format!(
                "`{STATE}` tells of more revocations than the log holds"
            ))
            .hint("`cert log audit` tells more"));
        }
        let new = read.all.iter().skip(logged).cloned();
        let new: Vec<Entry> = new.map(Entry::Revocation).collect();
        if !new.is_empty() {
            log.append(&new)?;
        }
        let head = log.checkpoint().0;
        let written = told.known.filter(|known| {
            known.revocations == read.all.len() && head.size - known.size < UNWRITTEN
        });
        if written.is_none() {
            read.note = match read.digest(read.all.len()) {
                Some(sha256) => Some(log.vouch(&Read::text(head, &read, &sha256))?),
                None => None,
            };
            read.save(directory)?;
        }
        Ok((read, problem))
    }

    /// What was revoked, as the log tells it, with what the file adds to it. Nothing is written.
    pub(super) fn told(directory: &Directory) -> Result<Self, Failure> {
        let mut read = Self::read(&directory.path)?;
        let store = directory.store();
        let look = || {
            let (head, _) = store.trusted_head()?;
            read.logged(&store, &head)
        };
        // Whoever appends meanwhile takes away parts of tiles that have grown: the next look finds what stands for them.
        let mut told = look();
        for _ in 1..LOOKS {
            if told.is_err() {
                told = look();
            }
        }
        read.correct(&told?.revocations);
        Ok(read)
    }

    /// The revocations in the log. Those that were read before are taken from the file, if they are what was read.
    fn logged(&self, store: &Store, head: &Checkpoint) -> Result<Told, Failure> {
        let known = self
            .note
            .as_ref()
            .and_then(|note| Read::parse(&store.vouched(note)?))
            .filter(|known| {
                known.size <= head.size
                    && self.digest(known.revocations).as_ref() == Some(&known.sha256)
            });
        let (from, root, held) = match &known {
            Some(known) => (known.size, known.root, known.revocations),
            None => (0, Edge::empty().root(), 0),
        };
        let (new, number) = store.revocations(head, (from, &root))?;
        let number = number.max(known.as_ref().map_or(0, |known| known.number));
        let mut revocations = self.all.get(..held).unwrap_or_default().to_vec();
        revocations.extend(new);
        Ok(Told {
            revocations,
            number,
            known,
        })
    }

    /// Puts what is logged first, and behind it what the file alone has; what was wrong, if anything was. A line of the
    /// file alone may revoke, as a process leaves it that was killed before it logged. It never lifts a revocation.
    fn correct(&mut self, logged: &[Revocation]) -> Option<&'static str> {
        let short = !self.all.starts_with(logged);
        let file = std::mem::replace(&mut self.all, logged.to_vec());
        let rest = match short {
            true => file.as_slice(),
            false => file.get(logged.len()..).unwrap_or_default(),
        };
        let mut lifted = false;
        for one in rest {
            if short && logged.contains(one) {
                continue;
            }
            let removal = one.reason == RevocationCause::RemoveFromCrl.code();
            let before = self.of(&one.issuer, &one.serial);
            let hold = RevocationCause::CertificateHold.code();
            if removal || before.is_some_and(|old| old.reason != hold) {
                lifted = true;
            } else {
                self.all.push(one.clone());
            }
        }
        match (short, lifted) {
            (_, true) => Some(
                "`revocations.jsonl` had a line that lifts or changes a revocation and is not in the log: it is left out",
            ),
            (true, false) => Some(
                "`revocations.jsonl` lacked a revocation that the log holds, and is written anew from the log",
            ),
            (false, false) => None,
        }
    }

    /// The revocation of a certificate, unless it was on hold and is no longer.
    pub(super) fn of(&self, issuer: &str, serial: &str) -> Option<&Revocation> {
        let last = self
            .all
            .iter()
            .rfind(|one| one.issuer == issuer && one.serial == serial);
        last.filter(|one| one.reason != RevocationCause::RemoveFromCrl.code())
    }

    /// Refuses a key that a certificate was revoked for because others may know it: it is never certified again.
    pub(super) fn check_key(&self, key: &PublicKey) -> Result<(), Failure> {
        let id = key_id(&key.to_spki());
        let known = [
            RevocationCause::KeyCompromise,
            RevocationCause::CaCompromise,
        ];
        for one in &self.all {
            let cause = known.iter().find(|cause| cause.code() == one.reason);
            if let Some(cause) = cause.filter(|_| one.key.as_ref() == Some(&id)) {
                return Err(refuse(IssueError::CompromisedKey {
                    at: one.revoked_at,
                    why: cause.name(),
                }));
            }
        }
        Ok(())
    }

    /// The SHA-256 of the first revocations, as they are stored; None if there are fewer.
    fn digest(&self, count: usize) -> Option<String> {
        let lines: String = self
            .all
            .get(..count)?
            .iter()
            .map(|one| format!("{}\n", one.to_json()))
            .collect();
        Some(hex(&sha256(lines.as_bytes())))
    }

    /// Adds a revocation to the file and to the log; its index there.
    pub(super) fn add(
        &mut self,
        directory: &Path,
        revocation: Revocation,
        log: &mut LogWriter,
    ) -> Result<u64, Failure> {
        fs::append_line(&directory.join(FILE), &revocation.to_json().to_string())?;
        self.all.push(revocation.clone());
        log.append(&[Entry::Revocation(revocation)])
    }

    /// Under which name a shard's list is written down.
    pub(super) fn shard_key(issuer: &str, shard: u16) -> String {
        format!("{issuer} {shard}")
    }

    /// The last complete list of each shard of an issuer.
    pub(super) fn shards(&self, issuer: &str) -> impl Iterator<Item = (u16, &Complete)> {
        self.complete.iter().filter_map(move |(key, list)| {
            let (of, shard) = key.split_once(' ')?;
            (of == issuer).then_some((shard.parse().ok()?, list))
        })
    }

    /// Writes down where the lists are.
    pub(super) fn save(&self, directory: &Path) -> Result<(), Failure> {
        let complete: serde_json::Map<String, Value> = self
            .complete
            .iter()
            .map(|(issuer, list)| (issuer.clone(), list.to_json()))
            .collect();
        let state = json!({
            "schema": "countersign/ca-lists/v1",
            "number": self.number,
            "complete": complete,
            "log": self.note,
        });
        let text = format!("{state:#}\n");
        let path = directory.join(STATE);
        Ok(fs::write(
            &path,
            text.as_bytes(),
            Privacy::Shared,
            Replace::Always,
        )?)
    }
}

/// What the log tells.
struct Told {
    revocations: Vec<Revocation>,
    /// The largest number of a revocation list among what was read now.
    number: u64,
    known: Option<Read>,
}

/// The first line of what is written down of how far the log was read.
const STATEMENT: &str = "countersign/revocations-read/v1";

impl Read {
    fn text(head: &Checkpoint, read: &Revocations, sha256: &str) -> String {
        let (size, root) = (head.size, hex(&head.root));
        let (count, number) = (read.all.len(), read.number);
        format!("{STATEMENT}\n{size}\n{root}\n{count}\n{sha256}\n{number}\n")
    }

    /// None if it tells nothing: the log is read from its first entry then.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|line| *line == STATEMENT)?;
        Some(Self {
            size: lines.next()?.parse().ok()?,
            root: unhex(lines.next()?.as_bytes())?.try_into().ok()?,
            revocations: lines.next()?.parse().ok()?,
            sha256: lines.next()?.to_owned(),
            number: lines.next()?.parse().ok()?,
        })
    }
}

impl Complete {
    fn to_json(&self) -> Value {
        json!({
            "number": self.number,
            "this_update": self.this_update.to_string(),
            "covered": self.covered,
            "point": self.point,
        })
    }

    /// None for one that does not tell what it covered: no delta adds to it, and no entry is spent by it.
    fn from_json(value: &Value) -> Option<Self> {
        let point = value["point"].as_array()?.iter();
        Some(Self {
            number: value["number"].as_u64()?,
            this_update: value["this_update"].as_str()?.parse().ok()?,
            covered: usize::try_from(value["covered"].as_u64()?).ok()?,
            point: point
                .map(|url| url.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
        })
    }
}

/// How a revocation names a key.
pub(super) fn key_id(spki: &[u8]) -> String {
    hex(&sha256(spki))
}

fn optional(path: &Path) -> Result<Vec<u8>, Failure> {
    match fs::read(path, MAX_FILE) {
        Ok(bytes) => Ok(bytes),
        Err(FileError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// A revocation list of the directory.
#[derive(Debug)]
pub(super) struct ListFile {
    pub(super) der: Vec<u8>,
    /// The hash of the part that is signed, hexadecimal.
    pub(super) sha256: String,
}

/// The responses in `crl/ocsp/`, each with the hash of the part that is signed, hexadecimal.
pub(super) fn response_files(directory: &Path) -> Result<Vec<(String, ListFile)>, Failure> {
    let mut responses = Vec::new();
    let Ok(found) = directory.join(LISTS).join(RESPONSES).read_dir() else {
        return Ok(responses);
    };
    for entry in found.flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        let bytes = fs::read(&path, MAX_FILE)?;
        let basic = crate::cert::basic_response(&bytes).and_then(|der| {
            let signed = Reader::new(&der).enter(tag::SEQUENCE).ok()?;
            let sha256 = hex(&sha256({ signed }.whole(tag::SEQUENCE).ok()?));
            Some(ListFile { der, sha256 })
        });
        let basic = basic.ok_or_else(|| {
            Failure::input("it is no OCSP response").context(format!("cannot read `{name}`"))
        })?;
        responses.push((name, basic));
    }
    responses.arrange_by(|a, b| a.0.cmp(&b.0));
    Ok(responses)
}

/// The lists in `crl/`.
pub(super) fn list_files(directory: &Path) -> Result<Vec<(String, ListFile)>, Failure> {
    let folder = directory.join(LISTS);
    let mut lists = Vec::new();
    let Ok(found) = folder.read_dir() else {
        return Ok(lists);
    };
    for entry in found.flatten() {
        let path = entry.path();
        // The responses of `--ocsp` lie in a directory of their own.
        if path.is_dir() {
            continue;
        }
        let name = path.display().to_string();
        let bytes = fs::read(&path, MAX_FILE)?;
        let ders = if pem::is_pem(&bytes) {
            let blocks = pem::parse(&String::from_utf8_lossy(&bytes));
            let blocks = blocks.map_err(|error| {
                Failure::input(error.to_string()).context(format!("cannot read `{name}`"))
            })?;
            blocks.into_iter().map(|block| block.der.to_vec()).collect()
        } else {
            vec![bytes]
        };
        for der in ders {
            let signed = Reader::new(&der)
                .enter(tag::SEQUENCE)
                .and_then(|mut list| list.whole(tag::SEQUENCE))
                .map(|signed| hex(&sha256(signed)));
            let sha256 = signed.map_err(|_| {
                Failure::input("it is no revocation list").context(format!("cannot read `{name}`"))
            })?;
            lists.push((name.clone(), ListFile { der, sha256 }));
        }
    }
    lists.arrange_by(|a, b| a.0.cmp(&b.0));
    Ok(lists)
}
