//! An authority as a process: what it issues, logs and revokes, and what it survives.

mod answering;
mod careless;
mod durability;
mod federating;
mod issuing;
mod log;
mod peers;
mod renewing;
mod reproducing;
mod revoking;
mod trusting;
mod witnessing;

use crate::binary::{Ended, Folder};

const ID: &str = "spiffe://acme.example/ns/production/sa/payment-service";
/// `cert init` without a password, and `--at` for all that follows where time matters.
const INIT: &str = "cert init ca --trust-domain acme.example --plaintext-keys";

fn run(folder: &Folder, line: &str) -> Ended {
    folder.run(&line.split_whitespace().collect::<Vec<_>>(), "")
}

/// A folder with an authority in it.
fn scene(name: &str) -> Folder {
    let folder = Folder::new(&format!("authority-{name}"));
    run(&folder, INIT).ends(0);
    folder
}

/// Issues a leaf into a directory.
fn issue(folder: &Folder, out: &str) -> Ended {
    run(
        folder,
        &format!("cert issue --ca ca --spiffe-id {ID} --out {out}"),
    )
}
