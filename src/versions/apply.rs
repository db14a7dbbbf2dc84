//! A plan in one transaction, with its trail: the row as it was where no version has it, the rows, a revision with a
//! version of every object, an entry of the audit table for each.

use chrono::{DateTime, SubsecRound, Utc};

use super::plan::{ObjectPlan, Operation, Plan, PlanError, Planning, Refusal, Request};
use super::planner::{plan, write_all};
use super::{Lens, Live, record};
use crate::store::{Change, NewEntry, NewRevision, NewVersion, Store, StoreError, Stored, User, WriteError};

/// Who reverts, when, and what is said of it.
#[derive(Clone, Debug)]
pub struct Trail {
    /// When.
    pub at: DateTime<Utc>,
    /// Who of the service's users.
    pub user: Option<User>,
    /// The comment of the new revision.
    pub comment: String,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The new revision.
    pub revision: i64,
    /// The revision in which rows are recorded as they were, where no version had them.
    pub before: Option<i64>,
    /// For each object of the plan, the version that undoes it.
    pub undo: Vec<Option<i64>>,
}

/// What is told of each object that was written, before the commit: the database as it then is, what was done, how
/// the object is seen, its row.
pub type Told<'t> = &'t mut dyn FnMut(&mut dyn Store, &ObjectPlan, &Lens, &Live) -> Result<(), StoreError>;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Something is no longer as the plan saw it.
    #[error("nothing was done: {} changed after the plan was made", objects.join(", "))]
    Changed {
        /// The objects.
        objects: Vec<String>,
    },
    /// A constraint forbids it.
    #[error("nothing was done: {}", .0.iter().map(|refusal| format!("{}: {}", refusal.object, refusal.reason)).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// The trail or the commit was refused.
    #[error("nothing was done: {0}")]
    Write(#[from] WriteError),
    /// What was asked for is gone.
    #[error("nothing was done: {0}")]
    Plan(#[from] PlanError),
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        ApplyError::Plan(PlanError::Store(error))
    }
}

/// Applies what was planned, in this transaction, and commits it. On an error nothing is committed.
pub fn apply(
    change: &mut dyn Change,
    request: &Request,
    planning: &Planning<'_>,
    shown: &Plan,
    trail: &Trail,
    tell: Told<'_>,
) -> Result<Applied, ApplyError> {
    // Nobody else writes from here on: what is read now is what is changed.
    let now = plan(change.store(), request, planning, false)?;
    let objects = now.differs_from(shown);
    if !objects.is_empty() {
        return Err(ApplyError::Changed { objects });
    }
    let at = trail.at.trunc_subsecs(6);
    let user = trail.user.as_ref().map(|user| user.id);
    let (before, undo) = record_before(change, &now, trail, at)?;

    let refused = write_all(change, &now.objects)?;
    if !refused.is_empty() {
        let refusal = |(at, reason): (usize, _)| Refusal { object: now.objects[at].name(), reason };
        return Err(ApplyError::Refused(refused.into_iter().map(refusal).collect()));
    }

    let revision = change.add_revision(&NewRevision { date_created: at, user, comment: trail.comment.clone() })?;
    let touched = now.objects.iter().zip(&now.lenses).filter(|(object, _)| object.operation != Operation::None);
    for (object, lens) in touched {
        let store = change.store();
        let Some(live) = lens.live(store, &object.object_id, Some(&object.like))? else {
            return Err(ApplyError::Changed { objects: vec![object.name()] });
        };
        let data = record::serialized(store, lens, &live, &object.recorded, &object.by_name)?;
        tell(store, object, lens, &live)?;
        change.add_version(&version(revision, object, data, object.object_repr.clone()))?;
        change.add_entry(&entry(object, lens, &live, at, user))?;
    }
    change.commit()?;
    Ok(Applied { revision, before, undo })
}

/// Records the rows that equal no version, as they are. Gives the revision, and for each object the version that has
/// it as it is.
fn record_before(
    change: &mut dyn Change,
    plan: &Plan,
    trail: &Trail,
    at: DateTime<Utc>,
) -> Result<(Option<i64>, Vec<Option<i64>>), ApplyError> {
    let mut revision = None;
    let mut versions = Vec::with_capacity(plan.objects.len());
    for object in &plan.objects {
        let Some(record) = &object.before else {
            versions.push(object.way_back);
            continue;
        };
        let revision = match revision {
            Some(revision) => revision,
            None => {
                let user = trail.user.as_ref().map(|user| user.id);
                let comment = format!("As it was before: {}", trail.comment);
                *revision.insert(change.add_revision(&NewRevision { date_created: at, user, comment })?)
            }
        };
        let version = version(revision, object, record.data.clone(), record.object_repr.clone());
        versions.push(Some(change.add_version(&version)?));
    }
    Ok((revision, versions))
}

fn version(revision: i64, object: &ObjectPlan, data: String, object_repr: String) -> NewVersion {
    NewVersion {
        revision,
        content_type: object.content_type,
        db: super::snapshot::DEFAULT_ALIAS.to_owned(),
        object_id: object.object_id.clone(),
        object_repr,
        data,
    }
}

/// The entry that the service's signal would write, and which version it was.
fn entry(object: &ObjectPlan, lens: &Lens, live: &Live, at: DateTime<Utc>, user: Option<i64>) -> NewEntry {
    let action = if object.operation == Operation::Insert { "created" } else { "updated" };
    let model = model_name(&object.model).to_owned();
    let key = lens.table.as_ref().ok().and_then(|table| live.row.get(table.key));
    let record_id = match key {
        // The column is unsigned.
        Some(Stored::Integer(n)) if *n >= 0 => Some(*n),
        _ => None,
    };
    let (id, version) = (&object.object_id, object.version);
    let details = format!("Action {action} on {model} with id {id} (auditctl revert to version {version})");
    NewEntry { timestamp: at, action: action.to_owned(), model, record_id, details, user }
}

/// `purchaseorders` of `api.purchaseorders`
pub fn model_name(label: &str) -> &str {
    label.split_once('.').map_or(label, |(_, model)| model)
}
