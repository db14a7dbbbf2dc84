//! Which Python the tests use: the one that `AUDITCTL_TEST_PYTHON` names, else the one that `scripts/test` sets up,
//! else the machine's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Missing, machine, skip};

/// A Python that can import all of these modules (`"json, ast"`); None after saying that the test is skipped.
#[track_caller]
pub fn importing(modules: &str) -> Option<PathBuf> {
    let imports = |python: &PathBuf| {
        Command::new(python)
            .args(["-c", &format!("import {modules}")])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let found = candidates().find(imports);
    if found.is_none() {
        skip(Missing::Python, &format!("there is no Python for which `import {modules}` works"));
    }
    found
}

/// The Python for the service: named, or set up by `scripts/test`. The machine's own is not looked at, whatever it
/// can import: its packages are of no certain version.
pub fn for_service() -> Result<PathBuf, String> {
    named()
        .or_else(set_up)
        .ok_or_else(|| "no .venv/bin/python, and AUDITCTL_TEST_PYTHON is not set; scripts/test sets one up".to_owned())
}

fn candidates() -> impl Iterator<Item = PathBuf> {
    [named(), set_up(), Some("python3".into())].into_iter().flatten()
}

fn named() -> Option<PathBuf> {
    machine::path("AUDITCTL_TEST_PYTHON")
}

fn set_up() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python")).filter(|python| python.exists())
}
