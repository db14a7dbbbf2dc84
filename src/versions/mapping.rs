//! A model's table: which column, or which table of a many-to-many set, each field lives in.
//!
//! The database is the schema. What only the service's Python knows (`db_table`, `db_column`, defaults) comes from the
//! profile's `models."app.model"`.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::{ConvertError, Converter, Snapshot};
use crate::audit::Value;
use crate::config::ModelMapping;
use crate::store::{ColumnInfo, ForeignKey, Store, StoreError, Stored, TableInfo};

/// Why a model's table is not known.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// No table of the expected name.
    #[error("the table of {model} can't be found: there is no table {table}{}", if *.named { ", which the profile names" } else { "" })]
    NoTable {
        /// `api.payments`
        model: String,
        /// The table that was looked for.
        table: String,
        /// Whether the profile named it.
        named: bool,
    },
    /// The profile names a column that the table lacks.
    #[error(
        "the field {field} of {model} can't be found: there is no column {column} in {table}, which the profile names"
    )]
    NoColumn {
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// The table.
        table: String,
        /// The column that was looked for.
        column: String,
    },
    /// Not exactly one column of primary key.
    #[error(
        "{model} can't be mapped: its table {table} has {keys} columns in its primary key, and only one is understood"
    )]
    Key {
        /// The model.
        model: String,
        /// The table.
        table: String,
        /// How many.
        keys: usize,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MappingError {
    /// The line of the profile that helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            MappingError::NoTable { model, .. } => {
                Some(format!("name it in the profile: models.\"{model}\".table = \"…\""))
            }
            MappingError::NoColumn { model, field, .. } => {
                Some(format!("correct it in the profile: models.\"{model}\".columns.{field} = \"…\""))
            }
            MappingError::Key { .. } => None,
            MappingError::Store(error) => error.hint(),
        }
    }
}

/// A model's table with what its columns hold.
#[derive(Clone, Debug)]
pub struct ModelTable {
    /// `api.purchaseorders`
    pub model: String,
    /// The table as it is declared.
    pub table: TableInfo,
    /// The place of the primary key among the columns.
    pub key: usize,
    /// What each column holds.
    pub kinds: Vec<Kind>,
    /// The many-to-many sets that belong to the model.
    pub links: Vec<Link>,
    /// For a model that inherits another: the table of the part that is the parent's.
    pub parent: Option<ForeignKey>,
    /// What the profile says.
    pub profile: ModelMapping,
}

/// A many-to-many set: a table of its own with a row a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Django's name of the field.
    pub field: String,
    /// The table of pairs.
    pub table: String,
    /// The column with the key of the object that has the set.
    pub from: String,
    /// The column with the keys of the objects in it.
    pub to: String,
    /// The table of the objects in it.
    pub target: String,
    /// Their key there.
    pub target_key: String,
    /// What that key is.
    pub kind: Kind,
    /// The declared type of the column with the keys of the objects in it.
    pub declared_type: String,
}

/// A field that is a column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnField<'m> {
    /// Django's name of the field, for messages.
    pub name: &'m str,
    /// Its place among the table's columns.
    pub at: usize,
    /// The column.
    pub column: &'m ColumnInfo,
    /// What it holds.
    pub kind: &'m Kind,
    /// What it refers to.
    pub reference: Option<&'m ForeignKey>,
}

/// Where a field lives.
#[derive(Clone, Copy, Debug)]
pub enum Place<'m> {
    /// In a column of the model's table.
    Column(ColumnField<'m>),
    /// In a table of its own.
    Link(&'m Link),
    /// Nowhere: the table no longer has it.
    Gone,
}

/// A field of a model as its table has it today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Django's name.
    pub name: String,
    /// Its place among the table's columns, None for a many-to-many set.
    pub column: Option<usize>,
}

