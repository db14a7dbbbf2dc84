//! The manifest: what an export wrote, for whoever receives it.

use serde::Serialize;

use super::cursor::Terms;

/// What an export wrote. The keys are a contract.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// The version of this layout.
    pub auditctl_manifest: u32,
    /// The program and its version.
    pub tool: String,
    /// When, as RFC 3339 in UTC.
    pub created: String,
    /// The database.
    pub database: String,
    /// The audit table.
    pub table: String,
    /// Which entries, and how they are written.
    #[serde(flatten)]
    pub terms: Terms,
    /// Entries after this id were looked at; null for all.
    pub after: Option<i64>,
    /// The highest id that was looked at; null where there was none.
    pub through: Option<i64>,
    /// How many entries were written.
    pub rows: u64,
    /// The id of the first.
    pub first_id: Option<i64>,
    /// The id of the last.
    pub last_id: Option<i64>,
    /// The files, in the order in which they were begun.
    pub files: Vec<ManifestFile>,
}

/// One of the files of an export.
#[derive(Clone, Debug, Serialize)]
pub struct ManifestFile {
    /// Its name, without its folder; `-` for standard output.
    pub name: String,
    /// How many entries it holds.
    pub rows: u64,
    /// The id of the first.
    pub first_id: Option<i64>,
    /// The id of the last.
    pub last_id: Option<i64>,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal, as sha256sum prints it.
    pub sha256: String,
}

impl Manifest {
    /// The layout that this version writes.
    pub const LAYOUT: u32 = 1;

    /// As a JSON text.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}
