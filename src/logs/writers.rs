//! Which processes have a file open to write, and whether they append: read from `/proc`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A process that has a file open to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Its number.
    pub pid: u32,
    /// The name of its program, as the kernel keeps it.
    pub command: String,
    /// Whether each of its writes goes to the end, wherever that is by then.
    pub appends: bool,
}

/// The processes that have a file open to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writers {
    /// Those that can be seen, by number.
    pub seen: Vec<Writer>,
    /// Whether there are processes, of other users, that can't be looked into.
    pub some_unseen: bool,
}

/// `O_ACCMODE` and `O_APPEND`, as the kernel prints them.
const ACCESS: u32 = 0o3;
const APPEND: u32 = 0o2000;

/// Who has the file open to write that has this number on this device.
pub fn writers_of((device, number): (u64, u64)) -> Writers {
    let mut found = Writers::default();
    let Ok(processes) = fs::read_dir("/proc") else {
        return Writers { some_unseen: true, ..found };
    };
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let path = process.path();
        let Ok(open) = fs::read_dir(path.join("fd")) else {
            // A process that has ended meanwhile holds nothing.
            found.some_unseen |= path.exists();
            continue;
        };
        let mut writing = Vec::new();
        for fd in open.flatten() {
            match fs::metadata(fd.path()) {
                Ok(file) if (file.dev(), file.ino()) == (device, number) => {
                    writing.extend(flags(&path, &fd.file_name()).filter(|flags| flags & ACCESS != 0));
                }
                // Root may list what another has open, and not look at it, where it lacks CAP_SYS_PTRACE.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => found.some_unseen = true,
                _ => {}
            }
        }
        if !writing.is_empty() {
            let command = fs::read_to_string(path.join("comm")).unwrap_or_default().trim_end().to_owned();
            found.seen.push(Writer { pid, command, appends: writing.iter().all(|flags| flags & APPEND != 0) });
        }
    }
    found.seen.sort_by_key(|writer| writer.pid);
    found
}

/// How a process opened a file.
fn flags(process: &Path, fd: &std::ffi::OsStr) -> Option<u32> {
    let info = fs::read_to_string(process.join("fdinfo").join(fd)).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    u32::from_str_radix(flags.trim(), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_while_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let id = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).unwrap();
        let own = |path: &Path| {
            let pid = std::process::id();
            writers_of(id(path)).seen.into_iter().find(|writer| writer.pid == pid).map(|writer| writer.appends)
        };
        let writing = fs::File::create(&path).unwrap();
        assert_eq!(own(&path), Some(false));
        drop(writing);
        let appending = fs::OpenOptions::new().append(true).open(&path).unwrap();
        assert_eq!(own(&path), Some(true));
        drop(appending);
        let reading = fs::File::open(&path).unwrap();
        assert_eq!(own(&path), None);
        drop(reading);
    }
}
