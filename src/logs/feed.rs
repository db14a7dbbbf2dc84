//! Log files one after the other, as blocks: which file comes next, what the end of one and the front of another make
//! together, and which pieces of a large one may be read ahead by whoever has time.
//!
//! Knows files, inputs and cutters; the threads that work on what comes are of [`scan`](super::scan).

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::iter;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::block::Block;
use super::cutter::{Cutter, LONGEST, ROOM};
use super::files::{self, LogSet, Source};
use super::follow::SETTLED;
use super::foreign;
use super::input::{self, Input, Left};
use super::place::{MOMENT, Place, ROTATING};
use super::trail::{Id, id_of};

/// No more files than this are held open until their turn comes.
const MOST_OPEN: usize = 200;
const GONE: &str = "it was removed or packed before it was read";
/// What is waited before files are opened again that were being rotated.
const PAUSE: Duration = Duration::from_millis(5);

/// A file that could not be read, or not to its end.
#[derive(Debug)]
pub struct Trouble {
    /// The file as it was named or found.
    pub file: Arc<str>,
    /// Why.
    pub error: io::Error,
}

/// How to read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// How many threads work.
    pub threads: usize,
    /// Whether lines are counted.
    pub counts_lines: bool,
    /// How many bytes were read so far.
    pub read: Arc<AtomicU64>,
}

/// Files one after the other, as blocks.
pub(super) struct Feed {
    files: VecDeque<Opening>,
    cutter: Option<Cutter<Input>>,
    /// The file before it, whose last record may go on in it.
    torn: Option<Cutter<Input>>,
    /// Where the file under way is left, if it is followed.
    left: Option<Left>,
    file: Arc<str>,
    spare: Vec<Vec<u8>>,
    troubles: Vec<Trouble>,
    usual: usize,
    next: u64,
    reading: Reading,
    pieces: Pieces,
}

/// The pieces of a file that threads read ahead.
#[derive(Default)]
struct Pieces {
    /// How often they were given up: what was read before that is read again.
    given_up: u64,
    /// How many are being read, or were and are taken in their turn.
    begun: u64,
    /// How many of them were taken.
    taken: u64,
    /// What comes next must be read in its turn: only then shows what has become of the file.
    is_halted: bool,
}

/// A piece of a file that a thread reads.
pub(super) struct Piece {
    file: Arc<File>,
    at: u64,
    /// With room in front.
    buffer: Vec<u8>,
    given_up: u64,
    number: u64,
}

impl Piece {
    /// Reads it; false when it is not there as a whole.
    pub(super) fn read(&mut self) -> bool {
        self.file.read_exact_at(&mut self.buffer[ROOM..], self.at).is_ok()
    }
}

/// The files of these sets, opened at one moment before any of them is read: a rotation that comes later gives their
/// names to others. Of many files only the logs and some backups are held open; which the others are is known. What is no
/// regular file, or can't be opened now, is opened in its turn.
pub(super) fn open_together(mut sets: Vec<LogSet>) -> Vec<Vec<Opening>> {
    make_room_for(sets.iter().map(|set| set.sources.len()).sum());
    let begun = Instant::now();
    let mut opened = loop {
        let (has_room, mut room) = (sets.len() <= MOST_OPEN, MOST_OPEN.saturating_sub(sets.len()));
        let mut backups = Backups::default();
        let opened: Vec<Vec<Opening>> =
            sets.iter().map(|set| openings(set, &mut backups, has_room, &mut room)).collect();
        let is_settled = !files::look_again(&mut sets) && opened.iter().flatten().all(Opening::is_still);
        if is_settled || begun.elapsed() >= ROTATING {
            break opened;
        }
        thread::sleep(PAUSE);
    };
    for opening in opened.iter_mut().flatten() {
        // One that can't be read now is opened again in its turn, and says why.
        if matches!(opening.source, Source::Followed(..))
            && opening.place.as_mut().is_some_and(|place| place.end_with_lines().is_err())
        {
            opening.place = None;
        }
    }
    opened
}

/// Lets so many logs be open at once, each with its newest backup, as far as the system goes along: what is merged or
/// followed is.
fn make_room_for(logs: usize) {
    let wanted = 2 * logs as u64 + 64;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|current| current < most) {
        // Where it is refused, each file says that it can't be opened.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum });
    }
}

/// A file whose turn comes.
pub(super) struct Opening {
    source: Source,
    /// What tells it from all others, where it is a regular file that is not open yet.
    id: Option<Id>,
    /// The newest backup, of a log.
    newest: Option<PathBuf>,
    /// Where it was opened already.
    place: Option<Place>,
}

impl Opening {
    fn is_still(&self) -> bool {
        match (&self.place, self.source.path()) {
            (Some(place), Some(path)) => place.is_still(path),
            (None, Some(path)) => self.id.is_none() || id_of(path) == self.id,
            (_, None) => true,
        }
    }

