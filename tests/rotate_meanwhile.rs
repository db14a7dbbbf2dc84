//! A rotation beside others who are at work in the folder, and the run that finishes one that died after what they did:
//! they pack backups, rotate as well, remove and restore files, or leave an intent of their own.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use auditctl::logs::rotate::intent::{part_name, stale_front};
use auditctl::logs::rotate::{Folder, Intent, Method};
use common::crash::{Fault, Faulty, LOG, Story};
use common::cutting;
use common::disk::{Stepped, Steps};
use common::logs::intent;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

/// The copy is packed before the log was cut: as one that is unpacked here, and as one that nobody here can read.
#[test]
fn a_copy_that_was_packed_is_a_copy() {
    let Some(place) = cutting::folder() else { return };
    for (ending, is_known) in [("gz", true), ("zst", true), ("xz", false), ("gz", false)] {
        let dead = (0..).map(|step| {
            let story = Story::new(&place.path().join(format!("{ending} {is_known} {step}")), 9000);
            let _ = story.rotate(Method::Collapse, &Faulty::new(&story.folder, Fault::Dies, step), 5);
            story
        });
        // The copy has its name, and the log is not cut yet.
        let is_stale = |log: &Path| stale_front(&File::open(log).unwrap(), &Intent::beside(log)?);
        let mut dead = dead.skip_while(|story| {
            is_stale(&story.path.join(LOG)).is_none() || story.path.join(part_name(OsStr::new(LOG))).exists()
        });
        let mut story = dead.next().unwrap();
        let (log, backup) = (story.path.join(LOG), story.path.join("audit.log.1"));
        let bytes = fs::read(&backup).unwrap();
        fs::remove_file(&backup).unwrap();
        let other = story.path.join(format!("audit.log.1.{ending}"));
        let text = match (ending, is_known) {
            ("gz", true) => packed(&bytes),
            ("zst", true) => zstd::stream::encode_all(&bytes[..], 1).unwrap(),
            // Not to its end.
            ("gz", false) => packed(&bytes)[..1000].to_vec(),
            _ => b"\xfd7zXZ\0 and so on".to_vec(),
        };
        fs::write(&other, text).unwrap();
        story.write();
        let before = fs::read(&log).unwrap();
        let finished = story.finish(&story.folder);
        if ending == "xz" {
            let refused = finished.unwrap_err();
            let name = other.display();
            assert_eq!(
                refused.to_string(),
                format!(
                    "{}: a rotation was interrupted, and {name} may be the backup of what it has to cut off",
                    log.display()
                )
            );
            assert!(fs::read(&log).unwrap() == before);
            fs::write(&backup, &bytes).unwrap();
            story.finish(&story.folder).unwrap();
        } else {
            assert!(finished.unwrap());
            fs::remove_file(&other).unwrap();
            if is_known {
                fs::write(&backup, &bytes).unwrap();
            }
        }
        story.check(ending);
        story.is_clean(ending);
    }
}

/// What others do in the folder between a crash and the next run.
#[test]
fn what_others_did_meanwhile_is_respected() {
    let Some(place) = cutting::folder() else { return };
    let mut stories = 0;
    type Meanwhile = fn(&mut Story) -> bool;
    let others: [(&str, Meanwhile); 5] = [
        // Perhaps while the copy was not used yet.
        ("the newest backup is packed", |story| {
            let backup = story.path.join("audit.log.1");
            let Ok(bytes) = fs::read(&backup) else { return false };
            fs::write(story.path.join("audit.log.1.gz"), packed(&bytes)).unwrap();
            fs::remove_file(backup).is_ok()
        }),
        // The service's own handler came to its limit.
        ("the service rotates", |story| {
            story.service_rotates();
            true
        }),
        // Somebody tidied up, where the copy has no name yet.
        ("the copy is removed", |story| fs::remove_file(story.path.join(".audit.log.part")).is_ok()),
        // The log was restored from elsewhere, under another number.
        ("the log is another file", |story| {
            let (log, copy) = (story.path.join(LOG), story.path.join("copy"));
            // In a copy, a hole that a cut left is no hole any more.
            if fs::read(&log).unwrap().contains(&0) {
                return false;
            }
            fs::copy(&log, &copy).unwrap();
            fs::rename(&copy, &log).unwrap();
            story.writer = File::options().append(true).open(log).unwrap();
            true
        }),
        // A crash of the machine left half of what was intended.
        ("the intent is torn", |story| {
            let intent = story.path.join(".audit.log.rotating");
            let log = File::open(story.path.join(LOG)).unwrap();
            let is_stale = Intent::beside(&story.path.join(LOG)).is_some_and(|it| stale_front(&log, &it).is_some());
            // Never after the stamp: it was made durable before.
            let is_cut = fs::read(story.path.join(LOG)).unwrap().contains(&0);
            !is_stale
                && !is_cut
                && fs::read(&intent).is_ok_and(|text| fs::write(&intent, &text[..text.len() / 2]).is_ok())
        }),
    ];
    for (what, meanwhile) in others {
        for first in 0.. {
            let when = format!("died at step {first}, then {what}");
            let mut story = Story::new(&place.path().join(format!("{what} {first}")), 9000);
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate(Method::Collapse, &dying, 9);
            if !dying.dead.get() {
                break;
            }
            if meanwhile(&mut story) {
                stories += 1;
                story.write();
                story.finish_well();
                story.check(&when);
                story.is_clean(&when);
            }
            story.forget();
        }
    }
    assert!(stories > 60, "{stories}");
}

