//! Waits until something happens in a folder: by inotify where there is one, else for a moment.

use std::path::Path;
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

    /// What is asked of the kernel.
    #[derive(Debug)]
    pub(super) struct Notes(OwnedFd);

    impl Notes {
        pub(super) fn new<'p>(folders: impl Iterator<Item = &'p Path>) -> Option<Notes> {
            let notes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
            let what = WatchFlags::MODIFY
                | WatchFlags::CREATE
                | WatchFlags::MOVED_TO
                | WatchFlags::MOVED_FROM
                | WatchFlags::DELETE;
            for folder in folders {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                inotify::add_watch(&notes, folder, what).ok()?;
            }
            Some(Notes(notes))
        }

        pub(super) fn wait(&self, most: Duration) -> bool {
            let timeout = Timespec::try_from(most).ok();
            let mut polled = [PollFd::new(&self.0, PollFlags::IN)];
            if poll(&mut polled, timeout.as_ref()).is_err() {
                return false;
            }
            // What happened does not matter, only that it did.
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut reader = Reader::new(&self.0, &mut buffer);
            while reader.next().is_ok() {}
            true
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;
    use std::time::Duration;

    /// There is nobody to ask.
    #[derive(Debug)]
    pub(super) struct Notes;

    impl Notes {
        pub(super) fn new<'p>(_: impl Iterator<Item = &'p Path>) -> Option<Notes> {
            None
        }

        pub(super) fn wait(&self, _: Duration) -> bool {
            false
        }
    }
}

/// Without notes from the kernel it is looked this often.
const OFTEN: Duration = Duration::from_millis(100);

/// Waits for something to happen.
#[derive(Debug)]
pub struct Watch(Option<system::Notes>);

impl Watch {
    /// In these folders.
    pub fn new<'p>(folders: impl Iterator<Item = &'p Path>) -> Self {
        Watch(system::Notes::new(folders))
    }

    /// Waits until something has happened, and no longer than this.
    pub fn wait(&self, most: Duration) {
        if !self.0.as_ref().is_some_and(|notes| notes.wait(most)) {
            thread::sleep(most.min(OFTEN));
        }
    }
}
