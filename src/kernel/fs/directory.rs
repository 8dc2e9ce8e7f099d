//! Directories that survive a loss of power where they are made or moved.

use std::path::Path;

use super::{FileError, Privacy, restrict, sync_parent};

/// Moves a directory to a place where nothing is, so that it survives a loss of power there.
///
/// # Errors
/// [`FileError::Write`].
pub fn move_directory(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::rename(from, to).map_err(|source| FileError::Write {
        path: to.to_owned(),
        source,
    })?;
    sync_parent(to);
    Ok(())
}

/// Creates a directory that others may read, with its parents, unless it is there.
///
/// # Errors
/// [`FileError::Write`].
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent()
        && !parent.as_os_str().is_empty()
    {
        create_directory(parent)?;
    }
    match std::fs::create_dir(path) {
        Ok(()) => {
            sync_parent(path);
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(source) => Err(FileError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes a new file of a directory that is not in its place yet, without waiting for the disk.
///
/// # Errors
/// [`FileError::Write`].
pub fn write_unsynced(path: &Path, bytes: &[u8], privacy: Privacy) -> Result<(), FileError> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, privacy);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}
