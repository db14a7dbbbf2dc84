//! Whose rights a rotation uses. Run as root in another user's folder, it uses that user's: whatever that user may have
//! put there, it does no more than they could do themselves.
//!
//! Users and groups belong to a thread in Linux, so the work is done on one of its own, and the rest of the program
//! stays what it was.

use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::thread;

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// Nobody's group.
const NO_GROUP: u32 = 65534;

/// The rights to work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Those that the program was started with.
    Own,
    /// A user's.
    Of {
        /// The user's number.
        user: u32,
        /// The group of files that they create.
        group: u32,
        /// All groups that they are in.
        groups: Vec<u32>,
    },
}

impl Rights {
    /// The rights for a folder of this owner with a log of this owner and group.
    ///
    /// The user's groups are those of `/etc/passwd` and `/etc/group`, and the log's own, if the log is theirs: they
    /// may do with it what they like already.
    pub fn for_folder(as_root: bool, folder: u32, log: Option<(u32, u32)>) -> Rights {
        if !as_root || folder == 0 {
            return Rights::Own;
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let group = fs::read_to_string("/etc/group").unwrap_or_default();
        let (group, mut groups) = groups_of(folder, &passwd, &group);
        if let Some((user, of_log)) = log
            && user == folder
            && !groups.contains(&of_log)
        {
            groups.push(of_log);
        }
        Rights::Of { user: folder, group, groups }
    }

    /// Does something with these rights.
    pub fn exercise<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let Rights::Of { user, group, groups } = self else { return Ok(work()) };
        let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
        let (user, group) = (Uid::from_raw(*user), Gid::from_raw(*group));
        let changed = move || {
            set_thread_groups(&groups)?;
            set_thread_res_gid(group, group, group)?;
            // With the last of the three, the kernel takes all of root's capabilities from the thread.
            set_thread_res_uid(user, user, user)?;
            Ok::<T, io::Error>(work())
        };
        thread::scope(|scope| scope.spawn(changed).join().unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// A user's first group and all of them, from the text of `/etc/passwd` and of `/etc/group`.
fn groups_of(user: u32, passwd: &str, group: &str) -> (u32, Vec<u32>) {
    let of_user = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| {
        let [name, _, id, group, ..] = fields[..] else { return None };
        (id.parse() == Ok(user)).then(|| Some((name.to_owned(), group.parse().ok()?)))?
    });
    let Some((name, first)) = of_user else { return (NO_GROUP, vec![NO_GROUP]) };
    let mut groups = vec![first];
    for line in group.lines() {
        let mut fields = line.split(':').skip(2);
        let (id, members) = (fields.next().and_then(|id| id.parse().ok()), fields.next().unwrap_or_default());
        if let Some(id) = id
            && id != 0
            && !groups.contains(&id)
            && members.split(',').any(|member| member.trim() == name)
        {
            groups.push(id);
        }
    }
    (first, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_as_the_system_has_them() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npark:x:990:991::/srv/park:/bin/false\nbroken\n:x:990\n";
        let group = "root:x:0:park\nadm:x:4:syslog,park\nwww:x:33:parker\npark:x:991:\nx\nlogs:x:50:park,www\n";
        assert_eq!(groups_of(990, passwd, group), (991, vec![991, 4, 50]), "but never root's own group");
        assert_eq!(groups_of(991, passwd, group), (NO_GROUP, vec![NO_GROUP]));
        assert_eq!(groups_of(990, "", ""), (NO_GROUP, vec![NO_GROUP]));
    }

    #[test]
    fn only_root_in_anothers_folder_changes_rights() {
        assert_eq!(Rights::for_folder(false, 990, None), Rights::Own);
        assert_eq!(Rights::for_folder(true, 0, Some((990, 4))), Rights::Own);
        let Rights::Of { user, groups, .. } = Rights::for_folder(true, 4_000_000, Some((4_000_000, 4))) else {
            panic!("root keeps its rights")
        };
        assert_eq!((user, groups), (4_000_000, vec![NO_GROUP, 4]));
        let Rights::Of { groups, .. } = Rights::for_folder(true, 4_000_000, Some((0, 0))) else { panic!("the same") };
        assert_eq!(groups, [NO_GROUP], "root's log lends no group");
    }
}
