//! The configuration files: which are looked for, what each says, and which profile is meant.
//!
//! A file that was named is the only one. Otherwise the user's own comes before the machine's: a profile of the first
//! hides one of the same name in the second, as a whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::schema::{self, Document, Profile};
use super::variables::{AUDITCTL_CONFIG, AUDITCTL_PROFILE};
use super::{ConfigError, Environment, Source, Sourced, Typed};
use crate::query::closest;

/// Larger than any configuration, and small enough to read a file that is none without harm.
const MAX_BYTES: u64 = 1 << 20;

/// What became of a configuration file that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Read, and in force.
    Read,
    /// Not there.
    Missing,
    /// There, and not for this user to read.
    Forbidden,
}

impl FileState {
    /// The state in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            FileState::Read => "read",
            FileState::Missing => "not there",
            FileState::Forbidden => "not readable for this user",
        }
    }
}

/// A configuration file that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// The file.
    pub path: PathBuf,
    /// Why it was looked for.
    pub source: Source,
    /// What became of it.
    pub state: FileState,
}

/// The configuration files, the user's before the machine's.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub looked: Vec<ConfigFile>,
    documents: Vec<(PathBuf, Document)>,
}

/// The profile in use.
#[derive(Debug)]
pub(super) struct Chosen {
    pub name: Sourced<String>,
    pub file: PathBuf,
    pub profile: Profile,
}

impl Chosen {
    /// Whether `--profile` named it, so that what it says comes before the environment.
    pub fn explicit(&self) -> bool {
        matches!(self.name.source, Source::Option(_))
    }

    pub fn source(&self) -> Source {
        Source::Profile { profile: self.name.value.clone(), file: self.file.clone() }
    }
}

/// The names of all profiles of the files in force, each once, sorted; for completion.
pub fn profile_names(typed: &Typed, environment: &Environment) -> Result<Vec<String>, ConfigError> {
    Ok(Files::load(typed, environment)?.profile_names())
}

impl Files {
    /// Looks for the files and reads those that are there.
    pub fn load(typed: &Typed, environment: &Environment) -> Result<Self, ConfigError> {
        let mut files = Files::default();
        let named = match &typed.config {
            Some(path) => Some((path.clone(), Source::Option("--config"))),
            None => environment
                .get(AUDITCTL_CONFIG)
                .map(|path| (PathBuf::from(path), Source::Environment(AUDITCTL_CONFIG.name))),
        };
        if let Some((path, source)) = named {
            files.add(path, source, environment, true)?;
            return Ok(files);
        }
        let own = environment.config_home.as_ref().map(|home| home.join("auditctl/config.toml"));
        for path in own.into_iter().chain(environment.system_config.clone()) {
            files.add(path, Source::Default, environment, false)?;
        }
        Ok(files)
    }

    fn add(&mut self, path: PathBuf, source: Source, from: &Environment, named: bool) -> Result<(), ConfigError> {
        let state = match read(&path) {
            Ok(text) => {
                let absolute = from.absolute(&path);
                let folder = absolute.parent().unwrap_or(Path::new("/"));
                let document = schema::read(&path, folder, &text)?;
                self.documents.push((path.clone(), document));
                FileState::Read
            }
            // Nobody named the file, so one that is missing or somebody else's is no mistake.
            Err(error) if !named && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                FileState::Missing
            }
            Err(error) if !named && error.kind() == io::ErrorKind::PermissionDenied => FileState::Forbidden,
            Err(error) => return Err(ConfigError::Unreadable { file: path, why: error.to_string() }),
        };
        self.looked.push(ConfigFile { path, source, state });
        Ok(())
    }

    /// The profile that is meant: by `--profile`, by `AUDITCTL_PROFILE`, or by the first `default_profile`.
    pub fn choose(&self, typed: &Typed, environment: &Environment) -> Result<Option<Chosen>, ConfigError> {
        let name = if let Some(name) = &typed.profile {
            Sourced::new(name.clone(), Source::Option("--profile"))
        } else if let Some(name) = environment.text(AUDITCTL_PROFILE) {
            Sourced::new(name.into_owned(), Source::Environment(AUDITCTL_PROFILE.name))
        } else if let Some((file, name)) = self.default_profile() {
            Sourced::new(name.to_owned(), Source::DefaultProfile { file: file.to_owned() })
        } else {
            return Ok(None);
        };
        match self.documents.iter().find_map(|(file, document)| Some((file, document.profiles.get(&name.value)?))) {
            Some((file, profile)) => Ok(Some(Chosen { name, file: file.clone(), profile: profile.clone() })),
            None => {
                let hint = self.profile_hint(&name.value);
                Err(ConfigError::UnknownProfile { name: name.value, from: name.source, hint })
            }
        }
    }

    fn default_profile(&self) -> Option<(&Path, &str)> {
        self.documents.iter().find_map(|(file, document)| Some((file.as_path(), document.default_profile.as_deref()?)))
    }

    /// The names of all profiles, each once, sorted.
    pub fn profile_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.documents.iter().flat_map(|(_, document)| document.profiles.keys()).collect();
        names.sort();
        names.dedup();
        names.into_iter().cloned().collect()
    }

    fn profile_hint(&self, name: &str) -> String {
        let names = self.profile_names();
        if let Some(near) = closest(name, names.iter().map(String::as_str)) {
            format!("did you mean `{near}`?")
        } else if names.is_empty() {
            format!("no configuration file has profiles: looked at {}", self.describe())
        } else {
            format!("there are: {}", names.join(", "))
        }
    }

    /// The files in one line, each with what became of it.
    pub fn describe(&self) -> String {
        if self.looked.is_empty() {
            return "no file, as the home folder is not known".to_owned();
        }
        let file = |file: &ConfigFile| format!("{} ({})", file.path.display(), file.state.as_str());
        self.looked.iter().map(file).collect::<Vec<_>>().join(", ")
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}
