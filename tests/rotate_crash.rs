//! A rotation that dies or fails at any of its steps loses no line and leaves none twice, whenever the next run comes.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use auditctl::logs::filesystem::FileSystem;
use auditctl::logs::rotate::intent::{intent_name, part_name};
use auditctl::logs::rotate::{Disk, Folder, Method, Rotation};
use common::crash::{Fault, Faulty, LOG, METHODS, Story};
use common::logs::intent;
use common::{TestEnv, cutting};

/// Less than a block, a block, a block and a little, a few; with a line break at the end of the block and without.
const SIZES: [usize; 8] = [2, 20, 200, 4096, 4097, 8192, 9000, 20_000];

/// What a method asks of the service: after a rename, it opens its log again.
fn write(story: &mut Story, method: Method) {
    if method == Method::Rename {
        story.reopen();
    }
    story.write();
}

/// A rotation that dies at one step, and the run that finishes it at another, if they come to it: how many died. Whether
/// somebody appends to what they left makes a difference.
fn die_twice(place: &Path, method: Method, size: usize, at: [usize; 2], is_written: bool) -> usize {
    let [first, second] = at;
    let when = format!("{method:?}, {size} bytes, died at step {first}, then at step {second}, written: {is_written}");
    let mut story = Story::new(&place.join("one"), size);
    // A copy that was named and not cut has the same lines as the log: only by the other methods, until the next run.
    let check = |story: &Story| {
        if method == Method::Collapse {
            story.check(&when);
        }
    };
    let dying = Faulty::new(&story.folder, Fault::Dies, first);
    let rotated = story.rotate(method, &dying, 5);
    let mut deaths = 0;
    if dying.dead.get() {
        check(&story);
        if is_written {
            write(&mut story, method);
        }
        let dying = Faulty::new(&story.folder, Fault::Dies, second);
        let finished = story.finish(&dying);
        assert!(finished.is_ok() || dying.dead.get(), "{when}: {finished:?}");
        deaths = 1 + usize::from(dying.dead.get());
        check(&story);
        if is_written || method == Method::Collapse {
            write(&mut story, method);
        }
        story.finish_well();
    } else {
        rotated.unwrap();
    }
    story.check(&when);
    story.is_clean(&when);
    story.reopen();
    story.write();
    story.check(&when);
    let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
    assert!(story.rotate(method, &healthy, 5).unwrap(), "{when}");
    story.reopen();
    story.check(&when);
    story.is_clean(&when);
    story.forget();
    deaths
}

#[test]
fn dies_at_each_step_and_again_while_it_is_finished() {
    let Some(place) = cutting::folder() else { return };
    for method in METHODS {
        let (sizes, least) = if method == Method::Collapse { (&SIZES[..], 20) } else { (&[20, 200_000][..], 10) };
        let mut deaths = 0;
        for &size in sizes {
            for first in 0.. {
                let mut most = 0;
                for second in 0.. {
                    // Both ways one after the other, where each way would take its time.
                    let ways = if method == Method::Collapse { &[second % 2 == 0][..] } else { &[false, true] };
                    let died = ways
                        .iter()
                        .map(|&is_written| die_twice(place.path(), method, size, [first, second], is_written));
                    let died: Vec<usize> = died.collect();
                    deaths += died.iter().sum::<usize>();
                    most = died.into_iter().max().unwrap();
                    if most < 2 {
                        break;
                    }
                }
                if most == 0 {
                    assert!(first >= least, "{method:?}, {size} bytes: a rotation has only {first} steps");
                    break;
                }
            }
        }
        assert!(deaths > if method == Method::Collapse { 1000 } else { 250 }, "{method:?}: {deaths}");
    }
}

