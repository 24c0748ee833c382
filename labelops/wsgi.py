"""The WSGI entry point of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from labelops.durability import guard_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
application = get_wsgi_application()
guard_connections()
# What is loaded by now stays as long as the process: without this, a collection in the middle of
# a page looks through all of it again, for 60 ms.
gc.collect()
gc.freeze()
