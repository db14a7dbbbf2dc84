//! Compression of a target file, chosen by its ending, and the SHA-256 and size of what reaches the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// How much of a file waits to be written.
const BUFFER: usize = 1 << 16;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstd,
}

impl Compression {
    /// What the ending of a name asks for.
    pub fn of_name(name: &str) -> Compression {
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The ending that asks for it.
    pub fn ending(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

/// A file being written. It can be closed for a while, and counts what it was given.
#[derive(Debug)]
pub struct Counted {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    /// How many bytes it was given.
    pub size: u64,
    hash: Option<Sha256>,
}

impl Counted {
    /// Creates the file, which may not be there yet; `hashed` where its SHA-256 will be asked for.
    pub fn create(path: &Path, hashed: bool) -> io::Result<Counted> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Counted {
            path: path.to_owned(),
            file: Some(BufWriter::with_capacity(BUFFER, file)),
            size: 0,
            hash: hashed.then(Sha256::new),
        })
    }

    /// Closes the file for a while: a process may have so many open.
    pub fn close(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }

    /// Makes what was written durable, and closes the file.
    pub fn sync(&mut self) -> io::Result<()> {
        let file = self.opened()?;
        file.flush()?;
        file.get_ref().sync_all()?;
        self.file = None;
        Ok(())
    }

    /// The SHA-256 of what it was given, in hexadecimal; empty where it was not asked for.
    pub fn sha256(&self) -> String {
        self.hash.as_ref().map(hex).unwrap_or_default()
    }

    fn opened(&mut self) -> io::Result<&mut BufWriter<File>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => BufWriter::with_capacity(BUFFER, OpenOptions::new().append(true).open(&self.path)?),
        };
        Ok(self.file.insert(file))
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.opened()?.write(bytes)?;
        self.size += written as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

fn hex(hash: &Sha256) -> String {
    HEXLOWER.encode(&hash.clone().finalize())
}

/// A writer that counts and hashes what goes through it.
pub struct Tallied<'a> {
    out: &'a mut dyn Write,
    /// How many bytes went through.
    pub size: u64,
    hash: Option<Sha256>,
}

impl<'a> Tallied<'a> {
    /// Over `out`; `hashed` where the SHA-256 will be asked for.
    pub fn new(out: &'a mut dyn Write, hashed: bool) -> Self {
        Tallied { out, size: 0, hash: hashed.then(Sha256::new) }
    }

    /// The SHA-256 of what went through, in hexadecimal; empty where it was not asked for.
    pub fn sha256(&self) -> String {
        self.hash.as_ref().map(hex).unwrap_or_default()
    }
}

impl Write for Tallied<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.size += written as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The size and the SHA-256 of a file, in hexadecimal.
pub fn checked(path: &Path) -> io::Result<(u64, String)> {
    let mut nowhere = io::sink();
    let mut tallied = Tallied::new(&mut nowhere, true);
    io::copy(&mut File::open(path)?, &mut tallied)?;
    Ok((tallied.size, tallied.sha256()))
}

/// A file and what compresses on the way into it.
pub enum Encoder {
    /// Nothing does.
    Plain(Counted),
    /// A member of gzip.
    Gzip(GzEncoder<Counted>),
    /// A frame of Zstandard.
    Zstd(zstd::Encoder<'static, Counted>),
}

impl Encoder {
    /// Begins a member or a frame; a file that is closed and begun again has several, which readers take for one.
    pub fn begin(file: Counted, compression: Compression) -> io::Result<Encoder> {
        Ok(match compression {
            Compression::None => Encoder::Plain(file),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Compression::Zstd => Encoder::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }

    /// Ends the member or frame, and gives the file back.
    pub fn end(self) -> io::Result<Counted> {
        match self {
            Encoder::Plain(file) => Ok(file),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Encoder::Plain(file) => file.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            Encoder::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Encoder::Plain(file) => file.flush(),
            Encoder::Gzip(encoder) => encoder.flush(),
            Encoder::Zstd(encoder) => encoder.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// A file that is closed between two halves holds both, however it is compressed, and its digest is the file's.
    #[test]
    fn is_closed_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let path = folder.path().join(format!("x{}", compression.ending()));
            let mut file = Counted::create(&path, true).unwrap();
            for half in ["one\n", "two\n"] {
                let mut encoder = Encoder::begin(file, compression).unwrap();
                encoder.write_all(half.as_bytes()).unwrap();
                file = encoder.end().unwrap();
                file.close().unwrap();
            }
            file.sync().unwrap();
            let written = File::open(&path).unwrap();
            let mut text = String::new();
            match compression {
                Compression::None => Box::new(written) as Box<dyn Read>,
                Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(written)),
                Compression::Zstd => Box::new(zstd::Decoder::new(written).unwrap()),
            }
            .read_to_string(&mut text)
            .unwrap();
            assert_eq!(text, "one\ntwo\n", "{compression:?}");
            assert_eq!(checked(&path).unwrap(), (file.size, file.sha256()), "{compression:?}");
        }
        // As sha256sum says.
        let sum = "c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8";
        assert_eq!(checked(&folder.path().join("x")).unwrap(), (8, sum.to_owned()));
    }
}
