//! What becomes of each field of an object that is reverted: written, left, or left out, and why.

use std::collections::HashSet;

use super::mapping::{ColumnField, Link, ModelTable, of_json};
use super::plan::{Ignored, ObjectPlan, Reason};
use super::symmetry::{BothWays, goes_both_ways};
use super::{Agreement, Change, ConvertError, Lens, Live};
use crate::audit::Value;
use crate::store::{RowWrite, Store, StoreError, Stored};

/// What is decided for the fields of one object.
#[derive(Default)]
pub struct Decided {
    pub changes: Vec<Change>,
    pub respelled: Vec<String>,
    pub precision: Vec<String>,
    pub ignored: Vec<Ignored>,
    pub notes: Vec<Ignored>,
    /// Columns of the row, with what is bound.
    pub columns: Vec<(String, Stored)>,
    /// Rows of many-to-many tables.
    pub links: Vec<RowWrite>,
    pub reasons: Vec<Reason>,
    /// The places of the columns that the version speaks of.
    pub spoken: HashSet<usize>,
}

impl Decided {
    pub fn ignore(&mut self, field: &str, why: &str) {
        self.ignored.push(Ignored { field: field.to_owned(), why: why.to_owned() });
    }

    fn note(&mut self, field: &str, what: &str) {
        self.notes.push(Ignored { field: field.to_owned(), why: what.to_owned() });
    }

    pub fn column(
        &mut self,
        store: &mut dyn Store,
        lens: &Lens,
        table: &ModelTable,
        field: &ColumnField<'_>,
        value: &Value,
        live: Option<&Live>,
    ) -> Result<(), StoreError> {
        let name = field.name;
        if field.at == table.key {
            self.ignore(name, "it is the primary key");
            return Ok(());
        }
        if field.column.generated {
            self.ignore(name, "the database computes it");
            return Ok(());
        }
        if !self.spoken.insert(field.at) {
            self.ignore(name, "another field of the version has the same column");
            return Ok(());
        }
        let kind = live.map_or_else(|| field.kind.clone(), |live| field.kind.beside(&live.row[field.at]));
        let field = &ColumnField { kind: &kind, ..*field };
        let bound = match lens.converter.bound(field, value) {
            Ok(bound) => bound,
            Err(error) => {
                self.reasons.push(error.into());
                return Ok(());
            }
        };
        let column = field.column.name.clone();
        let Some(live) = live else {
            self.changes.push(Change { field: name.to_owned(), from: None, to: Some(value.clone()) });
            self.columns.push((column, bound));
            return Ok(());
        };
        let kept = store.kept(&field.column.declared_type, &bound)?;
        let row = &live.row[field.at];
        match lens.converter.agreement(field, value, Some(&kept), row) {
            Agreement::Same => {}
            Agreement::Precision => self.precision.push(name.to_owned()),
            Agreement::Alike => {
                self.respelled.push(name.to_owned());
                self.columns.push((column, bound));
            }
            Agreement::Different => {
                let now = lens.converter.serialized(field.kind, row);
                self.changes.push(Change { field: name.to_owned(), from: Some(now), to: Some(value.clone()) });
                self.columns.push((column, bound));
            }
        }
        Ok(())
    }

