//! Rows made to harm who reads them: nothing in them drives, reorders or floods the terminal, and no spreadsheet runs
//! them.

mod common;

use std::fs::File;
use std::process::Command;

use common::{Ran, TestEnv};
use insta::assert_snapshot;

/// Everything that could hurt, in every text column and where a number or a time belongs.
const HOSTILE: &str = r#"
DELETE FROM api_auditlog;
UPDATE auth_user SET username = 'an' || char(27) || '[2Ja' || char(8238), email = 'a' || char(155) || '31m@ex.com' || char(10) || '  action    none' WHERE id = 5;
INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id) VALUES
(1, '2026-11-23 09:00:00', 'GET /' || char(27) || ']0;owned' || char(7) || '/', 'API Request', NULL,
 'Request Body: {''k' || char(155) || ''': ''\x1b[31m\u202e' || char(8238, 8294) || '''}, Response Code: 200, Response Body: ' || char(13, 10) || 'over' || char(13) || 'written' || char(8, 8, 127), 5),
(2, '2026-11-23 09:00:01', '=cmd|'' /C calc''!A0', '+1', NULL, '@SUM(A1)' || char(9) || 'x', 5),
(3, '2026-11-23 09:00:02', '-2+3', char(9) || '=1', NULL, char(13) || '=1', 5),
(4, '2026-11-23' || char(27) || '[31m', CAST(x'474554202fff2ffe' AS TEXT), CAST(x'c3' AS TEXT), 'ni' || char(155) || 'ne', CAST(x'80f09f98' AS TEXT), 'nobody' || char(27)),
(5, NULL, NULL, NULL, NULL, 'a' || char(0) || 'b' || char(65279) || char(8232, 8233, 1564, 8206, 8207), NULL),
(6, x'1b5b33316d', x'1b', x'9b', x'1b', x'1b5d', x'1b')
"#;

fn env() -> TestEnv {
    let env = TestEnv::with_demo();
    env.lift_constraints();
    env.sql(HOSTILE);
    env
}

