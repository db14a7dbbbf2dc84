//! What can be wrong with the configuration: each error names the place and says what to do.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{DatabaseError, Source};

/// A place in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// A place that was searched for a database in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Where: an option, a variable, a file.
    pub place: String,
    /// What was found instead of a database.
    pub outcome: String,
}

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.place, self.outcome)
    }
}

/// What is wrong with the configuration. No value is quoted that may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named, or one that is there, is not readable as text.
    #[error("the configuration file {file} can't be read: {why}", file = .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The reason.
        why: String,
    },
    /// Not TOML.
    #[error("{place}: {why}")]
    Syntax {
        /// Where.
        place: Place,
        /// The parser's words.
        why: String,
    },
    /// A key that means nothing.
    #[error("{place}: unknown key `{key}`")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key with the tables it is in.
        key: String,
        /// What to do instead.
        hint: String,
    },
    /// A value of another type than the key takes.
    #[error("{place}: `{key}` takes {expected}, not {found}")]
    WrongType {
        /// Where.
        place: Place,
        /// The key with the tables it is in.
        key: String,
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A value of the right type that means nothing.
    #[error("{place}: `{key}`: {why}")]
    Value {
        /// Where.
        place: Place,
        /// The key with the tables it is in.
        key: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A profile that no configuration file has.
    #[error("there is no profile `{name}`, which {from} names")]
    UnknownProfile {
        /// The name.
        name: String,
        /// Who named it.
        from: Source,
        /// What to do instead.
        hint: String,
    },
    /// A text that names no database.
    #[error("{from}: {error}")]
    Database {
        /// Where the text stands.
        from: Source,
        /// What is wrong with it.
        error: DatabaseError,
    },
    /// No database was named and none was found.
    #[error("no database was named and none was found")]
    NoDatabase {
        /// The places that were searched, in order.
        tried: Vec<Tried>,
        /// The profiles there are.
        profiles: Vec<String>,
    },
    /// An option whose value means nothing.
    #[error("{option}: {why}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong.
        why: String,
        /// What may have been meant.
        hint: Option<String>,
    },
    /// Two options that contradict each other.
    #[error("{0} and {1} contradict each other: give one of them")]
    Contradiction(&'static str, &'static str),
    /// A variable whose value means nothing.
    #[error("{variable}: {why}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl ConfigError {
    /// What to do about it, where the error does not say so itself.
    pub fn hint(&self) -> Option<String> {
        match self {
            ConfigError::UnknownKey { hint, .. } | ConfigError::UnknownProfile { hint, .. } => Some(hint.clone()),
            ConfigError::Option { hint, .. } => hint.clone(),
            ConfigError::NoDatabase { profiles, .. } => {
                let mut hint = "give `--database PATH`".to_owned();
                if !profiles.is_empty() {
                    let _ = write!(hint, " or `--profile NAME` ({})", profiles.join(", "));
                }
                hint.push_str(", or once for all: export AUDITCTL_DATABASE=/path/to/db.sqlite3");
                Some(hint)
            }
            _ => None,
        }
    }

    /// The places that were searched in vain, as one line, where the error is about a search.
    pub fn searched(&self) -> Option<String> {
        match self {
            ConfigError::NoDatabase { tried, .. } => {
                let tried: Vec<_> = tried.iter().map(ToString::to_string).collect();
                Some(format!("looked, in order, at {}", tried.join("; ")))
            }
            _ => None,
        }
    }
}
