//! What has changed since the campaign before, and what came back.

use super::*;

fn before(world: World, accepted: bool) -> Previous {
    let prepared = world.prepare(POLICY, None);
    let population = &prepared.population;
    let mut previous = Previous::default();
    for grant in &population.grants {
        let state = accepted.then(|| check::state(population, grant));
        previous
            .grants
            .insert(check::identity(population, grant), state);
    }
    for person in &population.people {
        let job = (person.department.clone(), person.title.clone());
        for key in [&person.employee_id, &person.email].into_iter().flatten() {
            previous.people.insert(key.to_lowercase(), job.clone());
        }
    }
    previous
}

fn world() -> World {
    let mut world = World::new();
    world.person("grc", "two");
    world.person("two", "grc");
    world.person("ann", "grc");
    world.person("bob", "grc");
    world.account("a", "ann");
    world.holds("role");
    world
}

/// Only what a person accepted and is as it was may be suggested as unchanged.
#[test]
fn what_was_not_accepted_or_is_otherwise_has_changed() {
    let changed = |accepted: bool, change: &dyn Fn(&mut World)| {
        let previous = before(world(), accepted);
        let mut world = world();
        change(&mut world);
        world.prepare(POLICY, Some(&previous)).changed == [true]
    };
    assert!(!changed(true, &|_| {}));
    assert!(!changed(true, &|world| {
        world.0.grants[0].last_used = day("2026-11-21").code();
    }));
    assert!(changed(false, &|_| {}));
    let others: [&dyn Fn(&mut World); 6] = [
        &|world| world.0.accounts[0].employee_id = Some("bob".to_owned()),
        &|world| world.0.accounts[0].mfa = Mfa::Unknown,
        &|world| world.0.accounts[0].enabled = Truth::Unknown,
        &|world| world.0.entitlements[0].privileged = Truth::Yes,
        &|world| world.0.grants[0].granted = day("2026-11-01").code(),
        &|world| world.0.people[2].department = "Legal".to_owned(),
    ];
    for (number, change) in others.into_iter().enumerate() {
        assert!(changed(true, change), "{number}");
    }
}

/// By another way than before, too; what was left of it is no return.
#[test]
fn what_was_revoked_comes_back_by_any_way() {
    let mut previous = before(world(), false);
    let first = world().prepare(POLICY, None);
    let grant = &first.population.grants[0];
    previous
        .withdrawn
        .insert(check::access(&first.population, grant));
    let again = |previous: &Previous, how: How| {
        let mut world = world();
        world.0.grants[0].how = how;
        let prepared = world.prepare(POLICY, Some(previous));
        fired(&prepared).contains("access-granted-again")
    };
    // The way that was there before was not what was revoked.
    assert!(!again(&previous, How::Direct));
    assert!(again(&previous, How::Eligible));
    let key = check::identity(&first.population, grant);
    previous.revoked.insert(key);
    assert!(again(&previous, How::Direct));
}

/// Addresses change with a move, ids do not.
#[test]
fn a_mover_is_known_by_the_employee_id() {
    let previous = before(world(), true);
    let mut moved = world();
    let ann = &mut moved.0.people[2];
    ann.email = Some("ann.new@a.example".to_owned());
    ann.department = "Legal".to_owned();
    let prepared = moved.prepare(POLICY, Some(&previous));
    let mut tallies = prepared.assessment.tallies.iter();
    let tally = tallies.find(|tally| tally.rule.id == "mover-keeps-access");
    let tally = tally.unwrap();
    assert_eq!((tally.passed, tally.not_evaluable), (0, 1));
}
