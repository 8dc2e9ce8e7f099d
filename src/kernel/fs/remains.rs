//! What killed processes leave behind, and whether a directory can be written to.
//!
//! Files and directories are written beside their place, as `.NAME.PID.new`, and moved there. A process that is killed
//! leaves them, perhaps with a private key inside.

use std::ffi::OsStr;
use std::path::Path;

use super::{FileError, Privacy, Replace, stage};

/// Removes what killed processes left in a directory: beside one name, or beside all.
pub fn sweep(directory: &Path, name: Option<&OsStr>) {
    let name = name.map(OsStr::to_string_lossy);
    let found = directory.read_dir().into_iter().flatten().flatten();
    for entry in found {
        let file = entry.file_name();
        let remains = parts(&file.to_string_lossy()).is_some_and(|(beside, process)| {
            name.as_ref().is_none_or(|name| name == beside) && has_ended(process)
        });
        if remains {
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let _removed_by_another = if is_directory {
                std::fs::remove_dir_all(entry.path())
            } else {
                std::fs::remove_file(entry.path())
            };
        }
    }
}

/// `.NAME.PID.new`, taken apart.
fn parts(file: &str) -> Option<(&str, u32)> {
    let inner = file.strip_prefix('.')?.strip_suffix(".new")?;
    let (name, process) = inner.rsplit_once('.')?;
    Some((name, process.parse().ok()?))
}

/// Whether a process has ended, where the system tells; where it does not, nothing is removed.
fn has_ended(process: u32) -> bool {
    let processes = Path::new("/proc");
    let tells = processes.join("self").exists();
    tells && process != std::process::id() && !processes.join(process.to_string()).exists()
}

/// As much as a certificate takes, with its key, its chain and its bundle.
const ROOM: usize = 16 << 10;

/// Writes a file to a directory and removes it: whether what follows has a place, and room there.
///
/// # Errors
/// [`FileError::Write`].
pub fn check_writable(directory: &Path) -> Result<(), FileError> {
    let staged = stage(
        &directory.join("probe"),
        &vec![0; ROOM],
        Privacy::Private,
        Replace::Always,
    );
    staged.map(drop).map_err(|error| match error {
        FileError::Write { source, .. } => FileError::Write {
            path: directory.to_owned(),
            source,
        },
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_that_ended_left_is_removed_and_nothing_else() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/scratch")
            .join(format!("remains-{}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(dir.join(".svid.4294967295.new")).unwrap();
        let own = format!(".key.{}.new", std::process::id());
        for name in [
            ".key.4294967294.new",
            &own,
            ".key.new",
            "key.pem",
            ".a.b.new",
        ] {
            std::fs::write(dir.join(name), b"").unwrap();
        }
        sweep(&dir, Some(OsStr::new("svid")));
        assert!(!dir.join(".svid.4294967295.new").exists());
        assert!(dir.join(".key.4294967294.new").exists());
        sweep(&dir, None);
        let mut left: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut kept = [".a.b.new", ".key.new", own.as_str(), "key.pem"];
        kept.sort_unstable();
        assert_eq!(left, kept);
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_known_before() {
        let nowhere = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(matches!(
            check_writable(&nowhere),
            Err(FileError::Write { .. })
        ));
    }
}
