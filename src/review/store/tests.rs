//! The store keeps its promises against every program that opens the file.

use super::*;
use crate::review::connectors::Export;
use crate::review::model::When;
use crate::review::model::facts::{EntitlementKind, Facts, Knows, PersonFact};
use crate::review::sheet::SourceSheet;

pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/scratch")
            .join(format!("campaign-{name}-{}", std::process::id()));
        let _absent = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("q4.review")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_000_000 + seconds).unwrap()
}

fn create(path: &Path) -> Store {
    let birth = Birth {
        id: "a-campaign",
        row_key: [7; 32],
        actor: "grc",
        now: at(0),
    };
    Store::create(path, &birth).unwrap()
}

/// Four people, of whom each has one account with one role.
fn facts() -> Facts {
    let sheet = SourceSheet {
        role: "test",
        name: "export.csv".to_owned(),
        sha256: "00".to_owned(),
        bytes: 9,
        delimiter: "`,`",
        columns: Vec::new(),
        unused_columns: Vec::new(),
        read: 4,
        kept: 4,
        rejected: 0,
        duplicates: 0,
        blank: 0,
        problems: Vec::new(),
    };
    let mut facts = Facts::new(sheet, Knows::default());
    for (row, name) in (1_u32..).zip(["ann", "bob", "cid", "dan"]) {
        facts.people.push(PersonFact {
            name: name.to_owned(),
            employee_id: Some(row.to_string()),
            row,
            ..PersonFact::default()
        });
        let (account, _) = facts.account("aws", name, row);
        let role = facts.entitlement("aws", EntitlementKind::Role, "admin");
        facts.grant(account, role, row);
    }
    facts
}

fn import(store: &mut Store, facts: Facts) -> Result<Receipt, StoreError> {
    let import = Import {
        kind: "test",
        query: "all",
        exported: When::Empty,
        actor: "grc",
        now: at(1),
    };
    store.import(&import, &mut Export::whole(facts))
}

/// Open: the item of each person, in order; everyone may review everyone else. The deadline is second 100.
fn opened(path: &Path) -> Store {
    let mut store = create(path);
    import(&mut store, facts()).unwrap();
    let mut items = (0..4_u32).map(|index| ItemIn {
        given: index + 1,
        account: index,
        entitlement: 0,
        path: None,
        subject: Some(index as usize),
        risk: 0,
        changed: true,
    });
    let mut assignments = (0..4_u32).flat_map(|item| {
        let others = (0..4_usize).filter(move |person| *person != item as usize);
        others.map(move |person| Assignment {
            item,
            reviewer: person as u32,
            stage: 1,
            why: 0,
        })
    });
    store
        .freeze(Opening {
            items: &mut items,
            assignments: &mut assignments,
            findings: &[],
            gaps: &[],
            deadline: at(100),
            actor: "grc",
            now: at(2),
            body: serde_json::json!({}),
        })
        .unwrap();
    store
}

fn deciding(item: i64, reviewer: i64) -> Deciding {
    Deciding {
        item,
        stage: 1,
        reviewer,
        answer: Answer::Accept,
        justification: "needed".to_owned(),
        replaces: None,
    }
}

#[track_caller]
fn decide(store: &mut Store, decision: Deciding, second: i64) -> Result<Written, String> {
    let by = ("reviewer", serde_json::json!({ "via": "test" }));
    let written = store.decide(&[decision], by, at(second)).unwrap();
    match written.refused.first() {
        Some(refusal) => Err(refusal.reason.clone()),
        None => Ok(written),
    }
}

