//! A bar on the terminal for what lasts: how much of how much, how fast, and how long it will take.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Ui;

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Bytes that are read.
    Bytes,
    /// Ids that are passed, and entries among them.
    Ids,
}

/// Progress through bytes or ids. Shows itself on a terminal that nothing else is printed on.
#[derive(Debug)]
pub struct Progress {
    total: Option<u64>,
    unit: Unit,
    begun: Instant,
    may_show: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of so many bytes, if that is known.
    pub fn new(total: Option<u64>, ui: &Ui) -> Self {
        let may_show = ui.may_show_progress() && !ui.prints_on_terminal();
        Progress { total, unit: Unit::Bytes, begun: Instant::now(), may_show, bar: None }
    }

    /// Through so many ids; `prints` where entries are printed rather than written to files.
    pub fn through_ids(total: u64, prints: bool, ui: &Ui) -> Self {
        let may_show = ui.may_show_progress() && !(prints && ui.prints_on_terminal());
        Progress { total: Some(total), unit: Unit::Ids, begun: Instant::now(), may_show, bar: None }
    }

    /// So many ids are passed, and these entries, in words, were among them.
    pub fn at_entries(&mut self, done: u64, entries: impl FnOnce() -> String) {
        self.at(done);
        if let Some(bar) = &self.bar {
            bar.set_message(entries());
        }
    }

    /// So much is done.
    pub fn at(&mut self, done: u64) {
        if !self.may_show || self.begun.elapsed() < PATIENCE {
            return;
        }
        let (total, unit) = (self.total, self.unit);
        let begun = self.begun;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_elapsed(begun.elapsed());
            let template = match total {
                Some(_) if unit == Unit::Ids => "{bar:30} {percent}%, {msg}, {per_sec} ids, {eta} left",
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
