//! Goes on reading logs as they grow, by their names, whatever becomes of the files: nothing lost, nothing twice.
//!
//! A log may be renamed and begun anew: then another file has its name, and those that came in between are read before
//! it. It may be copied and emptied, or lose its front to `auditctl rotate`: [`Place`] goes on with the same bytes where
//! they are now. A record is handed out when the next one begins, or when its last line is whole and nothing has come
//! for a moment. In folders, logs that are made later are followed as well, from their beginning.

use std::collections::HashSet;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::block::Block;
use super::cutter::{Cutter, Kept, LONGEST};
use super::files::{self, LogSet, Source};
use super::place::{Came, Place};
use super::trail::{Id, id_of};
use super::watch::Watch;

/// A record whose next line has not come by then is taken to be whole.
pub(super) const SETTLED: Duration = Duration::from_millis(150);
/// A writer that is in the middle of a line has so long to end it.
const UNFINISHED: Duration = Duration::from_secs(2);
/// How often it is looked, where nobody says that something happened.
const IDLE: Duration = Duration::from_millis(500);
const SOON: Duration = Duration::from_millis(20);
/// Files of a log that lost its name to others: writers may go on with them for a while.
const FORMER: usize = 4;
/// How much of a log is read at once: each that is followed has a buffer of its own.
const PIECE: usize = 64 << 10;
/// No more blocks than this are taken at once.
const MOST: usize = 16;

/// Something that those who follow should know.
#[derive(Debug)]
pub struct Notice {
    /// The log.
    pub log: PathBuf,
    /// What happened.
    pub what: String,
}

/// Folders in which logs may appear.
#[derive(Debug)]
pub struct Folders {
    paths: Vec<PathBuf>,
    /// The logs that are followed, and those that can't be.
    known: HashSet<PathBuf>,
    /// The files that were there from the beginning.
    seen: HashSet<Id>,
}

