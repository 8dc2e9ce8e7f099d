//! Stable reason codes: what text, JSON, SARIF and the decision record call the cause of a verdict.

/// A reason code with what `countersign explain` says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonPage {
    /// The code, kebab case, such as `expired`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, Markdown.
    pub text: &'static str,
}
