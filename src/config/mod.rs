//! What is in force: options, profiles, environment and discovery brought together once, each value with its source.
//!
//! Nothing else in the program reads the environment. Knows no SQL and opens no database.

mod database;
mod discover;
mod environment;
mod error;
mod file;
mod report;
mod schema;
mod server;
mod settings;
mod size;
pub mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use database::{Database, DatabaseError, DatabaseText, mask_passwords};
pub use environment::Environment;
pub use error::{ConfigError, Place, Tried};
pub use file::{ConfigFile, FileState, profile_names};
pub use report::{ReportLine, report};
#[cfg(test)]
pub(crate) use schema::keys;
pub use server::{Engine, Password, Server, SslMode};
pub use settings::Settings;
pub use size::{Size, SizeError};

/// The global options as they were typed; the command line fills it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// `--database`
    pub database: Option<DatabaseText>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--log-dir`
    pub log_dir: Option<PathBuf>,
    /// `--timezone`
    pub timezone: Option<String>,
    /// `--utc`
    pub utc: bool,
    /// `--log-timezone`
    pub log_timezone: Option<String>,
    /// `--audit-table`
    pub audit_table: Option<String>,
    /// `--reveal`
    pub reveal: bool,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An option on the command line, by its name: `--database`.
    Option(&'static str),
    /// An environment variable, by its name.
    Environment(&'static str),
    /// A key of a profile of a configuration file.
    Profile {
        /// The profile's name.
        profile: String,
        /// The file.
        file: PathBuf,
    },
    /// The key `default_profile` of a configuration file.
    DefaultProfile {
        /// The file.
        file: PathBuf,
    },
    /// Found by looking around, in words: `db.sqlite3 beside /srv/park/manage.py`.
    Found(String),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Option(name) | Source::Environment(name) => f.write_str(name),
            Source::Profile { profile, file } => write!(f, "profile `{profile}` of {}", file.display()),
            Source::DefaultProfile { file } => write!(f, "default_profile of {}", file.display()),
            Source::Found(what) => write!(f, "found: {what}"),
            Source::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub source: Source,
}

impl<T> Sourced<T> {
    /// A value from a source.
    pub fn new(value: T, source: Source) -> Self {
        Sourced { value, source }
    }
}

/// Keys that the profile counts as secret beyond the built-in ones, and keys it exempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactKeys {
    /// Words or word pairs to treat as secret too: `iban`.
    pub add: Vec<String>,
    /// Built-in words that are no secret here.
    pub remove: Vec<String>,
}

/// When a log is rotated and how many backups are kept, as far as the profile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPolicy {
    /// `max_size`: rotated when larger.
    pub max_size: Option<Size>,
    /// `keep`: the number of backups, at least 1.
    pub keep: Option<u32>,
}

/// What only the service's Python knows of a model, as far as the profile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelMapping {
    /// `table`: the model's table, where it is not `<app>_<model>`.
    pub table: Option<String>,
    /// `columns`: the column of a field, where it is not the field's own name.
    pub columns: BTreeMap<String, String>,
    /// `defaults`: the value of a field that a version does not hold, as Django serializes it.
    pub defaults: BTreeMap<String, serde_json::Value>,
    /// `symmetrical`: whether a many-to-many set of the model's own objects goes both ways.
    pub symmetrical: BTreeMap<String, bool>,
}
