//! The names of what foreign keys refer to: what the object last called itself in a version, else its row's own text
//! where it is obvious which column that is.

use std::collections::HashMap;

use super::mapping::{ColumnField, Link, Place};
use super::parents::key_text;
use super::{Converter, Kind, Lens};
use crate::audit::{Token, Value};
use crate::store::{ContentType, Store, StoreError, Stored, TableInfo, Version};
use crate::versions::snapshot::DEFAULT_ALIAS;

/// Columns that name their row, the best first.
const OBVIOUS: [&str; 6] = ["username", "name", "title", "label", "slug", "email"];

/// Looks names up, each once.
#[derive(Debug)]
pub struct Labels {
    types: Vec<ContentType>,
    /// The content types of each table that the profile names: a model's own and those of its proxies.
    tables: HashMap<String, Vec<i64>>,
    known: HashMap<(String, String), Option<String>>,
    infos: HashMap<String, Option<TableInfo>>,
}

impl Labels {
    /// Among these models; `tables` names the content types of each table that the profile gives a model.
    pub fn new(types: Vec<ContentType>, tables: HashMap<String, Vec<i64>>) -> Self {
        Labels { types, tables, known: HashMap::new(), infos: HashMap::new() }
    }

    /// The name of what a value of this field refers to; None where it refers to nothing or the name is not known.
    pub fn of(
        &mut self,
        store: &mut dyn Store,
        lens: &Lens,
        field: &str,
        value: &Value,
    ) -> Result<Option<String>, StoreError> {
        let Ok(table) = &lens.table else { return Ok(None) };
        match table.place(field) {
            Place::Column(field) => self.of_column(store, &lens.converter, &field, value),
            _ => Ok(None),
        }
    }

    /// The name of one key of a many-to-many set.
    pub fn of_link(
        &mut self,
        store: &mut dyn Store,
        converter: &Converter,
        link: &Link,
        key: &Value,
    ) -> Result<Option<String>, StoreError> {
        match converter.bound_link(link, key) {
            Ok(bound) => self.named(store, &link.target, &link.target_key, key, &bound),
            Err(_) => Ok(None),
        }
    }

    fn of_column(
        &mut self,
        store: &mut dyn Store,
        converter: &Converter,
        field: &ColumnField<'_>,
        value: &Value,
    ) -> Result<Option<String>, StoreError> {
        let Some(reference) = field.reference else { return Ok(None) };
        let [to] = &reference.to[..] else { return Ok(None) };
        match converter.bound(field, value) {
            Ok(Stored::Null) | Err(_) => Ok(None),
            Ok(bound) => self.named(store, &reference.table, to, value, &bound),
        }
    }

    fn named(
        &mut self,
        store: &mut dyn Store,
        table: &str,
        column: &str,
        value: &Value,
        bound: &Stored,
    ) -> Result<Option<String>, StoreError> {
        let mut text = String::new();
        value.write_json(&mut text);
        let known = (table.to_owned(), text);
        if let Some(label) = self.known.get(&known) {
            return Ok(label.clone());
        }
        let label = match self.in_version(store, table, column, value, bound)? {
            Some(label) => Some(label),
            None => self.in_row(store, table, column, bound)?,
        };
        self.known.insert(known, label.clone());
        Ok(label)
    }

    /// What the object called itself in its newest version. Where it is referred to by another column than its primary
    /// key, its row tells that.
    fn in_version(
        &mut self,
        store: &mut dyn Store,
        table: &str,
        column: &str,
        value: &Value,
        bound: &Stored,
    ) -> Result<Option<String>, StoreError> {
        let Some(info) = self.info(store, table)?.cloned() else { return Ok(None) };
        let Some(key) = info.key() else { return Ok(None) };
        let object_id = if info.columns[key].name.eq_ignore_ascii_case(column) {
            match value.tokens() {
                [Token::Text(text) | Token::Number(text)] => text.to_string(),
                _ => return Ok(None),
            }
        } else {
            match store.rows(&info, column, std::slice::from_ref(bound))?.pop().flatten() {
                Some(row) => key_text(&row[key], Kind::of(&info.columns[key]) == Kind::Uuid),
                None => return Ok(None),
            }
        };
        let usual = |of: &&ContentType| format!("{}_{}", of.app_label, of.model).eq_ignore_ascii_case(table);
        let usual = self.types.iter().find(usual).map(|of| of.id);
        let mut newest: Option<Version> = None;
        for &of in self.tables.get(table).into_iter().flatten().chain(&usual) {
            for id in store.version_ids(of, &object_id)? {
                if newest.as_ref().is_some_and(|newest| newest.id >= id) {
                    break;
                }
                // Versions of another alias are of another row.
                let version = store.versions(&[id], false)?.pop().filter(|version| version.db == DEFAULT_ALIAS);
                if version.is_some() {
                    newest = version;
                    break;
                }
            }
        }
        Ok(newest.map(|version| version.object_repr).filter(|text| !text.is_empty()))
    }

    fn in_row(
        &mut self,
        store: &mut dyn Store,
        table: &str,
        column: &str,
        bound: &Stored,
    ) -> Result<Option<String>, StoreError> {
        let Some(info) = self.info(store, table)?.cloned() else { return Ok(None) };
        let Some(at) = OBVIOUS.iter().find_map(|name| info.column(name)) else { return Ok(None) };
        let row = store.rows(&info, column, std::slice::from_ref(bound))?.pop().flatten();
        Ok(match row.as_ref().and_then(|row| row.get(at)) {
            Some(Stored::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        })
    }

    fn info(&mut self, store: &mut dyn Store, table: &str) -> Result<Option<&TableInfo>, StoreError> {
        if !self.infos.contains_key(table) {
            let info = store.table(table)?;
            self.infos.insert(table.to_owned(), info);
        }
        Ok(self.infos.get(table).and_then(Option::as_ref))
    }
}
