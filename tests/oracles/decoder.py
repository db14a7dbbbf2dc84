"""Prints cases for tests/decoder.rs: what the service writes, and what it meant.

Usage: decoder.py SEED CASES

The bodies go the way they go in the service: bytes, UTF-8, json.loads, str, the format string. One JSON object a line:

{"details": text, "kind": kind, "request": side, "status": number, "response": side}
    A row. A side is {"printed": text, "tokens": value}, its value as a flat list of [kind] or [kind, text].
{"text": text, "is_container": bool}
    Whether the text is an object or array that prints back to the same text.
"""

import ast
import json
import math
import random
import struct
import sys
import warnings

SEPARATOR = ", Response Code: 200, Response Body: "


# The service


def body_as_printed(raw):
    """What the middleware prints of a body; None stands for one that it couldn't read."""
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def details_of(request, status, response):
    return f"Request Body: {request}, Response Code: {status}, Response Body: {response}"


# What a reader can know of a printed body


def value_printed_as(text):
    """(True, value) if some JSON value other than a string is printed as this text, else (False, None)."""
    scalars = {"None": None, "True": True, "False": False, "nan": math.nan, "inf": math.inf, "-inf": -math.inf}
    if text in scalars:
        return True, scalars[text]
    if not text.isascii() and text[:1] not in ("[", "{"):
        return False, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
            value = evaluated(tree.body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False, None
    if isinstance(value, str) or str(value) != text or not survives_json(value):
        return False, None
    return True, value


def evaluated(node):
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id="inf")):
            return -math.inf
        case ast.Name(id="inf" | "nan" as name):
            return float(name)
        case ast.List():
            return [evaluated(item) for item in node.elts]
        case ast.Dict():
            pairs = [(evaluated(key), evaluated(value)) for key, value in zip(node.keys, node.values)]
            if all(isinstance(key, str) for key, _ in pairs):
                return dict(pairs)
    raise ValueError("json.loads returns no such thing")


def survives_json(value):
    return str(json.loads(json.dumps(value))) == str(value)


def tokens(value, out):
    match value:
        case None:
            out.append(["null"])
        case bool():
            out.append(["bool", str(value)])
        case float() if not math.isfinite(value):
            out.append(["nonfinite", {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]])
        case int() | float():
            out.append(["number", str(value)])
        case str():
            out.append(["text", without_surrogates(value)])
        case list():
            out.append(["["])
            for item in value:
                tokens(item, out)
            out.append(["]"])
        case dict():
            out.append(["{"])
            for key, item in value.items():
                out.append(["key", without_surrogates(key)])
                tokens(item, out)
            out.append(["}"])
    return out


def without_surrogates(text):
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def side(body):
    """A string loses its quotes when it is printed; then it means what a reader can know."""
    printed = str(body)
    if isinstance(body, str):
        is_other, value = value_printed_as(printed)
        body = value if is_other else printed
    return {"printed": printed, "tokens": tokens(body, [])}


# What clients and the service send

# fmt: off
SCRAPS = [
    "a", "id", "status", "ñandú", "😀", " ", "", "'", '"', "\\", "''", '"it\'s"', "\\n", "\\'", '\\"', "\\x41",
    "\\u00e9", "\n", "\r\n", "\t", "\0", "\x1b[31m", "\x7f", "\x80", "\x9b", "\xa0", "\xad", "\u061c", "\u200b",
    "\u200f", "\u2028", "\u202e", "\u2066", "\ufeff", "\ufffd", "\ufffe", "\ue000", "\U000e0001", "\U0010ffff",
    "e\u0301", "\u0378", "\U0001fae8", "\U0001f6dc", "\U0001e4d0", "\U0002ebf0", "\u1c89", "\ud800", "\udc00",
    "\udbff", "\udfff", "Request Body: ", ", Response Code: 404", SEPARATOR, SEPARATOR + "[", SEPARATOR + "{'a': '",
    "None", "True", "nan", "-inf", "12", "-0", "1e-07", "{", "}", "[", "]", "{}", "[]", ", ", ": ", "{'a': 1}", "['",
    "']", '["', '"]', '{"a": 1}', "a=1&b=2",
]
# fmt: on


