//! The schema of the configuration file: from TOML to checked values, or to the file, line and key that are wrong.
//!
//! All profiles are checked, not only the one in use, so that a slip is found on the day it is made.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Place;
use super::size::Size;
use super::{ConfigError, Database, LogPolicy, ModelMapping, RedactKeys};
use crate::query::Zone;
use crate::query::closest;

const TOP_KEYS: &[&str] = &["default_profile", "profiles"];
const PROFILE_KEYS: &[&str] = &[
    "database",
    "password_command",
    "log_dir",
    "timezone",
    "service_timezone",
    "redact",
    "audit_table",
    "logs",
    "models",
];
const REDACT_KEYS: &[&str] = &["add", "remove"];
const LOG_KEYS: &[&str] = &["max_size", "keep"];
const MODEL_KEYS: &[&str] = &["table", "columns", "defaults", "symmetrical"];

/// The keys of all tables of the file.
#[cfg(test)]
pub fn keys() -> impl Iterator<Item = &'static str> {
    [TOP_KEYS, PROFILE_KEYS, REDACT_KEYS, LOG_KEYS, MODEL_KEYS].into_iter().flatten().copied()
}

/// More backups than anyone keeps, and few enough to number them.
const MAX_KEEP: u32 = 9_999;

/// One configuration file, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub default_profile: Option<String>,
    pub profiles: BTreeMap<String, Profile>,
}

/// One profile. Every key is optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Profile {
    pub database: Option<Database>,
    pub password_command: Option<String>,
    pub log_dir: Option<PathBuf>,
    pub zone: Option<Zone>,
    pub log_zone: Option<Zone>,
    pub redact: RedactKeys,
    pub audit_table: Option<String>,
    pub logs: BTreeMap<String, LogPolicy>,
    pub models: BTreeMap<String, ModelMapping>,
}

/// Reads the text of a file. `folder` is where the file's relative paths start.
pub(super) fn read(file: &Path, folder: &Path, text: &str) -> Result<Document, ConfigError> {
    let reader = Reader { file, folder, text };
    let root = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        place: reader.place(error.span().unwrap_or_default()),
        why: error.message().trim_end().to_owned(),
    })?;
    let mut document = Document::default();
    for item in items("", root.get_ref()) {
        match item.name {
            "default_profile" => document.default_profile = Some(reader.filled(&item)?.to_owned()),
            "profiles" => {
                for item in items(&item.key, reader.table(&item)?) {
                    document.profiles.insert(item.name.to_owned(), reader.profile(&item)?);
                }
            }
            _ => return Err(reader.unknown(&item, TOP_KEYS)),
        }
    }
    Ok(document)
}

/// A key of a table with its value.
struct Item<'t> {
    /// The key itself.
    name: &'t str,
    /// The key with the tables it is in, as it is written in TOML.
    key: String,
    at: Range<usize>,
    value: &'t Spanned<DeValue<'t>>,
}

/// The keys of a table in the order of the file, so that the first mistake is the one reported.
fn items<'t>(prefix: &str, table: &'t DeTable<'_>) -> Vec<Item<'t>> {
    let mut items: Vec<Item<'t>> = table
        .iter()
        .map(|(name, value)| Item { name: name.get_ref(), key: dotted(prefix, name.get_ref()), at: name.span(), value })
        .collect();
    items.sort_by_key(|item| item.at.start);
    items
}

fn dotted(prefix: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    if prefix.is_empty() { name } else { format!("{prefix}.{name}") }
}

