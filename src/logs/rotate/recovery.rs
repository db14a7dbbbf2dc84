//! What the next run does with a rotation by [`super::lossless`] that a crash has left half done.
//!
//! | the front | the part | so | the next run |
//! |---|---|---|---|
//! | not stamped | there | the copy was not used yet | drops it |
//! | stamped | there | the backup has no name yet | moves the backups up, names it, cuts |
//! | stamped | gone | the backup has its name | cuts |
//! | not stamped | gone | all is done, or a hole is where the cut was interrupted | takes it out, removes the intent |
//!
//! A part without an intent is this program's only while nothing is in it; any other is somebody else's, and stays.
//!
//! What an earlier run did need not be durable yet: it may have been killed between a step and its fsync, and then the
//! power goes while the next run is at work. So that one makes what it finds durable before it builds on it.
//!
//! Two more cases come from others who are at work in the folder: a stamped front whose copy is nowhere is made whole
//! again with the bytes that the intent keeps, unless a packed backup has it; and a stamped log that the service itself
//! has rotated since is looked for among the backups.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

use super::error::{Refusal, RotateError};
use super::hole::Hole;
use super::intent::{Intent, STAMP, stale_front};
use super::lossless::{BLOCKS, to_u64};
use super::rotation::{Done, Rotation};
use crate::logs::files::is_packed;
use crate::logs::foreign::unpacker;
use crate::logs::input;

