//! Which keys are secret: the words of a key and the list they are looked up in.
//!
//! A key is split at everything that is no letter or digit and at case changes (`X-CSRFToken` is x, csrf, token;
//! `passwordConfirm` is password, confirm). A word counts with and without its trailing digits. A key is secret when
//! a word is in the list, or two neighbours are as a pair. It knows nothing of the text a key stands in.

/// The built-in list, pairs with a space between their words.
const BUILT_IN: [&str; 26] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "jwt",
    "authorization",
    "cookie",
    "sessionid",
    "csrftoken",
    "csrfmiddlewaretoken",
    "apikey",
    "cvv",
    "cvc",
    "pin",
    "otp",
    "pan",
    "refresh",
    "credential",
    "credentials",
    "api key",
    "access key",
    "private key",
    "session id",
    "card number",
];

/// Words, or neighbouring words, that make a key secret.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    entries: Vec<Vec<String>>,
}

impl Keys {
    /// The built-in list without what is in `remove`, with what is in `add`.
    pub(super) fn new(add: &[String], remove: &[String]) -> Self {
        let removed: Vec<Vec<String>> = remove.iter().map(|entry| entry_of(entry)).collect();
        let kept = BUILT_IN.iter().map(|entry| entry_of(entry)).filter(|entry| !removed.contains(entry));
        let mut entries: Vec<Vec<String>> = Vec::new();
        for entry in kept.chain(add.iter().map(|entry| entry_of(entry))) {
            if !entry.is_empty() && !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        Keys { entries }
    }

    /// The entries, each the lower-case words that must stand side by side.
    pub(super) fn entries(&self) -> &[Vec<String>] {
        &self.entries
    }

    /// Whether a key with this name holds a secret.
    pub(super) fn is_secret(&self, key: &str) -> bool {
        let mut words = Vec::new();
        for segment in segments(key) {
            let before = words.len();
            words.extend(Words { rest: segment }.map(str::to_lowercase));
            // `passWord` has a case change inside a word of the list.
            if words.len() > before + 1 && self.is_listed(&segment.to_lowercase()) {
                return true;
            }
        }
        self.entries.iter().any(|entry| {
            words.windows(entry.len()).any(|w| w.iter().zip(entry).all(|(word, listed)| is_word(word, listed)))
        })
    }

    fn is_listed(&self, word: &str) -> bool {
        self.entries.iter().any(|entry| matches!(&entry[..], [listed] if is_word(word, listed)))
    }
}

/// The words of an entry of the list, in lower case.
fn entry_of(entry: &str) -> Vec<String> {
    words(entry).map(str::to_lowercase).collect()
}

/// Whether a word of a key, in lower case, is `listed`, its trailing digits apart.
fn is_word(word: &str, listed: &str) -> bool {
    let is_number = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    word.strip_prefix(listed).is_some_and(is_number)
}

/// Whether two words are the same but for case; `lower` is in lower case.
pub(super) fn same(word: &str, lower: &str) -> bool {
    if word.len() == lower.len() && word.eq_ignore_ascii_case(lower) {
        return true;
    }
    !word.is_ascii() && word.chars().flat_map(char::to_lowercase).eq(lower.chars())
}

/// The runs of letters and digits.
fn segments(key: &str) -> impl Iterator<Item = &str> {
    key.split(|c: char| !c.is_alphanumeric()).filter(|segment| !segment.is_empty())
}

fn words(key: &str) -> impl Iterator<Item = &str> {
    segments(key).flat_map(|segment| Words { rest: segment })
}

/// The words of a run of letters and digits.
struct Words<'k> {
    rest: &'k str,
}

impl<'k> Iterator for Words<'k> {
    type Item = &'k str;

