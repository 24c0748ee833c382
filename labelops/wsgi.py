"""The WSGI entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

from labelops.durability import guard_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
application = get_wsgi_application()
guard_connections()
