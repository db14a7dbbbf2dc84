//! What a rotation leaves beside the log while it is under way, so that the next run can finish it and a reader knows
//! which bytes are stale.
//!
//! Knows the file's name, its text and how the stamp looks; knows nothing of the steps between which it is there.
//!
//! # For readers
//!
//! While `audit.log` is rotated, `.audit.log.rotating` stands beside it: one JSON object and a line break,
//!
//! ```json
//! {"length":20971613,"cut":20971520,"nonce":"9f86d081884c7d659a2feaa0c55ad015","head":"323032362d…","keep":10,"block":4096,"inode":131}
//! ```
//!
//! - `length` (L) is how many bytes from the front go into the backup: whole lines, the last line break included;
//! - `cut` (B) is how many of them are cut off the front in the end. A reader that has read up to offset `x ≥ L` goes
//!   on at `x - B` afterwards. B is zero in a file that is smaller than a block of the file system;
//! - `nonce` makes the stamp of this rotation;
//! - `head` is what the stamp was written over, in hexadecimal, and `keep` how many backups stay: for the next run. So
//!   are `block`, what can be cut off at least, and `inode`, the log's number. Further lines are written by a run that
//!   finds a hole where the cut was interrupted, before it takes that out: the last of them counts.
//!
//! What happens to the files, in this order:
//!
//! 1. the intent appears; nothing has changed yet;
//! 2. the first L bytes are copied to `.audit.log.part`, which means nothing yet;
//! 3. the stamp, `#auditctl:stale:NONCE#`, is written over the first bytes of the log (as much of it as L has room
//!    for). From here on, the first L bytes of the log are stale: their lines are in the part, soon in the backup;
//! 4. the backups move up by one, and the part becomes `audit.log.1`;
//! 5. `[B, L)` becomes line breaks, and the first B bytes are cut off: the log gets shorter by B while others append to
//!    it, and starts with L - B line breaks, which are filler. (With B = 0, the stamp becomes line breaks last.)
//!    A machine or a process that dies in the middle of this can leave a hole of B bytes, which reads as zeros, at the
//!    end or anywhere before it: the next run takes it out.
//! 6. the intent goes away.
//!
//! So a reader of the log asks [`Intent::beside`] and [`stale_front`], and skips as many bytes as that says. As long as
//! the front is stale and the part is there, the part is the newest backup, which only lacks its name: after a crash
//! that can last until the next run. A reader looks at the front of the file that it has open: whoever opened the log
//! before step 3 and reads it in order has read the stale bytes as what they were.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::hole::Hole;

/// What every stamp begins with; the nonce follows, and a `#`.
pub(super) const STAMP: &str = "#auditctl:stale:";
/// More than an intent is ever long: hundreds of interruptions have room.
const MOST: u64 = 1 << 16;

/// What a rotation is about to do, as the file beside the log says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// L: how many bytes from the front go into the backup.
    pub length: u64,
    /// B: how many of them are cut off the front; a multiple of the file system's block.
    pub cut: u64,
    /// What makes the stamp of this rotation unlike any other: 32 hexadecimal digits.
    pub nonce: String,
    /// The bytes that the stamp is written over, in hexadecimal.
    pub head: String,
    /// How many backups are kept.
    pub keep: u32,
    /// The least that can be cut off; zero where that is not known.
    #[serde(default)]
    pub block: u64,
    /// The log's number on its file system; zero where that is not known.
    #[serde(default)]
    pub inode: u64,
    /// What an interrupted cut left, once a run has found it.
    #[serde(skip)]
    pub hole: Option<Hole>,
}

impl Intent {
    /// The intent beside this log, if there is one that can be read.
    pub fn beside(log: &Path) -> Option<Intent> {
        let file = File::open(log.with_file_name(intent_name(log.file_name()?))).ok()?;
        Intent::read(file).ok().flatten()
    }

    /// Reads an intent; None for one that was not written to its end, which happens only before step 2.
    pub fn read(file: impl Read) -> io::Result<Option<Intent>> {
        let mut text = Vec::new();
        file.take(MOST).read_to_end(&mut text)?;
        // What has no line break yet was not written to its end.
        let mut lines = text.split_inclusive(|byte| *byte == b'\n').map_while(|line| line.strip_suffix(b"\n"));
        let intent: Option<Intent> = lines.next().and_then(|line| serde_json::from_slice(line).ok());
        let Some(mut intent) = intent.filter(Intent::makes_sense) else { return Ok(None) };
        let holes = lines.filter_map(|line| serde_json::from_slice(line).ok());
        intent.hole = holes.filter(Hole::makes_sense).last();
        Ok(Some(intent))
    }

