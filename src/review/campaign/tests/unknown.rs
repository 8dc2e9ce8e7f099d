//! What no export tells has not passed.

use super::*;

fn tally(prepared: &Prepared, rule: &str) -> (usize, usize, usize) {
    let mut all = prepared.assessment.tallies.iter();
    let tally = all.find(|tally| tally.rule.id == rule).unwrap();
    (tally.fired, tally.passed, tally.not_evaluable)
}

#[test]
fn a_duty_that_no_export_holds_leaves_the_conflict_open() {
    let judged = |other: &str| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        world.account("ann", "ann");
        world.holds("enter-invoice");
        world.person("bob", "grc");
        world.account("bob", "bob");
        world.holds("approve-payment");
        let policy = format!(
            "fallback = \"grc\"\n[[sod]]\nname = \"both\"\nholds = [\"erp/role/enter-*\", \"{other}\"]\n"
        );
        tally(&world.prepare(&policy, None), "separation-of-duties")
    };
    assert_eq!(judged("erp/role/approve-*"), (0, 2, 0));
    // Of `sap` nothing was imported.
    assert_eq!(judged("sap/role/approve-*"), (0, 0, 1));
}

#[test]
fn who_may_be_privileged_and_may_lack_a_factor_has_not_passed() {
    let judged = |mfa: Mfa, privileges_told: bool| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        if !privileges_told {
            world.0.sources[0].knows = Knows::default();
        }
        world.account("ann", "ann").mfa = mfa;
        world.holds("reader");
        tally(
            &world.prepare("fallback = \"grc\"\n", None),
            "privileged-without-mfa",
        )
    };
    assert_eq!(judged(Mfa::Unknown, true), (0, 1, 0));
    assert_eq!(judged(Mfa::Unknown, false), (0, 0, 1));
    assert_eq!(judged(Mfa::None, false), (0, 0, 1));
    assert_eq!(judged(Mfa::Otp, false), (0, 1, 0));
}