impl Folders {
    /// These folders, and what in them is read already.
    pub fn new(paths: Vec<PathBuf>, sets: &[LogSet]) -> Self {
        let files = || sets.iter().flat_map(|set| &set.sources).filter_map(Source::path);
        let known = files().filter(|path| files::is_log(path)).map(Path::to_owned).collect();
        Folders { paths, known, seen: files().filter_map(id_of).collect() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The logs that are new, and where each begins: it may have been rotated since.
    fn appeared(&mut self, notice: &mut impl FnMut(Notice)) -> Vec<(PathBuf, Place)> {
        let mut found = Vec::new();
        for set in self.paths.iter().flat_map(|path| files::in_folder(path).unwrap_or_default()) {
            let Some(log) = set.log.filter(|log| !self.known.contains(log) && log.is_file()) else { continue };
            let is_new = |path: &&Path| id_of(path).is_some_and(|id| !self.seen.contains(&id));
            let paths = || set.sources.iter().filter_map(Source::path);
            let Some(oldest) = paths().find(is_new) else { continue };
            match Place::open_of(oldest, &log, paths().rfind(|path| *path != log)) {
                Ok(place) => found.push((log.clone(), place)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => notice(Notice { log: log.clone(), what: format!("it can't be read: {error}") }),
            }
            self.known.insert(log);
        }
        found
    }
}

/// The logs that are followed.
pub struct Follower {
    logs: Vec<Log>,
    folders: Folders,
    counts_lines: bool,
    watch: Watch,
    /// Nobody has looked for new logs yet.
    is_first: bool,
}

/// A log that is followed.
struct Log {
    path: PathBuf,
    label: Arc<str>,
    counts_lines: bool,
    current: Reader,
    /// When it grew last, if it has.
    current_grew: Option<Instant>,
    /// Files that were the log, and when each of them grew last.
    former: Vec<(Reader, Option<Instant>)>,
    /// When any of them grew.
    grew: Instant,
    is_rotated: bool,
}

/// A file that is read and may grow.
type Reader = Cutter<Tail>;

/// Reads a place that may grow; says `WouldBlock` at its end, `ResourceBusy` while it is rotated, and `NotFound` when it
/// is gone.
struct Tail(Place);

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            Came::Bytes(read) => Ok(read),
            Came::End => Err(io::ErrorKind::WouldBlock.into()),
            Came::Rotating => Err(io::ErrorKind::ResourceBusy.into()),
            Came::Gone => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Hands out what has come: whether any has, and the error that stopped it.
fn read(reader: &mut Reader, mut take: impl FnMut(Block)) -> (bool, io::ErrorKind) {
    let mut grew = false;
    for _ in 0..MOST {
        let before = reader.filled();
        match reader.next(&mut None) {
            Ok(Some(block)) => {
                grew = true;
                take(block);
            }
            Ok(None) => return (grew, io::ErrorKind::WouldBlock),
            Err(error) => return (grew || reader.filled() > before, error.kind()),
        }
    }
    (grew, io::ErrorKind::WouldBlock)
}

impl Follower {
    /// Follows these logs from these places, with what was in the middle there, and the logs that appear in these folders.
    pub fn new(logs: Vec<(PathBuf, Place, Option<Kept>)>, folders: Folders, counts_lines: bool) -> Self {
        let parents = logs.iter().filter_map(|(path, ..)| path.parent());
        let watched: HashSet<&Path> = parents.chain(folders.paths.iter().map(PathBuf::as_path)).collect();
        let watch = Watch::new(watched.into_iter());
        let logs = logs.into_iter().map(|(path, place, kept)| Log::new(path, place, kept, counts_lines)).collect();
        Follower { logs, folders, counts_lines, watch, is_first: true }
    }

    /// Reads what has come. Every block that is whole is handed out, with what there is to know. How long there is
    /// nothing to do, unless [`Follower::notes`] says that something happened.
    pub fn step(&mut self, mut take: impl FnMut(&Block), mut notice: impl FnMut(Notice)) -> Duration {
        let mut pause = if self.watch.is_told() { IDLE } else { IDLE / 5 };
        // What happens from here on is noted anew.
        let may_be_new = self.watch.clear();
        if std::mem::take(&mut self.is_first) || may_be_new {
            let appeared = self.folders.appeared(&mut notice);
            self.logs.extend(appeared.into_iter().map(|(path, place)| Log::new(path, place, None, self.counts_lines)));
        }
        for log in &mut self.logs {
            let grew = log.read(&mut take, &mut notice);
            pause = pause.min(if grew { Duration::ZERO } else { log.patience() });
        }
        pause
    }

    /// Can be read when something has happened in the folders of the logs.
    pub fn notes(&self) -> Option<BorrowedFd<'_>> {
        self.watch.notes()
    }
}

impl Log {
    fn new(path: PathBuf, place: Place, kept: Option<Kept>, counts_lines: bool) -> Self {
        let label: Arc<str> = path.display().to_string().into();
        let mut current = reader(place, &label, counts_lines);
        if let Some(kept) = kept {
            current = current.going_on_with(kept);
        }
        let grew = Instant::now();
        Log { path, label, counts_lines, current, current_grew: None, former: Vec::new(), grew, is_rotated: false }
    }

    /// How long it may be left alone.
    fn patience(&self) -> Duration {
        if self.is_rotated {
            SOON
        } else {
            let former = self.former.iter().map(|(reader, _)| reader);
            let waiting = former.chain([&self.current]).filter(|reader| reader.has_lines());
            let left = waiting.map(|reader| settles_in(reader).saturating_sub(self.grew.elapsed())).min();
            left.map_or(IDLE, |left| left.max(Duration::from_millis(1)))
        }
    }

    fn read(&mut self, take: &mut impl FnMut(&Block), notice: &mut impl FnMut(Notice)) -> bool {
        for (former, grew) in &mut self.former {
            if read(former, |block| take(&block)).0 {
                self.grew = Instant::now();
                *grew = Some(self.grew);
            }
        }
        let mut blocks = Vec::new();
        let (grew, end) = read(&mut self.current, |block| blocks.push(block));
        if grew {
            self.grew = Instant::now();
            self.current_grew = Some(self.grew);
            // Whatever its writer wrote to a former file before it is there by now.
            for (former, _) in &mut self.former {
                read(former, |block| take(&block));
                former.settled().iter().for_each(&mut *take);
            }
            blocks.iter().for_each(take);
            return true;
        }
        self.is_rotated = end == io::ErrorKind::ResourceBusy;
        if end == io::ErrorKind::NotFound {
            return self.begin_anew(take, notice);
        }
        if !self.is_rotated && self.current.reader().0.has_lost_its_name() {
            // Once more: who wrote to the file may have done so until a moment ago.
            if read(&mut self.current, |block| take(&block)).0 {
                return true;
            }
            match self.current.reader_mut().0.next_file() {
                Ok(Some(next)) => {
                    self.go_on(next, take);
                    return true;
                }
                _ => self.is_rotated = true,
            }
        }
        let rested = self.grew.elapsed();
        let readers = self.former.iter_mut().map(|(reader, _)| reader).chain([&mut self.current]);
        readers.filter(|reader| rested >= settles_in(reader)).for_each(|reader| {
            reader.settled().iter().for_each(&mut *take);
        });
        false
    }

    /// Goes on with another file.
    fn go_on(&mut self, place: Place, take: &mut impl FnMut(&Block)) {
        let next = reader(place, &self.label, self.counts_lines);
        let mut former = std::mem::replace(&mut self.current, next);
        former.settled().iter().for_each(&mut *take);
        self.former.push((former, self.current_grew.take()));
        if self.former.len() > FORMER {
            // Whoever did not reopen the log goes on in one that was it long ago.
            let longest = (0..self.former.len()).min_by_key(|&at| self.former[at].1);
            let rest = longest.and_then(|at| self.former.remove(at).0.rest());
            rest.iter().for_each(take);
        }
    }

    /// What was read is nowhere any more.
    fn begin_anew(&mut self, take: &mut impl FnMut(&Block), notice: &mut impl FnMut(Notice)) -> bool {
        let Ok(front) = Place::open(&self.path) else { return false };
        let what = "it was cut or replaced, and no backup has the rest; it is read from its beginning".to_owned();
        notice(Notice { log: self.path.clone(), what });
        let next = reader(front, &self.label, self.counts_lines);
        let mut gone = std::mem::replace(&mut self.current, next);
        gone.rest().iter().for_each(take);
        true
    }
}

/// How long the record that waits is waited with.
fn settles_in(reader: &Reader) -> Duration {
    if reader.has_half_line() { UNFINISHED } else { SETTLED }
}

fn reader(place: Place, label: &Arc<str>, counts_lines: bool) -> Reader {
    let offset = place.at();
    let cutter = Cutter::new(Tail(place), Arc::clone(label), counts_lines).sized(PIECE, LONGEST);
    cutter.eager().beginning_at(offset)
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.logs.iter().map(|log| &log.path)).finish()
    }
}
