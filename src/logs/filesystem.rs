//! The file system that a folder is on: its name, whether the front of a file can be cut off there, how much room is
//! left. Asks the kernel only; writes nothing.

use std::fs;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, StatxFlags, statx};

/// What the kernel says of a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Its name as `mount` has it, or its number in hexadecimal.
    pub name: String,
    /// Whether the front of a file can be cut off while others append to its end, safely over a crash.
    pub can_cut: bool,
    /// How many bytes there is room for, for those who are not root.
    pub room: u64,
}

/// The number of ext2, ext3 and ext4.
const EXT: u64 = 0xef53;

/// Those that logs may lie on, by their number. A network file system that offers to cut a front copies the rest of
/// the file, which others write to; so only these two are relied on.
const KNOWN: &[(u64, &str, bool)] = &[
    (EXT, "ext4", true),
    (0x5846_5342, "xfs", true),
    (0x0102_1994, "tmpfs", false),
    (0x8584_58f6, "ramfs", false),
    (0x794c_7630, "overlayfs", false),
    (0x9123_683e, "btrfs", false),
    (0x6969, "nfs", false),
    (0xff53_4d42, "cifs", false),
    (0xfe53_4d42, "smb2", false),
    (0x6573_5546, "fuse", false),
    (0x2fc1_2fc1, "zfs", false),
    (0xf2f5_2010, "f2fs", false),
    (0xca45_1a4e, "bcachefs", false),
    (0x4d44, "vfat", false),
    (0x0102_1997, "9p", false),
];

impl FileSystem {
    /// The one that this file or folder is on.
    pub fn of(fd: impl AsFd) -> io::Result<FileSystem> {
        let stat = rustix::fs::fstatfs(&fd)?;
        // The number has 32 bits, whatever the width and the sign of the field.
        let number = u64::from(stat.f_type as u32);
        let known = KNOWN.iter().find(|(known, ..)| *known == number);
        let space = rustix::fs::fstatvfs(&fd)?;
        // Of three with one number, two can't; how it was mounted tells.
        let older =
            if number == EXT { mounted_as(&fd).filter(|name| matches!(&**name, "ext2" | "ext3")) } else { None };
        Ok(FileSystem {
            can_cut: older.is_none() && known.is_some_and(|(.., can_cut)| *can_cut),
            name: older.unwrap_or_else(|| {
                known.map_or_else(|| format!("number {number:#x}"), |(_, name, _)| (*name).to_owned())
            }),
            room: space.f_bavail.saturating_mul(space.f_frsize),
        })
    }
}

/// The type of the mount that this file or folder was opened through; None where `/proc` does not tell.
fn mounted_as(fd: &impl AsFd) -> Option<String> {
    let stat = statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    let mount = Some(stat.stx_mnt_id.to_string()).filter(|_| stat.stx_mask & StatxFlags::MNT_ID.bits() != 0)?;
    // A mount point may have any bytes, but for those that end a field.
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    type_of_mount(&mount, &String::from_utf8_lossy(&mounts))
}

/// The type of the mount of this number, from the text of `/proc/self/mountinfo`.
fn type_of_mount(mount: &str, mounts: &str) -> Option<String> {
    let line = mounts.lines().find(|line| line.split(' ').next() == Some(mount))?;
    // How many fields stand before the dash differs.
    let (_, after) = line.split_once(" - ")?;
    after.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_mount() {
        let mounts = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
                      36 22 7:0 / /srv/a\\040-\\040b rw shared:4 master:2 - ext3 /dev/loop0 rw,stripe=4\n6 22 0:5 / /x rw -\n";
        for (mount, expected) in [("22", Some("ext4")), ("36", Some("ext3")), ("2", None), ("6", None), ("", None)] {
            assert_eq!(type_of_mount(mount, mounts).as_deref(), expected, "{mount}");
        }
        let fd = fs::File::open("/proc").unwrap();
        assert_eq!(mounted_as(&fd).as_deref(), Some("proc"));
    }
}
