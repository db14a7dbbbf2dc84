//! A rotation of one log: the files that it has to do with, and what the methods have in common.
//!
//! Knows the names beside the log and how things are noted, shifted and given up; [`super::lossless`] and
//! [`super::simple`] know the steps.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Method;
use super::backups::{Backups, backup_name};
use super::disk::Disk;
use super::error::{Left, Refusal, RotateError};
use super::intent::{intent_name, part_name};

/// A rotation of one log.
pub struct Rotation<'a> {
    /// The files.
    pub disk: &'a dyn Disk,
    /// The log's name in its folder.
    pub log: &'a OsStr,
    /// Where that is.
    pub path: PathBuf,
}

/// What a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How.
    pub method: Method,
    /// The backup that it made; none where none is kept.
    pub backup: Option<OsString>,
    /// The backups that it removed.
    pub removed: Vec<OsString>,
    /// What of the log's attributes could not be kept, in words.
    pub lost: Vec<String>,
}

impl Rotation<'_> {
    /// Finishes what an earlier run left, by whatever method; None where it left nothing that mattered.
    pub fn finish(&self) -> Result<Option<Done>, RotateError> {
        match self.finish_simple()? {
            None => self.finish_lossless(),
            finished => Ok(finished),
        }
    }

    /// The backups that there are.
    pub(super) fn backups(&self) -> io::Result<Backups> {
        Ok(Backups::of(self.log, &self.disk.names()?))
    }

    /// Frees the name of the newest backup; what was removed for that comes back.
    pub(super) fn make_room(&self, keep: u32) -> io::Result<Vec<OsString>> {
        self.backups()?.shift(keep).carry_out(self.disk, self.log)
    }

    /// Writes down what will be done, durably: it outlasts this run, and whoever may read the log may read it.
    pub(super) fn note(&self, text: &[u8], log: &Metadata) -> io::Result<()> {
        let file = self.disk.create(&self.intent())?;
        self.disk.write_at(&file, text, 0)?;
        self.disk.adopt(&file, log)?;
        self.disk.sync(&file)?;
        self.disk.sync_names()
    }

    /// All is done, and nothing is under way any more.
    pub(super) fn end(&self) -> io::Result<()> {
        self.disk.sync_names()?;
        self.disk.remove(&self.intent())?;
        self.disk.sync_names()
    }

    /// Somebody else may rotate it as well: since it looked like this, it must not have been renamed or cut short.
    pub(super) fn is_not_replaced(&self, log: &Metadata) -> Result<(), RotateError> {
        let seen = self.disk.look(self.log).map_err(self.unchanged("look at it"))?;
        match seen {
            Some(seen) if seen.id == (log.dev(), log.ino()) && seen.size >= log.size() => Ok(()),
            _ => Err(self.refused(Refusal::Replaced)),
        }
    }

    /// Removes the part and the intent, where they are there.
    pub(super) fn drop_all(&self, part: bool, intent: bool) -> io::Result<()> {
        // The part first: without an intent, nothing else would say what it is.
        if part {
            self.disk.remove(&self.part())?;
        }
        if intent {
            self.disk.remove(&self.intent())?;
        }
        self.disk.sync_names()
    }

    /// After a failure before anything was changed.
    pub(super) fn give_up(&self) {
        let is_there = |name: &OsStr| self.is_there(name).is_ok_and(|there| there);
        // Best effort: what stays behind is dropped by the next run.
        let _ = self.drop_all(is_there(&self.part()), is_there(&self.intent()));
    }

    pub(super) fn is_there(&self, name: &OsStr) -> io::Result<bool> {
        Ok(self.disk.look(name)?.is_some())
    }

    pub(super) fn part(&self) -> OsString {
        part_name(self.log)
    }

    pub(super) fn intent(&self) -> OsString {
        intent_name(self.log)
    }

    /// The name of the newest backup.
    pub(super) fn newest(&self) -> OsString {
        backup_name(self.log, 1)
    }

    pub(super) fn refused(&self, why: Refusal) -> RotateError {
        RotateError::Refused { path: self.path.clone(), why }
    }

    pub(super) fn unchanged(&self, doing: &'static str) -> impl Fn(io::Error) -> RotateError + use<'_> {
        failed(&self.path, doing, Left::Unchanged)
    }

    pub(super) fn unfinished(&self, doing: &'static str) -> impl Fn(io::Error) -> RotateError + use<'_> {
        failed(&self.path, doing, Left::Unfinished)
    }
}

/// From what the system said to what the user reads.
pub(super) fn failed(path: &Path, doing: &'static str, state: Left) -> impl Fn(io::Error) -> RotateError {
    move |error| RotateError::Failed { path: path.to_owned(), doing, error, state }
}
