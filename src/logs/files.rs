//! From what was named to sets of files: a log with its backups, the oldest first.
//!
//! Backups are named as Python's handlers and logrotate name them: `audit.log.3`, `audit.log.2026-11-22`,
//! `audit.log-20261122`, packed or not. Knows names and folders, not what is in the files.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet, hash_map};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::foreign;
use super::input::{Left, stale};
use super::rotate::intent::{Intent, part_name};

/// How the names of logs end.
const LOGS: [&str; 3] = [".log", ".jsonl", ".ndjson"];

/// Where bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A file that will be followed: where its reading ended is left here.
    Followed(PathBuf, Left),
    /// Standard input.
    Stdin,
}

impl Source {
    /// The file's name; None for standard input.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Source::File(path) | Source::Followed(path, _) => Some(path),
            Source::Stdin => None,
        }
    }

    /// How it is named in what is shown; `-` is standard input.
    pub fn label(&self) -> String {
        self.path().map_or_else(|| "-".to_owned(), |path| path.display().to_string())
    }
}

impl Source {
    /// Whether it is the next younger file of the same log.
    pub fn follows(&self, older: &Source) -> bool {
        let (Some(path), Some(older_path)) = (self.path(), older.path()) else { return false };
        let (Some(this), Some(older)) = (Part::of(path), Part::of(older_path)) else { return false };
        let is_next = match (&older.age, &this.age) {
            (Age::Numbered(older), Age::Numbered(this)) => *older == this + 1,
            (Age::Numbered(number), Age::Unnamed | Age::Log) => *number <= 1,
            (Age::Dated(older), Age::Dated(this)) => older < this,
            (Age::Dated(_), _) | (Age::Unnamed, Age::Log) => true,
            _ => false,
        };
        is_next && this.log == older.log && path.parent() == older_path.parent()
    }
}

/// Whether a file of this name may be a log with backups: it is not one of them itself.
pub fn is_log(path: &Path) -> bool {
    path.file_name().and_then(Part::named).is_some_and(|part| part.age == Age::Log)
}

/// The log of which this is a file; any other file is its own.
pub fn log_of(path: &Path) -> PathBuf {
    Part::of(path).map_or_else(|| path.to_owned(), |part| path.with_file_name(part.log))
}

/// A log with its backups: what follows each other in time.
#[derive(Clone, Debug)]
pub struct LogSet {
    /// The log without backups, where it was read from a folder.
    pub log: Option<PathBuf>,
    /// Its parts, the oldest first.
    pub sources: Vec<Source>,
}

/// A file or folder that can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct Unreadable {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// Which log a file belongs to, and how old it is among its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    log: OsString,
    age: Age,
}

impl Part {
    fn of(path: &Path) -> Option<Part> {
        let name = path.file_name()?;
        let unnamed = || {
            let log = name.as_bytes().strip_prefix(b".")?.strip_suffix(b".part")?;
            Some(Part { log: OsStr::from_bytes(log).to_owned(), age: Age::Unnamed })
        };
        Part::named(name).or_else(unnamed)
    }

    /// Reads a name, of whatever bytes; None for what is no log.
    fn named(name: &OsStr) -> Option<Part> {
        if let Some(name) = name.to_str() {
            return part(name);
        }
        // All that is looked for is ASCII: a character may stand for each other byte.
        let latin: String = name.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        let Part { log, age } = part(&latin)?;
        let log = log.to_str()?.chars().map(u8::try_from).collect::<Result<_, _>>().ok()?;
        Some(Part { log: OsString::from_vec(log), age })
    }
}

/// The younger is the greater.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Age {
    /// A backup by its date.
    Dated(String),
    /// A backup by its number: the higher, the older.
    Numbered(u64),
    /// What an interrupted rotation left of a backup.
    Unnamed,
    /// The log itself.
    Log,
}

