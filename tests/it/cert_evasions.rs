//! Chains and lists made to be taken for what they are not: each was accepted once, or is by other programs.
//!
//! The files of `fixtures/chains` were written by an encoder of their own, byte by byte, so that they can be wrong where no
//! library would be. Each folder has its own `root.pem`; the private keys are gone.

use crate::binary::{Ended, root};

fn judged(folder: &str, line: &str) -> Ended {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .args([
            "cert",
            "verify",
            "--format",
            "json",
            "--at",
            "2026-11-22T12:00:00Z",
        ])
        .args(line.split_whitespace())
        .current_dir(root().join("fixtures/chains").join(folder))
        .env_clear();
    Ended::from(command.output().unwrap())
}

/// The exit code, and the first reason where there is a verdict.
#[track_caller]
fn refuse(folder: &str, line: &str, (code, reason): (i32, &str)) {
    let ended = judged(folder, line).ends(code);
    if code == 1 {
        let verdict = ended.json();
        assert_eq!(verdict["accepted"], false);
        assert_eq!(verdict["reasons"][0], reason, "{ended:#?}");
    }
}

macro_rules! refused {
    ($($name:ident: $folder:literal, $line:literal => $code:literal, $reason:literal;)*) => {
        $(#[test]
        fn $name() {
            refuse($folder, $line, ($code, $reason));
        })*
    };
}

