//! The first hundred bytes of a database file (<https://www.sqlite.org/fileformat2.html>, section 1.3).

/// How many bytes the header takes.
pub const LENGTH: usize = 100;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The smallest part of a page that may be usable.
const LEAST_USABLE: usize = 480;

/// What the header says, as far as it matters to a reader of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How long a page is.
    pub page_size: usize,
    /// How much of it SQLite uses.
    pub usable: usize,
    /// Whether changes go to a write-ahead log first.
    pub is_wal: bool,
    /// How many pages there are, None where a program wrote last that did not keep count.
    pub pages: Option<u32>,
    /// A number that is another one after every change of the schema, VACUUM included.
    pub schema_cookie: u32,
}

impl Header {
    /// Reads it; None for anything that this reader was not made for.
    pub fn read(bytes: &[u8; LENGTH]) -> Option<Self> {
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let page_size = match u16::from_be_bytes([bytes[16], bytes[17]]) {
            1 => 1 << 16,
            size if size.is_power_of_two() && size >= 512 => usize::from(size),
            _ => return None,
        };
        let usable = page_size - usize::from(bytes[20]);
        let is_wal = match (bytes[18], bytes[19]) {
            (1, 1) => false,
            (2, 2) => true,
            _ => return None,
        };
        let payload_fractions = bytes[21..24] == [64, 32, 32];
        let is_utf8 = number(56) == 1;
        if !bytes.starts_with(MAGIC) || usable < LEAST_USABLE || !payload_fractions || !is_utf8 {
            return None;
        }
        // The count is true when whoever wrote it also wrote last.
        let pages = Some(number(28)).filter(|&pages| pages > 0 && number(24) == number(92));
        Some(Header { page_size, usable, is_wal, pages, schema_cookie: number(40) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(change: impl FnOnce(&mut [u8; LENGTH])) -> Option<Header> {
        let mut bytes = [0; LENGTH];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..24].copy_from_slice(&[0x10, 0x00, 1, 1, 12, 64, 32, 32]);
        bytes[24..32].copy_from_slice(&[0, 0, 0, 7, 0, 0, 1, 2]);
        bytes[40..44].copy_from_slice(&[0, 0, 0, 9]);
        bytes[56..60].copy_from_slice(&[0, 0, 0, 1]);
        bytes[92..96].copy_from_slice(&[0, 0, 0, 7]);
        change(&mut bytes);
        Header::read(&bytes)
    }

    #[test]
    fn what_it_says() {
        let plain = Header { page_size: 4096, usable: 4084, is_wal: false, pages: Some(0x102), schema_cookie: 9 };
        assert_eq!(of(|_| {}), Some(plain));
        assert_eq!(of(|bytes| bytes[92] = 1), Some(Header { pages: None, ..plain }));
        assert_eq!(of(|bytes| bytes[18..20].fill(2)), Some(Header { is_wal: true, ..plain }));
        let large = of(|bytes| bytes[16..18].copy_from_slice(&[0, 1]));
        assert_eq!(large, Some(Header { page_size: 65536, usable: 65524, ..plain }));
    }

    #[test]
    fn what_it_was_not_made_for() {
        let changes: [fn(&mut [u8; LENGTH]); 8] = [
            |bytes| bytes[0] = b's',
            |bytes| bytes[16..18].copy_from_slice(&[1, 0]),
            |bytes| bytes[16..18].copy_from_slice(&[3, 0]),
            |bytes| {
                bytes[16..18].copy_from_slice(&[2, 0]);
                bytes[20] = 33;
            },
            |bytes| bytes[18] = 3,
            |bytes| bytes[21] = 63,
            // UTF-16.
            |bytes| bytes[59] = 2,
            |bytes| bytes[59] = 0,
        ];
        for change in changes {
            assert_eq!(of(change), None);
        }
    }
}
