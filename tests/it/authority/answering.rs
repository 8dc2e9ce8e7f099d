//! `cert verify --ocsp`: what responses do to a verdict, our own and OpenSSL's.

use super::{ID, INIT, issue, peers, run};
use crate::binary::{Ended, Folder};

/// An authority of a fixed time with two certificates.
fn scene(name: &str) -> Folder {
    let folder = Folder::new(&format!("answering-{name}"));
    run(&folder, &format!("{INIT} {}", at("09:00"))).ends(0);
    for out in ["one", "two"] {
        let line = format!("cert issue --ca ca --spiffe-id {ID} --out {out}");
        run(&folder, &format!("{line} {}", at("09:00"))).ends(0);
    }
    folder
}

fn at(time: &str) -> String {
    format!("--at 2026-11-22T{time}:00Z")
}

fn serial(folder: &Folder, file: &str) -> String {
    let line = format!("cert inspect {file} --format json");
    let seen = run(folder, &line).ends(0).json();
    let serial = seen["items"][0]["certificate"]["serial"].as_str();
    serial.unwrap().to_owned()
}

/// A response about a certificate; its file.
fn respond(folder: &Folder, about: &str, time: &str, to: &str) {
    let line = format!("cert crl --ca ca --ocsp {about}/svid.pem --next-update 15m");
    run(folder, &format!("{line} {}", at(time))).ends(0);
    let name = serial(folder, &format!("{about}/svid.pem"));
    std::fs::rename(
        folder.0.join(format!("ca/crl/ocsp/{name}.der")),
        folder.0.join(to),
    )
    .unwrap();
}

/// Judges `one`, the leaf alone.
fn judge(folder: &Folder, time: &str, more: &str) -> Ended {
    let verify =
        "cert verify --bundle one/bundle.pem --any-id one/svid.pem --revocation leaf --format json";
    run(folder, &format!("{verify} {} {more}", at(time)))
}

fn refused(folder: &Folder, (time, more): (&str, &str), (reason, part): (&str, &str)) {
    let verdict = judge(folder, time, more).ends(1).json();
    assert_eq!(verdict["reasons"][0], reason, "{verdict:#}");
    let detail = verdict["problems"][0]["detail"].as_str().unwrap();
    assert!(detail.contains(part), "{detail}");
}

const UNKNOWN: &str = "cert-revocation-unknown";
const REVOKED: &str = "cert-revoked";

