//! Files that are written whole or not at all, private where they hold secrets, and never replaced by accident.

mod directory;
mod interrupt;
mod lock;
mod remains;

pub use directory::{create_directory, move_directory, write_unsynced};
pub use lock::{Lock, lock};
pub use remains::{check_writable, sweep};

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Its owner alone: mode 0600.
    Private,
    /// Whoever the umask allows.
    Shared,
}

/// Whether a file that exists may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Never.
    Never,
    /// Yes: the user asked for it.
    Always,
}

/// A file could not be read or written; the path is always named.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It exists already.
    #[error("`{}` exists already", .0.display())]
    Exists(PathBuf),
    /// More bytes than allowed.
    #[error("`{}` holds more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// Reading failed.
    #[error("cannot read `{}`: {}", path.display(), describe(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write `{}`: {}", path.display(), describe(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What the system says, in lower case and without its error number.
pub fn describe(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`FileError::Read`], [`FileError::TooLarge`].
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // What the system says of its size saves room and questions; it is not believed.
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let size = usize::try_from(size.min(limit)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(size + 1);
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Writes a file whole: beside its place first, then moved there. An interrupted run leaves the old file, or none.
///
/// With [`Replace::Always`] a device or a pipe, such as `/dev/null`, is written to; a file never takes its place.
///
/// # Errors
/// [`FileError::Exists`] if it may not be replaced, [`FileError::Write`].
pub fn write(
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
    replace: Replace,
) -> Result<(), FileError> {
    if replace == Replace::Never && path.symlink_metadata().is_ok() {
        return Err(FileError::Exists(path.to_owned()));
    }
    if replace == Replace::Always && is_special(path) {
        let mut options = OpenOptions::new();
        let written = options.write(true).open(path).and_then(|mut stream| {
            stream.write_all(bytes)?;
            stream.flush()
        });
        return written.map_err(|source| FileError::Write {
            path: path.to_owned(),
            source,
        });
    }
    stage(path, bytes, privacy, replace)?.commit()
}

/// A file that is written beside its place and not moved there yet. Dropped without [`Staged::commit`], it is removed.
#[derive(Debug)]
pub struct Staged {
    beside: PathBuf,
    path: PathBuf,
    replace: Replace,
}

/// Writes a file beside its place, so that several can be written before the first is moved.
///
/// # Errors
/// [`FileError::Exists`] if something is there that may not be replaced, or a directory; [`FileError::Write`].
pub fn stage(
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
    replace: Replace,
) -> Result<Staged, FileError> {
    let staged = place(path, replace)?;
    match write_new(&staged.beside, bytes, privacy) {
        Ok(()) => Ok(staged),
        Err(source) => Err(FileError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

/// As [`stage`], for bytes that are written piece by piece.
///
/// # Errors
/// As [`stage`].
pub fn stage_with(
    path: &Path,
    privacy: Privacy,
    replace: Replace,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<Staged, FileError> {
    let staged = place(path, replace)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, privacy);
    let written = options.open(&staged.beside).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(staged),
        Err(source) => Err(FileError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

fn place(path: &Path, replace: Replace) -> Result<Staged, FileError> {
    let taken = match replace {
        Replace::Never => path.symlink_metadata().is_ok(),
        Replace::Always => path.is_dir(),
    };
    if taken {
        return Err(FileError::Exists(path.to_owned()));
    }
    let beside = beside(path);
    interrupt::watch(&beside);
    Ok(Staged {
        beside,
        path: path.to_owned(),
        replace,
    })
}

impl Staged {
    /// Moves the file to its place.
    ///
    /// # Errors
    /// [`FileError::Exists`] if the place was taken in the meantime, [`FileError::Write`].
    pub fn commit(self) -> Result<(), FileError> {
        self.commit_unsynced()?;
        sync_parent(&self.path);
        Ok(())
    }

    /// Moves the file to its place without waiting until the move is on the disk: after a loss of power the old file may be
    /// there instead, whole as this one.
    ///
    /// # Errors
    /// As [`Staged::commit`].
    pub fn commit_unsynced(&self) -> Result<(), FileError> {
        let moved = match self.replace {
            Replace::Always => std::fs::rename(&self.beside, &self.path),
            // A link fails where the name was taken in the meantime; a rename would replace it.
            Replace::Never => std::fs::hard_link(&self.beside, &self.path),
        };
        moved.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists(self.path.clone()),
            _ => FileError::Write {
                path: self.path.clone(),
                source,
            },
        })
    }
}

/// Moves files to their places, in this order, and waits for the disk once for each directory.
///
/// # Errors
/// As [`Staged::commit`].
pub fn commit_all(files: &[Staged]) -> Result<(), FileError> {
    let moved = files.iter().try_for_each(Staged::commit_unsynced);
    let mut synced: Vec<Option<&Path>> = Vec::new();
    for file in files {
        let parent = file.path.parent();
        if !synced.contains(&parent) {
            sync_parent(&file.path);
            synced.push(parent);
        }
    }
    moved
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _gone_already = std::fs::remove_file(&self.beside);
        interrupt::forget(&self.beside);
    }
}

/// Whether something is there, possibly behind a link, that is neither a file nor a directory.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn write_new(path: &Path, bytes: &[u8], privacy: Privacy) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, privacy);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, privacy: Privacy) {
    use std::os::unix::fs::OpenOptionsExt as _;
    if privacy == Privacy::Private {
        options.mode(0o600);
    }
}

#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _privacy: Privacy) {}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

// The rename itself must reach the disk; where a directory cannot be opened there is nothing more to do.
fn sync_parent(path: &Path) {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Ok(directory) = File::open(parent.unwrap_or(Path::new("."))) {
        let _best_effort = directory.sync_all();
    }
}

/// Creates an empty file that only its owner may read, unless something is there already; whether it was created.
///
/// # Errors
/// [`FileError::Write`].
pub fn create_private(path: &Path) -> Result<bool, FileError> {
    match write_new(path, b"", Privacy::Private) {
        Ok(()) => {
            sync_parent(path);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(FileError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Creates a file to read and write that only its owner may open; something that is there is never opened.
///
/// # Errors
/// [`FileError::Write`].
pub fn create_scratch(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    restrict(&mut options, Privacy::Private);
    options.open(path).map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Creates a directory for secrets, mode 0700, with its parents; one that exists is left as it is.
///
/// # Errors
/// [`FileError::Write`].
pub fn create_private_dir(path: &Path) -> Result<(), FileError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Appends one line to a file that several processes may append to. The line is written under a lock; what a killed
/// writer left unfinished is ended first, so that lines never run together.
///
/// # Errors
/// [`FileError::Write`].
pub fn append_line(path: &Path, line: &str) -> Result<(), FileError> {
    append(path, line).map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    restrict(&mut options, Privacy::Private);
    let mut file = options.open(path)?;
    // A pipe or a character device has no last byte to look at, and may not be lockable.
    let regular = file.metadata()?.is_file();
    let mut bytes = Vec::with_capacity(line.len() + 2);
    if regular {
        file.lock()?;
        if torn(&mut file)? {
            bytes.push(b'\n');
        }
    }
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    if regular {
        file.sync_data()?;
    }
    Ok(())
}

fn torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(io::SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/scratch")
            .join(format!("{name}-{}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_file_is_never_replaced_unasked() {
        let path = scratch("replace").join("key.pem");
        write(&path, b"one", Privacy::Private, Replace::Never).unwrap();
        let error = write(&path, b"two", Privacy::Private, Replace::Never).unwrap_err();
        assert!(matches!(error, FileError::Exists(_)), "{error}");
        assert_eq!(read(&path, 10).unwrap(), b"one");
        write(&path, b"two", Privacy::Private, Replace::Always).unwrap();
        assert_eq!(read(&path, 10).unwrap(), b"two");
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left beside it");
    }

    #[test]
    fn of_several_files_none_is_replaced_if_one_cannot_be() {
        let dir = scratch("several");
        let (chain, key) = (dir.join("chain"), dir.join("key"));
        std::fs::write(&key, b"old").unwrap();
        std::fs::create_dir(&chain).unwrap();
        let staged = stage(&key, b"new", Privacy::Private, Replace::Always).unwrap();
        assert!(stage(&chain, b"new", Privacy::Shared, Replace::Always).is_err());
        drop(staged);
        assert_eq!(std::fs::read(&key).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 2);
    }

    #[test]
    fn of_several_files_those_before_one_that_fails_are_moved() {
        let dir = scratch("together");
        let stage = |name: &str| {
            let path = dir.join(name);
            stage(&path, name.as_bytes(), Privacy::Shared, Replace::Never).unwrap()
        };
        let staged = [stage("one"), stage("two"), stage("three")];
        std::fs::write(dir.join("two"), b"somebody's").unwrap();
        let error = commit_all(&staged).unwrap_err();
        assert!(matches!(error, FileError::Exists(_)), "{error}");
        drop(staged);
        assert_eq!(read(&dir.join("one"), 10).unwrap(), b"one");
        assert_eq!(read(&dir.join("two"), 10).unwrap(), b"somebody's");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owner_s_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = scratch("private").join("key.pem");
        write(&path, b"one", Privacy::Private, Replace::Never).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next() {
        let path = scratch("torn").join("log");
        std::fs::write(&path, b"{\"a\":1}\n{\"b\"").unwrap();
        append_line(&path, "{\"c\":3}").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"a\":1}\n{\"b\"\n{\"c\":3}\n");
    }

    #[test]
    fn concurrent_writers_write_whole_lines() {
        let path = scratch("concurrent").join("log");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..25 {
                        append_line(path, &format!("{writer}").repeat(5000)).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 100);
        assert!(text.lines().all(|line| line.len() == 5000));
    }

    #[test]
    fn a_large_file_is_refused() {
        let path = scratch("large").join("file");
        std::fs::write(&path, [0; 11]).unwrap();
        let error = read(&path, 10).unwrap_err();
        assert!(error.to_string().ends_with("holds more than 10 bytes"));
    }
}
