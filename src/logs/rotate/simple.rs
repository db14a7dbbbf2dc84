//! The two methods for file systems on which the front of a file can't be cut off. Both are asked for by name, because
//! each relies on something that only the one who asks can know.
//!
//! Before either changes anything, a note of it stands where the default method has its intent (`.audit.log.rotating`),
//! so that the next run finishes what a death or a failure left. Readers pass over it: no front is stale.
//!
//! | noted | found | so | the next run |
//! |---|---|---|---|
//! | rename | the log, the part | nothing was renamed yet, or a writer has made a new log | drops the part |
//! | rename | the part, no log | the log is the backup already | gives the part its name |
//! | rename | no part | all is done | removes the note |
//! | copytruncate | the part | the copy has no name yet | drops it, if its lines stand elsewhere; else names it |
//! | copytruncate | the copy among the backups, and the log begins with it | it was not cut | copies the rest, and cuts |
//! | copytruncate | the copy, and the log begins otherwise | all is done | removes the note |

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::{Deserialize, Serialize};

use super::Method;
use super::attributes;
use super::disk::Seen;
use super::error::RotateError;
use super::rotation::{Done, Rotation};

/// How often the rest that was written meanwhile is copied before the file is cut short.
const ROUNDS: u32 = 100;
/// More than a note is ever long.
const MOST: u64 = 4096;

/// What is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    pub(super) method: Noted,
    /// How many backups are kept.
    pub(super) keep: u32,
    /// The number of the new file, which is the part until it has its name.
    part: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Noted {
    Rename,
    Copytruncate,
}

impl Note {
    /// None for what is no note, or one that was not written to its end.
    fn read(file: impl Read) -> io::Result<Option<Note>> {
        let mut text = Vec::new();
        file.take(MOST).read_to_end(&mut text)?;
        Ok(text.strip_suffix(b"\n").and_then(|text| serde_json::from_slice(text).ok()))
    }

