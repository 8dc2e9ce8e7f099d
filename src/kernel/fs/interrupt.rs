//! An interrupted run leaves no half-written file: what is being written is removed before the process ends.
//!
//! The first file that is staged starts a thread that waits for the signals. It removes the files that are under way
//! and lets the signal end the process as it would have, so that a shell sees 130.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static WAITING: Once = Once::new();

/// Remembers a file that is about to be written.
pub(super) fn watch(path: &Path) {
    under_way(|paths| paths.push(path.to_owned()));
    WAITING.call_once(wait);
}

/// A file that is in its place, or gone.
pub(super) fn forget(path: &Path) {
    under_way(|paths| paths.retain(|known| known != path));
}

fn under_way(change: impl FnOnce(&mut Vec<PathBuf>)) {
    change(&mut UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner));
}

#[cfg(unix)]
fn wait() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // Where signals cannot be waited for, an interrupted run leaves its file behind, under a name that says so.
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    let waiter = move || {
        for signal in signals.forever() {
            under_way(|paths| {
                for path in paths.iter() {
                    let _gone_already = std::fs::remove_file(path);
                }
                let _ended = signal_hook::low_level::emulate_default_handler(signal);
            });
        }
    };
    let _started = std::thread::Builder::new()
        .name("interrupt".into())
        .spawn(waiter);
}

#[cfg(not(unix))]
fn wait() {}
