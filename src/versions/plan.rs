//! What a revert would do, as values: for each object the fields that change, those that are left out and why, the
//! rows that would be written; and what forbids it.
//!
//! Made from a database that is open for reading, and made again inside the transaction that applies it: two plans
//! are equal exactly when nothing they depend on has changed.

use std::collections::BTreeMap;

use super::lens::{Change, Fields, Live};
use super::mapping::MappingError;
use super::{ConvertError, Converter, Lens, Snapshot, SnapshotError};
use crate::config::ModelMapping;
use crate::store::{Conflict, ContentType, RowWrite, StoreError, Stored, Version};

/// What is to be reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// One object.
    Object {
        /// Its model.
        of: ContentType,
        /// Its key, as its versions spell it.
        object_id: String,
        /// The version to go back to.
        version: i64,
        /// The fields to revert; all of them where there is none.
        fields: Vec<String>,
        /// Whether what it refers to is brought back as well.
        with_parents: bool,
    },
    /// All objects of a revision.
    Revision {
        /// The revision.
        revision: i64,
        /// Whether what they refer to is brought back as well.
        with_parents: bool,
    },
}

/// What a plan is made with.
#[derive(Clone, Copy, Debug)]
pub struct Planning<'a> {
    /// All models.
    pub types: &'a [ContentType],
    /// What the profile says of them.
    pub profiles: &'a BTreeMap<String, ModelMapping>,
    /// Between serialized and stored values.
    pub converter: &'a Converter,
}

/// A request that makes no sense in this database.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No version of this number.
    #[error("there is no version {0}")]
    NoVersion(i64),
    /// The version is of something else.
    #[error("version {version} is not of {asked}, it is of {found}")]
    OtherObject {
        /// The version.
        version: i64,
        /// What was asked for.
        asked: String,
        /// What it is of.
        found: String,
    },
    /// No revision of this number, or one without versions.
    #[error("there is no revision {0} with versions")]
    NoRevision(i64),
    /// The version holds no such field.
    #[error("version {version} holds no field '{field}'")]
    NoField {
        /// The version.
        version: i64,
        /// What was typed.
        field: String,
        /// A field that looks like it.
        suggestion: Option<String>,
    },
    /// Single fields of an object that is gone.
    #[error("{object} has no row: a deleted object comes back whole, without --field")]
    FieldsOfDeleted {
        /// The object.
        object: String,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Its row is changed.
    Update,
    /// Its row is brought back.
    Insert,
    /// Nothing.
    None,
}

impl Operation {
    /// `update`, `insert`, `none`
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Update => "update",
            Operation::Insert => "insert",
            Operation::None => "none",
        }
    }
}

/// A field that the plan leaves out, or says something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Django's name.
    pub field: String,
    /// Why.
    pub why: String,
}

/// A version to be recorded of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The serialized object.
    pub data: String,
    /// What it calls itself.
    pub object_repr: String,
}

/// What would be done to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectPlan {
    /// `api.purchaseorders`
    pub model: String,
    /// The model's number.
    pub content_type: i64,
    /// The object's key, as its versions spell it.
    pub object_id: String,
    /// The version it goes back to.
    pub version: i64,
    /// What that version says it calls itself.
    pub object_repr: String,
    /// What is done.
    pub operation: Operation,
    /// The fields that change: `from` is now, `to` is then.
    pub changes: Vec<Change>,
    /// Fields that mean the same and are spelled differently in the table; they are written.
    pub respelled: Vec<String>,
    /// Fields that differ only in digits which serializing cut off; they are not written.
    pub precision: Vec<String>,
    /// What is left out.
    pub ignored: Vec<Ignored>,
    /// What else is to be known of a field.
    pub notes: Vec<Ignored>,
    /// The row and the sets as they are.
    pub now: Option<(Vec<Stored>, Vec<Vec<Stored>>)>,
    /// The statements.
    pub writes: Vec<RowWrite>,
    /// The row as it is, where it equals no version: recorded first, so that there is a way back.
    pub before: Option<Record>,
    /// The newest version that equals the row as it is: reverting to it undoes this.
    pub way_back: Option<i64>,
    /// The newest version, whose fields and spelling the new one takes; fields that it lacks are there without a value.
    pub like: Snapshot,
    /// The fields that the new version holds.
    pub recorded: Vec<String>,
    /// Those of them in which users are named instead of numbered.
    pub by_name: Vec<String>,
}

impl ObjectPlan {
    /// `api.purchaseorders 9`
    pub fn name(&self) -> String {
        format!("{} {}", self.model, self.object_id)
    }
}

