//! The backups of a log under the service's own naming: `audit.log.1` is the newest.
//!
//! Knows which of them there are and how they move up to make room. A backup that somebody compressed, such as
//! `audit.log.3.gz`, is not one of them and stays what it is.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::attributes;
use super::disk::Disk;
use super::error::{Left, Refusal, RotateError, in_the_way};
use super::rotation::failed;

/// The numbers of the backups that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backups {
    numbers: BTreeSet<u32>,
}

/// How room is made for a new backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// These go, the oldest first.
    pub remove: Vec<u32>,
    /// These move up by one, the oldest first.
    pub moves: Vec<u32>,
}

impl Backups {
    /// Those of this log among the names of its folder.
    pub fn of(log: &OsStr, names: &[OsString]) -> Backups {
        Backups { numbers: names.iter().filter_map(|name| number(log, name)).collect() }
    }

    /// Their numbers, the newest first.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.numbers.iter().copied()
    }

    /// Their names, the newest first.
    pub fn file_names(&self, log: &OsStr) -> Vec<OsString> {
        self.numbers().map(|number| backup_name(log, number)).collect()
    }

    /// How the first number becomes free where so many backups are kept, with the new one.
    ///
    /// They move only up to the first gap: a run that was interrupted left one, and the next does not make another.
    pub fn shift(&self, keep: u32) -> Shift {
        let mut shift =
            Shift { remove: self.numbers().rev().filter(|number| *number > keep).collect(), moves: Vec::new() };
        if keep == 0 {
            return shift;
        }
        let first_free = (1..=keep).find(|number| !self.numbers.contains(number)).unwrap_or_else(|| {
            shift.remove.push(keep);
            keep
        });
        shift.moves = (1..first_free).rev().collect();
        shift
    }

    /// Those that there are after room was made so, with the new one or without.
    pub fn after(&self, shift: &Shift, with_new: bool) -> Backups {
        let stays = |number: &u32| !shift.remove.contains(number) && !shift.moves.contains(number);
        let mut numbers: BTreeSet<u32> = self.numbers().filter(stays).collect();
        numbers.extend(shift.moves.iter().map(|number| number + 1));
        numbers.extend(with_new.then_some(1));
        Backups { numbers }
    }
}

impl Shift {
    /// Makes the room. The names of what was removed come back.
    pub fn carry_out(&self, disk: &dyn Disk, log: &OsStr) -> io::Result<Vec<OsString>> {
        let mut removed = Vec::new();
        for number in &self.remove {
            let name = backup_name(log, *number);
            disk.remove(&name)?;
            removed.push(name);
        }
        for number in &self.moves {
            disk.rename(&backup_name(log, *number), &backup_name(log, number + 1))?;
        }
        Ok(removed)
    }

    /// The names of what it removes.
    pub fn removed(&self, log: &OsStr) -> Vec<OsString> {
        self.remove.iter().map(|number| backup_name(log, *number)).collect()
    }
}

/// Before anything is done: what would move up or go must be files, and free to do so.
pub(super) fn names_are_free(disk: &dyn Disk, log: &OsStr, path: &Path) -> Result<(), RotateError> {
    let names = disk.names().map_err(failed(path, "list its folder", Left::Unchanged))?;
    for name in Backups::of(log, &names).file_names(log) {
        let seen = disk.look(&name).map_err(failed(path, "look at its backups", Left::Unchanged))?;
        if seen.is_some_and(|seen| !seen.is_file()) {
            return Err(in_the_way(path.to_owned(), name));
        }
        // One that may not be read may be moved.
        if let Some(attribute) = disk.open(&name, false).ok().and_then(attributes::forbidding) {
            let why = Refusal::Fixed { name: path.with_file_name(name), attribute };
            return Err(RotateError::Refused { path: path.to_owned(), why });
        }
    }
    Ok(())
}

/// The name of a backup.
pub fn backup_name(log: &OsStr, number: u32) -> OsString {
    let mut name = log.to_owned();
    name.push(format!(".{number}"));
    name
}

/// The number of the backup of this name, if it is one of this log.
pub fn number(log: &OsStr, name: &OsStr) -> Option<u32> {
    let digits = name.as_bytes().strip_prefix(log.as_bytes())?.strip_prefix(b".")?;
    let canonical = !digits.starts_with(b"0") && digits.iter().all(u8::is_ascii_digit);
    if canonical { std::str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_known_by_their_numbers() {
        let names = "audit.log audit.log.1 audit.log.10 audit.log.2.gz audit.log.03 audit.log.x audit.log. audit.log.0 \
                     xaudit.log.4 audit.log.5~ audit.log.4294967296 .audit.log.part payments.log.6";
        let names: Vec<OsString> = names.split_whitespace().map(OsString::from).collect();
        assert_eq!(Backups::of(OsStr::new("audit.log"), &names).numbers().collect::<Vec<_>>(), [1, 10]);
    }

    #[test]
    fn they_move_up_to_the_first_gap() {
        for (there, keep, remove, moves) in [
            (&[][..], 3, &[][..], &[][..]),
            (&[1], 3, &[], &[1]),
            (&[1, 2], 3, &[], &[2, 1]),
            (&[1, 2, 3], 3, &[3], &[2, 1]),
            (&[2, 3], 3, &[], &[]),
            (&[1, 3], 3, &[], &[1]),
            (&[1, 2, 3, 4, 9], 3, &[9, 4, 3], &[2, 1]),
            (&[1, 9], 3, &[9], &[1]),
            (&[1], 1, &[1], &[]),
            (&[1, 2], 0, &[2, 1], &[]),
            (&[4_294_967_295], 3, &[4_294_967_295], &[]),
        ] {
            let backups = Backups { numbers: there.iter().copied().collect() };
            let expected = Shift { remove: remove.to_vec(), moves: moves.to_vec() };
            assert_eq!(backups.shift(keep), expected, "{there:?}, {keep} kept");
        }
    }
}
