//! The bytes of a log file, unpacked: gzip and zstd are told by their first bytes, whatever the name.
//!
//! A plain file is read up to where it ended when it was opened. If it is a log that is rotated meanwhile, reading goes on
//! where its bytes are now; if it was cut or replaced, reading ends with an error.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use flate2::bufread::GzDecoder;

use super::cutter::Kept;
use super::place::{Came, Place};
use super::rotate::intent::{Intent, stale_front};

/// What no longer is what it was.
const CHANGED: &str = "it was cut or replaced while it was read; what came before is shown";
/// How often a file that is being rotated is looked at.
const SOON: Duration = Duration::from_millis(10);

/// A reader of unpacked bytes that may go to another thread.
pub enum Input {
    /// A regular file as it is.
    Plain(Plain),
    /// What comes as somebody writes it.
    Live(Box<dyn Read + Send>),
    /// What is unpacked.
    Packed(Box<dyn Read + Send>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(plain) => plain.read(buffer),
            Input::Live(reader) | Input::Packed(reader) => reader.read(buffer),
        }
    }
}

/// Opens a file, and counts the bytes that are read of it as it lies there. What a rotation under way has moved to a
/// backup already is passed over. Its newest backup is this one, if it has any.
pub fn open(path: &Path, newest: Option<&Path>, read: &Arc<AtomicU64>) -> io::Result<Input> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return stream(File::open(path)?, read);
    }
    begin(Place::open_beside(path, newest)?, read)
}

/// Reads a regular file that was opened before.
pub fn begin(place: Place, read: &Arc<AtomicU64>) -> io::Result<Input> {
    let mut magic = [0; 4];
    let known = place.file().read_at(&mut magic, 0)?;
    let left = place.end().saturating_sub(place.at());
    let plain = Plain { place: Some(place), left, read: Arc::clone(read), leave: None };
    match Packing::of(&magic[..known]) {
        Some(packing) => packing.unpacked(plain),
        None => Ok(Input::Plain(plain)),
    }
}

/// Opens a plain file up to the end of its last whole line, to be followed from there. Its newest backup is this one, if it
/// has any.
pub fn open_to_follow(path: &Path, newest: Option<&Path>) -> io::Result<Place> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file and can't be followed"));
    }
    let mut place = Place::open_beside(path, newest)?;
    place.end_with_lines()?;
    Ok(place)
}

/// Reads it: its place is left behind when it was read.
pub fn begin_to_follow(place: Place, read: &Arc<AtomicU64>, left: &Left) -> Input {
    let to_read = place.end().saturating_sub(place.at());
    Input::Plain(Plain { place: Some(place), left: to_read, read: Arc::clone(read), leave: Some(Arc::clone(left)) })
}

/// How many bytes at the front are in a backup already.
pub fn stale(path: &Path, file: &File) -> u64 {
    Intent::beside(path).and_then(|intent| stale_front(file, &intent)).unwrap_or(0)
}

/// Bytes that come in order, from a pipe or a terminal.
pub fn stream(reader: impl Read + Send + 'static, read: &Arc<AtomicU64>) -> io::Result<Input> {
    let mut reader = Counted { reader, read: Arc::clone(read) };
    let mut magic = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut magic)?;
    let packing = Packing::of(&magic);
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(magic).chain(reader);
    match packing {
        Some(packing) => packing.unpacked(whole),
        None => Ok(Input::Live(Box::new(whole))),
    }
}

/// How bytes are packed.
#[derive(Clone, Copy)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// By the first bytes; None when they are not packed.
    pub(super) fn of(magic: &[u8]) -> Option<Packing> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            _ => None,
        }
    }

    fn unpacked(self, reader: impl Read + Send + 'static) -> io::Result<Input> {
        const BUFFER: usize = 1 << 17;
        let reader = BufReader::with_capacity(BUFFER, reader);
        Ok(Input::Packed(match self {
            Packing::Gzip => {
                Box::new(Packed { what: "gzip", reader: Members { member: Some(GzDecoder::new(reader)) } })
            }
            Packing::Zstd => {
                Box::new(Packed { what: "zstd", reader: zstd::stream::read::Decoder::with_buffer(reader)? })
            }
        }))
    }
}

/// Unpacks, and says in words what is wrong.
struct Packed<R> {
    what: &'static str,
    reader: R,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                io::Error::other(format!("its {} data ends too early; what came before is shown", self.what))
            }
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(format!("its {} data is corrupt; what came before is shown", self.what)),
        })
    }
}

/// All members of a gzip file. NULs behind one of them are filler, as a tape leaves them.
struct Members<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else { break };
            let is_more = loop {
                let bytes = rest.fill_buf()?;
                let nulls = bytes.iter().take_while(|&&byte| byte == 0).count();
                if nulls == 0 || nulls < bytes.len() {
                    let is_more = !bytes.is_empty();
                    rest.consume(nulls);
                    break is_more;
                }
                rest.consume(nulls);
            };
            self.member = is_more.then(|| GzDecoder::new(rest));
        }
        Ok(0)
    }
}

struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A regular file, up to where it ended when it was opened.
pub struct Plain {
    place: Option<Place>,
    /// How many bytes are still to be read.
    left: u64,
    read: Arc<AtomicU64>,
    /// Where the place is left.
    leave: Option<Left>,
}

impl Plain {
    /// The file, and where in it so many bytes stand that come so many bytes behind the next one: for others to read.
    /// None where they are not all there is up to.
    pub fn ahead(&self, by: u64, length: usize) -> Option<(Arc<File>, u64)> {
        let place = self.place.as_ref()?;
        (self.left >= by + length as u64).then(|| (Arc::clone(place.file()), place.at() + by))
    }

    /// Whether these bytes, which another thread has read at this place, are the next ones; if so, they count as read.
    pub fn accepts(&mut self, at: u64, read: &[u8]) -> bool {
        let Some(place) = &mut self.place else { return false };
        // What is wrong shows when they are read again.
        let is_next = self.left >= read.len() as u64 && place.accepts(at, read).unwrap_or(false);
        if is_next {
            self.left -= read.len() as u64;
            self.read.fetch_add(read.len() as u64, Ordering::Relaxed);
        }
        is_next
    }
}

/// What is handed on when reading is over.
#[derive(Debug, Default)]
pub struct LeftOff {
    /// Where it stands.
    pub place: Option<Place>,
    /// What it was in the middle of there.
    pub kept: Option<Kept>,
}

/// Where that is left.
pub type Left = Arc<Mutex<LeftOff>>;

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(place) = &mut self.place else { return Ok(0) };
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        loop {
            match place.read(&mut buffer[..most])? {
                Came::Bytes(read) => {
                    self.left -= read as u64;
                    self.read.fetch_add(read as u64, Ordering::Relaxed);
                    return Ok(read);
                }
                Came::Rotating => thread::sleep(SOON),
                Came::End | Came::Gone => return Err(io::Error::other(CHANGED)),
            }
        }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if let Some(leave) = &self.leave {
            leave.lock().unwrap_or_else(PoisonError::into_inner).place = self.place.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn numbered(lines: std::ops::Range<u32>) -> Vec<u8> {
        lines.flat_map(|n| format!("2026-11-23 03:09:54 - a - INFO - line {n:08}\n").into_bytes()).collect()
    }

    fn read_some(input: &mut Input, bytes: usize) -> Vec<u8> {
        let mut out = vec![0; bytes];
        input.read_exact(&mut out).unwrap();
        out
    }

    #[test]
    fn packed_bytes_are_told_by_their_beginning() {
        let text = numbered(0..1000);
        let gzip = |text: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text).unwrap();
            packer.finish().unwrap()
        };
        let members = [gzip(&text[..10_000]), gzip(&text[10_000..])].concat();
        let frames = [zstd::encode_all(&text[..99], 1).unwrap(), zstd::encode_all(&text[99..], 1).unwrap()].concat();
        let padded = [&members[..], &[0; 300_000]].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.name");
        let count = Arc::new(AtomicU64::new(0));
        for packed in [&members, &padded, &frames, &text, &b"x".to_vec(), &Vec::new()] {
            fs::write(&path, packed).unwrap();
            let expected = if packed.len() > 1 { &text } else { packed };
            let mut whole = Vec::new();
            open(&path, None, &count).unwrap().read_to_end(&mut whole).unwrap();
            assert!(whole == *expected);
            whole.clear();
            stream(Cursor::new(packed.clone()), &count).unwrap().read_to_end(&mut whole).unwrap();
            assert!(whole == *expected);
        }
        for (packed, complaint) in [
            (members[..members.len() - 9].to_vec(), "its gzip data ends too early; what came before is shown"),
            (
                [&members[..], b"not a member, but long enough"].concat(),
                "its gzip data is corrupt; what came before is shown",
            ),
            (frames[..frames.len() - 3].to_vec(), "its zstd data ends too early; what came before is shown"),
        ] {
            fs::write(&path, packed).unwrap();
            let error = open(&path, None, &count).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), complaint);
        }
    }

    #[test]
    fn a_front_that_is_taken_off_is_noticed_and_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let text = numbered(0..2000);
        fs::write(&path, &text).unwrap();
        let mut input = open(&path, None, &Arc::default()).unwrap();
        assert!(read_some(&mut input, 50_000) == text[..50_000]);
        fs::write(&path, [&text[40_960..], b"and more"].concat()).unwrap();
        let mut rest = Vec::new();
        input.read_to_end(&mut rest).unwrap();
        assert!(rest == text[50_000..], "{}", rest.len());
    }

    #[test]
    fn a_file_that_is_cut_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        for after in [numbered(0..10), numbered(5000..9000), Vec::new()] {
            let text = numbered(0..2000);
            fs::write(&path, &text).unwrap();
            let mut input = open(&path, None, &Arc::default()).unwrap();
            read_some(&mut input, 50_000);
            fs::write(&path, after).unwrap();
            assert_eq!(input.read_to_end(&mut Vec::new()).unwrap_err().to_string(), CHANGED);
        }
    }
}
