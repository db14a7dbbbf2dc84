//! May the logs and their folders be changed, with the rights that a rotation has: run by root, those of the user to
//! whom the folder belongs.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, Mode, OFlags, StatxAttributes, StatxFlags, accessat, open, statx};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgroups};

use super::{Log, LogFolder, Logs, reason, shown};
use crate::doctor::{Findings, Patient, State, command_for};
use crate::logs::rotate::{Backups, Disk, Refusal, Rights, RotateError, backup_name};
use crate::store::sqlite::owner_name;

pub(super) fn permissions(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    for folder in &logs.folders {
        of_folder(folder, findings);
    }
    if findings.is_empty() {
        findings.ok("the folder and the logs can be written to, and by nobody who should not");
    }
}

/// What is created in a folder of this mode has the folder's group.
const SET_GROUP: u32 = 0o2000;

/// Who would rotate there.
struct Acting {
    rights: Rights,
    user: u32,
    /// Whether it is the user to whom the folder belongs.
    is_owner: bool,
    /// That user.
    owner: String,
}

impl Acting {
    fn on(folder: &LogFolder, log: Option<&Log>) -> Acting {
        let (owner, _) = folder.seen.owner;
        let rights = Rights::for_folder(geteuid().is_root(), owner, log.map(|log| log.seen.owner));
        let user = match rights {
            Rights::Own => geteuid().as_raw(),
            Rights::Of { user, .. } => user,
        };
        Acting { rights, user, is_owner: user == owner, owner: owner_name(owner) }
    }

    /// As the subject of a sentence: who may not do something.
    fn name(&self) -> String {
        match self.rights {
            Rights::Own => "you".to_owned(),
            Rights::Of { .. } => {
                format!("{}, to whom the folder belongs and with whose rights root rotates,", self.owner)
            }
        }
    }

    /// As an argument of chown, which takes a user without a name by the number.
    fn for_chown(&self) -> &str {
        self.owner.strip_prefix("uid ").unwrap_or(&self.owner)
    }

    /// The group of a file that is created in the folder, and all groups that a file can be given to.
    fn groups(&self, folder: &LogFolder) -> (u32, Vec<u32>) {
        let (first, all) = match &self.rights {
            Rights::Own => {
                (getegid().as_raw(), getgroups().unwrap_or_default().iter().map(|gid| gid.as_raw()).collect())
            }
            Rights::Of { group, groups, .. } => (*group, groups.clone()),
        };
        let (_, of_folder) = folder.seen.owner;
        let is_inherited = std::fs::metadata(&folder.path).is_ok_and(|folder| folder.mode() & SET_GROUP != 0);
        (if is_inherited { of_folder } else { first }, all)
    }

    /// What is missing to do this in the folder; `.` is the folder itself.
    fn lacks(&self, folder: &OwnedFd, name: &OsStr, access: Access) -> Result<(), Errno> {
        let asked = self.rights.exercise(|| accessat(folder, name, access, AtFlags::EACCESS));
        asked.unwrap_or_else(|error| Err(Errno::from_io_error(&error).unwrap_or(Errno::PERM)))
    }

    /// What to do for somebody who lacks a right on this file or folder of that owner.
    fn remedy(&self, path: &Path, owner: u32, mode: &str) -> String {
        if !self.is_owner {
            return match self.owner.as_str() {
                "root" => "run it as root, to whom the folder belongs".to_owned(),
                owner => format!("run it as {owner}, to whom the folder belongs, or as root"),
            };
        }
        let user = self.for_chown();
        command_for(path, |path| match owner == self.user {
            true => format!("chmod u+{mode} {path}"),
            // Whose root is not everybody's.
            false if self.user == 0 => format!("see what forbids it: namei -l {path}"),
            false if self.rights == Rights::Own => format!("have root give it to you: chown -h {user} {path}"),
            false => format!("give it to that user: chown -h {user} {path}"),
        })
    }
}

