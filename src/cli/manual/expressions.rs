//! What the manual says about the expressions of `--where`: the definition of the option has no room for it.

use roff::bold;

use super::page::Page;
use crate::query::ENTRY;

const ABOUT: &str = "An expression is made of tests on fields, joined by `and`, `or` and `not`; `not` binds closest, then \
`and`, and parentheses group. Words of the grammar are read in any case.\n\nA value is a word, or a text in single or \
double quotes; a quote within its own kind is doubled. Texts with blanks, parentheses, commas or signs need the quotes. In \
a shell the whole expression is quoted as well:";

const EXAMPLE: &str = r#"--where "status in (4xx, 5xx) and not user = ana"
--where "response.detail ~ 'no encontrado' or response.items[0].price > 1500.50"
--where 'path =~ "^/api/(payments|orders)/[0-9]+/$" and timestamp >= yesterday'"#;

const TESTS: &[(&str, &str)] = &[
    (
        "FIELD = VALUE, FIELD != VALUE",
        "Equal, and there but unequal. `==` and `<>` are the same. Text is compared by its bytes; the names of models \
         and methods without regard to the case of ASCII letters.",
    ),
    (
        "FIELD < VALUE, <=, >, >=",
        "Less, at most, greater, at least. Numbers are compared exactly, whatever their size, and whole numbers with \
         decimals; text is compared by its bytes. A whole day such as `2026-11-23` reaches to its end, a class of \
         statuses such as `4xx` from its first to its last.",
    ),
    ("FIELD ~ TEXT", "Contains the text, without regard to the case of ASCII letters."),
    (
        "FIELD =~ REGEX",
        "Matches the regular expression somewhere; `^` and `$` stand for the beginning and the end, and `(?i)` in front \
         means any case. The syntax is that of the Rust crate regex: without backreferences and look-around, so that \
         the time it takes is in proportion to the text.",
    ),
    ("path glob GLOB", "The whole path matches the pattern, as with --path."),
    ("FIELD in (VALUE, VALUE...), FIELD not in (...)", "Equals one of them; is there, and equals none of them."),
    ("FIELD is null, FIELD is not null", "Nothing is there, or null; something is."),
];

const FIELDS: &str = "The fields of an entry are those of --columns. `user` takes what --user takes: an id, a name, \
`none`; a name in quotes is never an id. `username` compares the name as text, `user_id` the id as a number. `status` takes \
statuses and classes, `timestamp` the times that --since takes. `request` and `response` are the decoded bodies; keys lead \
into them, with dots between, and places of an array counted from 0: `response.items[0].id` or `response.items.0.id`. A key \
with blanks or signs in it stands in quotes: `request.'first name'`. Of an entry that can't be decoded for certain, they \
are null. The fields are:";

const MISSING: &str = "A test on what is not there is false, `!=` and `not in` as well; only `is null` is true. So \
`status != 404` keeps the requests whose status is another one, and `not status = 404` all entries but those of 404.\n\n\
Types are never converted. A field of one type that is compared with another is a mistake, which is pointed at. In a body \
any type may stand: there a word that is a number is a number, `true` and `false` are truth values, and all else is text, \
as is what stands in quotes. A comparison between two types is false: where a client sent the text `\"5\"`, neither \
`request.n = 5` nor `request.n != 5` holds, and `request.n = '5'` does.";

/// The section about expressions.
pub(super) fn section(page: &mut Page) {
    page.section("EXPRESSIONS");
    page.paragraphs(ABOUT);
    page.verbatim(EXAMPLE);
    page.paragraph();
    page.sentence("The tests are:");
    for (test, meaning) in TESTS {
        page.entry([bold(*test)]);
        page.sentence(meaning);
    }
    page.paragraph();
    page.sentence(FIELDS);
    page.verbatim(&ENTRY.names().collect::<Vec<_>>().join(" "));
    page.paragraph();
    page.paragraphs(MISSING);
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::query::{Filter, Language, Zone};

    #[test]
    fn the_examples_of_the_manual_can_be_read() {
        let language = Language { vocabulary: &ENTRY, now: DateTime::<Utc>::UNIX_EPOCH, zone: &Zone::UTC };
        for line in EXAMPLE.lines() {
            let words = shlex::split(line).unwrap();
            assert_eq!(words[0], "--where");
            Filter::parse(&words[1], language).unwrap();
        }
    }
}
