"""Which named rules a table has, and which of them an act breaks."""

from django.apps import apps
from django.db import IntegrityError, transaction


def rules_of(label):
    """The names of all constraints of this app's own tables."""
    return {
        rule.name for model in apps.get_app_config(label).get_models() for rule in model._meta.constraints
    }


def rule_broken_by(act, *arguments, **details):
    """The name of the constraint that refused this act; None: it was done."""
    try:
        with transaction.atomic():
            act(*arguments, **details)
    except IntegrityError as refused:
        return refused.__cause__.diag.constraint_name
    return None


def by_row(breaks):
    """{row: {rule: what breaks it}} of {rule: (row, what breaks it)}: a row is made once for its rules."""
    rows = {}
    for rule, (row, changes) in breaks.items():
        rows.setdefault(row, {})[rule] = changes
    return rows


def again(row, **changes):
    """Write the row a second time under a new key, changed like this."""
    model = type(row)
    fields = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    fields.pop("id")
    return model.objects.bulk_create([model(**fields | changes)])
