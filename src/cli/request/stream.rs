//! Bodies that are too large to be held: read from their file as often as they are needed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::error::{Failure, Kind};
use crate::kernel::fs::{self, create_scratch};
use crate::kernel::source::Source;
use crate::request::{ContentStream, MAX_HEAD_BYTES};

/// From this size on a message's body is read in pieces.
pub(super) const STREAM_FROM: u64 = 8 << 20;
const PIECE: usize = 256 << 10;

/// The part of a file behind the head.
pub(super) struct FileContent {
    file: Mutex<File>,
    offset: u64,
    length: u64,
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileContent({} bytes)", self.length)
    }
}

impl ContentStream for FileContent {
    fn length(&self) -> u64 {
        self.length
    }

    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |error: io::Error| fs::describe(&error);
        file.seek(SeekFrom::Start(self.offset)).map_err(told)?;
        let mut buffer = vec![0; PIECE];
        let mut left = self.length;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let piece = buffer.get_mut(..wanted).unwrap_or_default();
            match file.read(piece) {
                Ok(0) => return Err("the file became shorter while it was read".to_owned()),
                Ok(count) => {
                    sink(piece.get(..count).unwrap_or_default());
                    left -= count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(told(error)),
            }
        }
        Ok(())
    }
}

/// A large message: its head, and its body as a stream.
pub(super) struct Large {
    pub(super) head: Arc<Source>,
    pub(super) content: Arc<dyn ContentStream>,
}

/// The message in a file, if it is large enough to be read in pieces.
pub(super) fn large_file(path: &Path) -> Result<Option<Large>, Failure> {
    let failed = |source| fs::FileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() || found.len() < STREAM_FROM {
        return Ok(None);
    }
    split(file, found.len(), &path.display().to_string()).map(Some)
}

fn split(mut file: File, size: u64, name: &str) -> Result<Large, Failure> {
    let failed = |error: io::Error| {
        Failure::input(format!("cannot read `{name}`: {}", fs::describe(&error)))
    };
    let mut start = Vec::with_capacity(MAX_HEAD_BYTES);
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    (&file)
        .take(MAX_HEAD_BYTES as u64)
        .read_to_end(&mut start)
        .map_err(failed)?;
    let end = head_end(&start).ok_or_else(|| {
        Failure::input(format!(
            "no empty line ends the head of `{name}` within {MAX_HEAD_BYTES} bytes"
        ))
    })?;
    start.truncate(end);
    let content = FileContent {
        file: Mutex::new(file),
        offset: end as u64,
        length: size - end as u64,
    };
    Ok(Large {
        head: Source::new(name, start)?,
        content: Arc::new(content),
    })
}

// The byte after the first empty line that follows a line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let text = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let mut at = text;
    loop {
        let rest = bytes.get(at..)?;
        let length = memchr::memchr(b'\n', rest)? + 1;
        let line = rest.get(..length)?;
        at += length;
        if line == b"\n" || line == b"\r\n" {
            return Some(at);
        }
    }
}

/// What standard input holds: bytes, or a large message that was put into a file without a name first.
pub(super) enum Spooled {
    /// All of it.
    Small(Vec<u8>),
    /// A large message.
    Large(Large),
}

/// Reads a stream; once it is large it goes to a temporary file that nobody else can open.
pub(super) fn spool(mut input: impl io::Read, directory: &Path) -> Result<Spooled, Failure> {
    let failed = |error: io::Error| {
        Failure::input(format!(
            "cannot read standard input: {}",
            fs::describe(&error)
        ))
    };
    let mut bytes = Vec::new();
    input
        .by_ref()
        .take(STREAM_FROM)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if (bytes.len() as u64) < STREAM_FROM {
        return Ok(Spooled::Small(bytes));
    }
    let mut file = nameless(directory)?;
    let unwritten = |error: io::Error| {
        let told = fs::describe(&error);
        Failure::new(
            Kind::Output,
            format!("cannot keep standard input in a file: {told}"),
        )
    };
    file.write_all(&bytes).map_err(unwritten)?;
    drop(bytes);
    let mut buffer = vec![0; PIECE];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => file
                .write_all(buffer.get(..count).unwrap_or_default())
                .map_err(unwritten)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let size = file.metadata().map_err(unwritten)?.len();
    split(file, size, "<stdin>").map(Spooled::Large)
}

// Created for its owner alone and unlinked at once: gone when the process ends, however it ends.
fn nameless(directory: &Path) -> Result<File, Failure> {
    let path: PathBuf = directory.join(format!(".countersign-{}.body", std::process::id()));
    let _left_over = std::fs::remove_file(&path);
    let file = create_scratch(&path)?;
    let _still_there_on_windows = std::fs::remove_file(&path);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_with_its_first_empty_line() {
        assert_eq!(head_end(b"GET / HTTP/1.1\r\nA: b\r\n\r\nbody"), Some(24));
        assert_eq!(head_end(b"\n\nGET / HTTP/1.1\n\nbody\n\n"), Some(18));
        assert_eq!(head_end(b"GET / HTTP/1.1\r\n"), None);
    }
}
