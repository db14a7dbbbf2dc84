//! What is read from outside, in one value: variables, folders, who runs the program, the clock.
//!
//! [`Environment::from_process`] is called once, in `cli`; tests build theirs by hand. Nothing else in the program
//! reads an environment variable, with two exceptions that libraries make: `chrono` reads `TZ` for the machine's zone,
//! and `clap` asks whether its help may be coloured.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use etcetera::BaseStrategy;

use super::ConfigError;
use super::variables::{AUDITCTL_NOW, CLICOLOR_FORCE, NO_COLOR, VARIABLES, Variable};

/// What is read from outside.
///
/// The default is an environment in which nothing is set and no folder is known.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<&'static str, OsString>,
    /// The current folder, unless it is gone.
    pub current_dir: Option<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, or `~/.config`.
    pub config_home: Option<PathBuf>,
    /// `$XDG_DATA_HOME`, or `~/.local/share`.
    pub data_home: Option<PathBuf>,
    /// The configuration file of the whole machine.
    pub system_config: Option<PathBuf>,
    /// The effective user id: whose files the run may touch.
    pub effective_user: Option<u32>,
}

impl Environment {
    /// What the process was given.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn from_process() -> Self {
        let folders = etcetera::choose_base_strategy().ok();
        let absolute = |path: PathBuf| path.is_absolute().then_some(path);
        let mut environment = Environment {
            variables: BTreeMap::new(),
            current_dir: std::env::current_dir().ok(),
            home: folders.as_ref().and_then(|folders| absolute(folders.home_dir().to_owned())),
            config_home: folders.as_ref().and_then(|folders| absolute(folders.config_dir())),
            data_home: folders.as_ref().and_then(|folders| absolute(folders.data_dir())),
            system_config: Some(PathBuf::from("/etc/auditctl/config.toml")),
            effective_user: Some(rustix::process::geteuid().as_raw()),
        };
        for variable in VARIABLES {
            if let Some(value) = std::env::var_os(variable.name) {
                environment = environment.with(*variable, value);
            }
        }
        environment
    }

    /// The same with a variable set. An empty value counts as unset.
    pub fn with(mut self, variable: Variable, value: impl Into<OsString>) -> Self {
        self.variables.insert(variable.name, value.into());
        self
    }

    /// The value of a variable; an empty one counts as unset.
    pub fn get(&self, variable: Variable) -> Option<&OsStr> {
        self.variables.get(variable.name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The value of a variable as text; what is not UTF-8 in it becomes U+FFFD.
    pub fn text(&self, variable: Variable) -> Option<Cow<'_, str>> {
        self.get(variable).map(OsStr::to_string_lossy)
    }

    /// Whether `NO_COLOR` asks for no colour.
    pub fn no_color(&self) -> bool {
        self.get(NO_COLOR).is_some()
    }

    /// Whether `CLICOLOR_FORCE` asks for colour everywhere.
    pub fn force_color(&self) -> bool {
        self.get(CLICOLOR_FORCE).is_some_and(|value| value != "0")
    }

    /// The instant for which the run takes now: the clock's, unless `AUDITCTL_NOW` fixes it.
    pub fn now(&self) -> Result<DateTime<Utc>, ConfigError> {
        let Some(text) = self.text(AUDITCTL_NOW) else { return Ok(Utc::now()) };
        DateTime::parse_from_rfc3339(&text).map(|now| now.to_utc()).map_err(|_| ConfigError::Variable {
            variable: AUDITCTL_NOW.name,
            why: format!("`{text}` is no RFC 3339 time such as 2026-11-23T09:09:54Z"),
        })
    }

    /// The path as seen from the current folder.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        self.current_dir.as_deref().map_or_else(|| path.to_owned(), |current| current.join(path))
    }
}

impl fmt::Debug for Environment {
    /// Names the variables without their values: `DATABASE_URL` holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("current_dir", &self.current_dir)
            .field("home", &self.home)
            .field("config_home", &self.config_home)
            .field("data_home", &self.data_home)
            .field("system_config", &self.system_config)
            .field("effective_user", &self.effective_user)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::{AUDITCTL_NOW, CLICOLOR_FORCE, DATABASE_URL, HOME, NO_COLOR, PAGER};
    use super::Environment;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = Environment::default().with(PAGER, "less").with(HOME, "");
        assert_eq!(environment.text(PAGER).as_deref(), Some("less"));
        assert_eq!(environment.get(HOME), None);
        assert_eq!(environment.get(DATABASE_URL), None);
    }

    #[test]
    fn colour_is_asked_for_as_the_conventions_say() {
        let plain = Environment::default();
        assert!(!plain.no_color() && !plain.force_color());
        assert!(plain.clone().with(NO_COLOR, "0").no_color(), "any value but the empty one");
        assert!(!plain.clone().with(NO_COLOR, "").no_color());
        assert!(plain.clone().with(CLICOLOR_FORCE, "1").force_color());
        assert!(!plain.with(CLICOLOR_FORCE, "0").force_color());
    }

    #[test]
    fn the_clock_can_be_fixed() {
        let at = |text: &str| Environment::default().with(AUDITCTL_NOW, text).now();
        assert_eq!(at("2026-11-23T03:09:54-06:00").unwrap().to_rfc3339(), "2026-11-23T09:09:54+00:00");
        let error = at("yesterday").unwrap_err().to_string();
        assert!(error.contains("AUDITCTL_NOW") && error.contains("`yesterday`"), "{error}");
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::default().with(DATABASE_URL, "postgres://u:hunter2@db/park");
        let shown = format!("{environment:?}");
        assert!(shown.contains("DATABASE_URL") && !shown.contains("hunter2"), "{shown}");
    }
}
