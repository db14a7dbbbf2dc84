//! From an audit entry to cells: which columns there are, and what each shows.

use std::borrow::Cow;

use super::sanitise::escape_torn;
use super::{Cell, Column, Format, Shrink};
use crate::audit::{Details, Entry, Number, Redactor, Stamp, Torn, body_value};
use crate::query::{Zone, closest};

/// A column of entries. The names are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryColumn {
    /// The primary key.
    Id,
    /// When it was written.
    Timestamp,
    /// What was done.
    Action,
    /// To which model.
    Model,
    /// To which object.
    RecordId,
    /// The text of the entry.
    Details,
    /// The user's id.
    User,
    /// The user's name.
    Username,
    /// The HTTP method.
    Method,
    /// The request's path.
    Path,
    /// The response's status.
    Status,
    /// The request's body, decoded.
    Request,
    /// The response's body, decoded.
    Response,
    /// How certain the decoding is.
    Decoded,
}

/// A column that entries don't have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column '{given}': the columns are {}", names())]
pub struct UnknownColumn {
    /// What was typed.
    pub given: String,
    /// A column that looks like it.
    pub suggestion: Option<&'static str>,
}

fn names() -> String {
    EntryColumn::ALL.map(EntryColumn::name).join(", ")
}

impl EntryColumn {
    /// All of them, the seven of the endpoint first.
    pub const ALL: [EntryColumn; 14] = [
        EntryColumn::Id,
        EntryColumn::Timestamp,
        EntryColumn::Action,
        EntryColumn::Model,
        EntryColumn::RecordId,
        EntryColumn::Details,
        EntryColumn::User,
        EntryColumn::Username,
        EntryColumn::Method,
        EntryColumn::Path,
        EntryColumn::Status,
        EntryColumn::Request,
        EntryColumn::Response,
        EntryColumn::Decoded,
    ];

    const IN_TABLES: [EntryColumn; 7] = [
        EntryColumn::Id,
        EntryColumn::Timestamp,
        EntryColumn::Username,
        EntryColumn::Action,
        EntryColumn::Model,
        EntryColumn::RecordId,
        EntryColumn::Status,
    ];

    /// What a list shows in this format unless told otherwise.
    pub fn usual(format: Format) -> Vec<EntryColumn> {
        match format {
            Format::Table => EntryColumn::IN_TABLES.to_vec(),
            _ => EntryColumn::ALL[..7].to_vec(),
        }
    }

    /// The columns named in `id,timestamp,…`.
    pub fn parse(name: &str) -> Result<EntryColumn, UnknownColumn> {
        let name = name.trim();
        EntryColumn::ALL.into_iter().find(|column| column.name() == name).ok_or_else(|| UnknownColumn {
            given: name.to_owned(),
            suggestion: closest(name, EntryColumn::ALL.map(EntryColumn::name)),
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.column().name
    }

    /// Whether it is read from the details.
    pub fn needs_details(self) -> bool {
        use EntryColumn as E;
        matches!(self, E::Details | E::Status | E::Request | E::Response | E::Decoded)
    }

    /// How it is laid out.
    pub fn column(self) -> Column {
        let (name, title, right, shrink) = match self {
            EntryColumn::Id => ("id", "id", true, Shrink::Never),
            EntryColumn::Timestamp => ("timestamp", "time", false, Shrink::End { rank: 6, floor: 19 }),
            EntryColumn::Action => ("action", "action", false, Shrink::Middle { rank: 4, floor: 16 }),
            EntryColumn::Model => ("model", "model", false, Shrink::End { rank: 1, floor: 9 }),
            EntryColumn::RecordId => ("record_id", "record", true, Shrink::End { rank: 5, floor: 6 }),
            EntryColumn::Details => ("details", "details", false, Shrink::End { rank: 0, floor: 20 }),
            EntryColumn::User => ("user", "user id", true, Shrink::End { rank: 5, floor: 7 }),
            EntryColumn::Username => ("username", "user", false, Shrink::End { rank: 2, floor: 6 }),
            EntryColumn::Method => ("method", "method", false, Shrink::End { rank: 5, floor: 6 }),
            EntryColumn::Path => ("path", "path", false, Shrink::Middle { rank: 3, floor: 12 }),
            EntryColumn::Status => ("status", "status", true, Shrink::Never),
            EntryColumn::Request => ("request", "request", false, Shrink::End { rank: 0, floor: 16 }),
            EntryColumn::Response => ("response", "response", false, Shrink::End { rank: 0, floor: 16 }),
            EntryColumn::Decoded => ("decoded", "decoded", false, Shrink::Never),
        };
        Column { name, title, right, shrink }
    }
}

/// What a table shows of a user whose row is gone, or holds no name.
pub fn unnamed(id: i64) -> Cell<'static> {
    Cell::text(format!("id {id}"))
}

/// Turns entries into cells, in one zone, secrets masked or not.
#[derive(Debug)]
pub struct EntryCells<'a> {
    /// The zone of times.
    pub zone: Zone,
    /// What masks secrets; None reveals them.
    pub redactor: Option<&'a Redactor>,
}