impl Age {
    fn cmp(&self, other: &Age) -> Ordering {
        let rank = |age: &Age| match age {
            Age::Dated(_) => 0,
            Age::Numbered(_) => 1,
            Age::Unnamed => 2,
            Age::Log => 3,
        };
        match (self, other) {
            (Age::Dated(a), Age::Dated(b)) => a.cmp(b),
            (Age::Numbered(a), Age::Numbered(b)) => b.cmp(a),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// The sets that these arguments name: `-` is standard input, a folder holds logs, files of one log go together. What is
/// not there is an error at its turn to be read, unless nothing is.
pub fn named(arguments: &[PathBuf]) -> Result<Vec<LogSet>, Unreadable> {
    let mut sets: Vec<LogSet> = Vec::new();
    // Files of one log, as far as they were named: the set of the log, and its parts.
    let mut logs: HashMap<PathBuf, usize> = HashMap::new();
    let mut parts: BTreeMap<usize, Vec<(Age, PathBuf)>> = BTreeMap::new();
    // The first of those that can't be looked at, and how many there are.
    let (mut missing, mut all_missing) = (None, 0);
    for argument in arguments {
        if argument.as_os_str() == "-" {
            sets.push(LogSet { log: None, sources: vec![Source::Stdin] });
            continue;
        }
        match fs::metadata(argument) {
            Ok(metadata) if metadata.is_dir() => {
                sets.extend(in_folder(argument)?);
                continue;
            }
            Ok(_) => {}
            Err(error) => {
                missing = missing.or(Some(Unreadable { path: argument.clone(), error }));
                all_missing += 1;
            }
        }
        let age = Part::of(argument).map_or(Age::Log, |part| part.age);
        let at = *logs.entry(log_of(argument)).or_insert_with(|| {
            sets.push(LogSet { log: None, sources: Vec::new() });
            sets.len() - 1
        });
        parts.entry(at).or_default().push((age, argument.clone()));
    }
    if let Some(missing) = missing.filter(|_| all_missing == arguments.len()) {
        return Err(missing);
    }
    for (at, mut parts) in parts {
        parts.sort_by(|(a, _), (b, _)| a.cmp(b));
        sets[at].sources = parts.into_iter().map(|(_, path)| Source::File(path)).collect();
        add_part(&mut sets[at].sources);
    }
    Ok(sets)
}

/// The logs of a folder with their backups, by name. What lies in folders below is not theirs, nor is what is hidden or
/// no regular file.
pub fn in_folder(folder: &Path) -> Result<Vec<LogSet>, Unreadable> {
    let found = parts(folder, |_| true).map_err(|error| Unreadable { path: folder.to_owned(), error })?;
    let sets = found.chunk_by(|(a, _), (b, _)| a.log == b.log).map(|parts| {
        let mut sources = parts.iter().map(|(_, path)| Source::File(path.clone())).collect();
        add_part(&mut sources);
        LogSet { log: parts.first().map(|(part, _)| folder.join(&part.log)), sources }
    });
    Ok(sets.collect())
}

/// The backups of a log, the newest first.
pub fn backups(log: &Path) -> Vec<PathBuf> {
    let Some(name) = log.file_name().filter(|_| is_log(log)) else { return Vec::new() };
    let found = parts(folder_of(log), |part| part.log == name && part.age != Age::Log).unwrap_or_default();
    // Beside the log, however its folder was named.
    let beside = |path: &PathBuf| path.file_name().map(|name| log.with_file_name(name));
    found.iter().rev().filter_map(|(_, path)| beside(path)).collect()
}

/// The folder of a file, which may be named without it.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The newest backup of each log in a folder that has any.
pub fn newest_backups(folder: &Path) -> HashMap<OsString, PathBuf> {
    // The later ones are the newer.
    let found = parts(folder, |part| part.age != Age::Log).unwrap_or_default();
    found.into_iter().map(|(part, path)| (part.log, path)).collect()
}

/// The logs and backups of a folder that are wanted, by log, the oldest first.
fn parts(folder: &Path, is_wanted: impl Fn(&Part) -> bool) -> io::Result<Vec<(Part, PathBuf)>> {
    let mut found: Vec<(Part, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(part) = Part::named(&name).filter(&is_wanted) else { continue };
        if is_file(&entry) {
            found.push((part, entry.path()));
        }
    }
    // A backup that is there both packed and as it was is being packed.
    if found.iter().any(|(_, path)| is_packed(path)) {
        let names: HashSet<PathBuf> = found.iter().map(|(_, path)| path.clone()).collect();
        let is_twice = |path: &Path| is_packed(path) && names.contains(&path.with_extension(""));
        found.retain(|(part, path)| part.age == Age::Numbered(0) || !is_twice(path));
    }
    found.sort_by(|(a, _), (b, _)| a.log.cmp(&b.log).then_with(|| a.age.cmp(&b.age)));
    Ok(found)
}

/// Whether it is a regular file. A link is followed; one that leads nowhere, or to a pipe, is no log.
fn is_file(entry: &fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_file() => true,
        Ok(kind) if kind.is_dir() => false,
        _ => fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()),
    }
}

/// The files of a folder that by their names are logs or backups, but packed in a way that is not read.
pub fn packed_otherwise(folder: &Path) -> Vec<PathBuf> {
    files_named(folder, is_packed_otherwise)
}

/// The files of a folder whose names are made of a log's, as `audit.log.old` and `audit.log~` are, but not as those of
/// backups.
pub fn named_otherwise(folder: &Path) -> Vec<PathBuf> {
    let goes_on = |name: &str, log: &str| {
        name.match_indices(log).any(|(at, _)| {
            let rest = name[at + log.len()..].chars().next();
            at > 0 && rest.is_some_and(|next| !next.is_alphanumeric())
        })
    };
    files_named(folder, |name| {
        let is_like_a_log = LOGS.iter().any(|log| goes_on(name, log)) && !name.starts_with('.');
        is_like_a_log && part(name).is_none() && !is_packed_otherwise(name)
    })
}

fn is_packed_otherwise(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(name, ending)| foreign::unpacker(ending).is_some() && part(name).is_some())
}