    /// Opens a regular file in its turn: it may have moved up since, and may do so while it is looked for. What is to be
    /// followed is opened by its name.
    fn open(&mut self) -> io::Result<()> {
        let path = match &self.source {
            Source::File(path) => path,
            Source::Followed(path, _) if self.place.is_none() => {
                self.place = Some(input::open_to_follow(path, self.newest.as_deref())?);
                return Ok(());
            }
            Source::Followed(..) | Source::Stdin => return Ok(()),
        };
        let log = files::log_of(path);
        let begun = Instant::now();
        while self.place.is_none() && self.id.is_some() {
            let mut names = iter::once(path.clone()).chain(iter::once_with(|| files::backups(&log)).flatten());
            match names.find(|name| id_of(name) == self.id) {
                Some(name) => match Place::open_beside(&name, self.newest.as_deref()) {
                    Ok(place) => self.place = Some(place).filter(|place| Some(place.id()) == self.id),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                },
                None if begun.elapsed() < MOMENT => thread::sleep(PAUSE),
                None if *path == log => break,
                None => return Err(io::Error::new(io::ErrorKind::NotFound, GONE)),
            }
        }
        Ok(())
    }
}

/// The newest backups of logs, looked up once in each folder.
#[derive(Default)]
struct Backups(HashMap<PathBuf, HashMap<OsString, PathBuf>>);

impl Backups {
    fn newest(&mut self, log: &Path) -> Option<PathBuf> {
        let name = log.file_name().filter(|_| files::is_log(log))?;
        let folder = files::folder_of(log);
        let known = self.0.entry(folder.to_owned()).or_insert_with(|| files::newest_backups(folder));
        known.get(name).cloned()
    }
}

/// The files of one log. The log is opened first: what is rotated meanwhile shows in its newest backup.
fn openings(set: &LogSet, backups: &mut Backups, has_room: bool, room: &mut usize) -> Vec<Opening> {
    let sources = &set.sources;
    let all = sources.iter().enumerate().rev().map(|(at, source)| {
        // What is a pipe waits for its writer.
        let path = source.path().filter(|path| path.is_file());
        let older = at.checked_sub(1).map(|older| &sources[older]);
        let older = older.filter(|older| set.log.is_some() || source.follows(older));
        let newest = match (path.filter(|path| files::is_log(path)), older.and_then(Source::path)) {
            (Some(_), Some(older)) => Some(older.to_owned()).filter(|older| older.is_file()),
            // Of a log that was named, the backups may not be among what is read.
            (Some(path), None) if set.log.is_none() => backups.newest(path),
            _ => None,
        };
        let is_log = at + 1 == sources.len();
        let is_opened = if is_log { has_room } else { *room > 0 };
        let place = path.filter(|_| is_opened).and_then(|path| Place::open_beside(path, newest.as_deref()).ok());
        *room = room.saturating_sub(usize::from(!is_log));
        let id = if place.is_none() { path.and_then(id_of) } else { None };
        Opening { source: source.clone(), id, newest, place }
    });
    let mut all: Vec<Opening> = all.collect();
    all.reverse();
    all
}

impl Feed {
    pub(super) fn new(files: Vec<Opening>, usual: usize, reading: &Reading) -> Self {
        Feed {
            files: files.into(),
            cutter: None,
            torn: None,
            left: None,
            file: "".into(),
            spare: Vec::new(),
            troubles: Vec::new(),
            usual,
            next: 0,
            reading: reading.clone(),
            pieces: Pieces::default(),
        }
    }

