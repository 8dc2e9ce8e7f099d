//! Calico's selectors and order, against an evaluator that asks pod by pod.

use proptest::prelude::*;

use super::plugin_tests::with_model;
use super::*;

const KEYS: [&str; 3] = ["app", "tier", "zone"];
const VALUES: [&str; 3] = ["a", "ab", "b"];

type Pod = [Option<usize>; 3];

#[derive(Debug, Clone)]
enum Asked {
    All,
    Has(usize),
    Compare(usize, usize, usize),
    Set(bool, usize, Vec<usize>),
    Not(Box<Self>),
    Both(Box<Self>, Box<Self>),
    Either(Box<Self>, Box<Self>),
}

impl Asked {
    fn text(&self) -> String {
        match self {
            Self::All => "all()".to_owned(),
            Self::Has(key) => format!("has( {} )", KEYS[*key]),
            Self::Compare(key, how, value) => {
                let how = ["==", "!=", "contains", "starts with", "ends with"][*how];
                format!("{} {how} '{}'", KEYS[*key], VALUES[*value])
            }
            Self::Set(is_in, key, values) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|one| format!("\"{}\"", VALUES[*one]))
                    .collect();
                let word = if *is_in { "in" } else { "not in" };
                format!("{} {word} {{{}}}", KEYS[*key], values.join(", "))
            }
            Self::Not(inner) => format!("!({})", inner.text()),
            // `&&` binds more closely than `||`.
            Self::Both(one, two) => {
                let side = |side: &Self| match side {
                    Self::Either(..) => format!("({})", side.text()),
                    _ => side.text(),
                };
                format!("{} && {}", side(one), side(two))
            }
            Self::Either(one, two) => format!("{}||{}", one.text(), two.text()),
        }
    }

    fn holds(&self, pod: &Pod) -> bool {
        let value = |key: &usize| pod[*key].map(|value| VALUES[value]);
        match self {
            Self::All => true,
            Self::Has(key) => value(key).is_some(),
            Self::Compare(key, how, wanted) => {
                let wanted = VALUES[*wanted];
                match how {
                    0 => value(key) == Some(wanted),
                    1 => value(key) != Some(wanted),
                    2 => value(key).is_some_and(|value| value.contains(wanted)),
                    3 => value(key).is_some_and(|value| value.starts_with(wanted)),
                    _ => value(key).is_some_and(|value| value.ends_with(wanted)),
                }
            }
            Self::Set(is_in, key, values) => {
                let found =
                    value(key).is_some_and(|value| values.iter().any(|one| VALUES[*one] == value));
                found == *is_in
            }
            Self::Not(inner) => !inner.holds(pod),
            Self::Both(one, two) => one.holds(pod) && two.holds(pod),
            Self::Either(one, two) => one.holds(pod) || two.holds(pod),
        }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let leaf = prop_oneof![
        Just(Asked::All),
        (0..3_usize).prop_map(Asked::Has),
        (0..3_usize, 0..5_usize, 0..3_usize)
            .prop_map(|(key, how, value)| Asked::Compare(key, how, value)),
        (
            any::<bool>(),
            0..3_usize,
            prop::collection::vec(0..3_usize, 0..3)
        )
            .prop_map(|(is_in, key, values)| Asked::Set(is_in, key, values)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Asked::Not(Box::new(one))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Asked::Both(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Asked::Either(Box::new(a), Box::new(b))),
        ]
    })
}

#[derive(Debug, Clone)]
struct Policy {
    order: Option<i32>,
    for_payment: bool,
    rules: Vec<(usize, Option<Asked>, Option<Asked>)>,
}

const ACTIONS: [&str; 4] = ["Allow", "Deny", "Pass", "Log"];

fn policy() -> impl Strategy<Value = Policy> {
    let rule = (
        0..4_usize,
        prop::option::of(asked()),
        prop::option::of(asked()),
    );
    (
        prop::option::of(0..3_i32),
        any::<bool>(),
        prop::collection::vec(rule, 0..4),
    )
        .prop_map(|(order, for_payment, rules)| Policy {
            order,
            for_payment,
            rules,
        })
}

fn pod() -> impl Strategy<Value = Pod> {
    prop::array::uniform3(prop::option::of(0..3_usize))
}

