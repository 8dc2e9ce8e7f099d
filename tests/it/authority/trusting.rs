//! Bundles, the files of Istio and Linkerd, the plan of a rotation, and the self-test.

use serde_json::Value;

use super::{issue, run, scene};

#[test]
fn a_spiffe_bundle_has_a_sequence_that_grows_with_its_authorities() {
    let folder = scene("bundle");
    let export = |more: &str| -> Value {
        let made = run(&folder, &format!("cert bundle export --ca ca {more}")).ends(0);
        serde_json::from_str(&made.stdout).unwrap()
    };
    let first = export("");
    let number = first["spiffe_sequence"].as_u64().unwrap();
    assert_eq!(first["spiffe_refresh_hint"], 300);
    let key = &first["keys"][0];
    assert_eq!(
        (&key["use"], &key["kty"]),
        (&"x509-svid".into(), &"EC".into())
    );
    assert_eq!(key["x5c"].as_array().unwrap().len(), 1);
    assert_eq!(key.get("kid"), None);
    assert_eq!(export("--refresh-hint 10m")["spiffe_sequence"], number);
    run(
        &folder,
        "cert init ca2 --trust-domain acme.example --plaintext-keys --generation 2",
    )
    .ends(0);
    let both = export("--also ca2/root.pem");
    assert_eq!(both["spiffe_sequence"], number + 1);
    assert_eq!(both["keys"].as_array().unwrap().len(), 2);
    assert_eq!(export("")["spiffe_sequence"], number + 2);
    // The state of it is lost: the log has grown meanwhile, and the sequence never begins anew.
    for index in 0..4 {
        super::issue(&folder, &format!("s{index}")).ends(0);
    }
    std::fs::remove_file(folder.0.join("ca/bundle.state.json")).unwrap();
    assert!(export("")["spiffe_sequence"].as_u64().unwrap() > number + 2);
}

#[test]
fn what_istiod_would_refuse_is_refused_with_its_reason() {
    let folder = scene("istio");
    run(
        &folder,
        "cert issue --ca ca --profile istio-cacerts --out cacerts",
    )
    .ends(0);
    let export = "cert bundle export --ca ca --as istio --files cacerts";
    let made = run(&folder, export).ends(0);
    let secret: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(secret["metadata"]["name"], "cacerts");
    assert!(secret["data"].get("tls.crt").is_none());
    // A list of the root alone blocks all further updates.
    run(&folder, "cert crl --ca ca --by root").ends(0);
    folder.file("cacerts/ca-crl.pem", folder.read("ca/crl/root.pem"));
    let blocked = run(&folder, export).ends(2);
    assert!(blocked.stderr.contains("holds no list of"), "{blocked:#?}");
    folder.file("cacerts/ca-crl.pem", "");
    assert!(run(&folder, export).ends(2).stderr.contains("is empty"));
    run(&folder, "cert crl --ca ca --istio cacerts").ends(0);
    run(&folder, export).ends(0);
    let chain = folder.read("cacerts/cert-chain.pem");
    folder.file(
        "cacerts/cert-chain.pem",
        chain + &folder.read("ca/root.pem"),
    );
    assert!(
        run(&folder, export)
            .ends(2)
            .stderr
            .contains("repeats the root")
    );
    folder.file("cacerts/cert-chain.pem", "");
    run(&folder, export).ends(0);
    issue(&folder, "svid").ends(0);
    folder.file("cacerts/ca-key.pem", folder.read("svid/svid_key.pem"));
    assert!(
        run(&folder, export)
            .ends(2)
            .stderr
            .contains("not the key of")
    );
}

