"""What gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")

application = get_wsgi_application()

from hmis.kernel import garbage  # noqa: E402
from hmis.ops.start import refuse_unsafe_or_end  # noqa: E402  # asks models, which are there from here on
from patients import codes, names  # noqa: E402

# Who has chosen no time zone is looked for at each question for the day, in three places.
timezone.activate(timezone.get_default_timezone())
# Before the workers part: else each one's first act would load the addresses while it holds a number's row.
get_resolver().url_patterns  # noqa: B018
# Half a second: no doctor waits for it at the first letter, and the workers share what it makes.
codes.search("a")
names.sound_key("a")  # the same of all names
if settings.PRODUCTION:
    refuse_unsafe_or_end()

garbage.lay_aside()  # the workers share it
