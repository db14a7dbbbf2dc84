//! Waiting, for a verb that goes on until it is told to end: for a while, for Ctrl-C, or for the reader of its output
//! to leave.

use std::io::{self, Read};
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
    /// The time is over.
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
        if self.is_asked() {
            return Ok(Woken::End);
        }
        let out = io::stdout();
        let timeout = Timespec::try_from(time).ok();
        // Nothing is asked of standard output: that the other side was closed is told in any case.
        let mut both = [PollFd::new(&self.signals, PollFlags::IN), PollFd::new(&out, PollFlags::empty())];
        match poll(&mut both, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let has_left = both[1].revents().contains(PollFlags::ERR);
        let _ = self.signals.read(&mut [0; 16]);
        Ok(if has_left || self.is_asked() { Woken::End } else { Woken::Time })
    }
}
