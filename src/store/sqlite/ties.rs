//! Putting rows in order whose sort keys were cut short.
//!
//! Sorting may keep some bytes a row, so that of a long text only the beginning is kept ([`Key::Cut`]). Rows that are
//! equal as far as that goes are a tie, and it is settled by reading their texts again: whole where they are short
//! enough together, else by how each compares with one of them. Only ties that reach into the part of the order that
//! is wanted are settled at all.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

use rusqlite::types::ValueRef;

use super::key::{Key, Ranked, compare, first_cut};

/// How many bytes of texts are held at once. One text that is longer is held all the same.
const AT_ONCE: usize = 8 << 20;
/// How many bytes of a text tell it from others that part from the same text at the same place.
const TELLING: usize = 24;

/// What reads the texts of rows again: calls back with the place of each id in `ids` and the value there, as far as the
/// callback wants more. A row that is gone is passed over.
pub trait Reread {
    /// Why it may fail.
    type Error;

    /// Reads the value of the sort key at this place of the ordering.
    fn reread(
        &mut self,
        key: usize,
        ids: &[i64],
        each: &mut dyn FnMut(usize, ValueRef<'_>) -> bool,
    ) -> Result<(), Self::Error>;
}

/// Settles the ties in sorted rows that reach into `wanted`.
pub fn settle<R: Reread>(
    rows: &mut [Ranked],
    descending: &[bool],
    wanted: Range<usize>,
    reread: &mut R,
) -> Result<(), R::Error> {
    let mut open = Vec::from([Range { start: 0, end: rows.len() }]);
    while let Some(range) = open.pop() {
        let mut from = range.start;
        while from < range.end {
            let same = |other: &Ranked| compare(&rows[from], other, descending).is_eq();
            let to = from + 1 + rows[from + 1..range.end].iter().take_while(|other| same(other)).count();
            // Rows of one id, as a damaged file may have them, are equal for good.
            let is_open = to - from > 1 && first_cut(&rows[from]).is_some();
            if is_open && from < wanted.end && to > wanted.start {
                settle_tie(&mut rows[from..to], descending, reread)?;
                open.push(from..to);
            }
            from = to;
        }
    }
    Ok(())
}

/// Replaces the key over which these rows tie by their rank among each other, and sorts them anew. Other ties may
/// remain, each smaller.
fn settle_tie<R: Reread>(rows: &mut [Ranked], descending: &[bool], reread: &mut R) -> Result<(), R::Error> {
    let Some(key) = first_cut(&rows[0]) else { return Ok(()) };
    // In the order in which they lie in the table.
    rows.sort_unstable_by_key(|row| row.id);
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let ranks = match whole(&ids, key, reread)? {
        Some(texts) => ranked(&texts, |a, b| a.cmp(b), |_| false),
        None => {
            let places = places(&ids, key, reread)?;
            ranked(&places, Place::compare, |place| place.is_cut)
        }
    };
    for (row, rank) in rows.iter_mut().zip(ranks) {
        *row.key_mut(key) = rank;
    }
    rows.sort_unstable_by(|a, b| compare(a, b, descending));
    Ok(())
}

type Text = Box<[u8]>;

/// The texts of all these rows, unless they are too long together.
fn whole<R: Reread>(ids: &[i64], key: usize, reread: &mut R) -> Result<Option<Vec<Text>>, R::Error> {
    let mut texts: Vec<Text> = vec![Text::default(); ids.len()];
    let mut held = ids.len() * size_of::<Text>();
    reread.reread(key, ids, &mut |at, value| {
        let text = bytes(value);
        held += text.len();
        if held > AT_ONCE {
            return false;
        }
        texts[at] = text.into();
        true
    })?;
    Ok((held <= AT_ONCE).then_some(texts))
}

/// Where a text stands beside another one.
struct Place {
    /// Whether it comes before, after, or is the same.
    side: Ordering,
    /// How many bytes they share.
    shared: usize,
    /// What follows in this text.
    next: [u8; TELLING],
    /// How much of that there is.
    length: u8,
    /// Whether more follows.
    is_cut: bool,
}

impl Place {
    fn of(text: &[u8], other: &[u8]) -> Place {
        let shared = text.iter().zip(other).take_while(|(a, b)| a == b).count();
        let rest = &text[shared..];
        let side = text.cmp(other);
        let length = if side.is_eq() { 0 } else { rest.len().min(TELLING) };
        let mut next = [0; TELLING];
        next[..length].copy_from_slice(&rest[..length]);
        Place { side, shared, next, length: length as u8, is_cut: side.is_ne() && rest.len() > TELLING }
    }

