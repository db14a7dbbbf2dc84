//! What the verbs over versions share: the database with its models, the object that was named, what masks secrets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Context, Failure};
use crate::audit::{MASK, Redactor, Value};
use crate::config::Settings;
use crate::store::{ContentType, Store, StoreError, Version, Versioned};
use crate::versions::{Converter, Labels, Lens, Snapshot, SnapshotError, convert, resolve};

/// How many unreadable versions are named one by one.
const NAMED: usize = 3;

/// The database with its models.
pub(super) struct Archive {
    pub store: Box<dyn Store>,
    pub settings: Arc<Settings>,
    pub types: Vec<ContentType>,
    pub versioned: Vec<Versioned>,
    pub masks: Masks,
}

/// An object that was named on the command line.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub of: ContentType,
    /// As its versions spell it; as it was typed where there are none.
    pub object_id: String,
    /// Its versions, newest first.
    pub ids: Vec<i64>,
}

/// What masks secrets in versions, unless they are revealed.
pub(super) struct Masks {
    redactor: Option<Redactor>,
}

impl Masks {
    pub fn new(settings: &Settings) -> Self {
        let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
        Masks { redactor: (!settings.reveal).then_some(redactor) }
    }

    pub fn redactor(&self) -> Option<&Redactor> {
        self.redactor.as_ref()
    }

    /// A text without its secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.as_ref().map_or(Cow::Borrowed(text), |redactor| redactor.text(text))
    }

    /// The value of a field: masked whole where the field's name says that it is secret. NULL is no secret.
    pub fn field(&self, field: &str, value: &Value) -> Value {
        match &self.redactor {
            None => value.clone(),
            Some(redactor) if redactor.is_secret(field) && *value != Value::null() => Value::text(MASK),
            Some(redactor) => redactor.value(value.clone()),
        }
    }

    /// Whether the value of a field may be shown in part, as the changes within a text or a set.
    pub fn shows(&self, field: &str) -> bool {
        self.redactor.as_ref().is_none_or(|redactor| !redactor.is_secret(field))
    }
}

impl Archive {
    pub fn open(context: &Context) -> anyhow::Result<Archive> {
        let settings = context.settings()?;
        let mut store = context.open_store()?;
        let types = store.content_types()?;
        let versioned = store.versioned()?;
        Ok(Archive { store, masks: Masks::new(&settings), settings, types, versioned })
    }

    pub fn converter(&self) -> Converter {
        Converter::new(self.settings.log_zone.value)
    }

    /// The object that `MODEL ID` means.
    pub fn entity(&mut self, model: &str, id: &str) -> anyhow::Result<Entity> {
        let of = resolve(model, &self.types, &self.versioned)?.clone();
        for object_id in spellings(id) {
            let ids = self.store.version_ids(of.id, &object_id)?;
            if !ids.is_empty() {
                return Ok(Entity { of, object_id, ids });
            }
        }
        Ok(Entity { of, object_id: id.to_owned(), ids: Vec::new() })
    }

    /// The same for a verb that has nothing to say without versions.
    pub fn entity_with_versions(&mut self, model: &str, id: &str) -> anyhow::Result<Entity> {
        let entity = self.entity(model, id)?;
        if entity.ids.is_empty() {
            let failure = Failure::no(format!("{} {id} has no versions", entity.of.label()));
            let is_versioned = self.versioned.iter().any(|versioned| versioned.content_type == entity.of.id);
            return Err(if is_versioned {
                failure.into()
            } else {
                failure.hint("no object of this model has; the verb models lists the models that have versions").into()
            });
        }
        Ok(entity)
    }

    pub fn lens(&mut self, of: &ContentType) -> Result<Lens, StoreError> {
        let converter = self.converter();
        Lens::open(&mut *self.store, of, converter, &self.settings.models)
    }

    /// The version before one of the same object, whose versions these are, newest first. Versions of another alias are
    /// of another row.
    pub fn version_before(&mut self, ids: &[i64], version: &Version) -> Result<Option<Version>, StoreError> {
        for id in ids.iter().filter(|id| **id < version.id) {
            let before = self.store.versions(&[*id], true)?.pop().filter(|before| before.db == version.db);
            if before.is_some() {
                return Ok(before);
            }
        }
        Ok(None)
    }

    /// `api.purchaseorders`
    pub fn label(&self, content_type: i64) -> String {
        let of = self.types.iter().find(|of| of.id == content_type);
        of.map_or_else(|| format!("content type {content_type}"), ContentType::label)
    }

    /// What looks up the names of what foreign keys refer to.
    pub fn labels(&self) -> Labels {
        let mut tables: HashMap<String, Vec<i64>> = HashMap::new();
        for of in &self.types {
            if let Some(table) = self.settings.models.get(&of.label()).and_then(|model| model.table.clone()) {
                tables.entry(table).or_default().push(of.id);
            }
        }
        Labels::new(self.types.clone(), tables)
    }
}

/// The ways in which a version may spell an id that was typed: as it is, as an integer, as a UUID with its dashes.
pub(super) fn spellings(id: &str) -> Vec<String> {
    let integer = id.parse::<i64>().ok().map(|n| n.to_string());
    let uuid = convert::uuid(id).map(|bytes| convert::dashed(&bytes));
    let mut spellings = vec![id.to_owned()];
    for other in integer.into_iter().chain(uuid) {
        if !spellings.contains(&other) {
            spellings.push(other);
        }
    }
    spellings
}

/// The versions that could not be read, to be named once on stderr.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    errors: Vec<SnapshotError>,
    more: u64,
}

impl Unreadable {
    /// Reads a version; one that can't be read is remembered.
    pub fn read(
        &mut self,
        lens: &Lens,
        store: &mut dyn Store,
        version: &Version,
    ) -> Result<Option<Snapshot>, StoreError> {
        Ok(match lens.snapshot(store, version)? {
            Ok(snapshot) => Some(snapshot),
            Err(error) => {
                self.note(error);
                None
            }
        })
    }

    fn note(&mut self, error: SnapshotError) {
        if self.errors.iter().any(|known| known.version() == error.version()) {
            return;
        }
        if self.errors.len() < NAMED {
            self.errors.push(error);
        } else {
            self.more += 1;
        }
    }

    /// Names them.
    pub fn warn(&self, masks: &Masks, context: &mut Context) {
        for error in &self.errors {
            context.ui.warn(&masks.text(&error.to_string()));
        }
        if self.more > 0 {
            context.ui.warn(&format!("{} more versions can't be read", self.more));
        }
    }
}

/// Says on stderr that a model's table is not known, and what follows from it.
pub(super) fn warn_unmapped(lens: &Lens, context: &mut Context) {
    if let Err(error) = &lens.table {
        let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
        context.ui.warn(&format!("{error}: values are compared as JSON, not by type{hint}"));
    }
}
