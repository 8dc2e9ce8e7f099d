//! What ALLOW rules ask of a caller and its request: one of the new state is no widening where rules of the old together
//! let in every request that it does.

use std::collections::BTreeSet;

use crate::lint::authorization::{selecting, wildcard, words};
use crate::lint::cidr::Cidr;
use crate::lint::model::Model;
use crate::lint::model::istio::{Action, Attribute, Clause, Matcher};
use crate::lint::model::kubernetes::Workload;

/// One source and one operation of a rule with its conditions: all of it is asked.
struct Way<'m, 'a>(Vec<Asked<'m, 'a>>);

/// One attribute: one of the values, none where any will do, and none of the others.
#[derive(Clone)]
struct Asked<'m, 'a> {
    matcher: &'m Matcher<'a>,
    values: Vec<&'a str>,
}

/// How many single requests a way is taken apart into.
const MOST: usize = 64;

/// Whom the ALLOW rules of a workload let in on a port after and did not before, in words; nobody is told where none was
/// enforced before, which is compared elsewhere.
pub(super) fn gained(
    [before, after]: [&Model<'_>; 2],
    [earlier, workload]: [&Workload<'_>; 2],
    port: u16,
) -> BTreeSet<String> {
    let mut old = Vec::new();
    if !each_way(before, earlier, port, &mut |way| old.push(way)) {
        return BTreeSet::new();
    }
    let mut gained = BTreeSet::new();
    each_way(after, workload, port, &mut |way| {
        let is_held = old.iter().any(|old| old.holds(&way))
            || way
                .apart()
                .is_some_and(|apart| apart.iter().all(|one| old.iter().any(|old| old.holds(one))));
        if !is_held {
            gained.insert(way.text());
        }
    });
    gained
}

/// Takes each way by a port of a workload; says whether any ALLOW is enforced.
fn each_way<'m, 'a>(
    model: &'m Model<'a>,
    workload: &Workload<'_>,
    port: u16,
    take: &mut dyn FnMut(Way<'m, 'a>),
) -> bool {
    let mut is_any_enforced = false;
    let is_enforced = |action: Action, is_dry: bool| action == Action::Allow && !is_dry;
    for (_, policy) in selecting(model, workload) {
        if !is_enforced(policy.action, policy.dry_run.is_some()) {
            continue;
        }
        is_any_enforced = true;
        for rule in &policy.rules {
            // Nothing written is one clause that asks for nothing.
            let clauses = |written: &'m Option<Vec<Clause<'a>>>| -> Vec<&'m [Matcher<'a>]> {
                written.as_ref().map_or_else(
                    || vec![&[] as &[Matcher<'a>]],
                    |all| all.iter().map(|one| one.matchers.as_slice()).collect(),
                )
            };
            for source in clauses(&rule.sources) {
                for operation in clauses(&rule.operations) {
                    let all = source.iter().chain(operation).chain(&rule.conditions);
                    let asked = all.map(|matcher| Asked {
                        matcher,
                        values: matcher.values.iter().map(|value| value.text).collect(),
                    });
                    let way = Way(asked.collect());
                    if way.0.iter().all(|one| one.is_for(port)) {
                        take(way);
                    }
                }
            }
        }
    }
    is_any_enforced
}

impl<'m, 'a> Way<'m, 'a> {
    /// Whether it lets in whatever another does.
    fn holds(&self, other: &Way<'_, '_>) -> bool {
        // Each is for the port that is asked about.
        let mut asked = self
            .0
            .iter()
            .filter(|one| one.matcher.attribute != Attribute::Port);
        asked.all(|asked| {
            let is_of = |one: &&Asked<'_, '_>| one.matcher.attribute == asked.matcher.attribute;
            let of_same = || other.0.iter().filter(is_of);
            let has_value = asked.values.is_empty()
                || of_same().any(|one| asked.covers(one))
                || other.0.iter().any(|one| asked.names_space_of(one));
            let mut refused = asked.matcher.not_values.iter();
            has_value && refused.all(|value| of_same().any(|one| one.refuses(asked, value.text)))
        })
    }

    /// The same by single values: each may be let in by another rule.
    fn apart(&self) -> Option<Vec<Way<'m, 'a>>> {
        let mut sizes = self.0.iter().map(|one| one.values.len().max(1));
        let all = sizes.try_fold(1usize, usize::checked_mul)?;
        if all > MOST {
            return None;
        }
        let mut ways = vec![Vec::new()];
        for asked in &self.0 {
            let single = |value: &&'a str| Asked {
                matcher: asked.matcher,
                values: vec![*value],
            };
            let mut choices: Vec<Asked<'m, 'a>> = asked.values.iter().map(single).collect();
            if choices.is_empty() {
                choices.push(asked.clone());
            }
            let longer = ways.iter().flat_map(|way: &Vec<Asked<'m, 'a>>| {
                let with = |choice: &Asked<'m, 'a>| {
                    let mut way = way.clone();
                    way.push(choice.clone());
                    way
                };
                choices.iter().map(with).collect::<Vec<_>>()
            });
            ways = longer.collect();
        }
        Some(ways.into_iter().map(Way).collect())
    }

    /// Whom it lets in, and where what else is asked.
    fn text(&self) -> String {
        let told = |is_who: bool| -> Vec<String> {
            let all = self.0.iter().map(|one| one.matcher);
            let all = all.filter(|one| one.attribute != Attribute::Port);
            let all = all.filter(|one| one.attribute.is_identity() == is_who);
            all.map(words).collect()
        };
        let who = match told(true) {
            none if none.is_empty() => "anyone".to_owned(),
            who => who.join(" and "),
        };
        match told(false) {
            none if none.is_empty() => who,
            more => format!("{who} with {}", more.join(" and ")),
        }
    }
}

impl Asked<'_, '_> {
    fn is_for(&self, port: u16) -> bool {
        let is_it = |text: &str| text.parse() == Ok(port);
        let refused = self.matcher.not_values.iter();
        self.matcher.attribute != Attribute::Port
            || (self.values.is_empty() || self.values.iter().any(|one| is_it(one)))
                && !refused.into_iter().any(|one| is_it(one.text))
    }

    /// Whether each value of another is one of these.
    fn covers(&self, other: &Asked<'_, '_>) -> bool {
        !other.values.is_empty()
            && other.values.iter().all(|value| {
                let mut own = self.values.iter();
                own.any(|own| covers(&self.matcher.attribute, own, value))
            })
    }

    /// Whether these are namespaces, and the other's principals are all of one of them.
    fn names_space_of(&self, other: &Asked<'_, '_>) -> bool {
        let is_pair = self.matcher.attribute == Attribute::Namespace
            && other.matcher.attribute == Attribute::Principal;
        let is_in = |principal: &&str| {
            let parts: Vec<&str> = principal.split('/').collect();
            match parts.as_slice() {
                [_, "ns", space, "sa", account] => {
                    !account.is_empty() && self.values.contains(space) && !space.contains('*')
                }
                _ => false,
            }
        };
        is_pair && !other.values.is_empty() && other.values.iter().all(is_in)
    }

    /// Whether it lets in nothing of what another refuses by this value.
    fn refuses(&self, other: &Asked<'_, '_>, value: &str) -> bool {
        let attribute = &other.matcher.attribute;
        let mut own = self.matcher.not_values.iter();
        own.any(|own| covers(attribute, own.text, value))
    }
}

/// Whether whatever matches one value of a policy matches another.
fn covers(attribute: &Attribute<'_>, wide: &str, narrow: &str) -> bool {
    if wide == narrow {
        return true;
    }
    match attribute {
        Attribute::SourceIp | Attribute::RemoteIp | Attribute::DestinationIp => {
            let block = |text: &str| match text.contains('/') {
                true => text.parse::<Cidr>(),
                false if text.contains(':') => format!("{text}/128").parse(),
                false => format!("{text}/32").parse(),
            };
            match (block(wide), block(narrow)) {
                (Ok(wide), Ok(narrow)) => wide.holds(narrow),
                _ => false,
            }
        }
        Attribute::Host => is_within(&wide.to_ascii_lowercase(), &narrow.to_ascii_lowercase()),
        // Aliases stand for whole trust domains.
        Attribute::Principal => {
            let domain = |text: &str| text.split_once('/').map(|(domain, _)| domain.to_owned());
            wide == "*" || domain(wide) == domain(narrow) && is_within(wide, narrow)
        }
        Attribute::Path if wide.contains('{') => false,
        Attribute::Path | Attribute::Method | Attribute::Header(_) | Attribute::Sni => {
            is_within(wide, narrow)
        }
        _ => false,
    }
}

/// Whether a pattern covers a value, which may be a pattern itself.
fn is_within(wide: &str, narrow: &str) -> bool {
    let is_pattern = |text: &str| text.contains('*');
    match (wide.strip_suffix('*'), wide.strip_prefix('*')) {
        (Some(""), _) => !narrow.is_empty(),
        (Some(start), None) if !is_pattern(start) => {
            !narrow.starts_with('*') && narrow.trim_end_matches('*').starts_with(start)
        }
        (None, Some(end)) if !is_pattern(end) => {
            !narrow.ends_with('*') && narrow.trim_start_matches('*').ends_with(end)
        }
        _ => !is_pattern(wide) && !is_pattern(narrow) && wildcard(wide, narrow),
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::exposure_diff::mesh_tests::{compared, silent};
    use crate::lint::exposure_diff::tests::{MESH, authorization};

    fn ruled(rules: &str) -> String {
        format!(
            "{MESH}{}",
            authorization("allow", &format!("{{rules: {rules}}}"))
        )
    }

    /// Fewer requests, and the same in other words, are no widening; more are.
    #[test]
    fn a_rule_that_asks_for_more_is_no_widening() {
        const PATH: &str = "[{to: [{operation: {paths: ['/a*']}}]}]";
        const BLOCK: &str = "[{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]";
        const NAMESPACE: &str = "[{from: [{source: {namespaces: [zz]}}]}]";
        for (wide, narrow) in [
            (
                "[{to: [{operation: {paths: [/a, /b]}}]}]",
                "[{to: [{operation: {paths: [/a]}}]}]",
            ),
            (PATH, "[{to: [{operation: {paths: [/a/b]}}]}]"),
            (PATH, "[{to: [{operation: {paths: ['/a/*']}}]}]"),
            (
                PATH,
                "[{to: [{operation: {paths: ['/a*'], methods: [GET]}}]}]",
            ),
            (
                PATH,
                "[{to: [{operation: {paths: ['/a*'], notPaths: [/ax]}}]}]",
            ),
            (
                BLOCK,
                "[{from: [{source: {ipBlocks: [10.1.0.0/16, 10.2.3.4]}}]}]",
            ),
            (
                NAMESPACE,
                "[{from: [{source: {principals: [cluster.local/ns/zz/sa/x]}}]}]",
            ),
            ("[{}]", PATH),
            (
                "[{to: [{operation: {hosts: ['*.example.com']}}]}]",
                "[{to: [{operation: {hosts: [A.Example.com]}}]}]",
            ),
        ] {
            assert_eq!(compared(&ruled(wide), &ruled(narrow)), silent(), "{narrow}");
            let [admitted, ..] = compared(&ruled(narrow), &ruled(wide));
            assert!(!admitted.is_empty(), "{narrow} to {wide}");
        }
        for (one, other) in [
            (
                "[{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {methods: [POST]}}]}]",
                "[{to: [{operation: {methods: [POST, GET]}}]}]",
            ),
            (
                "[{from: [{source: {principals: [cluster.local/ns/zz/sa/x]}}, \
                 {source: {principals: [cluster.local/ns/zz/sa/y]}}]}]",
                "[{from: [{source: {principals: [cluster.local/ns/zz/sa/y, cluster.local/ns/zz/sa/x]}}]}]",
            ),
        ] {
            assert_eq!(compared(&ruled(one), &ruled(other)), silent());
            assert_eq!(compared(&ruled(other), &ruled(one)), silent());
        }
    }

    /// What only looks like less.
    #[test]
    fn a_rule_that_asks_for_something_else_is_told() {
        for (before, after) in [
            ("{paths: ['/a*']}", "{paths: ['*/a']}"),
            ("{paths: ['*/a']}", "{paths: ['/b*']}"),
            ("{paths: ['/a/{*}']}", "{paths: [/a/b/c]}"),
            ("{notPaths: [/a]}", "{notPaths: [/b]}"),
            ("{notPaths: ['/a*']}", "{notPaths: [/a]}"),
            ("{hosts: [a.example]}", "{hosts: ['*.example']}"),
            ("{paths: [/a], methods: [GET]}", "{paths: [/a, /b]}"),
            ("{methods: [GET]}", "{paths: [/a]}"),
        ] {
            let [before, after] =
                [before, after].map(|one| ruled(&format!("[{{to: [{{operation: {one}}}]}}]")));
            let [admitted, ..] = compared(&before, &after);
            let told = "prod/payment: anyone with";
            assert!(
                admitted.iter().any(|one| one.starts_with(told)),
                "{admitted:?} {after}"
            );
        }
    }

    /// A rule for another port says nothing about this one.
    #[test]
    fn a_new_rule_is_told_on_its_port_alone() {
        let rule =
            |port: &str| format!("{{to: [{{operation: {{methods: [GET], ports: ['{port}']}}}}]}}");
        let [admitted, ..] = compared(
            &ruled(&format!("[{}]", rule("8443"))),
            &ruled(&format!("[{}, {}]", rule("8443"), rule("9000"))),
        );
        assert!(
            admitted.iter().all(|one| one.ends_with("on other ports")),
            "{admitted:?}"
        );
        assert!(!admitted.is_empty());
    }
}