    fn compare(&self, other: &Place) -> Ordering {
        // Of two texts before the other one, that which shares more with it comes later; after it, the reverse.
        let by_shared = match self.side {
            Ordering::Less => self.shared.cmp(&other.shared),
            _ => other.shared.cmp(&self.shared),
        };
        let next = |place: &Place| place.next[..usize::from(place.length)].to_vec();
        self.side
            .cmp(&other.side)
            .then(by_shared)
            .then_with(|| next(self).cmp(&next(other)))
            .then(self.is_cut.cmp(&other.is_cut))
    }
}

/// How the text of each row stands beside that of one of them. It is one that no client can foresee: chosen badly, it
/// would part few of the others from each other.
fn places<R: Reread>(ids: &[i64], key: usize, reread: &mut R) -> Result<Vec<Place>, R::Error> {
    let chance = RandomState::new().build_hasher().finish() % ids.len().max(1) as u64;
    let chosen = usize::try_from(chance).unwrap_or(0);
    let mut middle = Vec::new();
    reread.reread(key, &ids[chosen..=chosen], &mut |_, value| {
        middle.extend_from_slice(bytes(value));
        true
    })?;
    // A row that is gone by now has an empty text.
    let mut places: Vec<Place> = ids.iter().map(|_| Place::of(b"", &middle)).collect();
    reread.reread(key, ids, &mut |at, value| {
        places[at] = Place::of(bytes(value), &middle);
        true
    })?;
    Ok(places)
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => b"",
    }
}

/// The rank of each: equal ones share it.
fn ranked<T>(all: &[T], compare: impl Fn(&T, &T) -> Ordering, is_cut: impl Fn(&T) -> bool) -> Vec<Key> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_unstable_by(|&a, &b| compare(&all[a], &all[b]));
    let mut ranks = vec![Key::Null; all.len()];
    let mut rank = 0;
    for (i, &at) in order.iter().enumerate() {
        if i > 0 && compare(&all[order[i - 1]], &all[at]).is_ne() {
            rank += 1;
        }
        ranks[at] = Key::Rank { rank, is_cut: is_cut(&all[at]) };
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_order_as_texts_do(texts in proptest::collection::vec("[ab]{0,60}", 1..20)) {
            for middle in &texts {
                for a in &texts {
                    for b in &texts {
                        let (x, y) = (Place::of(a.as_bytes(), middle.as_bytes()), Place::of(b.as_bytes(), middle.as_bytes()));
                        let order = x.compare(&y);
                        // A tie is left open only where both were cut.
                        let is_open = order.is_eq() && x.is_cut && y.is_cut;
                        prop_assert!(is_open || order == a.cmp(b), "{} {} beside {}", a, b, middle);
                    }
                }
            }
        }
    }

    /// Rows with one text each, and how many were read again.
    struct Texts(Vec<Vec<u8>>, usize);

    impl Reread for Texts {
        type Error = Infallible;

        fn reread(
            &mut self,
            _key: usize,
            ids: &[i64],
            each: &mut dyn FnMut(usize, ValueRef<'_>) -> bool,
        ) -> Result<(), Infallible> {
            for (at, &id) in ids.iter().enumerate() {
                self.1 += 1;
                if !each(at, ValueRef::Text(&self.0[id as usize])) {
                    break;
                }
            }
            Ok(())
        }
    }

    /// A row for each of the texts, ascending as far as the beginnings tell.
    fn sorted(texts: &Texts) -> Vec<Ranked> {
        let row = |(id, text): (usize, &Vec<u8>)| Ranked {
            first: Key::of(ValueRef::Text(text), false, 24),
            rest: Box::default(),
            id: id as i64,
        };
        let mut rows: Vec<Ranked> = texts.0.iter().enumerate().map(row).collect();
        rows.sort_unstable_by(|a, b| compare(a, b, &[false, false]));
        rows
    }

    /// Texts too long to be held together, that part from each other late.
    #[test]
    fn long_texts_with_a_long_beginning_in_common() {
        let text =
            |n: usize| [vec![b'x'; 20_000], format!("{:04}", (n * 7919) % 3000).into_bytes(), vec![b'y'; 100]].concat();
        let mut texts = Texts((0..3000).map(text).collect(), 0);
        let (mut rows, descending) = (sorted(&texts), [false, false]);
        settle(&mut rows, &descending, 0..3000, &mut texts).unwrap();
        let sorted: Vec<&Vec<u8>> = rows.iter().map(|row| &texts.0[row.id as usize]).collect();
        assert!(sorted.is_sorted());
        assert!(texts.1 < 50_000, "{} rows read again", texts.1);
    }

    #[test]
    fn a_row_that_is_there_twice_is_no_tie_without_end() {
        let text = vec![b'a'; 40];
        let mut texts = Texts(vec![text.clone(), text], 0);
        let first = Key::of(ValueRef::Text(&texts.0[0]), false, 24);
        let row = |id| Ranked { first: first.clone(), rest: Box::default(), id };
        let mut rows = vec![row(1), row(0), row(1)];
        settle(&mut rows, &[false, false], 0..3, &mut texts).unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<i64>>(), [0, 1, 1]);
    }

    #[test]
    fn only_ties_in_the_part_that_is_wanted_are_settled() {
        let text =
            |n: usize| [if n < 500 { b'a' } else { b'b' }; 40].into_iter().chain(n.to_string().bytes()).collect();
        let mut texts = Texts((0..1000).map(text).collect(), 0);
        let (mut rows, descending) = (sorted(&texts), [false, false]);
        settle(&mut rows, &descending, 0..50, &mut texts).unwrap();
        assert!(texts.1 <= 501, "{}", texts.1);
        let sorted: Vec<&Vec<u8>> = rows[..500].iter().map(|row| &texts.0[row.id as usize]).collect();
        assert!(sorted.is_sorted());
    }
}
