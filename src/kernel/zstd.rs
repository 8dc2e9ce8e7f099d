//! Zstandard (RFC 8878), read as a stream: frames one after another, each held to its checksum where it has one.

use std::io::{self, BufRead as _, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a zstd file begins.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

const BUFFER: usize = 64 << 10;

/// The content of a zstd stream.
pub struct ZstdReader<R> {
    packed: BufReader<R>,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R> std::fmt::Debug for ZstdReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ZstdReader(inside a frame: {})", self.inside)
    }
}

impl<R: Read> ZstdReader<R> {
    /// Reads the stream that begins here.
    pub fn new(packed: R) -> Self {
        Self {
            packed: BufReader::with_capacity(BUFFER, packed),
            decoder: FrameDecoder::new(),
            inside: false,
        }
    }

    /// Starts the next frame; false where there is none.
    fn frame(&mut self) -> io::Result<bool> {
        loop {
            if self.packed.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.packed).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(damaged("it ends too early"));
                    }
                }
                Err(error) => return Err(damaged(&error.to_string())),
            }
        }
    }
}

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.inside && self.decoder.can_collect() > 0 {
                return self.decoder.read(out);
            }
            if self.inside && self.decoder.is_finished() {
                let told = self.decoder.get_checksum_from_data();
                if told.is_some() && told != self.decoder.get_calculated_checksum() {
                    return Err(damaged("its checksum does not match the content"));
                }
                self.inside = false;
            }
            if !self.inside {
                if !self.frame()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            let strategy = BlockDecodingStrategy::UptoBytes(out.len().max(1));
            self.decoder
                .decode_blocks(&mut self.packed, strategy)
                .map_err(|error| damaged(&error.to_string()))?;
        }
    }
}

fn damaged(why: &str) -> io::Error {
    let text = format!("the zstd stream is damaged: {why}");
    io::Error::new(io::ErrorKind::InvalidData, text)
}
