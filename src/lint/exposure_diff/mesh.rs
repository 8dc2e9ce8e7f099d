//! What a change opens in the mesh: modes that fall, clients that fall back to plaintext, callers that are admitted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::asked;
use super::identities::{self, rank};
use super::{Admitted, LostMtls, Twins};
use crate::kernel::arrange::Arrange as _;
use crate::lint::effective_mtls::Verdict;
use crate::lint::meshes::Meshes;
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Admission, Endpoint, Party, Reachability, Source};
use crate::lint::{authorization, clients};

/// Every workload of both states, with the ports that either speaks of.
pub(super) fn pairs<'m, 'a>(
    [before, after]: [&Reachability<'m, 'a>; 2],
    [old_meshes, new_meshes]: [&Meshes<'m, 'a>; 2],
) -> Vec<(&'m Workload<'a>, &'m Workload<'a>, Vec<Option<u16>>)> {
    let twins = Twins::of(after.model(), before.model());
    let mut pairs = Vec::new();
    for workload in &after.model().workloads {
        let Some(earlier) = twins.get(workload) else {
            continue;
        };
        let mut ports = new_meshes.ports(workload);
        ports.extend(old_meshes.ports(earlier));
        ports.arrange();
        ports.dedup();
        let ports = ports.into_iter().map(Some).chain([None]);
        pairs.push((earlier, workload, ports.collect()));
    }
    pairs
}

fn strictness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Strict => 2,
        Verdict::Depends => 1,
        Verdict::NotStrict => 0,
    }
}

/// Any step down from strict by way of undecided to not strict is a loss.
pub(super) fn lost_mtls(
    before: &Reachability<'_, '_>,
    after: &Reachability<'_, '_>,
) -> Vec<LostMtls> {
    let (old_meshes, new_meshes) = (Meshes::new(before.model()), Meshes::new(after.model()));
    if !old_meshes.is_shown() && !new_meshes.is_shown() {
        return Vec::new();
    }
    let mut lost = Vec::new();
    for (earlier, workload, ports) in pairs([before, after], [&old_meshes, &new_meshes]) {
        let mut fallen = Vec::new();
        let mut is_certain = false;
        let mut evidence = Vec::new();
        for port in ports {
            let old = old_meshes.on_port(earlier, port);
            let new = new_meshes.on_port(workload, port);
            if strictness(new.verdict) < strictness(old.verdict) {
                fallen.push(port);
                is_certain |= new.verdict == Verdict::NotStrict;
                evidence.extend(new.bypass);
                evidence.extend(new.doubts);
            }
        }
        if fallen.is_empty() {
            continue;
        }
        evidence.extend(new_meshes.evidence(workload, &fallen));
        evidence.dedup();
        lost.push(LostMtls {
            workload: Party::of(workload),
            ports: fallen,
            is_certain,
            evidence,
        });
    }
    lost.extend(plaintext_clients(before.model(), after.model()));
    lost
}

/// Clients that send something else than mTLS to a Service after and did not before, and are taken.
fn plaintext_clients(before: &Model<'_>, after: &Model<'_>) -> Vec<LostMtls> {
    let old = clients::senders(before);
    let known: BTreeSet<(&String, &Option<String>, &Option<String>)> = old
        .iter()
        .flat_map(|one| {
            one.clients
                .iter()
                .map(move |client| (client, &one.service, &one.server))
        })
        .collect();
    let was_plain: BTreeSet<&String> = old
        .iter()
        .filter(|one| one.service.is_none())
        .flat_map(|one| &one.clients)
        .collect();
    let twins = Twins::of(after, before);
    let names: HashMap<String, (String, Party)> = after
        .workloads
        .iter()
        .filter_map(|workload| {
            let earlier = clients::name(twins.get(workload)?);
            Some((clients::name(workload), (earlier, Party::of(workload))))
        })
        .collect();
    let subjects: HashMap<String, String> = after
        .workloads
        .iter()
        .filter_map(|workload| {
            let earlier = twins.get(workload)?.resource.subject();
            Some((workload.resource.subject(), earlier))
        })
        .collect();
    // What is called by a new Service was called by no other before.
    let services: BTreeSet<String> = before
        .services
        .iter()
        .flat_map(|service| {
            let resource = &service.resource;
            let ports = service.ports.iter();
            ports.map(move |port| {
                format!("{}/{}:{}", resource.namespace, resource.name, port.number)
            })
        })
        .collect();
    let mut lost = Vec::new();
    for sender in clients::senders(after)
        .iter()
        .filter(|one| one.taken != Some("no"))
    {
        // `port 80 of Pod a/b`, by what the server was called.
        let server = sender.server.as_ref().map(|server| {
            let (port, subject) = server.split_once(" of ").unwrap_or(("", server));
            let earlier = subjects.get(subject);
            earlier.map_or_else(|| server.clone(), |earlier| format!("{port} of {earlier}"))
        });
        for client in &sender.clients {
            // New clients had no mTLS to lose, and who had no proxy sends what it sent.
            let Some((earlier, party)) = names.get(client) else {
                continue;
            };
            let is_known = known.contains(&(earlier, &sender.service, &server));
            let is_new = sender
                .service
                .as_ref()
                .is_some_and(|name| !services.contains(name));
            if is_known || is_new || was_plain.contains(earlier) {
                continue;
            }
            let to = sender.service.as_deref().unwrap_or("every Service");
            lost.push(LostMtls {
                workload: party.clone(),
                ports: Vec::new(),
                is_certain: sender.taken == Some("yes"),
                evidence: vec![format!(
                    "it sends {} to {to}: {}",
                    sender.sends,
                    sender.because.join("; ")
                )],
            });
        }
    }
    lost
}

