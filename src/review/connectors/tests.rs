//! Exports as they come: other headers, other delimiters, damaged, hostile.

use std::sync::Arc;

use proptest::prelude::*;

use super::{grants, hr_roster};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::{Employment, Truth, When};
use crate::review::sheet::SourceSheet;

fn source(bytes: &[u8]) -> Arc<Source> {
    Source::new("x.csv", bytes.to_vec()).unwrap()
}

fn roster(text: &str) -> hr_roster::Roster {
    hr_roster::read(&source(text.as_bytes())).unwrap()
}

fn reasons(sheet: &SourceSheet) -> Vec<String> {
    let problems = sheet.problems.iter();
    problems
        .map(|p| format!("{}: {}", p.line, p.reason))
        .collect()
}

#[test]
fn headers_are_found_whatever_their_dress() {
    for text in [
        "employee_id,name,email,status,end_date\n7,Ann,a@x.example,active,2026-01-01\n",
        "\u{feff}Worker ID;Full Name;Email_-_Work;Worker Status;Termination Date\r\n7;Ann;a@x.example;Active;2026-01-01\r\n",
        "ID\tName [Required]\tEmail Address [READ ONLY]\tStatus\tLast Day\n7\tAnn\ta@x.example\tACTIVE\t2026-01-01\n",
        "\n\"Employee Number\"|\"Display Name\"|mail|employment status|term date\n7|\"Ann\"|a@x.example|on leave|2026-01-01",
    ] {
        let roster = roster(text);
        let ann = &roster.identities[0];
        assert_eq!(ann.employee_id.as_deref(), Some("7"), "{text}");
        assert_eq!(
            (ann.name.as_str(), ann.email.as_deref()),
            ("Ann", Some("a@x.example"))
        );
        assert_eq!(ann.status, Employment::Active);
        assert!(matches!(ann.ended, When::Day(_)));
        assert!(roster.sheet.is_complete() && roster.sheet.kept == 1);
    }
    assert_eq!(roster("id;email\n7;a\n").sheet.delimiter, "`;`");
}

