//! The extended attributes of a log and its access control list, for the file that takes its content or its place.
//!
//! Beside them, the attributes of `chattr` that stand in the way of a rotation.
//!
//! Knows `user.*` and `system.posix_acl_access`. Labels of security modules are the system's to give, by the folder.

use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{IFlags, XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, ioctl_getflags};
use rustix::io::Errno;

/// A file that is kept in extents, on ext4; and one that lies in its inode as long as it is small.
const EXTENTS: IFlags = IFlags::from_bits_retain(0x0008_0000);
const INLINE: IFlags = IFlags::from_bits_retain(0x1000_0000);

/// The attribute of a file, if it has one, that forbids to rename it, and to write to it anywhere but at its end.
pub(super) fn forbidding(file: impl AsFd) -> Option<&'static str> {
    let flags = ioctl_getflags(file).ok()?;
    if flags.contains(IFlags::APPEND) {
        return Some("append-only");
    }
    flags.contains(IFlags::IMMUTABLE).then_some("immutable")
}

/// Whether a file of ext4 is kept so that its front can be cut off; so it is held to be where nobody may ask.
pub(crate) fn has_extents(file: impl AsFd) -> bool {
    ioctl_getflags(file).map_or(true, |flags| flags.intersects(EXTENTS | INLINE))
}

const ACCESS_LIST: &[u8] = b"system.posix_acl_access";
/// The kernel's own limit, of a list of names as of a value.
const MOST: usize = 1 << 16;

/// Brings them from one file to another that is new. A list that the new one has from its folder goes, where the other
/// has none: who may not read the log may not read its copy. What can't be done comes back in words; none of it is a
/// reason not to rotate.
pub(super) fn copy(from: &File, to: &File) -> Vec<String> {
    let mut lost = Vec::new();
    let mut say = |name: &[u8], error: Errno| {
        let name = String::from_utf8_lossy(name);
        lost.push(format!("its attribute {name} could not be kept: {}", std::io::Error::from(error)));
    };
    let own = match names(from) {
        Ok(own) => own,
        // There are none on this file system.
        Err(Errno::OPNOTSUPP) => return lost,
        Err(error) => {
            say(b"list", error);
            return lost;
        }
    };
    let has_list = own.iter().any(|name| name == ACCESS_LIST);
    if !has_list && names(to).is_ok_and(|given| given.iter().any(|name| name == ACCESS_LIST)) {
        fremovexattr(to, ACCESS_LIST).unwrap_or_else(|error| say(ACCESS_LIST, error));
    }
    let mut value = vec![0; MOST];
    for name in own.iter().filter(|name| name.starts_with(b"user.") || *name == ACCESS_LIST) {
        let copied = fgetxattr(from, &name[..], &mut value[..])
            .and_then(|length| fsetxattr(to, &name[..], &value[..length], XattrFlags::empty()));
        match copied {
            // It was taken away meanwhile.
            Ok(()) | Err(Errno::NODATA) => {}
            Err(error) => say(name, error),
        }
    }
    lost
}

fn names(file: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut list = vec![0_u8; MOST];
    let length = flistxattr(file, &mut list[..])?;
    Ok(list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_is_said() {
        let from = tempfile::tempfile().unwrap();
        if fsetxattr(&from, "user.origin", b"park", XattrFlags::empty()).is_err() {
            return;
        }
        // Where no file has attributes.
        let lost = copy(&from, &File::open("/proc/self/status").unwrap());
        assert_eq!(lost.len(), 1);
        assert!(lost[0].starts_with("its attribute user.origin could not be kept: "), "{lost:?}");
        let to = tempfile::tempfile().unwrap();
        assert_eq!(copy(&from, &to), Vec::<String>::new());
        let mut value = [0; 8];
        assert_eq!(fgetxattr(&to, "user.origin", &mut value[..]), Ok(4));
        assert_eq!(&value[..4], b"park");
    }
}