/// Short texts that came lately and held no secret: to compare a text with one of them is quicker than to search it.
#[derive(Debug)]
pub struct Lately(Vec<String>);

impl Lately {
    /// How many are remembered.
    const COUNT: usize = 256;
    /// How long they are at most.
    const LONGEST: usize = 64;

    /// The text masked; it is remembered where nothing had to be.
    fn masked<'t>(&mut self, text: &'t str, cells: &EntryCells<'_>) -> Cow<'t, str> {
        if cells.redactor.is_none() || text.len() > Self::LONGEST {
            return cells.masked(text);
        }
        let place = &mut self.0[place_of(text.as_bytes())];
        if place != text {
            let masked = cells.masked(text);
            if matches!(masked, Cow::Owned(_)) {
                return masked;
            }
            text.clone_into(place);
        }
        Cow::Borrowed(text)
    }
}

/// Where a text is remembered: its ends tell it from most others.
fn place_of(text: &[u8]) -> usize {
    let ends = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => text.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    (ends.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % Lately::COUNT
}

impl Default for Lately {
    fn default() -> Self {
        Lately(vec![String::new(); Self::COUNT])
    }
}

impl EntryCells<'_> {
    /// The cells of an entry, one a column.
    pub fn row<'e>(&self, entry: &'e Entry<impl AsRef<str>>, columns: &[EntryColumn]) -> Vec<Cell<'e>> {
        self.row_with(entry, columns, &mut |text| self.masked(text))
    }

    /// The same for one of many entries, whose actions and models are often those of entries before.
    pub fn row_of_many<'e>(
        &self,
        entry: &'e Entry<impl AsRef<str>>,
        columns: &[EntryColumn],
        lately: &mut Lately,
    ) -> Vec<Cell<'e>> {
        self.row_with(entry, columns, &mut |text| lately.masked(text, self))
    }

    /// The cells of an entry; what masks its action and its model is `mask`.
    fn row_with<'e>(
        &self,
        entry: &'e Entry<impl AsRef<str>>,
        columns: &[EntryColumn],
        mask: &mut dyn FnMut(&'e str) -> Cow<'e, str>,
    ) -> Vec<Cell<'e>> {
        let mut details = None;
        let details_of = || Details::read(entry.details.as_ref().map_or("", AsRef::as_ref));
        columns
            .iter()
            .map(|column| match column {
                EntryColumn::Id => Cell::Int(entry.id),
                EntryColumn::Timestamp => self.time(&entry.timestamp),
                EntryColumn::Action => entry.action.as_ref().map_or(Cell::Null, |text| Cell::Text(mask(text.as_ref()))),
                EntryColumn::Model => entry.model.as_ref().map_or(Cell::Null, |text| Cell::Text(mask(text.as_ref()))),
                EntryColumn::RecordId => self.number(&entry.record_id),
                EntryColumn::Details => self.text(entry.details.as_ref()),
                EntryColumn::User => self.number(&entry.user),
                EntryColumn::Username => self.text(entry.username.as_ref()),
                EntryColumn::Method => entry.method().map_or(Cell::Null, |method| Cell::Text(self.masked(method))),
                EntryColumn::Path => entry.path().map_or(Cell::Null, |path| Cell::Text(self.masked(path))),
                EntryColumn::Status => details.get_or_insert_with(details_of).status.map_or(Cell::Null, Cell::Status),
                EntryColumn::Request => self.body(details.get_or_insert_with(details_of).request),
                EntryColumn::Response => self.body(details.get_or_insert_with(details_of).response),
                EntryColumn::Decoded => Cell::text(details.get_or_insert_with(details_of).decoded.as_str()),
            })
            .collect()
    }

    /// The same for a format: a table, which people read, also tells bytes that are not UTF-8 from other characters,
    /// and shows the id of a user who has no name any more.
    pub fn row_for<'e>(
        &self,
        format: Format,
        entry: &'e Entry<impl AsRef<str>>,
        columns: &[EntryColumn],
    ) -> Vec<Cell<'e>> {
        let mut cells = self.row(entry, columns);
        if format != Format::Table {
            return cells;
        }
        for (cell, column) in cells.iter_mut().zip(columns) {
            match column {
                EntryColumn::Username if *cell == Cell::Null => {
                    if let Some(id) = entry.user.get() {
                        *cell = unnamed(id);
                    }
                }
                EntryColumn::Action => self.untear(cell, entry, |torn| torn.action.as_deref()),
                EntryColumn::Path if *cell != Cell::Null => self.untear(cell, entry, Self::path_bytes),
                EntryColumn::Model => self.untear(cell, entry, |torn| torn.model.as_deref()),
                EntryColumn::Details => self.untear(cell, entry, |torn| torn.details.as_deref()),
                EntryColumn::Username => self.untear(cell, entry, |torn| torn.username.as_deref()),
                _ => {}
            }
        }
        cells
    }

    /// Where the action is not UTF-8, neither is what follows its method.
    fn path_bytes(torn: &Torn) -> Option<&[u8]> {
        let action = torn.action.as_deref()?;
        action.iter().position(|&byte| byte == b' ').map(|space| &action[space + 1..])
    }

    fn untear(&self, cell: &mut Cell<'_>, entry: &Entry<impl AsRef<str>>, bytes: impl Fn(&Torn) -> Option<&[u8]>) {
        if let Some(bytes) = entry.torn.as_deref().and_then(bytes) {
            *cell = Cell::Shown(escape_torn(bytes, self.redactor).join("\\n"));
        }
    }

    /// A text with its secrets masked.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.map_or(Cow::Borrowed(text), |redactor| redactor.text(text))
    }

    fn text<'t>(&self, text: Option<&'t impl AsRef<str>>) -> Cell<'t> {
        text.map_or(Cell::Null, |text| Cell::Text(self.masked(text.as_ref())))
    }

    fn time(&self, stamp: &Stamp) -> Cell<'static> {
        match stamp {
            Stamp::At(instant) => Cell::Time(self.zone.at(*instant)),
            Stamp::Odd(text) => Cell::text(self.masked(text).into_owned()),
            Stamp::Missing => Cell::Null,
        }
    }

    fn number<'n>(&self, number: &'n Number) -> Cell<'n> {
        match number {
            Number::Is(n) => Cell::Int(*n),
            Number::Odd(text) => Cell::Text(self.masked(text)),
            Number::Missing => Cell::Null,
        }
    }

    fn body(&self, body: Option<&str>) -> Cell<'static> {
        let Some(value) = body.map(body_value) else {
            return Cell::Null;
        };
        Cell::Value(match self.redactor {
            Some(redactor) => redactor.value(value),
            None => value,
        })
    }
}