    /// A many-to-many set: only the difference is written, so that pairs which stay keep their rows.
    #[allow(clippy::too_many_arguments, reason = "a set lies between two objects")]
    pub fn set(
        &mut self,
        store: &mut dyn Store,
        lens: &Lens,
        table: &ModelTable,
        link: &Link,
        (key, own): (&Stored, &Value),
        value: &Value,
        live: Option<&Live>,
        earlier: &[ObjectPlan],
    ) -> Result<(), StoreError> {
        let Some(items) = value.items() else {
            let wanted = "a list of keys";
            let found = "no list";
            self.reasons.push(ConvertError::Type { field: link.field.clone(), found, wanted }.into());
            return Ok(());
        };
        let mut wanted: Vec<Stored> = Vec::new();
        for item in &items {
            let bound = match lens.converter.bound_link(link, item) {
                Ok(bound) => bound,
                Err(error) => {
                    self.reasons.push(error.into());
                    return Ok(());
                }
            };
            let kept = store.kept(&link.declared_type, &bound)?;
            if !wanted.contains(&kept) {
                wanted.push(kept);
            }
        }
        let before = live.and_then(|live| live.fields.iter().find(|(name, _)| *name == link.field));
        let before = before.map(|(_, value)| value);
        if before.is_none_or(|before| !lens.same(&link.field, before, value)) {
            let from = before.cloned();
            self.changes.push(Change { field: link.field.clone(), from, to: Some(value.clone()) });
        }
        let now = linked_by_then(store, link, key, earlier)?;
        let gone: Vec<&Stored> = now.iter().filter(|key| !wanted.contains(key)).collect();
        let new: Vec<&Stored> = wanted.iter().filter(|key| !now.contains(key)).collect();
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let both_ways = goes_both_ways(store, lens, table, link, own, &items)?;
        let line = format!("models.\"{}\".symmetrical.{}", lens.model, link.field);
        match both_ways {
            BothWays::Known(_) => {}
            BothWays::Shown => self.note(
                &link.field,
                &format!("the sets of the others are changed with it, for it goes both ways by what is there; {line} = false in the profile leaves them"),
            ),
            BothWays::Unknown => self.note(
                &link.field,
                &format!("the sets of the others stay as they are, for nothing tells whether it goes both ways; {line} = true in the profile changes them with it"),
            ),
        }
        let mirrored = matches!(both_ways, BothWays::Known(true) | BothWays::Shown);
        let pair =
            |one: &Stored, other: &Stored| vec![(link.from.clone(), one.clone()), (link.to.clone(), other.clone())];
        for other in gone {
            self.links.push(RowWrite::Unlink { table: link.table.clone(), values: pair(key, other) });
            if mirrored && other != key {
                self.links.push(RowWrite::Unlink { table: link.table.clone(), values: pair(other, key) });
            }
        }
        for other in new {
            self.links.push(RowWrite::Link { table: link.table.clone(), values: pair(key, other) });
            if mirrored && other != key {
                self.links.push(RowWrite::Link { table: link.table.clone(), values: pair(other, key) });
            }
        }
        Ok(())
    }

    /// For a row that comes back: the columns that the version says nothing of.
    pub fn complete(&mut self, lens: &Lens, table: &ModelTable) {
        let mut lacking = Vec::new();
        for field in table.fields() {
            let Some(at) = field.column.filter(|at| !self.spoken.contains(at)) else { continue };
            let column = table.column_field(&field.name, at);
            if let Some(default) = table.profile.defaults.get(&field.name) {
                let value = of_json(default);
                match lens.converter.bound(&column, &value) {
                    Ok(bound) => {
                        self.changes.push(Change { field: field.name.clone(), from: None, to: Some(value) });
                        self.columns.push((column.column.name.clone(), bound));
                    }
                    Err(error) => self.reasons.push(error.into()),
                }
            } else if column.column.not_null && column.column.default.is_none() {
                lacking.push(field.name);
            }
        }
        if !lacking.is_empty() {
            self.reasons.push(Reason::NoValue { model: lens.model.clone(), columns: lacking });
        }
    }
}

/// The members of a set once the objects that come earlier in the plan are written: of two objects that are in each
/// other's sets, the later one has the last word.
fn linked_by_then(
    store: &mut dyn Store,
    link: &Link,
    key: &Stored,
    earlier: &[ObjectPlan],
) -> Result<Vec<Stored>, StoreError> {
    let mut now = store.linked(&link.table, &link.from, key, &link.to)?;
    for write in earlier.iter().flat_map(|object| &object.writes).filter(|write| write.table() == link.table) {
        let value = |column: &str| write.values().iter().find(|(name, _)| name == column).map(|(_, value)| value);
        let (Some(from), Some(to)) = (value(&link.from), value(&link.to)) else { continue };
        if from == key {
            now.retain(|other| other != to);
            if matches!(write, RowWrite::Link { .. }) {
                now.push(to.clone());
            }
        }
    }
    Ok(now)
}
