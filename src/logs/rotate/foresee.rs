//! What a rotation would do, found out without changing anything and without the lock: its row, or the refusal with
//! which it would end. What only the attempt shows, such as a disk that fails, can't be known.

use std::fs::File;
use std::io;

use rustix::fs::fstatvfs;
use rustix::io::Errno;

use super::backups::{Backups, Shift, names_are_free};
use super::error::RotateError;
use super::hole::Hole;
use super::intent::{Intent, lock_name, stale_front};
use super::lines::{complete_lines, ends_within_a_line};
use super::rotation::{Done, Rotation};
use super::simple::{Note, Noted};
use super::{Method, Outcome, Run};
use crate::lock::LockError;

/// What finishing an earlier rotation would come to.
pub(super) struct Finishing {
    /// What that is reported as.
    pub(super) done: Done,
    /// How long the log would be; None where there would be none.
    pub(super) size: Option<u64>,
    /// How many bytes at the front of the log, as it is now, would be lines no more.
    pub(super) stale: u64,
    /// The backups that there would be.
    pub(super) backups: Backups,
}

impl Finishing {
    /// Nothing more than to remove what says that something is under way.
    fn nothing(method: Method, size: Option<u64>, backups: &Backups) -> Finishing {
        Finishing { done: Done { method, ..Done::default() }, size, stale: 0, backups: backups.clone() }
    }

    /// Room is made for a backup, which comes or not.
    fn shifts(&mut self, rotation: &Rotation<'_>, shift: &Shift, with_new: bool) {
        self.done.removed = shift.removed(rotation.log);
        self.backups = self.backups.after(shift, with_new);
        if with_new {
            self.done.backup = Some(rotation.newest());
        }
    }
}

impl Run<'_> {
    /// What would be done with a log of this size, beside which something may be left of an earlier run.
    pub(super) fn foresee(&self, size: Option<u64>, left: bool) -> Result<Outcome, RotateError> {
        let rotation = self.rotation();
        let lock = self.path.with_file_name(lock_name(rotation.log));
        if let Some(holder) = self.folder.lock_holder(rotation.log) {
            return Err(LockError::Held { path: lock, holder }.into());
        }
        self.folder.may_change().map_err(|source| LockError::Unable { path: lock, source })?;
        let backups = rotation.backups().map_err(rotation.unchanged("list its folder"))?;
        let finishing = if left { rotation.finishing(size, &backups)? } else { None };
        let Some(Finishing { done, size, stale, backups }) = finishing else {
            return self.foresee_rotation(&rotation, size, 0, &backups, None);
        };
        // Where finishing leaves nothing of the log, there is nothing more to do.
        if size == Some(0) {
            return Ok(self.outcome(size, Some(done), None, false));
        }
        self.foresee_rotation(&rotation, size, stale, &backups, Some(done))
    }

    /// What would be done after what was left is finished: with a log of this size, of whose lines so many bytes are
    /// stale now.
    fn foresee_rotation(
        &self,
        rotation: &Rotation<'_>,
        size: Option<u64>,
        stale: u64,
        backups: &Backups,
        finished: Option<Done>,
    ) -> Result<Outcome, RotateError> {
        if !self.is_due(size) {
            return Ok(self.outcome(size, finished, None, false));
        }
        let (method, keep) = (self.request.method, self.request.keep);
        let file = self.open()?;
        let lines = complete_lines(&file).map_err(rotation.unchanged("read it"))?.filter(|lines| *lines > stale);
        let Some(lines) = lines else {
            let has_no_line = ends_within_a_line(&file).map_err(rotation.unchanged("read it"))?;
            return Ok(self.outcome(size, finished, None, has_no_line));
        };
        names_are_free(self.folder, rotation.log, &self.path)?;
        let copied = if method == Method::Collapse { lines - stale } else { size.unwrap_or(0) };
        if keep > 0 && method != Method::Rename && room(&file).is_ok_and(|room| room < copied) {
            return Err(rotation.unchanged("copy it")(Errno::NOSPC.into()));
        }
        let backup = (keep > 0).then(|| rotation.newest());
        let rotated = Done { method, backup, removed: backups.shift(keep).removed(rotation.log), lost: Vec::new() };
        Ok(self.outcome(size, finished, Some(rotated), false))
    }
}

