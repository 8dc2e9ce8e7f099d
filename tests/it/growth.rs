//! How the time of `lint` grows with its input: four times as much must not take the square of it.
//!
//! What is compared is the processor time of two runs of one program, which a busy machine does not change.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The smaller input, in workloads; the larger has four times as many.
const FEW: usize = 120;

/// Four times as much may take this much longer; the square would be sixteen times. `lint diff` of one namespace, in which every
/// pod is a caller of every other, takes 8.5.
const MOST: f64 = 10.0;

/// A cluster in a folder of its own, gone when the test is.
struct Cluster(PathBuf);

impl Drop for Cluster {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

impl Cluster {
    /// Workloads with a policy of each kind, a file each; each is called by its neighbour alone.
    fn new(name: &str, workloads: usize, namespaces: usize) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("growth-{name}"));
        let _left_over = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let write = |file: String, text: &str| std::fs::write(folder.join(file), text).unwrap();
        let mut spaces = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n---\n\
                          apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                          metadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n"
            .to_owned();
        for space in 0..namespaces {
            let _ = write!(
                spaces,
                "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ns{space}, labels: {{istio-injection: enabled}}}}\n\
                 ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: deny, namespace: ns{space}}}\n\
                 spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress]}}\n"
            );
        }
        write("namespaces.yaml".to_owned(), &spaces);
        for index in 0..workloads {
            let space = index % namespaces;
            let caller = (index + namespaces) % workloads;
            let text = format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w{index}, namespace: ns{space}}}\n\
                 spec: {{selector: {{matchLabels: {{app: w{index}}}}}, template: {{metadata: {{labels: {{app: w{index}}}}}, \
                 spec: {{serviceAccountName: w{index}, containers: [{{name: c, image: i, ports: [{{containerPort: 8443}}]}}]}}}}}}\n\
                 ---\napiVersion: v1\nkind: Service\nmetadata: {{name: w{index}, namespace: ns{space}}}\n\
                 spec: {{selector: {{app: w{index}}}, ports: [{{name: http, port: 443, targetPort: 8443}}]}}\n\
                 ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: w{index}, namespace: ns{space}}}\n\
                 spec: {{podSelector: {{matchLabels: {{app: w{index}}}}}, ingress: [{{from: [{{podSelector: \
                 {{matchLabels: {{app: w{caller}}}}}}}], ports: [{{port: 8443}}]}}]}}\n\
                 ---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: w{index}, namespace: ns{space}}}\n\
                 spec: {{selector: {{matchLabels: {{app: w{index}}}}}, rules: [{{from: [{{source: \
                 {{principals: [cluster.local/ns/ns{space}/sa/w{caller}]}}}}]}}]}}\n"
            );
            write(format!("w{index}.yaml"), &text);
        }
        Self(folder)
    }

    /// The processor time of a run in clock ticks, the better of two.
    fn ticks(&self, verb: &[&str]) -> u64 {
        let run = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
            command.arg("lint").args(verb).arg(&self.0);
            if verb == ["diff"] {
                command.arg(&self.0);
            }
            let mut child = command
                .env_clear()
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // A child that ended and was not waited for still says what it used.
            let stat = format!("/proc/{}/stat", child.id());
            let ticks = loop {
                let told = std::fs::read_to_string(&stat).unwrap();
                let fields: Vec<&str> = told
                    .rsplit(')')
                    .next()
                    .unwrap()
                    .split_whitespace()
                    .collect();
                if fields[0] == "Z" {
                    break fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            };
            let status = child.wait().unwrap();
            assert!(
                status.code().is_some_and(|code| code < 3),
                "{verb:?}: {status}"
            );
            ticks
        };
        run().min(run())
    }
}

/// Each verb, on many namespaces and on one that holds everything.
#[cfg(target_os = "linux")]
#[test]
fn four_times_the_manifests_do_not_take_the_square_of_the_time() {
    let verbs: [&[&str]; 5] = [
        &[],
        &["mtls"],
        &["reach", "--matrix"],
        &["reach", "--to", "ns0/w0:8443", "--only", "ns0/w1"],
        &["diff"],
    ];
    let mut told = Vec::new();
    for (shape, of_few, of_many) in [("spread", FEW / 10, FEW * 4 / 10), ("one", 1, 1)] {
        let few = Cluster::new(&format!("{shape}-few"), FEW, of_few);
        let many = Cluster::new(&format!("{shape}-many"), FEW * 4, of_many);
        for verb in verbs {
            let (less, more) = (few.ticks(verb), many.ticks(verb));
            // A tick more or less of a short run is no growth.
            let ratio = more as f64 / (less.max(4) + 2) as f64;
            if ratio > MOST {
                told.push(format!(
                    "lint {} ({shape}): {less} and {more} ticks",
                    verb.join(" ")
                ));
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("; "));
}
