//! Variable-length integers and records (<https://www.sqlite.org/fileformat2.html>, sections 1.6 and 2.1).
//!
//! Knows bytes that lie in one piece; every length in them is checked before it is believed.

use rusqlite::types::ValueRef;

/// Reads an integer of one to nine bytes at the front; gives it and what follows.
pub fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((u64::from(first), rest));
    }
    let mut value = u64::from(first & 0x7f);
    for (at, &byte) in rest.iter().take(8).enumerate() {
        if at == 7 {
            return Some((value << 8 | u64::from(byte), &rest[8..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, &rest[at + 1..]));
        }
    }
    None
}

/// How a value is stored: the serial type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serial(u64);

impl Serial {
    /// A serial type, None for those that no database holds.
    pub fn new(code: u64) -> Option<Self> {
        (!matches!(code, 10 | 11)).then_some(Serial(code))
    }

    /// How many bytes the value takes.
    pub fn length(self) -> usize {
        match self.0 {
            0 | 8 | 9 => 0,
            1..=4 => self.0 as usize,
            5 => 6,
            6 | 7 => 8,
            // Below 2^63, since the code is halved.
            code => usize::try_from((code.saturating_sub(12)) / 2).unwrap_or(usize::MAX),
        }
    }

    /// The value that these bytes, as many as [`Serial::length`] says, stand for.
    pub fn value(self, bytes: &[u8]) -> ValueRef<'_> {
        match self.0 {
            0 => ValueRef::Null,
            8 => ValueRef::Integer(0),
            9 => ValueRef::Integer(1),
            7 => match bytes.try_into().map(f64::from_be_bytes) {
                Ok(real) if !real.is_nan() => ValueRef::Real(real),
                _ => ValueRef::Null,
            },
            1..=6 => ValueRef::Integer(integer(bytes)),
            code if code % 2 == 0 => ValueRef::Blob(bytes),
            _ => ValueRef::Text(bytes),
        }
    }
}

/// A big-endian integer of one to eight bytes, its first bit the sign.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|&byte| byte >= 0x80);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value: i64, &byte| value << 8 | i64::from(byte))
}

/// The serial types at the front of a record, with the place in the record where each value begins.
#[derive(Clone, Debug)]
pub struct Columns<'r> {
    /// What is left of the header.
    header: &'r [u8],
    /// Where the next value begins.
    begins: usize,
    /// How long the whole record is.
    length: usize,
}

impl<'r> Columns<'r> {
    /// The columns of a record of this length that begins with these bytes, its header among them.
    pub fn of(record: &'r [u8], length: usize) -> Option<Self> {
        let (header_length, rest) = varint(record)?;
        let header_length = usize::try_from(header_length).ok()?;
        let of_length = record.len() - rest.len();
        let header = record.get(of_length..header_length)?;
        Some(Columns { header, begins: header_length, length })
    }

    /// The next column: its serial type and where its value begins. None where there is none or it reaches too far.
    pub fn next(&mut self) -> Option<(Serial, usize)> {
        let (code, rest) = varint(self.header)?;
        let serial = Serial::new(code)?;
        let begins = self.begins;
        self.begins = begins.checked_add(serial.length())?;
        self.header = rest;
        // The values fill the record to its end, and not beyond.
        let fits = if rest.is_empty() { self.begins == self.length } else { self.begins <= self.length };
        fits.then_some((serial, begins))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::types::Value;

    use super::*;

    /// As SQLite writes them.
    fn written(value: u64) -> Vec<u8> {
        if value >= 1 << 56 {
            let mut bytes: Vec<u8> = (0..8).map(|at| (value >> (8 + 7 * at)) as u8 | 0x80).rev().collect();
            bytes.push(value as u8);
            return bytes;
        }
        let mut bytes = vec![(value & 0x7f) as u8];
        let mut left = value >> 7;
        while left > 0 {
            bytes.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        bytes.reverse();
        bytes
    }

    #[test]
    fn integers_that_are_cut_off_are_none() {
        assert_eq!(varint(&[]), None);
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(Columns::of(&[], 0).map(|_| ()), None);
        assert_eq!(Columns::of(&[3, 1], 2).map(|_| ()), None, "the header ends behind the bytes");
        assert_eq!(Columns::of(&[0, 1], 2).map(|_| ()), None, "the header ends before it begins");
        let mut far = Columns::of(&[2, 6, 0], 3).unwrap();
        assert_eq!(far.next(), None, "eight bytes where one is");
        let mut short = Columns::of(&[2, 1, 0, 0], 4).unwrap();
        assert_eq!(short.next(), None, "one byte where two are");
        assert_eq!(Columns::of(&[2, 10, 0], 3).unwrap().next(), None, "a reserved type");
    }

    proptest! {
        #[test]
        fn integers_are_read_as_they_are_written(shift in 0u32..64, value in any::<u64>(), tail in any::<[u8; 2]>()) {
            let value = value >> shift;
            let mut bytes = written(value);
            bytes.extend(tail);
            prop_assert_eq!(varint(&bytes), Some((value, &tail[..])));
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..40), length in 0usize..60) {
            let Some(mut columns) = Columns::of(&bytes, length) else { return Ok(()) };
            while let Some((serial, begins)) = columns.next() {
                prop_assert!(begins + serial.length() <= length);
            }
        }

        /// SQLite writes a record into a file, and it is found there.
        #[test]
        fn records_are_read_as_sqlite_writes_them(values in prop::collection::vec(value(), 1..12)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("db");
            let db = rusqlite::Connection::open(&path).unwrap();
            let columns: Vec<String> = (0..values.len()).map(|n| format!("c{n}")).collect();
            db.execute_batch(&format!("PRAGMA page_size = 65536; CREATE TABLE t ({})", columns.join(","))).unwrap();
            let marks = vec!["?"; values.len()].join(",");
            db.execute(&format!("INSERT INTO t VALUES ({marks})"), rusqlite::params_from_iter(&values)).unwrap();
            let file = std::fs::read(&path).unwrap();
            let page = &file[65536..];
            let cell = &page[usize::from(u16::from_be_bytes([page[8], page[9]]))..];
            let (length, rest) = varint(cell).unwrap();
            let (_, record) = varint(rest).unwrap();
            let mut columns = Columns::of(record, length as usize).unwrap();
            for value in &values {
                let (serial, begins) = columns.next().unwrap();
                let read = serial.value(&record[begins..begins + serial.length()]);
                prop_assert_eq!(read, ValueRef::from(value));
            }
            prop_assert_eq!(columns.next(), None);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            (0u32..64, any::<i64>()).prop_map(|(shift, n)| Value::Integer(n >> shift)),
            any::<f64>().prop_map(|x| if x.is_nan() { Value::Null } else { Value::Real(x) }),
            ".{0,300}".prop_map(Value::Text),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Blob),
        ]
    }
}