class Client:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def string(self):
        parts = []
        for _ in range(self.random.choice([0, 1, 1, 2, 3, 5, 8])):
            if self.chance(0.8):
                parts.append(self.random.choice(SCRAPS))
            else:
                parts.append(chr(self.random.choice([self.random.randrange(0x300), self.random.randrange(0x110000)])))
        return "".join(parts)

    def number(self):
        kind = self.random.randrange(10)
        if kind == 0:
            return self.random.choice(
                ["-0", "0", "-0.0", "0.0", "1E5", "1e16", "1e15", "1e-4", "1e-5", "1e400", "-1e400", "1e-400"]
            )
        if kind == 1:
            return self.random.choice(
                ["NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308", "0.10", "100.0"]
            )
        if kind == 2:
            return str(self.random.randrange(-(10 ** self.random.randrange(1, 300)), 10**300))
        if kind <= 4:
            return str(self.random.randrange(-1000, 100000))
        if kind == 5:
            return f"{self.random.randrange(10**6)}.{self.random.randrange(1000):03}"
        if kind == 6:
            return f"{self.random.randrange(1, 10**9)}e{self.random.randrange(-330, 310)}"
        if kind == 7:
            return repr(math.ldexp(1.0, self.random.randrange(-1074, 1024)))
        (double,) = struct.unpack("<d", self.random.randbytes(8))
        return repr(double) if math.isfinite(double) else "1.5"

    def json_string(self, text):
        has_surrogates = any(0xD800 <= ord(c) < 0xE000 for c in text)
        spelled = json.dumps(text, ensure_ascii=has_surrogates or self.chance(0.5))
        return spelled.replace("/", "\\/") if self.chance(0.1) else spelled

    def json(self, depth):
        """JSON text, with the liberties that clients take."""
        kind = self.random.randrange(10 if depth else 6)
        space = self.random.choice(["", " ", "\n  "])
        if kind <= 2:
            return self.json_string(self.string())
        if kind <= 4:
            return self.number()
        if kind == 5:
            return self.random.choice(["null", "true", "false"])
        items = range(self.random.choice([0, 1, 2, 2, 3, 4, 12]))
        if kind <= 7:
            return "[" + space + f",{space}".join(self.json(depth - 1) for _ in items) + space + "]"
        pairs = (f"{self.json_string(self.string())}{space}:{space}{self.json(depth - 1)}" for _ in items)
        return "{" + space + f",{space}".join(pairs) + space + "}"

    def container(self):
        while True:
            text = self.json(self.random.randrange(1, 5))
            if text[0] in "[{":
                return text.encode("utf-8")

    def deep(self):
        depth = self.random.randrange(50, 90)
        return (depth * '{"a": [' + self.number() + depth * "]}").encode()

    def text(self):
        return without_surrogates(self.string()).encode("utf-8")

    def forged(self):
        """A request that means to be mistaken for a request, a status and the beginning of a response."""
        pieces = []
        for _ in range(self.random.randrange(1, 5)):
            pieces.append(
                self.random.choice(["", "x", "{}", "{'a': 1}", '["it\'s"]', "None", without_surrogates(self.string())])
            )
            pieces.append(SEPARATOR.replace("200", str(self.random.choice([200, 201, 404]))))
        pieces.append(
            self.random.choice(
                ["", "[", "['", '["', "[\"', '", "['a', \"'", "{'a': '", '{"\'": "', "[1, ", "[]", "{'ok': True}"]
            )
        )
        return "".join(pieces).encode("utf-8")

    def request(self):
        kind = self.random.randrange(10)
        if kind <= 2:
            return "json", self.container()
        if kind <= 6:
            return "forged", self.forged()
        if kind == 7:
            return "scalar", self.json(0).encode("utf-8")
        if kind == 8:
            return "text", self.text()
        return "other", self.random.choice([None, b"", b"\xff\xfe{}", b"a=1&b=2", b"{", b"[1,", self.deep()])

    def response(self, earlier):
        """What the service answers: JSON, or a page that holds no separator and does not end as JSON does."""
        kind = self.random.randrange(10)
        if kind <= 5:
            return self.container()
        if kind == 6 and earlier:
            rows = [
                {"id": n, "details": self.random.choice(earlier), "user": 5} for n in range(self.random.randrange(1, 4))
            ]
            return json.dumps({"count": 87, "next": None, "results": rows}, ensure_ascii=self.chance(0.5)).encode(
                "utf-8"
            )
        if kind == 7:
            return self.random.choice([b"12", b"1e-7", b"true", b"null", b"NaN", b'"ok"', b'"it\'s"', b'""', b'"12"'])
        if kind == 8:
            return self.random.choice(
                [None, b"", b"\xff\xfe", b'\n<!doctype html>\n<html lang="en">\n', b"OK", b"{'a': 1} x"]
            )
        return b"[]" if self.chance(0.5) else self.deep()


