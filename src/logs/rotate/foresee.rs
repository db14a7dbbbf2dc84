//! What a rotation would do, found out without changing anything and without the lock: its row, or the refusal with
//! which it would end. What only the attempt shows, such as a disk that fails, can't be known.

use std::ffi::OsStr;
use std::fs::File;
use std::io;

use rustix::fs::fstatvfs;
use rustix::io::Errno;

use super::backups::{Backups, backup_name, names_are_free};
use super::error::{Left, RotateError};
use super::hole::Hole;
use super::intent::{Intent, intent_name, lock_name, part_name, stale_front};
use super::lossless::{Done, Lossless, complete_lines, failed};
use super::simple::Simple;
use super::{Disk, Method, Outcome, Run};
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

impl Run<'_> {
    /// What would be done with a log of this size, beside which something may be left of an earlier run.
    pub(super) fn foresee(&self, size: Option<u64>, left: bool) -> Result<Outcome, RotateError> {
        let log = self.request.log;
        let lock = self.path.with_file_name(lock_name(log));
        if let Some(holder) = self.folder.lock_holder(log) {
            return Err(LockError::Held { path: lock, holder }.into());
        }
        self.folder.may_change().map_err(|source| LockError::Unable { path: lock, source })?;
        let names = self.folder.names().map_err(self.failed("list its folder"))?;
        let backups = Backups::of(log, &names);
        let finishing = if left { self.finishing(size, &backups)? } else { None };
        let (size, stale) = finishing.as_ref().map_or((size, 0), |finishing| (finishing.size, finishing.stale));
        let backups = finishing.as_ref().map_or(backups, |finishing| finishing.backups.clone());
        let finished = finishing.map(|finishing| finishing.done);
        // Where finishing leaves nothing of the log, there is nothing more to do.
        if !self.is_due(size) || (size == Some(0) && finished.is_some()) {
            return Ok(self.outcome(size, finished, None, false));
        }
        let file = self.open()?;
        let lines = complete_lines(&file).map_err(self.failed("read it"))?.filter(|lines| *lines > stale);
        let Some(lines) = lines else {
            let has_no_line = self.ends_in_a_line()?;
            return Ok(self.outcome(size, finished, None, has_no_line));
        };
        names_are_free(self.folder, log, &self.path)?;
        let copied = if self.request.method == Method::Collapse { lines - stale } else { size.unwrap_or(0) };
        if self.request.keep > 0 && self.request.method != Method::Rename && room(&file).is_ok_and(|room| room < copied)
        {
            return Err(self.failed("copy it")(Errno::NOSPC.into()));
        }
        let rotated = Done {
            method: self.request.method,
            backup: (self.request.keep > 0).then(|| backup_name(log, 1)),
            removed: backups.shift(self.request.keep).removed(log),
            lost: Vec::new(),
        };
        Ok(self.outcome(size, finished, Some(rotated), false))
    }

    fn finishing(&self, size: Option<u64>, backups: &Backups) -> Result<Option<Finishing>, RotateError> {
        let log = self.request.log;
        let simple = Simple { disk: self.folder, log, path: self.path.clone() };
        match simple.finishing(size, backups).map_err(self.failed("look at what an earlier run left"))? {
            None => Lossless { disk: self.folder, log, path: self.path.clone() }.finishing(size, backups),
            finishing => Ok(finishing),
        }
    }

    fn failed(&self, doing: &'static str) -> impl Fn(io::Error) -> RotateError {
        failed(&self.path, doing, Left::Unchanged)
    }
}

impl Lossless<'_> {
    /// What finishing what an earlier run left would come to; None where it left nothing that mattered.
    fn finishing(&self, size: Option<u64>, backups: &Backups) -> Result<Option<Finishing>, RotateError> {
        let unfinished = |doing| failed(&self.path, doing, Left::Unfinished);
        let look = |name: &OsStr| self.disk.look(name).map_err(unfinished("look at its copy"));
        let (part, noted) = (look(&part_name(self.log))?.is_some(), look(&intent_name(self.log))?.is_some());
        let intent = if noted {
            let file = self.disk.open(&intent_name(self.log), false);
            file.and_then(Intent::read).map_err(unfinished("read what was intended"))?
        } else {
            None
        };
        let Some(intent) = intent else {
            self.is_explained(part, noted)?;
            return Ok(None);
        };
        let mut finishing = Finishing { done: Done::default(), size, stale: 0, backups: backups.clone() };
        let names: Vec<_> = backups.numbers().map(|number| backup_name(self.log, number)).collect();
        let look_at_log = || {
            let is_stale = match self.disk.open(self.log, false) {
                Ok(log) => stale_front(&log, &intent).is_some(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(error) => return Err(error),
            };
            let hole = if is_stale || part { 0 } else { self.hole(&intent)? };
            Ok((is_stale, is_stale || !part || self.original_is_there(&names, &intent)?, hole))
        };
        let (is_stale, has_original, hole) = look_at_log().map_err(unfinished("read it"))?;
        let has_copy = part || intent.keep == 0 || (is_stale && self.has_copy(&names, &intent)?);
        let names_part = if is_stale { has_copy && part } else { !has_original };
        if names_part || (is_stale && intent.keep == 0) {
            let shift = backups.shift(if is_stale { intent.keep } else { intent.keep.max(1) });
            finishing.done.removed = shift.removed(self.log);
            finishing.backups = backups.after(&shift, names_part);
        }
        if names_part || (is_stale && has_copy && intent.keep > 0) {
            finishing.done.backup = Some(backup_name(self.log, 1));
        }
        let cut = if is_stale && has_copy { intent.cut } else { hole };
        finishing.size = size.map(|size| size.saturating_sub(cut));
        if is_stale && has_copy {
            finishing.stale = intent.length;
        }
        Ok(Some(finishing))
    }

    /// How much of a hole that an interrupted cut left in the log would be cut out.
    fn hole(&self, intent: &Intent) -> io::Result<u64> {
        if self.disk.look(self.log)?.is_none_or(|seen| !seen.is_file() || seen.id.1 != intent.inode) {
            return Ok(0);
        }
        let file = self.disk.open(self.log, false)?;
        let known = match intent.hole {
            Some(hole) if hole.is_in_place(&file)? => Some(hole),
            Some(hole) => Hole::find(&file, hole.from, hole.cut(), intent.block)?,
            None => Hole::find(&file, 0, intent.cut, intent.block)?,
        };
        Ok(known.map_or(0, |hole| hole.cut()))
    }
}

/// How much may be written beside this file: root may also use what is set aside.
fn room(file: &File) -> io::Result<u64> {
    let space = fstatvfs(file)?;
    let blocks = if rustix::process::geteuid().is_root() { space.f_bfree } else { space.f_bavail };
    Ok(blocks.saturating_mul(space.f_frsize))
}
