//! Rotation without losing a line, under writers that keep the file open and append to it.
//!
//! The front of the file goes into a backup, and is then cut off while others append to its end. Before the cut, its
//! first bytes are stamped: so whoever finds the log after a crash can tell a front that is stale from one that is not,
//! and either finishes or starts again. [`super::intent`] lists the steps; each is durable before the next begins.
//!
//! After a crash:
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
//! again with the bytes that the intent keeps, unless a packed backup has it; and a stamped log that the service itself has rotated since is looked for
//! among the backups.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use super::Method;
use super::attributes;
use super::backups::{Backups, backup_name, names_are_free};
use super::disk::Disk;
use super::error::{Left, Refusal, RotateError};
use super::hole::Hole;
use super::intent::{Intent, intent_name, part_name, stale_front};
use crate::logs::filesystem::FileSystem;
use crate::logs::input;

/// What every stamp begins with.
const STAMP: &[u8] = b"#auditctl:stale:";
/// The smallest block that is tried, and the largest.
const BLOCKS: std::ops::RangeInclusive<u32> = 12..=24;

/// A rotation of one log.
pub struct Lossless<'a> {
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

impl<'a> Lossless<'a> {
    /// Rotates; None where the log has no complete line yet, or only blank ones.
    pub fn rotate(&self, log: &File, system: &FileSystem, keep: u32) -> Result<Option<Done>, RotateError> {
        let unchanged = |doing| self.failed(doing, Left::Unchanged);
        let Some(length) = complete_lines(log).map_err(unchanged("read it"))? else { return Ok(None) };
        names_are_free(self.disk, self.log, &self.path)?;
        let (intent, lost) = self.prepare(log, system, keep, length).inspect_err(|error| {
            if !error.is_unfinished() {
                self.forget();
            }
        })?;
        // From here on there is no way back but forward.
        self.conclude(log, &intent, keep > 0).map(|done| Some(Done { lost, ..done }))
    }

    /// Steps 1 to 3: after them, the front is stale.
    fn prepare(
        &self,
        log: &File,
        system: &FileSystem,
        keep: u32,
        length: u64,
    ) -> Result<(Intent, Vec<String>), RotateError> {
        let unchanged = |doing| self.failed(doing, Left::Unchanged);
        let part = self.disk.create(&self.part()).map_err(unchanged("create its copy"))?;
        let block = self.block(&part, system)?;
        if keep == 0 {
            self.disk.remove(&self.part()).map_err(unchanged("remove its copy"))?;
        }
        let own = log.metadata().map_err(unchanged("look at it"))?;
        let whole = length / block * block;
        let cut = if whole >= own.size() { whole - block } else { whole };
        let mut intent = Intent {
            length,
            // The hole of one block, should the cut be interrupted, could be filled by those who append.
            cut: if cut < 2 * block { 0 } else { cut },
            nonce: nonce().map_err(unchanged("ask for chance"))?,
            head: String::new(),
            keep,
            block,
            inode: own.ino(),
            hole: None,
        };
        let mut head = vec![0; intent.stamp().len()];
        log.read_exact_at(&mut head, 0).map_err(unchanged("read it"))?;
        intent.head = HEXLOWER.encode(&head);

        let text = intent.text().map_err(unchanged("note what is intended"))?;
        let note = || {
            let file = self.disk.create(&intent_name(self.log))?;
            self.disk.write_at(&file, &text, 0)?;
            self.disk.adopt(&file, &own)?;
            self.disk.sync(&file)?;
            self.disk.sync_names()
        };
        note().map_err(unchanged("note what is intended"))?;

        let mut lost = Vec::new();
        if keep > 0 {
            let mut copy = || {
                self.disk.copy(log, 0, length, &part)?;
                lost = attributes::copy(log, &part);
                self.disk.adopt(&part, &own)?;
                self.disk.sync(&part)
            };
            copy().map_err(unchanged("copy it"))?;
        }

        // Whoever rotates it as well, by renaming or by cutting it short, was not there between here and the stamp.
        let seen = self.disk.look(self.log).map_err(unchanged("look at it"))?;
        if seen.is_none_or(|seen| seen.id != (own.dev(), own.ino()) || seen.size < own.size()) {
            return Err(RotateError::Refused { path: self.path.clone(), why: Refusal::Replaced });
        }
        let stamped = self.disk.write_at(log, &intent.stamp(), 0);
        let state = if stale_front(log, &intent).is_some() { Left::Unfinished } else { Left::Unchanged };
        stamped.map_err(self.failed("write to it", state))?;
        self.disk.sync(log).map_err(self.unfinished("write to it"))?;
        Ok((intent, lost))
    }

    /// The smallest length that can be cut off, tried on the part while nothing is in it. Leaves it empty.
    fn block(&self, part: &File, system: &FileSystem) -> Result<u64, RotateError> {
        let unchanged = |doing| self.failed(doing, Left::Unchanged);
        for exponent in BLOCKS {
            let block = 1 << exponent;
            self.disk.truncate(part, 2 * block).map_err(unchanged("try the file system"))?;
            match self.disk.collapse(part, 0, block) {
                Ok(()) => {
                    self.disk.truncate(part, 0).map_err(unchanged("try the file system"))?;
                    return Ok(block);
                }
                // Blocks are larger there.
                Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => {}
                Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => break,
                Err(error) => return Err(unchanged("try the file system")(error)),
            }
        }
        Err(RotateError::Refused { path: self.path.clone(), why: Refusal::FileSystem(system.name.clone()) })
    }

