"""What a hospital's laboratory asks: money first or later, how long a critical value waits, the ISI."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed, version_shown
from hmis.kernel.errors import refusing
from lab.models import LaboratorySetting

SAID = ("pays_first", "critical_minutes", "isi")


@act
def set_laboratory(
    *, facility: Facility, said: Mapping[str, Any], version: int, actor: Any, at: datetime
) -> LaboratorySetting:
    """Say what this hospital's laboratory asks (`SAID`). `version` was on the screen (`version_shown`).

    Said twice, it is said once. Refuses when somebody else changed it meanwhile, and what a constraint does.
    """
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    held = LaboratorySetting.objects.filter(facility=facility).first()
    if held and all(getattr(held, name) == said[name] for name in SAID):
        return held
    refuse_changed(version_shown(held), version)
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
