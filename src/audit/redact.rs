//! stub until redaction arrives
#![allow(missing_docs)]
use super::Value;
use std::borrow::Cow;
pub const MASK: &str = "[redacted]";
#[derive(Debug, Clone)]
pub struct Redactor;
impl Redactor {
    pub fn new(_add: &[String], _remove: &[String]) -> Self {
        Redactor
    }
    pub fn is_secret(&self, _key: &str) -> bool {
        false
    }
    pub fn text<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(raw)
    }
    pub fn value(&self, value: Value) -> Value {
        value
    }
}
