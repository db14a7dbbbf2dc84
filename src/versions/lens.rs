//! A model as its versions and its table show it together: reads versions and live rows into fields by Django's names,
//! and compares them by type.
//!
//! A model whose table can't be found still has readable versions; they are then compared as JSON.

use std::collections::{BTreeMap, HashMap};

use super::mapping::{Link, MappingError, ModelTable, Place};
use super::{Converter, Snapshot, SnapshotError};
use crate::audit::{Token, Value};
use crate::config::ModelMapping;
use crate::store::{ContentType, RowWrite, Store, StoreError, Stored, Version, Versioned};
use crate::versions::snapshot::DEFAULT_ALIAS;

/// How many of a model's newest versions are looked at to learn what its columns hold.
const SAMPLE: usize = 50;

/// Fields with their serialized values, in the serializer's order.
pub type Fields = Vec<(String, Value)>;

/// A model, its table where that was found, and what is known of its fields.
#[derive(Debug)]
pub struct Lens {
    /// `api.purchaseorders`
    pub model: String,
    /// Its content type.
    pub content_type: i64,
    /// Its table, or why it can't be found.
    pub table: Result<ModelTable, MappingError>,
    /// Between serialized and stored values.
    pub converter: Converter,
    sample: Vec<Snapshot>,
}

/// A row as it is now.
#[derive(Clone, Debug)]
pub struct Live {
    /// The stored values, in the order of the table's columns.
    pub row: Vec<Stored>,
    /// The stored keys of each many-to-many set, in the order of [`ModelTable::links`].
    pub sets: Vec<Vec<Stored>>,
    /// The same as Django would serialize it.
    pub fields: Fields,
}

/// A field that differs between two sides; None on the side that has no such field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Django's name.
    pub field: String,
    /// What it was.
    pub from: Option<Value>,
    /// What it became.
    pub to: Option<Value>,
}

impl Lens {
    /// Looks for the model's table and learns from its newest versions.
    pub fn open(
        store: &mut dyn Store,
        of: &ContentType,
        converter: Converter,
        profiles: &BTreeMap<String, ModelMapping>,
    ) -> Result<Lens, StoreError> {
        let model = of.label();
        let table = match ModelTable::find(store, &model, profiles) {
            Err(MappingError::Store(error)) => return Err(error),
            other => other,
        };
        let mut lens = Lens { model, content_type: of.id, table, converter, sample: Vec::new() };
        if lens.table.is_ok() {
            let versioned = Versioned { content_type: of.id, db: DEFAULT_ALIAS.to_owned() };
            let ids = store.newest_versions(&versioned, SAMPLE)?;
            let versions = store.versions(&ids, true)?;
            lens.sample = versions.iter().filter_map(|version| Snapshot::read(version, &lens.model).ok()).collect();
            lens.learn(&[]);
        }
        Ok(lens)
    }

