"""Prints texts with secrets in them, and what they should become, one JSON object a line.

Usage: redaction.py SEED COUNT

The expectation does not come from masking text: a random value is masked as a value, by walking it, and both are
printed by Python itself, as the service prints them. So whatever is compared has been parsed by nobody but Python.
"""

import json
import random
import sys
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

MASK = "[redacted]"
SECRET_KEYS = [
    "password", "Password", "password2", "passwordConfirm", "old_passwd", "db-pwd", "passphrase", "client_secret",
    "token", "access_token", "refresh", "id.token", "jwt", "Authorization", "HTTP_AUTHORIZATION", "Cookie",
    "Set-Cookie", "sessionid", "sessionId", "csrftoken", "X-CSRFToken", "csrfmiddlewaretoken", "apikey", "apiKey",
    "X-Api-Key", "api key", "accessKey", "private_key", "card number", "cardNumber", "cvv", "CVC", "PIN", "otp", "pan",
    "credential", "credentials", "user[password]", "it's a token", 'the "pin"',
]
OPEN_KEYS = [
    "id", "email", "total_price", "tokens_left", "pinned", "secretary", "shipping", "company", "ñandú", "options",
    "key", "card", "it's", 'say "x"', "", "\n", "\x00", "back\\slash",
]
PIECES = [
    "ana", " ", "ñ", "😀", "'", '"', "\\", "\n", "\t", "\x00", "\x7f", "\xa0", "\u200b", "\u2028", "€", "{", "}", "[", "]", ", ",
    "=", "/", "<b>", "100%", "+", "_", "12", "2026-11-23", "\r\n", "\\n", "end",
]


def words(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(6)))


def scalar(rng):
    return rng.choice([
        None, True, False, 0, -17, 10**30, 1.5, 1e-07, -0.0, float("inf"), float("nan"), "0.00", "x", words(rng),
    ])


class Both:
    """A value and the same masked."""

    def __init__(self, value, masked):
        self.value, self.masked = value, masked


def card(rng):
    digits = [4] + [rng.randrange(10) for _ in range(14)]
    doubled = [d if at % 2 else d * 2 // 10 + d * 2 % 10 for at, d in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def string(rng, depth):
    """A string: plain, or one that shows a secret, or one that holds another text."""
    kind = rng.randrange(12)
    if kind < 4 or depth == 0:
        plain = words(rng)
        return Both(plain, plain)
    if kind == 4:
        number = card(rng)
        if rng.random() < 0.5:
            number = " ".join(number[at:at + 4] for at in range(0, 16, 4))
        return Both(f"paid with {number}, thanks", f"paid with {MASK}, thanks")
    if kind == 5:
        token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI" + str(rng.randrange(10**6)) + ".c2ln-_"
        return Both(token, MASK)
    if kind == 6:
        return Both(f"Bearer {rng.randrange(10**9)}abc", f"Bearer {MASK}")
    if kind == 10:
        # Alphanumeric, since what quotes a URL in other text may also stand in a careless password.
        host = rng.choice(["db:5432/park", "[::1]/x@y", "ex.com?a=b@c"])
        url = f"{rng.choice(['postgres', 'https'])}://{rng.choice(['', 'ana'])}:%s@{host}"
        return Both(f"to {url % rng.randrange(10**6)} now", f"to {url % MASK} now")
    if kind == 11:
        credentials = b64encode(f"{rng.choice(['', 'ana', 'ñandú'])}:{rng.randrange(10**9)}".encode()).decode()
        return Both(f"Basic {credentials}", f"Basic {MASK}")
    if kind == 7:
        return form(rng, depth - 1)
    if kind == 8:
        return row(rng, depth - 1)
    return printed(container(rng, depth - 1))


def printed(both):
    """As Python prints it, with something in it that JSON spells otherwise: else it would be masked as JSON."""
    try:
        json.loads(repr(both.value), parse_constant=int)
    except ValueError:
        return Both(repr(both.value), repr(both.masked))
    return printed(Both([both.value, None], [both.masked, None]))


def value(rng, depth):
    kind = rng.randrange(8)
    if kind < 3:
        plain = scalar(rng)
        return Both(plain, plain)
    if kind == 3:
        return Both(int(card(rng)), MASK)
    if kind < 6 or depth == 0:
        return string(rng, depth)
    return container(rng, depth - 1)


def container(rng, depth):
    if rng.random() < 0.3:
        items = [value(rng, depth) for _ in range(rng.randrange(4))]
        return Both([item.value for item in items], [item.masked for item in items])
    if rng.random() < 0.1:
        return named(rng, depth)
    whole, masked = {}, {}
    for _ in range(rng.randrange(1, 5)):
        is_secret = rng.random() < 0.4
        key = rng.choice(SECRET_KEYS if is_secret else OPEN_KEYS)
        both = value(rng, depth)
        whole[key], masked[key] = both.value, MASK if is_secret else both.masked
    return Both(whole, masked)


def named(rng, depth):
    """An object that names its secret in one field and holds it in another, in any order."""
    is_secret = rng.random() < 0.6
    held = value(rng, depth)
    fields = [
        (rng.choice(["name", "key", "Field"]), *2 * [rng.choice(SECRET_KEYS if is_secret else OPEN_KEYS)]),
        (rng.choice(["value", "Value"]), held.value, MASK if is_secret else held.masked),
        ("id", 5, 5),
    ]
    rng.shuffle(fields)
    return Both({key: whole for key, whole, _ in fields}, {key: masked for key, _, masked in fields})


def form(rng, depth):
    whole, masked = [("a", "1")], [("a", "1")]
    for _ in range(rng.randrange(1, 4)):
        is_secret = rng.random() < 0.4
        key = rng.choice(SECRET_KEYS if is_secret else OPEN_KEYS) or "k"
        both = string(rng, depth)
        whole.append((key, both.value))
        masked.append((key, MASK if is_secret and both.value else both.masked))
    # What does not change is not encoded anew, so both are encoded by the same rule.
    quote = lambda text, *_: quote_plus(text, safe="*").replace(quote_plus(MASK), MASK)
    encode = lambda fields: urlencode(fields, quote_via=quote)
    return Both(encode(whole), encode(masked))


def row(rng, depth):
    request, response = container(rng, depth), container(rng, depth)
    text = f"Request Body: %s, Response Code: {rng.choice([200, 201, 404])}, Response Body: %s"
    return Both(text % (request.value, response.value), text % (request.masked, response.masked))


def case(rng):
    kind = rng.choice(["python", "json", "json", "form", "row", "row"])
    if kind == "form":
        both = form(rng, 3)
    elif kind == "row":
        both = row(rng, 3)
    else:
        inner = container(rng, 4)
        if kind == "python":
            both = printed(inner)
        else:
            options = {"ensure_ascii": rng.random() < 0.5, "indent": rng.choice([None, None, 2])}
            # The readers of JSON elsewhere don't know Python's NaN.
            finite = lambda v: json.loads(json.dumps(v), parse_constant=str)
            both = Both(json.dumps(finite(inner.value), **options), json.dumps(finite(inner.masked), **options))
    return {"kind": kind, "text": both.value, "masked": both.masked}


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(count):
        print(json.dumps(case(random.Random(f"{seed}/{number}"))))


main()
