//! Waiting, for a verb that goes on until it is told to end: for a while, for Ctrl-C, or for the reader of its output
//! to leave.

use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The time is over, or something else happened that was waited for.
    Time,
    /// The user wants an end, or nobody reads the output any more.
    End,
}

/// The way in which an end is asked for.
#[derive(Debug)]
pub struct Interrupt {
    /// Gets a byte with each signal.
    signals: UnixStream,
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on Ctrl-C and SIGTERM ask for an end; a second one ends the process at once.
    pub fn watch() -> io::Result<Interrupt> {
        let (signals, writer) = UnixStream::pair()?;
        signals.set_nonblocking(true)?;
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
            low_level::pipe::register(signal, writer.try_clone()?)?;
        }
        Ok(Interrupt { signals, asked })
    }

    /// Whether an end was asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Waits so long, or until an end is asked for or the reader of standard output leaves.
    pub fn wait(&mut self, time: Duration) -> io::Result<Woken> {
        self.wait_or(time, None)
    }

    /// The same, but no longer than until this can be read.
    pub fn wait_or(&mut self, time: Duration, other: Option<BorrowedFd<'_>>) -> io::Result<Woken> {
        if self.is_asked() {
            return Ok(Woken::End);
        }
        let out = io::stdout();
        let timeout = Timespec::try_from(time).ok();
        // Nothing is asked of standard output: that the other side was closed is told in any case.
        let mut all = vec![PollFd::new(&self.signals, PollFlags::IN), PollFd::new(&out, PollFlags::empty())];
        all.extend(other.map(|other| PollFd::from_borrowed_fd(other, PollFlags::IN)));
        match poll(&mut all, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let has_left = all[1].revents().contains(PollFlags::ERR);
        let _ = self.signals.read(&mut [0; 16]);
        Ok(if has_left || self.is_asked() { Woken::End } else { Woken::Time })
    }
}
