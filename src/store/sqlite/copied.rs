//! Rows of one range, copied out of SQLite's memory or the file's pages: all their text in one piece of memory, which
//! is used again for the next range.

use std::ops::Range;

use rusqlite::Connection;

use super::names::UserNames;
use super::select::Lying;
use crate::audit::Entry;

/// Rows that were copied.
#[derive(Debug, Default)]
pub struct Copied {
    text: String,
    /// Their texts by their places.
    entries: Vec<Entry<Range<usize>>>,
}

impl Copied {
    /// Copies one more row.
    pub fn push(&mut self, row: &Lying<'_, '_>) {
        let text = &mut self.text;
        self.entries.push(row.entry_with(|part| append(text, part)));
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Puts them in the order of their ids.
    pub fn sort(&mut self, descending: bool) {
        if !self.entries.is_sorted_by_key(|entry| entry.id) {
            self.entries.sort_unstable_by_key(|entry| entry.id);
        }
        if descending {
            self.entries.reverse();
        }
    }

    /// Fills in the names of their users.
    pub fn name_users(&mut self, names: &UserNames, connection: &Connection) -> rusqlite::Result<()> {
        let text = &mut self.text;
        self.entries.iter_mut().try_for_each(|entry| names.name(connection, entry, |name| append(text, name)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Entry<&str>> {
        self.entries.iter().map(|entry| entry.map(|place| &self.text[place.clone()]))
    }

    /// Forgets them, and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
    }
}

fn append(text: &mut String, part: &str) -> Range<usize> {
    let from = text.len();
    text.push_str(part);
    from..text.len()
}
