//! Goes on reading logs as they grow, by their names, whatever becomes of the files: nothing lost, nothing twice.
//!
//! A log may be renamed and begun anew, copied and emptied, or lose its front to `auditctl rotate`. Which of it happened
//! shows in the files: another file has the log's name; or the bytes before the place of reading are not what they were
//! and stand nearer to the front, or at the same place of a backup. A record is handed out when the next one begins, or
//! when its last line is whole and nothing has come for a moment.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::block::{Block, Cutter};
use super::files::{self, Source};
use super::input::{Place, stale};
use super::rotate::intent::{Intent, part_name};
use super::watch::Watch;

/// A record whose next line has not come by then is taken to be whole.
const SETTLED: Duration = Duration::from_millis(150);
/// How long a rotation under way is waited for; one that takes longer was interrupted.
const ROTATING: Duration = Duration::from_secs(3);
/// How often it is looked, where nobody says that something happened.
const IDLE: Duration = Duration::from_millis(500);
const SOON: Duration = Duration::from_millis(20);
/// Files of a log that lost its name to others: writers may go on with them for a while.
const FORMER: usize = 2;

/// Something that those who follow should know.
#[derive(Debug)]
pub struct Notice {
    /// The log.
    pub log: PathBuf,
    /// What happened.
    pub what: String,
}

/// The logs that are followed.
pub struct Follower {
    logs: Vec<Log>,
    watch: Watch,
}

/// A log that is followed.
struct Log {
    path: PathBuf,
    label: Arc<str>,
    counts_lines: bool,
    current: Reader,
    /// Files to read after the current one, before it is waited for more.
    next: VecDeque<Place>,
    former: VecDeque<Reader>,
    /// Files that were read, or were backups from the first.
    known: HashSet<(u64, u64)>,
    grew: Instant,
    lost: Option<Instant>,
}

/// A file that is read and may grow.
struct Reader {
    cutter: Cutter<Tail>,
    identity: Option<(u64, u64)>,
}

