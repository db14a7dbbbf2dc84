//! Keeps two runs of one job apart: a file beside what they work on, locked by the kernel for as long as the run lives.
//!
//! Knows a path, and who holds it since when; knows nothing of the job. The lock goes with its process, however that
//! ends; the file is taken away by a run that ends by itself, and one that was left behind stands in nobody's way.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, fchmod, flock, fstat, openat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The mode of the file.
const OWNERS_ALONE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    /// Closed, it gives the lock back.
    _file: File,
    /// Where its name starts: a folder that is held open, or the current one.
    folder: Option<OwnedFd>,
    name: PathBuf,
}

/// Who holds a lock, as far as they had time to write it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: Option<u32>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Whether there is no such process: then it isn't the one that has the lock.
    pub has_ended: bool,
}

/// Why a lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("{}", held(path, holder))]
    Held {
        /// The lock's file.
        path: PathBuf,
        /// Who.
        holder: Holder,
    },
    /// The operating system says no.
    #[error("cannot take the lock {}: {source}", path.display())]
    Unable {
        /// The lock's file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            // Said already.
            LockError::Held { holder: Holder { has_ended: true, .. }, .. } => None,
            LockError::Held { holder: Holder { pid: Some(pid), .. }, .. } => {
                Some(format!("let it finish; what it is: ps -fp {pid}"))
            }
            LockError::Held { .. } => Some("let it finish; `lslocks` tells who it is".to_owned()),
            LockError::Unable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("run it as the user to whom the folder belongs, or as root".to_owned())
            }
            LockError::Unable { .. } => None,
        }
    }
}

impl Lock {
    /// Takes the lock, or says who has it; never waits. `now` is written down for others to read.
    pub fn take(path: &Path, now: DateTime<Utc>) -> Result<Lock, LockError> {
        let file = lock(CWD, path, path, now)?;
        Ok(Lock { _file: file, folder: None, name: path.into() })
    }

    /// The same for a name in a folder that is held open, whatever becomes of the path on which it was found; the path
    /// is for messages.
    pub fn take_in(folder: OwnedFd, name: &Path, path: &Path, now: DateTime<Utc>) -> Result<Lock, LockError> {
        let file = lock(folder.as_fd(), name, path, now)?;
        Ok(Lock { _file: file, folder: Some(folder), name: name.into() })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the lock is given back: who opens the file from here on creates another.
        let folder = self.folder.as_ref().map_or(CWD, OwnedFd::as_fd);
        let _ = unlinkat(folder, &self.name, AtFlags::empty());
    }
}

fn lock(folder: BorrowedFd<'_>, name: &Path, path: &Path, now: DateTime<Utc>) -> Result<File, LockError> {
    let unable = |error: Errno| LockError::Unable { path: path.into(), source: error.into() };
    loop {
        // A link that somebody put there is not followed: what is locked is written to.
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        // Whoever can open it can lock it.
        let file = openat(folder, name, flags, OWNERS_ALONE).map_err(unable)?;
        let mut file = File::from(file);
        // What an earlier version or somebody's hand has left there. It may be another's, and then it is not changed.
        let seen = fstat(&file).map_err(unable)?;
        if seen.st_mode & 0o077 != 0 && seen.st_nlink == 1 && seen.st_uid == geteuid().as_raw() {
            let _ = fchmod(&file, OWNERS_ALONE);
        }
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(LockError::Held { path: path.into(), holder: Holder::read(&mut file) });
            }
            Err(error) => return Err(unable(error)),
        }
        // Whoever had it may have taken the file away while this one was opened; then it locks nothing any more.
        if !is_at(&file, folder, name).map_err(|source| LockError::Unable { path: path.into(), source })? {
            continue;
        }
        // What others read of it is a courtesy: a full disk takes nothing from the lock.
        let line = format!("{} {}\n", std::process::id(), now.to_rfc3339_opts(SecondsFormat::Secs, true));
        let _ = file.set_len(0).and_then(|()| file.write_all(line.as_bytes()));
        return Ok(file);
    }
}

/// Whether the file is still the one of this name.
fn is_at(file: &File, folder: BorrowedFd<'_>, name: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(named) => Ok((named.st_dev, named.st_ino) == (opened.dev(), opened.ino())),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl Holder {
    /// Who wrote this file and still runs. Asked without touching the lock: whoever comes for it meanwhile must get it.
    pub fn running(file: &mut File) -> Option<Holder> {
        Some(Holder::read(file)).filter(|holder| holder.pid.is_some() && !holder.has_ended)
    }

    fn read(file: &mut File) -> Holder {
        let mut text = String::new();
        // Whatever stands there, a few words are enough.
        let read = file.rewind().and_then(|()| file.take(100).read_to_string(&mut text));
        let mut words = text.split_whitespace();
        let pid = words.next().and_then(|pid| pid.parse().ok());
        let since = words.next().and_then(|since| since.parse().ok());
        let is_there = |pid: u32| Path::new("/proc").join(pid.to_string()).exists();
        let has_ended = is_there(std::process::id()) && pid.is_some_and(|pid| !is_there(pid));
        if read.is_ok() { Holder { pid, since, has_ended } } else { Holder::default() }
    }
}

