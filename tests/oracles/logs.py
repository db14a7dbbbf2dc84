"""Writes logs with Python's own logging module, and prints what was logged: the oracle of the grammar.

    logs.py FOLDER SEED RECORDS

Two files are written, `detailed.log` and `standard.log`, in the formats of the service, by a rotating handler that keeps
everything. On stdout comes one JSON line a record: the file, the order in it, and each field as logging had it.
Messages are awkward on purpose; what the formats themselves leave open is left out: a further line of a message that
could begin a record by itself, and a message in the standard format that begins as the place does in the detailed one.
"""

import json
import logging
import logging.handlers
import os
import random
import re
import sys

DETAILED = "%(asctime)s - %(name)s - %(levelname)s - %(module)s - %(funcName)s:%(lineno)d - %(message)s"
STANDARD = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
LEVELS = [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL, 15, 25]
NAMES = ["audit", "purchase_audit", "root.a.b", "django.request", "ñandú", "with-hyphen", "x"]
PIECES = [
    " - ", " - INFO - ", "\n", "\n\n", "\r", "\r\n", "\t", "\x00", "\x1b[31m", "\u2028", "\x85", "ñ", "漢字", "😀", "\\", "\\n", '"', "'",
    "{", "}", '{"a": 1}', "AUDIT: ", "AUDIT: {", "2026-11-23 03:09:54", "2026-11-23 03:09:54 - ", ":", "12", " ", "Traceback (most recent call last):",
    '  File "x.py", line 1, in f', "%s", "word", "Pago creado exitosamente: 12", "\ufeff", "=1+1",
]
BEGINS = re.compile(r"^\x00*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\{)", re.M)
PLACE = re.compile(r"^\S+ - \S+:\d+ - |^\(unknown file\)")


class Collector(logging.Handler):
    """Keeps what was logged."""

    def __init__(self, file, formatter, out):
        super().__init__()
        self.file, self.out = file, out
        self.setFormatter(formatter)

    def emit(self, record):
        whole = self.format(record)
        # What follows the prefix: the message, and the traceback behind it.
        message = whole[whole.index(record.message) :] if record.message else None
        prefix = self.formatter._fmt.split("%(message)s")[0] % (record.__dict__ | {"message": ""})
        assert whole.startswith(prefix)
        message = whole[len(prefix) :]
        detailed = self.file == "detailed.log"
        self.out.append(
            {
                "file": self.file,
                "timestamp": record.asctime.replace(" ", "T"),
                "logger": record.name,
                "level": record.levelname,
                "module": record.module if detailed else None,
                "function": record.funcName if detailed else None,
                "line": record.lineno if detailed else None,
                "message": message,
            }
        )


def message(dice):
    while True:
        text = "".join(dice.choice(PIECES) for _ in range(dice.randrange(0, 9)))
        further = text.split("\n", 1)[1] if "\n" in text else ""
        if not BEGINS.search(further) and not PLACE.search(text):
            return text


def main():
    folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    dice = random.Random(seed)
    logging.addLevelName(25, "NOTICE")
    records = []
    root = logging.getLogger()
    root.setLevel(1)
    for file, format in (("detailed.log", DETAILED), ("standard.log", STANDARD)):
        formatter = logging.Formatter(format, datefmt="%Y-%m-%d %H:%M:%S")
        handler = logging.handlers.RotatingFileHandler(
            os.path.join(folder, file), maxBytes=dice.choice([0, 20_000, 1_000_000]), backupCount=1000, encoding="utf-8"
        )
        handler.setFormatter(formatter)
        root.addHandler(handler)
        root.addHandler(Collector(file, formatter, records))
    audit = lambda text: json.dumps({"timestamp": "2026-11-23T03:09:54", "event_type": text, "changes": {text: [text]}}, ensure_ascii=False)

    def in_a_function(logger, level, text):
        logger.log(level, "%s", text)

    for _ in range(count):
        logger, level, text = logging.getLogger(dice.choice(NAMES)), dice.choice(LEVELS), message(dice)
        kind = dice.random()
        if kind < 0.1:
            logger.log(level, "AUDIT: %s", audit(text))
        elif kind < 0.2:
            try:
                raise ValueError(message(dice).replace("{", "("))
            except ValueError:
                logger.exception("%s", text)
        elif kind < 0.4:
            in_a_function(logger, level, text)
        elif kind < 0.5:
            (lambda: logger.log(level, "%s", text))()
        else:
            logger.log(level, "%s", text)
    logging.shutdown()
    for record in records:
        sys.stdout.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