/// Reads a place that may grow; says `WouldBlock` at its end and `NotFound` when it is gone.
struct Tail {
    place: Place,
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.place.read(buffer)? {
            Some(0) => Err(io::ErrorKind::WouldBlock.into()),
            Some(read) => Ok(read),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn identity(file: &File) -> Option<(u64, u64)> {
    file.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Reader {
    fn new(place: Place, label: &Arc<str>, counts_lines: bool) -> Self {
        let identity = identity(&place.file);
        let offset = place.at;
        let cutter = Cutter::new(Tail { place }, Arc::clone(label), counts_lines).eager().beginning_at(offset);
        Reader { cutter, identity }
    }

    /// Hands out what has come; the error that stopped it.
    fn read(&mut self, take: &mut impl FnMut(&Block)) -> (bool, io::ErrorKind) {
        let mut grew = false;
        loop {
            let before = self.cutter.filled();
            match self.cutter.next(&mut None) {
                Ok(Some(block)) => {
                    grew = true;
                    take(&block);
                }
                Ok(None) => return (grew, io::ErrorKind::WouldBlock),
                Err(error) => return (grew || self.cutter.filled() > before, error.kind()),
            }
        }
    }
}

impl Follower {
    /// Follows these logs from these places.
    pub fn new(logs: Vec<(PathBuf, Place)>, counts_lines: bool) -> Self {
        let folders: HashSet<&Path> = logs.iter().filter_map(|(path, _)| path.parent()).collect();
        let watch = Watch::new(folders.into_iter());
        let logs = logs.into_iter().map(|(path, place)| Log::new(path, place, counts_lines)).collect();
        Follower { logs, watch }
    }

    /// Reads what has come, and waits a moment where nothing has. Every block that is whole is handed out, with what
    /// there is to know.
    pub fn step(&mut self, mut take: impl FnMut(&Block), mut notice: impl FnMut(Notice)) {
        let mut pause = IDLE;
        let mut grew = false;
        for log in &mut self.logs {
            grew |= log.read(&mut take, &mut notice);
            pause = pause.min(log.patience());
        }
        if !grew {
            self.watch.wait(pause);
        }
    }
}

impl Log {
    fn new(path: PathBuf, place: Place, counts_lines: bool) -> Self {
        let label: Arc<str> = path.display().to_string().into();
        let known =
            backups(&path).iter().filter_map(|path| File::open(path).ok()).filter_map(|f| identity(&f)).collect();
        let current = Reader::new(place, &label, counts_lines);
        Log {
            path,
            label,
            counts_lines,
            current,
            next: VecDeque::new(),
            former: VecDeque::new(),
            known,
            grew: Instant::now(),
            lost: None,
        }
    }

    /// How long it may be left alone.
    fn patience(&self) -> Duration {
        if self.lost.is_some() || !self.next.is_empty() {
            SOON
        } else if self.current.cutter.has_lines() {
            SETTLED.saturating_sub(self.grew.elapsed()).max(Duration::from_millis(1))
        } else {
            IDLE
        }
    }

    fn read(&mut self, take: &mut impl FnMut(&Block), notice: &mut impl FnMut(Notice)) -> bool {
        for former in &mut self.former {
            former.read(take);
            former.cutter.settled().iter().for_each(&mut *take);
        }
        let (grew, end) = self.current.read(take);
        if grew {
            self.grew = Instant::now();
            return true;
        }
        if end == io::ErrorKind::NotFound || self.is_shorter() {
            return self.find_place(take, notice);
        }
        self.lost = None;
        if let Some(next) = self.next.pop_front() {
            self.go_on(next, take);
            return true;
        }
        if self.has_another_name() {
            // Once more: who wrote to the file may have done so until a moment ago.
            if self.current.read(take).0 {
                return true;
            }
            return self.change_file(take);
        }
        if self.grew.elapsed() >= SETTLED {
            self.current.cutter.settled().iter().for_each(take);
        }
        false
    }

    fn is_shorter(&self) -> bool {
        let place = &self.current.cutter.reader().place;
        place.file.metadata().is_ok_and(|metadata| metadata.len() < place.at)
    }

    /// Whether the log's name is another file's now.
    fn has_another_name(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| self.current.identity != Some((found.dev(), found.ino())))
    }

    /// Goes on with another file.
    fn go_on(&mut self, place: Place, take: &mut impl FnMut(&Block)) {
        let next = Reader::new(place, &self.label, self.counts_lines);
        let mut former = std::mem::replace(&mut self.current, next);
        self.known.extend(former.identity);
        if self.current.identity == former.identity || !self.next.is_empty() {
            former.cutter.rest().iter().for_each(take);
            return;
        }
        former.cutter.settled().iter().for_each(&mut *take);
        self.former.push_back(former);
        if self.former.len() > FORMER {
            self.former.pop_front().and_then(|mut oldest| oldest.cutter.rest()).iter().for_each(take);
        }
    }

    /// The log was renamed and begun anew, perhaps more than once.
    fn change_file(&mut self, take: &mut impl FnMut(&Block)) -> bool {
        let Ok(log) = File::open(&self.path) else { return false };
        let backups: Vec<File> = backups(&self.path).iter().filter_map(|path| File::open(path).ok()).collect();
        let identities: Vec<_> = backups.iter().map(identity).collect();
        // Those that are younger than the file that was read; if that is gone, those that nobody has seen.
        let from = identities.iter().position(|found| *found == self.current.identity).map_or(0, |at| at + 1);
        let unseen = backups.into_iter().zip(identities).skip(from);
        let mut unseen: VecDeque<File> = unseen
            .filter(|(_, found)| found.is_some_and(|found| !self.known.contains(&found)))
            .map(|(f, _)| f)
            .collect();
        // The log itself may have been renamed since it was opened.
        let of_log = identity(&log);
        unseen.retain(|file| identity(file) != of_log);
        unseen.push_back(log);
        let mut places = unseen.into_iter().map(|file| Place::new(file, 0));
        if let Some(first) = places.next() {
            self.next.extend(places);
            self.go_on(first, take);
        }
        true
    }

    /// The bytes at the place of reading are not the ones before it any more.
    fn find_place(&mut self, take: &mut impl FnMut(&Block), notice: &mut impl FnMut(Notice)) -> bool {
        let since = *self.lost.get_or_insert_with(Instant::now);
        let intent = Intent::beside(&self.path).is_some();
        if intent && since.elapsed() < ROTATING {
            return false;
        }
        let Ok(log) = File::open(&self.path) else { return false };
        let mut others = backups(&self.path);
        others.reverse();
        if intent && let Some(name) = self.path.file_name() {
            others.insert(0, self.path.with_file_name(part_name(name)));
        }
        let place = &self.current.cutter.reader().place;
        let in_other = |path: &PathBuf| File::open(path).and_then(|file| place.in_other(file)).ok().flatten();
        let rest = others.iter().take(2).find_map(in_other);
        if rest.is_none() && since.elapsed() < SOON * 10 {
            // A rotation may be between two of its steps.
            return false;
        }
        self.lost = None;
        let start = stale(&self.path, &log);
        let front = Place::new(log, start);
        match rest {
            Some(rest) => {
                // The same bytes up to here: the record that is under way goes on there.
                self.known.extend(identity(&rest.file));
                self.current.cutter.reader_mut().place = rest;
                self.next.push_back(front);
            }
            None => {
                let what =
                    "it was cut or replaced, and no backup has the rest; it is read from its beginning".to_owned();
                notice(Notice { log: self.path.clone(), what });
                self.go_on(front, take);
            }
        }
        true
    }
}

/// The plain backups of a log, the oldest first.
fn backups(log: &Path) -> Vec<PathBuf> {
    let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sets = files::in_folder(folder).unwrap_or_default();
    let set = sets.into_iter().find(|set| set.log.as_deref().and_then(Path::file_name) == log.file_name());
    let sources = set.map(|set| set.sources).unwrap_or_default();
    let plain = sources.into_iter().filter_map(|source| match source {
        Source::File(path) if path.file_name() != log.file_name() => Some(path),
        _ => None,
    });
    plain.filter(|path| !path.extension().is_some_and(|ending| ending == "gz" || ending == "zst")).collect()
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.logs.iter().map(|log| &log.path)).finish()
    }
}
