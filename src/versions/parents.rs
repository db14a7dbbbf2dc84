//! What the rows of a plan refer to and is not there, and which version would bring it back.

use super::mapping::ModelTable;
use super::plan::{ObjectPlan, Planning};
use super::snapshot::DEFAULT_ALIAS;
use super::{Kind, Lens, Snapshot, convert};
use crate::store::{ContentType, RowWrite, Store, StoreError, Stored, Version};

/// How many versions of what is gone are read at once: there may be a great many.
const BATCH: usize = 64;

/// A reference of a plan's row to a row that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The place of the object that refers, in the plan.
    pub object: usize,
    /// The field, or the table of a many-to-many set.
    pub field: String,
    /// The table it refers to.
    pub table: String,
    /// The column there.
    pub to: String,
    /// What it refers to.
    pub value: Stored,
    /// Whether the row is a part of that object, as of an inherited model.
    pub is_part: bool,
}

impl Missing {
    /// `api_visits 7`
    pub fn target(&self) -> String {
        format!("{} {}", self.table, key_text(&self.value, false))
    }
}

/// Tables by the models that have versions, found once.
#[derive(Debug, Default)]
pub struct Tables {
    known: Option<Vec<(ContentType, ModelTable)>>,
}

/// The references that the plan writes and that nothing satisfies, neither a row nor the plan itself.
pub fn missing(store: &mut dyn Store, objects: &[ObjectPlan], lenses: &[Lens]) -> Result<Vec<Missing>, StoreError> {
    let mut found: Vec<Missing> = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        for write in &object.writes {
            if matches!(write, RowWrite::Unlink { .. }) {
                continue;
            }
            let Some(info) = store.table(write.table())? else { continue };
            for (column, value) in write.values() {
                let Some(key) = info.foreign_key(column) else { continue };
                let [to] = &key.to[..] else { continue };
                let is_there = *value == Stored::Null
                    || store.existing(&key.table, to, std::slice::from_ref(value))? == [true]
                    || objects.iter().any(|other| gives(other, &key.table, to, value));
                if !is_there {
                    let is_key = info.key().is_some_and(|at| info.columns[at].name.eq_ignore_ascii_case(column));
                    found.push(Missing {
                        object: at,
                        field: field_of(&lenses[at], write.table(), column),
                        table: key.table.clone(),
                        to: to.clone(),
                        value: value.clone(),
                        is_part: is_key && column.ends_with("_ptr_id"),
                    });
                }
            }
        }
    }
    Ok(found)
}

/// The field that a column is, or that the table of a many-to-many set is.
fn field_of(lens: &Lens, table: &str, column: &str) -> String {
    let Ok(model) = &lens.table else { return column.to_owned() };
    if let Some(link) = model.links.iter().find(|link| link.table == table) {
        return link.field.clone();
    }
    let at = model.table.column(column);
    let field = model.fields().into_iter().find(|field| at.is_some() && field.column == at);
    field.map_or_else(|| column.strip_suffix("_id").unwrap_or(column).to_owned(), |field| field.name)
}

/// Whether the plan writes a row that has this value there.
fn gives(object: &ObjectPlan, table: &str, column: &str, value: &Stored) -> bool {
    object.writes.iter().any(|write| {
        write.table().eq_ignore_ascii_case(table)
            && !matches!(write, RowWrite::Unlink { .. })
            && write.values().iter().any(|(name, written)| name.eq_ignore_ascii_case(column) && written == value)
    })
}

impl Tables {
    /// The version that would bring a row back: for a part of the same object the one of that revision, else its
    /// newest that can be read.
    pub fn version_of(
        &mut self,
        store: &mut dyn Store,
        planning: &Planning<'_>,
        missing: &Missing,
        revision: i64,
    ) -> Result<Option<(ContentType, Version)>, StoreError> {
        let mut best: Option<(ContentType, Version)> = None;
        // A model and its proxies share a table, and have versions of their own.
        for (of, table) in self.all(store, planning)? {
            let key = &table.table.columns[table.key];
            if !table.table.name.eq_ignore_ascii_case(&missing.table) || !key.name.eq_ignore_ascii_case(&missing.to) {
                continue;
            }
            let object_id = key_text(&missing.value, table.kinds[table.key] == Kind::Uuid);
            let ids = store.version_ids(of.id, &object_id)?;
            let is_part = |version: &Version| missing.is_part && version.revision == revision;
            let rank = |version: &Version| (is_part(version), version.id);
            for batch in ids.chunks(BATCH) {
                let mut readable = store.versions(batch, true)?;
                readable.retain(|version| version.db == DEFAULT_ALIAS && Snapshot::read(version, &of.label()).is_ok());
                let Some(version) = readable.into_iter().max_by_key(rank) else { continue };
                // Those that follow are older.
                let is_last = is_part(&version) || !missing.is_part;
                if best.as_ref().is_none_or(|(_, best)| rank(&version) > rank(best)) {
                    best = Some((of.clone(), version));
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn all(
        &mut self,
        store: &mut dyn Store,
        planning: &Planning<'_>,
    ) -> Result<&[(ContentType, ModelTable)], StoreError> {
        if self.known.is_none() {
            let mut known = Vec::new();
            for versioned in store.versioned()?.into_iter().filter(|versioned| versioned.db == DEFAULT_ALIAS) {
                let Some(of) = planning.types.iter().find(|of| of.id == versioned.content_type) else { continue };
                match ModelTable::find(store, &of.label(), planning.profiles) {
                    Ok(table) => known.push((of.clone(), table)),
                    Err(super::MappingError::Store(error)) => return Err(error),
                    Err(_) => {}
                }
            }
            self.known = Some(known);
        }
        Ok(self.known.as_deref().unwrap_or_default())
    }
}

/// A stored key as versions spell it.
pub(super) fn key_text(key: &Stored, is_uuid: bool) -> String {
    match key {
        Stored::Text(text) if is_uuid => {
            convert::uuid(text).map_or_else(|| text.clone(), |bytes| convert::dashed(&bytes))
        }
        Stored::Text(text) => text.clone(),
        Stored::Integer(n) => n.to_string(),
        Stored::Real(x) => x.to_string(),
        Stored::Null => "NULL".to_owned(),
        Stored::BadText(bytes) | Stored::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
