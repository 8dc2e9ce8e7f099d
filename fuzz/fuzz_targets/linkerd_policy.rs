//! Policies of Linkerd: any bytes give policies or notes, and what is evaluated from them ends.
//!
//! Seed it with `fixtures/acme/plugins/linkerd.yaml`.

#![no_main]

use countersign::kernel::source::Source;
use countersign::lint::meshes::Meshes;
use countersign::lint::reachability::{Assumptions, Reachability};
use countersign::lint::{Options, documents, index, mtls};
use libfuzzer_sys::fuzz_target;

const POD: &str = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: production, annotations: \
                   {linkerd.io/inject: enabled}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: payment, \
                   namespace: production, labels: {app: payment-service}}\nspec: {containers: [{name: c, \
                   ports: [{name: https, containerPort: 8443}]}]}\n";

fuzz_target!(|bytes: &[u8]| {
    let (Ok(policies), Ok(pod)) = (
        Source::new("fuzz", bytes.to_vec()),
        Source::new("pod", POD.as_bytes().to_vec()),
    ) else {
        return;
    };
    let (options, inputs) = (Options::default(), [policies, pod]);
    let documents = documents::read(&inputs);
    let model = index::build(&documents, &options);
    let meshes = Meshes::new(&model);
    let _paths = Reachability::new(&model, &Assumptions::default()).open_paths(&meshes);
    let _modes = mtls(&inputs, &options, None);
});
