//! Eighteen audit entries of the shop, few enough to know by heart. The users are those of `auditctl demo`: 1 directora,
//! 5 ana, 7 josé.araya, 10 is named 88887777, 4711 is nobody.
//!
//! | entry | is there for |
//! |-------|--------------|
//! | 1 to 3 | a fraction of none, of some, of one microsecond; a body that was not recorded, and an empty one |
//! | 4 to 7 | the last microsecond of a day in Costa Rica, and three entries that tie at its midnight |
//! | 8, 9 | secrets |
//! | 10 to 12 | a forged separator that is seen through; one that isn't, with and without a status all readings share |
//! | 13 | an empty response |
//! | 14, 18 | models; a user who is gone |
//! | 15 | a page instead of JSON |
//! | 16 | letters beyond ASCII, and a `%` |
//! | 17 | an entry in an entry |

/// The entries.
pub const ROWS: &str = r#"
INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id) VALUES
(1, '2026-11-20 14:00:00', 'created', 'purchaseorders', 9, 'Action created on purchaseorders with id 9', 5),
(2, '2026-11-20 14:00:00.250000', 'POST /api/purchase_orders/', 'API Request', NULL,
 'Request Body: None, Response Code: 201, Response Body: {''id'': 9, ''status'': ''PENDING'', ''total_price'': ''1000.00''}', 5),
(3, '2026-11-20 14:05:10.000001', 'GET /api/payments/methods/', 'API Request', NULL,
 'Request Body: , Response Code: 200, Response Body: [{''method'': ''VISA'', ''label'': ''Tarjeta Visa''}, {''method'': ''CASH'', ''label'': ''Efectivo/SINPE''}]', NULL),
(4, '2026-11-21 05:59:59.999999', 'POST /api/payments/', 'API Request', NULL,
 'Request Body: None, Response Code: 400, Response Body: {''purchase_order'': [''Este campo es requerido.'']}', 5),
(5, '2026-11-21 06:00:00', 'POST /api/payments/', 'API Request', NULL,
 'Request Body: None, Response Code: 201, Response Body: {''id'': 1, ''purchase_order'': 9, ''status'': ''SUCCESS''}', 5),
(6, '2026-11-21 06:00:00', 'created', 'payments', 1, 'Action created on payments with id 1', 5),
(7, '2026-11-21 06:00:00', 'updated', 'purchaseorders', 9, 'Action updated on purchaseorders with id 9', NULL),
(8, '2026-11-22 18:30:00', 'POST /api/login/', 'API Request', NULL,
 'Request Body: {''username'': ''ana'', ''password'': ''caoba roja''}, Response Code: 401, Response Body: {''error'': ''Credenciales inválidas''}', NULL),
(9, '2026-11-22 18:30:05.500000', 'POST /api/login/', 'API Request', NULL,
 'Request Body: {''username'': ''ana'', ''password'': ''caoba verde''}, Response Code: 200, Response Body: {''access'': ''eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjo1fQ.c2lnbmF0dXJlLW9mLW5vdGhpbmc'', ''refresh'': ''abc123def456''}', 5),
(10, '2026-11-22 19:00:00', 'POST /api/notes/', 'API Request', NULL,
 'Request Body: not json, Response Code: 200, Response Body: x, Response Code: 415, Response Body: {''detail'': ''Tipo de medio "text/plain" incompatible en la solicitud.''}', 10),
(11, '2026-11-22 19:00:01', 'POST /api/notes/', 'API Request', NULL,
 'Request Body: a, Response Code: 404, Response Body: b, Response Code: 404, Response Body: c', 10),
(12, '2026-11-22 19:00:02', 'POST /api/notes/', 'API Request', NULL,
 'Request Body: a, Response Code: 200, Response Body: b, Response Code: 404, Response Body: c', 10),
(13, '2026-11-22 20:15:00', 'DELETE /api/purchase_orders/9/', 'API Request', NULL,
 'Request Body: , Response Code: 204, Response Body: ', 1),
(14, '2026-11-22 20:15:00', 'deleted', 'purchaseorders', 9, 'Action deleted on purchaseorders with id 9', NULL),
(15, '2026-11-23 20:10:00', 'GET /api/visits/', 'API Request', NULL,
 'Request Body: , Response Code: 500, Response Body: ' || char(10) || '<!doctype html>' || char(10) || '<h1>Server Error (500)</h1>' || char(10), 7),
(16, '2026-11-23 20:34:00', 'PUT /api/fotos/ñandú_100%/', 'API Request', NULL,
 'Request Body: {''título'': ''El ñandú''}, Response Code: 403, Response Body: {''detail'': ''No autorizado''}', 5),
(17, '2026-11-23 21:00:00', 'GET /api/audit_log/', 'API Request', NULL,
 'Request Body: , Response Code: 200, Response Body: {''count'': 1, ''results'': [{''id'': 3, ''action'': ''GET /api/payments/methods/'', ''details'': "Request Body: , Response Code: 200, Response Body: [{''method'': ''VISA''}]"}]}', 1),
(18, '2026-11-23 21:30:00', 'updated', 'UserProfile', 4711, NULL, 4711);
"#;
