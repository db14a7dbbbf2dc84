//! Makes a plan: reads the versions and the live rows, and decides field by field.

use super::decide::Decided;
use super::mapping::{ModelTable, Place};
use super::parents::{Missing, Tables, missing};
use super::plan::{
    Held, Ignored, ObjectPlan, Operation, Plan, PlanError, Planning, Reason, Record, Refusal, Request, equals, placed,
};
use super::snapshot::DEFAULT_ALIAS;
use super::{Lens, Snapshot, SnapshotError, record};
use crate::audit::Value;
use crate::query::closest;
use crate::store::{
    Constraint, ContentType, RowWrite, Rows, Store, StoreError, Stored, Version, Versioned, WriteError,
};

/// How many of a model's newest versions are looked at to learn how it names users.
const SAMPLE: usize = 20;
/// How many versions of an object are read at once: there may be a great many.
const BATCH: usize = 64;

/// Says what a revert would do. Where `rehearse` is set, it is tried on a scratch copy, so that constraints are known
/// beforehand.
pub fn plan(
    store: &mut dyn Store,
    request: &Request,
    planning: &Planning<'_>,
    rehearse: bool,
) -> Result<Plan, PlanError> {
    let mut planner = Planner { planning, plan: Plan::default() };
    let with_parents = match request {
        Request::Object { of, object_id, version: id, fields, with_parents: parents } => {
            let version = store.versions(&[*id], true)?.pop().ok_or(PlanError::NoVersion(*id))?;
            if version.content_type != of.id || version.object_id != *object_id {
                let found = planner.model(version.content_type).map_or_else(|| "another model".into(), |of| of.label());
                let asked = format!("{} {object_id}", of.label());
                let found = format!("{found} {}", version.object_id);
                return Err(PlanError::OtherObject { version: *id, asked, found });
            }
            planner.object(store, of, &version, fields)?;
            planner.show_parents(store, &version)?;
            *parents
        }
        Request::Revision { revision, with_parents } => {
            let ids = store.revision_members(*revision)?;
            let versions = store.versions(&ids, true)?;
            if versions.is_empty() {
                return Err(PlanError::NoRevision(*revision));
            }
            // The newest first, as django-reversion does: where two objects are in each other's sets, the last one
            // written has its way.
            for version in versions.iter().rev() {
                match planner.model(version.content_type) {
                    Some(of) => planner.object(store, &of, version, &[])?,
                    None => {
                        let (expected, found) = ("a model that is gone".to_owned(), version.object_repr.clone());
                        let error = SnapshotError::OtherModel { version: version.id, expected, found };
                        planner.refuse(format!("version {}", version.id), error.into());
                    }
                }
            }
            *with_parents
        }
    };
    planner.parents(store, with_parents)?;
    if rehearse && planner.plan.refusals.is_empty() && !planner.plan.is_empty() {
        planner.rehearse(store)?;
    }
    Ok(planner.plan)
}

/// Writes the objects in this order; those that a constraint refuses are tried again after the others, as long as that
/// gets anywhere. What can't be written in any order is given with the reason.
pub(super) fn write_all(rows: &mut dyn Rows, objects: &[ObjectPlan]) -> Result<Vec<(usize, Reason)>, StoreError> {
    let mut left: Vec<usize> = (0..objects.len()).filter(|at| !objects[*at].writes.is_empty()).collect();
    loop {
        let mut refused = Vec::new();
        for &at in &left {
            match rows.write(&objects[at].writes) {
                Ok(()) => {}
                Err(WriteError::Refused(conflict)) => refused.push((at, Reason::Conflict(conflict))),
                Err(WriteError::Store(error)) => return Err(error),
            }
        }
        if refused.is_empty() || refused.len() == left.len() {
            return Ok(refused);
        }
        left = refused.into_iter().map(|(at, _)| at).collect();
    }
}

struct Planner<'a> {
    planning: &'a Planning<'a>,
    plan: Plan,
}

