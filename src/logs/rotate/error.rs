//! Why a log was not rotated, in words, and what to do about it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::LockError;
use crate::logs::writers::Writer;
use crate::shell;

/// Why a log was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// It is not there.
    #[error("{}: there is no such log", .0.display())]
    Missing(PathBuf),
    /// It may not be, or cannot be.
    #[error("{}: {why}", path.display())]
    Refused {
        /// The log.
        path: PathBuf,
        /// The reason.
        why: Refusal,
    },
    /// Another run is at it, or the lock can't be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system said no.
    #[error("{}: cannot {doing}: {error}{}", path.display(), left(*state))]
    Failed {
        /// The log.
        path: PathBuf,
        /// At what.
        doing: &'static str,
        /// What the system said.
        error: io::Error,
        /// How things stand.
        state: Left,
    },
}

/// How things stand after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// As they were before.
    Unchanged,
    /// Half done; no line is lost, and the next run goes on from there.
    Unfinished,
}

/// A reason not to rotate a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Root was led through a link that may be somebody else's.
    #[error("a symbolic link is on the way to it, and root follows none")]
    LinkOnTheWay,
    /// The name is a link.
    #[error("it is a symbolic link")]
    SymbolicLink,
    /// The file has other names.
    #[error("it has {0} names (hard links), and under the others it would change as well")]
    HardLinks(u64),
    /// A folder, a pipe, a device.
    #[error("it is no regular file")]
    NotRegular,
    /// Its first bytes are those of something else.
    #[error("it is {0}")]
    NoLog(&'static str),
    /// Somebody could exchange the files while they are rotated.
    #[error("others than its owner may write to the folder {} (mode {mode:04o})", folder.display())]
    OpenFolder {
        /// The folder.
        folder: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// An attribute of the file forbids it.
    #[error("the file has the attribute '{0}'")]
    Attribute(&'static str),
    /// The front of a file can't be cut off there.
    #[error("its file system, {0}, cannot cut off the front of a file while others write to it")]
    FileSystem(String),
    /// The file is kept in a way that the cut does not know.
    #[error("its file system, {0}, keeps it without extents, and cannot cut off its front while others write to it")]
    NoExtents(String),
    /// A file that is mounted under its name.
    #[error("it lies on another file system, {0}, than its folder, where its backups are")]
    Elsewhere(String),
    /// A writer's next line would land behind a hole.
    #[error("process {} ({}) writes to it without appending, and would leave a hole behind", .0.pid, .0.command)]
    NotAppending(Writer),
    /// A name that a backup should have is taken.
    #[error("{} is in the way: it is no regular file", .0.display())]
    InTheWay(PathBuf),
    /// A backup that can neither move up nor go, or the folder, where none can.
    #[error("{} has the attribute '{attribute}', and cannot make room for a new backup", name.display())]
    Fixed {
        /// The backup, or the folder.
        name: PathBuf,
        /// Why it is.
        attribute: &'static str,
    },
    /// The name of the copy is taken, by what no rotation makes.
    #[error("{} is in the way: no rotation has left it there", .0.display())]
    Stranger(PathBuf),
    /// The front is stale, and nothing says how much of it.
    #[error("a rotation was interrupted, and what it left in {} cannot be read", .0.display())]
    Unreadable(PathBuf),
    /// Whether its lines are in a backup can't be told.
    #[error("a rotation was interrupted, and {} may be the backup of what it has to cut off", .0.display())]
    Packed(PathBuf),
    /// The file was exchanged while it was copied.
    #[error("it was replaced or cut short while it was copied; nothing has changed")]
    Replaced,
}

impl RotateError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        if let RotateError::Lock(error) = self {
            return error.hint();
        }
        if let RotateError::Failed { error, .. } = self
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            let whose = "a rotation needs to read and write the log and its folder; run by root, it works with the rights \
                         of the user to whom the folder belongs";
            return Some(whose.to_owned());
        }
        if let RotateError::Failed { error, .. } = self
            && error.kind() == io::ErrorKind::FileTooLarge
        {
            return Some("`ulimit -f` tells the limit of a shell, and LimitFSIZE= that of a systemd unit".to_owned());
        }
        if let RotateError::Failed { error, .. } = self
            && error.kind() == io::ErrorKind::StorageFull
        {
            let room = "make room (`doctor --only logs.space` says how), or use --method rename if all writers reopen \
                        their log: it takes none";
            return Some(room.to_owned());
        }
        let RotateError::Refused { path, why } = self else { return None };
        Some(match why {
            Refusal::LinkOnTheWay => "give the path without links, as `readlink -f` prints it".to_owned(),
            Refusal::SymbolicLink => "name the file that it leads to".to_owned(),
            Refusal::HardLinks(_) => "remove the other names; `find -samefile` finds them".to_owned(),
            Refusal::OpenFolder { folder, .. } => take_away("the right", "chmod go-w", folder),
            Refusal::Attribute(name) => take_away("it", without(name), path),
            Refusal::Fixed { name, attribute } => take_away("it", without(attribute), name),
            Refusal::FileSystem(_) | Refusal::NoExtents(_) => {
                "use --method rename if all writers reopen their log, or --method copytruncate if losing lines that \
                 are written meanwhile is acceptable"
                    .to_owned()
            }
            Refusal::Elsewhere(_) => {
                "use --method copytruncate if losing lines that are written meanwhile is acceptable".to_owned()
            }
            Refusal::InTheWay(name) => format!("move {} away", name.display()),
            Refusal::NotAppending(_) => {
                "let it open the log for appending, or use --method rename and let it reopen".to_owned()
            }
            Refusal::Stranger(_) => "move it away, or remove it if nobody needs it".to_owned(),
            Refusal::Packed(_) => {
                "unpack it, so that it can be compared, or move it away if it is older; then rotate again".to_owned()
            }
            Refusal::Replaced => "does the service rotate it as well? `doctor` tells".to_owned(),
            Refusal::NotRegular | Refusal::NoLog(_) | Refusal::Unreadable(_) => return None,
        })
    }

    /// Whether the next run has something to finish.
    pub fn is_unfinished(&self) -> bool {
        matches!(self, RotateError::Failed { state: Left::Unfinished, .. })
    }

    /// Whether another run holds the lock.
    pub fn is_locked(&self) -> bool {
        matches!(self, RotateError::Lock(LockError::Held { .. }))
    }
}

fn take_away(what: &str, command: &str, path: &Path) -> String {
    match shell::word(path) {
        Some(word) => format!("take {what} away, for example with: {command} {word}"),
        None => format!("take {what} away with `{command}`"),
    }
}

fn without(attribute: &str) -> &'static str {
    if attribute == "append-only" { "chattr -a" } else { "chattr -i" }
}

fn left(state: Left) -> &'static str {
    match state {
        Left::Unchanged => "; nothing has changed",
        Left::Unfinished => "; no line is lost, and the next run finishes the rotation",
    }
}

/// A name in the folder that is no regular file.
pub(super) fn in_the_way(log: PathBuf, name: OsString) -> RotateError {
    let why = Refusal::InTheWay(log.with_file_name(name));
    RotateError::Refused { path: log, why }
}
