//! stub until the decoder arrives
#![allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    Certain,
    Ambiguous,
    None,
}
pub struct Details<'t> {
    pub decoded: Decoded,
    pub request: Option<&'t str>,
    pub status: Option<u16>,
    pub response: Option<&'t str>,
}
impl<'t> Details<'t> {
    pub fn read(text: &'t str) -> Self {
        let (a, b) = match text.strip_prefix("Request Body: ").and_then(|t| t.split_once(", Response Code: ")) {
            Some(x) => x,
            None => return Details { decoded: Decoded::None, request: None, status: None, response: None },
        };
        Details {
            decoded: Decoded::Certain,
            request: Some(a),
            status: b.get(..3).and_then(|s| s.parse().ok()),
            response: b.get(18..),
        }
    }
}
