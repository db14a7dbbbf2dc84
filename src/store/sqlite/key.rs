//! Sort keys as SQLite orders them, and the best `k` of many rows.
//!
//! SQLite's order: NULL, then numbers, then text by bytes, then blobs. A timestamp in the service's own form is packed
//! into eight bytes that order as its text does, so that a million of them sort in a few megabytes. Of other text only
//! the beginning is kept; what ties over that is settled in `ties`.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;

/// One column's value as a sort key.
#[derive(Clone, Debug)]
pub enum Key {
    /// NULL.
    Null,
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// Text of the form `2026-11-23 09:09:53[.377372]`, packed by [`pack`].
    Time(i64),
    /// Other text, of which this is all.
    Text(Start),
    /// Bytes, of which this is all.
    Blob(Start),
    /// The beginning of a text that goes on.
    CutText(Start),
    /// The beginning of bytes that go on.
    CutBlob(Start),
    /// The place among rows that tied over the beginning of this key: it compares with theirs alone.
    Rank {
        /// The place.
        rank: u32,
        /// Whether those that share it still tie.
        is_cut: bool,
    },
}

/// How many bytes of a text lie in the key itself.
const INLINE: usize = 22;

/// The beginning of a text.
#[derive(Clone, Debug)]
pub enum Start {
    /// So short that it lies in the key.
    Inline {
        /// How long it is.
        length: u8,
        /// The bytes, and zeros after them.
        bytes: [u8; INLINE],
    },
    /// Longer.
    Boxed(Box<[u8]>),
}

impl Start {
    fn new(text: &[u8]) -> Self {
        match u8::try_from(text.len()) {
            Ok(length) if text.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..text.len()].copy_from_slice(text);
                Start::Inline { length, bytes }
            }
            _ => Start::Boxed(text.into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Start::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Start::Boxed(bytes) => bytes,
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Start::Inline { .. } => 0,
            Start::Boxed(bytes) => bytes.len(),
        }
    }
}

/// The least of a timestamp that may be kept: longer than any that is packed, or the two could not be compared.
const LEAST_OF_TIME: usize = 32;

impl Key {
    /// The key of a value, of whose text so many bytes are kept; `time` packs timestamps.
    pub fn of(value: ValueRef<'_>, time: bool, most: usize) -> Self {
        let most = if time { most.max(LEAST_OF_TIME) } else { most };
        match value {
            ValueRef::Null => Key::Null,
            ValueRef::Integer(n) => Key::Int(n),
            ValueRef::Real(x) => Key::Real(x),
            ValueRef::Text(text) => match time.then(|| pack(text)).flatten() {
                Some(packed) => Key::Time(packed),
                None if text.len() > most => Key::CutText(Start::new(&text[..most])),
                None => Key::Text(Start::new(text)),
            },
            ValueRef::Blob(bytes) if bytes.len() > most => Key::CutBlob(Start::new(&bytes[..most])),
            ValueRef::Blob(bytes) => Key::Blob(Start::new(bytes)),
        }
    }

    fn class(&self) -> u8 {
        match self {
            Key::Null => 0,
            Key::Int(_) | Key::Real(_) => 1,
            Key::Time(_) | Key::Text(_) | Key::CutText(_) => 2,
            Key::Blob(_) | Key::CutBlob(_) => 3,
            Key::Rank { .. } => 4,
        }
    }

    /// Whether keys that are equal to this one may belong to values that are not.
    fn is_cut(&self) -> bool {
        matches!(self, Key::CutText(_) | Key::CutBlob(_) | Key::Rank { is_cut: true, .. })
    }

    /// What there is of a text or of bytes.
    fn start(&self) -> Option<&[u8]> {
        match self {
            Key::Text(start) | Key::CutText(start) | Key::Blob(start) | Key::CutBlob(start) => Some(start.bytes()),
            _ => None,
        }
    }

