//! The folder of a log, held open: its files are reached through it and by name alone, so that nobody can exchange a
//! folder or lead through a link in between.

use std::ffi::{OsStr, OsString};
use std::fs::{File, FileTimes, Metadata, Permissions};
use std::io::{self, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::fs::{Access, AtFlags, FallocateFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::attributes;
use super::disk::{Disk, Seen};
use super::error::{Left, Refusal, RotateError};
use super::intent::lock_name;
use super::signals::held_off;
use crate::lock::{Holder, Lock, LockError};
use crate::logs::filesystem::FileSystem;
use crate::logs::writers::{Writers, writers_of};

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
/// Others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

/// The folder of a log.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at this absolute path. Root follows no link on the way: it may be another user's.
    pub fn open(path: &Path, log: &OsStr, as_root: bool) -> Result<Folder, RotateError> {
        let opened = if as_root { walk(path) } else { Ok(rustix::fs::open(path, FOLDER, Mode::empty())) };
        let failed = |error: Errno| RotateError::Failed {
            path: path.join(log),
            doing: "open its folder",
            error: error.into(),
            state: Left::Unchanged,
        };
        match opened {
            Ok(Ok(fd)) => Ok(Folder { fd, path: path.to_owned() }),
            Ok(Err(Errno::NOENT)) => Err(RotateError::Missing(path.join(log))),
            Ok(Err(error)) => Err(failed(error)),
            Err(why) => Err(RotateError::Refused { path: path.join(log), why }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The user and the group that it belongs to, if nobody else may write to it.
    pub fn owner(&self) -> io::Result<Result<(u32, u32), Refusal>> {
        let stat = rustix::fs::fstat(&self.fd)?;
        let mode = stat.st_mode & 0o7777;
        if mode & OTHERS_WRITE != 0 {
            return Ok(Err(Refusal::OpenFolder { folder: self.path.clone(), mode }));
        }
        Ok(Ok((stat.st_uid, stat.st_gid)))
    }

    /// The attribute, if it has one, with which names in it stay as they are.
    pub fn attribute(&self) -> Option<&'static str> {
        attributes::forbidding(&self.fd)
    }

    /// The device it is on.
    pub fn device(&self) -> io::Result<u64> {
        Ok(rustix::fs::fstat(&self.fd)?.st_dev)
    }

    /// The file system it is on.
    pub fn file_system(&self) -> io::Result<FileSystem> {
        FileSystem::of(&self.fd)
    }

    /// Whether files may be created and removed in it, by whoever asks.
    pub fn may_change(&self) -> io::Result<()> {
        Ok(rustix::fs::accessat(&self.fd, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
    }

    /// Who writes a log of this folder, but for a run that rotates it: that one does not append, and is careful in another
    /// way. It has the lock open.
    pub fn writers(&self, log: &OsStr, id: (u64, u64)) -> Writers {
        let mut writers = writers_of(id);
        if !writers.seen.is_empty()
            && let Ok(Some(lock)) = self.look(&lock_name(log))
        {
            let rotating = writers_of(lock.id).seen;
            writers.seen.retain(|writer| rotating.iter().all(|run| run.pid != writer.pid));
        }
        writers
    }

    /// Takes the lock that keeps two rotations of a log apart.
    pub fn lock(&self, log: &OsStr, now: DateTime<Utc>) -> Result<Lock, LockError> {
        let (name, path) = (lock_name(log), self.path.join(lock_name(log)));
        let own = self.fd.try_clone().map_err(|source| LockError::Unable { path: path.clone(), source })?;
        Lock::take_in(own, Path::new(&name), &path, now)
    }

    /// Who is rotating a log, if anybody is.
    pub fn lock_holder(&self, log: &OsStr) -> Option<Holder> {
        Holder::running(&mut self.open(&lock_name(log), false).ok()?)
    }
}

/// Opens folder after folder; the inner error is the system's.
fn walk(path: &Path) -> Result<Result<OwnedFd, Errno>, Refusal> {
    let on_the_way = OFlags::PATH | OFlags::NOFOLLOW | FOLDER;
    let mut here = match rustix::fs::open("/", on_the_way, Mode::empty()) {
        Ok(root) => root,
        Err(error) => return Ok(Err(error)),
    };
    for part in path.components() {
        let name = match part {
            Component::Normal(name) => name,
            Component::ParentDir => OsStr::new(".."),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        here = match rustix::fs::openat(&here, name, on_the_way, Mode::empty()) {
            Ok(next) => next,
            Err(error) => {
                let is_link = rustix::fs::statat(&here, name, AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink);
                return if is_link { Err(Refusal::LinkOnTheWay) } else { Ok(Err(error)) };
            }
        };
    }
    Ok(rustix::fs::openat(&here, ".", FOLDER, Mode::empty()))
}

impl Disk for Folder {
    fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            names.push(OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned());
        }
        Ok(names)
    }

    #[allow(clippy::useless_conversion, reason = "the number of names has 32 bits on some processors")]
    fn look(&self, name: &OsStr) -> io::Result<Option<Seen>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Seen {
                id: (stat.st_dev, stat.st_ino),
                kind: FileType::from_raw_mode(stat.st_mode),
                links: u64::from(stat.st_nlink),
                owner: (stat.st_uid, stat.st_gid),
                size: u64::try_from(stat.st_size).unwrap_or_default(),
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn open(&self, name: &OsStr, write: bool) -> io::Result<File> {
        let access = if write { OFlags::RDWR } else { OFlags::RDONLY };
        // A pipe must not hold it up.
        let how = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, how, Mode::empty())?.into())
    }

    fn create(&self, name: &OsStr) -> io::Result<File> {
        let how = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, how, Mode::RUSR | Mode::WUSR)?.into())
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn copy(&self, mut from: &File, offset: u64, length: u64, mut to: &File) -> io::Result<()> {
        use std::io::Read;
        from.seek(SeekFrom::Start(offset))?;
        to.seek(SeekFrom::End(0))?;
        // In the kernel, where it can.
        let copied = io::copy(&mut from.take(length), &mut to)?;
        if copied < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn adopt(&self, file: &File, like: &Metadata) -> io::Result<()> {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            fchown(file, Some(like.uid()), Some(like.gid()))?;
        }
        // No set-user-id bit: the content is anybody's.
        file.set_permissions(Permissions::from_mode(like.mode() & 0o777))?;
        file.set_times(FileTimes::new().set_accessed(like.accessed()?).set_modified(like.modified()?))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn sync_names(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }

    fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        match rustix::fs::renameat_with(&self.fd, from, &self.fd, to, RenameFlags::NOREPLACE) {
            // A network file system may not know the flag.
            Err(Errno::INVAL | Errno::NOSYS) if self.look(to)?.is_none() => {
                Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
            }
            renamed => Ok(renamed?),
        }
    }

    fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    fn collapse(&self, file: &File, from: u64, length: u64) -> io::Result<()> {
        Ok(held_off(|| rustix::fs::fallocate(file, FallocateFlags::COLLAPSE_RANGE, from, length))?)
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }
}