/// No room, or a disk that fails: all is as it was, or half done and the next run finishes it, as the message says.
#[test]
fn an_error_at_each_step_loses_nothing_and_is_told_truly() {
    let Some(place) = cutting::folder() else { return };
    for method in METHODS {
        let (mut unchanged, mut unfinished) = (0, 0);
        let codes = [rustix::io::Errno::NOSPC, rustix::io::Errno::IO].map(|errno| errno.raw_os_error());
        for (code, size) in codes.into_iter().flat_map(|code| SIZES.map(|size| (code, size))) {
            for step in 0.. {
                let when = format!("{method:?}, {size} bytes, error {code} at step {step}");
                let mut story = Story::new(&place.path().join("one"), size);
                let before = story.read();
                let failing = Faulty::new(&story.folder, Fault::Error(code), step);
                let rotated = story.rotate(method, &failing, 5);
                let came_to_it = failing.steps.get() > step;
                match rotated {
                    Ok(_) => assert!(!came_to_it, "{when}: nobody noticed"),
                    Err(error) if error.is_unfinished() => unfinished += 1,
                    Err(_) => {
                        unchanged += 1;
                        assert_eq!(story.read(), before, "{when}");
                        story.is_clean(&when);
                    }
                }
                write(&mut story, method);
                // The same goes wrong in the run that finishes it; then it does not.
                let _ = story.finish(&Faulty::new(&story.folder, Fault::Error(code), step % 5));
                if method == Method::Collapse {
                    story.check(&when);
                }
                story.finish_well();
                story.reopen();
                story.write();
                story.check(&when);
                story.is_clean(&when);
                story.forget();
                if !came_to_it {
                    break;
                }
            }
        }
        assert!(unchanged > 100 && unfinished > 100, "{method:?}: {unchanged} unchanged, {unfinished} half done");
    }
}

/// With few backups kept or none, the oldest lines go, and no others, wherever it dies.
#[test]
fn what_is_beyond_the_number_to_keep_goes_once() {
    let Some(place) = cutting::folder() else { return };
    for (method, keep) in METHODS.into_iter().flat_map(|method| [(method, 0), (method, 1), (method, 2)]) {
        for first in 0.. {
            let when = format!("{method:?}, {keep} kept, died at step {first}");
            let mut story = Story::new(&place.path().join("one"), 9000);
            // Two backups of three lines before; without a backup, all that was there goes.
            let gone = [story.next, 6, 3][usize::try_from(keep).unwrap()];
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate(method, &dying, keep);
            let lived = !dying.dead.get();
            if method == Method::Collapse {
                story.write();
            }
            story.finish_well();
            story.reopen();
            story.write();
            let numbers = story.numbers();
            let from = |gone: &usize| (*gone..story.next).collect::<Vec<_>>();
            // The other methods may have removed what is beyond the number, and no more.
            let may_be_gone = if method == Method::Collapse { vec![0, gone] } else { vec![0, 3, 6, gone] };
            assert!(may_be_gone.iter().any(|gone| numbers == from(gone)), "{when}: {numbers:?}");
            assert!(!lived || numbers == from(&gone), "{when}");
            story.is_clean(&when);
            story.forget();
            if lived {
                break;
            }
        }
    }
}

