//! Entries that hold secrets in the clear: how many, and where they come from. Never the secrets.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{Findings, Patient, State, counted};
use crate::audit::{Entry, Redactor, request_line};
use crate::output::grouped;
use crate::query::{Filter, Ordering, Page, fold_ids};
use crate::shell;
use crate::store::{Block, Encode, Encoder, Selection, Wanted};

/// How many places are shown.
const SHOWN: usize = 10;
/// How many are told apart: clients choose paths, and memory has an end.
const TOLD_APART: usize = 10_000;
/// What an entry is marked with that holds a secret.
const TOLD: i64 = 1;

/// Marks entries that hold secrets, and writes where those come from.
struct Search<'a>(&'a Redactor);

impl Encode for Search<'_> {
    fn begin(&self) -> Encoder<'_> {
        Box::new(|entry, out| self.place(entry, out))
    }
}

impl Search<'_> {
    fn place(&self, entry: &Entry<&str>, out: &mut Vec<u8>) -> i64 {
        let texts = [entry.details, entry.action];
        if !texts.into_iter().flatten().any(|text| self.0.is_told_in(text)) {
            return 0;
        }
        let action = entry.action.unwrap_or_default();
        match request_line(action) {
            Some((method, path)) => {
                out.extend_from_slice(method.as_bytes());
                out.push(b' ');
                fold_ids(path.as_bytes(), out);
            }
            None => {
                out.extend_from_slice(action.as_bytes());
                out.push(b' ');
                out.extend_from_slice(entry.model.unwrap_or_default().as_bytes());
            }
        }
        TOLD
    }
}

/// Where entries with secrets come from.
#[derive(Default)]
struct Places {
    counts: HashMap<Box<[u8]>, u64>,
    /// Those of places that were too many to tell apart.
    elsewhere: u64,
    all: u64,
    looked_at: u64,
}

impl Places {
    fn add(&mut self, block: &Block) {
        let mut begin = 0;
        for entry in &block.entries {
            self.looked_at += 1;
            if entry.mark == TOLD {
                self.count(&block.bytes[begin..entry.end]);
            }
            begin = entry.end;
        }
    }

    fn count(&mut self, place: &[u8]) {
        self.all += 1;
        let is_full = self.counts.len() >= TOLD_APART;
        match self.counts.get_mut(place) {
            Some(count) => *count += 1,
            None if is_full => self.elsewhere += 1,
            None => drop(self.counts.insert(place.into(), 1)),
        }
    }
}

pub(super) fn check(patient: &mut Patient<'_>, findings: &mut Findings) {
    let keys = &patient.settings.redact;
    let redactor = Redactor::new(&keys.add, &keys.remove);
    let Some((store, progress)) = patient.store(findings) else { return };
    let last = match store.horizon() {
        Ok(horizon) => horizon.settled.unwrap_or(0),
        Err(error) => return findings.unanswered(&error),
    };
    let selection = Selection {
        filter: Filter::everything(),
        ordering: Ordering::by_id(),
        page: Page::ALL,
        wanted: Wanted { details: true, username: false },
    };
    let (mut places, mut first) = (Places::default(), None);
    let read = store.select_encoded(&selection, &Search(&redactor), &mut |block| {
        places.add(&block);
        if let (Some(begin), Some(end)) = (block.entries.first(), block.entries.last()) {
            let first = *first.get_or_insert(begin.id);
            progress(end.id.abs_diff(first), last.abs_diff(first));
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        return findings.unanswered(&error);
    }
    report(&places, &redactor, findings);
}

fn report(places: &Places, redactor: &Redactor, findings: &mut Findings) {
    let looked_at = counted(places.looked_at, "entry");
    if places.all == 0 {
        return findings.ok(format!("{looked_at} looked at, and none holds a secret in the clear"));
    }
    let hold = if places.all == 1 { "holds" } else { "hold" };
    let message = format!(
        "{} of {looked_at} {hold} secrets in the clear (auditctl masks them in what it shows, the table does not)",
        grouped(places.all)
    );
    let remedy = "mask them in the service's middleware before it writes the row; and change the passwords and tokens \
                  that are in the table already";
    findings.add(State::Warn, None, message, Some(remedy.to_owned()));
    let mut sorted: Vec<(&[u8], u64)> = places.counts.iter().map(|(place, count)| (&**place, *count)).collect();
    sorted.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    for (place, count) in sorted.iter().take(SHOWN) {
        let place = String::from_utf8_lossy(place);
        let shown = redactor.text(&place);
        // No command for a path that holds a secret itself, or what nobody could paste.
        let command = request_line(&place).filter(|_| shown == place).and_then(|(method, path)| {
            let glob = path.split('/').map(as_glob).collect::<Vec<_>>().join("/");
            Some(format!("auditctl list --method {} --path {}", shell::word(method)?, shell::quoted(glob)?))
        });
        findings.add(State::Warn, Some(&shown), counted(*count, "entry"), command);
    }
    let rest: u64 = sorted.iter().skip(SHOWN).map(|(_, count)| count).sum::<u64>() + places.elsewhere;
    if rest > 0 {
        let message = format!("{} of other endpoints", counted(rest, "entry"));
        findings.add(State::Warn, None, message, None);
    }
}

/// A part of a folded path as `--path` takes it.
fn as_glob(part: &str) -> String {
    if part == ":id" {
        return "*".to_owned();
    }
    part.chars().flat_map(|c| "*?[]\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
