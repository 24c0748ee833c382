"""The made-up language has every sentence, and gettext reads its catalogue."""

import gettext
import io

import pytest
from django.core.management.commands import makemessages as django_makemessages

from tasks.management.commands import makemessages
from tests.pseudo_locale import (
    PURE_FUNCTIONS,
    catalogue,
    compiled,
    in_catalogue,
    in_code,
    in_template,
    messages,
    pseudo,
)


@pytest.fixture(scope="module")
def found():
    return messages()


@pytest.mark.parametrize(
    "sentence",
    [
        "Getting the next task…",  # the editor
        "Four steps to running work",  # a template
        "The project is changed.",  # a view
        "{title} needs an answer.",  # a pure package
        "Did you mean {word}?",  # its hints
        "The {kind} image is damaged or incomplete.",  # images
        "Scale it down or cut it into parts.",  # their hints
        "This field is required.",  # Django
    ],
)
def test_sentences_of_every_layer_are_found(found, sentence):
    assert ("", sentence, "") in found


def test_a_plural_is_found_with_its_singular(found):
    assert ("", "added %(count)d item", "added %(count)d items") in found


def test_code_is_read_by_the_names_of_its_calls():
    source = """
_("one " "sentence")
_(variable)
ngettext("%(n)d cat", "%(n)d cats", n)
pgettext("month", "May")
SCHEMA.fail("code", path, "Not {value}.", value=1)
SCHEMA.fail("code", path, template)
"""
    assert set(in_code(source)) == {
        ("", "one sentence", ""),
        ("", "%(n)d cat", "%(n)d cats"),
        ("month", "May", ""),
        ("", "Not {value}.", ""),
    }


def test_templates_are_read_as_django_reads_them():
    source = """{% load i18n %}{% translate "It's one" %}
{% blocktranslate count n=n %}{{ n }} cat{% plural %}{{ n }} cats{% endblocktranslate %}
{% translate "May" context "month" %}{{ value|default:_("none") }}"""
    assert set(in_template(source)) == {
        ("", "It's one", ""),
        ("", "%(n)s cat", "%(n)s cats"),
        ("month", "May", ""),
        ("", "none", ""),
    }


def test_catalogues_are_read_over_several_lines():
    source = (
        'msgid ""\nmsgstr ""\n\nmsgctxt "m"\nmsgid ""\n"a\\n"\n"b"\nmsgid_plural "c"\nmsgstr ""\n'
    )
    assert list(in_catalogue(source)) == [("m", "a\nb", "c")]


def test_values_and_markup_stay_and_the_rest_is_longer():
    made = pseudo("Publish %(number)d of {count} <b>now</b>, 100 %%?")
    assert all(kept in made for kept in ("%(number)d", "{count}", "<b>", "</b>", "%%"))
    assert "Publish" not in made
    assert len(made) >= 1.4 * len("Publish of now")
    assert (made[0], made[-1]) == ("⟦", "⟧")


def test_gettext_reads_the_compiled_catalogue():
    entries = catalogue({("", "one", ""), ("month", "May", ""), ("", "a cat", "cats")})
    read = gettext.GNUTranslations(io.BytesIO(compiled(entries)))
    assert read.gettext("one") == pseudo("one")
    assert read.pgettext("month", "May") == pseudo("May")
    assert read.ngettext("a cat", "cats", 1) == pseudo("a cat")
    assert read.ngettext("a cat", "cats", 2) == pseudo("cats")


def test_the_command_collects_what_the_pure_packages_say():
    added = set(makemessages.Command.xgettext_options) - set(
        django_makemessages.Command.xgettext_options
    )
    assert added == {f"--keyword={name}:{place + 1}" for name, place in PURE_FUNCTIONS.items()}