impl ModelTable {
    /// Finds the table of a model: the one that the profile names, else `<app>_<model>`.
    pub fn find(
        store: &mut dyn Store,
        model: &str,
        profiles: &BTreeMap<String, ModelMapping>,
    ) -> Result<ModelTable, MappingError> {
        let profile = profiles.get(model).cloned().unwrap_or_default();
        let usual = model.replacen('.', "_", 1);
        let name = profile.table.as_ref().unwrap_or(&usual);
        let Some(table) = store.table(name)? else {
            let named = profile.table.is_some();
            return Err(MappingError::NoTable { model: model.into(), table: name.clone(), named });
        };
        let Some(key) = table.key() else {
            let keys = table.columns.iter().filter(|column| column.primary_key.is_some()).count();
            return Err(MappingError::Key { model: model.into(), table: table.name, keys });
        };
        let links = links(store, &table, key, &profile)?;
        for (field, column) in &profile.columns {
            if table.column(column).is_none() && !links.iter().any(|link| link.field == *field) {
                let (model, field, column) = (model.into(), field.clone(), column.clone());
                return Err(MappingError::NoColumn { model, field, table: table.name, column });
            }
        }
        let key_name = &table.columns[key].name;
        let parent = table.foreign_key(key_name).filter(|_| key_name.ends_with("_ptr_id")).cloned();
        let kinds = table.columns.iter().map(Kind::of).collect();
        let mut found = ModelTable { model: model.into(), table, key, kinds, links, parent, profile };
        found.learn(&[]);
        Ok(found)
    }

    /// Settles what the declared types leave open by what these snapshots show, the newest first, and by the
    /// profile's defaults.
    pub fn learn(&mut self, snapshots: &[Snapshot]) {
        let defaults: Vec<(String, Value)> =
            self.profile.defaults.iter().map(|(f, v)| (f.clone(), of_json(v))).collect();
        for field in self.fields() {
            let Some(at) = field.column else { continue };
            let column = &self.table.columns[at];
            let of_profile = defaults.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value);
            let of_versions = snapshots
                .iter()
                .filter_map(|snapshot| snapshot.get(&field.name).or_else(|| snapshot.get(&column.name)));
            self.kinds[at] = Kind::of(column).told_by(column, of_versions.chain(of_profile));
        }
    }

    /// Where a field of this name lives: the column that the profile names, one of the same name, one with `_id`
    /// behind it, or a many-to-many table.
    pub fn place<'m>(&'m self, field: &'m str) -> Place<'m> {
        let link = || self.links.iter().find(|link| link.field == field).map(Place::Link);
        let column = match self.profile.columns.get(field) {
            Some(column) => self.table.column(column),
            None => self.table.column(field).or_else(|| self.table.column(&format!("{field}_id"))),
        };
        match column {
            Some(at) => Place::Column(self.column_field(field, at)),
            None => link().unwrap_or(Place::Gone),
        }
    }

    /// A column as a field of this name.
    pub fn column_field<'m>(&'m self, name: &'m str, at: usize) -> ColumnField<'m> {
        let column = &self.table.columns[at];
        ColumnField { name, at, column, kind: &self.kinds[at], reference: self.table.foreign_key(&column.name) }
    }

    /// The primary key as a field.
    pub fn key_field(&self) -> ColumnField<'_> {
        self.column_field(&self.table.columns[self.key].name, self.key)
    }

    /// The fields that the table has today by Django's names, as far as the database tells them: its columns but the
    /// primary key, in order, then its many-to-many sets.
    pub fn fields(&self) -> Vec<Field> {
        let columns = self.table.columns.iter().enumerate().filter(|(at, column)| *at != self.key && !column.generated);
        let columns = columns.map(|(at, column)| Field { name: self.field_name(column), column: Some(at) });
        let links = self.links.iter().map(|link| Field { name: link.field.clone(), column: None });
        columns.chain(links).collect()
    }

    fn field_name(&self, column: &ColumnInfo) -> String {
        let named = self.profile.columns.iter().find(|(_, name)| name.eq_ignore_ascii_case(&column.name));
        if let Some((field, _)) = named {
            return field.clone();
        }
        let refers = self.table.foreign_key(&column.name).is_some();
        column.name.strip_suffix("_id").filter(|_| refers).unwrap_or(&column.name).to_owned()
    }

    /// The primary key of an object as Django binds it, from a version's `object_id`: an integer, or the 32 digits of a
    /// UUID. That is enough to look for a row.
    pub fn bound_key(&self, converter: &Converter, object_id: &str) -> Result<Stored, ConvertError> {
        converter.bound(&self.key_field(), &Value::text(object_id))
    }

    /// The primary key of an object as the table holds it.
    pub fn stored_key(
        &self,
        store: &mut dyn Store,
        converter: &Converter,
        object_id: &str,
    ) -> Result<Result<Stored, ConvertError>, StoreError> {
        match self.bound_key(converter, object_id) {
            Ok(bound) => store.kept(&self.key_field().column.declared_type, &bound).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }
}

