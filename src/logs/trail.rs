//! A log and its backups as they lie there now, and where in them the bytes are that once stood in the log.
//!
//! A backup that was copied out of the log has the same bytes at the same places as the log had. What followed them goes
//! on in the next younger file: at its beginning where the log was emptied, and behind some line breaks where
//! `auditctl rotate` took the front off it: those stand for what did not fill a block of the file system. So all of
//! them, one behind the other, are what the log would be had it never been rotated. Knows files; knows nothing of who reads them.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files;
use super::input::{self, stale};
use super::rotate::intent::{Intent, lock_name, part_name};
use crate::lock::Holder;

/// Blocks of file systems: the usual one and the largest that is looked for, as powers of two.
const BLOCKS: std::ops::RangeInclusive<u32> = 12..=16;

/// What tells a file from all others that are there.
pub type Id = (u64, u64);

/// The device of a file and its number there.
pub fn id(file: &File) -> io::Result<Id> {
    file.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The same of what has this name, if anything has.
pub fn id_of(path: &Path) -> Option<Id> {
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The name of the newest backup, as Python and `auditctl rotate` give it.
pub fn first_backup(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// One of the files.
#[derive(Debug)]
pub struct Sibling {
    /// The file as it lies there.
    pub file: File,
    /// What tells it from others.
    pub id: Id,
    is_packed: bool,
    unpacked: OnceCell<File>,
}

impl Sibling {
    fn open(path: &Path) -> io::Result<Sibling> {
        let file = File::open(path)?;
        Ok(Sibling { id: id(&file)?, file, is_packed: files::is_packed(path), unpacked: OnceCell::new() })
    }

    /// Its bytes; those of a packed file are unpacked into a file without a name.
    pub fn plain(&self) -> io::Result<&File> {
        if !self.is_packed {
            return Ok(&self.file);
        }
        if let Some(file) = self.unpacked.get() {
            return Ok(file);
        }
        let mut file = tempfile::tempfile()?;
        io::copy(&mut input::stream(self.file.try_clone()?, &Arc::default())?, &mut file)?;
        Ok(self.unpacked.get_or_init(|| file))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.plain()?.metadata()?.len())
    }
}

/// Where a byte of the log is now.
#[derive(Debug)]
pub struct Found {
    /// In which of the files: the log, then the backups.
    pub index: usize,
    /// Where in it.
    pub at: u64,
    /// The bytes before it there, as far as they are known.
    pub before: Vec<u8>,
}

/// A log and its backups.
#[derive(Debug)]
pub struct Trail {
    /// The log, where something has its name.
    pub log: Option<Sibling>,
    /// The file of the first backup's name.
    pub first: Option<Id>,
    /// How many bytes at its front are in a backup already: a rotation was interrupted.
    stale: u64,
    /// The newest first.
    pub backups: Vec<Sibling>,
}

impl Trail {
    /// What there is now; None while names are being changed.
    pub fn of(log: &Path) -> io::Result<Option<Trail>> {
        let open = |path: &Path| match Sibling::open(path) {
            Ok(sibling) => Ok(Some(sibling)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        // One that is another by then shows as such when it is looked at next.
        let first = id_of(&first_backup(log));
        let own = open(log)?;
        let mut names = files::backups(log);
        let stale = own.as_ref().map_or(0, |own| stale(log, &own.file));
        if stale > 0
            && let Some(part) = log.file_name().map(|name| log.with_file_name(part_name(name)))
            && part.exists()
        {
            names.insert(0, part);
        }
        let mut backups = Vec::with_capacity(names.len());
        for name in &names {
            let Some(sibling) = open(name)? else { return Ok(None) };
            backups.push(sibling);
        }
        // Opened one after the other: that they belong together shows when all still have their names, and there are no
        // others.
        let is_part =
            |name: &&PathBuf| id_of(name).is_some() && name.file_name() == log.file_name().map(part_name).as_deref();
        let part = names.first().filter(is_part).cloned();
        let again: Vec<PathBuf> = part.into_iter().chain(files::backups(log)).collect();
        let are_same =
            names == again && names.iter().zip(&backups).all(|(name, sibling)| id_of(name) == Some(sibling.id));
        let is_same = own.as_ref().map(|own| own.id) == id_of(log);
        Ok((are_same && is_same).then_some(Trail { log: own, first, stale, backups }))
    }

    /// The backup that is this file, perhaps packed since: how many are newer.
    pub fn position(&self, file: &File, own: Id) -> Option<usize> {
        let same = self.backups.iter().position(|backup| backup.id == own);
        same.or_else(|| {
            // Who packs a file leaves it its time.
            let time = file.metadata().ok()?.mtime();
            let packed = |backup: &Sibling| {
                backup.is_packed && backup.file.metadata().is_ok_and(|metadata| metadata.mtime() == time)
            };
            self.backups.iter().position(packed)
        })
    }

    /// How many backups are newer than this one, which may be gone.
    pub fn newer_than(&self, backup: Option<&File>) -> usize {
        let Some((backup, time)) = backup.and_then(|file| Some((file, file.metadata().ok()?))) else {
            return self.backups.len();
        };
        let time = (time.mtime(), time.mtime_nsec());
        let position = id(backup).ok().and_then(|id| self.position(backup, id));
        position.unwrap_or_else(|| {
            let newer = |other: &&Sibling| {
                other.file.metadata().is_ok_and(|metadata| (metadata.mtime(), metadata.mtime_nsec()) > time)
            };
            self.backups.iter().take_while(newer).count()
        })
    }

    /// One of the files: the log, then the backups.
    fn file(&self, index: usize) -> Option<&Sibling> {
        match index.checked_sub(1) {
            None => self.log.as_ref(),
            Some(backup) => self.backups.get(backup),
        }
    }

    /// Where the file of this index goes on with what came after the one before it, of this length.
    fn goes_on(&self, index: usize, length: u64) -> io::Result<u64> {
        let Some(sibling) = self.file(index) else { return Ok(0) };
        if index == 0 && self.stale > 0 {
            return Ok(self.stale);
        }
        let mut front = Vec::new();
        let file = sibling.plain()?;
        for block in BLOCKS.rev().map(|exponent| 1_u64 << exponent) {
            // A cut leaves at least one byte of the file.
            let left = Some(length % block).filter(|left| *left > 0).unwrap_or(block);
            front.resize(usize::try_from(left).unwrap_or_default(), 0);
            if length > 0 && file.read_exact_at(&mut front, 0).is_ok() && is_blank(&front) {
                return Ok(left);
            }
        }
        Ok(0)
    }

    /// The file that follows the one of this index, and where in it: the log itself is the last.
    pub fn after(&self, index: usize) -> io::Result<Option<(usize, u64)>> {
        let (Some(next), Some(file)) = (index.checked_sub(1), self.file(index)) else { return Ok(None) };
        Ok(Some((next, self.goes_on(next, file.length()?)?)))
    }

    /// Where the byte at `at` of the log is now, if the log was rotated so many times since, and these bytes stood before it.
    pub fn find(&self, rotations: usize, at: u64, before: &[u8]) -> io::Result<Option<Found>> {
        let before = ending(before, at);
        let from = at - before.len() as u64;
        let mut found = vec![0; before.len()];
        let (mut passed, mut start) = (0, 0);
        for index in (0..=rotations).rev() {
            let Some(sibling) = self.file(index) else { return Ok(None) };
            let length = sibling.length()?;
            let end = if index == 0 { u64::MAX } else { passed + length.saturating_sub(start) };
            // What of the bytes is in this file.
            let (first, last) = (from.max(passed), at.min(end));
            if first < last {
                let range = index_of(first - from)..index_of(last - from);
                let here = &mut found[range.clone()];
                match sibling.plain()?.read_exact_at(here, start + (first - passed)) {
                    Ok(()) if found[range.clone()] == before[range] => {}
                    Ok(()) => return Ok(None),
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            if at <= end {
                let place = start + (at - passed);
                // What is stale in the log is elsewhere.
                let is_there = index > 0 || (place >= self.stale && place <= length);
                let known = ending(before, place - start);
                // A cut has left line breaks in front of what it left.
                let is_cut = known.len() as u64 == place - start && !(index == 0 && self.stale > 0);
                let before = [&vec![b'\n'; if is_cut { index_of(start) } else { 0 }], known].concat();
                return Ok(is_there.then_some(Found { index, at: place, before }));
            }
            passed = end;
            if index > 0 {
                start = self.goes_on(index - 1, length)?;
            }
        }
        Ok(None)
    }

    /// Takes one of the files, unpacked, and what tells it from others.
    pub fn take(&self, index: usize) -> io::Result<Option<(File, Id)>> {
        self.file(index).map(|sibling| Ok((sibling.plain()?.try_clone()?, sibling.id))).transpose()
    }
}

/// So many of the last bytes, or all.
fn ending(bytes: &[u8], most: u64) -> &[u8] {
    &bytes[bytes.len() - bytes.len().min(index_of(most))..]
}

fn index_of(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Whether there is nothing but line breaks, which say nothing of where they stand.
pub fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'\n')
}

/// Whether a rotation of this log is under way, or was interrupted.
pub fn is_rotating(log: &Path) -> bool {
    Intent::beside(log).is_some()
}

/// Whether one is under way, as far as can be seen: its run holds the lock.
pub fn is_being_rotated(log: &Path) -> bool {
    let Some(lock) = log.file_name().map(|name| log.with_file_name(lock_name(name))) else { return false };
    is_rotating(log)
        && match File::open(lock) {
            Ok(mut lock) => Holder::running(&mut lock).is_some(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
}
