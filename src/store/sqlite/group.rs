//! Counting by groups: each range of ids is counted where it is read, and what ranges gave is added up. Only the columns
//! that keys are made of are read: those before the details lie in the row itself, so that long details cost nothing.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::Sqlite;
use super::list::Plan;
use super::scan::{IdRange, Piece, Reader, scan};
use super::select::field_of;
use crate::query::{Field, FieldPath, Filter, Group, Grouping, Groups, KeyPart, Part, Tally, sort_groups};
use crate::store::{Store, StoreError};

impl Sqlite {
    /// How many entries that pass are of each group, the largest first.
    pub(super) fn group_matching(&mut self, filter: &Filter, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
        let by_id = with_ids_for_names(grouping);
        let counted = self.counted(filter, &by_id)?;
        if by_id.parts == grouping.parts {
            return Ok(counted.into_sorted());
        }
        self.named(counted, grouping)
    }

    fn counted(&mut self, filter: &Filter, grouping: &Grouping) -> Result<Groups, StoreError> {
        let Some(whole) = self.bounds(filter)? else {
            return Ok(Groups::default());
        };
        let plan = Plan::new(&self.schema.audit_table, filter, fields(grouping));
        let read = |reader: &Reader, range: IdRange| {
            let mut groups = Groups::default();
            plan.rows(reader, range, |row| {
                groups.add(grouping, row);
                Ok(())
            })?;
            // What is handed on is counted as in an ordering: it counts against the size of the next range.
            let bytes = groups.bytes() / 8;
            Ok(Piece { result: groups, bytes })
        };
        let (readers, file) = (self.readers(whole)?, self.file.clone());
        let (mut all, mut ranges) = (Groups::default(), 0);
        let scanned = scan(&readers, whole, plan.first_size(), false, &|| file.writer_waits(), read, |groups| {
            ranges += 1;
            all.merge(groups);
            ControlFlow::Continue(())
        });
        self.finish(readers, ranges, &plan);
        scanned.map_err(|e| self.file.explain(e))?;
        Ok(all)
    }

    /// The groups with the names of users where their ids stand. Several ids may have one name, or none.
    fn named(&mut self, counted: Groups, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
        let mut tallies: HashMap<Vec<KeyPart>, Tally> = HashMap::new();
        for Group { mut key, tally } in counted.into_unsorted() {
            for (part, value) in grouping.parts.iter().zip(&mut key) {
                if is_username(part) {
                    *value = match value {
                        KeyPart::Integer(id) => {
                            let name = Store::user(self, *id)?.and_then(|user| user.username);
                            name.map_or(KeyPart::Null, |name| KeyPart::Text(name.into_bytes().into()))
                        }
                        _ => KeyPart::Null,
                    };
                }
            }
            tallies.entry(key).or_default().add(tally);
        }
        let mut groups: Vec<Group> = tallies.into_iter().map(|(key, tally)| Group { key, tally }).collect();
        sort_groups(&mut groups);
        Ok(groups)
    }
}

fn is_username(part: &Part) -> bool {
    matches!(part, Part::Field(path) if path.name() == "username")
}

/// The same grouping by the id of the user instead of the name, which the audit table doesn't hold.
fn with_ids_for_names(grouping: &Grouping) -> Grouping {
    let id = || Part::Field(FieldPath::new("user_id"));
    let parts = grouping.parts.iter().map(|part| if is_username(part) { id() } else { part.clone() });
    Grouping { parts: parts.collect(), ..grouping.clone() }
}

/// The columns that keys are made of.
fn fields(grouping: &Grouping) -> Vec<Field> {
    let mut fields: Vec<Field> = grouping
        .parts
        .iter()
        .map(|part| match part {
            Part::Field(path) => field_of(path),
            Part::StatusClass => Field::Details,
            Part::Hour | Part::Weekday | Part::Day | Part::Week | Part::Month => Field::Timestamp,
        })
        .collect();
    if grouping.counts_errors {
        fields.extend([Field::Action, Field::Details]);
    }
    fields
}
