//! Policies of Cilium: any bytes give policies or notes, and what is evaluated from them ends.
//!
//! Seed it with `fixtures/acme/plugins/cilium.yaml`.

#![no_main]

use countersign::kernel::source::Source;
use countersign::lint::reachability::{Assumptions, Reachability, limits};
use countersign::lint::{Options, documents, index};
use libfuzzer_sys::fuzz_target;

const POD: &str = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: payment, namespace: production, \
                   labels: {app: payment-service}}\nspec: {containers: [{name: c}]}\n";

fuzz_target!(|bytes: &[u8]| {
    let (Ok(policies), Ok(pod)) = (
        Source::new("fuzz", bytes.to_vec()),
        Source::new("pod", POD.as_bytes().to_vec()),
    ) else {
        return;
    };
    let (options, documents) = (Options::default(), documents::read(&[policies, pod]));
    let model = index::build(&documents, &options);
    let _limits = limits(&model);
    let _groups = Reachability::new(&model, &Assumptions::default()).matrix();
});
