//! Files get their names: written aside in the same folder, durable, then renamed; and an earlier run's files are
//! finished or dropped.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::compression::checked;
use super::cursor::{Cursor, Pending, PendingFile};
use super::error::ExportError;
use crate::lock::{Lock, LockError};

/// What the names of files aside begin and end with.
const PREFIX: &str = ".auditctl-";
const SUFFIX: &str = ".part";
/// What the lock of a run without a cursor ends with.
const ALIVE: &str = ".lock";

/// How far a run came. Told as each is reached, for tests that end the run there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The earlier run's files are finished or dropped.
    Settled,
    /// Some entries are written, not all.
    Writing,
    /// All entries are written and durable, aside or on standard output.
    Written,
    /// The cursor says which files are about to get their names.
    Noted,
    /// One more of them has it.
    Named,
    /// All have, and the folder is durable.
    Published,
    /// The cursor has moved.
    Moved,
}

/// A file that stands aside, whole and durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Where it stands.
    pub aside: PathBuf,
    /// The name that it gets.
    pub name: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256; empty where nobody asked.
    pub sha256: String,
}

/// The files aside that one run makes in one folder, or in several.
#[derive(Debug)]
pub struct Aside {
    tag: String,
    made: Vec<PathBuf>,
    /// Of a run without a cursor, one a folder: they say that it still runs, to whoever would drop its files.
    _alive: Vec<Lock>,
}

impl Aside {
    /// For a run with this cursor, whose leftovers in the folders are dropped. The caller holds the cursor's lock.
    pub fn of_cursor<'a>(cursor: &Path, folders: impl Iterator<Item = &'a Path>) -> Result<Aside, ExportError> {
        let absolute = fs::canonicalize(cursor).or_else(|_| std::path::absolute(cursor));
        let absolute = absolute.map_err(ExportError::file("read", cursor))?;
        let tag = format!("{:016x}", fingerprint(absolute.as_os_str().as_encoded_bytes()));
        let ours = format!("{PREFIX}{tag}-");
        for folder in folders {
            drop_files(folder, &ours).map_err(ExportError::file("write", folder))?;
        }
        Ok(Aside { tag, made: Vec::new(), _alive: Vec::new() })
    }

    /// For a run without one, in these folders. What runs that were killed left there is dropped.
    pub fn of_process<'a>(folders: impl Iterator<Item = &'a Path>, now: DateTime<Utc>) -> Result<Aside, ExportError> {
        let mut folders: Vec<&Path> = folders.collect();
        folders.sort_unstable();
        folders.dedup();
        folders.iter().for_each(|folder| drop_what_was_left(folder, now));
        loop {
            let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let tag = format!("{}-{:x}", std::process::id(), at.as_nanos());
            let lock = |folder: &&Path| Lock::take(&folder.join(format!("{PREFIX}{tag}{ALIVE}")), now);
            match folders.iter().map(lock).collect() {
                Ok(locks) => return Ok(Aside { tag, made: Vec::new(), _alive: locks }),
                // Another run looked at it just then, to see whether this one still lives.
                Err(LockError::Held { .. }) => {}
                Err(LockError::Unable { path, source }) => {
                    let folder = folder_of(&path);
                    return Err(ExportError::file("write to", folder)(source));
                }
            }
        }
    }

    /// The path of one more file in this folder.
    pub fn next(&mut self, folder: &Path) -> PathBuf {
        let path = folder.join(format!("{PREFIX}{}-{}{SUFFIX}", self.tag, self.made.len()));
        self.made.push(path.clone());
        path
    }

    /// The files stay: the cursor speaks of them.
    pub fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        for path in &self.made {
            // Those that have their names are here no more.
            let _ = fs::remove_file(path);
        }
    }
}

/// Drops the files aside of runs without a cursor that are over: their locks can be had. What can't be dropped, such
/// as another user's, stays.
fn drop_what_was_left(folder: &Path, now: DateTime<Utc>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name.to_str().filter(|name| name.starts_with(PREFIX)).and_then(|name| name.strip_suffix(ALIVE));
        if let Some(run) = run
            && let Ok(_lock) = Lock::take(&entry.path(), now)
        {
            let _ = drop_files(folder, &format!("{run}-"));
        }
    }
}

/// Drops the files aside whose names begin so.
fn drop_files(folder: &Path, begin: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(begin) && name.ends_with(SUFFIX)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// FNV-1a: the same in every version of the program.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Refuses a target that can't be: its folder is missing, something of its name is there.
pub fn check_target(name: &Path, force: bool, with_cursor: bool) -> Result<(), ExportError> {
    match fs::symlink_metadata(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ExportError::file("write", name)(error)),
        Ok(_) => {
            let metadata = fs::metadata(name);
            if metadata.as_ref().is_ok_and(fs::Metadata::is_dir) {
                return Err(ExportError::NotAFile { path: name.into(), what: "a folder" });
            }
            if metadata.is_ok_and(|metadata| !metadata.is_file()) {
                return Err(ExportError::NotAFile { path: name.into(), what: "a device or a pipe" });
            }
            if force { Ok(()) } else { Err(ExportError::Exists { path: name.into(), with_cursor }) }
        }
    }
}

/// Refuses a folder that is none.
pub fn check_folder(folder: &Path) -> Result<(), ExportError> {
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(ExportError::NoFolder { path: folder.into() }),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(ExportError::NoFolder { path: folder.into() })
        }
        Err(error) => Err(ExportError::file("open", folder)(error)),
    }
}

