//! Who may touch the database's file, its folder and its companions.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Findings, Opened, Patient, State, command_for};
use crate::config::Database;
use crate::output::bytes;
use crate::store::sqlite::owner_name;

/// A write-ahead log that has grown so large was not brought into the database for a while.
const LARGE_LOG: u64 = 64 << 20;

pub(super) fn check(patient: &mut Patient<'_>, findings: &mut Findings) {
    // The file may be looked at where it can't be opened: who may touch it can be the reason.
    let path = match patient.settings.database() {
        Ok(database) => match &database.value {
            Database::Sqlite { path } => path,
            Database::Server(_) => return findings.skip("the database is a server's", None),
        },
        Err(_) => return findings.skip("no database is known", None),
    };
    let is_open = matches!(patient.opened(), Opened::Open(_));
    let looked = std::fs::canonicalize(path).and_then(|path| Ok((std::fs::metadata(&path)?, path)));
    let Ok((file, path)) = looked else {
        return findings.skip("there is no file to look at", None);
    };
    let Some(folder) = path.parent() else { return findings.skip("there is no file to look at", None) };
    let Ok(above) = std::fs::metadata(folder) else {
        return findings.skip("the folder can't be looked at", None);
    };
    of_folder(folder, &above, findings);
    of_file(&path, &file, "the service's data", findings);
    if file.uid() != above.uid() {
        let (owner, other) = (owner_name(file.uid()), owner_name(above.uid()));
        let message = format!(
            "the file belongs to {owner}, its folder to {other}: whoever writes to the database has to create files in \
             the folder as well"
        );
        let remedy = command_for(folder, |folder| {
            format!("give both to the service's user: chown {} {folder}", for_chown(&owner))
        });
        findings.add(State::Warn, Some(&shown(&path)), message, Some(remedy));
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut companion = path.clone().into_os_string();
        companion.push(suffix);
        let companion = PathBuf::from(companion);
        if let Ok(metadata) = std::fs::symlink_metadata(&companion) {
            of_companion(&companion, &metadata, (&path, &file), suffix, is_open, findings);
        }
    }
    if findings.is_empty() {
        findings.ok("nobody may touch the file and its folder who should not");
    }
}

fn of_folder(folder: &Path, metadata: &Metadata, findings: &mut Findings) {
    if metadata.mode() & 0o002 != 0 && is_open_to_others(folder) {
        let message = format!(
            "anybody on this machine may create files in the folder (mode {:04o}), a journal among them that SQLite \
             would play back into the database",
            metadata.mode() & 0o7777
        );
        let remedy = command_for(folder, |folder| format!("chmod o-w {folder}"));
        findings.add(State::Fail, Some(&shown(folder)), message, Some(remedy));
    }
}

/// The rights on a file that holds the data, or a part of it.
fn of_file(path: &Path, metadata: &Metadata, what: &str, findings: &mut Findings) {
    let mode = metadata.mode() & 0o7777;
    if mode & 0o006 == 0 || !path.parent().is_some_and(is_open_to_others) {
        return;
    }
    let may_write = mode & 0o002 != 0;
    let (state, may, right) = if may_write { (State::Fail, "change", "rw") } else { (State::Warn, "read", "r") };
    let message = format!("anybody on this machine may {may} {what} (mode {mode:04o})");
    let remedy = command_for(path, |path| format!("chmod o-{right} {path}"));
    findings.add(state, Some(&shown(path)), message, Some(remedy));
}

/// One of the files that SQLite keeps beside the database while it is in use.
fn of_companion(
    path: &Path,
    metadata: &Metadata,
    (of, database): (&Path, &Metadata),
    suffix: &str,
    is_open: bool,
    findings: &mut Findings,
) {
    of_file(path, metadata, "what the service is writing", findings);
    if metadata.uid() != database.uid() {
        let (owner, other) = (owner_name(metadata.uid()), owner_name(database.uid()));
        let message = format!("it belongs to {owner}, the database to {other}: it can lock the service out");
        let remedy = command_for(path, |path| format!("chown {} {path}", for_chown(&other)));
        findings.add(State::Fail, Some(&shown(path)), message, Some(remedy));
    }
    if suffix == "-wal" && metadata.len() > LARGE_LOG {
        let message =
            format!("the write-ahead log has grown to {}: checkpoints do not come through", bytes(metadata.len()));
        let remedy = command_for(of, |of| {
            format!("end the transactions that last, then: sqlite3 {of} 'pragma wal_checkpoint(truncate)'")
        });
        findings.add(State::Warn, Some(&shown(path)), message, Some(remedy));
    }
    if suffix == "-journal" && metadata.len() > 0 && !is_open {
        let message = "a process died while it wrote, or writes right now, and left its journal".to_owned();
        let remedy = command_for(of, |of| {
            format!("never remove it: the next writer plays it back, as does sqlite3 {of} .tables")
        });
        findings.add(State::Warn, Some(&shown(path)), message, Some(remedy));
    }
}

/// Whether those who are neither owner nor in the group come as far as into this folder.
fn is_open_to_others(folder: &Path) -> bool {
    folder.ancestors().all(|folder| std::fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0))
}

/// A user without a name goes by the number.
fn for_chown(owner: &str) -> &str {
    owner.strip_prefix("uid ").unwrap_or(owner)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
