//! Witnesses: small ones on loopback, honest, forgetful and hostile, and what their cosignatures prove.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::cert::issuance_log::{
    Checkpoint, Hash, VerifierKey, WitnessKey, verify_consistency,
};
use countersign::kernel::crypto::{SignatureAlgorithm, SystemRandom, sha256, sign};
use countersign::kernel::key::{PrivateKey, PublicKey, generate_ed25519};

use super::log::{copy, log_key, reasons};
use super::{issue, run, scene};
use crate::binary::{Ended, Folder};
use crate::servers::{Server, message};

/// How a witness behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    /// Its signature is over something else.
    WrongSignature,
    /// It signs with another key than it says.
    Stranger,
    /// It answers with this status and nothing else.
    Status(&'static str),
}

/// A witness as tlog-witness has it, with the last head that it cosigned.
struct Witness {
    server: Server,
    key: WitnessKey,
}

const NAME: &str = "witness.example/w";

impl Witness {
    fn start(log: &str, manner: Manner) -> Self {
        let secret = generate_ed25519(&SystemRandom::default()).unwrap();
        let PublicKey::Ed25519(public) = secret.public() else {
            panic!("an Ed25519 key was made");
        };
        let log = VerifierKey::parse(log).unwrap();
        let last: Arc<Mutex<Option<(u64, Hash)>>> = Arc::default();
        let server = Server::start(Box::new(move |_, request, _| {
            let mut last = last.lock().unwrap();
            match manner {
                Manner::Status(status) => message(status, "", ""),
                _ => witnessed(&request.body, (&log, &mut last), (&secret, manner)),
            }
        }));
        Self {
            server,
            key: WitnessKey::new(NAME, public).unwrap(),
        }
    }

    fn line(&self, label: &str) -> String {
        format!("witness {label} {} {}/prefix/\n", self.key, self.server.url)
    }
}

fn witnessed(
    body: &str,
    (log, last): (&VerifierKey, &mut Option<(u64, Hash)>),
    (secret, manner): (&PrivateKey, Manner),
) -> String {
    let (lines, checkpoint) = body.split_once("\n\n").unwrap();
    let mut lines = lines.lines();
    let old = lines.next().unwrap().strip_prefix("old ").unwrap();
    let old: u64 = old.parse().unwrap();
    let proof: Vec<Hash> = lines
        .map(|line| STANDARD.decode(line).unwrap().try_into().unwrap())
        .collect();
    let Ok(head) = Checkpoint::verified(checkpoint.as_bytes(), log) else {
        return message("403 Forbidden", "", "");
    };
    let (size, root) = last.unwrap_or((0, sha256(b"")));
    if old != size || (old == head.size && root != head.root) {
        let field = "Content-Type: text/x.tlog.size\r\n";
        return message("409 Conflict", field, &format!("{size}\n"));
    }
    let held = match old {
        0 => proof.is_empty(),
        _ => verify_consistency((old, head.size), &root, &head.root, &proof).is_ok(),
    };
    if !held {
        return message("422 Unprocessable Entity", "", "");
    }
    *last = Some((head.size, head.root));
    let time: u64 = 1_700_000_000;
    let text = match manner {
        Manner::WrongSignature => "another text\n".to_owned(),
        _ => head.to_text(),
    };
    let stranger = generate_ed25519(&SystemRandom::default()).unwrap();
    let key = if manner == Manner::Stranger {
        &stranger
    } else {
        secret
    };
    let random = SystemRandom::default();
    let signed = WitnessKey::message(time, &text);
    let signature = sign(SignatureAlgorithm::Ed25519, key, signed.as_bytes(), &random).unwrap();
    let PublicKey::Ed25519(public) = key.public() else {
        panic!("an Ed25519 key was made");
    };
    // tlog-cosignature: the key's id, the time, the signature.
    let id = sha256(&[NAME.as_bytes(), b"\n\x04", &public].concat());
    let bytes = [&id[..4], &time.to_be_bytes(), &signature].concat();
    let line = format!("\u{2014} {NAME} {}\n", STANDARD.encode(bytes));
    message("200 OK", "", &line)
}

fn cosign(folder: &Folder) -> Ended {
    let line = "cert log cosign --ca ca --allow-local --timeout 5s --format json";
    run(folder, line)
}

/// An authority whose log one witness must cosign.
fn witnessed_scene(name: &str, manner: Manner) -> (Folder, Witness) {
    let folder = scene(name);
    let witness = Witness::start(&log_key(&folder), manner);
    let policy = format!("{}quorum w\n", witness.line("w"));
    folder.file("ca/witnesses.policy", policy);
    (folder, witness)
}