#[test]
fn guards_refuse_what_may_not_be() {
    let scratch = Scratch::new("guards");
    let mut store = opened(&scratch.file());
    assert_eq!(decide(&mut store, deciding(1, 2), 3).unwrap().accepted, 1);
    // The same again is no second decision.
    assert_eq!(decide(&mut store, deciding(1, 2), 4).unwrap().repeated, 1);
    let refused = |store: &mut Store, decision, second, why: &str| {
        let reason = decide(store, decision, second).unwrap_err();
        assert!(reason.contains(why), "{reason}");
    };
    refused(&mut store, deciding(1, 1), 5, "own access");
    refused(&mut store, deciding(2, 1), 5, "each other");
    refused(&mut store, deciding(3, 4), 2, "precedes");
    let mut other_stage = deciding(3, 4);
    other_stage.stage = 2;
    refused(&mut store, other_stage, 5, "not assigned");
    let mut blind = deciding(1, 2);
    blind.answer = Answer::Revoke;
    refused(&mut store, blind.clone(), 5, "meanwhile");
    blind.replaces = Some(1);
    assert_eq!(decide(&mut store, blind, 6).unwrap().accepted, 1);
    // Kept, marked, not counted.
    let late = decide(&mut store, deciding(3, 4), 101).unwrap();
    assert!(late.late && late.accepted == 1);
    assert_eq!(store.verify().unwrap(), []);
    assert_eq!(store.decisions().unwrap().len(), 3);
    assert!(import(&mut store, facts()).is_err());
}

#[test]
fn history_is_append_only_also_by_replacement() {
    let scratch = Scratch::new("append");
    let mut store = opened(&scratch.file());
    decide(&mut store, deciding(1, 2), 3).unwrap();
    for sql in [
        "UPDATE decision SET answer = 'revoke'",
        "DELETE FROM decision",
        "INSERT OR REPLACE INTO decision SELECT * FROM decision",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event",
        "UPDATE given SET granted = 0",
        "UPDATE campaign SET deadline = 5",
        "UPDATE campaign SET state = 'collecting', head_seq = head_seq + 1",
        "DELETE FROM campaign",
        "INSERT INTO decision SELECT 99, 77, 1, 2, 'accept', '', 9000000, 1, NULL, 1",
    ] {
        assert!(store.connection.execute_batch(sql).is_err(), "{sql}");
    }
    assert_eq!(store.verify().unwrap(), []);
}

/// Changes the file behind the guards' back, and puts them back.
fn edit(path: &Path, trigger: &str, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let guard: String = connection
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = ?1",
            [trigger],
            |r| r.get(0),
        )
        .unwrap();
    connection
        .execute_batch(&format!("DROP TRIGGER {trigger}"))
        .unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
    connection.execute_batch(sql).unwrap();
    connection.execute_batch(&guard).unwrap();
}

#[test]
fn edits_behind_the_guards_are_noticed() {
    let scratch = Scratch::new("edited");
    for (trigger, sql, says) in [
        (
            "decision_never_changed",
            "UPDATE decision SET justification = 'other'",
            "decisions of event",
        ),
        (
            "decision_never_deleted",
            "DELETE FROM decision",
            "decisions of event",
        ),
        (
            "event_never_changed",
            "UPDATE event SET actor = 'x' WHERE seq = 2",
            "event 2",
        ),
        (
            "event_never_deleted",
            "DELETE FROM event WHERE seq = 4",
            "had 4 events, 3",
        ),
        (
            "given_never_changed",
            "UPDATE given SET granted = 4 WHERE id = 2",
            "population",
        ),
        (
            "account_never_changed",
            "UPDATE account SET name = 'x' WHERE id = 2",
            "population",
        ),
    ] {
        let _absent = std::fs::remove_file(scratch.file());
        let mut store = opened(&scratch.file());
        decide(&mut store, deciding(1, 2), 3).unwrap();
        drop(store);
        edit(&scratch.file(), trigger, sql);
        let found = Store::open(&scratch.file()).unwrap().verify().unwrap();
        assert!(found.iter().any(|t| t.0.contains(says)), "{sql}: {found:?}");
    }
    // A file without its guards is not opened at all.
    let connection = Connection::open(scratch.file()).unwrap();
    connection
        .execute_batch("DROP TRIGGER decision_guarded")
        .unwrap();
    drop(connection);
    let refused = Store::open(&scratch.file()).unwrap_err().to_string();
    assert!(refused.contains("decision_guarded"), "{refused}");
}