/// The files of a folder that have such names, by name.
fn files_named(folder: &Path, is_such: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_found = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(&is_such) && is_file(entry);
    let mut found: Vec<PathBuf> = entries.filter(is_found).map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Takes each file once, however often and by whatever names it is there: by the name of a log rather than of a backup,
/// by its own rather than a link's, and with the other files of its folder where it can be.
pub fn once(mut sets: Vec<LogSet>) -> Vec<LogSet> {
    let mut kept = HashMap::new();
    let mut surplus = HashSet::new();
    for (set_at, set) in sets.iter().enumerate() {
        for (at, path) in set.sources.iter().enumerate().filter_map(|(at, source)| Some((at, source.path()?))) {
            let Some(file) = fs::metadata(path).ok().filter(fs::Metadata::is_file) else { continue };
            let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
            let this = ((!is_log(path), is_link, set.log.is_none()), (set_at, at));
            match kept.entry((file.dev(), file.ino())) {
                hash_map::Entry::Vacant(first) => {
                    first.insert(this);
                }
                hash_map::Entry::Occupied(mut other) => {
                    let worse = if this.0 < other.get().0 { other.insert(this) } else { this };
                    surplus.insert(worse.1);
                }
            }
        }
    }
    for (set_at, set) in sets.iter_mut().enumerate() {
        let mut places = (0..).map(|at| (set_at, at));
        set.sources.retain(|_| places.next().is_none_or(|place| !surplus.contains(&place)));
    }
    sets.retain(|set| !set.sources.is_empty());
    sets
}

/// Looks again at what these sets hold, once at each folder: whether there are other names than before. Only what was
/// found in a folder may have others.
pub fn look_again(sets: &mut Vec<LogSet>) -> bool {
    let mut folders: HashMap<PathBuf, HashMap<PathBuf, Vec<Source>>> = HashMap::new();
    let mut again = sets.clone();
    for set in &mut again {
        let Some((log, folder)) = set.log.as_ref().and_then(|log| Some((log, log.parent()?))) else { continue };
        let found = folders.entry(folder.to_owned()).or_insert_with(|| {
            let found = in_folder(folder).unwrap_or_default().into_iter();
            found.filter_map(|set| Some((set.log?, set.sources))).collect()
        });
        let Some(mut sources) = found.remove(log) else { continue };
        // What is followed is so under any name that its log has.
        if let Some(Source::Followed(path, left)) = set.sources.last()
            && let Some(last) = sources.last_mut().filter(|last| last.path() == Some(path))
        {
            *last = Source::Followed(path.clone(), Left::clone(left));
        }
        set.sources = sources;
    }
    let again = once(again);
    let is_other = !paths(sets).eq(paths(&again));
    *sets = again;
    is_other
}

fn paths(sets: &[LogSet]) -> impl Iterator<Item = Option<&Path>> {
    sets.iter().flat_map(|set| &set.sources).map(Source::path)
}

/// A rotation that was interrupted may have left the front of the log in a file that has no name yet.
fn add_part(sources: &mut Vec<Source>) {
    let Some(Source::File(log)) = sources.last() else { return };
    let is_stale = || fs::File::open(log).is_ok_and(|file| stale(log, &file) > 0);
    let Some(part) = log.file_name().map(|name| log.with_file_name(part_name(name))) else { return };
    if Intent::beside(log).is_some() && is_stale() && part.is_file() {
        sources.insert(sources.len() - 1, Source::File(part));
    }
}

/// Whether it is a packed file by its name, which is unpacked here.
pub fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gz" || ending == "zst")
}

