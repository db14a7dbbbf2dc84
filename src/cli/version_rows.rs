//! From a version to cells, as `versions`, `deleted` and `history` print it. The names are a contract.

use super::archive::Masks;
use crate::audit::{Stamp, Token, Value};
use crate::output::{Cell, Column, Format, Shrink, object, unnamed};
use crate::query::Zone;
use crate::store::Version;

const fn column(name: &'static str, title: &'static str, right: bool, shrink: Shrink) -> Column {
    Column { name, title, right, shrink }
}

/// The columns of a version.
pub(super) const COLUMNS: [Column; 12] = [
    column("id", "version", true, Shrink::Never),
    column("revision", "revision", true, Shrink::Never),
    column("date_created", "time", false, Shrink::Never),
    column("user", "user id", true, Shrink::Never),
    column("username", "user", false, Shrink::End { rank: 3, floor: 6 }),
    column("comment", "comment", false, Shrink::End { rank: 1, floor: 10 }),
    column("model", "model", false, Shrink::End { rank: 4, floor: 10 }),
    column("object_id", "id", true, Shrink::Middle { rank: 5, floor: 8 }),
    column("object_repr", "object", false, Shrink::End { rank: 0, floor: 16 }),
    column("db", "db", false, Shrink::Never),
    column("format", "format", false, Shrink::Never),
    column("changed", "changed", false, Shrink::End { rank: 2, floor: 12 }),
];

/// The place of `changed` among them.
pub(super) const CHANGED: usize = 11;

/// The columns of [`VersionCells::who_when`], where the row is about something else than the version.
pub(super) mod who_when {
    use super::{Column, Shrink, column};

    pub const VERSION: Column = column("version", "version", true, Shrink::Never);
    pub const REVISION: Column = column("revision", "revision", true, Shrink::Never);
    pub const TIME: Column = column("date_created", "time", false, Shrink::Never);
    pub const USER: Column = column("user", "user id", true, Shrink::Never);
    pub const USERNAME: Column = column("username", "user", false, Shrink::End { rank: 2, floor: 6 });
}

/// Turns versions into cells, in one zone, secrets masked or not.
pub(super) struct VersionCells<'a> {
    pub zone: Zone,
    pub masks: &'a Masks,
    pub format: Format,
}

impl VersionCells<'_> {
    /// The cells of a version of this model. `changed` is None where it is not known, as for the first version.
    pub fn row<'v>(&self, version: &'v Version, model: &'v str, changed: Option<&[String]>) -> Vec<Cell<'v>> {
        let [id, revision, time, user, username] = self.who_when(version);
        vec![
            id,
            revision,
            time,
            user,
            username,
            self.comment(&version.comment),
            Cell::text(model),
            Cell::text(&*version.object_id),
            Cell::text(self.masks.text(&version.object_repr).into_owned()),
            Cell::text(&*version.db),
            Cell::text(&*version.format),
            changed.map_or(Cell::Null, |changed| self.names(changed)),
        ]
    }

    /// Which version, of which revision, when, and by whom.
    pub fn who_when<'v>(&self, version: &'v Version) -> [Cell<'v>; 5] {
        [
            Cell::Int(version.id),
            Cell::Int(version.revision),
            self.time(&version.date_created),
            version.user.map_or(Cell::Null, Cell::Int),
            self.username(version),
        ]
    }

    /// A time as it is stored.
    fn time(&self, stamp: &Stamp) -> Cell<'static> {
        match stamp {
            Stamp::At(instant) => Cell::Time(self.zone.at(*instant)),
            Stamp::Odd(text) => Cell::text(self.masks.text(text).into_owned()),
            Stamp::Missing => Cell::Null,
        }
    }

    /// The name of the user, masked where it is a secret; a table shows the id of one who is gone.
    fn username(&self, version: &Version) -> Cell<'static> {
        match (&version.username, version.user) {
            (Some(name), _) => Cell::text(self.masks.text(name).into_owned()),
            (None, Some(id)) if self.format == Format::Table => unnamed(id),
            (None, _) => Cell::Null,
        }
    }

    /// Names: a list in JSON, in the other formats one text.
    pub fn names(&self, names: &[String]) -> Cell<'static> {
        match self.format {
            Format::Json | Format::Ndjson => {
                Cell::Value(object::list(names.iter().map(|name| Value::text(name.as_str()))))
            }
            _ => Cell::text(names.join(", ")),
        }
    }

    fn comment(&self, comment: &str) -> Cell<'static> {
        let is_people = matches!(self.format, Format::Table);
        match self.masks.text(comment) {
            text if is_people && text.is_empty() => Cell::Null,
            text => Cell::text(text.into_owned()),
        }
    }
}

/// The value of a field: itself in JSON, in the other formats its text without quotes.
pub(super) fn value_cell(format: Format, value: &Value) -> Cell<'_> {
    match (format, value.tokens()) {
        (Format::Json | Format::Ndjson, _) => Cell::Value(value.clone()),
        (_, [Token::Text(text)]) => Cell::text(&**text),
        (_, [Token::Null]) => Cell::Null,
        _ => Cell::Value(value.clone()),
    }
}