#[test]
fn the_nearest_header_wins_and_a_repeated_one_is_refused() {
    let roster = roster("id,email,user_id,mail\n1,a,2,b\n");
    assert_eq!(roster.identities[0].employee_id.as_deref(), Some("2"));
    assert_eq!(roster.identities[0].email.as_deref(), Some("a"));
    assert_eq!(roster.sheet.unused_columns, ["id", "mail"]);
    let error = hr_roster::read(&source(b"email,E-Mail\na,b\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`x.csv` has the column `E-Mail` twice; rename one"
    );
}

#[test]
fn files_that_are_no_such_text_are_refused_with_what_to_do() {
    let refuse = |bytes: &[u8]| hr_roster::read(&source(bytes)).unwrap_err().to_string();
    assert_eq!(
        refuse(b"\xff\xfei\0d\0\n\0"),
        "`x.csv` is UTF-16; export it as `CSV UTF-8`"
    );
    assert!(refuse(b"i\0d\0,\0").contains("UTF-16"));
    assert!(refuse(b"PK\x03\x04rest").contains("workbook"));
    assert_eq!(
        refuse(b"id,name\n1,J\xf6rg\n"),
        "`x.csv` is not UTF-8: byte 11 is 0xf6, in line 2"
    );
    assert_eq!(refuse(b""), "`x.csv` holds no rows");
    assert!(
        refuse(b"id,name\n1,\"Ann\n2,Bo\n").contains("line 2 has a quote that is never closed")
    );
    assert!(refuse(",".repeat(500_000).as_bytes()).contains("more than 1000 columns"));
    assert_eq!(
        grants::read(&source(b"system:account:entitlement\n"))
            .unwrap_err()
            .to_string(),
        "`x.csv` has no column for the system; call it `system`, `application`, `app`, `platform` \
         (its header, split at `,`: system:account:entitlement)"
    );
}

#[test]
fn rows_are_rejected_by_line_and_all_are_counted() {
    let text = "id,name,email\n\
                1,Ann,a\n\
                2,Bo\n\
                3,Cy,c,,\n\
                4,Di,d,more\n\
                ,,\n\
                1,Ann,a\n\
                ,Eve,\n\
                5,\"Fay\nGus\",f\n\
                6,\"Hal\" x,h\n\
                7,Ida,i\n";
    let sheet = roster(text).sheet;
    assert_eq!(
        reasons(&sheet),
        [
            "3: 2 cells, but the header has 3",
            "5: 4 cells, but the header has 3",
            "9: a quoted cell runs on to line 10; if that is meant, export without line breaks in cells",
            "11: there is text after a closing quote",
            "8: neither an employee id nor an email address",
        ]
    );
    assert_eq!((sheet.read, sheet.kept, sheet.rejected), (10, 3, 5));
    assert_eq!((sheet.duplicates, sheet.blank), (1, 1));
    assert!(!sheet.is_complete());
}

#[test]
fn cells_that_cannot_be_read_are_unknown_and_said() {
    let text = "system,account,entitlement,privileged,mfa,kind,last_used,enabled\n\
                aws,ann,admin,maybe,pigeon,alien,11/22/2026,perhaps\n";
    let read = grants::read(&source(text.as_bytes())).unwrap();
    let grant = &read.accounts[0].grants[0];
    assert_eq!(grant.last_used, When::Unreadable);
    assert_eq!(
        (grant.privileged, grant.enabled),
        (Truth::Unknown, Truth::Unknown)
    );
    let columns: Vec<_> = read
        .sheet
        .problems
        .iter()
        .map(|p| p.column.as_deref().unwrap())
        .collect();
    assert_eq!(
        columns,
        ["mfa", "kind", "privileged", "last_used", "enabled"]
    );
    assert_eq!(
        read.sheet.problems[3].reason,
        "`11/22/2026` is not a time as `2026-11-22` or `2026-11-22T09:30:00Z` are"
    );
    assert!(
        read.sheet
            .problems
            .iter()
            .all(|p| !p.rejected && p.line == 2)
    );
    assert_eq!((read.sheet.kept, read.sheet.is_complete()), (1, false));
}

#[test]
fn one_system_in_two_spellings_is_one() {
    let text = "system,account,entitlement\nAWS,ann,a\naws,ann,b\naws,Ann,c\n";
    let read = grants::read(&source(text.as_bytes())).unwrap();
    let grants: Vec<_> = read
        .accounts
        .iter()
        .map(|a| (a.label(), a.grants.len()))
        .collect();
    assert_eq!(
        grants,
        [("aws/Ann".to_owned(), 1), ("AWS/ann".to_owned(), 2)]
    );
}

fn adds_up(sheet: &SourceSheet) -> bool {
    sheet.read == sheet.kept + sheet.rejected + sheet.duplicates + sheet.blank
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = hr_roster::read(&source(&bytes));
        let _ = grants::read(&source(&bytes));
    }

    #[test]
    fn no_row_is_lost(rows in "([a1,;\"\n]|ä|never|2026-01-01){0,60}") {
        let hr = hr_roster::read(&source(format!("id,name,end_date\n{rows}").as_bytes()));
        let granted = grants::read(&source(format!("system,account,entitlement\n{rows}").as_bytes()));
        for sheet in [hr.map(|r| r.sheet), granted.as_ref().map(|g| g.sheet.clone()).map_err(Clone::clone)] {
            match sheet {
                Ok(sheet) => prop_assert!(adds_up(&sheet), "{sheet:?}"),
                Err(error) => prop_assert!(matches!(error, ReviewError::UnclosedQuote { .. }), "{error}"),
            }
        }
        if let Ok(granted) = granted {
            let grants: usize = granted.accounts.iter().map(|a| a.grants.len()).sum();
            prop_assert_eq!(grants, granted.sheet.kept);
        }
    }
}
