//! What is in force for a run: options over the environment over the profile over what is found.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::discover::{Search, nearest_manage_py};
use super::file::{Chosen, ConfigFile, Files};
use super::variables::{AUDITCTL_NOW, TZ};
use super::{ConfigError, Database, Environment, LogPolicy, ModelMapping, RedactKeys, Source, Sourced, Typed};
use crate::query::Zone;

/// What is in force for this run.
///
/// The profile is the one of `--profile`, else of `AUDITCTL_PROFILE`, else the default one. An option, or a variable
/// of the environment, replaces the key it is about and nothing else: with `--database X --profile prod`, and equally
/// with `AUDITCTL_DATABASE` and a default profile, the profile's zones, redaction, models and logs hold. The one
/// exception is `password_command`: it goes with the profile's own database, or with a profile that `--profile`
/// names; no variable that points elsewhere may carry the profile's password to another server.
#[derive(Clone, Debug)]
pub struct Settings {
    database: Result<Sourced<Database>, ConfigError>,
    /// The configuration files that were looked for.
    pub config_files: Vec<ConfigFile>,
    /// The profile in use.
    pub profile: Option<Sourced<String>>,
    /// The shell command that prints the password of the database.
    pub password_command: Option<Sourced<String>>,
    /// The audit table, where it was named.
    pub audit_table: Option<Sourced<String>>,
    /// The folder of the service's logs.
    pub log_dir: Option<Sourced<PathBuf>>,
    /// Zone in which times are shown and naive ones are read.
    pub zone: Sourced<Zone>,
    /// Zone of the stamps in the logs.
    pub log_zone: Sourced<Zone>,
    /// Keys to mask or not.
    pub redact: RedactKeys,
    /// Whether secrets are shown; only ever asked for by `--reveal`.
    pub reveal: bool,
    /// Rotation of each log that the profile speaks of, by its file name.
    pub logs: BTreeMap<String, LogPolicy>,
    /// What only the service's Python knows of a model, by `app.model`.
    pub models: BTreeMap<String, ModelMapping>,
    /// The file and name of the profile, as a source for what it alone can say.
    pub(super) profile_source: Option<Source>,
    /// The instant that the run takes for now, and whether it was fixed.
    pub now: Sourced<DateTime<Utc>>,
}

impl Settings {
    /// Brings the options, the environment and the configuration files together.
    pub fn resolve(typed: &Typed, environment: &Environment) -> Result<Self, ConfigError> {
        refuse_empty(typed)?;
        if typed.utc && typed.timezone.is_some() {
            return Err(ConfigError::Contradiction("--utc", "--timezone"));
        }
        let files = Files::load(typed, environment)?;
        let chosen = files.choose(typed, environment)?;
        let search = Search {
            typed,
            environment,
            files: &files,
            chosen: chosen.as_ref(),
            manage_py: nearest_manage_py(environment),
        };
        let database = search.database();
        let log_dir = search.log_dir(database.as_ref().ok().map(|database| &database.value));
        let of_profile = |zone: fn(&Chosen) -> Option<Zone>| {
            let chosen = chosen.as_ref()?;
            Some(Sourced::new(zone(chosen)?, chosen.source()))
        };
        let machine = || {
            let source = if environment.get(TZ).is_some() { Source::Environment(TZ.name) } else { Source::Default };
            Sourced::new(Zone::Machine, source)
        };
        let zone = if typed.utc {
            Sourced::new(Zone::UTC, Source::Option("--utc"))
        } else {
            typed_zone(typed.timezone.as_deref(), "--timezone")?
                .or_else(|| of_profile(|chosen| chosen.profile.zone))
                .unwrap_or_else(machine)
        };
        let log_zone = typed_zone(typed.log_timezone.as_deref(), "--log-timezone")?
            .or_else(|| of_profile(|chosen| chosen.profile.log_zone))
            .unwrap_or_else(machine);
        let now_source =
            environment.get(AUDITCTL_NOW).map_or(Source::Default, |_| Source::Environment(AUDITCTL_NOW.name));

        let profile_source = chosen.as_ref().map(Chosen::source);
        let explicit = chosen.as_ref().is_some_and(Chosen::explicit);
        let (name, profile) = chosen.map(|chosen| (chosen.name, chosen.profile)).unzip();
        let profile = profile.unwrap_or_default();
        let with_source = |text: Option<String>| Some(Sourced::new(text?, profile_source.clone()?));
        let database_is_its_own =
            database.as_ref().is_ok_and(|database| Some(&database.source) == profile_source.as_ref());

        Ok(Settings {
            password_command: with_source(profile.password_command).filter(|_| explicit || database_is_its_own),
            audit_table: match &typed.audit_table {
                Some(table) => Some(Sourced::new(table.clone(), Source::Option("--audit-table"))),
                None => with_source(profile.audit_table),
            },
            database,
            config_files: files.looked,
            profile: name,
            log_dir,
            zone,
            log_zone,
            redact: profile.redact,
            reveal: typed.reveal,
            logs: profile.logs,
            models: profile.models,
            profile_source,
            now: Sourced::new(environment.now()?, now_source),
        })
    }

    /// The database to read, for a verb that needs one.
    pub fn database(&self) -> Result<&Sourced<Database>, ConfigError> {
        self.database.as_ref().map_err(Clone::clone)
    }
}

/// An option with an empty value is a shell variable that was not set, as in `--profile "$WHICH"`. Taking it for "not
/// given" would quietly turn to another database.
fn refuse_empty(typed: &Typed) -> Result<(), ConfigError> {
    let options = [
        ("--database", typed.database.as_ref().map(|text| text.expose().is_empty())),
        ("--profile", typed.profile.as_ref().map(String::is_empty)),
        ("--config", typed.config.as_ref().map(|path| path.as_os_str().is_empty())),
        ("--log-dir", typed.log_dir.as_ref().map(|path| path.as_os_str().is_empty())),
        ("--timezone", typed.timezone.as_ref().map(String::is_empty)),
        ("--log-timezone", typed.log_timezone.as_ref().map(String::is_empty)),
        ("--audit-table", typed.audit_table.as_ref().map(String::is_empty)),
    ];
    match options.iter().find(|(_, empty)| *empty == Some(true)) {
        Some((option, _)) => {
            let why = "its value is empty: give one, or leave the option out".to_owned();
            Err(ConfigError::Option { option, why, hint: None })
        }
        None => Ok(()),
    }
}

fn typed_zone(name: Option<&str>, option: &'static str) -> Result<Option<Sourced<Zone>>, ConfigError> {
    let Some(name) = name else { return Ok(None) };
    match Zone::parse(name) {
        Ok(zone) => Ok(Some(Sourced::new(zone, Source::Option(option)))),
        Err(error) => Err(ConfigError::Option { option, why: error.to_string(), hint: error.hint() }),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