    /// Learns what the columns hold from these snapshots too: those of the object at hand.
    pub fn learn(&mut self, snapshots: &[Snapshot]) {
        if let Ok(table) = &mut self.table {
            let mut all: Vec<Snapshot> = snapshots.iter().chain(&self.sample).cloned().collect();
            all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.version));
            all.dedup_by_key(|snapshot| snapshot.version);
            table.learn(&all);
        }
    }

    /// The fields that the service serializes today, by the newest version of any object of the model.
    pub fn fields_of_newest(&self) -> impl Iterator<Item = &str> {
        self.sample.first().into_iter().flat_map(|snapshot| snapshot.fields.iter().map(|(name, _)| name.as_str()))
    }

    /// Reads a version. Users named by their natural key become ids, where they can be found.
    pub fn snapshot(
        &self,
        store: &mut dyn Store,
        version: &Version,
    ) -> Result<Result<Snapshot, SnapshotError>, StoreError> {
        let mut snapshot = match Snapshot::read(version, &self.model) {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Err(error)),
        };
        for (field, value) in &mut snapshot.fields {
            if let [Token::ArrayStart, Token::Text(name), Token::ArrayEnd] = value.tokens()
                && self.refers_to_user(&*store, field)
                && let [user] = &store.users_named(name)?[..]
            {
                *value = Value::from_tokens(vec![Token::Number(user.id.to_string().into())]);
            }
        }
        Ok(Ok(snapshot))
    }

    fn refers_to_user(&self, store: &dyn Store, field: &str) -> bool {
        let Ok(table) = &self.table else { return false };
        match (table.place(field), store.user_table()) {
            (Place::Column(field), Some(users)) => {
                field.reference.is_some_and(|reference| reference.table.eq_ignore_ascii_case(users))
            }
            _ => false,
        }
    }

    /// Reads an object's row and its sets. The fields take the names and the order of `like`, a version's; those that
    /// it lacks follow. None where there is no row; the outer error where the table is not known.
    pub fn live(
        &self,
        store: &mut dyn Store,
        object_id: &str,
        like: Option<&Snapshot>,
    ) -> Result<Option<Live>, StoreError> {
        let Ok(table) = &self.table else { return Ok(None) };
        let Ok(key) = table.bound_key(&self.converter, object_id) else { return Ok(None) };
        let key_name = &table.table.columns[table.key].name;
        let Some(row) = store.rows(&table.table, key_name, std::slice::from_ref(&key))?.pop().flatten() else {
            return Ok(None);
        };
        let mut sets = Vec::with_capacity(table.links.len());
        for link in &table.links {
            sets.push(store.linked(&link.table, &link.from, &key, &link.to)?);
        }
        let fields = self.serialize(table, &row, &sets, like);
        Ok(Some(Live { row, sets, fields }))
    }

    /// The row as it is once these writes are done: a revision may hold versions of a model and of its proxies, which
    /// have one row. The sets are as they were.
    pub fn live_after<'w>(
        &self,
        store: &mut dyn Store,
        live: Option<Live>,
        key: &Stored,
        writes: impl Iterator<Item = &'w RowWrite>,
        like: Option<&Snapshot>,
    ) -> Result<Option<Live>, StoreError> {
        let Ok(table) = &self.table else { return Ok(live) };
        let columns = &table.table.columns;
        let is_of_row = |write: &&RowWrite| match write {
            RowWrite::Update { table: of, at, .. } => *of == table.table.name && at == key,
            RowWrite::Insert { table: of, values } => {
                let is_key = |(name, value): &(String, Stored)| *name == columns[table.key].name && value == key;
                *of == table.table.name && values.iter().any(is_key)
            }
            RowWrite::Link { .. } | RowWrite::Unlink { .. } => false,
        };
        let mut writes = writes.filter(is_of_row).peekable();
        if writes.peek().is_none() {
            return Ok(live);
        }
        let (mut row, sets) = match live {
            Some(live) => (live.row, live.sets),
            None => (vec![Stored::Null; columns.len()], vec![Vec::new(); table.links.len()]),
        };
        for (name, value) in writes.flat_map(RowWrite::values) {
            if let Some(at) = columns.iter().position(|column| column.name == *name) {
                row[at] = store.kept(&columns[at].declared_type, value)?;
            }
        }
        let fields = self.serialize(table, &row, &sets, like);
        Ok(Some(Live { row, sets, fields }))
    }

    fn serialize(&self, table: &ModelTable, row: &[Stored], sets: &[Vec<Stored>], like: Option<&Snapshot>) -> Fields {
        let mut fields = Fields::new();
        let mut shown = vec![false; row.len()];
        let mut shown_links = vec![false; sets.len()];
        let held = like.map(|snapshot| &snapshot.fields[..]).unwrap_or_default();
        for (name, _) in held {
            match table.place(name) {
                Place::Column(field) if !shown[field.at] => {
                    shown[field.at] = true;
                    fields.push((name.clone(), self.converter.serialized(field.kind, &row[field.at])));
                }
                Place::Link(link) => {
                    if let Some(at) = table.links.iter().position(|other| other == link).filter(|at| !shown_links[*at])
                    {
                        shown_links[at] = true;
                        fields.push((name.clone(), self.set(link, &sets[at])));
                    }
                }
                _ => {}
            }
        }
        for field in table.fields() {
            match field.column {
                Some(at) if !shown[at] => {
                    fields.push((field.name, self.converter.serialized(&table.kinds[at], &row[at])));
                }
                None => {
                    let link = table.links.iter().position(|link| link.field == field.name);
                    if let Some(at) = link.filter(|at| !shown_links[*at]) {
                        fields.push((field.name, self.set(&table.links[at], &sets[at])));
                    }
                }
                Some(_) => {}
            }
        }
        fields
    }

    /// A many-to-many set as Django serializes it: a list of keys.
    fn set(&self, link: &Link, keys: &[Stored]) -> Value {
        let mut tokens = vec![Token::ArrayStart];
        for key in keys {
            tokens.extend(self.converter.serialized(&link.kind, key).into_tokens());
        }
        tokens.push(Token::ArrayEnd);
        Value::from_tokens(tokens)
    }

    /// Whether two serialized values of a field mean the same.
    pub fn same(&self, field: &str, a: &Value, b: &Value) -> bool {
        if a == b {
            return true;
        }
        match self.table.as_ref().map(|table| table.place(field)) {
            Ok(Place::Column(field)) => self.converter.same(&field, a, b),
            Ok(Place::Link(link)) => {
                let (removed, added) = self.converter.set_difference(&link.kind, a, b);
                removed.is_empty() && added.is_empty()
            }
            Ok(Place::Gone) | Err(_) => Converter::same_json(a, b),
        }
    }

    /// What differs, in the order of the later side, then what it no longer has. Without an earlier side, all of it.
    pub fn changes(&self, from: Option<&Fields>, to: &Fields) -> Vec<Change> {
        let before: HashMap<&str, &Value> =
            from.into_iter().flatten().map(|(field, value)| (&**field, value)).collect();
        let after: HashMap<&str, &Value> = to.iter().map(|(field, value)| (&**field, value)).collect();
        let changed = to.iter().filter_map(|(field, value)| {
            let earlier = before.get(&**field).copied();
            let same = earlier.is_some_and(|earlier| self.same(field, earlier, value));
            (!same).then(|| Change { field: field.clone(), from: earlier.cloned(), to: Some(value.clone()) })
        });
        let gone = from.into_iter().flatten().filter(|(field, _)| !after.contains_key(&**field));
        let gone = gone.map(|(field, value)| Change { field: field.clone(), from: Some(value.clone()), to: None });
        changed.chain(gone).collect()
    }

    /// The many-to-many set that a field is.
    pub fn link(&self, field: &str) -> Option<&Link> {
        let table = self.table.as_ref().ok()?;
        let is_link = matches!(table.place(field), Place::Link(_));
        table.links.iter().find(|link| is_link && link.field == field)
    }
}
