"""A park's ticket shop: the Django project whose traces auditctl reads."""
