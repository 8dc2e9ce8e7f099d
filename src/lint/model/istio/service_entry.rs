//! Istio's ServiceEntry: hosts that the mesh is told of.

use super::super::{Labels, Reading, Resource};
use super::{Port, Text, case_slips, port, texts};

/// A ServiceEntry.
#[derive(Debug)]
pub struct ServiceEntry<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The hosts.
    pub hosts: Vec<Text<'a>>,
    /// Virtual addresses.
    pub addresses: Vec<Text<'a>>,
    /// The ports.
    pub ports: Vec<Port<'a>>,
    /// The namespaces that see it; empty is the mesh's default.
    pub export_to: Vec<Text<'a>>,
    /// The labels of the pods that it is for as well; none where it selects none.
    pub selector: Option<Labels<'a>>,
    /// `MESH_INTERNAL`, or outside.
    pub is_internal: bool,
    /// How endpoints are found; `NONE` where it is not said.
    pub resolution: &'a str,
}

pub(crate) fn service_entry<'a>(mut reading: Reading<'a, '_>) -> Option<ServiceEntry<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    const KNOWN: [&str; 5] = ["hosts", "addresses", "ports", "location", "resolution"];
    case_slips(&mut reading, spec, &KNOWN);
    let mut ports = Vec::new();
    for node in reading.list(spec, "ports").unwrap_or_default() {
        ports.extend(port(&mut reading, node));
    }
    let entry = ServiceEntry {
        hosts: texts(&mut reading, spec, "hosts"),
        addresses: texts(&mut reading, spec, "addresses"),
        ports,
        export_to: texts(&mut reading, spec, "exportTo"),
        is_internal: reading.text(spec, "location").map(|(text, _)| text) == Some("MESH_INTERNAL"),
        resolution: reading
            .text(spec, "resolution")
            .map_or("NONE", |(text, _)| text),
        selector: reading
            .mapping(spec, "workloadSelector")
            .map(|selector| reading.labels(selector, "labels")),
        resource,
    };
    reading.is_sound().then_some(entry)
}
