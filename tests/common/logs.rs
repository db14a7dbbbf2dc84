//! A folder of logs that can be rotated, and what tests of rotation do in it.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::ops::Range;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;

use auditctl::logs::rotate::Intent;
use auditctl::logs::rotate::intent::{intent_name, part_name};

use super::{Ran, TestEnv, cutting};

/// A world on a file system that the default method works on, with a folder of logs that is empty.
#[track_caller]
pub fn rotatable() -> Option<TestEnv> {
    let env = TestEnv::within(cutting::folder()?);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
    Some(env)
}

/// The same with two logs and a profile whose limits are low.
#[track_caller]
pub fn world() -> Option<TestEnv> {
    let env = rotatable()?;
    fs::write(env.path("logs/audit.log"), "a line\n").unwrap();
    fs::write(env.path("logs/payments.log"), "a line\n").unwrap();
    fs::create_dir_all(env.root().join("home/.config/auditctl")).unwrap();
    let logs = env.path("logs");
    let config = format!(
        "default_profile = \"park\"\n[profiles.park]\nlog_dir = {:?}\n[profiles.park.logs.\"audit.log\"]\nmax_size = \
         \"16MiB\"\n[profiles.park.logs.\"payments.log\"]\nmax_size = \"8MiB\"\nkeep = 2\n",
        logs.to_str().unwrap()
    );
    fs::write(env.root().join("home/.config/auditctl/config.toml"), config).unwrap();
    Some(env)
}

/// What may differ from machine to machine: the name of the file system.
pub fn either(text: &str) -> String {
    text.replace("xfs can cut", "ext4 can cut")
}

/// So many numbered lines of six bytes.
pub fn lines(range: Range<u32>) -> String {
    range.map(|number| format!("{number:05}\n")).collect()
}

/// What is done in the folder `logs` of a world.
pub trait Logs {
    /// Where the file of this name is.
    fn log(&self, name: &str) -> PathBuf;
    /// Writes one.
    fn write(&self, name: &str, text: &str);
    /// Reads one.
    fn read(&self, name: &str) -> String;
    /// The names in the folder, hidden ones too.
    fn names(&self) -> String;
    /// Rotates with these words on the command line.
    fn rotate(&self, words: &str) -> Ran;
}

impl Logs for TestEnv {
    fn log(&self, name: &str) -> PathBuf {
        self.path("logs").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.log(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.log(name)).unwrap()
    }

    fn names(&self) -> String {
        let mut names: Vec<String> = fs::read_dir(self.path("logs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.join(" ")
    }

    #[track_caller]
    fn rotate(&self, words: &str) -> Ran {
        self.run(&format!("rotate --log-dir logs {words}"))
    }
}

/// An intent to put so many bytes into a backup and to cut so many off, for a file of this number that begins so.
pub fn intent(length: u64, cut: u64, inode: u64, front: &[u8]) -> Intent {
    let nonce = "0123456789abcdef".repeat(2);
    let mut intent = Intent { length, cut, nonce, head: String::new(), keep: 5, block: 4096, inode, hole: None };
    intent.head = front[..intent.stamp().len()].iter().map(|byte| format!("{byte:02x}")).collect();
    intent
}

/// Leaves 2,010 numbered lines as a run leaves them that died after it had stamped the first 2,000 and before it named
/// their copy.
pub fn interrupt(env: &TestEnv) {
    let (log, text) = (OsStr::new("audit.log"), lines(0..2000));
    let intent = intent(12_000, 8192, 0, text.as_bytes());
    fs::write(env.path("logs").join(intent_name(log)), intent.text().unwrap()).unwrap();
    fs::write(env.path("logs").join(part_name(log)), &text).unwrap();
    env.write("audit.log", &format!("{text}{}", lines(2000..2010)));
    File::options().write(true).open(env.log("audit.log")).unwrap().write_all_at(&intent.stamp(), 0).unwrap();
}
