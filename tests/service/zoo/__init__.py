"""An app with every kind of field, key and relation: what django-reversion makes of them is what auditctl must."""