/// Between a death of copytruncate and the next run, the service's own handler rotates, or the log goes.
#[test]
fn what_others_did_to_a_copy_meanwhile_is_respected() {
    let Some(place) = cutting::folder() else { return };
    for is_removed in [false, true] {
        for first in 0.. {
            let when = format!("died at step {first}, the log is removed: {is_removed}");
            let mut story = Story::new(&place.path().join("one"), 9000);
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate(Method::Copytruncate, &dying, 9);
            if !dying.dead.get() {
                story.forget();
                break;
            }
            let path = |name: &str| story.path.join(name);
            let is_copied = (1..6).any(|number| {
                fs::read(path(&format!("audit.log.{number}")))
                    .is_ok_and(|text| text.starts_with(b"6\n") && text.len() > 8000)
            });
            if is_removed {
                fs::remove_file(path(LOG)).unwrap();
                story.reopen();
            } else {
                story.service_rotates();
            }
            story.write();
            story.finish_well();
            if !is_removed || is_copied {
                story.check(&when);
            }
            story.is_clean(&when);
            story.forget();
        }
    }
}

/// An intent that was not this program's: it may ask for anything.
#[test]
fn an_intent_of_somebody_else_does_no_harm() {
    let Some(place) = cutting::folder() else { return };
    let story = Story::new(&place.path().join("one"), 9000);
    let log = File::options().read(true).write(true).open(story.path.join(LOG)).unwrap();
    let size = log.metadata().unwrap().len();
    for (length, cut) in [(20_000, 16_384), (9000, 8192 + 4096), (9000, 32), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        let intent = intent(length, cut, 0, &[b'0'; 64]);
        let mut front = vec![0; intent.stamp().len()];
        log.read_exact_at(&mut front, 0).unwrap();
        fs::write(story.path.join(".audit.log.rotating"), intent.text().unwrap()).unwrap();
        fs::write(story.path.join(".audit.log.part"), "x\n").unwrap();
        log.write_all_at(&intent.stamp(), 0).unwrap();
        let refused = story.finish(&story.folder).unwrap_err().to_string();
        assert!(refused.contains("cannot be read") || refused.contains("a rotation was interrupted"), "{refused}");
        assert_eq!(log.metadata().unwrap().len(), size);
        log.write_all_at(&front, 0).unwrap();
    }
    // More to blank than ever lies between two blocks: no memory is taken for it.
    log.set_len(1 << 40).unwrap();
    let intent = intent((1 << 40) - 1, 0, 0, &[b'0'; 64]);
    fs::write(story.path.join(".audit.log.rotating"), intent.text().unwrap()).unwrap();
    let mut front = vec![0; intent.stamp().len()];
    log.read_exact_at(&mut front, 0).unwrap();
    log.write_all_at(&intent.stamp(), 0).unwrap();
    let refused = story.finish(&story.folder).unwrap_err().to_string();
    assert!(refused.contains("cannot be read"), "{refused}");
    log.write_all_at(&front, 0).unwrap();
    log.set_len(size).unwrap();
    fs::write(story.path.join(".audit.log.rotating"), "torn").unwrap();
    assert!(!story.finish(&story.folder).unwrap());
    story.is_clean("the front is not stamped: nothing had been done");
    story.check("after all of them");
}

/// A folder in which somebody else puts another file in the log's place as soon as something is made like it.
struct Replacing<'f> {
    inner: &'f Folder,
    log: PathBuf,
}

impl Steps for Replacing<'_> {
    fn folder(&self) -> &Folder {
        self.inner
    }

    fn step<T>(&self, what: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let aside = self.log.with_extension("aside");
        if what == "adopt" && !aside.exists() {
            fs::rename(&self.log, aside)?;
            fs::write(&self.log, "new\n")?;
        }
        make()
    }
}

#[test]
fn a_log_that_is_replaced_while_it_is_copied_is_not_cut() {
    let Some(place) = cutting::folder() else { return };
    let story = Story::new(&place.path().join("one"), 9000);
    let before = story.read();
    let replacing = Stepped(Replacing { inner: &story.folder, log: story.path.join(LOG) });
    let refused = story.rotate(Method::Copytruncate, &replacing, 5).unwrap_err().to_string();
    assert!(refused.ends_with("it was replaced or cut short while it was copied; nothing has changed"), "{refused}");
    story.is_clean("nothing has changed");
    assert_eq!(fs::read(story.path.join(LOG)).unwrap(), b"new\n");
    fs::rename(story.path.join("audit.aside"), story.path.join(LOG)).unwrap();
    assert_eq!(story.read(), before);
}