    /// How many bytes it holds beyond its own size.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Key::Text(start) | Key::CutText(start) | Key::Blob(start) | Key::CutBlob(start) => start.heap_bytes(),
            _ => 0,
        }
    }

    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Time(a), Key::Time(b)) | (Key::Int(a), Key::Int(b)) => a.cmp(b),
            (Key::Rank { rank: a, .. }, Key::Rank { rank: b, .. }) => a.cmp(b),
            (Key::Time(a), Key::Text(b) | Key::CutText(b)) => unpack(*a).as_slice().cmp(b.bytes()),
            (Key::Text(a) | Key::CutText(a), Key::Time(b)) => a.bytes().cmp(unpack(*b).as_slice()),
            (Key::Real(a), Key::Real(b)) => compare_reals(*a, *b),
            (Key::Int(a), Key::Real(b)) => compare_int_real(*a, *b),
            (Key::Real(a), Key::Int(b)) => compare_int_real(*b, *a).reverse(),
            _ if self.class() == other.class() => {
                // What goes on comes after what ends there.
                self.start().cmp(&other.start()).then(self.is_cut().cmp(&other.is_cut()))
            }
            _ => self.class().cmp(&other.class()),
        }
    }
}

/// Two floats, none of them a NaN: SQLite stores NULL for one. Zero has no sign.
fn compare_reals(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// An integer and a float compared exactly, as SQLite does.
fn compare_int_real(int: i64, real: f64) -> Ordering {
    if real < -9_223_372_036_854_775_808.0 {
        Ordering::Greater
    } else if real >= 9_223_372_036_854_775_808.0 {
        Ordering::Less
    } else {
        let whole = real as i64;
        int.cmp(&whole).then_with(|| compare_reals(0.0, real - whole as f64))
    }
}

/// Packs `YYYY-MM-DD HH:MM:SS` with six fraction digits or none into a number that orders as the text does.
pub fn pack(text: &[u8]) -> Option<i64> {
    let (seconds, micros) = match text.len() {
        19 => (text, None),
        26 if text[19] == b'.' => (&text[..19], Some(digits(&text[20..])?)),
        _ => return None,
    };
    if seconds[4] != b'-' || seconds[7] != b'-' || seconds[10] != b' ' || seconds[13] != b':' || seconds[16] != b':' {
        return None;
    }
    let part = |from: usize, to: usize, below: i64| digits(&seconds[from..to]).filter(|&n| n < below);
    let days = (digits(&seconds[..4])? * 13 + part(5, 7, 13)?) * 32 + part(8, 10, 32)?;
    let clock = (part(11, 13, 24)? * 60 + part(14, 16, 60)?) * 60 + part(17, 19, 60)?;
    let instant = (days * 86_400 + clock) * 1_000_000 + micros.unwrap_or(0);
    // A text without a fraction is a prefix of the same one with a fraction of zero, and sorts before it.
    Some(instant * 2 + i64::from(micros.is_some()))
}

/// The text that was packed.
fn unpack(packed: i64) -> Vec<u8> {
    let (instant, has_fraction) = (packed / 2, packed % 2 == 1);
    let (seconds, micros) = (instant / 1_000_000, instant % 1_000_000);
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let mut text = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        days / 32 / 13,
        days / 32 % 13,
        days % 32,
        clock / 3600,
        clock / 60 % 60,
        clock % 60
    );
    if has_fraction {
        text.push_str(&format!(".{micros:06}"));
    }
    text.into_bytes()
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |n, &b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// A row's place in an ordering: its keys, and its id for the ties.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The first key stands by itself, since most orderings have only one.
    pub first: Key,
    /// The others.
    pub rest: Box<[Key]>,
    /// The row.
    pub id: i64,
}

impl Ranked {
    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Ranked>()
            + self.first.heap_bytes()
            + self.rest.iter().map(|k| size_of::<Key>() + k.heap_bytes()).sum::<usize>()
    }

    /// The key at this place of the ordering.
    pub fn key_mut(&mut self, at: usize) -> &mut Key {
        if at == 0 { &mut self.first } else { &mut self.rest[at - 1] }
    }
}

