"""What gunicorn serves."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")

application = get_wsgi_application()

from hmis.ops.start import refuse_unsafe_or_end  # noqa: E402  # asks models, which are there from here on
from patients import codes  # noqa: E402

# Before the workers part: else each one's first act would load the addresses while it holds a number's row.
get_resolver().url_patterns  # noqa: B018
# Half a second: no doctor waits for it at the first letter, and the workers share what it makes.
codes.search("a")
if settings.PRODUCTION:
    refuse_unsafe_or_end()

# What is loaded by now is no garbage: the workers share it, and none walks it again. A request makes some
# thousands of objects: looking through them thirty times while it runs finds nothing.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