/// A log without a limit: whoever rotated it by hand and died is followed by a run that names no limit, and finishes.
#[test]
fn the_program_finishes_logs_without_a_limit_too() {
    let Some(place) = cutting::folder() else { return };
    let env = TestEnv::within(place);
    let folder = env.path("logs");
    let name = OsStr::new("nginx.log");
    let (log, backup) = (folder.join(name), folder.join("nginx.log.1"));
    let (mut by_folder, mut by_name, mut lived) = (0, 0, false);
    for step in 0.. {
        let when = format!("died at step {step}");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let text: String = (0..3000).map(|number| format!("{number}\n")).collect();
        fs::write(&log, &text).unwrap();
        let inner = Folder::open(&folder, name, false).unwrap();
        let dying = Faulty::new(&inner, Fault::Dies, step);
        let system = FileSystem { name: "any".into(), can_cut: true, room: u64::MAX };
        let file = inner.open(name, true).unwrap();
        let rotation = Rotation { disk: &dying, log: name, path: log.clone() };
        let _ = rotation.collapse(&file, &system, 5);
        if !dying.dead.get() {
            lived = true;
            break;
        }
        let is_left = [intent_name(name), part_name(name)].iter().any(|left| folder.join(left).exists());
        // With the folder's name, only what an intent speaks of; with its own, a copy that was hardly begun as well.
        let line = if step % 2 == 0 { "rotate --log-dir logs -o ndjson" } else { "rotate logs/nginx.log -o ndjson" };
        if step % 2 == 0 || is_left {
            let ran = env.run(line);
            assert_eq!(ran.status, 0, "{when}: {ran}");
            let finished = ran.to_string().contains("\"action\":\"finished\"");
            (by_folder, by_name) =
                (by_folder + i32::from(finished && step % 2 == 0), by_name + i32::from(finished && step % 2 == 1));
            assert!(!folder.join(intent_name(name)).exists(), "{when}: {ran}");
        }
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let now = read(&backup) + read(&log).trim_start_matches('\n');
        assert!(now == text, "{when}: {} bytes, not {}", now.len(), text.len());
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(lived && by_folder >= 3 && by_name >= 3, "{by_folder} by the folder, {by_name} by name");
}

/// A cut that was interrupted before the size was changed, where the hole lies in each way to the blocks.
#[test]
fn a_hole_where_the_log_ended_is_taken_out_and_no_line_is_torn() {
    let Some(place) = cutting::folder() else { return };
    let (mut blocks, mut within) = (0, 0);
    for rest in [1000, 4096, 4097, 8191, 12_288, 21_808] {
        for (last, first) in
            [("", ""), ("", "next\n"), ("half a l", "ine\n"), ("\n", "\0\0 next\n"), ("", &*"next\n".repeat(3000))]
        {
            for cut in [8192, 12_288, 81_920] {
                let when = format!("{rest} bytes, {cut} cut, {last:?} before and {} bytes behind", first.len());
                let mut story = Story::new(&place.path().join(when.replace(['\n', '\0'], "_")), 100);
                let log = story.path.join(LOG);
                let text: String = (0..).map(|number| format!("{number}\n")).take(rest).collect();
                let text = &text[..rest - last.len() - 1];
                let front = format!("{text}\n{last}");
                // As the kernel leaves it: what was behind the cut is moved, and the size the same.
                fs::write(&log, &front).unwrap();
                File::options().write(true).open(&log).unwrap().set_len((rest + cut) as u64).unwrap();
                story.writer.write_all(first.as_bytes()).unwrap();
                let (length, inode) = (cut as u64, fs::metadata(&log).unwrap().ino());
                let intent = intent(length, length, inode, &[b'0'; 64]);
                fs::write(story.path.join(intent_name(OsStr::new(LOG))), intent.text().unwrap()).unwrap();
                let mut appended = first.len();
                // Dead at each step, and then finished by somebody else.
                for step in 0.. {
                    let dying = Faulty::new(&story.folder, Fault::Dies, step);
                    let _ = story.finish(&dying);
                    if !dying.dead.get() {
                        break;
                    }
                    if step % 2 == 1 && last.is_empty() {
                        story.writer.write_all(b"meanwhile\n").unwrap();
                        appended += 10;
                    }
                }
                story.is_clean(&when);
                let bytes = fs::read(&log).unwrap();
                let zeros = bytes.iter().filter(|byte| **byte == 0).count();
                let lines = |bytes: &[u8]| -> Vec<String> {
                    let text = String::from_utf8(bytes.iter().copied().filter(|byte| *byte != 0).collect()).unwrap();
                    text.lines().filter(|line| !line.is_empty() && *line != "meanwhile").map(str::to_owned).collect()
                };
                assert_eq!(lines(&bytes), lines(format!("{front}{first}").as_bytes()), "{when}");
                // Each death takes at most a block from what can be cut out.
                let left = bytes.len() - (rest + appended);
                let own = first.bytes().filter(|byte| *byte == 0).count();
                assert!(zeros == own || (last.starts_with('h') && zeros <= left), "{when}: {zeros} zeros");
                assert!(left <= 12_288 || left <= cut / 4, "{when}: {left} bytes are left of the hole");
                blocks += usize::from(left < cut);
                within += usize::from(zeros > own);
                story.forget();
            }
        }
    }
    assert!(blocks > 40 && within > 4, "{blocks} were cut, {within} lie within a line");
}

/// Zeros that no cut of this rotation left.
#[test]
fn zeros_that_the_intent_does_not_explain_stay() {
    let Some(place) = cutting::folder() else { return };
    // Written, not a hole; a hole that is longer, and one that is shorter; one in another file.
    for (at, (written, hole, is_other)) in
        [(8192, 0, false), (0, 12_288 + 4096, false), (0, 4096, false), (0, 8192, true)].into_iter().enumerate()
    {
        let mut story = Story::new(&place.path().join(at.to_string()), 100);
        let log = story.path.join(LOG);
        fs::write(&log, [&b"first\n".repeat(4096)[..8192], &vec![0; written]].concat()).unwrap();
        let file = File::options().write(true).open(&log).unwrap();
        file.set_len((8192 + written + hole) as u64).unwrap();
        story.writer.write_all(b"last\n").unwrap();
        let before = fs::read(&log).unwrap();
        let inode = file.metadata().unwrap().ino() + u64::from(is_other);
        fs::write(story.path.join(".audit.log.rotating"), intent(8192, 8192, inode, &[b'0'; 64]).text().unwrap())
            .unwrap();
        assert!(story.finish(&story.folder).unwrap());
        assert!(fs::read(&log).unwrap() == before, "{written} written, a hole of {hole}");
    }
}