#[test]
fn linkerd_and_kubernetes_get_what_they_read() {
    let folder = scene("linkerd");
    run(
        &folder,
        "cert issue --ca ca --profile linkerd --out linkerd",
    )
    .ends(0);
    let made = run(
        &folder,
        "cert bundle export --ca ca --as linkerd --files linkerd",
    )
    .ends(0);
    let list: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(
        list["items"][0]["metadata"]["name"],
        "linkerd-identity-issuer"
    );
    assert_eq!(list["items"][0]["type"], "kubernetes.io/tls");
    assert!(
        list["items"][1]["data"]["ca-bundle.crt"]
            .as_str()
            .unwrap()
            .contains("BEGIN")
    );
    issue(&folder, "svid").ends(0);
    let line = "cert bundle export --ca ca --as secret --files svid --name pay --namespace prod";
    let made = run(&folder, line).ends(0);
    let secret: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(secret["metadata"]["namespace"], "prod");
    run(&folder, &line.replace("prod", "Prod")).ends(2);
    let map = run(&folder, "cert bundle export --ca ca --as configmap").ends(0);
    assert!(map.stdout.contains("\"ca.crt\""));
    // The authority of another kind of key is none for Linkerd.
    run(
        &folder,
        "cert init ca3 --trust-domain acme.example --plaintext-keys --key-type ed25519",
    )
    .ends(0);
    run(
        &folder,
        "cert bundle export --ca ca3 --as linkerd --files linkerd",
    )
    .ends(2);
}

#[test]
fn a_rotation_is_planned_and_who_breaks_is_told() {
    let folder = scene("plan");
    run(
        &folder,
        "cert init same --trust-domain acme.example --plaintext-keys",
    )
    .ends(0);
    let same = run(&folder, "cert bundle plan --ca ca --next same").ends(1);
    assert!(same.stdout.contains("--generation 2"), "{same:#?}");
    let init = "cert init ca2 --trust-domain acme.example --plaintext-keys --generation 2 --root-ttl 4000d";
    run(&folder, init).ends(0);
    folder.file(
        "both.pem",
        folder.read("ca/root.pem") + &folder.read("ca2/root.pem"),
    );
    let line = "cert bundle plan --ca ca --next ca2 --verifier old=ca/root.pem --verifier both=both.pem --format json";
    let plan = run(&folder, line).ends(0).json();
    let breaks = |step: usize| plan["steps"][step]["breaks"].to_string();
    assert_eq!(breaks(0), "[]");
    assert!(breaks(1).contains("old: refuses") && !breaks(1).contains("both"));
    assert!(breaks(2).contains("old: trusts nothing"));
    // One that refuses what is issued today already is no case of nobody.
    let line = "cert bundle plan --ca ca --next ca2 --verifier ahead=ca2/root.pem --format json";
    let plan = run(&folder, line).ends(1).json();
    let problems = plan["problems"].to_string();
    assert!(problems.contains("ahead does not trust the old root"));
    // Five refresh hints are more than the old authority has left.
    let soon = "cert init soon --trust-domain acme.example --plaintext-keys --issuing-ttl 10m --max-ttl 5m";
    run(&folder, soon).ends(0);
    let plan = run(
        &folder,
        "cert bundle plan --ca soon --next ca2 --format json",
    )
    .ends(1);
    let plan = plan.json();
    let problems = plan["problems"].to_string();
    assert!(problems.contains("published long enough"), "{plan}");
    run(
        &folder,
        "cert bundle plan --ca soon --next ca2 --refresh-hint 1m",
    )
    .ends(0);
    let short = "cert init short --trust-domain acme.example --plaintext-keys --generation 3 --root-ttl 5000d --issuing-ttl 1d";
    run(&folder, short).ends(0);
    let plan = run(&folder, "cert bundle plan --ca ca --next short").ends(1);
    assert!(plan.stdout.contains("before the old root is retired"));
}

#[test]
fn the_self_test_passes_and_every_negative_fails() {
    let folder = scene("selftest");
    let tested = run(&folder, "cert selftest --ca ca --count 20 --format json")
        .ends(0)
        .json();
    assert_eq!(
        (&tested["passes"], &tested["handshakes"]),
        (&true.into(), &20.into())
    );
    let cases = tested["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    let detail = |index: usize| cases[index]["detail"].as_str().unwrap().to_owned();
    for (index, part) in ["equired", "xpired", "nknown", "evoked", "rotocol"]
        .iter()
        .enumerate()
    {
        assert!(detail(index).contains(part), "{part}: {tested}");
    }
    run(&folder, "cert log audit --ca ca").ends(0);
    folder.file("ca/policy.toml", "version = 1\npaths = [\"/ns/*/sa/*\"]\n");
    let refused = run(&folder, "cert selftest --ca ca").ends(2);
    assert!(refused.stderr.contains("--path"), "{refused:#?}");
    run(&folder, "cert selftest --ca ca --count 2 --path /ns/a/sa").ends(0);
}