#[test]
fn a_proof_with_the_cosigned_checkpoint_holds_under_the_policy() {
    let (folder, witness) = witnessed_scene("witness", Manner::Honest);
    issue(&folder, "a").ends(0);
    // Nobody cosigned yet.
    let unproven = run(&folder, "cert log prove --ca ca a/svid.pem").ends(2);
    assert!(
        unproven.stderr.contains("log-not-cosigned"),
        "{unproven:#?}"
    );
    run(&folder, "cert log verify --ca ca").ends(1);
    let done = cosign(&folder).ends(0).json();
    assert!(
        done["held"].to_string().contains("cosigned by `w`"),
        "{done}"
    );
    run(&folder, "cert log verify --ca ca").ends(0);
    run(&folder, "cert log prove --ca ca a/svid.pem -o a.proof").ends(0);
    folder.file("log.pub", log_key(&folder));
    let line = "cert log verify --log-key log.pub --proof a.proof a/svid.pem";
    let strict = format!("{line} --witnesses ca/witnesses.policy");
    run(&folder, line).ends(0);
    run(&folder, &strict).ends(0);
    // Without the witness's line the proof holds for those alone who demand none.
    let text = folder.read("a.proof");
    let bare: Vec<&str> = text.lines().filter(|one| !one.contains(NAME)).collect();
    folder.file("a.proof", format!("{}\n", bare.join("\n")));
    run(&folder, line).ends(0);
    let refused = run(&folder, &format!("{strict} --format json"))
        .ends(1)
        .json();
    assert_eq!(reasons(&refused), ["log-not-cosigned"]);
    // The log goes on: what is newer is proven once it is cosigned.
    for out in ["b", "c", "d"] {
        issue(&folder, out).ends(0);
    }
    let told = run(&folder, "cert log verify --ca ca").ends(0);
    assert!(told.stdout.contains("the last 3 entries"), "{told:#?}");
    run(&folder, "cert log prove --ca ca a/svid.pem").ends(0);
    run(&folder, "cert log prove --ca ca c/svid.pem").ends(2);
    cosign(&folder).ends(0);
    run(&folder, "cert log prove --ca ca c/svid.pem").ends(0);
    let sent = witness.server.requests("/prefix/add-checkpoint");
    assert!(sent[1].body.starts_with("old 3\n"), "{sent:?}");
    // Where the last one is lost, the witness says which it cosigned.
    std::fs::remove_file(folder.0.join("ca/log/checkpoint.cosigned")).unwrap();
    cosign(&folder).ends(0);
    let sent = witness.server.requests("/prefix/add-checkpoint");
    let olds: Vec<&str> = sent
        .iter()
        .filter_map(|request| request.body.lines().next())
        .collect();
    assert_eq!(olds, ["old 0", "old 3", "old 0", "old 6"]);
    // Asked again about the same head, nothing is piled up.
    cosign(&folder).ends(0);
    let kept = folder.read("ca/log/checkpoint.cosigned");
    assert_eq!(kept.matches(NAME).count(), 1, "{kept}");
}

#[test]
fn a_log_that_is_behind_or_forked_is_found_out_by_its_witness() {
    let (folder, _witness) = witnessed_scene("witness-fork", Manner::Honest);
    issue(&folder, "a").ends(0);
    copy(&folder.0.join("ca"), &folder.0.join("older"));
    issue(&folder, "b").ends(0);
    cosign(&folder).ends(0);
    // A backup, with all that the directory knows of itself.
    std::fs::rename(folder.0.join("ca"), folder.0.join("real")).unwrap();
    std::fs::rename(folder.0.join("older"), folder.0.join("ca")).unwrap();
    let behind = cosign(&folder).ends(1).json();
    assert_eq!(reasons(&behind), ["log-behind", "log-not-cosigned"]);
    issue(&folder, "c").ends(0);
    let forked = cosign(&folder).ends(1).json();
    assert_eq!(reasons(&forked), ["log-forked", "log-not-cosigned"]);
    issue(&folder, "d").ends(0);
    let forked = cosign(&folder).ends(1).json();
    assert_eq!(reasons(&forked), ["log-forked", "log-not-cosigned"]);
}

#[test]
fn a_witness_that_does_not_cosign_is_told_with_its_reason() {
    for (index, (manner, told)) in [
        (Manner::WrongSignature, "does not verify"),
        (Manner::Stranger, "no cosignature of its key"),
        (Manner::Status("403 Forbidden"), "403"),
        (Manner::Status("404 Not Found"), "does not know this log"),
        (Manner::Status("400 Bad Request"), "cannot read the request"),
        (Manner::Status("409 Conflict"), "without the size"),
        (Manner::Status("200 OK"), "no cosignature of its key"),
        (Manner::Status("500 Internal Server Error"), "500"),
        (Manner::Status("307 Temporary Redirect"), "307"),
    ]
    .into_iter()
    .enumerate()
    {
        let (folder, _witness) = witnessed_scene(&format!("witness-no-{index}"), manner);
        let refused = cosign(&folder).ends(1);
        let view = refused.json();
        assert_eq!(reasons(&view), ["log-not-cosigned"], "{manner:?}");
        assert!(view.to_string().contains(told), "{manner:?}: {view}");
    }
}

#[test]
fn enough_of_several_witnesses_are_enough() {
    let folder = scene("witness-quorum");
    let log = log_key(&folder);
    let honest = [
        Witness::start(&log, Manner::Honest),
        Witness::start(&log, Manner::Honest),
    ];
    let absent = Witness::start(&log, Manner::Status("503 Service Unavailable"));
    let lines = [
        honest[0].line("a"),
        honest[1].line("b"),
        absent.line("c"),
        "group three 2 a b c\nquorum three\n".to_owned(),
    ];
    folder.file(
        "ca/witnesses.policy",
        format!("log {log}\n{}", lines.concat()),
    );
    let done = cosign(&folder).ends(0).json();
    assert!(done["notes"].to_string().contains("503"), "{done}");
    let all = lines.concat().replace("three 2", "three all");
    folder.file("strict.policy", all);
    let line = "cert log verify --ca ca --witnesses strict.policy --format json";
    let refused = run(&folder, line).ends(1).json();
    assert_eq!(reasons(&refused), ["log-not-cosigned"]);
    // A policy about another log.
    let other = log_key(&scene("witness-other"));
    folder.file("other.policy", format!("log {other}\nquorum none\n"));
    let line = "cert log verify --ca ca --witnesses other.policy --format json";
    run(&folder, line).ends(1);
    folder.file("bad.policy", "witness a\n");
    let bad = run(&folder, "cert log verify --ca ca --witnesses bad.policy").ends(2);
    assert!(bad.stderr.contains("line 1"), "{bad:#?}");
}
