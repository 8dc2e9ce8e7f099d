//! The replay store between processes: one winner of a race, and nothing lost by a killed process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use countersign::kernel::replay::{Entry, Remembered, ReplayStore};
use countersign::kernel::time::Timestamp;

use crate::binary::Folder;

const STORE: &str = "COUNTERSIGN_TEST_REPLAY_STORE";
const IDS: usize = 40;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn remember(store: &ReplayStore, id: &str) -> Remembered {
    let entry = Entry {
        scope: "key",
        id: id.as_bytes(),
        expires: at(2_000_000_000),
    };
    store.remember(&[entry], at(1_800_000_000)).unwrap()[0]
}

/// The other process: remembers one identifier after the other, says which were new, and then waits to be killed.
#[test]
#[ignore = "run by the tests of this file, as another process"]
#[expect(
    clippy::disallowed_methods,
    reason = "a test harness takes no arguments, so the environment says where the store is"
)]
fn another_process() {
    let Ok(path) = std::env::var(STORE) else {
        println!("skipped: no store named");
        return;
    };
    let store = ReplayStore::open(Path::new(&path)).unwrap();
    for id in 0..IDS {
        if remember(&store, &id.to_string()) == Remembered::New {
            println!("\nnew {id}");
        }
    }
    println!("\ndone");
    std::thread::sleep(std::time::Duration::from_secs(60));
}

fn spawn(store: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "replay::another_process", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// What a child said until it was `done`; then it is killed, in the middle of whatever it does.
fn new_ids_of(mut child: Child) -> Vec<String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines
        .map(Result::unwrap)
        .take_while(|line| line != "done")
        .collect();
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "it was killed, it did not end");
    let ids = lines.iter().filter_map(|line| line.strip_prefix("new "));
    ids.map(str::to_owned).collect()
}

#[test]
fn of_processes_that_race_on_one_identifier_one_wins() {
    let folder = Folder::new("replay-race");
    let path = folder.0.join("store");
    let children: Vec<Child> = (0..3).map(|_| spawn(&path)).collect();
    let mut ids: Vec<String> = children.into_iter().flat_map(new_ids_of).collect();
    ids.sort();
    let mut expected: Vec<String> = (0..IDS).map(|id| id.to_string()).collect();
    expected.sort();
    assert_eq!(ids, expected, "each is new once, to one of them");
}

#[test]
fn a_killed_process_loses_nothing_that_it_remembered() {
    let folder = Folder::new("replay-killed");
    let path = folder.0.join("store");
    // Killed after a random number of commits, as well as after the last.
    for stop in [1, 7, IDS] {
        let _fresh = std::fs::remove_file(&path);
        let mut child = spawn(&path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ids: Vec<String> = lines
            .map(Result::unwrap)
            .filter_map(|line| line.strip_prefix("new ").map(str::to_owned))
            .take(stop)
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(ids.len(), stop);
        let store = ReplayStore::open(&path).unwrap();
        for id in &ids {
            let known = remember(&store, id);
            assert!(matches!(known, Remembered::Seen { .. }), "{id}: {known:?}");
        }
        assert_eq!(remember(&store, "another"), Remembered::New);
    }
}

/// One label of a message that two keys signed: what is left when somebody takes the other out.
fn with_one_label(message: &str, kept: &str) -> String {
    let kept = format!("{kept}=");
    let is_kept = |line: &&str| !line.starts_with("Signature") || line.contains(&kept);
    let lines: Vec<&str> = message.split("\r\n").filter(is_kept).collect();
    lines.join("\r\n")
}

/// As in a rotation: both keys are trusted, and either signature alone is the same message.
#[test]
fn a_message_that_two_keys_signed_is_accepted_once() {
    let folder = Folder::new("two-keys");
    folder.file("old", "an old secret of thirty-two bytes, at least");
    folder.file("new", "a new secret of thirty-two bytes, at the least");
    let keys = ["--key", "old=file:old", "--key", "new=file:new"];
    let sign = [
        &["request", "sign"],
        &keys[..],
        &["--label", "old", "--label", "new", "-"],
    ];
    let request = "GET /pay?to=x HTTP/1.1\r\nHost: ex.example\r\n\r\n";
    let both = folder.run(&sign.concat(), request).ends(0).stdout;
    let (old, new) = (with_one_label(&both, "old"), with_one_label(&both, "new"));
    assert!(!old.contains("new=") && !new.contains("old="));
    let orders: [[&str; 3]; 3] = [
        [&old, &new, &both],
        [&both, &new, &old],
        [&new, &both, &old],
    ];
    for (index, order) in orders.into_iter().enumerate() {
        let store = format!("seen-{index}");
        let verify = [
            &["request", "verify"],
            &keys[..],
            &["--replay-store", &store, "-"],
        ];
        for (message, exit) in order.into_iter().zip([0, 1, 1]) {
            folder.run(&verify.concat(), message).ends(exit);
        }
        let lines = order.map(|message| serde_json::json!({"message": message}).to_string() + "\n");
        let store = format!("seen-at-once-{index}");
        let verify = [
            &["request", "verify", "--batch"],
            &keys[..],
            &["--replay-store", &store],
        ];
        let told = folder.run(&verify.concat(), &lines.concat()).ends(1);
        assert!(
            told.stdout.contains("1 accepted, 2 refused")
                || told.stderr.contains("1 accepted, 2 refused"),
            "{}{}",
            told.stdout,
            told.stderr
        );
    }
}
