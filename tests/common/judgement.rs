//! Judges the rows that a revert left against those that django-reversion leaves, column by column: what may differ on
//! purpose is named and counted, everything else is wrong.

#![allow(dead_code, clippy::unwrap_used, reason = "not every test binary uses all of it; a test may fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::history::{Difference, Dump, History, Profile, ROW, differences};

/// An object that a revert is about, as Django compares its row with the version.
#[derive(Clone, Debug)]
pub struct Object {
    /// `api.purchaseorders 9`
    pub name: String,
    /// Its table.
    pub table: String,
    /// Its row in a dump: `integer:9`.
    pub key: String,
    /// Whether the row was there.
    pub is_live: bool,
    /// Fields whose value differs from the version's.
    pub changed: BTreeSet<String>,
    /// Columns that the version doesn't hold.
    pub not_held: BTreeSet<String>,
    /// Whether the row has a decimal with digits behind those of its field: auditctl, to which SQLite tells no scale,
    /// takes them for a difference, and Django does not see them.
    pub has_spilt: bool,
    /// Whether a value is stored otherwise than Django would, with the same meaning: it is written, as Django does.
    pub is_respelled: bool,
}

impl Object {
    /// By the answer to `compare`, from the row to the version; without one where the row is gone or Django can't read
    /// it.
    pub fn new(name: String, compared: Option<&Value>) -> Object {
        let mut object = Object {
            name,
            table: String::new(),
            key: String::new(),
            is_live: compared.is_some(),
            changed: BTreeSet::new(),
            not_held: BTreeSet::new(),
            has_spilt: false,
            is_respelled: false,
        };
        if let Some(compared) = compared {
            object.table = compared["row"]["table"].as_str().unwrap().to_owned();
            object.key = compared["row"]["key"].as_str().unwrap().to_owned();
            for (field, told) in compared["fields"].as_object().unwrap() {
                object.is_respelled |= told["state"] == "storage";
                object.has_spilt |= !told["to"].is_null() && told["from"]["spilt"].is_string();
                if told["state"] == "changed" {
                    object.changed.insert(field.clone());
                } else if told["state"] == "from" {
                    // A set has no column; Django leaves one alone that the version doesn't hold, too.
                    object.not_held.extend(told["from"]["column"].as_str().map(str::to_owned));
                }
            }
        }
        object
    }

    /// Whether reverting it changes nothing but digits that were cut off.
    pub fn is_unchanged(&self) -> bool {
        self.is_live && self.changed.is_empty() && !self.has_spilt && !self.is_respelled
    }

    /// Whether it has the row of this one: a model and its proxy have versions of their own.
    pub fn shares_row(&self, other: &Object) -> bool {
        self.is_live && other.is_live && self.table == other.table && self.key == other.key
    }