/// Whom the AuthorizationPolicies admit and did not before.
pub(super) fn admitted(
    before: &Reachability<'_, '_>,
    after: &Reachability<'_, '_>,
) -> Vec<Admitted> {
    let (old_meshes, new_meshes) = (Meshes::new(before.model()), Meshes::new(after.model()));
    if !old_meshes.is_shown() && !new_meshes.is_shown() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (earlier, workload, ports) in pairs([before, after], [&old_meshes, &new_meshes]) {
        let states = [(before.model(), earlier), (after.model(), workload)];
        let mut named = None;
        for number in ports {
            // Port 1 stands for those that nothing singles out.
            let port = number.unwrap_or(1);
            let old = authorization::callers(before.model(), earlier, port);
            let new = authorization::callers(after.model(), workload, port);
            let mut texts = Vec::new();
            if rank(new.plaintext.verdict) > rank(old.plaintext.verdict) {
                texts.push("clients over plaintext".to_owned());
            }
            if rank(new.any_identity.verdict) > rank(old.any_identity.verdict) {
                texts.push("any client of the mesh".to_owned());
            }
            let models = [before.model(), after.model()];
            texts.extend(asked::gained(models, [earlier, workload], port));
            let is_open = || {
                old_meshes.takes_everybody(earlier, port)
                    && new_meshes.takes_everybody(workload, port)
            };
            if texts.is_empty() && !identities::alike(states, port) && !is_open() {
                let named = named.get_or_insert_with(|| identities::Named::of(states));
                texts = named.gained(states, port);
            }
            for text in texts {
                let text = match number {
                    Some(port) => format!("{text}, on port {port}"),
                    None => format!("{text}, on other ports"),
                };
                found.push(Admitted {
                    workload: Party::of(workload),
                    text,
                });
            }
        }
    }
    found.extend(admitted_jointly(
        [before, after],
        [&old_meshes, &new_meshes],
    ));
    found
}

/// What a caller is compared with.
enum Was<'s, 'b, 'a> {
    /// What it was before.
    Before(Source<'s, 'b>),
    /// For one that is new: what it would be after with an account that nothing names. Where that is let in, too, it is
    /// let in like everybody.
    Otherwise(Source<'s, 'a>),
}

/// Who calls, and what it was before.
struct Both<'s, 'b, 'a> {
    name: String,
    before: Was<'s, 'b, 'a>,
    after: Source<'s, 'a>,
    /// The endpoints after.
    endpoints: Vec<usize>,
}

