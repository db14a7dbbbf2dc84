"""Bodies that are hard to read back from `details`: literals seen on the service, and random ones of their kind."""

import json

SEPARATOR = ", Response Code: 200, Response Body: "

# Each is sent as it stands to an address that doesn't exist, so that the body is shown in full.
LITERALS = [
    '{"username": "user5", "password": "x"}',
    '{"a": [1, 2.5, null, true, {"k": "v\'s \\"q\\" \\n ñ 😀"}]}',
    "12345678901234567890123",
    '{"x": 1e999, "y": -0.0, "z": 0.0000001}',
    '{"dup": 1, "dup": 2, "\\u0000nul": "\\u0000"}',
    "a=1&b=2",
    '"antes\\u0000después"',
    '{"nuevo": "\\ud83e\\udee8", "solo": "\\ud800", "al revés": "\\udc00\\ud800"}',
    '[NaN, Infinity, -Infinity, -0.0, 1e22, 1E400, 123456789012345678901234567890.5, 5e-324, 1.0]',
    '"una cadena JSON"',
    '"[1, 2]"',
    '"None"',
    "null",
    "true",
    "{'ya': 'es Python', 'n': None}",
    "None",
    "nan",
    "1_000",
    "0x10",
    "[1, 2",
    "{}",
    "[]",
    '""',
    "   ",
    '\ufeff{"con": "BOM"}',
    '{"": "", "\'": "\\"", "\\"": "\'", "ambas": "\'\\""}',
    '{"escapes": "\\\\n \\\\x41 \\\\\\\\ \\t\\r\\b\\f\\u007f\\u0085\\u00a0\\u00ad\\u2028\\ufeff"}',
    '{"bidi": "\\u202euser\\u2066\\u200f"}',
    "texto con \x1b[31mcolor\x1b[0m, \x07 y \u202ebidi",
    "línea 1\nlínea 2\r\nlínea 3\ttab",
    '<html><body onload="x()">\n</body></html>',
    # Forged separators: in text, in JSON, with containers on either side, with a status that is none.
    "not json" + SEPARATOR + "x",
    "x" + SEPARATOR + "{'a': 1}",
    "{'a': 1}" + SEPARATOR + "{'b': 2}",
    "{'a': 1}" + SEPARATOR + "",
    json.dumps({"k": SEPARATOR}),
    json.dumps({"k": "x" + SEPARATOR + "{'b': 2}"}),
    json.dumps(["a" + SEPARATOR + "['b", "c']"]),
    json.dumps("solo " + SEPARATOR + " texto"),
    SEPARATOR,
    SEPARATOR * 3,
    "x" + SEPARATOR + "['",
    "x, Response Code: 20, Response Body: y, Response Code: 2000, Response Body: z",
    "Request Body: {}, Response Code: 200, Response Body: {}",
    # Secrets, plain and nested.
    '{"card_number": "4111 1111 1111 1111", "cvv": "123", "amount": 10}',
    '{"headers": {"Authorization": "Bearer abc.def.ghi", "Cookie": "sessionid=s3cr3t; csrftoken=t0k3n"}}',
    '{"nested": "{\\"password\\": \\"dentro\\"}", "tokens_left": 3, "newPassword2": "x", "pin": 1234}',
    "username=ana&password=p%40ss&next=%2F",
    "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl al final, tarjeta 5555555555554444",
    # Depth and length.
    "[" * 300 + "]" * 300,
    '{"a":' * 100 + "1" + "}" * 100,
    json.dumps({"largo": "x" * 100_000, "fin": True}),
]

# Addresses that a client may ask for, all unknown to the service.
PATHS = [
    "/api/100%25/",
    "/api/a_b/",
    "/api/a%5Cb/",
    "/api/NI%C3%91OS/",
    "/api/ni%C3%B1os/",
    "/api/con%20espacio/",
    "/api/%1B%5B31mrojo/",
    "/api/%E2%80%AEbidi/",
    "/api/%0Alinea/",
    "/api/%FFroto/",
    "/api/'comilla%22/",
    "/api/%3Cscript%3E/",
    "/api/" + "largo/" * 60,
    "//api//doble/",
    "/.env",
]

PIECES = [
    "a", "Z", "0", " ", "ñ", "é", "日本", "😀", "\U0001fae8", "'", '"', "\\", "\\n", "\n", "\r", "\t", "\x00", "\x1b",
    "\x7f", "\x85", "\xa0", "\xad", "\u2028", "\u202e", "\u2066", "\ufeff", "{", "}", "[", "]", ":", ",", ", ", ": ",
    "None", "True", "nan", "inf", "{'a': 1}", "['", "']", SEPARATOR, ", Response Code: 404, Response Body: ",
    ", Response Code: 20", "Request Body: ", "Response Body: ", "password", "token=abc", "4111111111111111", "%", "_",
]  # fmt: skip


def text(rng, most=8):
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def value(rng, depth=3):
    """Any JSON value; text may hold a lone surrogate, which only an escape can carry."""
    kind = rng.randrange(10 if depth else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([0, -1, 7, 2**53 + 1, -(2**63), 2**64, 10**30, rng.randrange(10**9)])
    if kind == 2:
        return rng.choice([0.0, -0.0, 1e-07, 1e16, 1e22, 0.1, 1.5, 5e-324, float("nan"), float("inf"), rng.random()])
    if kind <= 6:
        return text(rng) + ("\ud800" if rng.random() < 0.03 else "")
    if kind == 7:
        return [value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    keys = ["id", "email", "password", "monto", text(rng, 2), text(rng, 2)]
    return {rng.choice(keys): value(rng, depth - 1) for _ in range(rng.randint(0, 4))}


def body(rng):
    """The bytes of a request: JSON mostly, else text, else bytes that are neither."""
    dice = rng.random()
    if dice < 0.55:
        made = value(rng)
        raw = any(0xD800 <= ord(c) <= 0xDFFF for c in json.dumps(made, ensure_ascii=False))
        return json.dumps(made, ensure_ascii=raw or rng.random() < 0.3).encode("utf-8")
    if dice < 0.85:
        return text(rng, 12).encode("utf-8")
    if dice < 0.92:
        return repr(value(rng)).encode("utf-8", "replace")
    return text(rng).encode("utf-8") + bytes([0xFF, rng.randrange(256)])