fn held(path: &Path, holder: &Holder) -> String {
    match holder {
        Holder { has_ended: true, pid: Some(pid), .. } => {
            let who = format!("somebody holds the lock {}, and not process {pid}", path.display());
            format!("{who}, which is named in it and has ended; `lslocks` tells who")
        }
        holder => format!("another run holds the lock {}{holder}", path.display()),
    }
}

impl std::fmt::Display for Holder {
    /// `: process 4711, since …`; nothing where nothing is known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(pid) = self.pid {
            write!(f, ": process {pid}")?;
        }
        if let Some(since) = self.since {
            let before = if self.pid.is_some() { "," } else { ":" };
            write!(f, "{before} since {}", since.to_rfc3339_opts(SecondsFormat::Secs, true))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_to_do_is_said_once() {
        let path = PathBuf::from("x.lock");
        let held = |pid, has_ended| LockError::Held {
            path: path.clone(),
            holder: Holder { pid, has_ended, ..Holder::default() },
        };
        let unable = |kind: io::ErrorKind| LockError::Unable { path: path.clone(), source: kind.into() };
        for (error, in_message, in_hint) in [
            (held(Some(7), false), "process 7", Some("ps -fp 7")),
            (held(None, false), "another run", Some("`lslocks`")),
            (held(Some(7), true), "`lslocks`", None),
            (unable(io::ErrorKind::PermissionDenied), "x.lock", Some("or as root")),
            (unable(io::ErrorKind::NotFound), "x.lock", None),
        ] {
            let (message, hint) = (error.to_string(), error.hint());
            assert!(message.contains(in_message), "{message}");
            let is_so = match (&hint, in_hint) {
                (Some(hint), Some(part)) => hint.contains(part),
                (hint, part) => hint.is_none() && part.is_none(),
            };
            assert!(is_so, "{message}: {hint:?}");
        }
    }

    #[test]
    fn one_holds_it_and_the_other_hears_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let now = "2026-11-23T21:33:28.750123Z".parse().unwrap();
        // What a run that was killed left behind.
        std::fs::write(&path, "1 2020-01-01T00:00:00Z, and more than that\n").unwrap();
        let lock = Lock::take(&path, now).unwrap();
        let held = Lock::take(&path, now).unwrap_err().to_string();
        let who = format!("process {}, since 2026-11-23T21:33:28Z", std::process::id());
        assert_eq!(held, format!("another run holds the lock {}: {who}", path.display()));
        drop(lock);
        assert!(!path.exists(), "a run that ends by itself leaves nothing");
        // It is its owner's alone; one that was left with other rights is mended, but no other file of that name.
        for other in ["", "other"] {
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            if !other.is_empty() {
                std::fs::hard_link(&path, folder.path().join(other)).unwrap();
            }
            let lock = Lock::take(&path, now).unwrap();
            let mode = std::fs::metadata(&path).unwrap().mode() & 0o777;
            assert_eq!(mode, if other.is_empty() { 0o600 } else { 0o644 });
            drop(lock);
        }
        let lock = Lock::take(&path, now).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // Somebody who could read the file has locked it, and the process that is named in it is no more.
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        std::fs::write(&path, format!("{} 2020-01-01T00:00:00Z\n", child.id())).unwrap();
        let held = Lock::take(&path, now).unwrap_err().to_string();
        let who = format!("not process {}, which is named in it and has ended", child.id());
        assert_eq!(held, format!("somebody holds the lock {}, and {who}; `lslocks` tells who", path.display()));
        drop(lock);
        // In a folder that is held open, wherever it is now.
        let held = OwnedFd::from(File::open(folder.path()).unwrap());
        let moved = folder.path().with_extension("moved");
        std::fs::rename(folder.path(), &moved).unwrap();
        let lock = Lock::take_in(held, Path::new("x.lock"), &path, now).unwrap();
        let mut file = File::open(moved.join("x.lock")).unwrap();
        assert_eq!(Holder::running(&mut file).and_then(|holder| holder.pid), Some(std::process::id()));
        drop(lock);
        assert!(!moved.join("x.lock").exists());
        std::fs::rename(&moved, folder.path()).unwrap();
    }

    #[test]
    fn what_is_in_the_way_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        for path in [link.as_path(), folder.path(), &folder.path().join("none/x.lock")] {
            assert!(matches!(Lock::take(path, Utc::now()), Err(LockError::Unable { .. })), "{path:?}");
        }
        assert!(!folder.path().join("elsewhere").exists());
    }
}
