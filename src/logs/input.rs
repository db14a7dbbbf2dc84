//! The bytes of a log file, unpacked: gzip and zstd are told by their first bytes, whatever the name.
//!
//! A plain file is read up to where it ended when it was opened, and every piece is checked afterwards: the bytes before
//! it must still be the ones that were read. Where they are not, the file was cut or replaced under the reader. If its
//! front was taken off, as `auditctl rotate` does, reading goes on where the same bytes are now; otherwise it ends
//! with an error.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;

use super::rotate::intent::{Intent, stale_front};

/// What no longer is what it was.
const CHANGED: &str = "it was cut or replaced while it was read; what came before is shown";
/// So many bytes before a place tell whether it still is the same place.
const WITNESS: usize = 64;
/// And so many at least.
const LEAST: usize = 16;
/// A file system takes whole blocks off the front of a file; no block is smaller.
const BLOCK: u64 = 512;

/// A reader of unpacked bytes that may go to another thread.
pub type Input = Box<dyn Read + Send>;

/// Opens a file, and counts the bytes that are read of it as it lies there. What a rotation under way has moved to a
/// backup already is passed over.
pub fn open(path: &Path, read: &Arc<AtomicU64>) -> io::Result<Input> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        let mut magic = [0; 4];
        let known = file.read_at(&mut magic, 0)?;
        let start = stale(path, &file);
        let place = Place::new(file, start);
        let plain = Plain { place: Some(place), end: metadata.len(), read: Arc::clone(read), left: None };
        return unpacked(&magic[..known], plain);
    }
    stream(file, read)
}

/// Opens a plain file up to the end of its last whole line, to be followed from there: its place is left behind when it
/// was read.
pub fn open_to_follow(path: &Path, read: &Arc<AtomicU64>, left: &Left) -> io::Result<Input> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file and can't be followed"));
    }
    let end = last_line_end(&file, metadata.len())?;
    let place = Place::new(file.try_clone()?, stale(path, &file).min(end));
    Ok(Box::new(Plain { place: Some(place), end, read: Arc::clone(read), left: Some(Arc::clone(left)) }))
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
    let start = magic.clone();
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(magic).chain(reader);
    unpacked(&start, whole)
}