impl Rotation<'_> {
    /// What finishing what an earlier run left would come to; None where it left nothing that mattered.
    fn finishing(&self, size: Option<u64>, backups: &Backups) -> Result<Option<Finishing>, RotateError> {
        let Some(note) = self.noted() else { return self.finishing_lossless(size, backups) };
        let finishing = match note.method {
            Noted::Rename => self.finishing_rename(note.keep, size, backups),
            Noted::Copytruncate => self.finishing_copy(&note, size, backups),
        };
        finishing.map(Some).map_err(self.unchanged("look at what an earlier run left"))
    }

    fn finishing_rename(&self, keep: u32, size: Option<u64>, backups: &Backups) -> io::Result<Finishing> {
        let mut finishing = Finishing::nothing(Method::Rename, size, backups);
        if self.is_there(&self.part())? && !self.is_there(self.log)? {
            finishing.done.backup = (keep > 0).then(|| self.newest());
            finishing.size = Some(0);
        }
        Ok(finishing)
    }

    fn finishing_copy(&self, note: &Note, size: Option<u64>, backups: &Backups) -> io::Result<Finishing> {
        let mut finishing = Finishing::nothing(Method::Copytruncate, size, backups);
        if note.keep == 0 {
            finishing.shifts(self, &backups.shift(0), false);
        } else if self.is_there(&self.part())? {
            if !self.is_superfluous(&self.disk.open(&self.part(), false)?)? {
                finishing.shifts(self, &backups.shift(note.keep), true);
            }
        } else if let Some((name, copy)) = self.copy_of(note)?
            && self.beginning_with(&copy)?.is_some_and(|original| original == self.log)
        {
            finishing.done.backup = Some(name);
            finishing.size = Some(0);
        }
        Ok(finishing)
    }

    fn finishing_lossless(&self, size: Option<u64>, backups: &Backups) -> Result<Option<Finishing>, RotateError> {
        let part = self.is_there(&self.part()).map_err(self.unfinished("look at its copy"))?;
        let (noted, intent) = self.read_intent()?;
        let Some(intent) = intent else {
            self.is_explained(part, noted)?;
            return Ok(None);
        };
        let mut finishing = Finishing::nothing(Method::Collapse, size, backups);
        let names = backups.file_names(self.log);
        let is_stale = self.has_stale_front(&intent).map_err(self.unfinished("read it"))?;
        if is_stale {
            if !part && intent.keep > 0 && !self.has_copy(&names, &intent)? {
                return Ok(Some(finishing));
            }
            if part || intent.keep == 0 {
                finishing.shifts(self, &backups.shift(intent.keep), part);
            }
            // Somebody may have packed it.
            let is_there = finishing.backups.numbers().next() == Some(1);
            finishing.done.backup = (intent.keep > 0 && is_there).then(|| self.newest());
            finishing.size = size.map(|size| size.saturating_sub(intent.cut));
            finishing.stale = intent.length;
        } else if part {
            if !self.original_is_there(&names, &intent).map_err(self.unfinished("read it"))? {
                finishing.shifts(self, &backups.shift(intent.keep.max(1)), true);
            }
        } else {
            let hole = self.hole(&intent).map_err(self.unfinished("read it"))?;
            finishing.size = size.map(|size| size.saturating_sub(hole));
        }
        Ok(Some(finishing))
    }

    fn has_stale_front(&self, intent: &Intent) -> io::Result<bool> {
        match self.disk.open(self.log, false) {
            Ok(log) => Ok(stale_front(&log, intent).is_some()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How much of a hole that an interrupted cut left in the log would be cut out.
    fn hole(&self, intent: &Intent) -> io::Result<u64> {
        if !self.is_the_one(self.log, intent)? {
            return Ok(0);
        }
        let hole = Hole::left_by(intent, &self.disk.open(self.log, false)?)?;
        Ok(hole.map_or(0, |hole| hole.cut()))
    }
}

/// How much may be written beside this file: root may also use what is set aside.
fn room(file: &File) -> io::Result<u64> {
    let space = fstatvfs(file)?;
    let blocks = if rustix::process::geteuid().is_root() { space.f_bfree } else { space.f_bavail };
    Ok(blocks.saturating_mul(space.f_frsize))
}
