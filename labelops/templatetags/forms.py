"""Gives form fields the classes of the design, whatever widget the form chose."""

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()

CLASS_BY_WIDGET: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
]


@register.filter
def add_class(field: BoundField, names: str) -> BoundField:
    """The same field, its widget with further classes; the form owns its widgets, nobody else."""
    attrs: dict[str, Any] = field.field.widget.attrs
    present = str(attrs.get("class", "")).split()
    attrs["class"] = " ".join(dict.fromkeys([*present, *names.split()]))
    return field


@register.filter
def styled(field: BoundField) -> BoundField:
    """The field with the class of its kind of widget, and marked when its value was refused."""
    widget = field.field.widget
    names = next(names for kind, names in CLASS_BY_WIDGET if isinstance(widget, kind))
    return add_class(field, f"{names} is-invalid" if field.errors else names)


@register.filter
def layout(field: BoundField) -> str:
    """How a field is laid out: one `check`, a `group` of options, or `plain` under its label."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "group"
    return "check" if isinstance(widget, forms.CheckboxInput) else "plain"