fn unpacked(magic: &[u8], reader: impl Read + Send + 'static) -> io::Result<Input> {
    const BUFFER: usize = 1 << 17;
    Ok(match magic {
        [0x1f, 0x8b, ..] => {
            Box::new(Packed { what: "gzip", reader: MultiGzDecoder::new(BufReader::with_capacity(BUFFER, reader)) })
        }
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(Packed {
            what: "zstd",
            reader: zstd::stream::read::Decoder::with_buffer(BufReader::with_capacity(BUFFER, reader))?,
        }),
        _ => Box::new(reader),
    })
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

/// Where the reading of a file stands, and what tells whether it still is the same place.
#[derive(Debug)]
pub struct Place {
    /// The file.
    pub file: File,
    /// The next byte to read.
    pub at: u64,
    /// The bytes before it, the last that were read.
    witness: Vec<u8>,
}

impl Place {
    /// In a file, at this byte.
    pub fn new(file: File, at: u64) -> Self {
        Place { file, at, witness: Vec::new() }
    }

    /// The same place in another file, if the bytes before it are the same there.
    pub fn in_other(&self, file: File) -> io::Result<Option<Place>> {
        let other = Place { file, at: self.at, witness: self.witness.clone() };
        Ok((!other.witness.is_empty() && other.holds(&other.witness, other.before())?).then_some(other))
    }

    fn before(&self) -> u64 {
        self.at - self.witness.len() as u64
    }

    /// Reads on. A front that was taken off the file since is made up for; None when the place is gone.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            let read = self.file.read_at(buffer, self.at)?;
            let first = &buffer[..read.min(WITNESS)];
            // After the reading: a front taken off in the middle of it shows as well.
            let (known, at) =
                if self.witness.is_empty() { (first, self.at) } else { (&self.witness[..], self.before()) };
            if !self.holds(known, at)? {
                if self.find_again()? {
                    continue;
                }
                return Ok(None);
            }
            self.at += read as u64;
            let last = &buffer[read.saturating_sub(WITNESS)..read];
            self.witness.extend_from_slice(last);
            let surplus = self.witness.len().saturating_sub(WITNESS);
            self.witness.drain(..surplus);
            return Ok(Some(read));
        }
    }

    /// Whether the bytes at this place are these.
    fn holds(&self, bytes: &[u8], at: u64) -> io::Result<bool> {
        Ok(self.found(bytes.len(), at)?.is_some_and(|found| found == bytes))
    }

    fn found(&self, length: usize, at: u64) -> io::Result<Option<Vec<u8>>> {
        let mut found = vec![0; length];
        match self.file.read_exact_at(&mut found, at) {
            Ok(()) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds the place again after bytes were taken off the front: the nearest to the front, where most was taken off.
    fn find_again(&mut self) -> io::Result<bool> {
        let mut taken = self.at / BLOCK * BLOCK;
        loop {
            let at = self.at - taken;
            let length = self.witness.len().min(usize::try_from(at).unwrap_or(usize::MAX));
            let witness = &self.witness[self.witness.len() - length..];
            if length >= LEAST
                && let Some(found) = self.found(length, at - length as u64)?
                && is_same(&found, witness)
            {
                self.at = at;
                self.witness = found;
                return Ok(true);
            }
            match taken.checked_sub(BLOCK) {
                Some(less) => taken = less,
                None => return Ok(false),
            }
        }
    }
}

/// Whether these are the bytes that were read, but that whole lines at their beginning may have become line breaks: so
/// a rotation leaves what is in the backup already.
fn is_same(found: &[u8], read: &[u8]) -> bool {
    if found == read {
        return true;
    }
    let blank = found.iter().take_while(|&&byte| byte == b'\n').count();
    blank > 0 && found.len() - blank >= LEAST && read[blank - 1] == b'\n' && found[blank..] == read[blank..]
}

/// A regular file, up to where it ended when it was opened.
struct Plain {
    place: Option<Place>,
    end: u64,
    read: Arc<AtomicU64>,
    /// Where the place is left.
    left: Option<Left>,
}

/// A place that is handed on when reading is over.
pub type Left = Arc<Mutex<Option<Place>>>;

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(place) = &mut self.place else { return Ok(0) };
        let most = usize::try_from(self.end.saturating_sub(place.at)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let before = place.at;
        let read = place.read(&mut buffer[..most])?.filter(|read| *read > 0);
        let Some(read) = read else { return Err(io::Error::other(CHANGED)) };
        // What was taken off the front is missing at the end as well.
        self.end -= (before + read as u64).saturating_sub(place.at);
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if let Some(left) = &self.left {
            *left.lock().unwrap_or_else(PoisonError::into_inner) = self.place.take();
        }
    }
}

/// Where the last whole line of a file ends.
fn last_line_end(file: &File, end: u64) -> io::Result<u64> {
    const PIECE: u64 = 1 << 16;
    let mut to = end;
    while to > 0 {
        let from = to.saturating_sub(PIECE);
        let mut piece = vec![0; usize::try_from(to - from).unwrap_or_default()];
        file.read_exact_at(&mut piece, from)?;
        if let Some(at) = memchr::memrchr(b'\n', &piece) {
            return Ok(from + at as u64 + 1);
        }
        to = from;
    }
    Ok(0)
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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.name");
        let count = Arc::new(AtomicU64::new(0));
        for packed in [&members, &frames, &text, &b"x".to_vec(), &Vec::new()] {
            std::fs::write(&path, packed).unwrap();
            let expected = if packed.len() > 1 { &text } else { packed };
            let mut whole = Vec::new();
            open(&path, &count).unwrap().read_to_end(&mut whole).unwrap();
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
            std::fs::write(&path, packed).unwrap();
            let error = open(&path, &count).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), complaint);
        }
    }

    #[test]
    fn a_front_that_is_taken_off_is_noticed_and_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let text = numbered(0..2000);
        std::fs::write(&path, &text).unwrap();
        let mut input = open(&path, &Arc::default()).unwrap();
        assert!(read_some(&mut input, 50_000) == text[..50_000]);
        std::fs::write(&path, [&text[40_960..], b"and more"].concat()).unwrap();
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
            std::fs::write(&path, &text).unwrap();
            let mut input = open(&path, &Arc::default()).unwrap();
            read_some(&mut input, 50_000);
            std::fs::write(&path, after).unwrap();
            assert_eq!(input.read_to_end(&mut Vec::new()).unwrap_err().to_string(), CHANGED);
        }
    }
}
