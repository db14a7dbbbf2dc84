//! Where the reading of a file stands, through what happens to it meanwhile.
//!
//! Every piece that is read is checked afterwards: the bytes before it must still be the ones that were read, and a log
//! must have no backup that it had not before. Else the place is looked for: a log may have lost its front to
//! `auditctl rotate`, or been copied and emptied, once or more often, and [`Trail`] knows where its bytes are now. Reading goes on there, and then
//! in the younger files up to the log itself. A file that was renamed is read on as it is. Knows no records but their
//! beginnings, and those only where a copy ends within a line.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memrchr;

use super::files::backups;
use super::gap::Gap;
use super::grammar::may_go_on;
use super::input::stale;
use super::rotate::end_of_lines;
use super::trail::{Found, Id, Trail, first_backup, id, id_of, is_being_rotated, is_blank, is_rotating};

/// So many bytes before a place tell whether it still is the same place.
const WITNESS: usize = 4096;
/// So many are compared of what was read first.
const FIRST: usize = 64;
/// And so many at least, where nothing else tells it.
const LEAST: usize = 16;
/// A file system takes whole blocks off the front of a file; no block is smaller.
const BLOCK: u64 = 512;
/// How long a rotation under way is waited for; one that takes longer was interrupted.
pub const ROTATING: Duration = Duration::from_secs(3);
/// Of a line behind a torn one so much is looked at.
const FRONT: usize = 64 << 10;
/// How long it may take others to rename and create what they rotate.
pub const MOMENT: Duration = Duration::from_millis(300);

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// So many bytes.
    Bytes(usize),
    /// Nothing: the file ends here.
    End,
    /// Nothing yet: it is being rotated.
    Rotating,
    /// The place is gone: the file was cut or replaced.
    Gone,
}

/// What a file is to its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// The log itself.
    Log,
    /// It was the log once, and has lost its name.
    Former,
    /// A copy of what was in the log: it does not grow.
    Copy,
}

/// Where the reading of a file stands.
#[derive(Debug)]
pub struct Place {
    file: Arc<File>,
    id: Id,
    /// The next byte to read.
    at: u64,
    /// Where the file ended when it was opened.
    end: u64,
    /// The bytes before it, the last that were read.
    witness: Vec<u8>,
    /// The last zeros that were read.
    gap: Option<Gap>,
    stands: Stands,
    log: PathBuf,
    /// The newest backup when it was looked last. As long as it is held open, no other file gets its number.
    newest: Option<File>,
    /// The file of the first backup's name at that time.
    first: Option<Id>,
    lost: Option<Instant>,
}

impl Place {
    /// At the beginning of the file of this name; behind what a rotation under way has put into a backup already.
    pub fn open(path: &Path) -> io::Result<Place> {
        Place::open_beside(path, backups(path).first().map(PathBuf::as_path))
    }

    /// The same, where its newest backup is known.
    pub fn open_beside(path: &Path, newest: Option<&Path>) -> io::Result<Place> {
        let first = id_of(&first_backup(path));
        let newest = newest.and_then(|path| File::open(path).ok());
        let file = File::open(path)?;
        let at = stale(path, &file);
        let id = id(&file)?;
        let end = file.metadata()?.len();
        Ok(Place {
            file: Arc::new(file),
            id,
            at,
            end,
            witness: Vec::new(),
            gap: None,
            stands: Stands::Log,
            log: path.to_owned(),
            newest,
            first,
            lost: None,
        })
    }

    /// At the beginning of a file of this log, the log itself or what it was once, where its newest backup is known.
    pub fn open_of(path: &Path, log: &Path, newest: Option<&Path>) -> io::Result<Place> {
        let mut place = Place::open_beside(path, newest)?;
        if path != log {
            place.newest = Some(place.file.try_clone()?);
            place.stands = Stands::Former;
            log.clone_into(&mut place.log);
        }
        Ok(place)
    }

