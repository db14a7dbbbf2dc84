//! The cursor: a small JSON file that remembers how far earlier runs came, whose entries they exported and how, and
//! which files a run was about to name.
//!
//! It is replaced as a whole, never written in place: after a crash it is the one before or the one after.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ExportError;
use super::publish::sync_folder;
use crate::audit::Stamp;
use crate::store::{Horizon, Store, StoreError};

/// A cursor is a few lines; what is longer is something else.
const LONGEST: u64 = 16 << 20;

/// How far earlier runs came. The keys are a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The version of this layout.
    auditctl_cursor: u32,
    /// The database, as the store names it.
    pub database: String,
    /// The audit table.
    pub table: String,
    /// Which entries, and how they are written.
    pub terms: Terms,
    /// Every entry up to this id was looked at; null before the first.
    pub position: Option<i64>,
    /// The entry that stood there.
    pub witness: Option<Witness>,
    /// How many entries were exported in all.
    pub exported: u64,
    /// When it moved last.
    pub updated: String,
    /// The files that a run is about to name.
    pub pending: Option<Pending>,
}

/// Which entries are exported, and how they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The filters, as they were typed.
    pub filters: Map<String, Value>,
    /// The format's name.
    pub format: String,
    /// The columns' names.
    pub columns: Vec<String>,
    /// Whether there is a header, where the format has one.
    pub header: bool,
    /// Whether secrets are shown.
    pub reveal: bool,
    /// The zone of times.
    pub timezone: String,
}

/// An entry by which a database is told from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The primary key.
    pub id: i64,
    /// When it was written, in UTC, or what stands there instead.
    pub timestamp: Option<String>,
}

/// What becomes of the cursor once these files have their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The position then.
    pub position: Option<i64>,
    /// The witness then.
    pub witness: Option<Witness>,
    /// How many entries will have been exported then.
    pub exported: u64,
    /// The files, in the order in which they get their names.
    pub files: Vec<PendingFile>,
}

/// A file that is about to get its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingFile {
    /// Where it stands, durable and whole.
    pub aside: PathBuf,
    /// The name that it gets.
    pub name: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

impl Terms {
    /// The first in which two differ: its name, this one's value, the other's.
    fn difference(&self, other: &Terms) -> Option<(&'static str, String, String)> {
        let differs = |what, then: String, now: String| (then != now).then_some((what, then, now));
        let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        (self.filters != other.filters)
            .then(|| ("filter", self.filters_text(), other.filters_text()))
            .or_else(|| differs("format", self.format.clone(), other.format.clone()))
            .or_else(|| differs("choice of columns", self.columns.join(","), other.columns.join(",")))
            .or_else(|| differs("choice of --no-header", yes_or_no(!self.header), yes_or_no(!other.header)))
            .or_else(|| differs("choice of --reveal", yes_or_no(self.reveal), yes_or_no(other.reveal)))
            .or_else(|| differs("zone", self.timezone.clone(), other.timezone.clone()))
    }

    /// As they are typed: `--user 5 --status 4xx`.
    fn filters_text(&self) -> String {
        let each = |(name, value): (&String, &Value)| {
            let values: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |values| values.iter().collect());
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.into_iter().map(|value| format!("--{name} {}", text(value))).collect::<Vec<_>>().join(" ")
        };
        let text = self.filters.iter().map(each).collect::<Vec<_>>().join(" ");
        if text.is_empty() { "no filter".to_owned() } else { text }
    }
}

impl Witness {
    /// The entry of this id, where there is one.
    pub fn of(store: &mut dyn Store, id: i64) -> Result<Option<Witness>, StoreError> {
        let entry = store.entries(&[id])?.pop().flatten();
        Ok(entry.map(|entry| {
            let timestamp = match entry.timestamp {
                Stamp::At(at) => Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
                Stamp::Odd(text) => Some(text),
                Stamp::Missing => None,
            };
            Witness { id, timestamp }
        }))
    }
}

impl Cursor {
    /// The layout that this version reads and writes.
    const LAYOUT: u32 = 1;

    /// The cursor of an export that begins.
    pub fn new(database: String, table: String, terms: Terms) -> Cursor {
        Cursor {
            auditctl_cursor: Cursor::LAYOUT,
            database,
            table,
            terms,
            position: None,
            witness: None,
            exported: 0,
            updated: String::new(),
            pending: None,
        }
    }

