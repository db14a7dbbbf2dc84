//! What is in force: options, profiles, environment and discovery brought together once, each value with its source.
//!
//! Nothing else in the program reads the environment. Knows no SQL and opens no database.

use std::path::PathBuf;

use crate::query::Zone;

/// The global options as they were typed; the command line fills it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// `--database`
    pub database: Option<String>,
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
    /// Found by looking around, in words: `db.sqlite3 beside /srv/park/manage.py`.
    Found(String),
    /// Nothing was said.
    Default,
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub source: Source,
}

/// Keys that the profile counts as secret beyond the built-in ones, and keys it exempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactKeys {
    /// Words or word pairs to treat as secret too: `iban`.
    pub add: Vec<String>,
    /// Built-in words that are no secret here.
    pub remove: Vec<String>,
}

/// What is in force for this run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone in which times are shown and naive ones are read.
    pub zone: Sourced<Zone>,
    /// Keys to mask or not.
    pub redact: RedactKeys,
    /// Whether secrets are shown.
    pub reveal: bool,
}
