"""One audit row for every save and delete of every model of the app, and the structured log of purchases."""

from decimal import Decimal

from django.db.models.signals import post_delete, post_save, pre_save

from .audit import log_event
from .models import AuditLog, Payments, PurchaseOrders

TRACKED = {
    PurchaseOrders: ["status", "total_price", "email"],
    Payments: ["status", "payment_method", "transaction_id"],
}


def connect(app):
    for model in app.get_models():
        if model is AuditLog:
            continue
        post_save.connect(saved, sender=model)
        post_delete.connect(deleted, sender=model)
    for model in TRACKED:
        pre_save.connect(about_to_save, sender=model)


def row(action, instance):
    name = instance._meta.model_name
    AuditLog.objects.create(
        action=action,
        model=name,
        record_id=instance.pk,
        details=f"Action {action} on {name} with id {instance.pk}",
        user_id=getattr(instance, "user_id", None),
    )


def saved(sender, instance, created, **kwargs):
    row("created" if created else "updated", instance)
    if sender in TRACKED:
        event = "CREATE" if created else "UPDATE"
        log_event(event, instance, {} if created else changes(instance), extra(event, instance))


def deleted(sender, instance, **kwargs):
    row("deleted", instance)
    if sender in TRACKED:
        log_event("DELETE", instance, {}, extra("DELETE", instance))


def about_to_save(sender, instance, **kwargs):
    instance._before = sender.objects.filter(pk=instance.pk).values(*TRACKED[sender]).first() if instance.pk else None


def changes(instance):
    before = instance._before or {}
    pairs = ((field, plain(old), plain(getattr(instance, field))) for field, old in before.items())
    return {field: {"from": old, "to": new} for field, old, new in pairs if old != new}


def plain(value):
    return float(value) if isinstance(value, Decimal) else value


def extra(event, instance):
    if isinstance(instance, PurchaseOrders):
        data = {"email": instance.email, "visit_id": instance.visit_id}
        if event == "CREATE":
            data["visit_date"] = str(instance.visit.day)
            data["total_price"] = plain(instance.total_price)
        if event in ("CREATE", "DELETE"):
            data["status"] = instance.status
        return data
    data = {"purchase_order_id": instance.purchase_order_id, "transaction_id": instance.transaction_id}
    if event != "UPDATE":
        if event != "DELETE":
            data["payment_method"] = instance.payment_method
        if event in ("CREATE", "DELETE"):
            data["status"] = instance.status
        if event != "DELETE":
            data["buyer_email"] = instance.purchase_order.email
    return data
