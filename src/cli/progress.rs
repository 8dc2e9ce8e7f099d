//! Progress on a terminal's standard error, only after 250 ms, and gone when the work is done.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::env::Env;

/// A bar that appears only if the work takes a while.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    label: &'static str,
    total: u64,
    done: u64,
    started: Option<Instant>,
}

const PATIENCE: Duration = Duration::from_millis(250);

impl Progress {
    /// Starts counting `total` steps.
    pub(crate) fn start(env: &Env, label: &'static str, total: usize) -> Self {
        Self {
            bar: None,
            label,
            total: total as u64,
            done: 0,
            started: env.draws_progress().then(Instant::now),
        }
    }

    /// Counts one step.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        let Some(started) = self.started else {
            return;
        };
        if self.bar.is_none() && started.elapsed() >= PATIENCE {
            self.bar = Some(draw(self.label, self.total));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(label: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(label);
    bar
}
