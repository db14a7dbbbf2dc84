//! When each log is rotated and how many backups stay: the service's own table, and what the profile says.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::{LogPolicy, Size};

/// How the service sets up one of its log files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The file in the folder of the logs.
    pub file: &'static str,
    /// The size at which the service's own handler rotates it.
    pub max_size: Size,
    /// How many backups that handler keeps.
    pub backups: u32,
}

const MIB: u64 = 1 << 20;

/// The service's log files. Each is written through a handler that rotates by itself.
pub const HANDLERS: [Handler; 5] = [
    Handler { file: "audit.log", max_size: Size(20 * MIB), backups: 10 },
    Handler { file: "payments.log", max_size: Size(10 * MIB), backups: 5 },
    Handler { file: "purchase_orders.log", max_size: Size(10 * MIB), backups: 5 },
    Handler { file: "donations.log", max_size: Size(5 * MIB), backups: 3 },
    Handler { file: "errors.log", max_size: Size(10 * MIB), backups: 5 },
];

/// The policy in force for each log that has one, by its file name: what the profile says, and where it is silent, what
/// the service does.
pub fn policies(profile: &BTreeMap<String, LogPolicy>) -> BTreeMap<String, LogPolicy> {
    let mut policies: BTreeMap<String, LogPolicy> = HANDLERS
        .iter()
        .map(|handler| {
            let own = LogPolicy { max_size: Some(handler.max_size), keep: Some(handler.backups) };
            (handler.file.to_owned(), own)
        })
        .collect();
    for (file, said) in profile {
        let policy = policies.entry(file.clone()).or_default();
        policy.max_size = said.max_size.or(policy.max_size);
        policy.keep = said.keep.or(policy.keep);
    }
    policies
}

/// The policy of the log at this path, and its name in the profile: the one that names this very file, as it is reached
/// from the folder of the logs, else the one for all logs of its name.
pub fn policy_at<'a>(
    path: &Path,
    log_dir: Option<&Path>,
    policies: &'a BTreeMap<String, LogPolicy>,
) -> Option<(&'a str, &'a LogPolicy)> {
    let id = |folder: &Path| folder.metadata().map(|folder| (folder.dev(), folder.ino())).ok();
    let is_it = |name: &str| {
        let named = log_dir.unwrap_or(Path::new("")).join(name);
        let (Some(folder), Some(of_path)) = (named.parent(), path.parent()) else { return false };
        let same_folder = folder == of_path || id(folder).is_some_and(|folder| Some(folder) == id(of_path));
        named.is_absolute() && named.file_name() == path.file_name() && same_folder
    };
    let by_name = || path.file_name()?.to_str().and_then(|name| policies.get_key_value(name));
    let found = policies.iter().find(|(name, _)| is_it(name)).or_else(by_name);
    found.map(|(name, policy)| (name.as_str(), policy))
}

/// The service's handler of the log of this name.
pub fn handler(file: &str) -> Option<&'static Handler> {
    HANDLERS.iter().find(|handler| handler.file == file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_overrides_and_adds() {
        let said = |max_size: Option<u64>, keep| LogPolicy { max_size: max_size.map(Size), keep };
        let profile = BTreeMap::from([
            ("audit.log".to_owned(), said(Some(16 * MIB), None)),
            ("donations.log".to_owned(), said(None, Some(7))),
            ("nginx.log".to_owned(), said(Some(MIB), None)),
        ]);
        let policies = policies(&profile);
        assert_eq!(policies.len(), 6);
        assert_eq!(policies["audit.log"], said(Some(16 * MIB), Some(10)));
        assert_eq!(policies["donations.log"], said(Some(5 * MIB), Some(7)));
        assert_eq!(policies["nginx.log"], said(Some(MIB), None));
        assert_eq!(policies["errors.log"], said(Some(10 * MIB), Some(5)));
    }

    #[test]
    fn a_log_is_known_by_its_path_before_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (logs, other) = (folder.path().join("logs"), folder.path().join("other"));
        std::fs::create_dir_all(logs.join("sub")).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&logs, folder.path().join("way")).unwrap();
        let big = other.join("big.log").to_str().unwrap().to_owned();
        let names = ["audit.log", "x.log", "sub/x.log", "sub/only.log", "../other/up.log", &big];
        let policies = names.iter().map(|name| ((*name).to_owned(), LogPolicy::default())).collect();
        let name_of = |path: &Path, log_dir: Option<&Path>| policy_at(path, log_dir, &policies).map(|(name, _)| name);
        for (path, expected) in [
            ("logs/audit.log", Some("audit.log")),
            ("other/audit.log", Some("audit.log")),
            ("logs/x.log", Some("x.log")),
            ("logs/sub/x.log", Some("sub/x.log")),
            ("way/sub/x.log", Some("sub/x.log")),
            ("other/x.log", Some("x.log")),
            ("other/only.log", None),
            ("other/up.log", Some("../other/up.log")),
            ("other/big.log", Some(&*big)),
            ("logs/big.log", None),
        ] {
            assert_eq!(name_of(&folder.path().join(path), Some(&logs)), expected, "{path}");
        }
        assert_eq!(name_of(&other.join("big.log"), None), Some(&*big));
        assert_eq!(name_of(&logs.join("sub/x.log"), None), Some("x.log"));
    }
}
