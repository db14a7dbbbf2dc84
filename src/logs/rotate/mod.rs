//! Rotation of a log under writers that keep it open.
//!
//! | module     | knows                                                                          |
//! |------------|--------------------------------------------------------------------------------|
//! | `rotation` | the files of one rotation, and what all methods do with them                   |
//! | `lossless` | the steps that lose no line; `lines` finds whole ones                          |
//! | `recovery` | how such a rotation is finished that was interrupted                           |
//! | `hole`, `signals` | what a cut leaves that was interrupted, and what need not interrupt it  |
//! | `simple`   | renaming, and copying and cutting short, for those who ask for them            |
//! | `foresee`  | what would be done, for those who only ask                                     |
//! | `intent`   | what stands beside a log while it is rotated; for readers too                  |
//! | `backups`  | the numbers of backups, and how they move up                                   |
//! | `attributes` | extended attributes and access lists, for backups                            |
//! | `rights`   | whose rights are used, when root rotates another user's log                    |
//! | `folder`   | the folder held open, and what is done in it; `disk` is the seam for tests     |
//! | `error`    | why a log was not rotated, in words                                            |

mod attributes;
mod backups;
mod disk;
mod error;
mod folder;
mod foresee;
mod hole;
pub mod intent;
mod lines;
mod lossless;
mod recovery;
mod rights;
mod rotation;
mod signals;
mod simple;

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::io::Errno;

pub(crate) use attributes::has_extents;
pub use backups::{Backups, backup_name};
pub use disk::{Disk, Seen};
pub use error::{Left, Refusal, RotateError};
pub use folder::Folder;
pub use intent::{Intent, stale_front};
pub(crate) use lines::end_of_lines;
pub use rights::Rights;
pub use rotation::{Done, Rotation};

use self::backups::names_are_free;
use self::error::in_the_way;
use self::intent::{intent_name, part_name};
use self::lines::{complete_lines, ends_within_a_line};
use self::rotation::failed;
use crate::lock::Lock;
use crate::logs::filesystem::FileSystem;
use crate::logs::foreign::other_than_a_log;

/// How a log is rotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// Copy the front into the backup, then cut it off while others write: loses nothing (ext4, XFS)
    #[default]
    Collapse,
    /// Rename the log and create a new one: for writers that notice and reopen it
    Rename,
    /// Copy the log and cut it short: loses the lines that are written in between
    Copytruncate,
}

/// One log to rotate.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Its folder, as an absolute path.
    pub folder: &'a Path,
    /// Its name there.
    pub log: &'a OsStr,
    /// Rotated when it is larger than this; None for whatever its size.
    pub limit: Option<u64>,
    /// How many backups are kept.
    pub keep: u32,
    /// How.
    pub method: Method,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The time that others read in the lock.
    pub now: DateTime<Utc>,
}

/// What was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The size of the log before.
    pub size: u64,
    /// What was done.
    pub action: Action,
    /// How; for what an earlier run began, as that one did it.
    pub method: Method,
    /// The new backup.
    pub backup: Option<PathBuf>,
    /// The backups that were removed.
    pub removed: Vec<PathBuf>,
    /// Whether the log would have been rotated, but has only a line that is not complete.
    pub has_no_line: bool,
    /// Whether an earlier run's rotation was finished on the way.
    pub finished_earlier: bool,
    /// What of the log's attributes could not be kept, in words.
    pub lost: Vec<String>,
}

/// What was done with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was rotated.
    Rotated,
    /// It stays as it is.
    Kept,
    /// An earlier run's rotation was finished; more was not needed.
    Finished,
}

