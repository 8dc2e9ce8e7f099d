//! Answers that are kept for a while (RFC 9111), in a directory that only the user may write to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::env::Env;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::time::Timestamp;

/// How long an answer is kept that says nothing of it.
const USUAL: Duration = Duration::from_secs(300);
/// The longest that any answer is kept: a key that an issuer withdraws is gone by then.
const LONGEST: Duration = Duration::from_secs(3600);
/// The largest file that is read back.
const MAX_FILE: u64 = (1 << 20) + 256;
/// The first word of a file of this form.
const FORM: &str = "countersign-answer/1";

/// Whether an answer of before will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Yes, while it may be kept.
    Kept,
    /// No.
    Anew,
}

/// The answers that are kept.
#[derive(Debug)]
pub(super) struct Cache {
    directory: Option<PathBuf>,
    trust: Vec<u8>,
    now: Timestamp,
    reads: bool,
}

impl Cache {
    /// The user's cache. `trust` is what the answers were believed by: under other trust they are not found.
    pub(super) fn new(env: &Env, trust: &[u8], anew: bool) -> Self {
        Self {
            directory: directory(env),
            trust: trust.to_vec(),
            now: env.current_time(),
            reads: !anew,
        }
    }

    /// What is kept of a URL, if it may still be used.
    pub(super) fn get(&self, url: &str) -> Option<Vec<u8>> {
        let directory = self.directory.as_ref().filter(|_| self.reads)?;
        if !is_own(directory) {
            return None;
        }
        let mut file = fs::read(&self.path(directory, url), MAX_FILE).ok()?;
        let end = memchr::memchr(b'\n', &file)?;
        let head = std::str::from_utf8(file.get(..end)?).ok()?;
        let (fetched, until) = times(head)?;
        let now = self.now.unix();
        // A clock that was set back must not make an old answer young again.
        let longest = i64::try_from(LONGEST.as_secs()).unwrap_or(0);
        if now < fetched || now >= until || until - fetched > longest {
            return None;
        }
        Some(file.split_off(end + 1))
    }

    /// Keeps an answer as long as its `Cache-Control` and `Age` allow. A cache that cannot be written is none.
    pub(super) fn put(&self, url: &str, body: &[u8], (control, age): (Option<&str>, Option<&str>)) {
        let Some(directory) = &self.directory else {
            return;
        };
        let path = self.path(directory, url);
        let life = life(control, age);
        if life.is_zero() {
            // What was kept before is older still.
            let _absent = std::fs::remove_file(path);
            return;
        }
        if fs::create_private_dir(directory).is_err() || !is_own(directory) {
            return;
        }
        let until = self.now.plus(life).unix();
        let mut file = format!("{FORM} {} {until}\n", self.now.unix()).into_bytes();
        file.extend_from_slice(body);
        let _best_effort = fs::write(&path, &file, Privacy::Private, Replace::Always);
    }

    fn path(&self, directory: &Path, url: &str) -> PathBuf {
        let mut digest = Digest::new(DigestAlgorithm::Sha256);
        digest.update(url.as_bytes());
        digest.update(b"\n");
        digest.update(&self.trust);
        directory.join(hex(&digest.finish()))
    }
}

fn times(head: &str) -> Option<(i64, i64)> {
    let mut words = head.split(' ');
    let (form, fetched, until) = (words.next()?, words.next()?, words.next()?);
    (form == FORM && words.next().is_none()).then_some(())?;
    Some((fetched.parse().ok()?, until.parse().ok()?))
}

/// How long an answer may be kept (RFC 9111 §5.2.2, §4.2.3), within our bounds.
fn life(control: Option<&str>, age: Option<&str>) -> Duration {
    let Some(control) = control else {
        return USUAL;
    };
    let mut life = USUAL;
    for directive in control.split(',') {
        let directive = directive.trim().to_ascii_lowercase();
        match directive.split_once('=') {
            None if directive == "no-store" || directive == "no-cache" => return Duration::ZERO,
            Some(("no-cache", _)) => return Duration::ZERO,
            Some(("max-age", seconds)) => {
                let seconds = seconds.trim_matches('"').parse().unwrap_or(0);
                life = Duration::from_secs(seconds);
            }
            _ => {}
        }
    }
    let age = age.and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    life.saturating_sub(Duration::from_secs(age)).min(LONGEST)
}

fn directory(env: &Env) -> Option<PathBuf> {
    let given = env
        .var("XDG_CACHE_HOME")
        .or_else(|| env.var("LOCALAPPDATA"));
    let base = match given {
        Some(base) => PathBuf::from(base),
        None if cfg!(target_os = "macos") => Path::new(env.var("HOME")?).join("Library/Caches"),
        None => Path::new(env.var("HOME")?).join(".cache"),
    };
    base.is_absolute()
        .then(|| base.join("countersign").join("issuers"))
}

// Keys that somebody else can write are somebody else's keys.
#[cfg(unix)]
fn is_own(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::symlink_metadata(directory)
        .is_ok_and(|found| found.is_dir() && found.permissions().mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_own(directory: &Path) -> bool {
    std::fs::symlink_metadata(directory).is_ok_and(|found| found.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_as_long_as_it_says_and_an_hour_at_most() {
        let table = [
            (None, None, 300),
            (Some("public"), None, 300),
            (Some("max-age=60"), None, 60),
            (Some("public, Max-Age=\"60\""), None, 60),
            (Some("max-age=600"), Some("590"), 10),
            (Some("max-age=600"), Some("601"), 0),
            (Some("max-age=31536000"), None, 3600),
            (Some("max-age=99999999999999999999"), None, 0),
            (Some("max-age=-1"), None, 0),
            (Some("max-age=600, no-store"), None, 0),
            (Some("no-cache"), None, 0),
        ];
        for (control, age, seconds) in table {
            assert_eq!(life(control, age).as_secs(), seconds, "{control:?} {age:?}");
        }
    }

    #[test]
    fn what_is_kept_is_found_under_the_same_trust_until_it_is_old() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/scratch")
            .join(format!("answers-{}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&directory);
        let at = |seconds: i64, trust: &[u8]| Cache {
            directory: Some(directory.clone()),
            trust: trust.to_vec(),
            now: Timestamp::from_unix(1_000_000 + seconds).unwrap(),
            reads: true,
        };
        let url = "https://auth.acme.example/keys";
        at(0, b"").put(url, b"{}\n{}", (Some("max-age=60"), None));
        assert_eq!(at(59, b"").get(url), Some(b"{}\n{}".to_vec()));
        assert_eq!(at(60, b"").get(url), None);
        assert_eq!(at(-1, b"").get(url), None, "the clock was set back");
        assert_eq!(at(1, b"other").get(url), None);
        assert_eq!(at(1, b"").get("https://auth.acme.example/other"), None);
        at(1, b"").put(url, b"new", (Some("no-store"), None));
        assert_eq!(at(2, b"").get(url), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/scratch")
            .join(format!("answers-open-{}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&directory);
        let cache = Cache {
            directory: Some(directory.clone()),
            trust: Vec::new(),
            now: Timestamp::from_unix(1_000_000).unwrap(),
            reads: true,
        };
        cache.put("https://a.example", b"{}", (None, None));
        assert!(cache.get("https://a.example").is_some());
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(cache.get("https://a.example"), None);
    }
}
