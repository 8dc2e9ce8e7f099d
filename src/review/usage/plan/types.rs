//! The types of the columns that Spark reads: what a table has is asked, so that a column is read for what it is or refused.

use super::spark::{column, source};
use super::{Layout, Place, Plan, TimeColumn};

/// What a column must be known to be before its values mean what they do elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// A name, an id or an outcome that Spark would write in its own way.
    #[error("the {what} is of type `{kind}`, and not a text, a whole number, a truth or a day")]
    Name {
        /// Of what.
        what: String,
        /// Spark's type.
        kind: String,
    },
    /// A time that is none.
    #[error("the time is of type `{0}`, and neither a timestamp, a text nor a number")]
    Time(String),
    /// A time in a unit that nobody said.
    #[error("the time is a number of type `{0}` whose unit is not said")]
    Unit(String),
}

/// The statement that asks for the types of a mapping's columns; none where they are known.
pub(super) fn types(plan: &Plan) -> Option<String> {
    let Layout::Mapped { mapping, time: _ } = &plan.layout else {
        return None;
    };
    if let Place::Json(_) = plan.from {
        return None;
    }
    let fixed = [
        ("principal", &mapping.principal),
        ("permission", &mapping.permission),
        ("time", &mapping.time),
    ];
    let outcome = mapping.outcome.iter().map(|(path, _)| ("outcome", path));
    let all = fixed
        .into_iter()
        .chain(outcome)
        .chain(mapping.id.iter().map(|path| ("id", path)));
    let all: Vec<String> = all
        .map(|(what, path)| format!("{} AS {what}", column(path)))
        .collect();
    Some(format!(
        "DESCRIBE QUERY SELECT {} FROM {}",
        all.join(", "),
        source(plan)
    ))
}

/// Takes a type into account that a column was found to have.
pub(super) fn typed(plan: &mut Plan, what: &str, kind: &str) -> Result<(), TypeError> {
    let bare = kind.split('(').next().unwrap_or(kind);
    let whole = matches!(bare, "tinyint" | "smallint" | "int" | "bigint");
    let text = matches!(bare, "string" | "varchar" | "char");
    if what != "time" {
        return match text || whole || matches!(bare, "boolean" | "date") {
            true => Ok(()),
            false => Err(TypeError::Name {
                what: what.to_owned(),
                kind: kind.to_owned(),
            }),
        };
    }
    let Layout::Mapped { mapping, time } = &mut plan.layout else {
        return Ok(());
    };
    *time = match (bare, mapping.unit) {
        ("timestamp" | "timestamp_ntz", _) => TimeColumn::Timestamp,
        _ if text => TimeColumn::Text,
        ("float" | "double" | "decimal", Some(unit)) => TimeColumn::Number(unit),
        (_, Some(unit)) if whole => TimeColumn::Number(unit),
        ("float" | "double" | "decimal", None) => return Err(TypeError::Unit(kind.to_owned())),
        (_, None) if whole => return Err(TypeError::Unit(kind.to_owned())),
        _ => return Err(TypeError::Time(kind.to_owned())),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::spark::tests::plan;
    use super::*;
    use crate::review::usage::instant::Unit;

    #[test]
    fn a_column_is_what_it_is_elsewhere_or_refused() {
        let typed = |unit, what: &str, kind: &str| {
            let mut plan = plan("audit".parse().unwrap(), unit);
            plan.typed(what, kind).map(|()| match plan.layout {
                Layout::Mapped { time, .. } => time,
                Layout::CloudTrail => TimeColumn::Text,
            })
        };
        for kind in ["string", "varchar(20)", "bigint", "boolean", "date"] {
            assert!(typed(None, "principal", kind).is_ok(), "{kind}");
        }
        for kind in [
            "double",
            "decimal(10,2)",
            "binary",
            "struct<a:string>",
            "array<string>",
            "timestamp",
        ] {
            let told = typed(None, "permission", kind).unwrap_err();
            assert!(told.to_string().contains(kind), "{told}");
        }
        assert_eq!(
            typed(None, "time", "timestamp_ntz"),
            Ok(TimeColumn::Timestamp)
        );
        assert_eq!(typed(None, "time", "string"), Ok(TimeColumn::Text));
        let ms = Some(Unit::Milliseconds);
        assert_eq!(
            typed(ms, "time", "bigint"),
            Ok(TimeColumn::Number(Unit::Milliseconds))
        );
        assert_eq!(
            typed(None, "time", "bigint"),
            Err(TypeError::Unit("bigint".to_owned()))
        );
        assert_eq!(
            typed(ms, "time", "date"),
            Err(TypeError::Time("date".to_owned()))
        );
    }
}
