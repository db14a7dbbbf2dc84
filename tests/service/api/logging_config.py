"""The log files: one RotatingFileHandler a file, opened for append and kept open."""

import logging
import logging.handlers
from datetime import datetime

from django.conf import settings

DETAILED = "%(asctime)s - %(name)s - %(levelname)s - %(module)s - %(funcName)s:%(lineno)d - %(message)s"
STANDARD = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
STAMP = "%Y-%m-%d %H:%M:%S"
MIB = 1024 * 1024

# loggers, file, size at which it rotates, backups, format
FILES = [
    (["audit", "purchase_audit"], "audit.log", 20 * MIB, 10, DETAILED),
    (["payments"], "payments.log", 10 * MIB, 5, DETAILED),
    (["purchase_orders"], "purchase_orders.log", 10 * MIB, 5, DETAILED),
    (["donations"], "donations.log", 5 * MIB, 3, STANDARD),
    (["system_errors"], "errors.log", 10 * MIB, 5, DETAILED),
]


def setup_logging():
    settings.LOG_DIR.mkdir(parents=True, exist_ok=True)
    for names, file, size, backups, layout in FILES:
        handler = logging.handlers.RotatingFileHandler(
            settings.LOG_DIR / file, maxBytes=size, backupCount=backups, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter(layout, STAMP))
        for name in names:
            logger = logging.getLogger(name)
            logger.setLevel(logging.INFO)
            logger.propagate = False
            logger.handlers = [handler]
    logging.getLogger("audit").info("Sistema de logging configurado correctamente - %s", datetime.now())
