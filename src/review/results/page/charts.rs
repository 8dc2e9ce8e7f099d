//! The counts as pictures: inline SVG, with the numbers beside the bars, so that nothing is told by colour alone.

use std::fmt::Write as _;

use super::super::Results;
use crate::kernel::finding::Severity;
use crate::kernel::report::html::Text;
use crate::kernel::report::sanitize::shorten;
use crate::review::campaign::outcome::Outcome;

/// Bars of a chart; what is beyond is in the table.
const BARS: usize = 12;
/// Days shown, the last ones.
const DAYS: usize = 31;
const HEIGHT: usize = 22;
const LABEL: usize = 150;
const BAR: usize = 260;
const WIDTH: usize = LABEL + BAR + 70;

/// A bar: its label and its parts, each with its class.
type Bar<'a> = (String, Vec<(usize, &'a str)>);

/// All charts.
pub(super) fn all(body: &mut String, results: &Results) {
    let summary = &results.summary;
    body.push_str("<section class=\"charts\" id=\"charts\">\n");
    let outcomes = summary.outcomes();
    let outcomes = outcomes.map(|(outcome, count)| {
        let name = outcome.name();
        (name.to_owned(), vec![(count, name)])
    });
    bars(body, "Outcomes", outcomes.collect());
    let risks = summary.risks.iter().map(|(severity, count)| {
        let name = severity.map_or("no finding", Severity::name);
        (
            name.to_owned(),
            vec![(*count, severity.map_or("none", Severity::name))],
        )
    });
    bars(body, "Items by their worst finding", risks.collect());
    let systems = summary.systems.iter().take(BARS).map(|(system, counts)| {
        let parts = counts.iter().zip(Outcome::ALL);
        let parts = parts.map(|(count, outcome)| (*count, outcome.name()));
        (system.clone(), parts.collect())
    });
    bars(body, "Outcomes by system", systems.collect());
    let from = summary.days.len().saturating_sub(DAYS);
    let days = summary.days.iter().skip(from);
    let days = days.map(|(day, count)| (day.clone(), vec![(*count, "day")]));
    bars(body, "Decisions by day", days.collect());
    body.push_str("</section>\n");
}

fn bars(body: &mut String, title: &str, bars: Vec<Bar>) {
    let sum = |parts: &[(usize, &str)]| parts.iter().map(|part| part.0).sum::<usize>();
    let most = bars
        .iter()
        .map(|(_, parts)| sum(parts))
        .max()
        .unwrap_or_default();
    if most == 0 {
        return;
    }
    let height = bars.len() * HEIGHT;
    let _ = writeln!(
        body,
        "<figure><figcaption>{title}</figcaption><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">"
    );
    for (index, (label, parts)) in bars.iter().enumerate() {
        let (top, total) = (index * HEIGHT, sum(parts));
        let base = top + 15;
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{base}\" class=\"label\">{}</text>",
            LABEL - 8,
            Text(&shorten(label, 24))
        );
        let mut left = LABEL;
        for (count, class) in parts.iter().filter(|part| part.0 > 0) {
            // Something is always to be seen of what is there.
            let width = (count * BAR / most).max(1);
            let _ = write!(
                body,
                "<rect x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{}\" class=\"{class}\"><title>{}: {count} {class}</title></rect>",
                top + 3,
                HEIGHT - 6,
                Text(label)
            );
            left += width;
        }
        let _ = writeln!(body, "<text x=\"{}\" y=\"{base}\">{total}</text>", left + 6);
    }
    body.push_str("</svg></figure>\n");
}
