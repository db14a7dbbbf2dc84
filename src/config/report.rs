//! What is in force, as lines for people and scripts: a key, its value, and where it came from.

use super::{ConfigError, Settings, Source, Tried};
use crate::query::Zone;

/// One setting. `None` is a value that nothing gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// The key: of the configuration file where it has one, else the name of the option.
    pub key: String,
    /// The value; a password in it is masked.
    pub value: Option<String>,
    /// Where it came from, in words.
    pub source: String,
}

/// Everything in force, in a fixed order. What has no value and no other news than that is left out.
pub fn report(settings: &Settings) -> Vec<ReportLine> {
    let mut lines = Lines(Vec::new());
    for file in &settings.config_files {
        let source = match &file.source {
            Source::Default => file.state.as_str().to_owned(),
            named => format!("{named}, {}", file.state.as_str()),
        };
        lines.add("config", Some(file.path.display().to_string()), source);
    }
    match &settings.profile {
        Some(profile) => lines.add("profile", Some(profile.value.clone()), profile.source.to_string()),
        None => lines.add("profile", None, "none named".to_owned()),
    }
    match settings.database() {
        Ok(database) => lines.add("database", Some(database.value.to_string()), database.source.to_string()),
        Err(ConfigError::NoDatabase { tried, .. }) => {
            lines.add("database", None, "not found in the places below".to_owned());
            for Tried { place, outcome } in tried {
                lines.add("database.tried", Some(place), outcome);
            }
        }
        Err(error) => lines.add("database", None, error.to_string()),
    }
    if let Some(command) = &settings.password_command {
        lines.add("password_command", Some(program_of(&command.value)), command.source.to_string());
    }
    match &settings.audit_table {
        Some(table) => lines.add("audit_table", Some(table.value.clone()), table.source.to_string()),
        None => lines.add("audit_table", None, "looked for in the database".to_owned()),
    }
    match &settings.log_dir {
        Some(dir) => lines.add("log_dir", Some(dir.value.display().to_string()), dir.source.to_string()),
        None => lines.add("log_dir", None, "none named, and no logs/ beside the database or a manage.py".to_owned()),
    }
    for (key, zone) in [("timezone", &settings.zone), ("service_timezone", &settings.log_zone)] {
        let source = match zone.value {
            Zone::Machine => {
                let offset = zone.value.at(settings.now.value).offset().to_string();
                format!("{}: the machine's own, now {offset}", zone.source)
            }
            _ => zone.source.to_string(),
        };
        lines.add(key, Some(zone.value.to_string()), source);
    }
    let reveal = if settings.reveal { "--reveal" } else { "default" };
    lines.add("reveal", Some(settings.reveal.to_string()), reveal.to_owned());
    if settings.now.source != Source::Default {
        let now = settings.now.value.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        lines.add("now", Some(now), settings.now.source.to_string());
    }
    if let Some(source) = &settings.profile_source {
        profile_only(&mut lines, settings, &source.to_string());
    }
    lines.0
}

/// The keys that only a profile can give.
fn profile_only(lines: &mut Lines, settings: &Settings, source: &str) {
    let mut add = |key: String, value: String| lines.add(key, Some(value), source.to_owned());
    for (key, words) in [("redact.add", &settings.redact.add), ("redact.remove", &settings.redact.remove)] {
        if !words.is_empty() {
            add(key.to_owned(), words.join(", "));
        }
    }
    for (log, policy) in &settings.logs {
        if let Some(size) = policy.max_size {
            add(format!("logs.{log:?}.max_size"), size.to_string());
        }
        if let Some(keep) = policy.keep {
            add(format!("logs.{log:?}.keep"), keep.to_string());
        }
    }
    for (model, mapping) in &settings.models {
        if let Some(table) = &mapping.table {
            add(format!("models.{model:?}.table"), table.clone());
        }
        for (field, column) in &mapping.columns {
            add(format!("models.{model:?}.columns.{field}"), column.clone());
        }
        for (field, value) in &mapping.defaults {
            add(format!("models.{model:?}.defaults.{field}"), value.to_string());
        }
        for (field, is_symmetrical) in &mapping.symmetrical {
            add(format!("models.{model:?}.symmetrical.{field}"), is_symmetrical.to_string());
        }
    }
}

struct Lines(Vec<ReportLine>);

impl Lines {
    fn add(&mut self, key: impl Into<String>, value: Option<String>, source: String) {
        self.0.push(ReportLine { key: key.into(), value, source });
    }
}

/// The program of a command without its arguments, which may hold what nobody else should read.
fn program_of(command: &str) -> String {
    let mut words = command.split_whitespace();
    let program = words.next().filter(|word| !word.contains('=')).unwrap_or_default();
    let more = if words.next().is_some() || program.is_empty() { " …" } else { "" };
    format!("{program}{more}").trim_start().to_owned()
}
