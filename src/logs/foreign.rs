//! What is no log that can be read here, and how it can be made one: files packed by other programs, told by their
//! endings or their first bytes, and UTF-16. And what is no log that anybody writes to.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::input::Packing;

/// Endings of packed files, and what writes the bytes of one to standard output.
const UNPACKERS: [(&str, &str); 8] = [
    ("xz", "xz -dc"),
    ("bz2", "bzip2 -dc"),
    ("lzma", "xz -dc"),
    ("lz4", "lz4 -dc"),
    ("lz", "lzip -dc"),
    ("Z", "gzip -dc"),
    ("zip", "unzip -p"),
    ("7z", "7z x -so"),
];

/// The first bytes of packed files, with the endings they have.
const MAGIC: [(&[u8], &str); 7] = [
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bz2"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"LZIP", "lz"),
    (b"\x1f\x9d", "Z"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
];
/// What follows the size in the beginning of a bzip2 file: a block, or its end.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17rE8P\x90"];

/// What a file with this front is, if it is nothing that lines are appended to.
pub fn other_than_a_log(front: &[u8]) -> Option<&'static str> {
    if front.starts_with(b"SQLite format 3\0") {
        return Some("a SQLite database, and no log");
    }
    let is_packed = Packing::of(front).is_some() || packed_elsewhere(front).is_some();
    is_packed.then_some("a packed file, and no log that is written to")
}

/// The command that unpacks files of this ending, where that is not done here.
pub fn unpacker(ending: &str) -> Option<&'static str> {
    UNPACKERS.iter().find(|(known, _)| *known == ending).map(|(_, command)| *command)
}

/// An error for a file that begins as nothing that can be read.
pub fn refuse(file: &File) -> io::Result<()> {
    let mut front = [0; 10];
    let known = file.read_at(&mut front, 0)?;
    let Some(why) = why_not(&front[..known]) else { return Ok(()) };
    Err(io::Error::other(why))
}

/// The same of what has this name, if it is a regular file.
pub fn refuse_named(path: &Path) -> io::Result<()> {
    if path.is_file() { refuse(&File::open(path)?) } else { Ok(()) }
}

fn why_not(front: &[u8]) -> Option<String> {
    if front.starts_with(b"\xff\xfe") || front.starts_with(b"\xfe\xff") {
        let how = "iconv -f UTF-16 -t UTF-8 FILE | auditctl parse -";
        return Some(format!("it is UTF-16, and logs are read as UTF-8; convert it: {how}"));
    }
    let ending = packed_elsewhere(front)?;
    let unpacker = unpacker(ending)?;
    Some(format!(
        "it is packed as .{ending}, and only gzip and zstd are unpacked here; unpack it: {unpacker} FILE | auditctl parse -"
    ))
}

/// The ending that a file with this front has, where it is packed in a way that is not unpacked here.
fn packed_elsewhere(front: &[u8]) -> Option<&'static str> {
    let is_block = |block: &[u8]| BZIP2_BLOCKS.iter().any(|known| block.starts_with(known));
    let is_whole = |ending: &str| ending != "bz2" || front.get(4..).is_some_and(is_block);
    MAGIC.iter().find(|(magic, ending)| front.starts_with(magic) && is_whole(ending)).map(|(_, ending)| *ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text() {
        for text in ["", "BZhang was here", "BZh91", "2026-11-23 03:09:54 - a - INFO - x", "\u{feff}{}", "\0\0\0\0"] {
            assert_eq!(why_not(text.as_bytes()), None, "{text}");
            assert_eq!(other_than_a_log(text.as_bytes()), None, "{text}");
        }
    }
}
