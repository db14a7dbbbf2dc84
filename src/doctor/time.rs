//! The checks of zones and clocks: are log stamps read in the zone they were written in, does anything lie in the
//! future, has a clock jumped back.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use chrono::{DateTime, Duration, FixedOffset, Utc};

use super::{Check, Findings, Opened, Patient, State, counted, first_entry};
use crate::config::{Settings, Sourced};
use crate::logs::clock::Clock;
use crate::logs::files::in_folder;
use crate::logs::grammar::begins;
use crate::logs::record::Record;
use crate::query::{Filter, Ordering, Test, Zone};
use crate::store::{Store, StoreError};

/// The checks, in their order.
pub(super) const CHECKS: &[Check] = &[Check { id: "time.zone", run: zone }, Check { id: "time.clock", run: clock }];

/// Clocks of several machines may differ by that much.
const SLACK: Duration = Duration::minutes(1);
/// A line is written as soon as it is stamped; that much may lie between, for a zone to be told by it.
const PROMPT: Duration = Duration::seconds(5);
/// All zones in use are at a multiple of that.
const QUARTER: Duration = Duration::minutes(15);
/// How much of a log's end is read to find its last record.
const TAIL: u64 = 1 << 16;

/// The last record of a log.
struct Last {
    log: String,
    /// Its stamp as if it were of UTC.
    stamp: DateTime<Utc>,
    /// Whether it says its own offset.
    has_offset: bool,
    /// When the file was written to.
    written: DateTime<Utc>,
}

/// What a log tells of the zone of its stamps.
enum Told {
    /// It is the one in which they are read.
    Agrees,
    /// It is another, at this offset.
    Other(FixedOffset),
    /// Nothing: the file was written to at another time than its last record.
    Nothing,
}

impl Last {
    fn of(path: &Path) -> Option<Self> {
        let tail = tail(path).ok()?;
        let text = String::from_utf8_lossy(&tail);
        // The first line may be torn; the last may be on its way.
        let whole = &text[text.find('\n')? + 1..=text.rfind('\n')?];
        let read = |line: &str, zone: Zone| {
            let line = line.trim_end();
            let form = begins(line.as_bytes(), None)?;
            Record::new(line, form, "", 0, 0).instant(&mut Clock::new(zone, Zone::UTC))
        };
        let another = Zone::Fixed(FixedOffset::east_opt(3600)?);
        let stamps = |line| Some((read(line, Zone::UTC)?, read(line, another)?));
        let (stamp, elsewhere) = whole.lines().rev().find_map(stamps)?;
        let written = std::fs::metadata(path).ok()?.modified().ok()?;
        let log = path.file_name()?.to_string_lossy().into_owned();
        Some(Last { log, stamp, has_offset: stamp == elsewhere, written: written.into() })
    }

    /// The instant that its stamp means, read in this zone.
    fn instant(&self, zone: Zone) -> DateTime<Utc> {
        if self.has_offset { self.stamp } else { zone.resolve(self.stamp.naive_utc()) }
    }

    fn tells(&self, zone: Zone) -> Told {
        if (self.written - self.instant(zone)).abs() <= SLACK {
            return Told::Agrees;
        }
        let ahead = self.stamp - self.written;
        let quarters = (ahead.num_seconds() as f64 / QUARTER.num_seconds() as f64).round();
        let offset = Duration::seconds(quarters as i64 * QUARTER.num_seconds());
        let is_prompt = (ahead - offset).abs() <= PROMPT && offset.abs() <= Duration::hours(14);
        match FixedOffset::east_opt(offset.num_seconds() as i32) {
            Some(offset) if is_prompt && !self.has_offset => Told::Other(offset),
            _ => Told::Nothing,
        }
    }
}

/// The end of a file, from the line break before it on.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let end = file.metadata()?.len();
    let from = end.saturating_sub(TAIL);
    let mut bytes = vec![0; usize::try_from(end - from).unwrap_or_default()];
    file.read_exact_at(&mut bytes, from)?;
    if from == 0 {
        bytes.insert(0, b'\n');
    }
    Ok(bytes)
}

/// The last record of each log.
fn last_records(settings: &Settings) -> Vec<Last> {
    let Some(folder) = &settings.log_dir else { return Vec::new() };
    let sets = in_folder(&folder.value).unwrap_or_default();
    sets.iter().filter_map(|set| Last::of(set.log.as_deref()?)).collect()
}