/// The characters that must not reach a terminal: controls but the line break, and what changes the direction of text.
fn dangerous(ran: &Ran, escapes_of_ours: bool) -> Vec<char> {
    let text = std::str::from_utf8(&ran.stdout).expect("all output is UTF-8");
    let mut rest = text.to_owned() + ran.said();
    if escapes_of_ours {
        for code in ["0", "1", "2", "31", "32", "33", "34", "36", "39", "38;5;1", "38;5;2", "38;5;3"] {
            rest = rest.replace(&format!("\u{1b}[{code}m"), "");
        }
    }
    rest.retain(|c| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    rest.chars().collect()
}

#[test]
fn a_table_spells_it_out() {
    assert_snapshot!(env().run("list --ordering id"), @r"
    ID  TIME (-06:00)        USER              ACTION                  MODEL            RECORD  STATUS
     1  2026-11-23 03:00:00  an\x1b[2Ja\u202e  GET /\x1b]0;owned\x07/  API Request           -     200
     2  2026-11-23 03:00:01  an\x1b[2Ja\u202e  =cmd|' /C calc'!A0      +1                    -       -
     3  2026-11-23 03:00:02  an\x1b[2Ja\u202e  -2+3                    \t=1                  -       -
     4  2026-11-23\x1b[31m   -                 GET /\xff/\xfe          \xc3         ni\u009bne       -
     5  -                    -                 -                       -                     -       -
     6  \x1b[31m             -                 \x1b                    \x9b               \x1b       -
    ── stderr
    warning: entry 4 (and 2 more) has a timestamp that is not a time; it is shown as stored
    ── status 0
    ");
    assert_snapshot!(env().run("list --ordering id --columns id,user,path,details"), @r"
    ID     USER ID  PATH                DETAILS
     1           5  /\x1b]0;owned\x07/  Request Body: {'k\u009b': '\\x1b[31m\\u202e\u202e\u2066'}, Response Code: 200, Response Body: \r\nover\rwritten\x08\x08\x7f
     2           5  -                   @SUM(A1)\tx
     3           5  -                   \r=1
     4  nobody\x1b  /\xff/\xfe          \x80\xf0\x9f\x98
     5           -  -                   a\x00b\ufeff\u2028\u2029\u061c\u200e\u200f
     6        \x1b  -                   \x1b]
    ── status 0
    ");
}

#[test]
fn entries_in_full_spell_it_out() {
    assert_snapshot!(env().run("show 1 2 3 4 5 6"), @r"
    entry 1
      time      2026-11-23T03:00:00-06:00
      user      an\x1b[2Ja\u202e (id 5, a\u009b31m@ex.com\n  action    none)
      action    GET /\x1b]0;owned\x07/
      model     API Request
      status    200
      request   {'k\u009b': '\\x1b[31m\\u202e\u202e\u2066'}
      response  \r
                over\rwritten\x08\x08\x7f

    entry 2
      time      2026-11-23T03:00:01-06:00
      user      an\x1b[2Ja\u202e (id 5, a\u009b31m@ex.com\n  action    none)
      action    =cmd|' /C calc'!A0
      model     +1
      details   @SUM(A1)\tx

    entry 3
      time      2026-11-23T03:00:02-06:00
      user      an\x1b[2Ja\u202e (id 5, a\u009b31m@ex.com\n  action    none)
      action    -2+3
      model     \t=1
      details   \r=1

    entry 4
      time      2026-11-23\x1b[31m (not a time)
      user      id nobody\x1b (not a number)
      action    GET /\xff/\xfe
      model     \xc3
      record    ni\u009bne (not a number)
      decoded   as stored: there are bytes in it that are not UTF-8
      details   \x80\xf0\x9f\x98

    entry 5
      time      (none)
      user      (none)
      action    (none)
      model     (none)
      details   a\x00b\ufeff\u2028\u2029\u061c\u200e\u200f

    entry 6
      time      \x1b[31m (not a time)
      user      id \x1b (not a number)
      action    \x1b
      model     \x9b
      record    \x1b (not a number)
      details   \x1b]
    ── status 0
    ");
}

#[test]
fn json_escapes_it() {
    assert_snapshot!(env().run("list --ordering id -o ndjson"), @r#"
    {"id":1,"timestamp":"2026-11-23T03:00:00-06:00","action":"GET /\u001b]0;owned\u0007/","model":"API Request","record_id":null,"details":"Request Body: {'k\u009b': '\\x1b[31m\\u202e\u202e\u2066'}, Response Code: 200, Response Body: \r\nover\rwritten\u0008\u0008\u007f","user":5}
    {"id":2,"timestamp":"2026-11-23T03:00:01-06:00","action":"=cmd|' /C calc'!A0","model":"+1","record_id":null,"details":"@SUM(A1)\tx","user":5}
    {"id":3,"timestamp":"2026-11-23T03:00:02-06:00","action":"-2+3","model":"\t=1","record_id":null,"details":"\r=1","user":5}
    {"id":4,"timestamp":"2026-11-23\u001b[31m","action":"GET /�/�","model":"�","record_id":"ni\u009bne","details":"��","user":"nobody\u001b"}
    {"id":5,"timestamp":null,"action":null,"model":null,"record_id":null,"details":"a\u0000b\ufeff\u2028\u2029\u061c\u200e\u200f","user":null}
    {"id":6,"timestamp":"\u001b[31m","action":"\u001b","model":"�","record_id":"\u001b","details":"\u001b]","user":"\u001b"}
    ── stderr
    warning: entry 4 (and 2 more) has a timestamp that is not a time; it is shown as stored
    ── status 0
    "#);
}

#[test]
fn csv_defuses_formulas_and_keeps_the_bytes() {
    assert_snapshot!(env().run("list --ordering id -o csv --user 5"), @r#"
    id,timestamp,action,model,record_id,details,user␍
    1,2026-11-23T03:00:00-06:00,GET /␛]0;owned␇/,API Request,,"Request Body: {'k⟨009b⟩': '\x1b[31m\u202e⟨202e⟩⟨2066⟩'}, Response Code: 200, Response Body: ␍
    over␍written␈␈␡",5␍
    2,2026-11-23T03:00:01-06:00,'=cmd|' /C calc'!A0,'+1,,'@SUM(A1)␉x,5␍
    3,2026-11-23T03:00:02-06:00,'-2+3,'␉=1,,"'␍=1",5␍
    ── status 0
    "#);
}

#[test]
fn csv_leaves_decoded_numbers_as_they_are() {
    let env = TestEnv::with_story();
    env.sql(
        "UPDATE api_auditlog SET details = 'Request Body: -5, Response Code: 200, Response Body: =1+1' WHERE id = 3",
    );
    assert_snapshot!(env.run("list --ordering id --offset 2 --limit 1 -q -o csv --columns id,request,response"), @r#"
    id,request,response␍
    3,-5,"""=1+1"""␍
    ── status 0
    "#);
}

#[test]
fn tsv_keeps_a_row_on_its_line() {
    assert_snapshot!(env().run("list --ordering id -o tsv"), @r"
    id␉timestamp␉action␉model␉record_id␉details␉user
    1␉2026-11-23T03:00:00-06:00␉GET /␛]0;owned␇/␉API Request␉␉Request Body: {'k⟨009b⟩': '\\x1b[31m\\u202e⟨202e⟩⟨2066⟩'}, Response Code: 200, Response Body: \r\nover\rwritten␈␈␡␉5
    2␉2026-11-23T03:00:01-06:00␉=cmd|' /C calc'!A0␉+1␉␉@SUM(A1)\tx␉5
    3␉2026-11-23T03:00:02-06:00␉-2+3␉\t=1␉␉\r=1␉5
    4␉2026-11-23␛[31m␉GET /�/�␉�␉ni⟨009b⟩ne␉��␉nobody␛
    5␉␉␉␉␉a␀b⟨feff⟩⟨2028⟩⟨2029⟩⟨061c⟩⟨200e⟩⟨200f⟩␉
    6␉␛[31m␉␛␉�␉␛␉␛]␉␛
    ── stderr
    warning: entry 4 (and 2 more) has a timestamp that is not a time; it is shown as stored
    ── status 0
    ");
}

#[test]
fn nothing_dangerous_reaches_a_terminal() {
    let env = env();
    let lines = [
        "list",
        "list --columns id,timestamp,action,model,record_id,details,user,username,method,path,status,request,response,decoded",
        "list -o json",
        "list -o ndjson",
        "list -o csv",
        "list -o tsv",
        "show 1 2 3 4 5 6",
        "show 1 2 3 4 5 6 -o csv",
        "show 1 2 3 4 5 6 -o json",
        "show 1 --raw --reveal",
        "show 4 --raw --reveal",
        "show 5 --raw --reveal",
        "list --user 'a\u{1b}[31m\u{202e}'",
        "list --ordering 'a\u{1b}[31m\u{9b}'",
        "list --since '\u{1b}]0;x\u{7}'",
        "list --columns '\u{1b}[31m'",
        "list --database '\u{1b}[31m\u{202e}'",
        "list --timezone '\u{1b}[31m'",
        "list '\u{1b}[31m'",
        "\u{1b}[31m",
    ];
    for line in lines {
        for color in ["auto", "never"] {
            let mut ran = env.run_on_terminal(80, &format!("{line} --color {color}"));
            // What the format is made of is not what is in its cells.
            match line {
                "list -o tsv" => ran.stdout.retain(|byte| *byte != b'\t'),
                line if line.ends_with("-o csv") => ran.stdout = ran.text().replace("\r\n", "\n").into_bytes(),
                _ => {}
            }
            assert_eq!(dangerous(&ran, color == "auto"), [] as [char; 0], "{line}\n{ran}");
        }
    }
    // What is not CSV or TSV is harmless in a pipe too.
    for line in lines.iter().filter(|line| !line.contains("csv") && !line.contains("tsv") && !line.contains("raw")) {
        let ran = env.run(line);
        assert_eq!(dangerous(&ran, false), [] as [char; 0], "{line}\n{ran}");
    }
}

/// One client's 10 MB must not make every line of a table 10 MB wide, in memory or on paper.
#[test]
fn a_body_of_ten_megabytes_costs_its_own_line_and_no_more() {
    let env = TestEnv::with_demo();
    env.sql("UPDATE api_auditlog SET details = 'Request Body: ' || printf('%.10000000c', 'x') || ', Response Code: 200, Response Body: ' WHERE id = 1100");
    for (line, at_most) in [
        ("list", 100_000),
        ("list --columns id,request,status", 11_000_000),
        ("list --columns details,id", 11_000_000),
        ("list --all --columns id,details", 14_000_000),
        ("list -o csv --all", 14_000_000),
        ("list -o json --all", 14_000_000),
        ("show 1100", 11_000_000),
        ("show 1100 -o json", 21_000_000),
    ] {
        // In an address space that would not hold a table of such lines.
        let program = env!("CARGO_BIN_EXE_auditctl");
        let mut command = Command::new("bash");
        env.prepare(&mut command);
        command.arg("-c").arg(format!("ulimit -v 1000000; exec {program} {line}"));
        let out = env.path("out");
        let status = command.stdout(File::create(&out).unwrap()).status().unwrap();
        assert!(status.success(), "{line}: {status}");
        let length = out.metadata().unwrap().len();
        assert!(length < at_most, "{line}: {length}");
    }
    for line in
        ["list --columns id,request,status", "list --columns details,id", "list --columns id,path,request,response"]
    {
        let ran = env.run_on_terminal(80, &format!("{line} --color never"));
        let widest = ran.text().lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{line}: {widest:?}");
    }
}
