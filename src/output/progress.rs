//! A bar on the terminal for what lasts: how much of how much, how fast, and how long it will take.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Ui, grouped};

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Through so many bytes, 75 columns wide at most.
const OF_BYTES: &str = "{bar:20} {percent}%, {bytes} of {total_bytes}, {bytes_per_sec}{left}";
/// Through bytes of which nobody knows how many there will be.
const OF_SOME_BYTES: &str = "{spinner} {bytes}, {bytes_per_sec}";
/// Through ids, with the entries among them as the message.
const OF_IDS: &str = "{bar:20} {percent}%, {msg}{ids_per_sec}{left}";

/// Progress through bytes or ids. Shows itself on a terminal that nothing else is printed on.
#[derive(Debug)]
pub struct Progress {
    begun: Instant,
    /// Counts from the beginning on, so that its rate is true once it is seen; None where it may not be.
    bar: Option<ProgressBar>,
    is_seen: bool,
}

impl Progress {
    /// Of so many bytes, if that is known.
    pub fn new(total: Option<u64>, ui: &Ui) -> Self {
        let template = if total.is_some() { OF_BYTES } else { OF_SOME_BYTES };
        Progress::of(total, template, ui.may_show_progress() && !ui.prints_on_terminal())
    }

    /// Through so many ids; `prints` where entries are printed rather than written to files.
    pub fn through_ids(total: u64, prints: bool, ui: &Ui) -> Self {
        Progress::of(Some(total), OF_IDS, ui.may_show_progress() && !(prints && ui.prints_on_terminal()))
    }

    fn of(total: Option<u64>, template: &str, may_show: bool) -> Self {
        let bar = || {
            let style =
                ProgressStyle::with_template(template).ok()?.with_key("left", left).with_key("ids_per_sec", ids);
            Some(ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style))
        };
        Progress { begun: Instant::now(), bar: may_show.then(bar).flatten(), is_seen: false }
    }

    /// So many ids are passed, and these entries, in words, were among them.
    pub fn at_entries(&mut self, done: u64, entries: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(entries());
        }
        self.at(done);
    }

    /// So much is done.
    pub fn at(&mut self, done: u64) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(done);
        if !self.is_seen && self.begun.elapsed() >= PATIENCE {
            self.is_seen = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.tick();
        }
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// How long it will take, where that can be told.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() > 0.0 {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}

fn ids(state: &ProgressState, out: &mut dyn Write) {
    let _ = write!(out, ", {} ids/s", grouped(state.per_sec() as u64));
}
