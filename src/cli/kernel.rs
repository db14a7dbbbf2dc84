//! Telling the two programs called auditctl apart: the kernel's tool has flags before anything else, this one verbs.
//!
//! Someone who types `auditctl -l` or `auditctl -w /etc/passwd` means the other one, and is told where it is instead
//! of being given an unknown option.

use std::ffi::OsString;

use clap::{Arg, Command};

/// The kernel tool's flags that no option before the verb may ever take.
const FLAGS: &str = "aAbcCdDeFfiklmprRsStwW";

/// The first of the kernel tool's flags that stands before the verb.
pub(super) fn flag_before_verb(arguments: &[OsString], command: &Command) -> Option<char> {
    let mut arguments = arguments.iter().skip(1).map(OsString::as_os_str);
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if let Some(long) = text.strip_prefix("--") {
            // After `--` no options come, and `--name=value` is complete.
            if long.is_empty() {
                return None;
            }
            let option = command.get_arguments().find(|option| option.get_long() == Some(long));
            if option.is_some_and(takes_value) {
                arguments.next();
            }
        } else if let Some(cluster) = text.strip_prefix('-').filter(|cluster| !cluster.is_empty()) {
            match in_cluster(cluster, command) {
                Cluster::Kernel(flag) => return Some(flag),
                Cluster::WantsValue => drop(arguments.next()),
                Cluster::Done => {}
            }
        } else {
            return None;
        }
    }
    None
}

enum Cluster {
    /// One of the kernel's flags is in it.
    Kernel(char),
    /// Its last option takes the next argument.
    WantsValue,
    /// Complete, or unknown to both programs.
    Done,
}

/// Looks through the letters after one hyphen.
fn in_cluster(cluster: &str, command: &Command) -> Cluster {
    let mut letters = cluster.chars();
    while let Some(letter) = letters.next() {
        match command.get_arguments().find(|option| option.get_short() == Some(letter)) {
            Some(option) if takes_value(option) && letters.as_str().is_empty() => return Cluster::WantsValue,
            Some(option) if takes_value(option) => return Cluster::Done,
            Some(_) => {}
            None if FLAGS.contains(letter) => return Cluster::Kernel(letter),
            None => return Cluster::Done,
        }
    }
    Cluster::Done
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

/// The one line for who meant the other program.
pub(super) fn message(flag: char, program: &str) -> String {
    format!(
        "-{flag} is an option of the Linux kernel's auditctl, which is /sbin/auditctl; this {program} reads the audit entries, \
         versions and logs of a Django service"
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::CommandFactory;

    use super::{FLAGS, flag_before_verb};
    use crate::cli::Cli;

    fn flag(line: &str) -> Option<char> {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        flag_before_verb(&arguments, &Cli::command())
    }

    #[test]
    fn flags_of_the_kernel_before_the_verb() {
        for (line, expected) in [
            ("auditctl -l", Some('l')),
            ("auditctl -w /etc/passwd -p wa -k passwd", Some('w')),
            ("auditctl -a always,exit -F arch=b64", Some('a')),
            ("auditctl -D", Some('D')),
            ("auditctl -e1", Some('e')),
            ("auditctl -b 8192", Some('b')),
            ("auditctl -q -s", Some('s')),
            ("auditctl -qs", Some('s')),
            ("auditctl --database db.sqlite3 -l", Some('l')),
            ("auditctl --database=db.sqlite3 -l", Some('l')),
            ("auditctl --utc -l config", Some('l')),
            ("auditctl", None),
            ("auditctl config -l", None),
            ("auditctl --profile -l config", None),
            ("auditctl -q config", None),
            ("auditctl -vv config", None),
            ("auditctl -h", None),
            ("auditctl -- -l", None),
            ("auditctl - -l", None),
            ("auditctl -Z", None),
            ("auditctl -é", None),
            ("auditctl --list", None),
        ] {
            assert_eq!(flag(line), expected, "{line}");
        }
        for letter in FLAGS.chars() {
            assert_eq!(flag(&format!("auditctl -{letter}")), Some(letter));
        }
    }

    #[test]
    fn no_option_of_ours_takes_one_of_them() {
        for option in Cli::command().get_arguments() {
            assert!(option.get_short().is_none_or(|short| !FLAGS.contains(short)), "{:?}", option.get_short());
        }
    }
}