/// The place of the first key of a row that was cut: what comes after it decides nothing yet.
pub fn first_cut(row: &Ranked) -> Option<usize> {
    std::iter::once(&row.first).chain(&row.rest).position(Key::is_cut)
}

/// The first `keep` rows of an ordering and those that tie with the last of them, or all of them sorted.
#[derive(Debug)]
pub struct Best {
    rows: Vec<Ranked>,
    keep: usize,
    descending: Vec<bool>,
    /// How many rows there may be before those that are too many are dropped.
    most: usize,
    /// The last of the rows that were kept when there were too many: what comes after it is none of the best.
    last: Option<Ranked>,
}

/// No sort is worth it before there are so many.
const LEAST: usize = 1024;
/// How many bytes the texts of the first rows may take.
const TEXT_BYTES: usize = 16 << 20;

/// How many bytes of each text to keep where so many rows are kept: where they are few, nearly all texts are kept whole
/// and nothing has to be read again.
pub fn bytes_of_text(keep: usize) -> usize {
    let each = TEXT_BYTES / keep.saturating_mul(2).max(LEAST);
    if each < 64 { INLINE } else { each }
}

impl Best {
    /// Keeps the first `keep` rows; `descending` says for each key, and last for the id, whether the greatest is first.
    pub fn new(keep: usize, descending: Vec<bool>) -> Self {
        Best { rows: Vec::new(), keep, descending, most: keep.saturating_mul(2).max(LEAST), last: None }
    }

    /// Takes a row into account.
    pub fn push(&mut self, row: Ranked) {
        if self.keep == 0 || self.last.as_ref().is_some_and(|last| compare(&row, last, &self.descending).is_gt()) {
            return;
        }
        self.rows.push(row);
        if self.rows.len() >= self.most {
            self.prune();
            self.most = self.most.max(self.rows.len().saturating_mul(2));
        }
    }

    /// The rows so far, at most `keep` and those that tie with the last, in no order.
    pub fn into_rows(mut self) -> Vec<Ranked> {
        self.prune();
        self.rows
    }

    /// The rows in order, but for ties.
    pub fn into_sorted(mut self) -> Vec<Ranked> {
        self.prune();
        let descending = &self.descending;
        self.rows.sort_unstable_by(|a, b| compare(a, b, descending));
        self.rows
    }

    fn prune(&mut self) {
        if self.rows.len() > self.keep {
            let descending = &self.descending;
            let mut kept = 0;
            if self.keep > 0 {
                kept = self.keep;
                let (_, last, others) =
                    self.rows.select_nth_unstable_by(self.keep - 1, |a, b| compare(a, b, descending));
                self.last = Some(last.clone());
                if first_cut(last).is_some() {
                    for at in 0..others.len() {
                        if compare(last, &others[at], descending).is_eq() {
                            others.swap(kept - self.keep, at);
                            kept += 1;
                        }
                    }
                }
            }
            self.rows.truncate(kept);
        }
    }
}