fn zone(patient: &mut Patient<'_>, findings: &mut Findings) {
    let settings = patient.settings;
    let (shown, read) = (&settings.zone, &settings.log_zone);
    let logs = last_records(settings);
    let mut agreeing = Vec::new();
    for last in logs.iter().filter(|last| !last.has_offset) {
        match last.tells(read.value) {
            Told::Agrees => agreeing.push(last.log.as_str()),
            Told::Other(offset) => {
                let message = format!(
                    "its last record is stamped {}, and it was written at {} UTC: the stamps are of a zone at {offset}, \
                     and are read in {}",
                    last.stamp.format("%Y-%m-%d %H:%M:%S"),
                    last.written.format("%H:%M:%S"),
                    in_words(read, last.written)
                );
                let remedy = format!(
                    "name the service's zone: --log-timezone {offset}, or service_timezone in the profile (a name, \
                     such as America/Costa_Rica, also knows summer time)"
                );
                findings.add(State::Warn, Some(&last.log), message, Some(remedy));
            }
            Told::Nothing => {}
        }
    }
    if !findings.is_empty() {
        return;
    }
    let now = settings.now.value;
    let shown = format!("times are shown in {}", in_words(shown, now));
    let read = in_words(read, now);
    match (agreeing.as_slice(), logs.iter().any(|last| !last.has_offset)) {
        ([], false) => findings.ok(format!("{shown}; log stamps would be read in {read}")),
        ([], true) if settings.log_zone.value == Zone::Machine => {
            let message = format!(
                "log stamps are read in {read}, and whether they were written in it can't be told: the logs were \
                 written to at other times than their last records say"
            );
            let remedy = "name the service's zone: --log-timezone, or service_timezone in the profile";
            findings.add(State::Warn, None, message, Some(remedy.to_owned()));
        }
        ([], true) => findings.ok(format!("{shown}; log stamps are read in {read}")),
        (logs, _) => {
            findings.ok(format!("{shown}; log stamps are read in {read}, which agrees with {}", logs.join(", ")))
        }
    }
}

/// A zone, its offset at that time, and where it comes from.
fn in_words(zone: &Sourced<Zone>, at: DateTime<Utc>) -> String {
    let offset = zone.value.at(at).offset().to_string();
    match zone.value {
        Zone::Machine => format!("the machine's zone, {offset} ({})", zone.source),
        Zone::Fixed(_) => format!("{} ({})", zone.value, zone.source),
        Zone::Named(_) => format!("{}, {offset} ({})", zone.value, zone.source),
    }
}

fn clock(patient: &mut Patient<'_>, findings: &mut Findings) {
    let settings = patient.settings;
    let (now, zone) = (settings.now.value, settings.zone.value);
    let latest = now + SLACK;
    let time = |at: DateTime<Utc>| zone.at(at).format("%Y-%m-%d %H:%M:%S %:z").to_string();
    let logs = last_records(settings);
    for last in &logs {
        let stamped = last.instant(settings.log_zone.value);
        if stamped > latest {
            let message = format!("its last record is of {}, and now it is {}", time(stamped), time(now));
            let remedy = "see whether time.zone knows why; if not, set the clock: timedatectl status";
            findings.add(State::Warn, Some(&last.log), message, Some(remedy.to_owned()));
        }
    }
    let store = match patient.opened() {
        Opened::Open(health) => health.store().ok(),
        _ => None,
    };
    let mut entries = 0;
    if let Some(store) = store {
        let table = store.audit_table().to_owned();
        match Times::of(store, latest) {
            Ok(times) => {
                entries = times.entries;
                if times.future > 0 {
                    let message = format!("{} of the future: now it is {}", counted(times.future, "entry"), time(now));
                    let remedy = format!(
                        "set the clock of the machine that wrote them (timedatectl status); they are: auditctl list \
                         --since {}",
                        latest.format("%Y-%m-%dT%H:%M:%SZ")
                    );
                    findings.add(State::Warn, Some(&table), message, Some(remedy));
                }
                if let (Some((newest, at)), Some((last, before))) = (times.newest, times.last)
                    && at - before > SLACK
                {
                    let message = format!(
                        "entry {last} was written last, at {}, but entry {newest} is of {}: a clock went back, or rows \
                         were brought in",
                        time(before),
                        time(at)
                    );
                    let remedy = "follow entries by id rather than by time, as tail and export do; see the clocks of \
                                  the machines that write: timedatectl status";
                    findings.add(State::Warn, Some(&table), message, Some(remedy.to_owned()));
                }
            }
            Err(error) => findings.unanswered(&error),
        }
    }
    if findings.is_empty() {
        match (entries, logs.len()) {
            (0, 0) => findings.skip("there is neither an entry nor a log to compare the clock with", None),
            _ => findings.ok(format!("now it is {}, and nothing is of the future", time(now))),
        }
    }
}

/// What the audit table says of clocks.
struct Times {
    entries: u64,
    /// How many entries lie in the future.
    future: u64,
    /// The newest of the others: its id and when it was written.
    newest: Option<(i64, DateTime<Utc>)>,
    /// The entry of the highest id, likewise.
    last: Option<(i64, DateTime<Utc>)>,
}

impl Times {
    fn of(store: &mut dyn Store, latest: DateTime<Utc>) -> Result<Self, StoreError> {
        let past = Filter::Test(Test::Until(latest));
        Ok(Times {
            entries: store.count(&Filter::everything())?,
            future: store.count(&Filter::Test(Test::Since(latest)))?,
            newest: first_entry(store, past.clone(), Ordering::default())?,
            last: first_entry(store, past, Ordering::by_id_descending())?,
        })
    }
}