/// The many-to-many sets of a table: tables named `<table>_<field>`, or named by the profile, that have a key, two
/// foreign keys and nothing else, the two unique together.
fn links(
    store: &mut dyn Store,
    table: &TableInfo,
    key: usize,
    profile: &ModelMapping,
) -> Result<Vec<Link>, StoreError> {
    let prefix = format!("{}_", table.name);
    let mut candidates: Vec<(String, String)> = store
        .tables()?
        .into_iter()
        .filter_map(|name| Some((name.strip_prefix(&prefix)?.to_owned(), name)))
        .filter(|(field, _)| !profile.columns.contains_key(field))
        .collect();
    let named = profile.columns.iter().filter(|(_, column)| table.column(column).is_none());
    candidates.extend(named.map(|(field, table)| (field.clone(), table.clone())));
    let mut links = Vec::new();
    for (field, name) in candidates {
        let Some(pairs) = store.table(&name)? else { continue };
        if let Some(mut link) = link(field, &pairs, table, key) {
            if let Some(target) = store.table(&link.target)?
                && let Some(at) = target.column(&link.target_key)
            {
                link.kind = Kind::of(&target.columns[at]);
            }
            links.push(link);
        }
    }
    Ok(links)
}

fn link(field: String, pairs: &TableInfo, table: &TableInfo, key: usize) -> Option<Link> {
    let [one, other] = &pairs.foreign_keys[..] else { return None };
    let ([one_column], [other_column]) = (&one.columns[..], &other.columns[..]) else { return None };
    let is_pair = |columns: &[Option<String>]| {
        columns.len() == 2 && [one_column, other_column].iter().all(|name| columns.iter().flatten().any(|c| c == *name))
    };
    if pairs.columns.len() > 3 || !pairs.uniques.iter().any(|unique| !unique.partial && is_pair(&unique.columns)) {
        return None;
    }
    let is_own = |key_of: &ForeignKey| {
        key_of.table.eq_ignore_ascii_case(&table.name)
            && key_of.to.iter().all(|to| to.eq_ignore_ascii_case(&table.columns[key].name))
    };
    // Both refer to the same table where a model is linked to itself: Django's names tell which is which.
    let (from, to) = match (is_own(one), is_own(other)) {
        (true, true) if one_column.starts_with("to_") => (other, one),
        (true, _) => (one, other),
        (false, true) => (other, one),
        (false, false) => return None,
    };
    let at = pairs.column(&to.columns[0])?;
    Some(Link {
        field,
        table: pairs.name.clone(),
        from: from.columns[0].clone(),
        to: to.columns[0].clone(),
        target: to.table.clone(),
        target_key: to.to.first()?.clone(),
        kind: Kind::of(&pairs.columns[at]),
        declared_type: pairs.columns[at].declared_type.clone(),
    })
}

/// A value of the configuration file.
pub fn of_json(value: &serde_json::Value) -> Value {
    super::document::read_json(&value.to_string()).unwrap_or_else(|_| Value::null())
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
