//! The one place where tests read the environment of the machine they run on.

#![allow(clippy::disallowed_methods, reason = "what a developer sets for a test run has to be read somewhere: here")]

use std::env;
use std::path::PathBuf;

/// A variable of the test run, such as `AUDITCTL_TEST_SEED`; an empty one counts as unset.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that holds a path.
pub fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where a program of this name is, as a shell would find it.
pub fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
