//! The files that a count reads: logs, parts, and whole directories; what is counted already is left out.

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::cli::env::{Env, Pieces};
use crate::cli::error::Failure;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};
use crate::kernel::fs::{self, FileError};
use crate::review::usage::{Input, Ledger, MAGIC, Part};

/// A part from a file.
pub(super) type FilePart = (String, Part<File>);

/// What the arguments name.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) logs: Vec<Log>,
    pub(super) parts: Vec<FilePart>,
}

/// A log that is not read yet.
pub(super) struct Log {
    pub(super) input: Input,
    path: Option<PathBuf>,
    bytes: u64,
}

/// A log that is not counted again.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) as_name: String,
}

/// Opens all files, those of directories too.
pub(super) fn open(env: &Env, files: &[PathBuf]) -> Result<Inputs, Failure> {
    let mut inputs = Inputs::default();
    for path in files {
        if path.as_os_str() == "-" {
            inputs.logs.push(Log {
                input: stdin(env, "the log")?,
                path: None,
                bytes: 0,
            });
        } else if path.is_dir() {
            for entry in WalkDir::new(path).sort_by_file_name() {
                let entry = entry.map_err(|error| {
                    let told = format!("cannot list `{}`", path.display());
                    Failure::input(told).cause(error)
                })?;
                if !entry.file_type().is_dir() {
                    inputs.add(entry.path())?;
                }
            }
        } else {
            inputs.add(path)?;
        }
    }
    Ok(inputs)
}

impl Inputs {
    fn add(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        let failed = |source| FileError::Read {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let mut head = Vec::new();
        if about.is_file() {
            (&mut file)
                .take(MAGIC.len() as u64)
                .read_to_end(&mut head)
                .map_err(failed)?;
            file.rewind().map_err(failed)?;
        }
        if head.starts_with(b"countersign-usage ") {
            self.parts.push((name, part(path, file)?));
            return Ok(());
        }
        self.logs.push(Log {
            input: Input::file(name, file),
            path: about.is_file().then(|| path.to_owned()),
            bytes: about.len(),
        });
        Ok(())
    }

    /// Leaves out what the ledger knows and what is there twice. Only files of one size can be the same, so that few are read
    /// for this.
    pub(super) fn leave_out_known(
        &mut self,
        ledger: Option<&Ledger>,
    ) -> Result<Vec<Known>, Failure> {
        let mut left_out = Vec::new();
        let mut seen: Vec<(u64, String, String)> = Vec::new();
        let logs = std::mem::take(&mut self.logs);
        let sizes: Vec<u64> = logs.iter().map(|log| log.bytes).collect();
        for log in logs {
            let sources = ledger.iter().flat_map(|ledger| &ledger.sources);
            let told = sources.filter(|sheet| sheet.bytes == log.bytes).count();
            let alike = sizes.iter().filter(|size| **size == log.bytes).count();
            let Some(path) = log.path.clone().filter(|_| told > 0 || alike > 1) else {
                self.logs.push(log);
                continue;
            };
            let sha256 = digest(&path)?;
            let before = seen
                .iter()
                .find(|(bytes, digest, _)| *bytes == log.bytes && *digest == sha256)
                .map(|(_, _, name)| name.clone());
            let kept = ledger.and_then(|ledger| ledger.knows(&sha256));
            match kept.map(str::to_owned).or(before) {
                Some(as_name) => left_out.push(Known {
                    name: log.input.name,
                    as_name,
                }),
                None => {
                    seen.push((log.bytes, sha256, log.input.name.clone()));
                    self.logs.push(log);
                }
            }
        }
        Ok(left_out)
    }
}

/// Opens a part.
pub(super) fn part(path: &Path, file: File) -> Result<Part<File>, Failure> {
    Part::open(file).map_err(|error| {
        Failure::input(format!("cannot use the part `{}`", path.display())).cause(error)
    })
}

fn digest(path: &Path) -> Result<String, Failure> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&digest.finish())),
            Ok(count) => digest.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error).into()),
        }
    }
}

/// A file that has no name: gone when the process ends, however it ends.
pub(super) fn scratch(directory: &Path, number: usize) -> io::Result<File> {
    let path = directory.join(format!(".countersign-{}.{number}.run", std::process::id()));
    let _left_over = std::fs::remove_file(&path);
    let file = fs::create_scratch(&path).map_err(io::Error::other)?;
    let _still_there_on_windows = std::fs::remove_file(&path);
    Ok(file)
}

/// Standard input as it comes.
pub(in crate::cli::review) fn stdin(env: &Env, purpose: &str) -> Result<Input, Failure> {
    let stdin = Stdin {
        pieces: env.stdin_pieces(purpose)?,
        piece: io::Cursor::new(Vec::new()),
    };
    Ok(Input::stream("<stdin>", stdin))
}

struct Stdin {
    pieces: Pieces,
    piece: io::Cursor<Vec<u8>>,
}

impl Read for Stdin {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            match self.pieces.recv() {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                Err(_) => return Ok(0),
            }
            if self.piece.get_ref().is_empty() {
                return Ok(0);
            }
        }
    }
}