#[test]
fn a_good_and_fresh_response_is_evidence() {
    let folder = scene("good");
    respond(&folder, "one", "09:05", "one.der");
    respond(&folder, "two", "09:05", "two.der");
    let verdict = judge(&folder, "09:10", "--ocsp one.der").ends(0).json();
    let told = &verdict["revocation"][0];
    assert_eq!(told["status"], "good");
    assert!(
        told["detail"].as_str().unwrap().contains("one.der"),
        "{told}"
    );
    refused(
        &folder,
        ("09:21", "--ocsp one.der"),
        (
            UNKNOWN,
            "it counts from 2026-11-22T09:05:00Z to 2026-11-22T09:20:00Z",
        ),
    );
    refused(
        &folder,
        ("09:04", "--ocsp one.der"),
        (UNKNOWN, "it counts from"),
    );
    refused(
        &folder,
        ("09:10", "--ocsp two.der"),
        (
            UNKNOWN,
            "the response `two.der`: it says nothing about this certificate",
        ),
    );
    // What is unknown may be accepted, with a remark.
    let borne = "--ocsp two.der --accept-unknown-revocation";
    let borne = judge(&folder, "09:10", borne).ends(0).json();
    assert!(
        borne["remarks"].to_string().contains("is not known"),
        "{borne}"
    );
    let mut bytes = std::fs::read(folder.0.join("one.der")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(folder.0.join("bad.der"), &bytes).unwrap();
    refused(
        &folder,
        ("09:10", "--ocsp bad.der"),
        (UNKNOWN, "its signature does not verify"),
    );
    // A bad one beside a good one is set aside, and told.
    let both = judge(&folder, "09:10", "--ocsp bad.der --ocsp one.der")
        .ends(0)
        .json();
    let detail = both["revocation"][0]["detail"].to_string();
    assert!(
        detail.contains("set aside: the response `bad.der`"),
        "{detail}"
    );
}

#[test]
fn whoever_revokes_is_not_outvoted() {
    let folder = scene("revoked");
    respond(&folder, "one", "09:05", "good.der");
    run(&folder, &format!("cert crl --ca ca {}", at("09:05"))).ends(0);
    std::fs::copy(
        folder.0.join("ca/crl/issuing.pem"),
        folder.0.join("good.pem"),
    )
    .unwrap();
    let line = "cert revoke --ca ca one/svid.pem --reason key-compromise";
    run(&folder, &format!("{line} {}", at("09:06"))).ends(0);
    respond(&folder, "one", "09:07", "revoked.der");
    run(&folder, &format!("cert crl --ca ca {}", at("09:07"))).ends(0);
    let revoked = |time: &str, more: &str| {
        refused(
            &folder,
            (time, more),
            (REVOKED, "revoked at 2026-11-22T09:06:00Z (keyCompromise)"),
        )
    };
    revoked("09:10", "--ocsp revoked.der");
    revoked("09:10", "--ocsp revoked.der --accept-unknown-revocation");
    revoked("09:10", "--ocsp revoked.der --ocsp good.der");
    revoked("09:10", "--ocsp good.der --ocsp revoked.der");
    revoked("09:10", "--crl good.pem --ocsp revoked.der");
    revoked("09:10", "--crl ca/crl/issuing.pem --ocsp good.der");
    // Its time is over, and what it revoked stays revoked.
    revoked("09:40", "--ocsp revoked.der --accept-unknown-revocation");
    judge(&folder, "09:10", "--crl good.pem --ocsp good.der").ends(0);
    // Of the future: it says nothing yet.
    refused(
        &folder,
        ("09:06", "--ocsp revoked.der"),
        (UNKNOWN, "it counts from"),
    );
}

#[test]
fn a_hold_is_taken_off_by_a_later_word_alone() {
    let folder = scene("hold");
    respond(&folder, "one", "09:05", "before.der");
    let revoke = "cert revoke --ca ca one/svid.pem --reason";
    run(
        &folder,
        &format!("{revoke} certificate-hold {}", at("09:06")),
    )
    .ends(0);
    respond(&folder, "one", "09:07", "held.der");
    run(
        &folder,
        &format!("{revoke} remove-from-crl {}", at("09:08")),
    )
    .ends(0);
    respond(&folder, "one", "09:09", "after.der");
    let both = |good: &str| format!("--ocsp held.der --ocsp {good}");
    refused(
        &folder,
        ("09:10", &both("before.der")),
        (REVOKED, "certificateHold"),
    );
    judge(&folder, "09:10", &both("after.der")).ends(0);
    // Held once is not held for good.
    refused(
        &folder,
        ("09:30", "--ocsp held.der"),
        (UNKNOWN, "it counts from"),
    );
}

#[test]
fn a_chain_needs_a_word_about_each() {
    let folder = scene("chain");
    let chain = "cert verify --bundle one/bundle.pem --any-id one/svid.pem";
    let of_leaf = "cert crl --ca ca --ocsp one/svid.pem --next-update 15m";
    run(&folder, &format!("{of_leaf} {}", at("09:05"))).ends(0);
    let line = format!("{chain} --ocsp ca/crl/ocsp {}", at("09:10"));
    let alone = run(&folder, &line).ends(1);
    assert!(alone.stdout.contains(UNKNOWN), "{alone:#?}");
    let of_issuing = "cert crl --ca ca --by root --ocsp ca/issuing.pem --next-update 15m";
    run(&folder, &format!("{of_issuing} {}", at("09:05"))).ends(0);
    folder.file("ca/crl/ocsp/README", "not a response");
    let whole = run(&folder, &line).ends(0);
    assert!(
        whole.stderr.contains("README` is no OCSP response"),
        "{whole:#?}"
    );
    let named = format!("{chain} --ocsp ca/crl/ocsp/README {}", at("09:10"));
    assert!(
        run(&folder, &named)
            .ends(2)
            .stderr
            .contains("is no OCSP response")
    );
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    let empty = format!("{chain} --ocsp empty {}", at("09:10"));
    assert!(
        run(&folder, &empty)
            .ends(2)
            .stderr
            .contains("holds no OCSP response")
    );
}

#[test]
fn a_responder_that_a_list_revokes_is_not_believed() {
    let folder = scene("responder");
    let responder = "cert issue --ca ca --profile ocsp --out ocsp";
    run(&folder, &format!("{responder} {}", at("09:00"))).ends(0);
    let line = "cert crl --ca ca --ocsp one/svid.pem --responder ocsp --next-update 30m";
    run(&folder, &format!("{line} {}", at("09:05"))).ends(0);
    judge(&folder, "09:10", "--ocsp ca/crl/ocsp").ends(0);
    run(
        &folder,
        &format!("cert revoke --ca ca ocsp/ocsp.pem {}", at("09:11")),
    )
    .ends(0);
    let list = "cert crl --ca ca --next-update 15m";
    run(&folder, &format!("{list} {}", at("09:12"))).ends(0);
    let both = "--ocsp ca/crl/ocsp --crl ca/crl/issuing.pem";
    let told = judge(&folder, "09:13", both).ends(0).json();
    let detail = told["revocation"][0]["detail"].to_string();
    assert!(detail.contains("who is revoked by"), "{detail}");
    // When the list is stale nothing vouches for `one`, and the responder stays revoked.
    refused(&folder, ("09:28", both), (UNKNOWN, "who is revoked by"));
    judge(&folder, "09:28", "--ocsp ca/crl/ocsp").ends(0);
}

/// OpenSSL's answer about a certificate, from an index; false without OpenSSL.
fn theirs(folder: &Folder, index: &str, how: &str, to: &str) -> bool {
    folder.file("index.txt", index);
    let line = format!(
        "ocsp {how} -index index.txt -CA ca/issuing.pem -issuer ca/issuing.pem -cert one/svid.pem -respout {to}"
    );
    let Some(told) = peers::openssl(folder, &line) else {
        return false;
    };
    told.ends(0);
    true
}

#[test]
fn what_openssl_answers_counts_as_our_own() {
    for key in ["p256", "p384"] {
        let folder = Folder::new(&format!("answering-openssl-{key}"));
        run(&folder, &format!("{INIT} --key-type {key}")).ends(0);
        issue(&folder, "one").ends(0);
        run(&folder, "cert issue --ca ca --profile ocsp --out ocsp").ends(0);
        let serial = serial(&folder, "one/svid.pem").to_uppercase();
        let valid = format!("V\t400101000000Z\t\t{serial}\tunknown\t/CN=one\n");
        let bad =
            format!("R\t400101000000Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=one\n");
        let issuer = "-rsigner ca/issuing.pem -rkey ca/issuing.key.pem";
        let responder = "-rsigner ocsp/ocsp.pem -rkey ocsp/ocsp_key.pem";
        let leaf = "-rsigner one/svid.pem -rkey one/svid_key.pem";
        let judged = |how: &str, index: &str| {
            if !theirs(&folder, index, how, "their.der") {
                return None;
            }
            let line = "cert verify --bundle one/bundle.pem --any-id one/svid.pem --revocation leaf --ocsp their.der --format json";
            let ended = run(&folder, line);
            let verdict = ended.json();
            let reason = verdict["reasons"][0].as_str().unwrap_or("").to_owned();
            let detail = verdict["revocation"][0]["detail"]
                .as_str()
                .unwrap()
                .to_owned();
            Some((ended.code, reason, detail))
        };
        for how in [
            issuer,
            responder,
            &format!("{responder} -resp_key_id"),
            &format!("{issuer} -sha256"),
        ] {
            let Some((code, _, detail)) = judged(&format!("{how} -ndays 1"), &valid) else {
                return;
            };
            assert_eq!(code, 0, "{how}: {detail}");
            let (code, reason, detail) = judged(&format!("{how} -ndays 1"), &bad).unwrap();
            assert_eq!((code, reason.as_str()), (1, REVOKED), "{how}: {detail}");
            assert!(detail.contains("keyCompromise"), "{detail}");
        }
        for (how, index, part) in [
            (
                format!("{issuer} -ndays 1"),
                "",
                "the responder does not know the certificate",
            ),
            (
                issuer.to_owned(),
                valid.as_str(),
                "does not say until when it counts",
            ),
            (
                format!("{leaf} -ndays 1"),
                &valid,
                "not certified for OCSPSigning",
            ),
        ] {
            let (code, reason, detail) = judged(&how, index).unwrap();
            assert_eq!((code, reason.as_str()), (1, UNKNOWN), "{how}: {detail}");
            assert!(detail.contains(part), "{how}: {detail}");
        }
        // Without an end, but against it.
        let (code, reason, _) = judged(issuer, &bad).unwrap();
        assert_eq!((code, reason.as_str()), (1, REVOKED));
    }
}
