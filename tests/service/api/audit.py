"""The structured log of purchases: one JSON object after the word `AUDIT: `."""

import json
import logging
from datetime import datetime

logger = logging.getLogger("purchase_audit")


def log_event(event_type, instance, changes=None, extra=None, user=None):
    """One line. The signals know no user, so it is null there; the views pass theirs."""
    event = {
        "timestamp": datetime.now().isoformat(),
        "event_type": event_type,
        "model": type(instance).__name__,
        "instance_id": instance.pk,
        "user_id": user.pk if user else None,
        "user_email": user.email if user else None,
        "changes": changes or {},
        "extra_data": extra or {},
    }
    logger.info("AUDIT: %s", json.dumps(event, ensure_ascii=False))
