//! Rotation without losing a line, under writers that keep the file open and append to it.
//!
//! The front of the file goes into a backup, and is then cut off while others append to its end. Before the cut, its
//! first bytes are stamped: so whoever finds the log after a crash can tell a front that is stale from one that is not,
//! and either finishes or starts again. [`super::intent`] lists the steps, and [`super::recovery`] what becomes of them
//! after a crash; each is durable before the next begins.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use data_encoding::HEXLOWER;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use super::attributes;
use super::backups::names_are_free;
use super::error::{Left, Refusal, RotateError};
use super::intent::{Intent, stale_front};
use super::lines::complete_lines;
use super::rotation::{Done, Rotation, failed};
use crate::logs::filesystem::FileSystem;

/// The smallest block that is tried, and the largest.
pub(super) const BLOCKS: std::ops::RangeInclusive<u32> = 12..=24;

impl Rotation<'_> {
    /// Cuts the front off; None where the log has no complete line yet, or only blank ones.
    pub fn collapse(&self, log: &File, system: &FileSystem, keep: u32) -> Result<Option<Done>, RotateError> {
        let Some(length) = complete_lines(log).map_err(self.unchanged("read it"))? else { return Ok(None) };
        names_are_free(self.disk, self.log, &self.path)?;
        let part = self.disk.create(&self.part()).map_err(self.unchanged("create its copy"))?;
        let (intent, lost) = self.prepare(log, &part, system, keep, length).inspect_err(|error| {
            if !error.is_unfinished() {
                self.give_up();
            }
        })?;
        // From here on there is no way back but forward.
        self.conclude(log, &intent, keep > 0).map(|done| Some(Done { lost, ..done }))
    }

    /// Steps 1 to 3: after them, the front is stale. What of the log's attributes could not be kept comes back as well.
    fn prepare(
        &self,
        log: &File,
        part: &File,
        system: &FileSystem,
        keep: u32,
        length: u64,
    ) -> Result<(Intent, Vec<String>), RotateError> {
        let block = self.block(part, system)?;
        if keep == 0 {
            self.disk.remove(&self.part()).map_err(self.unchanged("remove its copy"))?;
        }
        let own = log.metadata().map_err(self.unchanged("look at it"))?;
        let intent = intent(log, &own, block, keep, length).map_err(self.unchanged("read it"))?;
        let noted = intent.text().and_then(|text| self.note(&text, &own));
        noted.map_err(self.unchanged("note what is intended"))?;
        let mut lost = Vec::new();
        if keep > 0 {
            let mut copy = || {
                self.disk.copy(log, 0, length, part)?;
                lost = attributes::copy(log, part);
                self.disk.adopt(part, &own)?;
                self.disk.sync(part)
            };
            copy().map_err(self.unchanged("copy it"))?;
        }
        // Nobody was there between the copy and the stamp.
        self.is_not_replaced(&own)?;
        let stamped = self.disk.write_at(log, &intent.stamp(), 0);
        let state = if stale_front(log, &intent).is_some() { Left::Unfinished } else { Left::Unchanged };
        stamped.map_err(failed(&self.path, "write to it", state))?;
        self.disk.sync(log).map_err(self.unfinished("write to it"))?;
        Ok((intent, lost))
    }

    /// The smallest length that can be cut off, tried on the part while nothing is in it. Leaves it empty.
    fn block(&self, part: &File, system: &FileSystem) -> Result<u64, RotateError> {
        let unable = self.unchanged("try the file system");
        for exponent in BLOCKS {
            let block = 1 << exponent;
            self.disk.truncate(part, 2 * block).map_err(&unable)?;
            match self.disk.collapse(part, 0, block) {
                Ok(()) => {
                    self.disk.truncate(part, 0).map_err(&unable)?;
                    return Ok(block);
                }
                // Blocks are larger there.
                Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => {}
                Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => break,
                Err(error) => return Err(unable(error)),
            }
        }
        Err(self.refused(Refusal::FileSystem(system.name.clone())))
    }

    /// Steps 4 to 6: names the part, if it is still there, and takes the stale bytes out of the log.
    pub(super) fn conclude(&self, log: &File, intent: &Intent, part: bool) -> Result<Done, RotateError> {
        let mut done = Done::default();
        if part || intent.keep == 0 {
            done.removed = self.make_room(intent.keep).map_err(self.unfinished("move its backups up"))?;
        }
        let first = self.newest();
        if part {
            self.disk.rename(&self.part(), &first).map_err(self.unfinished("name its new backup"))?;
        }
        // Somebody may have packed it.
        if intent.keep > 0 && self.disk.look(&first).map_err(self.unfinished("look at its new backup"))?.is_some() {
            done.backup = Some(first);
        }
        let cut = || {
            self.disk.sync_names()?;
            self.take_out(log, intent)?;
            self.disk.remove(&self.intent())?;
            self.disk.sync_names()
        };
        cut().map_err(self.unfinished("cut off its front"))?;
        Ok(done)
    }

    /// Step 5.
    fn take_out(&self, log: &File, intent: &Intent) -> io::Result<()> {
        let stamp = to_u64(intent.stamp().len());
        // Where all is blanked and nothing cut, the stamp goes last: until then, what is stale can be told.
        let from = if intent.cut == 0 { stamp } else { intent.cut };
        self.blank(log, from, intent.length)?;
        self.disk.sync(log)?;
        if intent.cut == 0 {
            self.blank(log, 0, stamp)?;
        } else {
            self.disk.collapse(log, 0, intent.cut)?;
        }
        self.disk.sync(log)
    }

    fn blank(&self, log: &File, from: u64, to: u64) -> io::Result<()> {
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        if length == 0 { Ok(()) } else { self.disk.write_at(log, &vec![b'\n'; length], from) }
    }
}

/// What is intended with a log of these many whole lines.
fn intent(log: &File, own: &Metadata, block: u64, keep: u32, length: u64) -> io::Result<Intent> {
    let whole = length / block * block;
    // A cut may not reach the end of the file.
    let cut = if whole >= own.size() { whole - block } else { whole };
    let mut intent = Intent {
        length,
        // The hole of one block, should the cut be interrupted, could be filled by those who append.
        cut: if cut < 2 * block { 0 } else { cut },
        nonce: nonce()?,
        head: String::new(),
        keep,
        block,
        inode: own.ino(),
        hole: None,
    };
    let mut head = vec![0; intent.stamp().len()];
    log.read_exact_at(&mut head, 0)?;
    intent.head = HEXLOWER.encode(&head);
    Ok(intent)
}

fn nonce() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(HEXLOWER.encode(&bytes))
}

pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