    fn text(&self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

impl Rotation<'_> {
    /// Renames the log. Writers must reopen it: until they do, they go on in the backup.
    pub fn rename(&self, log: &File, keep: u32) -> Result<Done, RotateError> {
        // A new file first, aside: a writer that looks for the log in between may create it with another mode.
        let new = self.disk.create(&self.part()).map_err(self.unchanged("create its new file"))?;
        let prepare = || {
            let own = log.metadata()?;
            let lost = attributes::copy(log, &new);
            self.disk.adopt(&new, &own)?;
            self.disk.sync(&new)?;
            let note = Note { method: Noted::Rename, keep, part: Some(new.metadata()?.ino()) };
            self.note(&note.text()?, &own)?;
            Ok(lost)
        };
        let prepared = prepare().map_err(self.unchanged("prepare its new file"));
        let lost = prepared.inspect_err(|_| self.give_up())?;
        let work = || {
            let removed = self.make_room(keep)?;
            let backup = (keep > 0).then(|| self.newest());
            match &backup {
                Some(first) => self.disk.rename(self.log, first)?,
                None => self.disk.remove(self.log)?,
            }
            match self.disk.rename(&self.part(), self.log) {
                // A writer was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.disk.remove(&self.part())?,
                renamed => renamed?,
            }
            self.end()?;
            Ok(Done { method: Method::Rename, backup, removed, lost })
        };
        work().map_err(self.unfinished("rename it"))
    }

    /// Copies the log and cuts it short. What is written between the two is lost.
    pub fn copy_truncate(&self, log: &File, keep: u32) -> Result<Done, RotateError> {
        if keep == 0 {
            return self.only_truncate(log);
        }
        let part = self.disk.create(&self.part()).map_err(self.unchanged("create its copy"))?;
        let (copied, lost) = self.copy_aside(log, &part, keep).inspect_err(|_| self.give_up())?;
        let name = || {
            let removed = self.make_room(keep)?;
            self.disk.rename(&self.part(), &self.newest())?;
            self.disk.sync_names()?;
            Ok(removed)
        };
        let removed = name().map_err(self.unfinished("name its new backup"))?;
        self.cut_short(log, &part, copied).map_err(self.unfinished("cut it short"))?;
        Ok(Done { method: Method::Copytruncate, backup: Some(self.newest()), removed, lost })
    }

    /// Where no backup is kept.
    fn only_truncate(&self, log: &File) -> Result<Done, RotateError> {
        let cut = || {
            let note = Note { method: Noted::Copytruncate, keep: 0, part: None };
            self.note(&note.text()?, &log.metadata()?)?;
            self.disk.truncate(log, 0)
        };
        cut().map_err(self.unchanged("cut it short")).inspect_err(|_| self.give_up())?;
        let work = || {
            self.disk.sync(log)?;
            let removed = self.make_room(0)?;
            self.end()?;
            Ok(Done { method: Method::Copytruncate, removed, ..Done::default() })
        };
        work().map_err(self.unfinished("remove its backups"))
    }

    /// Copies all that there is into the part: how much that was, and what could not be kept.
    fn copy_aside(&self, log: &File, part: &File, keep: u32) -> Result<(u64, Vec<String>), RotateError> {
        let own = log.metadata().map_err(self.unchanged("look at it"))?;
        let copy = || {
            let note = Note { method: Noted::Copytruncate, keep, part: Some(part.metadata()?.ino()) };
            self.note(&note.text()?, &own)?;
            self.disk.copy(log, 0, own.size(), part)?;
            let lost = attributes::copy(log, part);
            self.disk.adopt(part, &own)?;
            self.disk.sync(part)?;
            Ok(lost)
        };
        let lost = copy().map_err(self.unchanged("copy it"))?;
        self.is_not_replaced(&own)?;
        Ok((own.size(), lost))
    }

    /// Copies what came meanwhile, until nothing more comes, so that the time in which a line can be lost is short; then
    /// cuts.
    fn cut_short(&self, log: &File, copy: &File, mut copied: u64) -> io::Result<()> {
        let mut catch_up = || {
            for _ in 0..ROUNDS {
                let size = log.metadata()?.size();
                if size <= copied {
                    break;
                }
                self.disk.copy(log, copied, size - copied, copy)?;
                copied = size;
            }
            Ok::<_, io::Error>(())
        };
        catch_up()?;
        // A power cut finds the copy, and only what comes while this is done may be lost with it.
        self.disk.sync(copy)?;
        catch_up()?;
        self.disk.truncate(log, 0)?;
        self.disk.sync(copy)?;
        self.disk.sync(log)?;
        self.end()
    }

    /// Finishes what an earlier run left; None where there is no note of these methods.
    pub(super) fn finish_simple(&self) -> Result<Option<Done>, RotateError> {
        let Some(note) = self.noted() else { return Ok(None) };
        let has_part = self.is_there(&self.part()).map_err(self.unfinished("look at its copy"))?;
        let (finished, doing) = match note.method {
            Noted::Rename => (self.finish_rename(note.keep, has_part), "rename it"),
            Noted::Copytruncate => (self.finish_copy(&note, has_part), "cut it short"),
        };
        finished.map(Some).map_err(self.unfinished(doing))
    }

    fn finish_rename(&self, keep: u32, has_part: bool) -> io::Result<Done> {
        let mut done = Done { method: Method::Rename, ..Done::default() };
        if has_part && self.is_there(self.log)? {
            self.disk.remove(&self.part())?;
        } else if has_part {
            self.disk.rename(&self.part(), self.log)?;
            done.backup = (keep > 0).then(|| self.newest());
        }
        self.end()?;
        Ok(done)
    }

    fn finish_copy(&self, note: &Note, has_part: bool) -> io::Result<Done> {
        let mut done = Done { method: Method::Copytruncate, ..Done::default() };
        if note.keep == 0 {
            done.removed = self.make_room(0)?;
        } else if has_part {
            let part = self.disk.open(&self.part(), false)?;
            if self.is_superfluous(&part)? {
                self.disk.remove(&self.part())?;
            } else {
                // Nobody else has these lines any more.
                self.disk.sync(&part)?;
                done.removed = self.make_room(note.keep)?;
                self.disk.rename(&self.part(), &self.newest())?;
                done.backup = Some(self.newest());
            }
        } else if let Some((name, copy)) = self.copy_of(note)? {
            match self.beginning_with(&copy)? {
                Some(original) if original == self.log => {
                    let (log, copy) = (self.disk.open(self.log, true)?, self.disk.open(&name, true)?);
                    let copied = copy.metadata()?.size();
                    self.cut_short(&log, &copy, copied)?;
                    done.backup = Some(name);
                    return Ok(done);
                }
                // The service has rotated the log itself since: it is a backup, and has all that the copy has.
                Some(_) => self.disk.remove(&name)?,
                None => {}
            }
        }
        self.end()?;
        Ok(done)
    }

    /// Whether the part has nothing that is not elsewhere as well.
    pub(super) fn is_superfluous(&self, part: &File) -> io::Result<bool> {
        Ok(part.metadata()?.size() == 0 || self.beginning_with(part)?.is_some())
    }

    /// The copy that the note speaks of, where it is a backup by now.
    pub(super) fn copy_of(&self, note: &Note) -> io::Result<Option<(OsString, File)>> {
        for name in self.backups()?.file_names(self.log) {
            if self.disk.look(&name)?.is_some_and(|seen| seen.is_file() && Some(seen.id.1) == note.part) {
                let copy = self.disk.open(&name, false)?;
                return Ok(Some((name, copy)));
            }
        }
        Ok(None)
    }

    /// Who has all that a copy has, from its front on: the log or one of its backups, and not the copy itself.
    pub(super) fn beginning_with(&self, copy: &File) -> io::Result<Option<OsString>> {
        let own = copy.metadata()?;
        let is_candidate = |seen: Seen| seen.is_file() && seen.id != (own.dev(), own.ino()) && seen.size >= own.size();
        for name in std::iter::once(self.log.to_owned()).chain(self.backups()?.file_names(self.log)) {
            if self.disk.look(&name)?.is_some_and(is_candidate)
                && begins_with(&self.disk.open(&name, false)?, copy, own.size())?
            {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The note, if there is one. What can't be read is for the other method to tell.
    pub(super) fn noted(&self) -> Option<Note> {
        Note::read(self.disk.open(&self.intent(), false).ok()?).ok().flatten()
    }
}

/// Whether the first bytes of a file are those of another, which has so many.
fn begins_with(file: &File, copy: &File, length: u64) -> io::Result<bool> {
    const CHUNK: usize = 1 << 16;
    let (mut ours, mut theirs) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut at = 0;
    while at < length {
        let size = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
        file.read_exact_at(&mut ours[..size], at)?;
        copy.read_exact_at(&mut theirs[..size], at)?;
        if ours[..size] != theirs[..size] {
            return Ok(false);
        }
        at += size as u64;
    }
    Ok(true)
}
