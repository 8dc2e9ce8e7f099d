//! One at a time: a lock on a file, held until it is dropped or the process ends.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::{FileError, Privacy, restrict};

/// A lock that is held.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Waits until the file is this process's alone; it is created if it is not there.
///
/// # Errors
/// [`FileError::Write`].
pub fn lock(path: &Path) -> Result<Lock, FileError> {
    let failed = |source| FileError::Write {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    restrict(&mut options, Privacy::Private);
    let file = options.open(path).map_err(failed)?;
    // The system lets go of it when the process ends, however it does.
    file.lock().map_err(failed)?;
    Ok(Lock { _file: file })
}