impl Rotation<'_> {
    /// Finishes what an earlier run left; None where it left nothing that mattered.
    pub(super) fn finish_lossless(&self) -> Result<Option<Done>, RotateError> {
        let part = self.is_there(&self.part()).map_err(self.unfinished("look at its copy"))?;
        let (noted, intent) = self.read_intent()?;
        let Some(intent) = intent else {
            if !part && !noted {
                return Ok(None);
            }
            self.is_explained(part, noted)?;
            // It was not written to its end: nothing had been done.
            self.drop_all(part, noted).map_err(self.unfinished("remove what an earlier run left"))?;
            return Ok(None);
        };
        self.go_on(&intent, part).map(Some)
    }

    /// Whether there is an intent, and what it says, if it was written to its end.
    pub(super) fn read_intent(&self) -> Result<(bool, Option<Intent>), RotateError> {
        let read = match self.disk.open(&self.intent(), false) {
            Ok(file) => Intent::read(file).map(|intent| (true, intent)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((false, None)),
            Err(error) => Err(error),
        };
        read.map_err(self.unfinished("read what was intended"))
    }

    /// What stood in the log may be in the log, in a file that was the log once, in the part, or in a backup.
    fn go_on(&self, intent: &Intent, part: bool) -> Result<Done, RotateError> {
        let backups = self.backups().map_err(self.unfinished("list its folder"))?.file_names(self.log);
        if let Some(log) = self.open_stamped(self.log, intent).map_err(self.unfinished("open it"))? {
            return if part || intent.keep == 0 || self.has_copy(&backups, intent)? {
                self.is_whole(&log, intent)?;
                self.conclude(&log, intent, part)
            } else {
                self.restore(&log, intent, part).map_err(self.unfinished("make its front whole again"))
            };
        }
        if let Some(log) = self.stamped_backup(&backups, intent).map_err(self.unfinished("open its backups"))? {
            let has_copy = intent.keep == 0 || (!part && self.has_copy(&backups, intent)?);
            self.is_whole(&log, intent)?;
            return if has_copy {
                self.conclude(&log, intent, false)
            } else {
                self.restore(&log, intent, part).map_err(self.unfinished("make the front of a backup whole again"))
            };
        }
        if part && !self.original_is_there(&backups, intent).map_err(self.unfinished("read it"))? {
            return self.name_part(intent).map_err(self.unfinished("name its new backup"));
        }
        if !part {
            self.close_hole(&backups, intent).map_err(self.unfinished("take out what was cut off"))?;
        }
        self.drop_all(part, true).map_err(self.unfinished("remove what an earlier run left"))?;
        Ok(Done::default())
    }

    /// Makes the part a backup: nobody else has its lines any more.
    fn name_part(&self, intent: &Intent) -> io::Result<Done> {
        self.disk.sync(&self.disk.open(&self.part(), false)?)?;
        let removed = self.make_room(intent.keep.max(1))?;
        self.disk.rename(&self.part(), &self.newest())?;
        self.drop_all(false, true)?;
        Ok(Done { backup: Some(self.newest()), removed, ..Done::default() })
    }

    /// Takes out the hole that the cut left, if it was interrupted in the kernel.
    fn close_hole(&self, backups: &[OsString], intent: &Intent) -> io::Result<()> {
        // The service may have rotated the log since.
        for name in self.and_log(backups) {
            if !self.is_the_one(name, intent)? {
                continue;
            }
            let file = self.disk.open(name, true)?;
            self.disk.sync(&file)?;
            let Some(hole) = Hole::left_by(intent, &file)? else { break };
            if intent.hole != Some(hole) {
                Intent::note_hole(self.disk, &self.disk.open(&self.intent(), true)?, hole)?;
            }
            hole.take_out(self.disk, &file)?;
        }
        Ok(())
    }

    /// Whether the file of this name is the one that the intent was made for.
    pub(super) fn is_the_one(&self, name: &OsStr, intent: &Intent) -> io::Result<bool> {
        Ok(self.disk.look(name)?.is_some_and(|seen| seen.is_file() && seen.id.1 == intent.inode))
    }

    /// The file of this name, open to write, if its front has the stamp. Either is durable from now on.
    fn open_stamped(&self, name: &OsStr, intent: &Intent) -> io::Result<Option<File>> {
        let file = match self.disk.open(name, true) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        self.disk.sync(&file)?;
        Ok(stale_front(&file, intent).map(|_| file))
    }

    /// The backup that has the stamp, where the service has rotated its log since.
    fn stamped_backup(&self, backups: &[OsString], intent: &Intent) -> io::Result<Option<File>> {
        // A short stamp is no proof of anything in another file.
        if to_u64(intent.stamp().len()) >= intent.length {
            return Ok(None);
        }
        for name in backups {
            if let Some(log) = self.open_stamped(name, intent)? {
                return Ok(Some(log));
            }
        }
        Ok(None)
    }

    /// An intent that promises more than the file has, or more line breaks than two blocks have, is not this file's.
    fn is_whole(&self, log: &File, intent: &Intent) -> Result<(), RotateError> {
        let size = log.metadata().map_err(self.unfinished("look at it"))?.size();
        let fits = intent.length <= size
            && intent.cut < size
            && intent.length - intent.cut <= 2 << BLOCKS.end()
            && (intent.cut == 0 || intent.cut >= to_u64(intent.stamp().len()));
        if fits { Ok(()) } else { Err(self.unreadable()) }
    }

    /// Whether one of the backups is the copy of the stale bytes. One that can't be unpacked may be it.
    pub(super) fn has_copy(&self, backups: &[OsString], intent: &Intent) -> Result<bool, RotateError> {
        if self.copy_among(backups, intent).map_err(self.unfinished("read its backups"))? {
            return Ok(true);
        }
        let names = self.disk.names().map_err(self.unfinished("list its folder"))?;
        match names.into_iter().find(|name| packed(self.log, name) == Some(Packed::Elsewhere)) {
            Some(name) => Err(self.refused(Refusal::Packed(self.path.with_file_name(name)))),
            None => Ok(false),
        }
    }

    fn copy_among(&self, backups: &[OsString], intent: &Intent) -> io::Result<bool> {
        for name in backups {
            if self.disk.look(name)?.is_some_and(|seen| seen.size == intent.length) && self.begins_as(name, intent)? {
                return Ok(true);
            }
        }
        for name in self.disk.names()? {
            if packed(self.log, &name) == Some(Packed::Here)
                && self.disk.look(&name)?.is_some_and(|seen| seen.is_file())
                && self.unpacks_to_the_copy(self.disk.open(&name, false)?, intent)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether somebody has packed the copy since, before the log was cut.
    fn unpacks_to_the_copy(&self, file: File, intent: &Intent) -> io::Result<bool> {
        // Nothing else will be left of these lines: whoever packed them may not have waited for the disk.
        self.disk.sync(&file)?;
        let unpacked = || {
            let mut bytes = input::stream(file, &Arc::default())?.take(intent.length + 1);
            let mut head = vec![0; intent.covered().len()];
            bytes.read_exact(&mut head)?;
            let rest = if head == intent.covered() { io::copy(&mut bytes, &mut io::sink())? } else { 0 };
            Ok::<_, io::Error>(to_u64(head.len()) + rest)
        };
        // What can't be unpacked is no copy.
        Ok(unpacked().is_ok_and(|length| length == intent.length))
    }

    /// Whether the file that was copied is still there, under one name or another, as it was.
    pub(super) fn original_is_there(&self, backups: &[OsString], intent: &Intent) -> io::Result<bool> {
        for name in self.and_log(backups) {
            if self.disk.look(name)?.is_some_and(|seen| seen.size >= intent.length) && self.begins_as(name, intent)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The log, and these backups.
    fn and_log<'n>(&'n self, backups: &'n [OsString]) -> impl Iterator<Item = &'n OsStr> {
        std::iter::once(self.log).chain(backups.iter().map(OsString::as_os_str))
    }

    fn begins_as(&self, name: &OsStr, intent: &Intent) -> io::Result<bool> {
        let head = intent.covered();
        let mut front = vec![0; head.len()];
        let file = self.disk.open(name, false)?;
        Ok(file.read_exact_at(&mut front, 0).is_ok() && front == head)
    }

    /// Takes the stamp back.
    fn restore(&self, log: &File, intent: &Intent, part: bool) -> io::Result<Done> {
        self.disk.write_at(log, &intent.covered(), 0)?;
        self.disk.sync(log)?;
        self.drop_all(part, true)?;
        Ok(Done::default())
    }

    fn is_stamped_by_anybody(&self) -> bool {
        let mut front = [0; STAMP.len()];
        let read = self.disk.open(self.log, false).and_then(|file| file.read_exact_at(&mut front, 0));
        read.is_ok() && front == STAMP.as_bytes()
    }

    /// Without an intent that can be read: whether what is there is this program's to remove.
    pub(super) fn is_explained(&self, part: bool, noted: bool) -> Result<(), RotateError> {
        if self.is_stamped_by_anybody() {
            return Err(self.unreadable());
        }
        // What an intent does not explain, and no run leaves without one, is somebody else's.
        if part && !noted && !self.is_empty_copy().map_err(self.unfinished("look at its copy"))? {
            return Err(self.refused(Refusal::Stranger(self.path.with_file_name(self.part()))));
        }
        Ok(())
    }

    fn unreadable(&self) -> RotateError {
        self.refused(Refusal::Unreadable(self.path.with_file_name(self.intent())))
    }

    /// Whether the part is one in which nothing was copied yet: empty, or as long as the blocks that were tried.
    fn is_empty_copy(&self) -> io::Result<bool> {
        let most = 2_u64 << BLOCKS.end();
        if !self.disk.look(&self.part())?.is_some_and(|seen| seen.is_file() && seen.size <= most) {
            return Ok(false);
        }
        let mut bytes = Vec::new();
        self.disk.open(&self.part(), false)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes.iter().all(|byte| *byte == 0))
    }
}

/// How a backup is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packed {
    /// As it can be unpacked here.
    Here,
    /// As others can.
    Elsewhere,
}

/// How a backup of this log is packed, by its name: the log's, a number or a time, and an ending.
fn packed(log: &OsStr, name: &OsStr) -> Option<Packed> {
    let name = Path::new(name);
    let rest = name.file_stem()?.as_bytes().strip_prefix(log.as_bytes())?;
    let number = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b"-"))?;
    if number.is_empty() || !number.iter().all(|byte| byte.is_ascii_digit() || b"-_T:".contains(byte)) {
        return None;
    }
    if is_packed(name) {
        return Some(Packed::Here);
    }
    // What brotli packs nothing tells but its ending.
    let ending = name.extension()?.to_str()?;
    (ending == "br" || unpacker(ending).is_some()).then_some(Packed::Elsewhere)
}
