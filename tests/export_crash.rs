//! An incremental export that dies, at each of its steps and at any other moment: over all runs, each entry is exported
//! exactly once.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are what such a test is about")]

mod common;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auditctl::config::{Database, Size};
use auditctl::export::{Cursor, Destination, Export, ExportFormat, Layout, Names, Split, Step, Terms, settle};
use auditctl::output::{EntryCells, EntryColumn, Format, Shape};
use auditctl::query::{Filter, Page, Zone};
use auditctl::store::{self, Wanted};
use common::{TestEnv, Writer, machine};
use rustix::process::{Pid, Signal, kill_process};

/// The folder in which this process is to export, set in a run that dies.
const EXPORTS_IN: &str = "AUDITCTL_TEST_EXPORTS_IN";
/// After how many steps it dies.
const DIES_AT: &str = "AUDITCTL_TEST_DIES_AT";
/// The pattern of its files.
const TARGET: &str = "AUDITCTL_TEST_TARGET";
/// How often the killed runs are killed.
const KILLS: &str = "AUDITCTL_TEST_KILLS";

const CURSOR: &str = "entries.cursor";

#[test]
fn as_a_writer() {
    common::writer::serve();
}

/// Where this is the process of a run that dies: the library's own run, which ends at a step.
#[test]
fn as_an_export() {
    let Some(folder) = machine::path(EXPORTS_IN) else { return };
    let mut left: usize = machine::variable(DIES_AT).unwrap().parse().unwrap();
    let target = machine::variable(TARGET).unwrap();
    let mut steps = |step: Step| {
        left = left.checked_sub(1).unwrap_or_else(|| {
            println!("dies at {step:?}");
            std::process::abort()
        });
    };
    let split = target.contains("{part}").then_some(Split::Size(Size(1000)));
    let names = Names::parse(&folder.join(target), split, true).unwrap();
    let columns = EntryColumn::usual(Format::Ndjson);
    let terms = Terms {
        format: "ndjson".into(),
        columns: columns.iter().map(|column| column.name().to_owned()).collect(),
        header: true,
        timezone: "machine".into(),
        ..Terms::default()
    };
    let database = Database::Sqlite { path: folder.join("db.sqlite3") };
    let mut store = store::open(&database, None).unwrap();
    let path = folder.join(CURSOR);
    let now = common::env::NOW.parse().unwrap();
    let export = Export {
        filter: Filter::everything(),
        page: Page::ALL,
        wanted: Wanted { details: true, username: false },
        cells: EntryCells { zone: Zone::Machine, redactor: None },
        layout: Layout {
            format: ExportFormat::Rows(Format::Ndjson),
            shape: Shape {
                columns: columns.iter().map(|column| column.column()).collect(),
                header: true,
                terminal: None,
                coloured: false,
            },
            columns,
        },
        database: store.address(),
        terms: terms.clone(),
        manifest: split.map(|_| Names::parse(&folder.join("out/{first}.manifest"), None, true).unwrap()),
        force: false,
        tool: "a test".into(),
        now,
    };
    let new = Cursor::new(store.address(), store.audit_table().to_owned(), terms);
    let mut cursor = Cursor::load(&path).unwrap().unwrap_or(new);
    settle(&mut cursor, &path, now, &mut steps).unwrap();
    steps(Step::Settled);
    let destination = Destination::Files { names: &names, split };
    export.run(&mut *store, destination, Some((&path, &mut cursor)), &mut steps, &mut |_, _| {}, &|| false).unwrap();
}

/// Runs [`as_an_export`]; the step at which it died, or None where it came to its end.
fn dying(folder: &Path, target: &str, steps: usize) -> Option<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "as_an_export", "--nocapture"])
        .env(EXPORTS_IN, folder)
        .env(TARGET, target)
        .env(DIES_AT, steps.to_string())
        .env("TZ", "CST6")
        .output()
        .unwrap();
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let at = said.lines().find_map(|line| line.rsplit_once("dies at ")).map(|(_, at)| at.to_owned());
    Some(at.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr))))
}

/// The ids in all exported files, in the order of the files' first ids; nothing else may be left there.
fn exported(folder: &Path) -> Vec<i64> {
    let mut files: Vec<Vec<i64>> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".manifest") {
            continue;
        }
        assert!(name.ends_with(".ndjson.gz") || name.ends_with(".ndjson"), "{name} was left behind");
        let mut text = String::new();
        let file = fs::File::open(&path).unwrap();
        if name.ends_with(".gz") {
            flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            { file }.read_to_string(&mut text).unwrap();
        }
        let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_i64().unwrap();
        files.push(text.lines().map(id).collect());
    }
    files.sort();
    files.concat()
}

