//! What a rotation does to the files of one folder. Each call is a step at which it can fail or the process can die:
//! tests put one in its place that does.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;

/// The files of one folder, each named without it.
pub trait Disk {
    /// The names in the folder.
    fn names(&self) -> io::Result<Vec<OsString>>;

    /// What stands under a name, links not followed; None where nothing does.
    fn look(&self, name: &OsStr) -> io::Result<Option<Seen>>;

    /// Opens a regular file to read and, unless it is only to be read, to write. Links are not followed.
    fn open(&self, name: &OsStr, write: bool) -> io::Result<File>;

    /// Creates a file that nobody else can read yet. The name must be free.
    fn create(&self, name: &OsStr) -> io::Result<File>;

    /// Writes all of these bytes at this place.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Appends so many bytes of `from`, from `offset` on, to `to`.
    fn copy(&self, from: &File, offset: u64, length: u64, to: &File) -> io::Result<()>;

    /// Gives a file the owner, the mode and the times of another.
    fn adopt(&self, file: &File, like: &Metadata) -> io::Result<()>;

    /// Makes a file durable.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Makes the names of the folder durable.
    fn sync_names(&self) -> io::Result<()>;

    /// Gives a file another name, which must be free.
    fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &OsStr) -> io::Result<()>;

    /// Cuts so many bytes out of a file, from an offset on.
    fn collapse(&self, file: &File, from: u64, length: u64) -> io::Result<()>;

    /// Gives a file this length.
    fn truncate(&self, file: &File, length: u64) -> io::Result<()>;
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The device and the number of the file on it.
    pub id: (u64, u64),
    /// What it is.
    pub kind: rustix::fs::FileType,
    /// How many names it has.
    pub links: u64,
    /// Its owner and group.
    pub owner: (u32, u32),
    /// Its length.
    pub size: u64,
}

impl Seen {
    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == rustix::fs::FileType::RegularFile
    }
}
