//! Opening a SQLite file to read it, without harm to the service that writes it.
//!
//! Knows the file's neighbours (`-wal`, `-shm`, `-journal`) and turns SQLite's codes into words; knows no table.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use crate::store::StoreError;

/// How long to wait for a writer's lock, as Django does.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Offset of the "write version" in the file's header; 2 means WAL (SQLite's file format, section 1.3).
const WRITE_VERSION: usize = 18;
/// The byte that a writer locks while it waits for the readers to finish (the same, section 1.4).
const PENDING_BYTE: u64 = 0x4000_0000;

/// A file that was looked at and may be opened, any number of times.
#[derive(Clone, Debug)]
pub struct Readable {
    path: PathBuf,
    busy_timeout: Duration,
    is_wal: bool,
    file: Arc<File>,
}

impl Readable {
    /// Looks at the file without opening it as a database.
    pub fn check(path: &Path, busy_timeout: Duration) -> Result<Self, StoreError> {
        let unreadable = |source| StoreError::Unreadable { path: path.into(), source };
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(StoreError::Missing { path: path.into() });
            }
            Err(error) => return Err(unreadable(error)),
        };
        if let Some(what) = not_a_file(&metadata) {
            return Err(StoreError::NotAFile { path: path.into(), what });
        }
        if metadata.len() == 0 {
            return Err(StoreError::Empty { path: path.into() });
        }
        let mut header = [0u8; 100];
        let file = opened(path).map_err(unreadable)?;
        match file.read_exact_at(&mut header, 0) {
            Ok(()) if header.starts_with(MAGIC) => {}
            Ok(()) => return Err(StoreError::NotADatabase { path: path.into() }),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(StoreError::NotADatabase { path: path.into() });
            }
            Err(error) => return Err(unreadable(error)),
        }
        let is_wal = header[WRITE_VERSION] == 2;
        if is_wal {
            check_wal(path, &metadata)?;
        }
        Ok(Readable { path: path.into(), busy_timeout, is_wal, file })
    }

    /// Opens one more connection. It can't write, and waits for a writer's lock as long as Django would.
    pub fn connect(&self) -> Result<Connection, StoreError> {
        // Without SQLITE_OPEN_URI a name such as `file:x?mode=rwc` is only a name.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&self.path, flags).map_err(|e| self.explain(e))?;
        self.prepare(&mut connection).map_err(|e| self.explain(e))?;
        Ok(connection)
    }

    fn prepare(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        if self.busy_timeout == BUSY_TIMEOUT {
            connection.busy_handler(Some(wait_for_writer))?;
        } else {
            connection.busy_timeout(self.busy_timeout)?;
        }
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")
    }

    /// Turns what SQLite reports into words about this file.
    pub fn explain(&self, error: rusqlite::Error) -> StoreError {
        let path = self.path.clone();
        let detail = match &error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        let Some(failure) = error.sqlite_error() else {
            return StoreError::Engine { path, detail };
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                StoreError::Locked { path, seconds: self.busy_timeout.as_secs() }
            }
            ErrorCode::DatabaseCorrupt => StoreError::Damaged { path, detail },
            ErrorCode::NotADatabase => StoreError::Damaged { path, detail: "its header is not a database's".into() },
            ErrorCode::ReadOnly if failure.extended_code == ffi::SQLITE_READONLY_ROLLBACK => {
                StoreError::HotJournal { path }
            }
            ErrorCode::CannotOpen | ErrorCode::ReadOnly if self.is_wal => StoreError::WalReadOnly { path },
            ErrorCode::CannotOpen if self.has_journal() => StoreError::HotJournal { path },
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ => {
                StoreError::Damaged { path, detail: "it is cut short".into() }
            }
            _ => StoreError::Engine { path, detail },
        }
    }

    /// Whether a writer of another process waits for the readers to finish. SQLite would see that by itself, were it
    /// not for the other connections of this process: locks belong to a process, and while one of its connections
    /// reads, the others join in without asking. Between them they could keep a writer out for as long as they like.
    pub fn writer_waits(&self) -> bool {
        let pending = Flock {
            start: PENDING_BYTE,
            length: 1,
            typ: FlockType::ReadLock,
            offset_type: FlockOffsetType::Set,
            pid: None,
        };
        // Where the system doesn't tell, there may be one.
        fcntl_getlk(&*self.file, &pending).map_or(true, |lock| lock.is_some())
    }

    /// The file, open for as long as the process lives.
    pub fn shared_file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Whether the path still leads to the file that was looked at. A connection that was opened before this is said
    /// reads the same file.
    pub fn is_in_place(&self) -> bool {
        let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
        match (std::fs::metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(here)) => identity(there) == identity(here),
            _ => false,
        }
    }

    /// Whether the write-ahead log holds nothing.
    pub fn wal_is_empty(&self) -> bool {
        let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        match std::fs::metadata(beside(&target, "-wal")) {
            Ok(metadata) => metadata.len() == 0,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    fn has_journal(&self) -> bool {
        std::fs::metadata(beside(&self.path, "-journal")).is_ok_and(|m| m.len() > 0)
    }

    /// How a commit reaches the file, in words.
    pub fn journal(&self) -> &'static str {
        if self.is_wal { "write-ahead log" } else { "rollback journal" }
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The databases that this process has looked at, by device and inode. They stay open: when a process closes a file,
/// the system drops all of the process's locks on it, those of SQLite's connections too. One that was deleted, and that
/// nobody here reads any more, is let go: whoever follows a database that is replaced again and again runs out of none.
static OPENED: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());

fn opened(path: &Path) -> std::io::Result<Arc<File>> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    if let Some(file) = opened.get(&identity(std::fs::metadata(path)?)) {
        return Ok(Arc::clone(file));
    }
    opened.retain(|_, file| Arc::strong_count(file) > 1 || file.metadata().is_ok_and(|there| there.nlink() > 0));
    let file = Arc::new(File::open(path)?);
    opened.insert(identity(file.metadata()?), Arc::clone(&file));
    Ok(file)
}

thread_local! {
    /// When this thread began to wait for a writer's lock.
    static WAITING_SINCE: Cell<Instant> = Cell::new(Instant::now());
}

/// Waits a moment for a writer's lock to go, and says whether to try again. A writer that commits one transaction
/// after another leaves windows of a tenth of a millisecond: SQLite's own handler looks every tenth of a second, and
/// may miss all of them for as long as Django waits.
fn wait_for_writer(attempt: i32) -> bool {
    if attempt == 0 {
        WAITING_SINCE.set(Instant::now());
    }
    // Never in step with the writer.
    std::thread::sleep(Duration::from_micros(50 + u64::from(attempt.unsigned_abs()) * 37 % 100));
    WAITING_SINCE.get().elapsed() < BUSY_TIMEOUT
}

/// The name of one of SQLite's companion files.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn not_a_file(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a FIFO")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

/// Opening an idle WAL database creates its `-wal` and `-shm`. Created by root they get the owner of the database;
/// created by anybody else they would shut the service out, so that only the owner and root may.
fn check_wal(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
    if beside(&target, "-wal").exists() && beside(&target, "-shm").exists() {
        return Ok(());
    }
    let me = rustix::process::geteuid();
    if me.is_root() || me.as_raw() == metadata.uid() {
        return Ok(());
    }
    Err(StoreError::NotTheOwner { path: path.into(), owner: owner_name(metadata.uid()) })
}

/// The name that `/etc/passwd` gives a user id, else `uid N`.
pub fn owner_name(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        })
        .unwrap_or_else(|| format!("uid {uid}"))
}
