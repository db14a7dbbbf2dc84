//! Any bytes as a log: however they are cut into blocks, the records are the same and no byte is lost; and whatever is
//! asked of a record is answered.

#![no_main]

use std::hint::black_box;
use std::sync::LazyLock;

use auditctl::audit::{Events, Redactor, Syntax};
use auditctl::logs::clock::Clock;
use auditctl::logs::cutter::Cutter;
use auditctl::logs::grammar::{Style, begins, may_begin};
use auditctl::logs::json;
use auditctl::query::Zone;
use libfuzzer_sys::fuzz_target;

#[path = "../../src/logs/cutter_laws.rs"]
mod laws;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (usual, most, text) = input;
    let (usual, most) = (usize::from(usual) + 1, usize::from(most) + 1);
    let expected = laws::naively(text);
    // Blocks of the usual size would cost more than all the rest.
    let whole = text.len() + 1;
    assert_eq!(laws::by_blocks(text, whole, whole, whole), expected);
    assert_eq!(laws::by_blocks(text, usual, 1 << 20, most), expected);
    laws::by_blocks(text, usual, usual + most, usual);

    let mut clock = Clock::new(Zone::UTC, Zone::UTC);
    let mut cutter = Cutter::new(text, "a.log".into(), true).sized(whole, whole);
    while let Some(block) = cutter.next(&mut None).expect("memory can be read") {
        block.records(None, |record| {
            black_box(record.instant(&mut clock).map(|instant| clock.show(instant)));
            black_box((record.logger(), record.level(), record.module(), record.function(), record.line()));
            assert!(record.text.ends_with(record.body()));
            assert_eq!(record.event().is_some(), record.decoded() == "whole");
            black_box(record.event().map(|event| event.find(["changes", "status", "0"])));
            black_box((record.message(), record.event_instant(&mut clock)));
            black_box(REDACTOR.text(record.body()));
        });
    }

    // Two readers of JSON, written each for its own purpose, see the same objects.
    if let Ok(text) = std::str::from_utf8(text) {
        let mut events = Events::at(text, 0, Syntax::Json);
        let is_whole = events.by_ref().all(|event| event.is_ok()) && events.is_complete();
        let other = is_whole.then(|| events.position());
        if text.starts_with(['{', '[']) {
            assert_eq!(json::read(text, 0, |_| ()).map(|whole| whole.end), other);
        }
    }
});
