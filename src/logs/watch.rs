//! Says when something happens in a folder: by inotify, where there is one.

use std::os::fd::BorrowedFd;
use std::path::Path;

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
    use std::path::Path;

    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

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

        pub(super) fn clear(&self) -> bool {
            // What else happened does not matter, only that it did.
            let named = ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::QUEUE_OVERFLOW;
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut reader = Reader::new(&self.0, &mut buffer);
            let mut is_new = false;
            while let Ok(event) = reader.next() {
                is_new |= event.events().intersects(named);
            }
            is_new
        }

        pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::os::fd::BorrowedFd;
    use std::path::Path;

    /// There is nobody to ask.
    #[derive(Debug)]
    pub(super) enum Notes {}

    impl Notes {
        pub(super) fn new<'p>(_: impl Iterator<Item = &'p Path>) -> Option<Notes> {
            None
        }

        pub(super) fn clear(&self) -> bool {
            match *self {}
        }

        pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
            match *self {}
        }
    }
}

/// Notes of what happens in some folders.
#[derive(Debug)]
pub struct Watch(Option<system::Notes>);

impl Watch {
    /// In these folders.
    pub fn new<'p>(folders: impl Iterator<Item = &'p Path>) -> Self {
        Watch(system::Notes::new(folders))
    }

    /// Whether anybody says that something happened.
    pub fn is_told(&self) -> bool {
        self.0.is_some()
    }

    /// Forgets what has happened. Whether there may be files that were not there before.
    pub fn clear(&self) -> bool {
        self.0.as_ref().is_none_or(system::Notes::clear)
    }

    /// Can be read when something has happened.
    pub fn notes(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(system::Notes::as_fd)
    }
}
