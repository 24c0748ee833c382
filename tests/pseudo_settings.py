"""The product with one more language: the made-up one that tests/pseudo_locale.py writes."""

from django.conf.locale import LANG_INFO

from labelops.settings import *  # noqa: F403
from labelops.settings import DATA_DIR
from tests.pseudo_locale import CODE, FOLDER

LANGUAGES = [("en", "◆English"), (CODE, "◆Backwards")]
LANGUAGES_BIDI = [CODE]
LOCALE_PATHS = [DATA_DIR / FOLDER]
LANG_INFO[CODE] = {"bidi": True, "code": CODE, "name": CODE, "name_local": CODE}
