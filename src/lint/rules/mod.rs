//! The rules: one file and one page each. The page is what `explain` prints, and its examples are tests.

use crate::kernel::finding::{Finding, Rule};
use crate::lint::model::Model;

/// A rule and the function that looks for it.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The rule.
    pub rule: &'static Rule,
    /// Adds what it finds.
    pub run: fn(&Model<'_>, &mut Vec<Finding>),
}

/// Declares the modules of the rules and the list of their checks.
macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(mod $name;)+

        /// Every rule, in the order of their ids.
        pub static ALL: &[Check] = &[
            $(Check { rule: &$name::RULE, run: $name::check }),+
        ];
    };
}

rules! {
    authorization_identity_without_mtls,
    authorization_policy_allow_all,
    authorization_policy_dry_run,
    authorization_policy_selects_nothing,
    destination_rule_disables_tls,
    duplicate_key,
    duplicate_resource,
    host_network_bypass,
    inbound_ports_excluded,
    indentation_lost,
    injection_disabled,
    mtls_not_strict,
    namespace_without_default_deny,
    network_policy_allows_everyone,
    network_policy_dead_section,
    network_policy_peer_or_typo,
    network_policy_selects_nothing,
    peer_authentication_ambiguous,
    peer_authentication_disable,
    peer_authentication_permissive,
    peer_authentication_selector_in_root,
    peer_authentication_selects_nothing,
    permissive_namespace_reaches_strict,
    port_level_mtls_exception,
    port_level_mtls_unknown_port,
    separator_with_comment,
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter()
        .map(|check| check.rule)
        .find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
