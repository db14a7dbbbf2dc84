"""A process of the service that logs as fast as it can, through Python's own logging module.

    log_writer.py FILE HANDLER NAME STOP

HANDLER is `file` (FileHandler) or `rotating` (RotatingFileHandler whose own limit is never reached). Writes numbered
lines of NAME until the file STOP appears, now and then a record of several lines, and prints how many records it wrote.
"""

import logging
import logging.handlers
import os
import sys


def main():
    path, kind, name, stop = sys.argv[1:]
    if kind == "rotating":
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=1 << 40, backupCount=10, encoding="utf-8")
    else:
        handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    # What can't be written must not be passed over in silence.
    logging.raiseExceptions = True
    handler.handleError = lambda record: os._exit(3)
    logger = logging.getLogger("audit")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    number = 0
    while number % 50 or not os.path.exists(stop):
        filler = "ñ" * (number * 7919 % 211)
        if number % 97:
            logger.info("%s %d %s.", name, number, filler)
        else:
            logger.info("%s %d %s.\n  a second line of %s %d\n  the end of %s %d", name, number, filler, name, number, name, number)
        number += 1
    print(number)


main()
