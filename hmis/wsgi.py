"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")

application = get_wsgi_application()

from hmis.ops.start import refuse_unsafe_or_end  # noqa: E402  # asks models, which are there from here on

# Before the workers part: else each one's first act would load the addresses while it holds a number's row.
get_resolver().url_patterns  # noqa: B018
if settings.PRODUCTION:
    refuse_unsafe_or_end()
