//! A folder on a file system where the front of a file can be cut off: what the tests of rotation need.
//!
//! `AUDITCTL_TEST_LOGS` names another place for it, such as a disk that is to be tried.

use std::path::PathBuf;

use auditctl::logs::filesystem::FileSystem;
use tempfile::TempDir;

use super::{Missing, machine, skip};

/// A new folder on such a file system; None after saying that the test is skipped.
#[track_caller]
pub fn folder() -> Option<TempDir> {
    let places = [
        machine::path("AUDITCTL_TEST_LOGS"),
        Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR"))),
        machine::path("TMPDIR"),
        Some("/var/tmp".into()),
        Some("/tmp".into()),
    ];
    let can_cut = |folder: &TempDir| {
        let opened = std::fs::File::open(folder.path()).and_then(FileSystem::of);
        opened.is_ok_and(|system| system.can_cut)
    };
    let found = places.into_iter().flatten().filter_map(|place| TempDir::new_in(place).ok()).find(can_cut);
    if found.is_none() {
        skip(Missing::Privilege, "neither target/, TMPDIR, /var/tmp nor /tmp is on ext4 or XFS");
    }
    found
}
