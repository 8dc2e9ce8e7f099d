//! Human output: lines, labelled fields and a few colours. Untrusted text passes the sanitizer here.

use anstyle::{AnsiColor, Style as Ansi};

use crate::kernel::report::{Style, sanitize};

/// What a word means, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// As it must not be.
    Bad,
    /// To be looked at.
    Warn,
    /// Not verified: neither good nor bad, and never taken for either.
    Unverified,
    /// Beside the point.
    Dim,
    /// A heading.
    Strong,
}

/// Text for people in the making.
#[derive(Debug)]
pub(crate) struct Paint {
    style: Style,
    text: String,
}

impl Paint {
    /// Starts with nothing.
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            text: String::new(),
        }
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// How the text is to look.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// A line of text that may hold untrusted parts.
    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(&sanitize::line(text));
        self.text.push('\n');
    }

    /// A line that starts with a word of a tone.
    pub(crate) fn toned(&mut self, tone: Tone, word: &str, rest: &str) {
        let word = self.tone(tone, word);
        self.text.push_str(&word);
        self.text.push_str(&sanitize::line(rest));
        self.text.push('\n');
    }

    /// A label, padded, and a value with a tone.
    pub(crate) fn field(&mut self, label: &str, value: &str, tone: Option<Tone>) {
        let value = sanitize::line(value);
        let value = match tone {
            Some(tone) => self.tone(tone, &value),
            None => value.into_owned(),
        };
        let label = sanitize::line(label);
        self.text.push_str(&format!("  {label:<12} {value}\n"));
    }

    /// A line with a remark behind it.
    pub(crate) fn noted(&mut self, text: &str, remark: &str) {
        self.text.push_str(&sanitize::line(text));
        if !remark.is_empty() {
            let remark = format!("← {}", sanitize::line(remark));
            self.text.push_str("   ");
            self.text.push_str(&self.tone(Tone::Dim, &remark));
        }
        self.text.push('\n');
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Text that is safe already, such as a table.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A word in its colour. The word must be safe already.
    pub(crate) fn tone(&self, tone: Tone, word: &str) -> String {
        if !self.style.color {
            return word.to_owned();
        }
        let color = |color: AnsiColor| Ansi::new().fg_color(Some(color.into()));
        let style = match tone {
            Tone::Good => color(AnsiColor::Green).bold(),
            Tone::Bad => color(AnsiColor::Red).bold(),
            Tone::Warn => color(AnsiColor::Yellow).bold(),
            Tone::Unverified => color(AnsiColor::Magenta).bold(),
            Tone::Dim => Ansi::new().dimmed(),
            Tone::Strong => Ansi::new().bold(),
        };
        format!("{style}{word}{style:#}")
    }
}
