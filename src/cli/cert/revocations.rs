//! What an authority has revoked: `revocations.jsonl`, `lists.json` and `crl/` of its directory.
//!
//! A revocation is written here first and logged right after: a process that is killed between the two leaves one that the
//! next `cert revoke` or `cert crl` logs, and never one that the lists forget.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::directory::LogWriter;
use crate::cert::issuance_log::{Entry, Revocation};
use crate::cli::error::Failure;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::der::{Reader, tag};
use crate::kernel::fs::{self, FileError, Privacy, Replace};
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
    logged: usize,
    /// For each issuer's key: number and time of its last complete list.
    pub(super) complete: BTreeMap<String, (u64, Timestamp)>,
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
            read.logged = value["logged"]
                .as_u64()
                .and_then(|count| usize::try_from(count).ok())
                .unwrap_or(0);
            for (issuer, list) in value["complete"].as_object().into_iter().flatten() {
                let time = list["this_update"].as_str().unwrap_or_default();
                if let (Some(number), Ok(time)) = (list["number"].as_u64(), time.parse()) {
                    read.complete.insert(issuer.clone(), (number, time));
                }
            }
        }
        Ok(read)
    }

    /// Adds a revocation to the file.
    pub(super) fn add(&mut self, directory: &Path, revocation: Revocation) -> Result<(), Failure> {
        fs::append_line(&directory.join(FILE), &revocation.to_json().to_string())?;
        self.all.push(revocation);
        Ok(())
    }

    /// Logs what is not logged yet.
    pub(super) fn log(&mut self, directory: &Path, log: &mut LogWriter) -> Result<(), Failure> {
        let new: Vec<Entry> = self
            .all
            .iter()
            .skip(self.logged)
            .cloned()
            .map(Entry::Revocation)
            .collect();
        if !new.is_empty() {
            log.append(&new)?;
            self.logged = self.all.len();
            self.save(directory)?;
        }
        Ok(())
    }

    /// Writes down where the lists are.
    pub(super) fn save(&self, directory: &Path) -> Result<(), Failure> {
        let complete: serde_json::Map<String, Value> = self
            .complete
            .iter()
            .map(|(issuer, (number, time))| {
                let list = json!({ "number": number, "this_update": time.to_string() });
                (issuer.clone(), list)
            })
            .collect();
        let state = json!({
            "schema": "countersign/ca-lists/v1",
            "number": self.number,
            "logged": self.logged,
            "complete": complete,
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
