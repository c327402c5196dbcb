"""What the worker does for the kernel."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from knox.models import AuthToken

from hmis.kernel import facts, seals
from hmis.kernel.models import LoginSession, RequestKey, Throttle

KEYS_ARE_KEPT = timedelta(days=30)
# So long the login page knows whose form it is that meets the end of a login.
ENDED_ARE_KEPT = timedelta(days=1)
COUNTS_ARE_KEPT = timedelta(hours=2)


@shared_task(name="kernel.sweep")
def sweep() -> int:
    """Tell listeners what waits for them."""
    return facts.sweep()


@shared_task(name="kernel.seal")
def seal() -> int:
    """Put the audit's new rows under seal: each minute, whoever else does so too."""
    return seals.seal(at=timezone.now())


@shared_task(name="kernel.tidy")
def tidy() -> None:
    """Forget what has served its time: ended sessions and tokens, old request keys, old counts."""
    now = timezone.now()
    AuthToken.objects.filter(expiry__lt=now).delete()
    LoginSession.objects.filter(expire_date__lt=now - ENDED_ARE_KEPT).delete()
    RequestKey.objects.filter(at__lt=now - KEYS_ARE_KEPT).delete()
    Throttle.objects.filter(began_at__lt=now - COUNTS_ARE_KEPT).delete()