def rows(client, cases):
    earlier = []
    while cases:
        kind, request = client.request()
        status, response = client.random.choice([200, 201, 400, 404, 500]), client.response(earlier)
        request, response = body_as_printed(request), body_as_printed(response)
        details = details_of(request, status, response)
        try:
            details.encode("utf-8")
        except UnicodeEncodeError:  # no database takes a surrogate; the service writes no row
            continue
        if len(details) < 2000:
            earlier = [*earlier[-50:], details]
        yield {"details": details, "kind": kind, "request": side(request), "status": status, "response": side(response)}
        cases -= 1


def near_misses(client, cases):
    """Texts that are nearly what Python prints. Characters that not every Python prints alike are left out."""
    while cases:
        printed = str(body_as_printed(client.container()))
        if not printed.isascii() or "\\U" in printed or "\\u" in printed:
            continue
        for _ in range(client.random.choice([1, 1, 2])):
            at = client.random.randrange(len(printed) + 1)
            more = client.random.choice(
                ["", "", "'", '"', "\\", " ", ",", "]", "}", "0", "e", ".", "-", "x", "'a': 1, "]
            )
            printed = printed[:at] + more + printed[at + client.random.randrange(3) :]
        yield {"text": printed, "is_container": printed[:1] in ("[", "{") and value_printed_as(printed)[0]}
        cases -= 1


def every_character():
    """Every code point, surrogates included, in strings of 64; and every one of two bytes alone, with quotes about."""
    for block in range(0, 0x110000, 4096):
        strings = ["".join(map(chr, range(start, start + 64))) for start in range(block, block + 4096, 64)]
        yield {"text": str(json.loads(json.dumps(strings))), "is_container": True}
    for quotes in ["", "'", '"', "'\""]:
        strings = [chr(code) + quotes for code in range(0x800)]
        yield {"text": str(json.loads(json.dumps(strings))), "is_container": True}
        yield {"text": str(dict.fromkeys(strings, 1)), "is_container": True}


def floats(client, cases):
    for exponent in range(-1074, 1024):
        yield repr(math.ldexp(1.0, exponent))
    for exponent in range(-330, 309):
        yield repr(float(f"1e{exponent}"))
    for _ in range(cases):
        yield str(json.loads(client.number()))


def main():
    seed, cases = int(sys.argv[1]), int(sys.argv[2])
    client = Client(seed)

    def lines():
        yield from rows(client, cases)
        yield from near_misses(client, cases)
        yield {"text": f"[{', '.join(floats(client, cases))}]", "is_container": True}
        if seed == 0:
            yield from every_character()

    for case in lines():
        print(json.dumps(case))


if __name__ == "__main__":
    main()
