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

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Method;
use super::attributes;
use super::backups::{Backups, backup_name};
use super::disk::Disk;
use super::error::{Left, Refusal, RotateError};
use super::foresee::Finishing;
use super::intent::{intent_name, part_name};
use super::lossless::{Done, failed};

/// How often the rest that was written meanwhile is copied before the file is cut short.
const ROUNDS: u32 = 100;
/// More than a note is ever long.
const MOST: u64 = 4096;

/// A rotation of one log.
pub struct Simple<'a> {
    /// The files.
    pub disk: &'a dyn Disk,
    /// The log's name in its folder.
    pub log: &'a OsStr,
    /// Where that is.
    pub path: PathBuf,
}

/// What is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    method: Noted,
    /// How many backups are kept.
    keep: u32,
    /// The number of the new file, which is the part until it has its name.
    part: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Noted {
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

impl Simple<'_> {
    /// Renames the log. Writers must reopen it: until they do, they go on in the backup.
    pub fn rename(&self, log: &File, keep: u32) -> Result<Done, RotateError> {
        // A new file first, aside: a writer that looks for the log in between may create it with another mode.
        let new = self.disk.create(&self.part()).map_err(self.failed("create its new file", Left::Unchanged))?;
        let prepare = || {
            let lost = attributes::copy(log, &new);
            self.disk.adopt(&new, &log.metadata()?)?;
            self.disk.sync(&new)?;
            self.note(log, Note { method: Noted::Rename, keep, part: Some(new.metadata()?.ino()) })?;
            Ok(lost)
        };
        let lost = prepare().map_err(self.given_up("prepare its new file"))?;
        let work = || {
            let removed = self.make_room(keep)?;
            let backup = (keep > 0).then(|| backup_name(self.log, 1));
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
        work().map_err(self.failed("rename it", Left::Unfinished))
    }

    /// Copies the log and cuts it short. What is written between the two is lost.
    pub fn copy_truncate(&self, log: &File, keep: u32) -> Result<Done, RotateError> {
        let method = Method::Copytruncate;
        if keep == 0 {
            let cut = || {
                self.note(log, Note { method: Noted::Copytruncate, keep, part: None })?;
                self.disk.truncate(log, 0)
            };
            cut().map_err(self.given_up("cut it short"))?;
            let work = || {
                self.disk.sync(log)?;
                let removed = self.make_room(keep)?;
                self.end()?;
                Ok(Done { method, removed, ..Done::default() })
            };
            return work().map_err(self.failed("remove its backups", Left::Unfinished));
        }
        let like = log.metadata().map_err(self.failed("look at it", Left::Unchanged))?;
        let part = self.disk.create(&self.part()).map_err(self.failed("create its copy", Left::Unchanged))?;
        let copy = || {
            self.note(log, Note { method: Noted::Copytruncate, keep, part: Some(part.metadata()?.ino()) })?;
            self.disk.copy(log, 0, like.size(), &part)?;
            let lost = attributes::copy(log, &part);
            self.disk.adopt(&part, &like)?;
            self.disk.sync(&part)?;
            Ok(lost)
        };
        let lost = copy().map_err(self.given_up("copy it"))?;
        // Whoever rotates it as well was not there meanwhile.
        let seen = self.disk.look(self.log).map_err(self.given_up("look at it"))?;
        if seen.is_none_or(|seen| seen.id != (like.dev(), like.ino()) || seen.size < like.size()) {
            self.give_up();
            return Err(RotateError::Refused { path: self.path.clone(), why: Refusal::Replaced });
        }
        let first = backup_name(self.log, 1);
        let name = || {
            let removed = self.make_room(keep)?;
            self.disk.rename(&self.part(), &first)?;
            self.disk.sync_names()?;
            Ok(removed)
        };
        let removed = name().map_err(self.failed("name its new backup", Left::Unfinished))?;
        self.cut(log, &part, like.size()).map_err(self.failed("cut it short", Left::Unfinished))?;
        Ok(Done { method, backup: Some(first), removed, lost })
    }

    /// Copies what came meanwhile, until nothing more comes, so that the time in which a line can be lost is short; then
    /// cuts.
    fn cut(&self, log: &File, copy: &File, mut copied: u64) -> io::Result<()> {
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
    pub fn finish(&self) -> Result<Option<Done>, RotateError> {
        let Some(note) = self.noted() else { return Ok(None) };
        let has_part = self.there(&self.part()).map_err(self.failed("look at its copy", Left::Unfinished))?;
        match note.method {
            Noted::Rename => {
                self.finish_rename(note.keep, has_part).map_err(self.failed("rename it", Left::Unfinished))
            }
            Noted::Copytruncate => {
                self.finish_copy(&note, has_part).map_err(self.failed("cut it short", Left::Unfinished))
            }
        }
        .map(Some)
    }

    fn finish_rename(&self, keep: u32, has_part: bool) -> io::Result<Done> {
        let mut done = Done { method: Method::Rename, ..Done::default() };
        if has_part && self.there(self.log)? {
            self.disk.remove(&self.part())?;
        } else if has_part {
            self.disk.rename(&self.part(), self.log)?;
            done.backup = (keep > 0).then(|| backup_name(self.log, 1));
        }
        self.end()?;
        Ok(done)
    }

    fn finish_copy(&self, note: &Note, has_part: bool) -> io::Result<Done> {
        let mut done = Done { method: Method::Copytruncate, ..Done::default() };
        let first = backup_name(self.log, 1);
        if note.keep == 0 {
            done.removed = self.make_room(0)?;
        } else if has_part {
            let part = self.disk.open(&self.part(), false)?;
            if part.metadata()?.size() == 0 || self.beginning_with(&part)?.is_some() {
                self.disk.remove(&self.part())?;
            } else {
                // Nobody else has these lines any more.
                self.disk.sync(&part)?;
                done.removed = self.make_room(note.keep)?;
                self.disk.rename(&self.part(), &first)?;
                done.backup = Some(first);
            }
        } else if let Some((name, copy)) = self.copy_of(note)? {
            match self.beginning_with(&copy)? {
                Some(original) if original == self.log => {
                    let (log, copy) = (self.disk.open(self.log, true)?, self.disk.open(&name, true)?);
                    let copied = copy.metadata()?.size();
                    self.cut(&log, &copy, copied)?;
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

    /// What finishing would come to; None where there is no note of these methods.
    pub(super) fn finishing(&self, size: Option<u64>, backups: &Backups) -> io::Result<Option<Finishing>> {
        let Some(note) = self.noted() else { return Ok(None) };
        let has_part = self.there(&self.part())?;
        let mut finishing = Finishing { done: Done::default(), size, stale: 0, backups: backups.clone() };
        let done = &mut finishing.done;
        match note.method {
            Noted::Rename => {
                done.method = Method::Rename;
                if has_part && !self.there(self.log)? {
                    done.backup = (note.keep > 0).then(|| backup_name(self.log, 1));
                    finishing.size = Some(0);
                }
            }
            Noted::Copytruncate => {
                done.method = Method::Copytruncate;
                if note.keep == 0 {
                    let shift = backups.shift(0);
                    done.removed = shift.removed(self.log);
                    finishing.backups = backups.after(&shift, false);
                } else if has_part {
                    let part = self.disk.open(&self.part(), false)?;
                    if part.metadata()?.size() > 0 && self.beginning_with(&part)?.is_none() {
                        let shift = backups.shift(note.keep);
                        done.removed = shift.removed(self.log);
                        done.backup = Some(backup_name(self.log, 1));
                        finishing.backups = backups.after(&shift, true);
                    }
                } else if let Some((name, copy)) = self.copy_of(&note)?
                    && self.beginning_with(&copy)?.is_some_and(|original| original == self.log)
                {
                    done.backup = Some(name);
                    finishing.size = Some(0);
                }
            }
        }
        Ok(Some(finishing))
    }

    /// The copy that the note speaks of, where it is a backup by now.
    fn copy_of(&self, note: &Note) -> io::Result<Option<(OsString, File)>> {
        for name in self.backups()? {
            if self.disk.look(&name)?.is_some_and(|seen| seen.is_file() && Some(seen.id.1) == note.part) {
                let copy = self.disk.open(&name, false)?;
                return Ok(Some((name, copy)));
            }
        }
        Ok(None)
    }

    /// Who has all that a copy has, from its front on: the log or one of its backups, and not the copy itself.
    fn beginning_with(&self, copy: &File) -> io::Result<Option<OsString>> {
        let own = copy.metadata()?;
        for name in std::iter::once(self.log.to_owned()).chain(self.backups()?) {
            let is_candidate =
                |seen: super::Seen| seen.is_file() && seen.id != (own.dev(), own.ino()) && seen.size >= own.size();
            if self.disk.look(&name)?.is_some_and(is_candidate)
                && begins_with(&self.disk.open(&name, false)?, copy, own.size())?
            {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn backups(&self) -> io::Result<Vec<OsString>> {
        let backups = Backups::of(self.log, &self.disk.names()?);
        Ok(backups.numbers().map(|number| backup_name(self.log, number)).collect())
    }

    /// The note, if there is one. What can't be read, the other method tells.
    fn noted(&self) -> Option<Note> {
        Note::read(self.disk.open(&intent_name(self.log), false).ok()?).ok().flatten()
    }

    /// Writes down what will be done, so that it outlasts this run.
    fn note(&self, log: &File, note: Note) -> io::Result<()> {
        let file = self.disk.create(&intent_name(self.log))?;
        self.disk.write_at(&file, &note.text()?, 0)?;
        self.disk.adopt(&file, &log.metadata()?)?;
        self.disk.sync(&file)?;
        self.disk.sync_names()
    }

    /// All is done.
    fn end(&self) -> io::Result<()> {
        self.disk.sync_names()?;
        self.disk.remove(&intent_name(self.log))?;
        self.disk.sync_names()
    }

    /// After a failure before anything was changed.
    fn give_up(&self) {
        // Best effort: what stays behind is dropped by the next run. The part first: the note says what it is.
        for name in [self.part(), intent_name(self.log)] {
            if self.there(&name).is_ok_and(|there| there) && self.disk.remove(&name).is_err() {
                return;
            }
        }
    }

    fn given_up(&self, doing: &'static str) -> impl Fn(io::Error) -> RotateError + use<'_> {
        move |error| {
            self.give_up();
            self.failed(doing, Left::Unchanged)(error)
        }
    }

    fn make_room(&self, keep: u32) -> io::Result<Vec<OsString>> {
        Backups::of(self.log, &self.disk.names()?).shift(keep).carry_out(self.disk, self.log)
    }

    fn there(&self, name: &OsStr) -> io::Result<bool> {
        Ok(self.disk.look(name)?.is_some())
    }

    fn part(&self) -> OsString {
        part_name(self.log)
    }

    fn failed(&self, doing: &'static str, state: Left) -> impl Fn(io::Error) -> RotateError + use<'_> {
        failed(&self.path, doing, state)
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
