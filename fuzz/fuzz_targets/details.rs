//! Any text as the details of an entry: what is certain is the whole text, and no body keeps its readers from an answer.

#![no_main]

use std::hint::black_box;
use std::sync::LazyLock;

use auditctl::audit::{Decoded, Details, Redactor, body_value};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

fuzz_target!(|text: &str| {
    let details = Details::read(text);
    match (details.decoded, details.request, details.status, details.response) {
        (Decoded::Certain, Some(request), Some(status), Some(response)) => {
            let again = format!("Request Body: {request}, Response Code: {status:03}, Response Body: {response}");
            assert_eq!(text, again);
            black_box((body_value(request), body_value(response)));
        }
        (Decoded::Ambiguous, None, _, None) | (Decoded::None, None, None, None) => {}
        _ => panic!("{details:?}"),
    }
    black_box((body_value(text), REDACTOR.text(text)));
});
