"""Reads `details` back, by the rule of the contract and in the simplest way: for comparison, not for speed.

A split is each place where `, Response Code: <3 digits>, Response Body: ` occurs, a container a complete literal of an
object or array that prints back to the same text. A split is certain when it is the only one; or when it alone has a
container as its response; or when no split has one, it is the last, and its request is a container.
"""

import ast
import json
import re
from dataclasses import dataclass

PREFIX = "Request Body: "
SEPARATOR = re.compile(", Response Code: ([0-9]{3}), Response Body: ")
TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|None|True|False|inf|nan|.""", re.DOTALL)
WORDS = {"None": "null", "True": "true", "False": "false", "inf": "Infinity", "nan": "NaN"}


class NoLiteral(Exception):
    """The text is not what str() or repr() prints of a JSON value."""


def literal(text):
    """The JSON value whose repr() is this text: its tokens are turned into JSON's, and the repr is the proof."""

    def token(match):
        word = match[0]
        if word[0] in "'\"":
            return json.dumps(ast.literal_eval(word))
        return WORDS.get(word, word)

    try:
        value = json.loads(TOKEN.sub(token, text))
    except (ValueError, SyntaxError, RecursionError) as error:
        raise NoLiteral from error
    if repr(value) != text:
        raise NoLiteral
    return value


def is_container(text):
    if text[:1] not in ("{", "["):
        return False
    try:
        literal(text)
    except NoLiteral:
        return False
    return True


@dataclass
class Reading:
    """`decoded`, and where it is certain the two texts; the status where it is certain or all splits agree."""

    decoded: str
    status: int | None = None
    request: str | None = None
    response: str | None = None


def read(details):
    if details is None or not details.startswith(PREFIX):
        return Reading("none")
    splits = [
        (details[len(PREFIX) : match.start()], int(match[1]), details[match.end() :])
        for match in SEPARATOR.finditer(details, len(PREFIX))
    ]
    if not splits:
        return Reading("none")
    answered = [split for split in splits if is_container(split[2])]
    if len(splits) == 1:
        sure = splits[0]
    elif len(answered) == 1:
        sure = answered[0]
    elif not answered and is_container(splits[-1][0]):
        sure = splits[-1]
    else:
        statuses = {status for _, status, _ in splits}
        return Reading("ambiguous", statuses.pop() if len(statuses) == 1 else None)
    request, status, response = sure
    return Reading("certain", status, request, response)