    /// Whether nothing has happened to its log since it was opened under this name, and nothing is about to.
    pub fn is_still(&self, path: &Path) -> bool {
        let is_same = || id_of(path) == Some(self.id) && id_of(&first_backup(path)) == self.first;
        !is_being_rotated(path) && is_same() && stale(path, &self.file) == self.at
    }

    /// What tells the file that is read from all others.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The file that is read.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// The next byte to be read.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Where the file ended when it was opened.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Moves the end to that of the last whole line: what comes after it is still to be completed.
    pub fn end_with_lines(&mut self) -> io::Result<()> {
        let end = end_of_lines(&self.file, self.end)?;
        // What was rotated in this moment is for the one who follows.
        self.end = if self.is_undisturbed(&[])? { end } else { self.at };
        Ok(())
    }

    /// Whether it has grown since it was opened or its end was moved, or was written to so short a time ago that the same
    /// writer may not be done.
    pub fn may_grow_within(&self, time: Duration) -> bool {
        let is_at_rest = |file: &Metadata| {
            file.len() == self.end
                && file.modified().is_ok_and(|modified| modified.elapsed().is_ok_and(|since| since >= time))
        };
        !self.file.metadata().is_ok_and(|file| is_at_rest(&file))
    }

    /// Reads on.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<Came> {
        loop {
            let read = self.file.read_at(buffer, self.at)?;
            // After the reading: what happened in the middle of it shows as well.
            if !self.is_undisturbed(&buffer[..read])? {
                if let Some(came) = self.find_again()? {
                    return Ok(came);
                }
                continue;
            }
            if read > 0 {
                self.passed(&buffer[..read]);
                return Ok(Came::Bytes(read));
            }
            if self.stands != Stands::Copy {
                return Ok(Came::End);
            }
            if let Some(came) = self.go_on(buffer)? {
                return Ok(came);
            }
        }
    }

    /// Whether these bytes, which someone else has read from this file at this place, are what comes next; if so, they
    /// are passed over.
    pub fn accepts(&mut self, at: u64, read: &[u8]) -> io::Result<bool> {
        let is_next = at == self.at && self.is_undisturbed(read)?;
        if is_next {
            self.passed(read);
        }
        Ok(is_next)
    }

    fn passed(&mut self, read: &[u8]) {
        self.lost = None;
        Gap::note(&mut self.gap, self.at, &self.witness, read);
        self.at += read.len() as u64;
        self.witness.extend_from_slice(&read[read.len().saturating_sub(WITNESS)..]);
        let surplus = self.witness.len().saturating_sub(WITNESS);
        self.witness.drain(..surplus);
    }

    fn is_undisturbed(&self, read: &[u8]) -> io::Result<bool> {
        if self.stands == Stands::Copy {
            return Ok(true);
        }
        let (known, at) = match &self.witness[..] {
            // The first of what is read may be what a rotation has put in the place of a backup's.
            [] if stale(&self.log, &self.file) > self.at => return Ok(false),
            [] => (&read[..read.len().min(FIRST)], self.at),
            witness => (witness, self.at - witness.len() as u64),
        };
        Ok(self.found(known.len(), at)?.is_some_and(|found| found == known)
            // A rotation has named its backup before it takes anything out of the log.
            && (self.stands != Stands::Log || id_of(&first_backup(&self.log)) == self.first))
    }

    fn found(&self, length: usize, at: u64) -> io::Result<Option<Vec<u8>>> {
        let mut found = vec![0; length];
        match self.file.read_exact_at(&mut found, at) {
            Ok(()) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The log and its backups, unless they are being changed.
    fn trail(&mut self) -> io::Result<Result<Trail, Came>> {
        let since = *self.lost.get_or_insert_with(Instant::now);
        if is_rotating(&self.log) && since.elapsed() < ROTATING {
            return Ok(Err(Came::Rotating));
        }
        match Trail::of(&self.log)? {
            Some(trail) => Ok(Ok(trail)),
            None if since.elapsed() < ROTATING => Ok(Err(Came::Rotating)),
            None => Ok(Err(Came::Gone)),
        }
    }

    /// Finds the place again; None when it is found.
    fn find_again(&mut self) -> io::Result<Option<Came>> {
        if self.stands != Stands::Log {
            return Ok(Some(Came::Gone));
        }
        let trail = match self.trail()? {
            Ok(trail) => trail,
            Err(came) => return Ok(Some(came)),
        };
        if trail.log.as_ref().is_none_or(|log| log.id != self.id) {
            (self.stands, self.lost) = (Stands::Former, None);
            return Ok(None);
        }
        let unseen = trail.newer_than(self.newest.as_ref());
        // Where the bytes before it say something, the least that can have happened is tried first.
        let says_nothing = is_blank(&self.witness);
        let likely = if says_nothing { [unseen, unseen] } else { [0, unseen] };
        for rotations in likely.into_iter().chain(1..=trail.backups.len()) {
            if let Some(found) = trail.find(rotations, self.at, &self.witness)? {
                self.move_to(&trail, found)?;
                return Ok(None);
            }
        }
        if let Some(found) = self.without_the_gap(&trail)? {
            self.move_to(&trail, found)?;
            return Ok(None);
        }
        if !says_nothing && self.is_nearer_to_the_front()? {
            self.look_at(&trail)?;
            (self.lost, self.gap) = (None, None);
            return Ok(None);
        }
        let is_new = self.lost.is_none_or(|since| since.elapsed() < MOMENT);
        Ok(Some(if is_new { Came::Rotating } else { Came::Gone }))
    }

    /// The place in a log from which the hole of an interrupted cut was taken out, and which may have been rotated since.
    fn without_the_gap(&self, trail: &Trail) -> io::Result<Option<Found>> {
        let Some(gap) = &self.gap else { return Ok(None) };
        for rotations in 0..=trail.backups.len() {
            if let Some((file, _)) = trail.take(rotations)?
                && let Some((at, before)) = gap.closed_in(&file, self.at, &self.witness)?
                && let Some(found) = trail.find(rotations, at, &before)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Goes on where a copy has ended; None when that is somewhere. A line that is torn there goes on as well, unless
    /// what comes next begins a record: then the rest is lost, and a line break stands for it.
    fn go_on(&mut self, buffer: &mut [u8]) -> io::Result<Option<Came>> {
        let trail = match self.trail()? {
            Ok(trail) => trail,
            Err(came) => return Ok(Some(came)),
        };
        let Some(newer) = self.newer(&trail) else { return Ok(Some(Came::Rotating)) };
        // Who copies a log empties it last: until then, the log itself has these bytes and what comes after them.
        if newer == 0
            && !is_blank(&self.witness)
            && let Some(found) = trail.find(0, self.at, &self.witness)?
        {
            self.move_to(&trail, found)?;
            return Ok(None);
        }
        // And by then, the copy was whole.
        if self.file.metadata()?.len() > self.at {
            return Ok(None);
        }
        let Some((index, at)) = trail.after(newer + 1)?.filter(|(index, _)| *index > 0 || trail.log.is_some()) else {
            return Ok(Some(Came::Gone));
        };
        let half = &self.witness[memrchr(b'\n', &self.witness).map_or(0, |line| line + 1)..];
        if !half.is_empty() && !buffer.is_empty() {
            let Some((file, _)) = trail.take(index)? else { return Ok(Some(Came::Rotating)) };
            match may_go_on(half, &front(&file, at)?, FRONT) {
                Some(true) => {}
                Some(false) => {
                    (self.lost, buffer[0]) = (None, b'\n');
                    self.witness.clear();
                    return Ok(Some(Came::Bytes(1)));
                }
                None => {
                    self.lost = None;
                    return Ok(Some(Came::End));
                }
            }
        }
        self.move_to(&trail, Found { index, at, before: Vec::new() })?;
        Ok(None)
    }

    /// How many backups are newer than this file, or than the newest that was known where it is gone; None while that
    /// may still show.
    fn newer(&self, trail: &Trail) -> Option<usize> {
        let is_new = self.lost.is_none_or(|since| since.elapsed() < MOMENT);
        let position = trail.position(&self.file, self.id);
        position.or_else(|| (!is_new).then(|| trail.newer_than(self.newest.as_ref())))
    }

    fn move_to(&mut self, trail: &Trail, found: Found) -> io::Result<()> {
        if let Some((file, id)) = trail.take(found.index)? {
            (self.file, self.id, self.at, self.witness) = (Arc::new(file), id, found.at, found.before);
            self.stands = if found.index == 0 { Stands::Log } else { Stands::Copy };
            self.gap = None;
            self.look_at(trail)?;
        }
        self.lost = None;
        Ok(())
    }

    /// From now on these backups are known.
    fn look_at(&mut self, trail: &Trail) -> io::Result<()> {
        self.newest = trail.backups.first().map(|backup| backup.file.try_clone()).transpose()?;
        self.first = trail.first;
        Ok(())
    }

    /// Looks for the same bytes nearer to the front, where some were taken off it without a backup: where most was taken
    /// off first.
    fn is_nearer_to_the_front(&mut self) -> io::Result<bool> {
        let mut taken = self.at / BLOCK * BLOCK;
        while taken > 0 {
            let at = self.at - taken;
            let length = self.witness.len().min(usize::try_from(at).unwrap_or(usize::MAX));
            let witness = &self.witness[self.witness.len() - length..];
            if length >= LEAST
                && let Some(found) = self.found(length, at - length as u64)?
                && is_same(&found, witness)
            {
                self.at = at;
                self.witness = found;
                return Ok(true);
            }
            taken -= BLOCK;
        }
        Ok(false)
    }

    /// The file that is to be read when this one, which has lost the log's name, has come to its end.
    pub fn next_file(&mut self) -> io::Result<Option<Place>> {
        let trail = match self.trail()? {
            Ok(trail) => trail,
            Err(_) => return Ok(None),
        };
        if trail.log.as_ref().is_some_and(|log| log.id == self.id) {
            return Ok(None);
        }
        let Some(newer) = self.newer(&trail) else { return Ok(None) };
        if newer == 0 && trail.log.is_none() {
            return Ok(None);
        }
        let Some((file, id)) = trail.take(newer)? else { return Ok(None) };
        let stands = if newer == 0 { Stands::Log } else { Stands::Former };
        let mut next = Place {
            file: Arc::new(file),
            id,
            at: 0,
            end: 0,
            witness: Vec::new(),
            gap: None,
            stands,
            log: self.log.clone(),
            newest: None,
            first: None,
            lost: None,
        };
        next.look_at(&trail)?;
        self.lost = None;
        Ok(Some(next))
    }

    /// Whether the log's name is another file's now.
    pub fn has_lost_its_name(&self) -> bool {
        self.stands != Stands::Copy && id_of(&self.log).is_some_and(|found| found != self.id)
    }
}

/// The bytes at this place, as many as tell whether a record begins there.
fn front(file: &File, at: u64) -> io::Result<Vec<u8>> {
    let mut front = vec![0; FRONT];
    let mut filled = 0;
    loop {
        match file.read_at(&mut front[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    front.truncate(filled);
    Ok(front)
}

/// Whether these are the bytes that were read, but that whole lines at their beginning may have become line breaks: so
/// a rotation leaves what is in the backup already.
fn is_same(found: &[u8], read: &[u8]) -> bool {
    if found == read {
        return true;
    }
    let blank = found.iter().take_while(|&&byte| byte == b'\n').count();
    blank > 0 && found.len() - blank >= LEAST && read[blank - 1] == b'\n' && found[blank..] == read[blank..]
}
