//! A bar on the terminal for what lasts: how much of how much, how fast, and how long it will take.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Ui;

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress in bytes. Shows itself on a terminal that nothing else is printed on.
#[derive(Debug)]
pub struct Progress {
    total: Option<u64>,
    begun: Instant,
    may_show: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of so many bytes, if that is known.
    pub fn new(total: Option<u64>, ui: &Ui) -> Self {
        Progress { total, begun: Instant::now(), may_show: ui.may_show_progress(), bar: None }
    }

    /// So many bytes are done.
    pub fn at(&mut self, done: u64) {
        if !self.may_show || self.begun.elapsed() < PATIENCE {
            return;
        }
        let total = self.total;
        let begun = self.begun;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_elapsed(begun.elapsed());
            let template = match total {
                Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
                None => "{spinner} {bytes}, {bytes_per_sec}",
            };
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        bar.set_position(done);
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
