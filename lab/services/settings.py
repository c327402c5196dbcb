"""What a hospital's laboratory asks: money first or later, how long a critical value waits, the ISI."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from lab.models import LaboratorySetting

SAID = ("pays_first", "critical_minutes", "isi")


@act
def set_laboratory(
    *, facility: Facility, said: Mapping[str, Any], version: int, actor: Any, at: datetime
) -> LaboratorySetting:
    """Say what this hospital's laboratory asks (`SAID`). `version` was on the screen: 0, or its rev + 1.

    Said twice, it is said once. Refuses when somebody else changed it meanwhile, and what a constraint does.
    """
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    held = LaboratorySetting.objects.filter(facility=facility).first()
    if held and all(getattr(held, name) == said[name] for name in SAID):
        return held
    if (held.rev + 1 if held else 0) != version:
        raise Refusal(_("Somebody else changed this meanwhile. Open the page again before you save."))
    setting = held or LaboratorySetting(facility=facility)
    for name in SAID:
        setattr(setting, name, said[name])
    with refusing(LaboratorySetting):
        setting.save(update_fields=SAID if held else None, force_insert=held is None)
    facts.record(
        "lab.laboratory_set",
        about=setting,
        actor=actor,
        at=at,
        facility_id=facility.pk,
        pays_first=setting.pays_first,
        critical_minutes=setting.critical_minutes,
    )
    return setting
