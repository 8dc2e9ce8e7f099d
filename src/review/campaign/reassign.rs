//! Passing an item on: a reviewer names somebody else, who is asked instead, under the same conditions as anybody.
//!
//! Who passed an item on is no longer asked about it, and what they answer after that does not count. An item is not passed
//! back: whoever was asked once is not asked again.

use super::assign::{REASSIGNED, has_left, same_person};
use super::desk::Desk;
use super::directory::Directory;
use crate::kernel::time::Timestamp;
use crate::review::model::Join;
use crate::review::store::Reassigning;

/// The longest justification, in characters.
const MAX_JUSTIFICATION: usize = 4_000;

/// Who passes what on, to whom, and why.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The item.
    pub item: i64,
    /// The stage.
    pub stage: i64,
    /// The reviewer who is asked now.
    pub from: i64,
    /// The address or id of who is to be asked.
    pub to: &'a str,
    /// Why.
    pub justification: &'a str,
}

/// The reassignment, if it may be.
///
/// # Errors
/// Why it may not be, in words.
pub fn reassign(desk: &Desk, wish: &Wish, now: Timestamp) -> Result<Reassigning, String> {
    let justification = wish.justification.trim();
    if justification.is_empty() {
        return Err("passing it on needs a justification".to_owned());
    }
    if justification.chars().count() > MAX_JUSTIFICATION {
        return Err(format!(
            "its justification is longer than {MAX_JUSTIFICATION} characters"
        ));
    }
    let (Some(item), Some(case)) = (desk.item(wish.item), desk.case(wish.item)) else {
        return Err("there is no such item".to_owned());
    };
    if desk.state.name != "open" {
        return Err(format!("the campaign is {}", desk.state.name));
    }
    if desk
        .state
        .deadline
        .is_some_and(|deadline| now.unix() > deadline)
    {
        return Err("the deadline has passed".to_owned());
    }
    if case.open != Some(wish.stage) || !case.owed_by.contains(&wish.from) {
        return Err("it is answered already, or its stage is not open".to_owned());
    }
    let directory = Directory::new(&desk.people, &desk.policy.same_domains);
    let to = match directory.find(wish.to) {
        Join::Person { index, .. } => index,
        _ => {
            return Err(format!(
                "`{}` is nobody on the roster, or several people",
                wish.to
            ));
        }
    };
    let id = to as i64 + 1;
    if desk
        .people
        .get(to)
        .is_none_or(|person| has_left(person, now))
    {
        return Err(format!("`{}` does not work here any more", wish.to));
    }
    let subject = item.subject.and_then(|id| usize::try_from(id - 1).ok());
    if subject.is_some_and(|subject| subject == to || same_person(&desk.people, subject, to)) {
        return Err("nobody reviews their own access".to_owned());
    }
    let mutual = desk.assignments.iter().any(|asked| {
        let theirs = desk.item(asked.item).and_then(|item| item.subject);
        Some(asked.reviewer) == item.subject && theirs == Some(id)
    });
    if mutual {
        return Err("two people do not review each other".to_owned());
    }
    let known = |asked: &&crate::review::store::Assigned| {
        asked.item == item.id && asked.stage == wish.stage && asked.reviewer == id
    };
    if desk.assignments.iter().any(|asked| known(&asked)) {
        return Err(format!("`{}` is asked about it already", wish.to));
    }
    Ok(Reassigning {
        item: item.id,
        stage: wish.stage,
        from: wish.from,
        to: id,
        why: REASSIGNED,
        justification: justification.to_owned(),
    })
}