fn ids(env: &TestEnv) -> Vec<i64> {
    let connection = env.connect();
    let mut statement = connection.prepare("SELECT id FROM api_auditlog ORDER BY id").unwrap();
    let ids = statement.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

const ONE_MORE: &str =
    "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 21:33:00.000001', 'created', 'payments');";

#[test]
fn at_each_step() {
    for target in ["out/{first}-{last}.ndjson.gz", "out/{first}-{part}.ndjson"] {
        let mut died = Vec::new();
        for steps in 0.. {
            let env = TestEnv::with_story();
            fs::create_dir(env.path("out")).unwrap();
            let folder = env.path("");
            // A run that went well, new entries, the run that dies, and more of them.
            assert_eq!(dying(&folder, target, usize::MAX), None);
            env.sql(&ONE_MORE.repeat(40));
            let Some(at) = dying(&folder, target, steps) else { break };
            env.sql(ONE_MORE);
            let again = dying(&folder, target, usize::MAX);
            assert_eq!(again, None, "{target} after a death at {at}");
            assert_eq!(exported(&env.path("out")), ids(&env), "{target} after a death at {at}");
            assert_eq!(Cursor::load(&env.path(CURSOR)).unwrap().unwrap().exported, 59);
            died.push(at);
        }
        println!("{target}: died at {}", died.join(", "));
        for step in ["Settled", "Writing", "Written", "Noted", "Named", "Published", "Moved"] {
            assert!(died.iter().any(|at| at == step), "{target}: never died at {step}");
        }
    }
}

/// A death while the next run finishes what one that died has left.
#[test]
fn while_it_finishes_an_earlier_run() {
    let env = TestEnv::with_story();
    fs::create_dir(env.path("out")).unwrap();
    let target = "out/{first}-{part}.ndjson";
    let (noted, named) = (3..9)
        .find_map(|steps| {
            let _ = fs::remove_dir_all(env.path("out"));
            let _ = fs::remove_file(env.path(CURSOR));
            fs::create_dir(env.path("out")).unwrap();
            let at = dying(&env.path(""), target, steps)?;
            (at == "Noted").then(|| (steps, dying(&env.path(""), target, 0)))
        })
        .unwrap();
    println!("noted after {noted} steps, then died at {named:?}");
    assert_eq!(named.as_deref(), Some("Named"));
    assert_eq!(dying(&env.path(""), target, 1).as_deref(), Some("Named"));
    assert_eq!(dying(&env.path(""), target, usize::MAX), None);
    assert_eq!(exported(&env.path("out")), ids(&env));
}

/// The real program, killed at random moments while another process writes.
#[test]
fn at_any_moment_beside_a_writer() {
    let kills: usize = machine::variable(KILLS).map_or(25, |kills| kills.parse().unwrap());
    let env = TestEnv::with_story();
    fs::create_dir(env.path("out")).unwrap();
    let line = ["export", "--cursor-file", CURSOR, "--to", "out/{first}-{last}.ndjson.gz", "-q"];
    // A run is killed at any moment of a time that grows with each that was killed and shrinks with each that came to its
    // end: about half of them do, however busy the machine is, and kills reach the last steps as often as the first.
    let began = Instant::now();
    assert!(env.command(line).status().unwrap().success());
    let mut longest = began.elapsed().as_micros() as u64;
    let mut writer = Writer::of(&env.database());
    let stop = AtomicBool::new(false);
    let mut killed = 0;
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                writer.sql(&ONE_MORE.repeat(7));
            }
        });
        let mut chance = 88_172_645_463_325_252_u64;
        let mut runs = 0;
        while killed < kills {
            let mut child = env.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            // xorshift64
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            thread::sleep(Duration::from_micros(chance % longest));
            child.kill().unwrap();
            let status = child.wait().unwrap();
            let was_killed = status.code().is_none();
            killed += usize::from(was_killed);
            longest = (if was_killed { longest * 8 / 7 } else { longest * 7 / 8 }).max(1000);
            runs += 1;
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            assert!(matches!(status.code(), None | Some(0)), "{said}");
        }
        println!("{runs} runs, {killed} of them killed");
    });
    let ran = env.run(&line.map(|word| format!("'{word}'")).join(" "));
    assert_eq!(ran.status, 0, "{ran}");
    let (exported, ids) = (exported(&env.path("out")), ids(&env));
    println!("{} entries, {} exported, in {} files", ids.len(), exported.len(), files(&env.path("out")).len());
    assert_eq!(exported, ids);
}

/// An export without a cursor that is under way, in a table that takes it a while.
fn under_way(env: &TestEnv, name: &str) -> Child {
    let child = env.command(["export", "--to", name]).stderr(Stdio::piped()).spawn().unwrap();
    while !asides(env).iter().any(|aside| aside.contains(&format!("-{}-", child.id())) && aside.ends_with("-0.part")) {
        thread::yield_now();
    }
    child
}

/// What stands aside where the program runs.
fn asides(env: &TestEnv) -> Vec<String> {
    let names = files(&env.path("")).into_iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name.starts_with(".auditctl-")).collect()
}

/// Without a cursor too, what a run left that was killed is dropped by the next one in that folder; what belongs to a
/// run that still lives is not.
#[test]
fn without_a_cursor() {
    let env = TestEnv::with_story();
    env.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
         INSERT INTO api_auditlog (timestamp, action, model) SELECT '2026-11-23 21:33:00', 'created', 'payments' FROM n",
    );
    let mut killed = under_way(&env, "killed.ndjson");
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(asides(&env).len(), 2, "the file and the lock that said it lived");
    let alive = under_way(&env, "alive.ndjson");
    let ran = env.run("export --limit 3 --to beside.ndjson -q");
    assert_eq!(ran.status, 0, "{ran}");
    assert!(asides(&env).iter().all(|name| name.contains(&format!("-{}-", alive.id()))), "{:?}", asides(&env));
    assert!(alive.wait_with_output().unwrap().status.success());
    assert_eq!(fs::read_to_string(env.path("alive.ndjson")).unwrap().lines().count(), 100_018);
    assert_eq!(asides(&env), Vec::<String>::new());

    let ended = under_way(&env, "ended.ndjson");
    kill_process(Pid::from_child(&ended), Signal::INT).unwrap();
    let ended = ended.wait_with_output().unwrap();
    assert_eq!(
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()),
        (Some(3), "auditctl: error: ended before the export was whole: nothing of it was kept\n")
    );
    assert_eq!((asides(&env), env.path("ended.ndjson").exists()), (Vec::new(), false));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Lets the writer end when the test does, however it does.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
