//! netpol-analyzer's listings: the same manifests give the same connections.
//!
//! A listing has a line a pair: `src => dst : connections`. Pods stand for their owner, addresses are IPv4 ranges cut
//! at every bound of the blocks of that direction, `{ingress-controller}` stands for what an Ingress or Route lets in. The peer takes
//! the input for the whole cluster and no block to hold pods; so does our engine for this comparison.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use countersign::kernel::source::Source;
use countersign::lint::cidr::Cidr;
use countersign::lint::model::Model;
use countersign::lint::model::admin_network_policy::ClusterPeer;
use countersign::lint::model::kubernetes::Workload;
use countersign::lint::model::network_policy::Direction;
use countersign::lint::ports::{PortSet, Protocol};
use countersign::lint::reachability::{Assumptions, Blocks, Endpoint, Reachability};
use countersign::lint::{Options, documents, index};

use super::{corpus, files};

/// Cases whose listing is not what the policies say, and why.
const ARGUED: &[(&str, &str)] = &[];

fn sources(folder: &Path) -> Vec<Arc<Source>> {
    let read = |file: &std::path::PathBuf| {
        Source::new(file.display().to_string(), std::fs::read(file).unwrap()).unwrap()
    };
    files(folder, &["yaml", "yml", "json"])
        .iter()
        .map(read)
        .collect()
}

fn shown(workload: &Workload<'_>) -> String {
    let (kind, name) = workload.owner();
    format!("{}/{name}[{kind}]", workload.resource.namespace)
}

/// Addresses are shown as the range that no block of this direction cuts.
fn names(endpoint: &Endpoint<'_, '_>, cut: &[Cidr]) -> BTreeSet<String> {
    match endpoint {
        Endpoint::Pods(workloads) => workloads.iter().map(|one| shown(one)).collect(),
        Endpoint::Addresses(atom) => {
            let range = cut.iter().find(|range| range.holds(*atom)).unwrap();
            let (first, last) = range.bounds();
            let name = first.is_ipv4().then(|| format!("{first}-{last}[External]"));
            name.into_iter().collect()
        }
        Endpoint::Unseen(_) => BTreeSet::new(),
    }
}

/// All addresses, cut at the bounds of a direction's blocks.
fn cut(model: &Model<'_>, direction: Direction) -> Vec<Cidr> {
    let mut ranges: Vec<Cidr> = model
        .network_policies
        .iter()
        .filter_map(|policy| policy.section(direction))
        .flat_map(|section| &section.rules)
        .flat_map(|rule| &rule.peers)
        .filter_map(|peer| peer.addresses.clone())
        .flatten()
        .collect();
    for rule in model
        .cluster_policies
        .iter()
        .flat_map(|policy| policy.rules(direction))
    {
        for peer in &rule.peers {
            if let ClusterPeer::Networks(blocks) = peer {
                ranges.extend(blocks);
            }
        }
    }
    Cidr::cut(&ranges)
}

fn connections(ports: &PortSet) -> String {
    if ports.is_all() {
        return "All Connections".to_owned();
    }
    let mut texts = Vec::new();
    for protocol in [Protocol::Sctp, Protocol::Tcp, Protocol::Udp] {
        let ranges: Vec<String> = ports
            .ranges()
            .filter(|range| range.0 == protocol)
            .map(|(_, first, last)| match first == last {
                true => first.to_string(),
                false => format!("{first}-{last}"),
            })
            .collect();
        if !ranges.is_empty() {
            texts.push(format!("{} {}", protocol.name(), ranges.join(",")));
        }
    }
    texts.join(",")
}

fn listing(folder: &Path) -> BTreeSet<String> {
    let sources = sources(folder);
    let options = Options::default();
    let documents = documents::read(&sources);
    let model = index::build(&documents, &options);
    let assumptions = Assumptions {
        blocks: Blocks::HoldNoPods,
        closed_world: true,
        host_network_is_told: true,
    };
    let reachability = Reachability::new(&model, &assumptions);
    let endpoints = reachability.endpoints();
    let ingress = cut(&model, Direction::Ingress);
    let egress = cut(&model, Direction::Egress);
    let mut lines = BTreeSet::new();
    let is_outside = |index: usize| matches!(endpoints[index], Endpoint::Addresses(_));
    for group in reachability.matrix() {
        if group.surely.is_empty() {
            continue;
        }
        let text = connections(&group.surely);
        for destination in names(&endpoints[group.destination], &egress) {
            for source in &group.sources {
                if is_outside(*source) && is_outside(group.destination) {
                    continue;
                }
                for source in names(&endpoints[*source], &ingress) {
                    lines.insert(format!("{source} => {destination} : {text}"));
                }
            }
        }
    }
    // Pods of one class reach each other as the class reaches itself.
    for (index, endpoint) in endpoints.iter().enumerate() {
        let names = names(endpoint, &egress);
        let open = reachability.between(index, index).surely;
        for source in &names {
            for destination in names.iter().filter(|name| *name != source) {
                if !is_outside(index) && !open.is_empty() {
                    lines.insert(format!(
                        "{source} => {destination} : {}",
                        connections(&open)
                    ));
                }
            }
        }
    }
    let mut offered: std::collections::BTreeMap<String, PortSet> = Default::default();
    for entry in reachability.entries() {
        let ports = offered.entry(shown(entry.workload)).or_default();
        *ports = ports.union(&entry.answer.surely);
    }
    for (workload, ports) in offered.iter().filter(|(_, ports)| !ports.is_empty()) {
        let ports = connections(ports);
        lines.insert(format!("{{ingress-controller}} => {workload} : {ports}"));
    }
    // No line tells a workload about itself.
    lines.retain(|line| {
        let (source, rest) = line.split_once(" => ").unwrap();
        rest.split_once(" : ").unwrap().0 != source
    });
    lines
}

#[test]
fn same_connections_as_netpol_analyzer() {
    let Some(folder) = corpus("manifests/netpol-analyzer") else {
        return;
    };
    let mut cases: Vec<_> = std::fs::read_dir(folder.join("inputs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    cases.sort();
    assert_eq!(cases.len(), 57);
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = folder.join("connlist").join(format!("{case}.txt"));
        let expected = std::fs::read_to_string(expected).unwrap();
        let expected: BTreeSet<String> = expected
            .lines()
            .filter(|line| line.contains(" => "))
            .map(|line| line.trim_end().to_owned())
            .collect();
        let found = listing(&folder.join("inputs").join(case));
        if found != expected {
            let more: Vec<_> = found.difference(&expected).take(4).collect();
            let less: Vec<_> = expected.difference(&found).take(4).collect();
            wrong.push((
                case.as_str(),
                format!("{case}: more {more:#?} less {less:#?}"),
            ));
        }
    }
    let argued: BTreeSet<&str> = ARGUED.iter().map(|(case, _)| *case).collect();
    let differing: BTreeSet<&str> = wrong.iter().map(|(case, _)| *case).collect();
    let texts: Vec<&str> = wrong.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(differing, argued, "{}", texts.join("\n"));
}