/// Reads a name; None for what is no log.
fn part(name: &str) -> Option<Part> {
    if name.starts_with('.') {
        return None;
    }
    let unpacked = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let is_log = |name: &str| LOGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|stem| !stem.is_empty()));
    if is_log(unpacked) {
        // A packed log without a number is older than the log itself.
        let age = if unpacked.len() < name.len() { Age::Numbered(0) } else { Age::Log };
        return Some(Part { log: unpacked.into(), age });
    }
    let (log, rest) =
        unpacked.match_indices(['.', '-']).map(|(at, _)| unpacked.split_at(at)).find(|(log, _)| is_log(log))?;
    let rest = &rest[1..];
    let is_number = (1..=4).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_date =
        rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    let age = match rest.parse() {
        Ok(number) if is_number => Age::Numbered(number),
        _ if is_date => Age::Dated(rest.to_owned()),
        _ => return None,
    };
    Some(Part { log: log.into(), age })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_logs_with_their_backups_the_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "audit.log",
            "audit.log.1",
            "audit.log.10.gz",
            "audit.log.2",
            "audit.log.2026-11-01",
            "audit.log-20261002.zst",
            "events.jsonl",
            "notes.txt",
            ".audit.log.part",
            "audit.log.old",
            "audit.log.lock",
            "logging.py",
            ".log",
            "audit.log.gz",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        for name in [&b"\xf1.log.1"[..], b"\xf1.log"] {
            fs::write(folder.path().join(OsStr::from_bytes(name)), "").unwrap();
        }
        fs::create_dir(folder.path().join("sub.log")).unwrap();
        let names = |sets: Vec<LogSet>| -> Vec<Vec<String>> {
            let name = |source: &Source| match source {
                Source::File(path) | Source::Followed(path, _) => {
                    path.file_name().unwrap().to_string_lossy().into_owned()
                }
                Source::Stdin => "-".to_owned(),
            };
            sets.iter().map(|set| set.sources.iter().map(name).collect()).collect()
        };
        assert_eq!(
            names(in_folder(folder.path()).unwrap()),
            [
                vec![
                    "audit.log.2026-11-01",
                    "audit.log-20261002.zst",
                    "audit.log.10.gz",
                    "audit.log.2",
                    "audit.log.1",
                    "audit.log.gz",
                    "audit.log"
                ],
                vec!["events.jsonl"],
                vec!["\u{fffd}.log.1", "\u{fffd}.log"],
            ]
        );
        let given = ["audit.log", "notes.txt", "-", "audit.log.2", "audit.log.1"].map(|name| match name {
            "-" => PathBuf::from(name),
            name => folder.path().join(name),
        });
        assert_eq!(
            names(named(&given).unwrap()),
            [vec!["audit.log.2", "audit.log.1", "audit.log"], vec!["notes.txt"], vec!["-"]]
        );
        let follows = |this: &str, older: &str| {
            Source::File(folder.path().join(this)).follows(&Source::File(folder.path().join(older)))
        };
        for (older, this) in [
            ("audit.log.1", "audit.log"),
            ("audit.log.10.gz", "audit.log.9"),
            ("audit.log.1", ".audit.log.part"),
            (".audit.log.part", "audit.log"),
            ("audit.log-20261002.zst", "audit.log-20261003"),
            ("audit.log.2026-11-01", "audit.log"),
        ] {
            assert!(follows(this, older) && !follows(older, this), "{this} {older}");
        }
        assert!(!follows("audit.log", "audit.log.2") && !follows("audit.log", "errors.log.1"));
        assert_eq!(named(&[folder.path().join("gone.log")]).unwrap_err().error.kind(), io::ErrorKind::NotFound);
    }
}
