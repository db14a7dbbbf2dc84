//! A folder of logs that can be rotated, for tests of what is found there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::{TestEnv, cutting};

/// A world on a file system that logs can be rotated on, with a folder of logs and a profile whose limits are low.
#[track_caller]
pub fn world() -> Option<TestEnv> {
    let env = TestEnv::within(cutting::folder()?);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
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
