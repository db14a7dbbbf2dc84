//! Finding the database and the logs: the places in their order, the first that says something wins.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::file::{Chosen, Files};
use super::variables::{AUDITCTL_DATABASE, AUDITCTL_LOG_DIR, AUDITCTL_PROFILE, DATABASE_URL, Variable};
use super::{ConfigError, Database, Environment, Source, Sourced, Tried, Typed};

/// Django's own name for the file in a new project.
const DJANGO_DATABASE: &str = "db.sqlite3";

/// What the search looks at.
pub(super) struct Search<'a> {
    pub typed: &'a Typed,
    pub environment: &'a Environment,
    pub files: &'a Files,
    pub chosen: Option<&'a Chosen>,
    /// The nearest `manage.py` from here upward.
    pub manage_py: Option<PathBuf>,
}

impl Search<'_> {
    /// The database: `--database`; the one of `--profile`; `AUDITCTL_DATABASE`; the one of the profile chosen in
    /// another way; `DATABASE_URL`; `db.sqlite3` beside the nearest `manage.py`; `./db.sqlite3`.
    pub fn database(&self) -> Result<Sourced<Database>, ConfigError> {
        let mut tried = Vec::new();
        let mut not = |place: &str, outcome: String| tried.push(Tried { place: place.to_owned(), outcome });

        if let Some(text) = &self.typed.database {
            return parse(text.expose(), Source::Option("--database"));
        }
        not("--database", "not given".to_owned());

        match self.chosen.filter(|chosen| chosen.explicit()) {
            Some(chosen) => match self.of_profile(chosen) {
                Ok(database) => return Ok(database),
                Err(outcome) => not("--profile", outcome),
            },
            None => not("--profile", "not given".to_owned()),
        }

        if let Some(database) = self.of_variable(AUDITCTL_DATABASE) {
            return database;
        }
        not(AUDITCTL_DATABASE.name, "not set".to_owned());

        match self.chosen {
            Some(chosen) if chosen.explicit() => {}
            Some(chosen) => match self.of_profile(chosen) {
                Ok(database) => return Ok(database),
                Err(outcome) if matches!(chosen.name.source, Source::Environment(_)) => {
                    not(AUDITCTL_PROFILE.name, outcome);
                }
                Err(outcome) => not("the default profile", outcome),
            },
            None => {
                not(AUDITCTL_PROFILE.name, "not set".to_owned());
                not("a default_profile", format!("none in {}", self.files.describe()));
            }
        }

        if let Some(database) = self.of_variable(DATABASE_URL) {
            return database;
        }
        not(DATABASE_URL.name, "not set".to_owned());

        let beside = format!("{DJANGO_DATABASE} beside a manage.py");
        match &self.manage_py {
            Some(manage_py) => {
                let path = manage_py.with_file_name(DJANGO_DATABASE);
                if is_file(&path) {
                    let found = format!("{DJANGO_DATABASE} beside {}", manage_py.display());
                    return Ok(Sourced::new(Database::Sqlite { path }, Source::Found(found)));
                }
                not(&beside, format!("{} has none", manage_py.display()));
            }
            None => not(&beside, "no manage.py from here upward".to_owned()),
        }

        let path = self.environment.absolute(Path::new(DJANGO_DATABASE));
        if is_file(&path) {
            let found = format!("{DJANGO_DATABASE} in the current folder");
            return Ok(Sourced::new(Database::Sqlite { path }, Source::Found(found)));
        }
        not(&format!("./{DJANGO_DATABASE}"), "not there".to_owned());

        Err(ConfigError::NoDatabase { tried, profiles: self.files.profile_names() })
    }

    fn of_profile(&self, chosen: &Chosen) -> Result<Sourced<Database>, String> {
        match &chosen.profile.database {
            Some(database) => Ok(Sourced::new(database.clone(), chosen.source())),
            None => Err(format!("profile `{}` names none", chosen.name.value)),
        }
    }

    fn of_variable(&self, variable: Variable) -> Option<Result<Sourced<Database>, ConfigError>> {
        let text = self.environment.get(variable)?;
        Some(parse(text, Source::Environment(variable.name)))
    }

    /// The folder of the logs, in the order of the database's: what names one, then `logs/` beside the database, then
    /// `logs/` beside the nearest `manage.py`.
    pub fn log_dir(&self, database: Option<&Database>) -> Option<Sourced<PathBuf>> {
        let of_profile = |chosen: &Chosen| Some(Sourced::new(chosen.profile.log_dir.clone()?, chosen.source()));
        let typed = self.typed.log_dir.as_ref().map(|dir| Sourced::new(dir.clone(), Source::Option("--log-dir")));
        typed
            .or_else(|| self.chosen.filter(|chosen| chosen.explicit()).and_then(of_profile))
            .or_else(|| {
                let dir = self.environment.get(AUDITCTL_LOG_DIR)?;
                Some(Sourced::new(PathBuf::from(dir), Source::Environment(AUDITCTL_LOG_DIR.name)))
            })
            .or_else(|| self.chosen.and_then(of_profile))
            .or_else(|| match database? {
                Database::Sqlite { path } => logs_beside(&self.environment.absolute(path)),
                Database::Server(_) => None,
            })
            .or_else(|| logs_beside(self.manage_py.as_deref()?))
    }
}

fn parse(text: &OsStr, from: Source) -> Result<Sourced<Database>, ConfigError> {
    match Database::parse(text) {
        Ok(database) => Ok(Sourced::new(database, from)),
        Err(error) => Err(ConfigError::Database { from, error }),
    }
}

fn logs_beside(file: &Path) -> Option<Sourced<PathBuf>> {
    let logs = file.with_file_name("logs");
    logs.is_dir().then(|| Sourced::new(logs, Source::Found(format!("beside {}", file.display()))))
}

/// Anything that could be a database file; what can't be read is for the opening to complain about.
fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// The nearest `manage.py` from the current folder upward.
pub(super) fn nearest_manage_py(environment: &Environment) -> Option<PathBuf> {
    let here = environment.current_dir.as_deref()?;
    here.ancestors().map(|folder| folder.join("manage.py")).find(|file| is_file(file))
}
