//! What happens to a test for which something is missing on this machine: one rule for all of them.

#![allow(clippy::print_stdout, reason = "a skipped test says so on stdout")]

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;

use super::machine;

/// What a test may find missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A Python, for most tests with the packages of `tests/service/requirements.txt`. `scripts/test` provides it, so
    /// in CI it must be there.
    Python,
    /// `less`: without it there is nothing to try.
    Pager,
    /// A user who is not root, a mount, a file system: what a test needs of the machine and may not be given.
    Privilege,
    /// zsh or fish: the package manager brings them. `scripts/test` asks it to in CI, and requires them if it did.
    Shell,
    /// groff or mandoc, which check the manual: the same holds.
    Manual,
    /// A program that a recipe of the README uses beside this one, such as jq: the same holds.
    Tool,
}

impl Missing {
    /// The name by which `AUDITCTL_REQUIRE` asks for it.
    fn name(self) -> &'static str {
        match self {
            Missing::Python => "python",
            Missing::Pager => "pager",
            Missing::Privilege => "privileges",
            Missing::Shell => "shells",
            Missing::Manual => "manual",
            Missing::Tool => "tools",
        }
    }

    /// Whether its absence fails the test: `AUDITCTL_REQUIRE` (`python,shells,manual`) names it, or `CI` is `true` and it is
    /// something that `scripts/test` could have brought.
    pub fn is_required(self, require: Option<&str>, ci: Option<&str>) -> bool {
        let named = require.is_some_and(|names| names.split(',').any(|name| name.trim() == self.name()));
        named || (ci == Some("true") && self == Missing::Python)
    }
}

/// Says that this test is skipped and why; the test returns next. Where what is missing is required, the test fails
/// instead. A line is added to the file that `AUDITCTL_SKIP_LOG` names, from which `scripts/test` counts.
#[track_caller]
pub fn skip(missing: Missing, why: &str) {
    let (require, ci) = (machine::variable("AUDITCTL_REQUIRE"), machine::variable("CI"));
    assert!(!missing.is_required(require.as_deref(), ci.as_deref()), "{} is required here: {why}", missing.name());
    println!("SKIPPED: {why}");
    let Some(log) = machine::path("AUDITCTL_SKIP_LOG") else { return };
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {}\n", why.replace('\n', " "));
    let mut log = OpenOptions::new().append(true).create(true).open(log).expect("AUDITCTL_SKIP_LOG can be written");
    // One write, so that the lines of tests that run side by side stay whole.
    log.write_all(line.as_bytes()).expect("AUDITCTL_SKIP_LOG can be written");
}
