//! When each log is rotated and how many backups stay: the service's own table, and what the profile says.

use std::collections::BTreeMap;

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
}