    fn next(&mut self) -> Option<&'k str> {
        let mut before = self.rest.chars().next()?;
        let mut ahead = self.rest.char_indices().skip(1).peekable();
        let mut end = self.rest.len();
        while let Some((at, c)) = ahead.next() {
            if begins_word(before, c, ahead.peek().map(|(_, next)| *next)) {
                end = at;
                break;
            }
            before = c;
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

/// Whether a word begins at `c`, a letter or digit that follows the letter or digit `before`.
pub(super) fn begins_word(before: char, c: char, next: Option<char>) -> bool {
    if before.is_numeric() {
        return c.is_alphabetic();
    }
    // The last capital of several belongs to the word behind it: HTTPAuthorization.
    c.is_uppercase() && (!before.is_uppercase() || next.is_some_and(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(key: &str) -> Vec<String> {
        words(key).map(str::to_lowercase).collect()
    }

    #[test]
    fn keys_are_split_into_words() {
        for (key, expected) in [
            ("", ""),
            ("__", ""),
            ("password", "password"),
            ("refresh_token", "refresh token"),
            ("X-CSRFToken", "x csrf token"),
            ("APIKey", "api key"),
            ("apiKEY", "api key"),
            ("HTTPAuthorization", "http authorization"),
            ("HTTP_COOKIE", "http cookie"),
            ("passwordConfirm", "password confirm"),
            ("newPassword1", "new password1"),
            ("oauth2Token", "oauth2 token"),
            ("oauth2token", "oauth2 token"),
            ("user[card.number]", "user card number"),
            ("contraseñaNueva", "contraseña nueva"),
            ("ÁrbolÑandú", "árbol ñandú"),
        ] {
            assert_eq!(split(key).join(" "), expected, "{key}");
        }
    }

    #[test]
    fn secret_keys() {
        let keys = Keys::new(&[], &[]);
        for key in [
            "password",
            "PASSWORD",
            "Password",
            "passWord",
            "password2",
            "password_2",
            "pin1",
            "passwd",
            "db-pwd",
            "passphrase",
            "client_secret",
            "token",
            "access_token",
            "refresh_token",
            "refresh",
            "id.token",
            "X-CSRFToken",
            "csrftoken",
            "CSRFTOKEN",
            "csrfmiddlewaretoken",
            "sessionid",
            "sessionId",
            "session-id",
            "SESSION ID",
            "apikey",
            "APIKEY",
            "apiKey",
            "APIKey",
            "X-Api-Key",
            "api_key2",
            "api key",
            "accessKey",
            "private_key",
            "card number",
            "cardNumber",
            "card__number",
            "Authorization",
            "Proxy-Authorization",
            "HTTPAuthorization",
            "HTTP_AUTHORIZATION",
            "Cookie",
            "Set-Cookie",
            "HTTP_COOKIE",
            "cookies.cookie",
            "jwt",
            "userPIN",
            "PINCode",
            "cvv",
            "CVC2",
            "otp",
            "pan",
            "credential",
            "credentials",
            "passwordConfirm",
            "newPassword1",
            "oauth2token",
            "user[password]",
            "user[password][]",
            "password\0",
            "a password b",
        ] {
            assert!(keys.is_secret(key), "{key}");
        }
        for key in [
            "",
            "tokens_left",
            "tokens",
            "pinned",
            "secretary",
            "shipping",
            "company",
            "option",
            "panel",
            "span",
            "japan",
            "opinion",
            "cookies",
            "passwords",
            "passing",
            "author",
            "key",
            "api",
            "access",
            "session",
            "card",
            "number",
            "number_card",
            "card_id_number",
            "keyapi",
            "apis_key",
            "refreshed",
            "pins",
            "sessions_id",
            "accesskey",
            "expires",
            "user",
            "PINs",
            "topSpin",
            "ñpin",
            "pinñ",
        ] {
            assert!(!keys.is_secret(key), "{key}");
        }
    }

    #[test]
    fn the_profile_adds_and_removes() {
        let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let add = words(&["iban", "Contraseña", "bankAccount", "p12", "card verification value", "--", ""]);
        let keys = Keys::new(&add, &words(&["pan", "API-Key", "nothing like it"]));
        for key in [
            "iban",
            "user_IBAN",
            "contraseña",
            "CONTRASEÑA",
            "nuevaContraseña2",
            "bank_account",
            "p12",
            "card_verification_value",
            "apikey",
            "password",
        ] {
            assert!(keys.is_secret(key), "{key}");
        }
        for key in ["pan", "api_key", "contrasena", "bank", "p", "p1", "card verification", "bankaccount"] {
            assert!(!keys.is_secret(key), "{key}");
        }
        // What is both added and removed is secret.
        assert!(Keys::new(&words(&["pin"]), &words(&["pin"])).is_secret("pin"));
    }
}