/// Which of two rows comes first; equal where that can't be told from their keys.
pub fn compare(a: &Ranked, b: &Ranked, descending: &[bool]) -> Ordering {
    let directed = |order: Ordering, descending: bool| if descending { order.reverse() } else { order };
    let keys = std::iter::once((&a.first, &b.first)).chain(a.rest.iter().zip(&b.rest));
    for ((a, b), &descending) in keys.zip(descending) {
        let order = a.compare(b);
        if order.is_ne() || a.is_cut() {
            return directed(order, descending);
        }
    }
    descending.last().map_or(Ordering::Equal, |&descending| directed(a.id.cmp(&b.id), descending))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ties::{Reread, settle};
    use super::*;

    #[test]
    fn a_timestamp_packs_only_in_the_service_s_own_form() {
        for text in
            ["2026-11-23 09:09:53", "2026-11-23 09:09:53.377372", "0000-00-00 00:00:00", "9999-12-31 23:59:59.999999"]
        {
            assert_eq!(unpack(pack(text.as_bytes()).unwrap()), text.as_bytes());
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T09:09:53",
            "2026-11-23 09:09:53.377",
            "2026-13-23 09:09:53",
            "2026-11-23 24:09:53",
            "garbage in a column!!",
        ] {
            assert_eq!(pack(text.as_bytes()), None, "{text}");
        }
    }

    /// Reads the keys of a table again.
    struct Table<'a>(&'a rusqlite::Connection);

    impl Reread for Table<'_> {
        type Error = rusqlite::Error;

        fn reread(
            &mut self,
            key: usize,
            ids: &[i64],
            each: &mut dyn FnMut(usize, ValueRef<'_>) -> bool,
        ) -> rusqlite::Result<()> {
            let mut statement = self.0.prepare(&format!("SELECT {} FROM t WHERE id = ?", ["a", "b"][key]))?;
            for (at, id) in ids.iter().enumerate() {
                let mut rows = statement.query([id])?;
                if !each(at, rows.next()?.unwrap().get_ref(0)?) {
                    break;
                }
            }
            Ok(())
        }
    }

    fn stored() -> impl Strategy<Value = rusqlite::types::Value> {
        use rusqlite::types::Value;
        prop_oneof![
            Just(Value::Null),
            (-3i64..3).prop_map(Value::Integer),
            Just(Value::Integer(i64::MAX)),
            Just(Value::Integer((1 << 53) + 1)),
            (-3.0..3.0f64).prop_map(Value::Real),
            prop::sample::select(vec![-0.0, 0.0, -0.5, -3.0, 9.3e18, -9.3e18, f64::INFINITY]).prop_map(Value::Real),
            Just(Value::Real(9_007_199_254_740_992.0)),
            "[a-c\u{0}]{0,3}".prop_map(Value::Text),
            "202[0-1]-1[0-3]-0[1-2] 0[1-2]:00:0[0-1](\\.00000[0-1])?".prop_map(Value::Text),
            "202[0-1]-1[0-2]".prop_map(Value::Text),
            "2020-1[0-1]-01 01:00:00\\.00000[0-1]( and more than fits){0,2}[a-b]?".prop_map(Value::Text),
            "[a-b]{20,50}".prop_map(Value::Text),
            proptest::collection::vec(0u8..3, 0..3).prop_map(Value::Blob),
            proptest::collection::vec(0u8..2, 20..40).prop_map(Value::Blob),
        ]
    }

    proptest! {
        /// The order is SQLite's own.
        #[test]
        fn keys_sort_as_sqlite_sorts(
            rows in proptest::collection::vec((stored(), stored()), 0..30),
            descends in any::<[bool; 2]>(),
            keep in 0usize..40,
            most in 1usize..40,
        ) {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)").unwrap();
            let mut best = Best::new(keep, vec![descends[0], descends[1], descends[0]]);
            for (a, b) in &rows {
                db.execute("INSERT INTO t (a, b) VALUES (?, ?)", (a, b)).unwrap();
                let [first, second] = [a, b].map(|value| Key::of(value.into(), true, most));
                best.push(Ranked { first, rest: [second].into(), id: db.last_insert_rowid() });
            }
            let word = |d: bool| if d { "DESC" } else { "ASC" };
            let sql = format!("SELECT id FROM t ORDER BY a {}, b {}, id {} LIMIT {keep}", word(descends[0]), word(descends[1]), word(descends[0]));
            let expected: Vec<i64> = db.prepare(&sql).unwrap().query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
            let mut sorted = best.into_sorted();
            settle(&mut sorted, &[descends[0], descends[1], descends[0]], 0..keep, &mut Table(&db)).unwrap();
            let ids: Vec<i64> = sorted.into_iter().map(|row| row.id).take(keep).collect();
            prop_assert_eq!(ids, expected);
        }
    }
}
