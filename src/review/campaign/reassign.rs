//! Passing an item on: a reviewer names somebody else, who is asked instead, under the same conditions as anybody.
//!
//! Who passed an item on is no longer asked about it, and what they answer after that does not count. An item is not passed
//! back: whoever was asked once is not asked again.

use super::assign::REASSIGNED;
use super::desk::Desk;
use super::eligible::Eligible;
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
pub fn reassign(
    desk: &Desk,
    eligible: &mut Eligible<'_>,
    wish: &Wish,
    now: Timestamp,
) -> Result<Reassigning, String> {
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
    let to = match eligible.directory.find(wish.to) {
        Join::Person { index, .. } => index,
        _ => {
            return Err(format!(
                "`{}` is nobody on the roster, or several people",
                wish.to
            ));
        }
    };
    let id = to as i64 + 1;
    eligible.may(id, item, now)?;
    if desk.passed.contains(&(item.id, wish.stage, id)) {
        return Err(format!(
            "`{}` has passed it on already, and is not asked again",
            wish.to
        ));
    }
    let known = |asked: &&crate::review::store::Assigned| {
        asked.item == item.id && asked.stage == wish.stage && asked.reviewer == id
    };
    if desk.assignments.iter().any(|asked| known(&asked)) {
        return Err(format!("`{}` is asked about it already", wish.to));
    }
    eligible.add(id, item);
    Ok(Reassigning {
        item: item.id,
        stage: wish.stage,
        from: wish.from,
        to: id,
        why: REASSIGNED,
        justification: justification.to_owned(),
    })
}