struct Reader<'a> {
    file: &'a Path,
    folder: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn profile(&self, profile: &Item<'_>) -> Result<Profile, ConfigError> {
        if profile.name.is_empty() {
            return Err(self.wrong(profile, "a profile needs a name"));
        }
        let mut read = Profile::default();
        for item in items(&profile.key, self.table(profile)?) {
            match item.name {
                "database" => {
                    let database = Database::parse(OsStr::new(self.string(&item)?));
                    let database = database.map_err(|error| self.wrong(&item, error.to_string()))?;
                    read.database = Some(database.seen_from(self.folder));
                }
                "password_command" => read.password_command = Some(self.filled(&item)?.to_owned()),
                "log_dir" => read.log_dir = Some(self.path(&item)?),
                "timezone" => read.zone = Some(self.zone(&item)?),
                "service_timezone" => read.log_zone = Some(self.zone(&item)?),
                "redact" => read.redact = self.redact(&item)?,
                "audit_table" => read.audit_table = Some(self.filled(&item)?.to_owned()),
                "logs" => {
                    for log in items(&item.key, self.table(&item)?) {
                        read.logs.insert(log.name.to_owned(), self.log(&log)?);
                    }
                }
                "models" => {
                    for model in items(&item.key, self.table(&item)?) {
                        read.models.insert(model.name.to_owned(), self.model(&model)?);
                    }
                }
                _ => return Err(self.unknown(&item, PROFILE_KEYS)),
            }
        }
        Ok(read)
    }

    fn redact(&self, redact: &Item<'_>) -> Result<RedactKeys, ConfigError> {
        let mut read = RedactKeys::default();
        for item in items(&redact.key, self.table(redact)?) {
            match item.name {
                "add" => read.add = self.words(&item)?,
                "remove" => read.remove = self.words(&item)?,
                _ => return Err(self.unknown(&item, REDACT_KEYS)),
            }
        }
        Ok(read)
    }

    fn log(&self, log: &Item<'_>) -> Result<LogPolicy, ConfigError> {
        if log.name.is_empty() {
            return Err(self.wrong(log, "a log needs the name of its file, such as \"audit.log\""));
        }
        let mut read = LogPolicy::default();
        for item in items(&log.key, self.table(log)?) {
            match item.name {
                "max_size" => read.max_size = Some(self.size(&item)?),
                "keep" => read.keep = Some(self.keep(&item)?),
                _ => return Err(self.unknown(&item, LOG_KEYS)),
            }
        }
        Ok(read)
    }

    fn model(&self, model: &Item<'_>) -> Result<ModelMapping, ConfigError> {
        let parts: Vec<&str> = model.name.split('.').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) {
            let why = "a model is named with its app in one quoted key, such as models.\"api.payments\"";
            return Err(self.wrong(model, why));
        }
        let mut read = ModelMapping::default();
        for item in items(&model.key, self.table(model)?) {
            match item.name {
                "table" => read.table = Some(self.filled(&item)?.to_owned()),
                "columns" => {
                    for column in items(&item.key, self.table(&item)?) {
                        read.columns.insert(column.name.to_owned(), self.filled(&column)?.to_owned());
                    }
                }
                "defaults" => {
                    for field in items(&item.key, self.table(&item)?) {
                        read.defaults.insert(field.name.to_owned(), self.json(&field, field.value)?);
                    }
                }
                "symmetrical" => {
                    for field in items(&item.key, self.table(&item)?) {
                        let is_symmetrical = field.value.get_ref().as_bool();
                        let is_symmetrical = is_symmetrical.ok_or_else(|| self.wrong_type(&field, "true or false"))?;
                        read.symmetrical.insert(field.name.to_owned(), is_symmetrical);
                    }
                }
                _ => return Err(self.unknown(&item, MODEL_KEYS)),
            }
        }
        Ok(read)
    }

    fn table<'t>(&self, item: &Item<'t>) -> Result<&'t DeTable<'t>, ConfigError> {
        item.value.get_ref().as_table().ok_or_else(|| self.wrong_type(item, "a table"))
    }

    fn string<'t>(&self, item: &Item<'t>) -> Result<&'t str, ConfigError> {
        item.value.get_ref().as_str().ok_or_else(|| self.wrong_type(item, "a string"))
    }

    /// A string that says something.
    fn filled<'t>(&self, item: &Item<'t>) -> Result<&'t str, ConfigError> {
        let text = self.string(item)?;
        if text.trim().is_empty() { Err(self.wrong(item, "the value is empty")) } else { Ok(text) }
    }

    fn path(&self, item: &Item<'_>) -> Result<PathBuf, ConfigError> {
        let text = self.filled(item)?;
        if text == "~" || text.starts_with("~/") {
            return Err(self.wrong(item, "only a shell replaces a leading `~`: write the path in full"));
        }
        Ok(self.folder.join(text))
    }

    fn zone(&self, item: &Item<'_>) -> Result<Zone, ConfigError> {
        Zone::parse(self.string(item)?).map_err(|error| {
            let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
            self.wrong(item, format!("{error}{hint}"))
        })
    }

    fn words(&self, item: &Item<'_>) -> Result<Vec<String>, ConfigError> {
        const EXPECTED: &str = "an array of strings";
        let array = item.value.get_ref().as_array().ok_or_else(|| self.wrong_type(item, EXPECTED))?;
        let word = |value: &Spanned<DeValue<'_>>| match value.get_ref().as_str() {
            None => Err(ConfigError::WrongType {
                place: self.place(value.span()),
                key: item.key.clone(),
                expected: EXPECTED,
                found: kind(value.get_ref()),
            }),
            Some(word) if word.trim().is_empty() => Err(self.wrong(item, "one of the words is empty")),
            Some(word) => Ok(word.to_owned()),
        };
        array.iter().map(word).collect()
    }

    fn size(&self, item: &Item<'_>) -> Result<Size, ConfigError> {
        let text = match item.value.get_ref() {
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Integer(number) => integer(number).map_or_else(|| number.to_string(), |n| n.to_string()),
            _ => return Err(self.wrong_type(item, "a size such as \"20MiB\"")),
        };
        text.parse().map_err(|error: super::SizeError| self.wrong(item, error.to_string()))
    }

    fn keep(&self, item: &Item<'_>) -> Result<u32, ConfigError> {
        let DeValue::Integer(number) = item.value.get_ref() else {
            return Err(self.wrong_type(item, "a number of backups"));
        };
        let number = integer(number).and_then(|number| u32::try_from(number).ok());
        number.filter(|number| (1..=MAX_KEEP).contains(number)).ok_or_else(|| {
            self.wrong(item, format!("the number of backups to keep is at least 1 and at most {MAX_KEEP}"))
        })
    }

    /// A value as Django would serialize it. The parser bounds the depth.
    fn json(&self, item: &Item<'_>, value: &Spanned<DeValue<'_>>) -> Result<Json, ConfigError> {
        let unfit = |why: &str| ConfigError::Value {
            place: self.place(value.span()),
            key: item.key.clone(),
            why: why.to_owned(),
        };
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::from(text.as_ref()),
            DeValue::Boolean(truth) => Json::from(*truth),
            DeValue::Integer(number) => integer(number)
                .map(Json::from)
                .ok_or_else(|| unfit("the integer takes more than 64 bits: write it as a string"))?,
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map(Json::Number)
                .ok_or_else(|| unfit("the number is not finite: write it as a string"))?,
            DeValue::Datetime(time) => Json::from(time.to_string()),
            DeValue::Array(array) => {
                Json::Array(array.iter().map(|value| self.json(item, value)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Json::Object(
                items(&item.key, table)
                    .into_iter()
                    .map(|field| Ok((field.name.to_owned(), self.json(item, field.value)?)))
                    .collect::<Result<_, ConfigError>>()?,
            ),
        })
    }

    fn place(&self, at: Range<usize>) -> Place {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        Place { file: self.file.to_owned(), line: 1 + memchr::memchr_iter(b'\n', before).count() }
    }

    fn unknown(&self, item: &Item<'_>, known: &[&str]) -> ConfigError {
        let hint = if item.name == "reveal" {
            "secrets are shown by the option --reveal alone".to_owned()
        } else if let Some(name) = closest(item.name, known.iter().copied()) {
            format!("did you mean `{name}`?")
        } else if !known.contains(&"database") && PROFILE_KEYS.contains(&item.name) {
            "it belongs into a profile, below a line such as [profiles.prod]".to_owned()
        } else {
            format!("known here: {}", known.join(", "))
        };
        ConfigError::UnknownKey { place: self.place(item.at.clone()), key: item.key.clone(), hint }
    }

    fn wrong(&self, item: &Item<'_>, why: impl Into<String>) -> ConfigError {
        ConfigError::Value { place: self.place(item.at.clone()), key: item.key.clone(), why: why.into() }
    }

    fn wrong_type(&self, item: &Item<'_>, expected: &'static str) -> ConfigError {
        ConfigError::WrongType {
            place: self.place(item.at.clone()),
            key: item.key.clone(),
            expected,
            found: kind(item.value.get_ref()),
        }
    }
}

fn integer(number: &toml::de::DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
