//! What the service answers when it refuses: sentences of Django REST framework in Spanish and Django's own pages,
//! read off a running one.

use serde_json::{Value, json};

use super::python::Body;

fn detail(text: &str) -> Body {
    Body::Json(json!({ "detail": text }))
}

/// 401: nobody is logged in.
pub(super) fn not_authenticated() -> Body {
    detail("Las credenciales de autenticación no se proveyeron.")
}

/// 401: the token has expired.
pub(super) fn expired_token() -> Body {
    let message: Value =
        json!({"token_class": "AccessToken", "token_type": "access", "message": "El token ha expirado"});
    Body::Json(json!({
        "detail": "El token dado no es valido para ningun tipo de token",
        "code": "token_not_valid",
        "messages": [message],
    }))
}

/// 401: the service's own login.
pub(super) fn wrong_login() -> Body {
    Body::Json(json!({"error": "Credenciales inválidas"}))
}

/// 403: the user may not.
pub(super) fn permission_denied() -> Body {
    detail("Usted no tiene permiso para realizar esta acción.")
}

/// 404: no such object.
pub(super) fn no_such(model: &str) -> Body {
    detail(&format!("No {model} matches the given query."))
}

/// 405: no such method here.
pub(super) fn method_not_allowed(method: &str) -> Body {
    detail(&format!("Método \"{method}\" no permitido."))
}

/// 415: neither JSON nor a form.
pub(super) fn unsupported_media_type() -> Body {
    detail("Tipo de medio \"text/plain\" incompatible en la solicitud.")
}

/// 429: too often.
pub(super) fn throttled(seconds: u32) -> Body {
    detail(&format!("Solicitud fue regulada (throttled). Se espera que esté disponible en {seconds} segundos."))
}

/// 404: no such page.
pub(super) fn not_found_page() -> Body {
    Body::Text(
        "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  <h1>Not Found</h1>\
         <p>The requested resource was not found on this server.</p>\n</body>\n</html>\n"
            .to_owned(),
    )
}

/// 500: the service's own mistake.
pub(super) fn server_error_page() -> Body {
    Body::Text(
        "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Server Error (500)</title>\n</head>\n<body>\n  \
         <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n"
            .to_owned(),
    )
}

/// What the errors log holds of that mistake.
pub(super) const TRACEBACK: &str = r#"Error al generar el reporte de ventas: unsupported operand type(s) for /: 'decimal.Decimal' and 'float'
Traceback (most recent call last):
  File "/srv/parque/api/reports.py", line 88, in sales
    average = totals["total_crc"] / max(float(totals["orders"]), 1.0)
              ~~~~~~~~~~~~~~~~~~~~^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
TypeError: unsupported operand type(s) for /: 'decimal.Decimal' and 'float'"#;
