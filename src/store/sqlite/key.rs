//! Sort keys as SQLite orders them, and the best `k` of many rows.
//!
//! SQLite's order: NULL, then numbers, then text by bytes, then blobs. A timestamp in the service's own form is packed
//! into eight bytes that order as its text does, so that a million of them sort in a few megabytes.

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
    /// Other text.
    Text(Box<[u8]>),
    /// Bytes.
    Blob(Box<[u8]>),
}

impl Key {
    /// The key of a value; `time` packs timestamps.
    pub fn of(value: ValueRef<'_>, time: bool) -> Self {
        match value {
            ValueRef::Null => Key::Null,
            ValueRef::Integer(n) => Key::Int(n),
            ValueRef::Real(x) => Key::Real(x),
            ValueRef::Text(text) => match time.then(|| pack(text)).flatten() {
                Some(packed) => Key::Time(packed),
                None => Key::Text(text.into()),
            },
            ValueRef::Blob(bytes) => Key::Blob(bytes.into()),
        }
    }

    fn class(&self) -> u8 {
        match self {
            Key::Null => 0,
            Key::Int(_) | Key::Real(_) => 1,
            Key::Time(_) | Key::Text(_) => 2,
            Key::Blob(_) => 3,
        }
    }

    /// How many bytes it holds beyond its own size.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Key::Text(bytes) | Key::Blob(bytes) => bytes.len(),
            _ => 0,
        }
    }

    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Time(a), Key::Time(b)) | (Key::Int(a), Key::Int(b)) => a.cmp(b),
            (Key::Text(a), Key::Text(b)) | (Key::Blob(a), Key::Blob(b)) => a.cmp(b),
            (Key::Time(a), Key::Text(b)) => unpack(*a).as_slice().cmp(b),
            (Key::Text(a), Key::Time(b)) => (**a).cmp(unpack(*b).as_slice()),
            (Key::Real(a), Key::Real(b)) => compare_reals(*a, *b),
            (Key::Int(a), Key::Real(b)) => compare_int_real(*a, *b),
            (Key::Real(a), Key::Int(b)) => compare_int_real(*b, *a).reverse(),
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
}

/// The first `keep` rows of an ordering, or all of them sorted.
#[derive(Debug)]
pub struct Best {
    rows: Vec<Ranked>,
    keep: usize,
    descending: Vec<bool>,
}

impl Best {
    /// Keeps the first `keep` rows; `descending` says for each key, and last for the id, whether the greatest is first.
    pub fn new(keep: usize, descending: Vec<bool>) -> Self {
        Best { rows: Vec::new(), keep, descending }
    }

    /// Takes a row into account.
    pub fn push(&mut self, row: Ranked) {
        if self.keep == 0 {
            return;
        }
        self.rows.push(row);
        if self.rows.len() >= self.keep.saturating_mul(2).max(1024) {
            self.prune();
        }
    }

    /// The rows so far, at most `keep`, in no order.
    pub fn into_rows(mut self) -> Vec<Ranked> {
        self.prune();
        self.rows
    }

    /// The ids in order.
    pub fn into_ids(mut self) -> Vec<i64> {
        self.prune();
        let descending = &self.descending;
        self.rows.sort_unstable_by(|a, b| compare(a, b, descending));
        self.rows.into_iter().map(|row| row.id).collect()
    }

    fn prune(&mut self) {
        if self.rows.len() > self.keep {
            let descending = &self.descending;
            if self.keep > 0 {
                self.rows.select_nth_unstable_by(self.keep - 1, |a, b| compare(a, b, descending));
            }
            self.rows.truncate(self.keep);
        }
    }
}

fn compare(a: &Ranked, b: &Ranked, descending: &[bool]) -> Ordering {
    let keys = std::iter::once((&a.first, &b.first)).chain(a.rest.iter().zip(&b.rest));
    let orders = keys.map(|(a, b)| a.compare(b)).chain(std::iter::once_with(|| a.id.cmp(&b.id)));
    for (order, &descending) in orders.zip(descending) {
        if order.is_ne() {
            return if descending { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            proptest::collection::vec(0u8..3, 0..3).prop_map(Value::Blob),
        ]
    }

    proptest! {
        /// The order is SQLite's own.
        #[test]
        fn keys_sort_as_sqlite_sorts(
            rows in proptest::collection::vec((stored(), stored()), 0..30),
            descends in any::<[bool; 2]>(),
            keep in 0usize..40,
        ) {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)").unwrap();
            let mut best = Best::new(keep, vec![descends[0], descends[1], descends[0]]);
            for (a, b) in &rows {
                db.execute("INSERT INTO t (a, b) VALUES (?, ?)", (a, b)).unwrap();
                best.push(Ranked { first: Key::of(a.into(), true), rest: [Key::of(b.into(), true)].into(), id: db.last_insert_rowid() });
            }
            let word = |d: bool| if d { "DESC" } else { "ASC" };
            let sql = format!("SELECT id FROM t ORDER BY a {}, b {}, id {} LIMIT {keep}", word(descends[0]), word(descends[1]), word(descends[0]));
            let expected: Vec<i64> = db.prepare(&sql).unwrap().query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(best.into_ids(), expected);
        }
    }
}
