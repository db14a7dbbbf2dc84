//! A bar on the terminal for what lasts: how much of how much, how fast, and how long it will take.

use std::fmt::Write;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use super::{Ui, grouped};

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Through so many bytes, 75 columns wide at most.
const OF_BYTES: &str = "{bar:20} {percent}%, {bytes} of {total_bytes} read{rate}{left}";
/// Through bytes of which nobody knows how many there will be.
const OF_SOME_BYTES: &str = "{spinner} {bytes} read{rate}";
/// Through ids, with the entries among them as the message.
const OF_IDS: &str = "{bar:20} {percent}%, {msg}{ids_per_sec}{left}";

/// Progress through bytes or ids. Shows itself on a terminal that nothing else is printed on, also while nothing comes.
#[derive(Debug)]
pub struct Progress {
    /// How much is done.
    done: Arc<AtomicU64>,
    /// None where it may not be seen.
    bar: Option<ProgressBar>,
    /// Shows it, until the other side of its channel is dropped.
    shows: Option<(Sender<()>, JoinHandle<()>)>,
}

/// How a verb ends when the user presses Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtrlC {
    /// By the signal; the bar is taken away before.
    Kills,
    /// In its own way.
    IsHeard,
}

impl Progress {
    /// Through the bytes that are counted in `read`, of so many, if that is known; `prints` where data is printed
    /// meanwhile.
    pub fn through_bytes(read: &Arc<AtomicU64>, total: Option<u64>, prints: bool, ctrl_c: CtrlC, ui: &Ui) -> Self {
        let template = if total.is_some() { OF_BYTES } else { OF_SOME_BYTES };
        Progress::of(Arc::clone(read), total, template, prints, ctrl_c, ui)
    }

    /// Through so many ids; `prints` where entries are printed rather than written to files.
    pub fn through_ids(total: u64, prints: bool, ctrl_c: CtrlC, ui: &Ui) -> Self {
        Progress::of(Arc::default(), Some(total), OF_IDS, prints, ctrl_c, ui)
    }

    fn of(done: Arc<AtomicU64>, total: Option<u64>, template: &str, prints: bool, ctrl_c: CtrlC, ui: &Ui) -> Self {
        let style = ProgressStyle::with_template(template);
        let may_show = ui.may_show_progress() && !(prints && ui.prints_on_terminal());
        let Some(style) = style.ok().filter(|_| may_show) else { return Progress { done, bar: None, shows: None } };
        let style = style.with_key("left", left).with_key("rate", rate).with_key("ids_per_sec", ids);
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden())
            .with_style(style)
            .with_message("no entry yet");
        let (is_over, over) = channel();
        let (seen, counted) = (bar.clone(), Arc::clone(&done));
        let shows = thread::spawn(move || {
            let begun = Instant::now();
            let mut is_shown = false;
            while over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                // Also before it is shown: its rate is true then.
                seen.set_position(counted.load(Ordering::Relaxed));
                if !is_shown && begun.elapsed() >= PATIENCE {
                    is_shown = true;
                    if ctrl_c == CtrlC::Kills {
                        clear_when_killed(&seen);
                    }
                    seen.set_draw_target(ProgressDrawTarget::stderr());
                }
                seen.tick();
            }
        });
        Progress { done, bar: Some(bar), shows: Some((is_over, shows)) }
    }

    /// So many ids are passed, and these entries, in words, were among them.
    pub fn at_entries(&mut self, done: u64, entries: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(entries());
        }
        self.done.store(done, Ordering::Relaxed);
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        if let Some((is_over, shows)) = self.shows.take() {
            drop(is_over);
            // From here on nobody shows it.
            let _ = shows.join();
        }
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// The bar that goes before a signal ends the process.
static ON_TERMINAL: Mutex<Watched> = Mutex::new(Watched { bar: None, is_watching: false });

struct Watched {
    bar: Option<ProgressBar>,
    is_watching: bool,
}

fn watched() -> MutexGuard<'static, Watched> {
    ON_TERMINAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a signal that ends the process leaves nothing of this bar on the terminal.
fn clear_when_killed(bar: &ProgressBar) {
    let mut watched = watched();
    watched.bar = Some(bar.clone());
    if !watched.is_watching {
        watched.is_watching = watch_signals().is_ok();
    }
}

fn watch_signals() -> io::Result<()> {
    let (mut signals, writer) = UnixStream::pair()?;
    let is_term = Arc::new(AtomicBool::new(false));
    flag::register(SIGTERM, Arc::clone(&is_term))?;
    // Who waits for it is there before the first one comes.
    thread::Builder::new().spawn(move || {
        if signals.read_exact(&mut [0]).is_ok() {
            if let Some(bar) = &watched().bar {
                bar.finish_and_clear();
            }
            let signal = if is_term.load(Ordering::Relaxed) { SIGTERM } else { SIGINT };
            let _ = low_level::emulate_default_handler(signal);
        }
    })?;
    for signal in [SIGINT, SIGTERM] {
        low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(())
}

/// How long it will take, where that can be told.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() >= 1.0 {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}

fn rate(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() >= 1.0 {
        let _ = write!(out, ", {}/s", HumanBytes(state.per_sec() as u64));
    }
}

fn ids(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() >= 1.0 {
        let _ = write!(out, ", {} ids/s", grouped(state.per_sec() as u64));
    }
}