/// Why something can't be done.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// A version that can't be read.
    #[error(transparent)]
    Unreadable(#[from] SnapshotError),
    /// A table that is not known.
    #[error(transparent)]
    Unmapped(#[from] MappingError),
    /// A value without a stored form.
    #[error(transparent)]
    Inconvertible(#[from] ConvertError),
    /// The data speaks of another object than the version.
    #[error("version {0} can't be used: its data is of another object than it says")]
    OtherKey(i64),
    /// Columns that may not be NULL and that nothing gives a value.
    #[error("its version holds nothing for {}, which may not be NULL and {} no default", columns.join(", "), if columns.len() == 1 { "has" } else { "have" })]
    NoValue {
        /// The model.
        model: String,
        /// The fields.
        columns: Vec<String>,
    },
    /// What it refers to is gone.
    #[error("{field} refers to {target}, which is gone{}", version.as_ref().map(|v| format!("; version {v} would bring it back")).unwrap_or_default())]
    ParentGone {
        /// The field.
        field: String,
        /// What it refers to.
        target: String,
        /// The version that would bring it back.
        version: Option<i64>,
    },
    /// A constraint.
    #[error(transparent)]
    Conflict(#[from] Conflict),
}

impl Reason {
    /// Whether the answer is no, rather than that auditctl can't.
    pub fn is_no(&self) -> bool {
        matches!(self, Reason::NoValue { .. } | Reason::ParentGone { .. } | Reason::Conflict(_))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Reason::Unmapped(error) => error.hint(),
            Reason::NoValue { model, columns } => {
                let field = columns.first().map(String::as_str).unwrap_or_default();
                Some(format!("give a default in the profile: models.\"{model}\".defaults.{field} = …"))
            }
            Reason::ParentGone { version: Some(_), .. } => {
                Some("--with-parents brings it back in the same transaction".to_owned())
            }
            Reason::Inconvertible(_) => Some("name the fields to revert with --field, without this one".to_owned()),
            _ => None,
        }
    }
}

/// Something that can't be done, and to what.
#[derive(Debug)]
pub struct Refusal {
    /// `api.purchaseorders 9`
    pub object: String,
    /// Why.
    pub reason: Reason,
}

/// What would be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// The objects, in the order in which they are tried.
    pub objects: Vec<ObjectPlan>,
    /// What forbids it.
    pub refusals: Vec<Refusal>,
    /// What each object is seen through, in the same order.
    pub(super) lenses: Vec<Lens>,
}

impl Plan {
    /// Whether there is anything to write.
    pub fn is_empty(&self) -> bool {
        self.objects.iter().all(|object| object.operation == Operation::None)
    }

    /// What each object is seen through, in their order.
    pub fn lenses(&self) -> &[Lens] {
        &self.lenses
    }

    /// All statements.
    pub fn writes(&self) -> Vec<RowWrite> {
        self.objects.iter().flat_map(|object| object.writes.iter().cloned()).collect()
    }

    /// The objects that are no longer as another plan saw them.
    pub fn differs_from(&self, other: &Plan) -> Vec<String> {
        let differs = |object: &&ObjectPlan| !other.objects.contains(object);
        let mut names: Vec<String> = self.objects.iter().filter(differs).map(ObjectPlan::name).collect();
        let gone =
            other.objects.iter().map(ObjectPlan::name).filter(|name| !self.objects.iter().any(|o| o.name() == *name));
        names.extend(gone);
        names.extend(self.refusals.iter().map(|refusal| refusal.object.clone()));
        names.dedup();
        names
    }
}

/// A version with its data read.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub version: Version,
    pub snapshot: Snapshot,
}

/// The fields of a version that its table still has, by name.
pub(super) fn placed(lens: &Lens, snapshot: &Snapshot) -> Vec<String> {
    use super::mapping::Place;
    let Ok(table) = &lens.table else { return Vec::new() };
    let stays = |name: &&String| match table.place(name) {
        Place::Column(field) => field.at != table.key && !field.column.generated,
        Place::Link(_) => true,
        Place::Gone => false,
    };
    snapshot.fields.iter().map(|(name, _)| name).filter(stays).cloned().collect()
}

/// Whether a version says of each of these fields, and of each that it holds itself, what the row says.
pub(super) fn equals(lens: &Lens, snapshot: &Snapshot, live: &Live, fields: &[String]) -> bool {
    let of = |fields: &Fields, name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, v)| v.clone());
    fields.iter().chain(&placed(lens, snapshot)).all(|name| match (snapshot.get(name), of(&live.fields, name)) {
        (Some(then), Some(now)) => lens.same(name, then, &now),
        _ => false,
    })
}
