//! `countersign lint` as a process: what it reads, what it says to its caller.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PERMISSIVE: &str = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
    metadata: {name: default, namespace: staging}\nspec: {mtls: {mode: PERMISSIVE}}\n";

/// A folder of the test's own, gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lint-{name}"));
        let _left_over = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> &Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

fn lint(folder: &Path, arguments: &[&str], stdin: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("lint")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _may_be_unread = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn the_gate_fails_on_acme_and_names_the_pipeline() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (exit, stdout, _) = lint(root, &["fixtures/acme/manifests"], "");
    assert_eq!(exit, 1);
    assert!(
        stdout.contains("CronJob staging/orders-export accepts plaintext"),
        "{stdout}"
    );
    let production = "fixtures/acme/manifests/production";
    let namespaces = "fixtures/acme/manifests/namespaces.yaml";
    let (exit, stdout, _) = lint(root, &[production, namespaces], "");
    assert_eq!(exit, 0, "{stdout}");
    // Without the namespaces nobody can say whether a proxy enforces what the policies demand.
    let (exit, stdout, _) = lint(root, &[production], "");
    assert_eq!(exit, 2, "{stdout}");
}

#[test]
fn exit_codes_follow_severity_and_format_does_not_change_them() {
    let folder = Folder::new("exit");
    folder.file("a/b.yml", PERMISSIVE.as_bytes());
    for (arguments, expected) in [
        (&["."][..], 1),
        (&["--fail-on", "high", "."], 0),
        (&["--exit-zero", "."], 0),
        (&["--format", "json", "."], 1),
        (&["--format", "sarif", "."], 1),
        (&["--format", "junit", "a/b.yml"], 1),
        (&["--fail-on", "severe", "."], 2),
        (&["--assume", "mesh-mtls=maybe", "."], 2),
        (&["missing.yaml"], 2),
    ] {
        let (exit, _, stderr) = lint(&folder.0, arguments, "");
        assert_eq!(exit, expected, "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_gate_does_not_pass_on_nothing() {
    let folder = Folder::new("nothing");
    folder
        .file("readme.txt", b"x")
        .file("values.yaml", b"a: 1\n");
    let (exit, _, stderr) = lint(&folder.0, &["."], "");
    assert_eq!(exit, 3, "{stderr}");
    let (exit, _, stderr) = lint(&folder.0, &["-"], "");
    assert_eq!(exit, 3, "{stderr}");
    folder.file("values.yaml", b"a: [\n");
    let (exit, _, stderr) = lint(&folder.0, &["."], "");
    assert_eq!(exit, 2);
    assert!(stderr.contains("values.yaml:2:1"), "{stderr}");
}

#[test]
fn standard_input_is_read_and_assumptions_settle_it() {
    let manifest = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\n\
        apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {app: a}}\nspec: {containers: []}\n";
    let here = Path::new(".");
    let says = |arguments: &[&str]| lint(here, arguments, manifest).1;
    assert!(says(&["-"]).contains("depends on the mesh-wide policy"));
    assert!(
        says(&["--assume", "mesh-mtls=permissive", "-"]).contains("accepts plaintext: no policy")
    );
    assert!(!says(&["--assume", "mesh-mtls=strict", "-"]).contains("mtls-not-strict"));
}

#[test]
fn comments_and_baselines_set_findings_aside() {
    let folder = Folder::new("aside");
    let ignored = PERMISSIVE.replace(
        "spec:",
        "# countersign: ignore[peer-authentication-permissive] the rig has no proxy yet\nspec:",
    );
    folder.file("ignored.yaml", ignored.as_bytes());
    assert_eq!(lint(&folder.0, &["ignored.yaml"], "").0, 0);
    assert_eq!(lint(&folder.0, &["--no-ignores", "ignored.yaml"], "").0, 1);

    folder.file("m.yaml", PERMISSIVE.as_bytes());
    let write = ["--write-baseline", "known.json", "--exit-zero", "m.yaml"];
    assert_eq!(lint(&folder.0, &write, "").0, 0);
    let (exit, stdout, stderr) = lint(&folder.0, &["--baseline", "known.json", "m.yaml"], "");
    assert_eq!(exit, 0, "{stdout}{stderr}");
}

#[test]
fn bad_files_are_survived() {
    let folder = Folder::new("bad");
    folder
        .file("a.yaml", b"a: [\n")
        .file("b.yaml", b"a: \xff\n")
        .file(
            "templates/c.yaml",
            b"{{- if .Values.x }}\nkind: {{ .Values.k }}\n{{- end }}\n",
        )
        .file("d.yaml", PERMISSIVE.as_bytes())
        .file(
            ".hidden/e.yaml",
            PERMISSIVE.replace("staging", "hidden").as_bytes(),
        );
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.0.join("templates/up")).unwrap();
    let (exit, stdout, stderr) = lint(&folder.0, &["--format", "json", "."], "");
    assert_eq!(exit, 1, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let text = report.to_string();
    for expected in [
        "unparsable-document",
        "helm-template",
        "PeerAuthentication hidden/default",
        "b.yaml",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let mild = ["--fail-on", "critical", "."];
    assert_eq!(lint(&folder.0, &mild, "").0, 2);
    let skip = ["--fail-on", "critical", "--skip-unread", "."];
    assert_eq!(lint(&folder.0, &skip, "").0, 0);
}

const PAYMENT: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata: {name: payment, namespace: prod, labels: {app: payment}}\n\
    spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata: {name: tool, namespace: prod, labels: {app: tool}}\n\
    spec: {containers: [{name: c}]}\n";

const ORDER: &str = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: order, namespace: prod, labels: {app: order}}\n\
    spec: {containers: [{name: c}]}\n---\n\
    apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: payment, namespace: prod}\n\
    spec: {podSelector: {matchLabels: {app: payment}}, ingress: [{from: [{podSelector: {matchLabels: {app: order}}}]}]}\n";