    /// Steps 4 to 6: names the part, if it is still there, and takes the stale bytes out of the log.
    fn conclude(&self, log: &File, intent: &Intent, part: bool) -> Result<Done, RotateError> {
        let mut done = Done::default();
        if part || intent.keep == 0 {
            done.removed = self.make_room(intent.keep).map_err(self.unfinished("move its backups up"))?;
        }
        let first = backup_name(self.log, 1);
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
            self.disk.remove(&intent_name(self.log))?;
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

    fn make_room(&self, keep: u32) -> io::Result<Vec<OsString>> {
        let backups = Backups::of(self.log, &self.disk.names()?);
        backups.shift(keep).carry_out(self.disk, self.log)
    }

    /// Finishes what an earlier run left; None where it left nothing that mattered.
    pub fn finish(&self) -> Result<Option<Done>, RotateError> {
        let unfinished = |doing| self.unfinished(doing);
        let part = self.disk.look(&self.part()).map_err(unfinished("look at its copy"))?.is_some();
        let noted = match self.disk.open(&intent_name(self.log), false) {
            Ok(file) => Some(Intent::read(&file).map_err(unfinished("read what was intended"))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unfinished("read what was intended")(error)),
        };
        let Some(intent) = noted.clone().flatten() else {
            if !part && noted.is_none() {
                return Ok(None);
            }
            self.is_explained(part, noted.is_some())?;
            // It was not written to its end: nothing had been done.
            self.drop_all(part, noted.is_some()).map_err(unfinished("remove what an earlier run left"))?;
            return Ok(None);
        };
        self.go_on(&intent, part).map(Some)
    }

    fn go_on(&self, intent: &Intent, part: bool) -> Result<Done, RotateError> {
        let unfinished = |doing| self.unfinished(doing);
        let names = self.disk.names().map_err(unfinished("list its folder"))?;
        let backups: Vec<OsString> =
            Backups::of(self.log, &names).numbers().map(|n| backup_name(self.log, n)).collect();
        if let Some(log) = self.open_stamped(self.log, intent).map_err(unfinished("open it"))? {
            if part || intent.keep == 0 || self.has_copy(&backups, intent)? {
                self.is_whole(&log, intent)?;
                return self.conclude(&log, intent, part);
            }
            return self.restore(&log, intent, part).map_err(unfinished("make its front whole again"));
        }
        // A short stamp is no proof of anything in another file.
        if to_u64(intent.stamp().len()) < intent.length {
            for name in &backups {
                let Some(log) = self.open_stamped(name, intent).map_err(unfinished("open its backups"))? else {
                    continue;
                };
                let has_copy = intent.keep == 0 || (!part && self.has_copy(&backups, intent)?);
                self.is_whole(&log, intent)?;
                return if has_copy {
                    self.conclude(&log, intent, false)
                } else {
                    self.restore(&log, intent, part).map_err(unfinished("make the front of a backup whole again"))
                };
            }
        }
        if part && !self.original_is_there(&backups, intent).map_err(unfinished("read it"))? {
            // Nobody else has these lines any more.
            let name_it = || {
                self.disk.sync(&self.disk.open(&self.part(), false)?)?;
                let removed = self.make_room(intent.keep.max(1))?;
                let first = backup_name(self.log, 1);
                self.disk.rename(&self.part(), &first)?;
                self.drop_all(false, true)?;
                Ok(Done { backup: Some(first), removed, ..Done::default() })
            };
            return name_it().map_err(unfinished("name its new backup"));
        }
        if !part {
            self.close_hole(&backups, intent).map_err(unfinished("take out what was cut off"))?;
        }
        self.drop_all(part, true).map_err(unfinished("remove what an earlier run left"))?;
        Ok(Done::default())
    }

    /// Takes out the hole that the cut left, if it was interrupted in the kernel.
    fn close_hole(&self, backups: &[OsString], intent: &Intent) -> io::Result<()> {
        // The service may have rotated the log since.
        for name in std::iter::once(self.log).chain(backups.iter().map(OsString::as_os_str)) {
            if self.disk.look(name)?.is_none_or(|seen| !seen.is_file() || seen.id.1 != intent.inode) {
                continue;
            }
            let file = self.disk.open(name, true)?;
            self.disk.sync(&file)?;
            let known = match intent.hole {
                Some(hole) if hole.is_in_place(&file)? => Some(hole),
                // What was cut out of it may have left another, behind what it had behind it.
                Some(hole) => Hole::find(&file, hole.from, hole.cut(), intent.block)?,
                None => Hole::find(&file, 0, intent.cut, intent.block)?,
            };
            let Some(hole) = known else { break };
            if intent.hole != known {
                Intent::note_hole(self.disk, &self.disk.open(&intent_name(self.log), true)?, hole)?;
            }
            hole.take_out(self.disk, &file)?;
        }
        Ok(())
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

    /// An intent that promises more than the file has is not this file's.
    fn is_whole(&self, log: &File, intent: &Intent) -> Result<(), RotateError> {
        let size = log.metadata().map_err(self.unfinished("look at it"))?.size();
        let fits = intent.length <= size
            && intent.cut < size
            && (intent.cut == 0 || intent.cut >= to_u64(intent.stamp().len()));
        if fits {
            return Ok(());
        }
        let why = Refusal::Unreadable(self.path.with_file_name(intent_name(self.log)));
        Err(RotateError::Refused { path: self.path.clone(), why })
    }

    /// Whether one of the backups is the copy of the stale bytes. One that can't be unpacked may be it.
    pub(super) fn has_copy(&self, backups: &[OsString], intent: &Intent) -> Result<bool, RotateError> {
        if self.copy_among(backups, intent).map_err(self.unfinished("read its backups"))? {
            return Ok(true);
        }
        let names = self.disk.names().map_err(self.unfinished("list its folder"))?;
        match names.into_iter().find(|name| packed(self.log, name) == Some(Packed::Elsewhere)) {
            Some(name) => {
                let why = Refusal::Packed(self.path.with_file_name(name));
                Err(RotateError::Refused { path: self.path.clone(), why })
            }
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
        for name in std::iter::once(self.log).chain(backups.iter().map(OsString::as_os_str)) {
            if self.disk.look(name)?.is_some_and(|seen| seen.size >= intent.length) && self.begins_as(name, intent)? {
                return Ok(true);
            }
        }
        Ok(false)
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
        read.is_ok() && front == STAMP
    }

    /// Without an intent that can be read: whether what is there is this program's to remove.
    pub(super) fn is_explained(&self, part: bool, noted: bool) -> Result<(), RotateError> {
        let refused = |why| Err(RotateError::Refused { path: self.path.clone(), why });
        if self.is_stamped_by_anybody() {
            return refused(Refusal::Unreadable(self.path.with_file_name(intent_name(self.log))));
        }
        // What an intent does not explain, and no run leaves without one, is somebody else's.
        if part && !noted && !self.is_empty_copy().map_err(self.unfinished("look at its copy"))? {
            return refused(Refusal::Stranger(self.path.with_file_name(self.part())));
        }
        Ok(())
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

    /// After a failure before the stamp.
    fn forget(&self) {
        let there = |name: &OsStr| self.disk.look(name).is_ok_and(|seen| seen.is_some());
        // Best effort: what stays behind is dropped by the next run.
        let _ = self.drop_all(there(&self.part()), there(&intent_name(self.log)));
    }

    fn drop_all(&self, part: bool, intent: bool) -> io::Result<()> {
        // The part first: without an intent, nothing else would say what it is.
        if part {
            self.disk.remove(&self.part())?;
        }
        if intent {
            self.disk.remove(&intent_name(self.log))?;
        }
        self.disk.sync_names()
    }

    fn part(&self) -> OsString {
        part_name(self.log)
    }

    fn failed(&self, doing: &'static str, state: Left) -> impl Fn(io::Error) -> RotateError + use<'_> {
        failed(&self.path, doing, state)
    }

    fn unfinished(&self, doing: &'static str) -> impl Fn(io::Error) -> RotateError + use<'_> {
        failed(&self.path, doing, Left::Unfinished)
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
    match name.extension()?.to_str()? {
        "gz" | "zst" => Some(Packed::Here),
        "xz" | "bz2" | "lz4" | "lzma" | "lz" | "br" | "zip" | "7z" | "Z" => Some(Packed::Elsewhere),
        _ => None,
    }
}

/// From what the system said to what the user reads.
pub(super) fn failed(path: &Path, doing: &'static str, state: Left) -> impl Fn(io::Error) -> RotateError {
    move |error| RotateError::Failed { path: path.to_owned(), doing, error, state }
}

/// Where the last complete line ends; None where there is none yet, or only blank ones.
pub(super) fn complete_lines(log: &File) -> io::Result<Option<u64>> {
    let length = end_of_lines(log)?;
    Ok(if length == 0 || is_filler(log, length)? { None } else { Some(length) })
}

fn end_of_lines(log: &File) -> io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let mut end = log.metadata()?.size();
    let mut chunk = vec![0; 1 << 16];
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let bytes = &mut chunk[..usize::try_from(end - start).unwrap_or_default()];
        log.read_exact_at(bytes, start)?;
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            return Ok(start + to_u64(at) + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Whether there is nothing before this offset but the line breaks that the last rotation left.
fn is_filler(log: &File, length: u64) -> io::Result<bool> {
    // It leaves less than three blocks of them.
    if length > 1 << 16 {
        return Ok(false);
    }
    let mut lines = vec![0; usize::try_from(length).unwrap_or_default()];
    log.read_exact_at(&mut lines, 0)?;
    Ok(lines.iter().all(|byte| *byte == b'\n'))
}

fn nonce() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(HEXLOWER.encode(&bytes))
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