/// Callers that network and mesh together let in after, on some port, and that the mesh refused before or might have.
fn admitted_jointly(
    [before, after]: [&Reachability<'_, '_>; 2],
    [old, new]: [&Meshes<'_, '_>; 2],
) -> Vec<Admitted> {
    let strangers = strangers(before.model(), after.model());
    let callers = callers(before, after, &strangers);
    let twins = Twins::of(after.model(), before.model());
    let rank = |admission: Option<Admission>| match admission {
        Some(Admission::Refused) => 0,
        Some(Admission::Depends) => 1,
        Some(Admission::Admitted) | None => 2,
    };
    let tcp = PortSet::whole(Protocol::Tcp);
    let open = open_sources(after);
    let mut by_endpoint: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, caller) in callers.iter().enumerate() {
        for endpoint in &caller.endpoints {
            by_endpoint.entry(*endpoint).or_default().push(index);
        }
    }
    let mut found = Vec::new();
    for (position, workload) in after.model().workloads.iter().enumerate() {
        let party = Party::of(workload);
        let Some(earlier) = twins.get(workload) else {
            continue;
        };
        let Some(destination) = after.of_workload(position) else {
            continue;
        };
        // Only who gets through the network is worth a question.
        let mut sources: BTreeMap<usize, PortSet> = BTreeMap::new();
        for (endpoint, may) in open.get(&destination).into_iter().flatten() {
            for index in by_endpoint.get(endpoint).into_iter().flatten() {
                let known = sources.entry(*index).or_default();
                *known = known.union(may);
            }
        }
        // What the network lets through may be none of the ports that the mesh tells apart.
        let open: BTreeSet<&PortSet> = sources.values().chain([&tcp]).collect();
        let mut ports = BTreeSet::new();
        for open in &open {
            ports.extend(old.ports_apart(earlier, open));
            ports.extend(new.ports_apart(workload, open));
        }
        let ranges = open.iter().flat_map(|open| open.ranges());
        let single = ranges.filter(|(_, first, last)| first == last);
        let mut named: BTreeSet<u16> = single.map(|(_, port, _)| port).collect();
        named.extend(old.ports(earlier));
        named.extend(new.ports(workload));
        let mut opened: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        for port in ports {
            if old.takes_everybody(earlier, port) && new.takes_everybody(workload, port) {
                continue;
            }
            for (index, may) in &sources {
                let Some(caller) = callers.get(*index) else {
                    continue;
                };
                if !may.contains(Protocol::Tcp, port) {
                    continue;
                }
                let was = match caller.before {
                    Was::Before(source) => old.admission(source, earlier, port),
                    Was::Otherwise(source) => new.admission(source, workload, port),
                };
                let is = new.admission(caller.after, workload, port);
                if rank(is) > rank(was) && caller.name != party.to_string() {
                    opened.entry(caller.name.clone()).or_default().insert(port);
                }
            }
        }
        for (name, ports) in opened {
            let (named, others): (Vec<u16>, Vec<u16>) =
                ports.into_iter().partition(|port| named.contains(port));
            let listed: Vec<String> = named.iter().map(u16::to_string).collect();
            let told = match (listed.join(", "), others.is_empty()) {
                (none, _) if none.is_empty() => "other ports".to_owned(),
                (listed, true) => format!("port {listed}"),
                (listed, false) => format!("port {listed} and others"),
            };
            found.push(Admitted {
                workload: party.clone(),
                text: format!("{name}, on {told}"),
            });
        }
    }
    found
}

/// For each destination the sources that may reach it by the network, with the ports.
fn open_sources(of: &Reachability<'_, '_>) -> HashMap<usize, Vec<(usize, PortSet)>> {
    let mut open: HashMap<usize, Vec<(usize, PortSet)>> = HashMap::new();
    for group in of.matrix() {
        let sources = group.sources.iter();
        let sources = sources.map(|source| (*source, group.may.clone()));
        open.entry(group.destination).or_default().extend(sources);
    }
    // Pods of one class reach each other as the class reaches itself.
    for endpoint in 0..of.endpoints().len() {
        let may = of.between(endpoint, endpoint).may;
        open.entry(endpoint).or_default().push((endpoint, may));
    }
    open
}

/// Workloads that were not there before, under an account that nothing names.
fn strangers<'a>(before: &Model<'_>, after: &Model<'a>) -> BTreeMap<Party, Workload<'a>> {
    let twins = Twins::of(after, before);
    let new = after.workloads.iter();
    new.filter(|workload| twins.get(workload).is_none())
        .map(|workload| {
            let mut stranger = workload.clone();
            stranger.service_account = "-";
            (Party::of(workload), stranger)
        })
        .collect()
}

/// Everybody who calls after.
fn callers<'s, 'b, 'a>(
    before: &'s Reachability<'_, 'b>,
    after: &'s Reachability<'_, 'a>,
    strangers: &'s BTreeMap<Party, Workload<'a>>,
) -> Vec<Both<'s, 'b, 'a>> {
    let twins = Twins::of(after.model(), before.model());
    let mut callers = Vec::new();
    let mut outside = Vec::new();
    for (endpoint, of) in after.endpoints().iter().enumerate() {
        match of {
            Endpoint::Pods(workloads) => {
                for workload in workloads {
                    let party = Party::of(workload);
                    let account = workload.service_account;
                    let (name, before) = match (twins.get(workload), strangers.get(&party)) {
                        (Some(earlier), _) => {
                            (party.to_string(), Was::Before(Source::Workload(earlier)))
                        }
                        (None, Some(stranger)) => (
                            format!("{party}, new under the account {account}"),
                            Was::Otherwise(Source::Workload(stranger)),
                        ),
                        (None, None) => continue,
                    };
                    callers.push(Both {
                        name,
                        before,
                        after: Source::Workload(workload),
                        endpoints: vec![endpoint],
                    });
                }
            }
            Endpoint::Unseen(namespace) => callers.push(Both {
                name: Party::Unseen(namespace.map(str::to_owned)).to_string(),
                before: Was::Before(Source::Unseen(*namespace)),
                after: Source::Unseen(*namespace),
                endpoints: vec![endpoint],
            }),
            Endpoint::Addresses(_) => outside.push(endpoint),
        }
    }
    // No mesh tells one address from another.
    callers.push(Both {
        name: "the outside".to_owned(),
        before: Was::Before(Source::Outside),
        after: Source::Outside,
        endpoints: outside,
    });
    callers
}
