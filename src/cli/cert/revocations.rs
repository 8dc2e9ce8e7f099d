//! What an authority has revoked: `revocations.jsonl`, `lists.json` and `crl/` of its directory.
//!
//! A revocation is written here first and logged right after: a process that is killed between the two leaves one that the
//! next `cert revoke` or `cert crl` logs. The log is the truth: what it holds and the file lacks is put back, and no list
//! has a number that the log has seen. How far the log was read is written down, so that only what is new is read again;
//! the entries before are held against the root that they made then. What a list must tell is decided by how many revocations the one before it covered,
//! never by comparing the clocks of two runs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::directory::LogWriter;
use super::refuse;
use crate::cert::issuance_log::{Edge, Entry, Hash, Revocation};
use crate::cert::{IssueError, RevocationCause};
use crate::cli::error::Failure;
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
const MAX_FILE: u64 = 256 << 20;

/// What was revoked, and the lists of it so far.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    pub(super) all: Vec<Revocation>,
    pub(super) number: u64,
    /// For each issuer's key: its last complete list.
    pub(super) complete: BTreeMap<String, Complete>,
    read: Option<Read>,
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
}

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
            read.read = Read::from_json(&value["log"]);
        }
        Ok(read)
    }

    /// Reads what a directory holds, and makes it agree with the log; whether the file lacked what the log holds.
    pub(super) fn open(directory: &Path, log: &mut LogWriter) -> Result<(Self, bool), Failure> {
        let mut read = Self::read(directory)?;
        let size = log.checkpoint().0.size;
        let known = read.read.take().filter(|known| {
            known.size <= size && read.digest(known.revocations) == Some(known.sha256.clone())
        });
        let (from, root, held) = match &known {
            Some(known) => (known.size, known.root, known.revocations),
            None => (0, Edge::empty().root(), 0),
        };
        let (new, number) = log.revocations((from, &root))?;
        read.number = read.number.max(number);
        let mut logged = read.all.get(..held).unwrap_or_default().to_vec();
        logged.extend(new);
        let short = !read.all.starts_with(&logged);
        if short {
            let rest = std::mem::take(&mut read.all);
            let new = rest.into_iter().filter(|one| !logged.contains(one));
            read.all = logged.iter().cloned().chain(new).collect();
            let lines = read.all.iter().map(|one| format!("{}\n", one.to_json()));
            let text: String = lines.collect();
            let path = directory.join(FILE);
            fs::write(&path, text.as_bytes(), Privacy::Shared, Replace::Always)?;
        }
        if read
            .complete
            .values()
            .any(|list| list.covered > logged.len())
        {
            return Err(Failure::input(format!(
                "`{STATE}` tells of more revocations than the log holds"
            ))
            .hint("`cert log audit` tells more"));
        }
        let new = read.all.iter().skip(logged.len()).cloned();
        let new: Vec<Entry> = new.map(Entry::Revocation).collect();
        if !new.is_empty() {
            log.append(&new)?;
        }
        let (head, _) = log.checkpoint();
        read.read = read.digest(read.all.len()).map(|sha256| Read {
            size: head.size,
            root: head.root,
            revocations: read.all.len(),
            sha256,
        });
        read.save(directory)?;
        Ok((read, short))
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
            "log": self.read.as_ref().map(Read::to_json),
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

impl Read {
    fn to_json(&self) -> Value {
        json!({
            "size": self.size,
            "root": hex(&self.root),
            "revocations": self.revocations,
            "sha256": self.sha256,
        })
    }

    /// None if it tells nothing: the log is read from its first entry then.
    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            size: value["size"].as_u64()?,
            root: unhex(value["root"].as_str()?.as_bytes())?.try_into().ok()?,
            revocations: usize::try_from(value["revocations"].as_u64()?).ok()?,
            sha256: value["sha256"].as_str()?.to_owned(),
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

/// What the file of a directory tells of one certificate or key: the lines that hold a text.
fn lines_with(directory: &Path, text: &str) -> Result<Vec<Revocation>, Failure> {
    let bytes = optional(&directory.join(FILE))?;
    if memchr::memmem::find(&bytes, text.as_bytes()).is_none() {
        return Ok(Vec::new());
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| memchr::memmem::find(line, text.as_bytes()).is_some());
    let parsed =
        lines.filter_map(|line| Revocation::from_json(&serde_json::from_slice(line).ok()?));
    Ok(parsed.collect())
}

/// The revocation of a certificate, unless it was on hold and is no longer.
pub(super) fn revocation_of(
    directory: &Path,
    issuer: &str,
    serial: &str,
) -> Result<Option<Revocation>, Failure> {
    let mut lines = lines_with(directory, serial)?.into_iter();
    let last = lines.rfind(|one| one.issuer == issuer && one.serial == serial);
    Ok(last.filter(|one| one.reason != RevocationCause::RemoveFromCrl.code()))
}

/// Refuses a key that a certificate was revoked for because others may know it: it is never certified again.
pub(super) fn check_key(directory: &Path, key: &PublicKey) -> Result<(), Failure> {
    let id = key_id(&key.to_spki());
    let known = [
        RevocationCause::KeyCompromise,
        RevocationCause::CaCompromise,
    ];
    for one in lines_with(directory, &id)? {
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
    lists.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(lists)
}