#[test]
fn the_campaigns_own_row_is_held_against_its_history() {
    let scratch = Scratch::new("own-row");
    for (sql, says) in [
        (
            "UPDATE campaign SET deadline = deadline + 7776000",
            "its deadline is",
        ),
        ("UPDATE campaign SET state = 'open'", "its state is open"),
        ("UPDATE campaign SET id = 'other'", "its id is other"),
        ("UPDATE campaign SET created = 1", "its time of creation"),
        (
            "UPDATE campaign SET row_key = zeroblob(32)",
            "its key for rows",
        ),
        ("UPDATE campaign SET place = zeroblob(32)", "its place"),
        ("UPDATE campaign SET head_seq = 9", "had 9 events"),
    ] {
        let _absent = std::fs::remove_file(scratch.file());
        let mut store = opened(&scratch.file());
        let event = NewEvent {
            at: at(101),
            kind: "closed",
            actor: "grc",
            body: serde_json::json!({}),
        };
        if sql.contains("state") {
            store.close(&event).unwrap();
        }
        drop(store);
        edit(&scratch.file(), "campaign_moves_on", sql);
        let mut store = Store::open(&scratch.file()).unwrap();
        let found = store.verify().unwrap();
        assert!(found.iter().any(|t| t.0.contains(says)), "{sql}: {found:?}");
        // And nothing is written to such a file: a deadline that was moved lets no late decision in.
        let by = ("reviewer", serde_json::json!({}));
        let refused = store.decide(&[deciding(1, 2)], by, at(102));
        assert!(
            matches!(refused, Err(StoreError::Changed { .. })),
            "{sql}: {refused:?}"
        );
        assert!(
            matches!(store.adopt("x", at(103)), Err(StoreError::Changed { .. })),
            "{sql}"
        );
    }
}

#[test]
fn a_row_changed_before_the_opening_is_noticed() {
    let scratch = Scratch::new("collecting");
    let mut store = create(&scratch.file());
    import(&mut store, facts()).unwrap();
    assert!(matches!(
        import(&mut store, facts()),
        Err(StoreError::Repeated(_))
    ));
    assert_eq!(store.verify().unwrap(), []);
    drop(store);
    edit(
        &scratch.file(),
        "person_never_changed",
        "UPDATE person SET name = 'eve' WHERE id = 1",
    );
    let found = Store::open(&scratch.file()).unwrap().verify().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_copy_is_told_and_not_written_to_until_adopted() {
    let scratch = Scratch::new("copied");
    drop(opened(&scratch.file()));
    let copy = scratch.0.join("copy.review");
    std::fs::copy(scratch.file(), &copy).unwrap();
    let mut store = Store::open(&copy).unwrap();
    assert!(store.was_copied().unwrap());
    let by = ("reviewer", serde_json::json!({}));
    let refused = store.decide(&[deciding(1, 2)], by, at(3));
    assert!(matches!(refused, Err(StoreError::Copied(_))), "{refused:?}");
    store.adopt("grc", at(4)).unwrap();
    decide(&mut store, deciding(1, 2), 5).unwrap();
    assert_eq!(store.verify().unwrap(), []);
    let kinds: Vec<String> = store
        .events()
        .unwrap()
        .into_iter()
        .map(|e| e.kind)
        .collect();
    assert_eq!(
        kinds,
        ["created", "imported", "opened", "adopted", "decided"]
    );
}

#[test]
fn truncated_and_foreign_files_are_refused_or_found_damaged() {
    let scratch = Scratch::new("truncated");
    drop(opened(&scratch.file()));
    let bytes = std::fs::read(scratch.file()).unwrap();
    let cut = scratch.0.join("cut");
    for length in [0, 1, 99, 100, 4096, bytes.len() / 2, bytes.len() - 4096] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let noticed = match Store::open(&cut) {
            Err(_) => true,
            Ok(store) => store.verify().map_or(true, |found| !found.is_empty()),
        };
        assert!(noticed, "{length} of {} bytes", bytes.len());
    }
    std::fs::write(&cut, b"system,account,entitlement\n".repeat(9)).unwrap();
    assert!(matches!(
        Store::open(&cut),
        Err(StoreError::NotACampaign(_))
    ));
    let absent = Store::open(&scratch.0.join("absent"));
    assert!(matches!(absent, Err(StoreError::NotAFile(_))));
}

