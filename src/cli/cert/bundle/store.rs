//! The file of fetched bundles, and what became of one that was offered to it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cert::{BundleStore, Offered, TrustBundle, TrustDomain};
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::humanize;

const MAX_FILE: u64 = 64 << 20;

/// Reads the bundles that were fetched; none where the file is not there.
pub(super) fn read(path: &Path) -> Result<BundleStore, Failure> {
    let bytes = match fs::read(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(FileError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(BundleStore::default());
        }
        Err(error) => return Err(error.into()),
    };
    BundleStore::parse(&bytes).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("`{}` is no map of bundles", path.display()))
    })
}

/// Where a bundle came from and what became of it.
pub(super) struct Kept {
    pub(super) trust_domain: TrustDomain,
    /// The URL or the file.
    pub(super) source: String,
    /// How the endpoint was authenticated; None for a file.
    pub(super) profile: Option<&'static str>,
    /// The URLs that it was sent on to.
    pub(super) redirects: Vec<String>,
    pub(super) offered: Offered,
    pub(super) bundle: TrustBundle,
    /// The sequence of the one that was there.
    pub(super) before: Option<u64>,
    pub(super) store: PathBuf,
}

/// Offers a bundle to the file. Others who offer to it wait.
pub(super) fn offer(
    path: &Path,
    domain: &TrustDomain,
    (source, bytes): (&str, &[u8]),
) -> Result<Kept, Failure> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let _alone = fs::lock(Path::new(&lock))?;
    let mut store = read(path)?;
    let before = store.bundle(domain).and_then(|bundle| bundle.sequence);
    let (bundle, offered) = store.offer(domain, bytes).map_err(|error| {
        Failure::input(error.to_string()).context(format!("`{source}` gives no bundle"))
    })?;
    if offered == Offered::Stored {
        let text = store.to_text();
        fs::write(path, text.as_bytes(), Privacy::Shared, Replace::Always)?;
    }
    Ok(Kept {
        trust_domain: domain.clone(),
        source: source.to_owned(),
        profile: None,
        redirects: Vec::new(),
        offered,
        bundle,
        before,
        store: path.to_owned(),
    })
}

impl Kept {
    /// What is odd about it.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.bundle.notes.clone();
        let same = self.before.is_some() && self.before == self.bundle.sequence;
        if same && self.offered == Offered::Stored {
            notes.push(
                "it changed and its sequence did not (SPIFFE Trust Domain and Bundle §4.1.1)"
                    .to_owned(),
            );
        }
        notes
    }

    /// The outcome with its record.
    pub(super) fn outcome(self, action: &'static str) -> Outcome {
        let domain = self.trust_domain.to_string();
        let ders = self.bundle.authorities.iter();
        let ders: Vec<&[u8]> = ders.map(|one| one.der.as_slice()).collect();
        let mut record = Verdict::new(action, domain, &ders.concat());
        let taken = self.offered != Offered::Older;
        let (decision, exit) = match taken {
            true => (Decision::Yes, ExitCode::Yes),
            false => (Decision::No, ExitCode::No),
        };
        record.decision = decision;
        Outcome::verdict(exit, self, record)
    }
}

impl View for Kept {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": the bundle of {}", self.trust_domain);
        let tone = match self.offered {
            Offered::Older => Tone::Bad,
            Offered::Stored | Offered::Unchanged => Tone::Good,
        };
        paint.toned(tone, self.offered.name(), &rest);
        paint.field("from", &self.source, None);
        if let Some(profile) = self.profile {
            paint.field("profile", profile, None);
        }
        for url in &self.redirects {
            paint.field("sent on", url, None);
        }
        for authority in &self.bundle.authorities {
            paint.field("authority", authority.name(), None);
        }
        for key in &self.bundle.jwt_keys {
            paint.field("JWT key", key, None);
        }
        let before = self.before.map(|number| format!(", before {number}"));
        let before = before.unwrap_or_default();
        match self.bundle.sequence {
            Some(number) => paint.field("sequence", &format!("{number}{before}"), None),
            None => paint.field("sequence", &format!("none{before}"), None),
        }
        if let Some(seconds) = self.bundle.refresh_hint {
            let hint = humanize(std::time::Duration::from_secs(seconds));
            paint.field("refresh", &hint, None);
        }
        paint.field("store", &self.store.display().to_string(), None);
        for note in self.notes() {
            paint.field("note", &note, Some(Tone::Warn));
        }
    }

    fn json(&self) -> Value {
        let authorities = self.bundle.authorities.iter();
        let authorities: Vec<&str> = authorities.map(|one| one.name()).collect();
        json!({
            "schema": "countersign/kept-bundle/v1",
            "trust_domain": self.trust_domain.as_str(),
            "source": self.source,
            "profile": self.profile,
            "redirects": self.redirects,
            "result": self.offered.name(),
            "authorities": authorities,
            "jwt_keys": self.bundle.jwt_keys,
            "sequence": self.bundle.sequence,
            "sequence_before": self.before,
            "refresh_hint": self.bundle.refresh_hint,
            "store": self.store.display().to_string(),
            "notes": self.notes(),
        })
    }
}
