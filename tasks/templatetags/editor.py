"""What the scripts of the editor read from a page."""

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from tasks.reports import editor_strings as sentences

register = template.Library()


@register.simple_tag
def editor_strings() -> SafeString:
    """The sentences of the editor, once for all its elements on a page."""
    return json_script(sentences.editor_strings(), "editor-strings")