    /// Reads the file; None where there is none yet.
    pub fn load(path: &Path) -> Result<Option<Cursor>, ExportError> {
        let bad = |why: String| ExportError::BadCursor { path: path.into(), why };
        let file = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(ExportError::NotAFile { path: path.into(), what: "a folder" });
            }
            Ok(metadata) if !metadata.is_file() => {
                return Err(ExportError::NotAFile { path: path.into(), what: "a device or a pipe" });
            }
            Ok(metadata) if metadata.len() > LONGEST => return Err(bad("it is too long for one".into())),
            Ok(_) => fs::read(path).map_err(ExportError::file("read", path))?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ExportError::file("read", path)(error)),
        };
        if file.is_empty() {
            return Err(bad("it is empty".into()));
        }
        let value: Value = serde_json::from_slice(&file).map_err(|error| bad(error.to_string()))?;
        match value.get("auditctl_cursor").map(Value::as_u64) {
            Some(Some(version)) if version > u64::from(Cursor::LAYOUT) => {
                return Err(ExportError::NewerCursor { path: path.into(), version });
            }
            Some(Some(_)) => {}
            _ => return Err(bad("it has no \"auditctl_cursor\"".into())),
        }
        serde_json::from_value(value).map(Some).map_err(|error| bad(error.to_string()))
    }

    /// Puts the file in its place, durable.
    pub fn save(&self, path: &Path) -> Result<(), ExportError> {
        // Where a link leads, there the file is replaced.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let text =
            serde_json::to_string_pretty(self).map_err(|error| ExportError::file("write", path)(error.into()))?;
        // One run at a time has the cursor: what stands here is what was left by one that was killed.
        let aside = path.with_file_name(format!(".{}.part", path.file_name().unwrap_or_default().display()));
        let written = File::create(&aside)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map(|()| file))
            .and_then(|file| {
                if let Ok(metadata) = fs::metadata(path) {
                    file.set_permissions(metadata.permissions())?;
                }
                file.sync_all()
            });
        written.map_err(ExportError::file("write", path)).inspect_err(|_| {
            let _ = fs::remove_file(&aside);
        })?;
        fs::rename(&aside, path).map_err(ExportError::file("write", path))?;
        sync_folder(path)
    }

    /// Moves on, once everything is durable.
    pub fn moved(&mut self, pending: Pending, now: DateTime<Utc>) {
        self.position = pending.position;
        self.witness = pending.witness;
        self.exported = pending.exported;
        self.updated = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        self.pending = None;
    }

    /// Whether it is this export's.
    pub fn check(&self, path: &Path, other: &Cursor) -> Result<(), ExportError> {
        let differs = |what, then: &str, now: &str| ExportError::OtherTerms {
            path: path.into(),
            what,
            then: then.to_owned(),
            now: now.to_owned(),
        };
        if self.database != other.database {
            return Err(differs("database", &self.database, &other.database));
        }
        if self.table != other.table {
            return Err(differs("audit table", &self.table, &other.table));
        }
        match self.terms.difference(&other.terms) {
            Some((what, then, now)) => Err(differs(what, &then, &now)),
            None => Ok(()),
        }
    }

    /// Whether the table goes on where the cursor stands.
    pub fn check_table(&self, path: &Path, store: &mut dyn Store, horizon: Horizon) -> Result<(), ExportError> {
        let Some(position) = self.position else { return Ok(()) };
        if horizon.settled.is_none_or(|settled| settled < position) {
            return Err(ExportError::Shrunk {
                path: path.into(),
                table: self.table.clone(),
                highest: horizon.settled.map_or_else(|| "none".to_owned(), |id| id.to_string()),
                position,
                deleted: horizon.given.is_some_and(|given| given >= position),
            });
        }
        let Some(then) = &self.witness else { return Ok(()) };
        // One that was deleted says nothing.
        let Some(now) = Witness::of(store, then.id)? else { return Ok(()) };
        if now == *then {
            return Ok(());
        }
        let text = |witness: &Witness| witness.timestamp.clone().unwrap_or_else(|| "no time".to_owned());
        Err(ExportError::OtherEntry {
            path: path.into(),
            database: self.database.clone(),
            id: then.id,
            then: text(then),
            now: text(&now),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(filters: &str) -> Terms {
        Terms { filters: serde_json::from_str(filters).unwrap(), format: "csv".into(), ..Terms::default() }
    }

    #[test]
    fn is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor.json");
        assert_eq!(Cursor::load(&path).unwrap(), None);
        let mut cursor = Cursor::new("sqlite:/a".into(), "t".into(), terms(r#"{"user": ["5", "ana"]}"#));
        let file = PendingFile { aside: "/a/.x".into(), name: "/a/x".into(), size: 7, sha256: "00".into() };
        let witness = Some(Witness { id: 9, timestamp: None });
        let pending = Pending { position: Some(9), witness, exported: 3, files: vec![file] };
        cursor.pending = Some(pending.clone());
        cursor.save(&path).unwrap();
        assert_eq!(Cursor::load(&path).unwrap().as_ref(), Some(&cursor));
        cursor.moved(pending, DateTime::UNIX_EPOCH);
        cursor.save(&path).unwrap();
        assert_eq!(Cursor::load(&path).unwrap(), Some(cursor));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn says_what_differs() {
        for (then, now, said) in [
            (r#"{"user": ["5"]}"#, r#"{"user": ["5", "7"]}"#, "filter: --user 5 then, --user 5 --user 7 now"),
            ("{}", r#"{"record_id": 9}"#, "filter: no filter then, --record_id 9 now"),
        ] {
            let cursor = |text| Cursor::new("d".into(), "t".into(), terms(text));
            let error = cursor(then).check(Path::new("c"), &cursor(now)).unwrap_err().to_string();
            assert_eq!(error, format!("the cursor file c belongs to another {said}"));
        }
        let other = Cursor::new("d".into(), "t".into(), Terms { reveal: true, ..terms("{}") });
        let error = Cursor::new("d".into(), "t".into(), terms("{}")).check(Path::new("c"), &other).unwrap_err();
        assert_eq!(error.to_string(), "the cursor file c belongs to another choice of --reveal: no then, yes now");
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        for (text, why) in [
            ("", "it is empty"),
            ("{\"auditctl_cursor\":1", "EOF while parsing an object at line 1 column 20"),
            ("[]", "it has no \"auditctl_cursor\""),
            ("{\"auditctl_cursor\": \"1\"}", "it has no \"auditctl_cursor\""),
            ("{\"auditctl_cursor\": 1}", "missing field `database`"),
            ("\0\0\0\0", "expected value at line 1 column 1"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Cursor::load(&path).unwrap_err().to_string();
            assert_eq!(error, format!("{} is not a cursor file of this program: {why}", path.display()));
        }
        fs::write(&path, "{\"auditctl_cursor\": 2, \"what\": 1}").unwrap();
        assert!(matches!(Cursor::load(&path), Err(ExportError::NewerCursor { version: 2, .. })));
    }
}