/// The policies in their order, by name where it is the same; the first rule that matches decides.
fn is_let_in(pod: &Pod, policies: &[Policy]) -> bool {
    let mut ordered: Vec<_> = policies
        .iter()
        .filter(|policy| policy.for_payment)
        .collect();
    ordered.sort_by_key(|policy| policy.order.map_or(i64::MAX, i64::from));
    for (action, only, but) in ordered.iter().flat_map(|policy| &policy.rules) {
        let is_meant = only.as_ref().is_none_or(|only| only.holds(pod))
            && !but.as_ref().is_some_and(|but| but.holds(pod));
        match (is_meant, action) {
            (true, 0 | 2) => return true,
            (true, 1) => return false,
            _ => {}
        }
    }
    ordered.is_empty()
}

fn manifest(pods: &[Pod], policies: &[Policy]) -> String {
    let mut text = String::new();
    for (index, pod) in pods.iter().enumerate() {
        let labels = KEYS
            .iter()
            .zip(pod)
            .filter_map(|(key, value)| Some(format!("{key}: {}", VALUES[(*value)?])));
        let labels: Vec<_> = labels.collect();
        text += &format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{index}, namespace: prod, labels: {{{}}}}}\n\
             spec: {{containers: [{{name: c}}]}}\n",
            labels.join(", ")
        );
    }
    for (index, policy) in policies.iter().enumerate() {
        let rules = policy.rules.iter().map(|(action, only, but)| {
            let part = |key: &str, asked: &Option<Asked>| {
                let asked = asked
                    .as_ref()
                    .map(|asked| asked.text().replace('"', "\\\""));
                asked.map_or(String::new(), |asked| format!("{key}: \"{asked}\", "))
            };
            let source = part("selector", only) + &part("notSelector", but);
            format!("{{action: {}, source: {{{source}}}}}", ACTIONS[*action])
        });
        let rules: Vec<_> = rules.collect();
        let order = policy
            .order
            .map_or("null".to_owned(), |order| order.to_string());
        let app = if policy.for_payment {
            "payment"
        } else {
            "nobody"
        };
        text += &format!(
            "---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n\
             metadata: {{name: n{index}, namespace: prod}}\n\
             spec: {{selector: \"app == '{app}'\", order: {order}, types: [Ingress], ingress: [{}]}}\n",
            rules.join(", ")
        );
    }
    text
}

const SEEDS: [&str; 2] = [
    include_str!("../../../fixtures/acme/plugins/cilium.yaml"),
    include_str!("../../../fixtures/acme/plugins/calico.yaml"),
];

/// What stands in place of a word of a seed.
const WORDS: [&str; 12] = [
    "",
    "null",
    "{}",
    "[]",
    "[{}]",
    "'",
    "-1",
    "!",
    "|| &&",
    "0.0.0.0/0",
    "all()",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A wrong word is a note or another meaning, never the end of the run.
    #[test]
    fn seeds_with_other_words_are_read(
        seed in 0..2_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..WORDS.len()), 1..4),
    ) {
        let mut words: Vec<&str> = SEEDS[seed].split_inclusive([' ', '\n']).collect();
        for (place, word) in &changes {
            let place = place.index(words.len());
            words[place] = WORDS[*word];
        }
        with_model(&format!("---\n{}", words.concat()), |model| {
            let reachability = Reachability::new(model, &Assumptions::default());
            let groups = reachability.matrix();
            prop_assert!(groups.len() <= 10_000);
            Ok(())
        })?;
    }

    #[test]
    fn calico_decides_as_pod_by_pod(
        pods in prop::collection::vec(pod(), 1..6),
        policies in prop::collection::vec(policy(), 0..4),
    ) {
        let expected: Vec<bool> = pods.iter().map(|pod| is_let_in(pod, &policies)).collect();
        let text = manifest(&pods, &policies);
        let found: Vec<(bool, bool)> = with_model(&text, |model| {
            assert!(model.notes.is_empty(), "{:?}", model.notes);
            let reachability = Reachability::new(model, &Assumptions::default());
            let at = |name: &str| {
                let position = model.workloads.iter().position(|one| one.resource.name == name);
                position.and_then(|position| reachability.of_workload(position)).unwrap()
            };
            let payment = at("payment");
            (0..pods.len())
                .map(|index| {
                    let answer = reachability.between(at(&format!("p{index}")), payment);
                    (!answer.surely.is_empty(), !answer.may.is_empty())
                })
                .collect()
        });
        let expected: Vec<_> = expected.into_iter().map(|open| (open, open)).collect();
        prop_assert_eq!(found, expected, "{}", text);
    }
}