#[test]
fn an_older_file_is_brought_up_to_date_and_a_later_one_refused() {
    let scratch = Scratch::new("migrated");
    let path = scratch.file();
    drop(create(&path));
    let connection = Connection::open(&path).unwrap();
    let first = "ALTER TABLE given DROP COLUMN scope; DROP TABLE passed; PRAGMA user_version = 1";
    connection.execute_batch(first).unwrap();
    drop(connection);
    let mut store = Store::open(&path).unwrap();
    import(&mut store, facts()).unwrap();
    assert_eq!(store.verify().unwrap(), []);
    assert_eq!(store.population().unwrap().grants.len(), 4);
    store
        .connection
        .pragma_update(None, "user_version", 4)
        .unwrap();
    drop(store);
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::OtherVersion { found: 4, .. })
    ));
}

#[test]
fn whoever_passed_an_item_on_decides_it_no_more_in_older_files_too() {
    let scratch = Scratch::new("passed");
    let path = scratch.file();
    let mut store = create(&path);
    import(&mut store, facts()).unwrap();
    let mut items = std::iter::once(ItemIn {
        given: 1,
        account: 0,
        entitlement: 0,
        path: None,
        subject: Some(0),
        risk: 0,
        changed: true,
    });
    let mut assignments = std::iter::once(Assignment {
        item: 0,
        reviewer: 1,
        stage: 1,
        why: 0,
    });
    let opening = Opening {
        items: &mut items,
        assignments: &mut assignments,
        findings: &[],
        gaps: &[],
        deadline: at(100),
        actor: "grc",
        now: at(2),
        body: serde_json::json!({}),
    };
    store.freeze(opening).unwrap();
    let passing = |from, to| Reassigning {
        item: 1,
        stage: 1,
        from,
        to,
        why: 0,
        justification: "on leave".to_owned(),
    };
    store.reassign(&[passing(2, 3)], ("bob", at(3))).unwrap();
    let refused = decide(&mut store, deciding(1, 2), 4).unwrap_err();
    assert!(refused.contains("passed on"), "{refused}");
    assert!(store.reassign(&[passing(2, 4)], ("bob", at(4))).is_err());
    assert_eq!(store.verify().unwrap(), []);
    drop(store);
    // A file of version 2 has the history alone.
    let older = "DROP TABLE passed; PRAGMA user_version = 2";
    Connection::open(&path)
        .unwrap()
        .execute_batch(older)
        .unwrap();
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.verify().unwrap(), []);
    let refused = decide(&mut store, deciding(1, 2), 5).unwrap_err();
    assert!(refused.contains("passed on"), "{refused}");
    assert_eq!(decide(&mut store, deciding(1, 3), 6).unwrap().accepted, 1);
    drop(store);
    edit(&path, "passed_never_deleted", "DELETE FROM passed");
    let found = Store::open(&path).unwrap().verify().unwrap();
    assert!(
        found[0].0.contains("1 items were passed on, but 0"),
        "{found:?}"
    );
}