refused! {
    a_newer_list_that_is_stale_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl ns.pem lv.pem" => 1, "cert-revoked";
    a_newer_list_without_its_next_update_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl nn.pem lv.pem" => 1, "cert-revoked";
    a_delta_on_a_newer_base_proves_the_base_at_hand_outdated: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl b5d10.pem lv.pem" => 1, "cert-revoked";
    a_delta_without_a_key_identifier_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl b5dna.pem lv.pem" => 1, "cert-revoked";
    a_delta_of_another_scope_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl b5dsc.pem lv.pem" => 1, "cert-revoked";
    a_stale_delta_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl b5std.pem lv.pem" => 1, "cert-revoked";
    a_delta_with_the_number_of_its_base_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl b5d5.pem lv.pem" => 1, "cert-revoked";
    a_delta_beside_a_base_without_number_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl bnd.pem lv.pem" => 1, "cert-revoked";
    a_list_with_an_unknown_critical_extension_still_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl uc2.pem lv.pem" => 1, "cert-revoked";
    an_older_list_of_all_is_not_outdone_by_a_newer_list_of_some: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl sc.pem lv.pem" => 1, "cert-revoked";
    a_delta_that_tells_two_things_revokes: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl dd.pem lv.pem" => 1, "cert-revoked";
    a_removal_does_not_undo_a_compromise: "revocation", "--bundle root.pem --any-id --crl crl_root.pem --crl rm.pem lv.pem" => 1, "cert-revoked";
    what_is_revoked_by_a_distrusted_list_is_not_merely_unknown: "revocation", "--bundle root.pem --any-id --accept-unknown-revocation --crl crl_root.pem --crl uc.pem lv.pem" => 1, "cert-revoked";
    what_is_revoked_by_a_key_that_signs_no_lists_is_not_merely_unknown: "revocation", "--bundle root.pem --any-id --accept-unknown-revocation --crl crl_root.pem --crl b5r.pem lvn.pem" => 1, "cert-revoked";
    an_authority_s_key_signs_no_handshake: "revocation", "--bundle root.pem --host a.acme.example h43.pem" => 1, "cert-key-usage";
    an_agreement_key_signs_no_handshake: "revocation", "--bundle root.pem --host a.acme.example x25519.pem" => 1, "cert-weak-algorithm";
    an_agreement_key_is_no_workload_s: "revocation", "--bundle root.pem --any-id x25519.pem" => 1, "cert-weak-algorithm";
    an_excluded_organization_in_a_universal_string_is_excluded: "constraints", "--bundle root.pem --host a.acme.example nc_dir_excl_universal.pem" => 1, "cert-name-constraint";
    an_organization_that_is_no_string_is_refused_under_an_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_dir_excl_badtag.pem" => 1, "cert-name-constraint";
    an_organization_that_is_no_utf8_is_refused_under_an_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_dir_excl_utf8bad.pem" => 1, "cert-name-constraint";
    a_soft_hyphen_evades_no_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_dir_excl_softhyphen.pem" => 1, "cert-name-constraint";
    fullwidth_letters_evade_no_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_dir_excl_fullwidth.pem" => 1, "cert-name-constraint";
    a_trailing_dot_of_a_mailbox_evades_no_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_mail_excl_dot.pem" => 1, "cert-name-constraint";
    a_trailing_space_of_a_mailbox_evades_no_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_mail_excl_space.pem" => 1, "cert-name-constraint";
    a_comment_in_a_mailbox_evades_no_exclusion: "constraints", "--bundle root.pem --host a.acme.example nc_mail_excl_quoted.pem" => 1, "cert-name-constraint";
    a_mailbox_in_the_subject_is_excluded_beside_another: "constraints", "--bundle root.pem --host a.acme.example nc_mail_excl_subjemail_withsan.pem" => 1, "cert-name-constraint";
    an_internationalized_mailbox_is_under_mail_constraints: "constraints", "--bundle root.pem --host a.acme.example nc_smtputf8_excl.pem" => 1, "cert-constraint-unsupported";
    a_self_issued_leaf_needs_the_policy_that_others_need: "constraints", "--bundle root.pem --host a.acme.example pol1_selfissued.pem" => 1, "cert-policy";
    a_critical_policy_with_an_unknown_qualifier_is_refused: "constraints", "--bundle root.pem --host a.acme.example polq_unknown.pem" => 1, "cert-critical-extension";
    a_critical_policy_with_a_garbled_qualifier_is_refused: "constraints", "--bundle root.pem --host a.acme.example polq_garbage.pem" => 1, "cert-malformed";
    a_critical_freshest_list_that_nobody_asks_is_refused: "constraints", "--bundle root.pem --host a.acme.example freshest_crit.pem" => 1, "cert-critical-extension";
    a_critical_access_description_is_refused: "constraints", "--bundle root.pem --host a.acme.example aia_crit.pem" => 1, "cert-critical-extension";
    a_critical_issuer_name_is_refused: "constraints", "--bundle root.pem --host a.acme.example ian_crit.pem" => 1, "cert-critical-extension";
    der_that_holds_pem_text_is_not_the_pem: "encoding", "--bundle root.pem --spiffe-id spiffe://acme.example/ns/a/sa/b embed.der" => 1, "cert-spiffe-id-mismatch";
    a_label_like_a_certificate_s_is_not_passed_over: "encoding", "--bundle root.pem --any-id lbl.pem" => 2, "";
    an_authority_for_code_signing_vouches_for_no_workload: "encoding", "--bundle root.pem --any-id ekuica.pem" => 1, "cert-purpose";
    a_list_of_some_reasons_revokes_for_them: "scopes", "--bundle root.pem --any-id --crl crl_root8.pem --crl sr.pem lv8.pem" => 1, "cert-revoked";
    a_point_of_some_reasons_says_nothing_of_the_others: "scopes", "--bundle root.pem --any-id --crl crl_root8.pem --crl dp3.pem lv83.pem" => 1, "cert-revocation-unknown";
    a_shard_that_is_not_the_certificate_s_still_revokes: "scopes", "--bundle root.pem --any-id --crl crl_root8.pem --crl dp2.pem lv82.pem" => 1, "cert-revoked";
    a_bundle_in_der_that_holds_pem_text_is_not_the_pem: "encoding", "--bundle holder.der --any-id fakeleaf.pem" => 1, "cert-no-issuer";
    a_policy_that_the_anchor_demands_is_demanded: "constraints", "--bundle proot.pem --host a.acme.example pol_anchor.pem" => 1, "cert-policy";
}

#[test]
fn what_is_right_beside_it_is_accepted() {
    judged("revocation", "--bundle root.pem --any-id lv.pem").ends(0);
    judged("encoding", "--bundle holder.der --any-id chain.pem").ends(0);
    judged("scopes", "--bundle root.pem --any-id lv8.pem").ends(0);
}