    /// Takes the buffer of a block, to be used again.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.spare.push(buffer);
    }

    /// What could not be read so far, taken from here.
    pub(super) fn take_troubles(&mut self) -> Vec<Trouble> {
        std::mem::take(&mut self.troubles)
    }

    /// Whether pieces are being read, or wait for their turn.
    pub(super) fn has_pieces(&self) -> bool {
        self.pieces.begun > self.pieces.taken
    }

    /// The next piece to be read, where nothing but more of the same file can follow.
    pub(super) fn begin_piece(&mut self) -> Option<Piece> {
        let may_begin = self.torn.is_none() && !self.pieces.is_halted;
        let cutter = self.cutter.as_ref().filter(|cutter| may_begin && cutter.is_steady())?;
        let Input::Plain(plain) = cutter.reader() else { return None };
        let under_way = self.pieces.begun - self.pieces.taken;
        let (file, at) = plain.ahead(under_way * self.usual as u64, self.usual)?;
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.resize(ROOM + self.usual, 0);
        self.pieces.begun += 1;
        Some(Piece { file, at, buffer, given_up: self.pieces.given_up, number: self.pieces.begun - 1 })
    }

    /// Whether this piece has to wait for those before it.
    pub(super) fn is_early(&self, piece: &Piece) -> bool {
        piece.given_up == self.pieces.given_up && piece.number > self.pieces.taken
    }

    /// The block that ends in this piece, and its number. Without one, all goes on where it stands.
    pub(super) fn take_piece(&mut self, piece: Piece, is_whole: bool) -> Option<(u64, Block)> {
        if piece.given_up != self.pieces.given_up {
            self.spare.push(piece.buffer);
            return None;
        }
        let cutter = self.cutter.as_mut().filter(|cutter| is_whole && cutter.is_steady());
        let next = cutter.and_then(|cutter| accepts(cutter.reader_mut(), &piece).then_some(cutter));
        let taken = match next {
            Some(cutter) => cutter.take_piece(piece.buffer),
            None => Err(piece.buffer),
        };
        match taken {
            Ok(block) => {
                self.pieces.taken += 1;
                self.next += 1;
                Some((self.next - 1, block))
            }
            Err(buffer) => {
                self.spare.push(buffer);
                self.give_up();
                None
            }
        }
    }

    /// What is being read ahead is not waited for, and read again.
    pub(super) fn give_up(&mut self) {
        self.pieces = Pieces { given_up: self.pieces.given_up + 1, begun: 0, taken: 0, is_halted: true };
    }

    /// The next block and its number.
    pub(super) fn next(&mut self) -> Option<(u64, Block)> {
        self.pieces.is_halted = false;
        loop {
            if let Some(block) = self.torn() {
                self.next += 1;
                return Some((self.next - 1, block));
            }
            let Some(cutter) = &mut self.cutter else {
                let mut opening = self.files.pop_front()?;
                let found = opening.open();
                let Opening { source, newest, place, .. } = opening;
                self.file = source.label().into();
                let read = &self.reading.read;
                let left = match &source {
                    Source::Followed(_, left) => Some(Left::clone(left)),
                    _ => None,
                };
                // What comes while it is followed may go on with its last record.
                let may_grow = left.is_some() && place.as_ref().is_some_and(|place| place.may_grow_within(SETTLED));
                let readable = found.and_then(|()| match (&place, source.path()) {
                    (Some(place), _) => foreign::refuse(place.file()),
                    (None, Some(path)) => foreign::refuse_named(path),
                    (None, None) => Ok(()),
                });
                let opened = readable.and_then(|()| match (&source, place) {
                    (Source::File(_), Some(place)) => input::begin(place, read),
                    (Source::Followed(_, left), Some(place)) => Ok(input::begin_to_follow(place, read, left)),
                    (Source::File(path) | Source::Followed(path, _), None) => {
                        input::open(path, newest.as_deref(), read)
                    }
                    (Source::Stdin, _) => input::stream(io::stdin(), read),
                });
                match opened {
                    Ok(input) => {
                        let is_live = matches!(input, Input::Live(_));
                        let cutter = Cutter::new(input, Arc::clone(&self.file), self.reading.counts_lines);
                        let mut cutter = cutter.sized(self.usual, LONGEST);
                        self.left = left;
                        if may_grow || self.files.front().is_some_and(|next| next.source.follows(&source)) {
                            cutter = cutter.to_go_on();
                        }
                        // Who writes to a pipe may be slow: what is here is shown.
                        self.cutter = Some(if is_live { cutter.eager() } else { cutter });
                    }
                    Err(error) => {
                        self.troubles.push(Trouble { file: Arc::clone(&self.file), error });
                        self.torn.iter_mut().for_each(Cutter::end);
                    }
                }
                continue;
            };
            let mut spare = self.spare.pop();
            let next = cutter.next(&mut spare);
            self.spare.extend(spare);
            match next {
                Ok(Some(block)) => {
                    self.next += 1;
                    return Some((self.next - 1, block));
                }
                Ok(None) if self.left.is_some() => self.leave(),
                Ok(None) => self.torn = self.cutter.take().filter(Cutter::is_torn),
                Err(error) => {
                    // What was read before it is shown, but for a line of which the rest is not known.
                    self.troubles.push(Trouble { file: Arc::clone(&self.file), error });
                    let rest = cutter.rest_of_lines();
                    self.cutter = None;
                    if let Some(block) = rest {
                        self.next += 1;
                        return Some((self.next - 1, block));
                    }
                }
            }
        }
    }

    /// What there is of the end of the file before, once it is known how far it goes on in the one that is read.
    fn torn(&mut self) -> Option<Block> {
        while let Some(torn) = &mut self.torn {
            let mut spare = self.spare.pop();
            let next = torn.next(&mut spare);
            self.spare.extend(spare);
            // It was read to its end: nothing can fail.
            if let Ok(Some(block)) = next {
                return Some(block);
            }
            if !torn.is_torn() {
                self.torn = None;
                break;
            }
            // Without one, the next file is still to be opened.
            let cutter = self.cutter.as_mut()?;
            if cutter.give_front(torn) {
                continue;
            }
            let is_passed_on = cutter.is_passed_on();
            if is_passed_on && self.left.is_none() {
                self.cutter = None;
                break;
            }
            torn.end();
            if is_passed_on {
                self.leave();
            }
        }
        None
    }

    /// Leaves the file under way to the one who follows it.
    fn leave(&mut self) {
        let kept = self.cutter.take().map(Cutter::into_kept);
        if let Some(left) = self.left.take() {
            left.lock().unwrap_or_else(PoisonError::into_inner).kept = kept;
        }
    }
}

fn accepts(input: &mut Input, piece: &Piece) -> bool {
    match input {
        Input::Plain(plain) => plain.accepts(piece.at, &piece.buffer[ROOM..]),
        Input::Live(_) | Input::Packed(_) => false,
    }
}
