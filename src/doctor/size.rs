//! How large the database is, how fast it grows, and how long there is room for it.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use super::{Findings, Patient, State, counted, first_entry};
use crate::logs::filesystem::FileSystem;
use crate::output::{bytes, grouped};
use crate::query::{Filter, Ordering, Page, Test};
use crate::store::{Block, Encode, Encoder, Selection, Store, StoreError, Wanted};

/// Growth is measured over so many days at most.
const DAYS: i64 = 28;
/// What an entry takes beside its texts: the row's other columns and the entries in indexes.
const BESIDE_TEXT: usize = 64;
/// Room for fewer days than that should be looked at.
const FEW_DAYS: f64 = 30.0;
/// Room for fewer days than that is a failure.
const NO_DAYS: f64 = 2.0;

pub(super) fn check(patient: &mut Patient<'_>, findings: &mut Findings) {
    let now = patient.settings.now.value;
    let Some((health, _)) = patient.health(findings) else { return };
    let (size, path) = match health.size() {
        Ok(size) => (size, health.file().map(Path::to_owned)),
        Err(error) => return findings.unanswered(&error),
    };
    let room = path.as_deref().and_then(|path| FileSystem::of(File::open(path.parent()?).ok()?).ok());
    let mut parts = vec![bytes(size)];
    let mut days = None;
    if let Ok(store) = health.store() {
        match growth(store, now) {
            Ok(growth) => {
                let table = store.audit_table();
                parts.push(format!("{} in {table}", counted(growth.all, "entry")));
                if let Some(a_day) = growth.a_day() {
                    parts.push(format!(
                        "{} a day in the last {}, which take about {} a day",
                        rate(a_day.entries),
                        counted(growth.days.ceil() as u64, "day"),
                        bytes(a_day.bytes as u64)
                    ));
                    days = room.as_ref().map(|room| room.room as f64 / a_day.bytes.max(1.0));
                }
            }
            Err(error) => return findings.unanswered(&error),
        }
    }
    if let Some(room) = &room {
        let lasts = days.map(|days| format!(", which lasts {}", lasting(days))).unwrap_or_default();
        parts.push(format!("room for {} more{lasts}", bytes(room.room)));
    }
    let few = days.is_some_and(|days| days < FEW_DAYS) || room.as_ref().is_some_and(|room| room.room == 0);
    let state = match (few, days) {
        (false, _) => State::Ok,
        (true, Some(days)) if days >= NO_DAYS => State::Warn,
        (true, _) => State::Fail,
    };
    let remedy = path.filter(|_| few).map(|path| {
        format!(
            "make room on the disk of {}; old entries can be kept elsewhere: auditctl export --until {} --to \
             audit.ndjson.zst --manifest",
            path.parent().unwrap_or(Path::new("/")).display(),
            (now - Duration::days(365)).date_naive()
        )
    });
    findings.add(state, None, parts.join("; "), remedy);
}

/// What was written in the last weeks.
struct Growth {
    /// How many entries there are.
    all: u64,
    /// How many of them were written in those days.
    entries: u64,
    /// About how many bytes these take.
    bytes: f64,
    /// How many days that is.
    days: f64,
}

struct ADay {
    entries: f64,
    bytes: f64,
}

impl Growth {
    fn a_day(&self) -> Option<ADay> {
        let is_measured = self.entries > 0 && self.days >= 1.0;
        is_measured.then(|| ADay { entries: self.entries as f64 / self.days, bytes: self.bytes / self.days })
    }
}

/// Marks each entry with the bytes it takes, and writes nothing.
struct Weigh;

impl Encode for Weigh {
    fn begin(&self) -> Encoder<'_> {
        Box::new(|entry, _| {
            let texts = [entry.action, entry.model, entry.details];
            let texts: usize = texts.into_iter().flatten().map(str::len).sum();
            i64::try_from(texts + BESIDE_TEXT).unwrap_or(i64::MAX)
        })
    }
}

fn growth(store: &mut dyn Store, now: DateTime<Utc>) -> Result<Growth, StoreError> {
    let all = store.count(&Filter::everything())?;
    let since = now - Duration::days(DAYS);
    // The table may be younger than that.
    let first = first_entry(store, Filter::everything(), Ordering::by_id())?.map(|(_, at)| at);
    let begin = first.map_or(since, |first| first.max(since));
    let days = (now - begin).num_seconds() as f64 / 86_400.0;
    let of_those_days = Filter::All(vec![Filter::Test(Test::Since(begin)), Filter::Test(Test::Until(now))]);
    let (mut entries, mut bytes) = (0, 0.0);
    let selection = Selection {
        filter: of_those_days,
        ordering: Ordering::by_id(),
        page: Page::ALL,
        wanted: Wanted { details: true, username: false },
    };
    store.select_encoded(&selection, &Weigh, &mut |block: Block| {
        entries += block.entries.len() as u64;
        bytes += block.entries.iter().map(|entry| entry.mark as f64).sum::<f64>();
        ControlFlow::Continue(())
    })?;
    Ok(Growth { all, entries, bytes, days })
}

/// `0.3 entries`, `17 entries`, `12,345 entries`.
fn rate(entries: f64) -> String {
    if entries < 9.95 {
        format!("{entries:.1} entries")
    } else {
        format!("{} entries", grouped(entries.round() as u64))
    }
}

fn lasting(days: f64) -> String {
    match days {
        days if days < 1.0 => "less than a day".to_owned(),
        days if days < 800.0 => counted(days as u64, "day"),
        days if days < 36_500.0 => format!("{} years", (days / 365.25) as u64),
        _ => "more than a century".to_owned(),
    }
}