/// Gives the files their names, in order, and makes that durable.
pub fn name_all(
    staged: &[Staged],
    force: bool,
    with_cursor: bool,
    steps: &mut dyn FnMut(Step),
) -> Result<(), ExportError> {
    for file in staged {
        make_folder(&file.name)?;
        if force {
            replace(&file.aside, &file.name)?;
        } else {
            name_one(&file.aside, &file.name, with_cursor)?;
        }
        steps(Step::Named);
    }
    sync_folders(staged.iter().map(|file| (file.aside.as_path(), file.name.as_path())))
}

/// Makes the folder of a day; every other folder is there.
fn make_folder(name: &Path) -> Result<(), ExportError> {
    fs::create_dir_all(folder_of(name)).map_err(ExportError::file("create the folder of", name))
}

/// Takes the place of the file that is there, and its mode.
fn replace(aside: &Path, name: &Path) -> Result<(), ExportError> {
    // Where a link leads, there the file is replaced, if that is in the same file system.
    if let Ok(metadata) = fs::metadata(name) {
        fs::set_permissions(aside, metadata.permissions()).map_err(ExportError::file("write", name))?;
    }
    fs::rename(aside, name).map_err(ExportError::file("write", name))
}

/// Gives a file a name that nothing has.
fn name_one(aside: &Path, name: &Path, with_cursor: bool) -> Result<(), ExportError> {
    let renamed = match renameat_with(CWD, aside, CWD, name, RenameFlags::NOREPLACE) {
        // File systems that don't know how can still refuse a second name that is taken.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(aside, name).and_then(|()| fs::remove_file(aside))
        }
        other => other.map_err(io::Error::from),
    };
    renamed.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => ExportError::Exists { path: name.into(), with_cursor },
        _ => ExportError::file("write", name)(error),
    })
}

/// Makes the names of these files durable, and those of the folders between where they stood aside and where they are.
fn sync_folders<'a>(files: impl Iterator<Item = (&'a Path, &'a Path)>) -> Result<(), ExportError> {
    let mut folders: Vec<&Path> = Vec::new();
    for (aside, name) in files {
        let top = folder_of(aside);
        folders.push(top);
        folders
            .extend(folder_of(name).ancestors().take_while(|folder| *folder != top && !folder.as_os_str().is_empty()));
    }
    folders.sort_unstable();
    folders.dedup();
    // A folder that somebody has taken away since holds nothing to be made durable.
    folders.into_iter().filter(|folder| folder.is_dir()).try_for_each(sync_one)
}

/// Makes the name of a file durable.
pub fn sync_folder(file: &Path) -> Result<(), ExportError> {
    sync_one(folder_of(file))
}

fn sync_one(folder: &Path) -> Result<(), ExportError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ExportError::file("write", folder))
}

/// The folder of a file.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What became of an earlier run's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It left none.
    Nothing,
    /// They have their names, and the cursor has moved.
    Finished,
    /// They were damaged and are gone; their entries are exported again.
    Dropped,
}

/// Finishes or drops what an earlier run was about to name. The caller holds the cursor's lock.
pub fn settle(
    cursor: &mut Cursor,
    path: &Path,
    now: DateTime<Utc>,
    steps: &mut dyn FnMut(Step),
) -> Result<Settled, ExportError> {
    let Some(pending) = cursor.pending.clone() else { return Ok(Settled::Nothing) };
    let mut waiting = Vec::new();
    for file in &pending.files {
        if file.aside.try_exists().map_err(ExportError::file("read", &file.aside))? {
            waiting.push(file);
        }
    }
    let is_whole = |file: &PendingFile| {
        let is = checked(&file.aside).map_err(ExportError::file("read", &file.aside))?;
        Ok::<_, ExportError>(is == (file.size, file.sha256.clone()))
    };
    for file in &waiting {
        if is_whole(file)? {
            continue;
        }
        if waiting.len() < pending.files.len() {
            return Err(ExportError::Damaged { aside: file.aside.clone(), name: file.name.clone() });
        }
        // None has a name yet: as if the run had never been.
        cursor.pending = None;
        cursor.save(path)?;
        waiting.iter().for_each(|file| drop(fs::remove_file(&file.aside)));
        return Ok(Settled::Dropped);
    }
    for file in waiting {
        make_folder(&file.name)?;
        name_one(&file.aside, &file.name, true).map_err(|error| match error {
            ExportError::Exists { .. } => ExportError::NameTaken { path: file.name.clone(), aside: file.aside.clone() },
            error => error,
        })?;
        steps(Step::Named);
    }
    sync_folders(pending.files.iter().map(|file| (file.aside.as_path(), file.name.as_path())))?;
    cursor.moved(pending, now);
    cursor.save(path)?;
    Ok(Settled::Finished)
}

/// Notes the files in the cursor, names them and moves it.
pub fn publish(
    staged: &[Staged],
    pending: Pending,
    cursor: &mut Cursor,
    path: &Path,
    now: DateTime<Utc>,
    steps: &mut dyn FnMut(Step),
) -> Result<(), ExportError> {
    if !staged.is_empty() {
        cursor.pending = Some(pending.clone());
        cursor.save(path)?;
        steps(Step::Noted);
        if let Err(error) = name_all(staged, false, true, steps) {
            // Where none has its name, this run leaves nothing behind; else the next one finishes it.
            if staged.iter().all(|file| file.aside.exists()) {
                cursor.pending = None;
                cursor.save(path)?;
            }
            return Err(error);
        }
        steps(Step::Published);
    }
    cursor.moved(pending, now);
    cursor.save(path)?;
    steps(Step::Moved);
    Ok(())
}
