//! Leaves the unwinding tables out of the released program, which never unwinds: a panic there aborts. It saves a tenth of
//! the binary, which goes into faster code.

use std::path::PathBuf;
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
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // Only the release profile aborts, and only these linkers know the script.
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        let script = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("discard.ld");
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
