//! A kill at any instant loses no logged entry and never yields a certificate without one.

use std::process::Stdio;
use std::time::Duration;

use super::{ID, issue, run, scene};

#[test]
fn a_kill_at_any_instant_leaves_a_log_that_holds_every_certificate() {
    let folder = scene("kill");
    let rows: String = (0..600)
        .map(|n| format!("spiffe://acme.example/w/{n}\n"))
        .collect();
    folder.file("list.csv", format!("spiffe_id\n{rows}"));
    let mut killed = 0;
    let mut last = 0;
    for round in 0..40_u64 {
        let single = format!("cert issue --ca ca --spiffe-id {ID} --out one{round}");
        let bulk = format!("cert issue --ca ca --from list.csv --out many{round}");
        let line = if round % 4 == 0 { bulk } else { single };
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = folder.command(&words);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From before the first byte is read to after the last is written.
        let delay = if round % 4 == 0 {
            round * 11_000
        } else {
            round * 700
        };
        std::thread::sleep(Duration::from_micros(delay));
        let _may_be_done = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        let checkpoint = folder.read("ca/log/checkpoint");
        let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
        assert!(size >= last, "no entry is lost");
        last = size;
    }
    assert!(killed > 10, "{killed} of 40 were killed");
    // Nothing needs to be repaired, and every certificate on the disk is logged.
    issue(&folder, "after").ends(0);
    let audit = run(&folder, "cert log audit --ca ca . --format json")
        .ends(0)
        .json();
    let held = audit["held"].to_string();
    assert!(
        held.contains("certificates of this authority were seen"),
        "{held}"
    );
}

#[test]
fn an_output_that_cannot_be_written_leaves_the_authority_whole() {
    let folder = scene("unwritable");
    folder.file("svid", "a file where a directory belongs");
    issue(&folder, "svid").ends(2);
    issue(&folder, "other").ends(0);
    run(&folder, "cert log audit --ca ca other").ends(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_during_issue_signs_nothing_and_loses_nothing() {
    let folder = scene("full");
    let before = folder.read("ca/log/checkpoint");
    // No file may grow at all: what a full disk does to a writer.
    let line = format!(
        "ulimit -f 0; exec {} cert issue --ca ca --spiffe-id {ID} --out svid 2>&1",
        env!("CARGO_BIN_EXE_countersign")
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &format!("trap '' XFSZ; {line}")]);
    let output = command.current_dir(&folder.0).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("cannot write"),
        "{output:?}"
    );
    assert_eq!(folder.read("ca/log/checkpoint"), before);
    assert!(!folder.0.join("svid/svid.pem").exists());
    issue(&folder, "svid").ends(0);
    run(&folder, "cert log audit --ca ca svid").ends(0);
}

#[test]
fn a_resumed_list_keeps_no_row_whose_files_do_not_belong_together() {
    let folder = scene("resume-damaged");
    let list = "spiffe_id,name\nspiffe://acme.example/a,a\nspiffe://acme.example/b,b\nspiffe://acme.example/c,c\nspiffe://acme.example/d,d\n";
    std::fs::write(folder.0.join("list.csv"), list).unwrap();
    let line = "cert issue --ca ca --from list.csv --out svids";
    run(&folder, line).ends(0);
    let svids = folder.0.join("svids");
    std::fs::write(svids.join("a/svid_key.pem"), "").unwrap();
    std::fs::copy(svids.join("c/svid_key.pem"), svids.join("b/svid_key.pem")).unwrap();
    std::fs::write(svids.join("d/bundle.pem"), "").unwrap();
    let again = run(&folder, &format!("{line} --resume"));
    assert!(!again.stdout.contains("kept 4"), "{again:#?}");
    assert_ne!(
        again.code, 0,
        "what is damaged is not replaced unasked: {again:#?}"
    );
    for row in ["a", "b", "d"] {
        std::fs::remove_dir_all(svids.join(row)).unwrap();
    }
    let view = run(&folder, &format!("{line} --resume --format json"))
        .ends(0)
        .json();
    assert_eq!((&view["issued"], &view["kept"]), (&3.into(), &1.into()));
}
