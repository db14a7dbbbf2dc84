//! Signals that would end the process, while the front of a file is cut off.
//!
//! XFS moves what is behind the cut to the front, and then makes the file shorter; a process that is about to die does
//! not come to the second. One that handles the signal is not about to die. SIGKILL can't be handled: what it leaves,
//! [`super::hole`] puts right.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::{flag, low_level};

/// Those that end a process and may come from outside.
const FATAL: [i32; 7] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2];

/// What the handlers know. It stays for as long as the process: a handler can't be taken away again.
#[derive(Default)]
struct Shield {
    /// How many threads are at work that must not be interrupted.
    at_work: Mutex<usize>,
    /// None is: a signal does what it always does.
    idle: Arc<AtomicBool>,
    /// The signal that came last; zero for none.
    came: Arc<AtomicUsize>,
}

/// Does something to its end, whatever signal comes meanwhile; after it, the signal ends the process.
pub(super) fn held_off<T>(work: impl FnOnce() -> T) -> T {
    static SHIELD: OnceLock<Shield> = OnceLock::new();
    let shield = SHIELD.get_or_init(Shield::raise);
    shield.enter();
    let done = work();
    shield.leave();
    done
}

/// From here on, what goes beyond the limit on the size of files (`ulimit -f`) is an error of the one who writes, and
/// does not end the process.
pub(super) fn size_limit_is_an_error() {
    static CAME: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    CAME.get_or_init(|| {
        let came = Arc::default();
        // Where it can't be had, things are as they were.
        let _ = flag::register(SIGXFSZ, Arc::clone(&came));
        came
    });
}

impl Shield {
    fn raise() -> Shield {
        let shield = Shield::default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        for signal in FATAL.into_iter().filter(|signal| is_fatal(&status, *signal)) {
            // In this order: what comes while the last one leaves is seen by it or by the handler. A handler that can't
            // be had leaves things as they were.
            let _ = flag::register_usize(signal, Arc::clone(&shield.came), usize::try_from(signal).unwrap_or_default())
                .and_then(|_| flag::register_conditional_default(signal, Arc::clone(&shield.idle)));
        }
        shield
    }

    fn enter(&self) {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        *at_work += 1;
        self.idle.store(false, Ordering::SeqCst);
    }

    fn leave(&self) {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        *at_work -= 1;
        if *at_work > 0 {
            return;
        }
        self.idle.store(true, Ordering::SeqCst);
        let came = self.came.swap(0, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(came) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// Whether a signal ends this process: it neither ignores it, as under `nohup`, nor has a handler for it.
fn is_fatal(status: &str, signal: i32) -> bool {
    let is_in = |mask: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(mask)).map(str::trim);
        // Of what is not known, the hands are kept off.
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
    };
    !is_in("SigIgn:") && !is_in("SigCgt:")
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    const DIARY: &str = "AUDITCTL_TEST_SIGNALS_DIARY";

    /// Run as a process of its own by the next test: it gets the signals. Otherwise it has nothing to do.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "its diary is named by the test that runs it")]
    fn gets_signals_at_work() {
        let Some(diary) = std::env::var_os(DIARY) else { return };
        for signal in [SIGUSR1, SIGTERM, SIGALRM] {
            held_off(|| {
                low_level::raise(signal).unwrap();
                fs::write(&diary, format!("{signal} came and the work went on")).unwrap();
            });
        }
    }

    #[test]
    fn a_signal_ends_the_process_after_the_work() {
        let folder = tempfile::tempdir().unwrap();
        // Not those that are ignored under nohup, or in the background of a shell.
        for (ignored, ends_with) in [("", SIGUSR1), ("USR1", SIGTERM), ("USR1 TERM", SIGALRM)] {
            let diary = folder.path().join("diary");
            let ended = Command::new("sh")
                .arg("-c")
                .arg(format!("for it in {ignored}; do trap '' $it; done; exec \"$0\" --exact \"$1\""))
                .arg(std::env::current_exe().unwrap())
                .arg("logs::rotate::signals::tests::gets_signals_at_work")
                .env(DIARY, &diary)
                .output()
                .unwrap();
            assert_eq!(ended.status.signal(), Some(ends_with), "{ended:?}");
            assert_eq!(fs::read_to_string(diary).unwrap(), format!("{ends_with} came and the work went on"));
        }
    }

    #[test]
    fn what_is_ignored_or_handled_is_left_alone() {
        let status = "Name:\tauditctl\nSigIgn:\t0000000000001001\nSigCgt:\t0000000180000002\n";
        assert_eq!(FATAL.map(|signal| is_fatal(status, signal)), [false, false, true, true, true, true, true]);
        assert!(!is_fatal("", SIGTERM));
    }
}
