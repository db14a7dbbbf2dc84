//! The file system that a folder is on: its name, whether the front of a file can be cut off there, how much room is
//! left. Asks the kernel only; writes nothing.

use std::io;
use std::os::fd::AsFd;

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

/// Those that logs may lie on, by their number. A network file system that offers to cut a front copies the rest of
/// the file, which others write to; so only these two are relied on.
const KNOWN: &[(u64, &str, bool)] = &[
    (0xef53, "ext4", true),
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
        Ok(FileSystem {
            name: known.map_or_else(|| format!("number {number:#x}"), |(_, name, _)| (*name).to_owned()),
            can_cut: known.is_some_and(|(.., can_cut)| *can_cut),
            room: space.f_bavail.saturating_mul(space.f_frsize),
        })
    }
}