/// A world that lacks an allowed caller is judged all the same: others may reach the target there.
/// Policies that are there already add up with what is written, and the assertion does not hold.
#[test]
fn what_is_written_is_held_against_what_was_wanted() {
    let folder = Folder::new("generate-unmet");
    let pod = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\n\
             spec: {{containers: [{{name: c, ports: [{{containerPort: 80}}]}}]}}\n"
        )
    };
    folder.file("pods.yaml", (pod("order") + &pod("payment")).as_bytes());
    folder.file(
        "wanted.txt",
        b"assertions:\n- only: shop/payment:80\n  from: [shop/order]\n",
    );
    let generate = ["generate", "--assertions", "wanted.txt", "."];
    let (code, written, _) = lint(&folder.0, &generate, "");
    assert_eq!(code, 0, "{written}");
    folder.file(
        "open.yaml",
        b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: shop}\n\
         spec: {podSelector: {}, ingress: [{}]}\n",
    );
    let (code, again, told) = lint(&folder.0, &generate, "");
    assert_eq!((code, &again), (1, &written));
    assert!(
        told.contains("does not hold with what is written"),
        "{told}"
    );
}

#[test]
fn an_assertion_is_judged_in_every_world_that_has_its_subject() {
    let folder = Folder::new("assert-worlds");
    let closed = format!("{PAYMENT}{ORDER}");
    folder
        .file("clusters/eu/a.yaml", closed.as_bytes())
        .file("clusters/us/a.yaml", PAYMENT.as_bytes())
        .file(
            "only.yaml",
            b"assertions: [{only: 'prod/payment:8443', from: [prod/order]}]\n",
        )
        .file(
            "nobody.yaml",
            b"assertions: [{only: 'prod/payment:8443', from: [prod/ordr]}]\n",
        );
    let (exit, stdout, _) = lint(&folder.0, &["assert", "only.yaml", "clusters"], "");
    assert_eq!(exit, 1, "{stdout}");
    assert!(stdout.contains("clusters/us"), "{stdout}");
    // One that lacks the target itself says so.
    folder.file("clusters/jp/a.yaml", ORDER.as_bytes());
    let (_, stdout, _) = lint(&folder.0, &["assert", "only.yaml", "clusters"], "");
    assert!(stdout.contains("not judged in clusters/jp"), "{stdout}");
    std::fs::remove_dir_all(folder.0.join("clusters/jp")).unwrap();
    let (exit, _, stderr) = lint(&folder.0, &["assert", "nobody.yaml", "clusters"], "");
    assert_eq!(exit, 2, "{stderr}");
    assert!(stderr.contains("prod/ordr"), "{stderr}");
    // Wherever the folders are named from.
    let inside = folder.0.join("clusters");
    let (exit, stdout, _) = lint(&inside, &["assert", "../only.yaml", "eu", "us"], "");
    assert_eq!(exit, 1, "{stdout}");
}

/// Two folders that are worlds themselves are compared, not mixed.
#[test]
fn states_that_are_called_like_worlds_are_compared() {
    let folder = Folder::new("diff-worlds");
    let closed = format!("{PAYMENT}{ORDER}");
    folder
        .file("overlays/a/m.yaml", closed.as_bytes())
        .file("overlays/b/m.yaml", PAYMENT.as_bytes())
        .file("before/overlays/p/m.yaml", closed.as_bytes())
        .file("before/overlays/d/m.yaml", closed.as_bytes())
        .file("after/overlays/p/m.yaml", PAYMENT.as_bytes())
        .file("after/overlays/d/m.yaml", closed.as_bytes());
    let (exit, stdout, _) = lint(&folder.0, &["diff", "overlays/a", "overlays/b"], "");
    assert_eq!(exit, 1, "{stdout}");
    assert!(!stdout.contains("overlays/"), "{stdout}");
    let states = ["diff", "before/overlays", "after/overlays"];
    let (exit, stdout, _) = lint(&folder.0, &states, "");
    assert_eq!(exit, 1, "{stdout}");
    assert!(stdout.contains("opened: overlays/p: "), "{stdout}");
    assert!(!stdout.contains("overlays/d"), "{stdout}");
}