    fn has(&self, difference: &Difference) -> bool {
        self.is_live && self.table == difference.table && self.key == difference.key
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What must not be, each in a sentence.
    pub wrong: Vec<String>,
    /// What differs on purpose, by its reason and the columns.
    pub on_purpose: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

impl Verdict {
    fn note(&mut self, reason: &'static str, difference: &Difference) {
        let column = format!("{}.{}", difference.table, difference.column);
        *self.on_purpose.entry(reason).or_default().entry(column).or_default() += 1;
    }

    /// Adds another's findings.
    pub fn take(&mut self, other: Verdict) {
        self.wrong.extend(other.wrong);
        for (reason, columns) in other.on_purpose {
            for (column, count) in columns {
                *self.on_purpose.entry(reason).or_default().entry(column).or_default() += count;
            }
        }
    }

    /// The counts of what differs on purpose, a line a reason.
    pub fn summary(&self) -> String {
        let line = |(reason, columns): (&&str, &BTreeMap<String, usize>)| {
            let columns: Vec<String> = columns.iter().map(|(column, count)| format!("{column} ×{count}")).collect();
            format!("{reason}: {}", columns.join(", "))
        };
        self.on_purpose.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The same database before, after the reference, and after auditctl.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Before.
    pub before: &'a Dump,
    /// After the reference.
    pub expected: &'a Dump,
    /// After auditctl.
    pub actual: &'a Dump,
    /// What auditctl was told.
    pub profile: Profile,
}

/// Judges the rows after a revert of these objects. `expected` is what django-reversion leaves when columns that the
/// version doesn't hold keep their values.
pub fn judge(history: &History, rows: Rows<'_>, objects: &[Object]) -> Verdict {
    let mut verdict = Verdict::default();
    let found = differences(rows.expected, rows.actual);
    let same = same_values(history, &found);
    for (difference, is_same) in found.iter().zip(same) {
        let Difference { table, key, column, b, .. } = difference;
        let is_left = b.as_deref() == rows.before.cell(table, key, column);
        let is_cut = is_same == "cut" && objects.iter().any(|object| object.has(difference));
        if is_cut && is_left {
            verdict.note("left, for it differs in digits alone that serializing cuts off", difference);
        } else if is_cut && are_other_numbers(difference) {
            verdict.note(
                "a float with more digits than its decimal field has is kept whole, and Django reads the same",
                difference,
            );
        } else if is_new_pair(rows, difference) {
            verdict.note("the id of a new pair of a set", difference);
        } else if is_file_of_new_row(rows, difference) {
            verdict.note("NULL, as the path of a file that neither the version nor the profile knows", difference);
        } else if is_mirrored(rows, difference) {
            verdict.note("the other half of a symmetrical set, which only Python knows to be one", difference);
        } else {
            verdict.wrong.push(format!("{difference} (before: {:?})", rows.before.cell(table, key, column)));
        }
    }
    for difference in differences(rows.before, rows.actual) {
        let of_row: Vec<&Object> = objects.iter().filter(|object| object.has(&difference)).collect();
        if let Some(object) = of_row.first()
            && of_row.iter().all(|object| object.is_unchanged())
        {
            verdict.wrong.push(format!("{} is as the version has it, and is written: {difference}", object.name));
        }
    }
    verdict
}

/// Names the columns in which auditctl differs from django-reversion as it is: those that the versions don't hold.
pub fn judge_kept(rows: Rows<'_>, real: &Dump, objects: &[Object]) -> Verdict {
    let mut verdict = Verdict::default();
    for difference in differences(real, rows.expected) {
        let is_kept =
            difference.b.as_deref() == rows.before.cell(&difference.table, &difference.key, &difference.column);
        let object = objects.iter().find(|object| object.has(&difference));
        if is_kept && object.is_some_and(|object| object.not_held.contains(&difference.column)) {
            verdict.note("kept, for the version doesn't hold it; django-reversion resets it", &difference);
        } else {
            verdict.wrong.push(format!("the reference itself: {difference}"));
        }
    }
    verdict
}

/// Whether the cells are numbers of another value, not the same one stored otherwise.
fn are_other_numbers(difference: &Difference) -> bool {
    let number = |cell: &Option<String>| -> Option<f64> {
        let cell = cell.as_deref()?;
        cell.strip_prefix("real:").or_else(|| cell.strip_prefix("integer:"))?.parse().ok()
    };
    number(&difference.a).zip(number(&difference.b)).is_some_and(|(a, b)| a != b)
}

/// For each how the two cells are one to Django: `value`, `cut`, or not at all.
fn same_values(history: &History, found: &[Difference]) -> Vec<String> {
    let cells: Vec<Value> = found
        .iter()
        .map(|Difference { table, column, a, b, .. }| match (a, b) {
            (Some(a), Some(b)) => json!([table, column, a, b]),
            // A row is no value; neither is the column that a table doesn't have.
            _ => json!(["", "", "null", "text:"]),
        })
        .collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let answer = history.ask(&json!({"ask": "same-values", "cells": cells}));
    answer["same"].as_array().unwrap().iter().map(|same| same.as_str().unwrap_or_default().to_owned()).collect()
}

/// A row of a many-to-many set that both made, anew where it had been taken away: which of several got which id is
/// chance.
fn is_new_pair(rows: Rows<'_>, difference: &Difference) -> bool {
    let Difference { table, key, column, a, b } = difference;
    let before = rows.before.cell(table, key, column);
    let is_new = |id: &Option<String>| id.is_some() && id.as_deref() != before;
    column == "id" && key.contains(' ') && is_new(a) && is_new(b)
}

/// A row that came back with NULL in the column of a file, where Django writes an empty path: it reads both alike.
fn is_file_of_new_row(rows: Rows<'_>, difference: &Difference) -> bool {
    let Difference { table, key, column, a, b } = difference;
    let is_file = ["file", "image", "qr_image"].contains(&&**column);
    is_file
        && rows.profile == Profile::Names
        && a.as_deref() == Some("text:")
        && b.as_deref() == Some("null")
        && rows.before.cell(table, key, column).is_none()
}

/// A pair whose mirror image both have alike; or one that auditctl changed with its mirror image, since the set goes
/// both ways by what is there. Whether a set is symmetrical stands nowhere in the database: where the profile says it,
/// there is no excuse.
fn is_mirrored(rows: Rows<'_>, difference: &Difference) -> bool {
    let sets = ["zoo_animal_friends", "zoo_species_kin", "zoo_species_predators"];
    if rows.profile == Profile::Everything || difference.column != ROW || !sets.contains(&&*difference.table) {
        return false;
    }
    let Some((one, other)) = difference.key.split_once(' ') else { return false };
    let mirrored = format!("{other} {one}");
    let is_in = |dump: &Dump, key: &str| dump.cell(&difference.table, key, "id").is_some();
    let is_alike = is_in(rows.expected, &mirrored) == is_in(rows.actual, &mirrored);
    let goes_both_ways = is_in(rows.actual, &mirrored) == is_in(rows.actual, &difference.key);
    one != other && is_alike && (goes_both_ways || difference.table != "zoo_species_predators")
}

/// What differs between before and after; nothing but equal values may, when a revert was undone.
pub fn judge_undone(history: &History, before: &Dump, after: &Dump) -> Vec<String> {
    let found = differences(before, after);
    let same = same_values(history, &found);
    let id_of_pair = |difference: &Difference| difference.column == "id" && difference.key.contains(' ');
    let wrong = found.iter().zip(same).filter(|(difference, is_same)| is_same.is_empty() && !id_of_pair(difference));
    wrong.map(|(difference, _)| format!("not undone: {difference}")).collect()
}
