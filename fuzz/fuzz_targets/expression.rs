//! Any text as an expression of `--where`: it is refused at a place in it, or printed so that it reads back the same.

#![no_main]

use auditctl::query::{ENTRY, Filter, Language, RECORD, Zone};
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for vocabulary in [&ENTRY, &RECORD] {
        let language = Language { vocabulary, now: DateTime::UNIX_EPOCH, zone: &Zone::UTC };
        match Filter::parse(text, language) {
            Ok(filter) => {
                let printed = filter.to_string();
                assert_eq!(Filter::parse(&printed, language), Ok(filter), "{printed}");
            }
            Err(error) => assert!(error.text.get(error.at.clone()).is_some(), "{error:?}"),
        }
    }
});
