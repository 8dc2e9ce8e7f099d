//! Packs the pages of rules, which are text; and leaves the unwinding tables out of the released program, which never
//! unwinds: a panic there aborts. The one saves a hundredth of the binary, the other a tenth, which goes into faster code.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// For GNU ld and LLVM's: beside the sections that they place by themselves, none of these.
const SCRIPT: &str =
    "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame_hdr) } } INSERT AFTER .text;\n";

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells a build script what it builds by the environment alone"
)]
fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut pages = Vec::new();
    pack(Path::new("src"), &mut pages)?;
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&pages, 10);
    fs::write(out.join("pages"), packed)?;
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // Only the release profile aborts, and only these linkers know the script.
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        let script = out.join("discard.ld");
        fs::write(&script, SCRIPT)?;
        println!("cargo:rustc-link-arg-bins=-T{}", script.display());
        println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        // Rust links this target by LLVM's linker, which keeps one of several functions of the same instructions: a hundredth
        // of the binary.
        if is("TARGET", "x86_64-unknown-linux-gnu") {
            println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
        }
        // The loader asks the libraries in their order for each function: nearly all are in this one.
        if is("CARGO_CFG_TARGET_ENV", "gnu") {
            println!("cargo:rustc-link-lib=dylib=c");
        }
    }
    Ok(())
}

/// Adds the pages of a folder, those below it too: of each the key of its name, as `kernel::finding::Page` mixes it, the
/// length and the text.
fn pack(folder: &Path, pages: &mut Vec<u8>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    let mut has_pages = false;
    for path in entries {
        if path.is_dir() {
            pack(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix("src").unwrap_or(&path).to_string_lossy();
            let bytes = name
                .bytes()
                .map(|byte| if byte == b'\\' { b'/' } else { byte });
            let mixed = |key: u64, byte: u8| (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            let key = bytes.fold(0xcbf2_9ce4_8422_2325, mixed);
            let text = fs::read(&path)?;
            let length = u32::try_from(text.len()).map_err(io::Error::other)?;
            pages.extend(key.to_le_bytes());
            pages.extend(length.to_le_bytes());
            pages.extend(text);
            println!("cargo:rerun-if-changed={}", path.display());
            has_pages = true;
        }
    }
    if has_pages {
        println!("cargo:rerun-if-changed={}", folder.display());
    }
    Ok(())
}