#[test]
fn settings_hold_at_every_opening() {
    let scratch = Scratch::new("settings");
    drop(create(&scratch.file()));
    let store = Store::open(&scratch.file()).unwrap();
    for (name, value) in [
        ("foreign_keys", "1"),
        ("recursive_triggers", "1"),
        ("synchronous", "2"),
    ] {
        assert_eq!(store.pragma(name).unwrap().to_string(), value, "{name}");
    }
    assert_eq!(
        store.one::<String>("PRAGMA journal_mode").unwrap(),
        "truncate"
    );
    assert!(matches!(
        Store::create(
            &scratch.file(),
            &Birth {
                id: "b",
                row_key: [0; 32],
                actor: "x",
                now: at(0)
            }
        ),
        Err(StoreError::Create(FileError::Exists(_)))
    ));
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let scratch = Scratch::new("writers");
    drop(opened(&scratch.file()));
    let path = scratch.file();
    std::thread::scope(|scope| {
        for reviewer in [2, 3, 4] {
            let path = &path;
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                for turn in 0..10 {
                    let latest = store.decisions().unwrap();
                    let mine = latest
                        .iter()
                        .filter(|d| d.reviewer == reviewer)
                        .map(|d| d.id);
                    let decision = Deciding {
                        justification: turn.to_string(),
                        replaces: mine.max(),
                        ..deciding(1, reviewer)
                    };
                    decide(&mut store, decision, 50).unwrap();
                }
            });
        }
    });
    let store = Store::open(&path).unwrap();
    assert_eq!(store.decisions().unwrap().len(), 30);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn rows_that_refer_to_nothing_are_refused_though_they_come_by_the_million() {
    let scratch = Scratch::new("loose");
    let mut store = create(&scratch.file());
    import(&mut store, facts()).unwrap();
    let item = |given, account, subject| {
        move |transaction: &Transaction| -> Result<(), Stop> {
            let sql = "INSERT INTO item (given, account, entitlement, subject, risk, changed) VALUES (?1, ?2, 1, ?3, 0, 0)";
            transaction.execute(sql, (given, account, subject))?;
            Ok(())
        }
    };
    for (given, account, subject) in [(5, 1, None), (1, 5, None), (1, 1, Some(5)), (0, 1, None)] {
        let refused = store.write_bulk(schema::ROOM_TO_OPEN, item(given, account, subject));
        assert!(
            matches!(&refused, Err(StoreError::Refused(why)) if why.contains("`item` refers to nothing")),
            "{refused:?}"
        );
    }
    store
        .write_bulk(schema::ROOM_TO_OPEN, item(4, 4, Some(4)))
        .unwrap();
    // The check of single rows is on again.
    let sql =
        "INSERT INTO item (given, account, entitlement, risk, changed) VALUES (9, 1, 1, 0, 0)";
    assert!(store.connection.execute(sql, ()).is_err());
    let count: i64 = store.one("SELECT count(*) FROM item").unwrap();
    assert_eq!(count, 1);
}

#[test]
fn an_opening_that_asks_somebody_about_themselves_is_refused_whole() {
    let scratch = Scratch::new("own");
    let mut store = create(&scratch.file());
    import(&mut store, facts()).unwrap();
    let mut items = (0..1_u32).map(|index| ItemIn {
        given: index + 1,
        account: index,
        entitlement: 0,
        path: None,
        subject: Some(2),
        risk: 0,
        changed: true,
    });
    let mut assignments = [1_u32, 2].into_iter().map(|reviewer| Assignment {
        item: 0,
        reviewer,
        stage: 1,
        why: 0,
    });
    let refused = store.freeze(Opening {
        items: &mut items,
        assignments: &mut assignments,
        findings: &[],
        gaps: &[],
        deadline: at(100),
        actor: "grc",
        now: at(2),
        body: serde_json::json!({}),
    });
    let said = refused.unwrap_err().to_string();
    assert_eq!(said, "refused: nobody reviews their own access");
    let items: i64 = store.one("SELECT count(*) FROM item").unwrap();
    assert_eq!(
        (items, store.state().unwrap().name.as_str()),
        (0, "collecting")
    );
    // Its guards are those of any other file.
    drop(store);
    Store::open(&scratch.file()).unwrap();
}

#[test]
fn a_group_that_one_export_knows_by_its_id_is_joined_to_the_one_that_another_names() {
    let scratch = Scratch::new("groups");
    let mut store = create(&scratch.file());
    let mut named = facts();
    named.sheet.sha256 = "01".to_owned();
    let (ann, _) = named.account("okta", "ann", 1);
    let group = named.entitlement("okta", EntitlementKind::Group, "Admins (00g1)");
    named.grant(ann, group, 1);
    import(&mut store, named).unwrap();
    let mut roles = facts();
    for id in ["00g1", "00g2"] {
        let group = roles.entitlement("okta", EntitlementKind::Group, id);
        let role = roles.entitlement("okta", EntitlementKind::Role, "SUPER_ADMIN");
        roles.implies(group, role, 1);
    }
    import(&mut store, roles).unwrap();
    let population = store.population().unwrap();
    let name = |index: u32| population.entitlements[index as usize].name.as_str();
    let nests: Vec<_> = population
        .implies
        .iter()
        .map(|(a, b, _)| (name(*a), name(*b)))
        .collect();
    assert!(nests.contains(&("Admins (00g1)", "00g1")), "{nests:?}");
    let said: Vec<&str> = population
        .signals
        .iter()
        .map(|(signal, _)| signal.text.as_str())
        .collect();
    assert_eq!(
        said,
        ["`group 00g2` is a group of which no export says who is in it"]
    );
}