/// Rotates a log if it is over its limit, and finishes what an earlier run left in any case.
pub fn rotate(request: &Request<'_>) -> Result<Outcome, RotateError> {
    signals::size_limit_is_an_error();
    let path = request.folder.join(request.log);
    let failed = |doing| failed(&path, doing, Left::Unchanged);
    let as_root = rustix::process::geteuid().is_root();
    let folder = Folder::open(request.folder, request.log, as_root)?;
    let owner = folder.owner().map_err(failed("look at its folder"))?;
    let (owner, _) = owner.map_err(|why| RotateError::Refused { path: path.clone(), why })?;
    let seen = folder.look(request.log).map_err(failed("look at it"))?;
    let rights = Rights::for_folder(as_root, owner, seen.map(|seen| seen.owner));
    let run = Run { request, folder: &folder, path: path.clone() };
    let with_rights = failed("take the rights of its folder's owner");
    // The lock comes first: whoever has it rotates the log, and what else they do with it is their affair.
    let lock = rights.exercise(|| run.begin()).map_err(&with_rights)??;
    // Who else writes is looked up with all rights: those of the folder's owner may not suffice to see other users'
    // processes.
    if let Some(seen) = folder.look(request.log).map_err(failed("look at it"))?
        && (lock.is_some() || request.dry_run)
        && request.method != Method::Rename
        && seen.size > 0
        && request.limit.is_none_or(|limit| seen.size > limit)
        && let Some(writer) = folder.writers(request.log, seen.id).seen.into_iter().find(|writer| !writer.appends)
    {
        return Err(RotateError::Refused { path: path.clone(), why: Refusal::NotAppending(writer) });
    }
    rights.exercise(move || run.run(lock)).map_err(&with_rights)?
}

struct Run<'a> {
    request: &'a Request<'a>,
    folder: &'a Folder,
    path: PathBuf,
}