    /// The text of the file.
    pub fn text(&self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Notes a hole behind what stands in the file; a line that was not written to its end is overwritten.
    pub(super) fn note_hole(disk: &dyn Disk, file: &File, hole: Hole) -> io::Result<()> {
        let mut text = Vec::new();
        file.take(MOST).read_to_end(&mut text)?;
        let end = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        let mut line = serde_json::to_vec(&hole)?;
        line.push(b'\n');
        disk.write_at(file, &line, end as u64)?;
        disk.sync(file)
    }

    /// What is written over the first bytes of the log: never longer than what is stale, and never equal to what was
    /// there, for it has no line break, and the bytes that go into a backup end with one.
    pub fn stamp(&self) -> Vec<u8> {
        let mut stamp = format!("{STAMP}{}#", self.nonce).into_bytes();
        stamp.truncate(usize::try_from(self.length).unwrap_or(usize::MAX));
        stamp
    }

    /// What the stamp was written over.
    pub(super) fn covered(&self) -> Vec<u8> {
        HEXLOWER_PERMISSIVE.decode(self.head.as_bytes()).unwrap_or_default()
    }

    fn makes_sense(&self) -> bool {
        let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.length > 0
            && self.cut <= self.length
            && self.nonce.len() == 32
            && hexadecimal(&self.nonce)
            && hexadecimal(&self.head)
            && self.head.len() == 2 * self.stamp().len()
    }
}

/// How many bytes from the front of this log are stale, where any are.
pub fn stale_front(log: &File, intent: &Intent) -> Option<u64> {
    let stamp = intent.stamp();
    let mut front = vec![0; stamp.len()];
    log.read_exact_at(&mut front, 0).ok()?;
    (front == stamp).then_some(intent.length)
}

/// The name of the intent beside the log of this name.
pub fn intent_name(log: &OsStr) -> OsString {
    hidden(log, "rotating")
}

/// The name under which the copy grows.
pub fn part_name(log: &OsStr) -> OsString {
    hidden(log, "part")
}

/// The name of the file that keeps two runs apart.
pub fn lock_name(log: &OsStr) -> OsString {
    hidden(log, "lock")
}

/// The log of which this is the name of an intent or of a part.
pub fn rotated_by(name: &OsStr) -> Option<OsString> {
    let name = name.as_bytes().strip_prefix(b".")?;
    let log = name.strip_suffix(b".rotating").or_else(|| name.strip_suffix(b".part"))?;
    (!log.is_empty()).then(|| OsStr::from_bytes(log).to_owned())
}

fn hidden(log: &OsStr, ending: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(log);
    name.push(".");
    name.push(ending);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(length: u64, cut: u64) -> Intent {
        let head = "32".repeat(usize::try_from(length).unwrap().min(49));
        let nonce = "9f86d081884c7d659a2feaa0c55ad015".into();
        Intent { length, cut, nonce, head, keep: 10, block: 4096, inode: 131, hole: None }
    }

    #[test]
    fn what_is_written_reads_back() {
        for intent in [intent(20_971_613, 20_971_520), intent(7, 0), intent(1, 0)] {
            assert_eq!(Intent::read(&intent.text().unwrap()[..]).unwrap(), Some(intent));
        }
        let text = intent(7, 0).text().unwrap();
        assert_eq!(
            String::from_utf8(text.clone()).unwrap(),
            "{\"length\":7,\"cut\":0,\"nonce\":\"9f86d081884c7d659a2feaa0c55ad015\",\"head\":\"32323232323232\",\"keep\":10,\"block\":4096,\"inode\":131}\n"
        );
        for end in 0..text.len() {
            assert_eq!(Intent::read(&text[..end]).unwrap(), None, "torn after {end} bytes");
        }
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        for (length, cut, nonce) in
            [(0, 0, None), (5, 6, None), (5, 0, Some("x".repeat(32))), (5, 0, Some("ab".into()))]
        {
            let mut made = intent(length, cut);
            made.nonce = nonce.unwrap_or(made.nonce);
            assert_eq!(Intent::read(&made.text().unwrap()[..]).unwrap(), None, "{made:?}");
        }
        assert_eq!(Intent::read(&vec![b'['; 1 << 20][..]).unwrap(), None);
    }

    #[test]
    fn a_stamped_front_is_stale_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.log");
        assert_eq!(intent_name(OsStr::new("audit.log")), ".audit.log.rotating");
        assert_eq!(rotated_by(OsStr::new(".audit.log.part")), Some("audit.log".into()));
        assert_eq!(rotated_by(OsStr::new("audit.log.part")), None);
        for (content, length) in [("\nabc", 1), ("one line\nrest", 9), (&*"a line\n".repeat(2000), 14_000)] {
            let made = intent(length, 0);
            std::fs::write(&log, content).unwrap();
            let file = File::options().read(true).write(true).open(&log).unwrap();
            assert_eq!(stale_front(&file, &made), None);
            file.write_all_at(&made.stamp(), 0).unwrap();
            assert_eq!(stale_front(&file, &made), Some(length));
            let other = Intent { nonce: "0".repeat(32), ..made.clone() };
            assert_eq!(stale_front(&file, &other), (length < 17).then_some(length), "{content:.20}");
            file.write_all_at(&b"\n".repeat(made.stamp().len()), 0).unwrap();
            assert_eq!(stale_front(&file, &made), None, "blanked");
        }
        assert_eq!(Intent::beside(&log), None);
        std::fs::write(folder.path().join(".audit.log.rotating"), intent(9, 0).text().unwrap()).unwrap();
        assert_eq!(Intent::beside(&log), Some(intent(9, 0)));
    }
}
