//! Small sets of intentions at random, against an evaluator that asks rank by rank.

use proptest::prelude::*;

use crate::kernel::source::Source;
use crate::lint::meshes::Meshes;
use crate::lint::model::consul::Action;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Admission, Mesh, Source as Calling};
use crate::lint::{Options, documents, index};

const NAMES: [&str; 3] = ["a", "b", "*"];

/// For each destination, for each source: nothing, allow or deny.
type Table = [[Option<bool>; 3]; 3];

fn text(table: &Table) -> String {
    let mut text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: \
                    {consul.hashicorp.com/transparent-proxy: 'true'}}\n"
        .to_owned();
    for name in ["a", "b", "c"] {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}, \
             annotations: {{consul.hashicorp.com/connect-inject: 'true'}}}}\nspec: {{containers: [{{name: c, \
             ports: [{{containerPort: 80}}]}}]}}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: {name}, namespace: shop}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
        ));
    }
    for (destination, row) in table.iter().enumerate() {
        let sources: Vec<String> = row
            .iter()
            .enumerate()
            .filter_map(|(source, allows)| {
                let action = if (*allows)? { "allow" } else { "deny" };
                Some(format!("{{name: '{}', action: {action}}}", NAMES[source]))
            })
            .collect();
        if !sources.is_empty() {
            text.push_str(&format!(
                "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceIntentions\n\
                 metadata: {{name: i{destination}, namespace: shop}}\n\
                 spec: {{destination: {{name: '{}'}}, sources: [{}]}}\n",
                NAMES[destination],
                sources.join(", ")
            ));
        }
    }
    text
}

/// The first of the four ranks that says anything.
fn lets_in(table: &Table, default: bool, source: usize, destination: usize) -> bool {
    let mut ranks = Vec::new();
    for to in [destination, 2] {
        for from in [source, 2] {
            // A service that nothing names has the rows of `*` alone.
            if to < 3 && from < 3 {
                ranks.push(table[to][from]);
            }
        }
    }
    ranks.into_iter().flatten().next().unwrap_or(default)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_one_that_asks_rank_by_rank(
        table in any::<[[Option<bool>; 3]; 3]>(),
        default in any::<bool>(),
    ) {
        let text = text(&table);
        let options = Options {
            assume_consul_default: Some(if default { Action::Allow } else { Action::Deny }),
            ..Options::default()
        };
        let source = Source::new("mesh.yaml", text.clone().into_bytes()).unwrap();
        let documents = documents::read(&[source]);
        let model = index::build(&documents, &options);
        prop_assert!(model.notes.is_empty(), "{:?}\n{text}", model.notes);
        let meshes = Meshes::new(&model);
        let services = ["a", "b", "c"];
        let workload = |name: &str| model.workloads.iter().find(|one| one.resource.name == name).unwrap();
        // `c` is a service that no intention names.
        let row = |name: usize| if name == 2 { 3 } else { name };
        for (from, caller) in services.into_iter().enumerate() {
            for (to, called) in services.into_iter().enumerate() {
                let port = PortSet::range(Protocol::Tcp, 80, 80);
                let crossing = meshes.cross(Calling::Workload(workload(caller)), workload(called), &port).remove(0).1;
                let expected = match lets_in(&table, default, row(from), row(to)) {
                    true => Admission::Admitted,
                    false => Admission::Refused,
                };
                prop_assert_eq!(crossing.admission, expected, "{} to {}\n{}", caller, called, text);
            }
        }
    }
}