fn of_folder(folder: &LogFolder, findings: &mut Findings) {
    let subject = shown(&folder.path);
    match folder.folder.owner() {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => {
            let refused = RotateError::Refused { path: folder.path.join("x"), why };
            findings.add(State::Fail, Some(&subject), reason(&refused), refused.hint());
        }
        Err(error) => findings.skip(format!("{subject}: the folder cannot be looked at: {error}"), None),
    }
    // Held open as the one who runs this: what is on the way to it is that one's.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let held = match open(&folder.path, flags, Mode::empty()) {
        Ok(held) => held,
        Err(error) => {
            findings.skip(format!("{subject}: the folder cannot be looked at: {error}"), None);
            return;
        }
    };
    let here = OsStr::new(".");
    if let Some(name) = attribute(&held, here) {
        let message = format!("the folder has the attribute '{name}', so that backups cannot move up");
        let letter = if name == "append-only" { 'a' } else { 'i' };
        let remedy =
            command_for(&folder.path, |path| format!("take it away, for example with: chattr -{letter} {path}"));
        findings.add(State::Fail, Some(&subject), message, Some(remedy));
    }
    let acting = Acting::on(folder, None);
    if let Err(error) = acting.rights.exercise(|| ()) {
        let message = format!("the rights of {}, to whom the folder belongs, cannot be taken: {error}", acting.owner);
        findings.add(State::Fail, Some(&subject), message, Some("run it as that user".to_owned()));
        return;
    }
    match acting.lacks(&held, here, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => {}
        Err(Errno::ROFS) => {
            findings.add(State::Fail, Some(&subject), READ_ONLY.to_owned(), Some(why_read_only(&folder.path)));
            return;
        }
        Err(Errno::PERM) if attribute(&held, here).is_some() => {}
        Err(_) => {
            let message = format!("{} may not create files there, as a rotation must", acting.name());
            let remedy = acting.remedy(&folder.path, folder.seen.owner.0, "rwx");
            findings.add(State::Fail, Some(&subject), message, Some(remedy));
        }
    }
    let names = folder.folder.names().unwrap_or_default();
    for log in &folder.logs {
        if let Some((message, remedy)) = of_log(folder, log, &held) {
            findings.add(State::Fail, Some(&log.subject), message, remedy);
        }
        for number in Backups::of(&log.name, &names).numbers() {
            let (name, path) = (backup_name(&log.name, number), log.path.clone());
            let is_file = folder.folder.look(&name).ok().flatten().is_none_or(|seen| seen.is_file());
            let backup = folder.path.join(&name);
            let why = match attribute(&held, &name) {
                Some(attribute) if is_file => Refusal::Fixed { name: backup, attribute },
                _ if is_file => continue,
                _ => Refusal::InTheWay(backup),
            };
            let refused = RotateError::Refused { path, why };
            findings.add(State::Fail, Some(&log.subject), reason(&refused), refused.hint());
        }
    }
}

const READ_ONLY: &str = "its file system is mounted read-only";

/// What keeps a log from being rotated, and what to do about it.
fn of_log(folder: &LogFolder, log: &Log, held: &OwnedFd) -> Option<(String, Option<String>)> {
    let why = match log.seen {
        seen if seen.kind == rustix::fs::FileType::Symlink => Some(Refusal::SymbolicLink),
        seen if !seen.is_file() => Some(Refusal::NotRegular),
        seen if seen.links > 1 => Some(Refusal::HardLinks(seen.links)),
        _ => attribute(held, &log.name).map(Refusal::Attribute),
    };
    if let Some(why) = why {
        let refused = RotateError::Refused { path: log.path.clone(), why };
        return Some((reason(&refused), refused.hint()));
    }
    let acting = Acting::on(folder, Some(log));
    let (owner, group) = log.seen.owner;
    match acting.lacks(held, &log.name, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => {}
        Err(Errno::ROFS) => return Some((READ_ONLY.to_owned(), Some(why_read_only(&log.path)))),
        Err(_) => {
            let message = format!("{} may not read and write it, as a rotation must", acting.name());
            return Some((message, Some(acting.remedy(&log.path, owner, "rw"))));
        }
    }
    if acting.user == 0 {
        return None;
    }
    // A backup belongs to whom the log belongs to, and only root can give files away.
    if owner != acting.user {
        let message =
            format!("it belongs to {}, and {} may not make a backup that does", owner_name(owner), acting.name());
        return Some((message, Some(acting.remedy(&log.path, owner, "rw"))));
    }
    let (created, groups) = acting.groups(folder);
    if group != created && !groups.contains(&group) {
        let message = format!("its group is {group}, and {} may not make a backup of that group", acting.name());
        let remedy = command_for(&log.path, |path| format!("chgrp -h {created} {path}"));
        return Some((message, Some(remedy)));
    }
    None
}

/// The attribute of a file or folder that forbids to change it; those who lack other rights can see it as well.
fn attribute(folder: &OwnedFd, name: &OsStr) -> Option<&'static str> {
    let stat = statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS).ok()?;
    match stat.stx_attributes {
        has if has.contains(StatxAttributes::APPEND) => Some("append-only"),
        has if has.contains(StatxAttributes::IMMUTABLE) => Some("immutable"),
        _ => None,
    }
}

fn why_read_only(path: &Path) -> String {
    command_for(path, |path| format!("see how it is mounted, and why so: findmnt -T {path}"))
}