impl Planner<'_> {
    fn model(&self, content_type: i64) -> Option<ContentType> {
        self.planning.types.iter().find(|of| of.id == content_type).cloned()
    }

    fn refuse(&mut self, object: String, reason: Reason) {
        self.plan.refusals.push(Refusal { object, reason });
    }

    /// Plans one object; what forbids it is noted.
    fn object(
        &mut self,
        store: &mut dyn Store,
        of: &ContentType,
        version: &Version,
        fields: &[String],
    ) -> Result<(), PlanError> {
        let name = format!("{} {}", of.label(), version.object_id);
        let mut lens = Lens::open(store, of, self.planning.converter.clone(), self.planning.profiles)?;
        let held = match lens.snapshot(store, version)? {
            Ok(snapshot) => Held { version: version.clone(), snapshot },
            Err(error) => {
                self.refuse(name, error.into());
                return Ok(());
            }
        };
        let recent = Recent::read(store, &lens, &version.object_id)?;
        lens.learn(&[&recent.snapshots[..], std::slice::from_ref(&held.snapshot)].concat());
        for field in fields {
            if held.snapshot.get(field).is_none() {
                let names = held.snapshot.fields.iter().map(|(name, _)| name.as_str());
                let suggestion = closest(field, names).map(str::to_owned);
                return Err(PlanError::NoField { version: version.id, field: field.clone(), suggestion });
            }
        }
        let decided = match &lens.table {
            Ok(table) => self.decide(store, &lens, table, &held, &recent, fields)?,
            Err(_) => {
                if let Err(error) = lens.table {
                    self.refuse(name, error.into());
                }
                return Ok(());
            }
        };
        match decided {
            Ok(object) => {
                self.plan.objects.push(object);
                self.plan.lenses.push(lens);
            }
            Err(reasons) => reasons.into_iter().for_each(|reason| self.refuse(name.clone(), reason)),
        }
        Ok(())
    }

    fn decide(
        &self,
        store: &mut dyn Store,
        lens: &Lens,
        table: &ModelTable,
        held: &Held,
        recent: &Recent,
        fields: &[String],
    ) -> Result<Result<ObjectPlan, Vec<Reason>>, PlanError> {
        let (version, snapshot) = (&held.version, &held.snapshot);
        let key = match own_key(store, lens, table, held)? {
            Ok(key) => key,
            Err(reason) => return Ok(Err(vec![reason])),
        };
        let now = lens.live(store, &version.object_id, Some(snapshot))?;
        let earlier = self.plan.objects.iter().flat_map(|object| &object.writes);
        let live = lens.live_after(store, now.clone(), &key, earlier, Some(snapshot))?;
        if live.is_none() && !fields.is_empty() {
            let object = format!("{} {}", lens.model, version.object_id);
            return Err(PlanError::FieldsOfDeleted { object });
        }
        let mut decided = Decided::default();
        for (field, value) in &snapshot.fields {
            if !fields.is_empty() && !fields.contains(field) {
                continue;
            }
            match table.place(field) {
                Place::Column(column) => decided.column(store, lens, table, &column, value, live.as_ref())?,
                Place::Link(link) => {
                    let own = (&key, &snapshot.key);
                    decided.set(store, lens, table, link, own, value, live.as_ref(), &self.plan.objects)?;
                }
                Place::Gone => decided.ignore(field, &format!("{} no longer has it", table.table.name)),
            }
        }
        let mut writes = Vec::new();
        let operation = if live.is_none() {
            decided.complete(lens, table);
            let mut values = vec![(table.table.columns[table.key].name.clone(), key.clone())];
            values.append(&mut decided.columns);
            writes.push(RowWrite::Insert { table: table.table.name.clone(), values });
            Operation::Insert
        } else {
            if !decided.columns.is_empty() {
                writes.push(RowWrite::Update {
                    table: table.table.name.clone(),
                    key: table.table.columns[table.key].name.clone(),
                    at: key.clone(),
                    values: std::mem::take(&mut decided.columns),
                });
            }
            let nothing = writes.is_empty() && decided.links.is_empty() && decided.changes.is_empty();
            if nothing { Operation::None } else { Operation::Update }
        };
        if !decided.reasons.is_empty() {
            return Ok(Err(decided.reasons));
        }
        writes.append(&mut decided.links);

        // The object's newest version may be from before the model gained a field.
        let mut like = recent.snapshots.first().unwrap_or(snapshot).clone();
        for name in lens.fields_of_newest().chain(snapshot.fields.iter().map(|(name, _)| name.as_str())) {
            if like.get(name).is_none() {
                like.fields.push((name.to_owned(), Value::null()));
            }
        }
        let recorded = placed(lens, &like);
        let newest = recent.versions.iter().find(|version| version.id == like.version).unwrap_or(version);
        let by_name = self.named_users(store, lens, &recent.versions)?;
        let (mut before, mut way_back) = (None, None);
        if now.is_some() && operation == Operation::Update {
            // As the newest version orders it.
            if let Some(row) = lens.live(store, &version.object_id, Some(&like))? {
                way_back = recent.way_back(store, lens, |snapshot| equals(lens, snapshot, &row, &recorded))?;
                if way_back.is_none() {
                    let data = record::serialized(store, lens, &row, &recorded, &by_name)?;
                    before = Some(Record { data, object_repr: newest.object_repr.clone() });
                }
            }
        }
        Ok(Ok(ObjectPlan {
            model: lens.model.clone(),
            content_type: lens.content_type,
            object_id: version.object_id.clone(),
            version: version.id,
            object_repr: version.object_repr.clone(),
            operation,
            changes: decided.changes,
            respelled: decided.respelled,
            precision: decided.precision,
            ignored: decided.ignored,
            notes: decided.notes,
            now: now.map(|now| (now.row, now.sets)),
            writes,
            before,
            way_back,
            like,
            recorded,
            by_name,
        }))
    }

    /// The fields in which users are named instead of numbered, by what this object's versions and the model's newest
    /// show: a service writes all of them in one way, and NULL looks the same in both.
    fn named_users(&self, store: &mut dyn Store, lens: &Lens, versions: &[Version]) -> Result<Vec<String>, StoreError> {
        let of_model = Versioned { content_type: lens.content_type, db: DEFAULT_ALIAS.to_owned() };
        let ids = store.newest_versions(&of_model, SAMPLE)?;
        let sample = store.versions(&ids, true)?;
        let mut names: Vec<String> = Vec::new();
        for version in versions.iter().chain(&sample) {
            let Ok(written) = Snapshot::read(version, &lens.model) else { continue };
            let Ok(read) = lens.snapshot(store, version)? else { continue };
            names.extend(record::named_users(&written, &read));
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// An object of an inherited model has a part in its parent's table, with a version of its own in the same
    /// revision: what that would change is named, and not done.
    fn show_parents(&mut self, store: &mut dyn Store, version: &Version) -> Result<(), PlanError> {
        let (Some(object), Some(lens)) = (self.plan.objects.first(), self.plan.lenses.first()) else { return Ok(()) };
        let Ok(table) = &lens.table else { return Ok(()) };
        let Some(mut parent) = table.parent.clone() else { return Ok(()) };
        let (own, mut ignored) = (object.object_id.clone(), Vec::new());
        let ids = store.revision_members(version.revision)?;
        let members = store.versions(&ids, true)?;
        // Each step goes one table up; no chain is longer than the members.
        for _ in 0..members.len() {
            let mut next = None;
            for member in members.iter().filter(|member| member.object_id == own && member.id != version.id) {
                let Some(of) = self.model(member.content_type) else { continue };
                let mut part = Planner { planning: self.planning, plan: Plan::default() };
                part.object(store, &of, member, &[])?;
                let (Some(object), Some(lens)) = (part.plan.objects.pop(), part.plan.lenses.pop()) else { continue };
                let Ok(table) = &lens.table else { continue };
                if !table.table.name.eq_ignore_ascii_case(&parent.table) {
                    continue;
                }
                let why = format!(
                    "it is in the part that {} has, which version {} would change: --revision {} includes it",
                    object.model, member.id, version.revision
                );
                ignored
                    .extend(object.changes.into_iter().map(|change| Ignored { field: change.field, why: why.clone() }));
                next = table.parent.clone();
                break;
            }
            match next {
                Some(up) => parent = up,
                None => break,
            }
        }
        if let Some(object) = self.plan.objects.first_mut() {
            object.ignored.extend(ignored);
        }
        Ok(())
    }

    /// Looks for what the rows refer to and is gone: brings it back as well, or says which version would.
    fn parents(&mut self, store: &mut dyn Store, bring_back: bool) -> Result<(), PlanError> {
        let mut tables = Tables::default();
        let mut tried: Vec<(String, Stored)> = Vec::new();
        loop {
            let missing = missing(store, &self.plan.objects, &self.plan.lenses)?;
            let mut brought = false;
            let mut refusals = Vec::new();
            for missing in missing {
                let found = self.find_parent(store, &mut tables, &missing)?;
                let tag = (missing.table.clone(), missing.value.clone());
                match found {
                    Some((of, version)) if bring_back && !tried.contains(&tag) => {
                        tried.push(tag);
                        let objects = std::mem::take(&mut self.plan.objects);
                        let lenses = std::mem::take(&mut self.plan.lenses);
                        self.object(store, &of, &version, &[])?;
                        // What is referred to comes first.
                        self.plan.objects.extend(objects);
                        self.plan.lenses.extend(lenses);
                        brought = true;
                        break;
                    }
                    found => refusals.push((missing, found)),
                }
            }
            if brought {
                continue;
            }
            for (missing, found) in refusals {
                let object = self.plan.objects[missing.object].name();
                let target = match &found {
                    Some((of, version)) => format!("{} {}", of.label(), version.object_id),
                    None => missing.target(),
                };
                let version = found.map(|(_, version)| version.id);
                self.refuse(object, Reason::ParentGone { field: missing.field, target, version });
            }
            return Ok(());
        }
    }

    fn find_parent(
        &self,
        store: &mut dyn Store,
        tables: &mut Tables,
        missing: &Missing,
    ) -> Result<Option<(ContentType, Version)>, StoreError> {
        let version = self.plan.objects[missing.object].version;
        let revision = store.versions(&[version], false)?.pop().map_or(0, |version| version.revision);
        tables.version_of(store, self.planning, missing, revision)
    }

    fn rehearse(&mut self, store: &mut dyn Store) -> Result<(), PlanError> {
        let Some(mut scratch) = store.rehearsal(&self.plan.writes())? else { return Ok(()) };
        let refused = write_all(&mut *scratch, &self.plan.objects)?;
        if refused.is_empty() {
            match scratch.commit() {
                Ok(()) => {}
                Err(WriteError::Refused(conflict)) => {
                    debug_assert!(conflict.constraint == Constraint::ForeignKey);
                    let object = self.plan.objects.first().map(ObjectPlan::name).unwrap_or_default();
                    self.refuse(object, Reason::Conflict(conflict));
                }
                Err(WriteError::Store(error)) => return Err(error.into()),
            }
        }
        for (at, reason) in refused {
            self.refuse(self.plan.objects[at].name(), reason);
        }
        Ok(())
    }
}

/// The newest versions of an object that tell how it is recorded, and where the older ones are.
struct Recent {
    /// Newest first, of this database.
    versions: Vec<Version>,
    /// Those of them that can be read.
    snapshots: Vec<Snapshot>,
    /// The ids of what is older.
    older: Vec<i64>,
}

impl Recent {
    /// Reads the newest, and further back where none of them can be read.
    fn read(store: &mut dyn Store, lens: &Lens, object_id: &str) -> Result<Recent, StoreError> {
        let mut recent = Recent {
            versions: Vec::new(),
            snapshots: Vec::new(),
            older: store.version_ids(lens.content_type, object_id)?,
        };
        while recent.snapshots.is_empty() && !recent.older.is_empty() {
            let batch: Vec<i64> = recent.older.drain(..recent.older.len().min(BATCH)).collect();
            (recent.versions, recent.snapshots) = readable(store, lens, &batch)?;
        }
        Ok(recent)
    }

    /// The newest version of all that is as this says: mostly one of the newest, so that few are read.
    fn way_back(
        &self,
        store: &mut dyn Store,
        lens: &Lens,
        is: impl Fn(&Snapshot) -> bool,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(found) = self.snapshots.iter().find(|snapshot| is(snapshot)) {
            return Ok(Some(found.version));
        }
        for batch in self.older.chunks(BATCH) {
            let (_, snapshots) = readable(store, lens, batch)?;
            if let Some(found) = snapshots.iter().find(|snapshot| is(snapshot)) {
                return Ok(Some(found.version));
            }
        }
        Ok(None)
    }
}

/// These versions as far as they are of this database, and what those hold that can be read.
fn readable(store: &mut dyn Store, lens: &Lens, ids: &[i64]) -> Result<(Vec<Version>, Vec<Snapshot>), StoreError> {
    let mut versions = store.versions(ids, true)?;
    versions.retain(|version| version.db == DEFAULT_ALIAS);
    let mut snapshots = Vec::with_capacity(versions.len());
    for version in &versions {
        snapshots.extend(lens.snapshot(store, version)?.ok());
    }
    Ok((versions, snapshots))
}

/// The object's key as the table keeps it; the version's data has to be of the same object.
fn own_key(
    store: &mut dyn Store,
    lens: &Lens,
    table: &ModelTable,
    held: &Held,
) -> Result<Result<Stored, Reason>, StoreError> {
    let field = table.key_field();
    let of_version = match table.stored_key(store, &lens.converter, &held.version.object_id)? {
        Ok(key) => key,
        Err(error) => return Ok(Err(error.into())),
    };
    let of_data = match lens.converter.bound(&field, &held.snapshot.key) {
        Ok(bound) => store.kept(&field.column.declared_type, &bound)?,
        Err(error) => return Ok(Err(error.into())),
    };
    Ok(if of_version == of_data { Ok(of_version) } else { Err(Reason::OtherKey(held.version.id)) })
}