impl Run<'_> {
    /// Takes the lock, if there is something to do.
    fn begin(&self) -> Result<Option<Lock>, RotateError> {
        let left = self.is_anything_left()?;
        let size = self.size(left)?;
        if !left && !self.is_due(size) {
            return Ok(None);
        }
        // Files could be created in it, and not be renamed any more.
        if let Some(attribute) = self.folder.attribute() {
            let why = Refusal::Fixed { name: self.folder.path().to_owned(), attribute };
            return Err(RotateError::Refused { path: self.path.clone(), why });
        }
        if self.request.dry_run {
            return Ok(None);
        }
        Ok(Some(self.folder.lock(self.request.log, self.request.now)?))
    }

    /// Without the lock, nothing is done; a dry run says what would be.
    fn run(&self, lock: Option<Lock>) -> Result<Outcome, RotateError> {
        let Some(_lock) = lock else {
            let left = self.is_anything_left()?;
            let size = self.size(left)?;
            // One that came over its limit since it was looked at is for the next run.
            return if self.request.dry_run && (left || self.is_due(size)) {
                self.foresee(size, left)
            } else {
                Ok(self.outcome(size, None, None, false))
            };
        };
        let rotation = self.rotation();
        let finished = rotation.finish()?;
        // The lock may have been waited for by another who has done all this: look again.
        let size = self.size(finished.is_some())?;
        if !self.is_due(size) {
            return Ok(self.outcome(size, finished, None, false));
        }
        let log = self.open()?;
        let rotated = self.rotate(&rotation, &log)?;
        let has_no_line = rotated.is_none() && ends_within_a_line(&log).map_err(rotation.unchanged("read it"))?;
        Ok(self.outcome(size, finished, rotated, has_no_line))
    }

    fn rotation(&self) -> Rotation<'_> {
        Rotation { disk: self.folder, log: self.request.log, path: self.path.clone() }
    }

    fn is_due(&self, size: Option<u64>) -> bool {
        size.is_some_and(|size| self.request.limit.is_none_or(|limit| size > limit))
    }

    /// A run that died may have left the log without its name.
    fn size(&self, may_be_gone: bool) -> Result<Option<u64>, RotateError> {
        match self.look() {
            Err(RotateError::Missing(_)) if may_be_gone => Ok(None),
            seen => seen.map(|seen| Some(seen.size)),
        }
    }

    fn outcome(&self, size: Option<u64>, finished: Option<Done>, rotated: Option<Done>, has_no_line: bool) -> Outcome {
        let action = match (&rotated, &finished) {
            (Some(_), _) => Action::Rotated,
            (None, Some(_)) => Action::Finished,
            (None, None) => Action::Kept,
        };
        let finished_earlier = finished.is_some();
        let lost = rotated.as_ref().map(|done| done.lost.clone()).unwrap_or_default();
        let backup = rotated.as_ref().or(finished.as_ref()).and_then(|done| done.backup.clone());
        let method = rotated.as_ref().or(finished.as_ref()).map(|done| done.method).unwrap_or_default();
        let removed = [finished, rotated].into_iter().flatten().flat_map(|done| done.removed);
        Outcome {
            size: size.unwrap_or(0),
            action,
            method,
            backup: backup.map(|name| self.beside(&name)),
            removed: removed.map(|name| self.beside(&name)).collect(),
            has_no_line,
            finished_earlier,
            lost,
        }
    }

    /// None where there is no complete line to rotate.
    fn rotate(&self, rotation: &Rotation<'_>, log: &File) -> Result<Option<Done>, RotateError> {
        let keep = self.request.keep;
        if self.request.method == Method::Collapse {
            let system = self.folder.file_system().map_err(rotation.unchanged("look at its file system"))?;
            return rotation.collapse(log, &system, keep);
        }
        if complete_lines(log).map_err(rotation.unchanged("read it"))?.is_none() {
            return Ok(None);
        }
        names_are_free(self.folder, rotation.log, &self.path)?;
        let rotate = if self.request.method == Method::Rename { Rotation::rename } else { Rotation::copy_truncate };
        rotate(rotation, log, keep).map(Some)
    }

    /// Opens the log, after making sure that it is what it should be.
    fn open(&self) -> Result<File, RotateError> {
        let failed = |doing| failed(&self.path, doing, Left::Unchanged);
        let refused = |why| RotateError::Refused { path: self.path.clone(), why };
        let file = self.folder.open(self.request.log, true).map_err(|error| match error.raw_os_error() {
            Some(code) if code == Errno::LOOP.raw_os_error() => refused(Refusal::SymbolicLink),
            // What an attribute forbids looks like a missing right.
            Some(code) if code == Errno::PERM.raw_os_error() => {
                self.attribute().map_or_else(|| failed("open it")(error), refused)
            }
            _ => failed("open it")(error),
        })?;
        let metadata = file.metadata().map_err(failed("look at it"))?;
        if !metadata.is_file() {
            return Err(refused(Refusal::NotRegular));
        }
        if metadata.nlink() > 1 {
            return Err(refused(Refusal::HardLinks(metadata.nlink())));
        }
        let mut front = [0; 16];
        let known = file.read_at(&mut front, 0).map_err(failed("read it"))?;
        if let Some(other) = other_than_a_log(&front[..known]) {
            return Err(refused(Refusal::NoLog(other)));
        }
        if self.request.method == Method::Collapse {
            self.can_be_cut(&file, &metadata)?;
        }
        Ok(file)
    }

    /// Looked at is the log itself: it may have been made before its file system learned to cut, or be mounted under its
    /// name.
    fn can_be_cut(&self, log: &File, metadata: &Metadata) -> Result<(), RotateError> {
        let failed = failed(&self.path, "look at its file system", Left::Unchanged);
        let system = FileSystem::of(log).map_err(&failed)?;
        let why = if !system.can_cut {
            Refusal::FileSystem(system.name)
        } else if self.folder.device().map_err(&failed)? != metadata.dev() {
            Refusal::Elsewhere(system.name)
        } else if system.name == "ext4" && !has_extents(log) {
            Refusal::NoExtents(system.name)
        } else {
            return Ok(());
        };
        Err(RotateError::Refused { path: self.path.clone(), why })
    }

    /// Looks at what has the log's name: a file and nothing else.
    fn look(&self) -> Result<Seen, RotateError> {
        let seen = self.folder.look(self.request.log).map_err(failed(&self.path, "look at it", Left::Unchanged))?;
        let refused = |why| Err(RotateError::Refused { path: self.path.clone(), why });
        match seen {
            None => Err(RotateError::Missing(self.path.clone())),
            Some(seen) if seen.kind == rustix::fs::FileType::Symlink => refused(Refusal::SymbolicLink),
            Some(seen) if !seen.is_file() => refused(Refusal::NotRegular),
            Some(seen) => Ok(seen),
        }
    }

    fn attribute(&self) -> Option<Refusal> {
        let file = self.folder.open(self.request.log, false).ok()?;
        attributes::forbidding(file).map(Refusal::Attribute)
    }

    /// Whether an earlier run left something; what can't be a run's is in the way.
    fn is_anything_left(&self) -> Result<bool, RotateError> {
        let mut is_left = false;
        for name in [intent_name(self.request.log), part_name(self.request.log)] {
            let seen: io::Result<_> = self.folder.look(&name);
            match seen.map_err(failed(&self.path, "look beside it", Left::Unchanged))? {
                Some(seen) if !seen.is_file() => return Err(in_the_way(self.path.clone(), name)),
                seen => is_left |= seen.is_some(),
            }
        }
        Ok(is_left)
    }

    fn beside(&self, name: &OsString) -> PathBuf {
        self.path.with_file_name(name)
    }
}
