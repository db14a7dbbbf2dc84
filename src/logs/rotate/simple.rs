//! The two methods for file systems on which the front of a file can't be cut off. Both are asked for by name, because
//! each relies on something that only the one who asks can know.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::attributes;
use super::backups::{Backups, backup_name};
use super::disk::Disk;
use super::error::{Left, RotateError};
use super::intent::part_name;
use super::lossless::{Done, failed};

/// How often the rest that was written meanwhile is copied before the file is cut short.
const ROUNDS: u32 = 100;

/// Renames the log. Writers must reopen it: until they do, they go on in the backup.
pub(super) fn rename(disk: &dyn Disk, name: &OsStr, path: &Path, log: &File, keep: u32) -> Result<Done, RotateError> {
    let like = log.metadata().map_err(failed(path, "look at it", Left::Unchanged))?;
    let work = || {
        // A new file first, aside: a writer that looks for the log in between may create it with another mode.
        let part = part_name(name);
        let new = disk.create(&part)?;
        let lost = attributes::copy(log, &new);
        disk.adopt(&new, &like)?;
        let removed = make_room(disk, name, keep)?;
        let backup = if keep == 0 {
            disk.remove(name)?;
            None
        } else {
            let first = backup_name(name, 1);
            disk.rename(name, &first)?;
            Some(first)
        };
        match disk.rename(&part, name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => disk.remove(&part)?,
            renamed => renamed?,
        }
        disk.sync_names()?;
        Ok(Done { backup, removed, lost })
    };
    work().map_err(failed(path, "rename it", Left::Unfinished))
}

/// Copies the log and cuts it short. What is written between the two is lost.
pub(super) fn copy_truncate(
    disk: &dyn Disk,
    name: &OsStr,
    path: &Path,
    log: &File,
    keep: u32,
) -> Result<Done, RotateError> {
    let like = log.metadata().map_err(failed(path, "look at it", Left::Unchanged))?;
    let part_name = part_name(name);
    let copy = || {
        let part = disk.create(&part_name)?;
        disk.copy(log, 0, like.size(), &part)?;
        let lost = attributes::copy(log, &part);
        disk.adopt(&part, &like)?;
        disk.sync(&part)?;
        Ok((part, lost))
    };
    let (part, lost) = if keep == 0 {
        (None, Vec::new())
    } else {
        let copied = copy().inspect_err(|_| {
            let _ = disk.remove(&part_name);
        });
        let (part, lost) = copied.map_err(failed(path, "copy it", Left::Unchanged))?;
        (Some(part), lost)
    };
    let work = move || {
        let removed = make_room(disk, name, keep)?;
        let backup = match &part {
            Some(_) => {
                let first = backup_name(name, 1);
                disk.rename(&part_name, &first)?;
                disk.sync_names()?;
                Some(first)
            }
            None => None,
        };
        // What came meanwhile, until nothing more comes, so that the time in which a line can be lost is short.
        let mut copied = like.size();
        let mut catch_up = |part: &File| {
            for _ in 0..ROUNDS {
                let size = log.metadata()?.size();
                if size <= copied {
                    break;
                }
                disk.copy(log, copied, size - copied, part)?;
                copied = size;
            }
            Ok::<_, io::Error>(())
        };
        if let Some(part) = &part {
            catch_up(part)?;
            // A power cut finds the copy, and only what comes while this is done may be lost with it.
            disk.sync(part)?;
            catch_up(part)?;
        }
        disk.truncate(log, 0)?;
        if let Some(part) = &part {
            disk.sync(part)?;
        }
        disk.sync(log)?;
        Ok(Done { backup, removed, lost })
    };
    work().map_err(failed(path, "cut it short", Left::Unfinished))
}

fn make_room(disk: &dyn Disk, name: &OsStr, keep: u32) -> io::Result<Vec<OsString>> {
    Backups::of(name, &disk.names()?).shift(keep).carry_out(disk, name)
}
