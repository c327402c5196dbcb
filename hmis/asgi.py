"""For a server that speaks ASGI; the hospital is served by wsgi.py."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")

application = get_asgi_application()
