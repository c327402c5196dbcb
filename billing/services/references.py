"""The number of what UPI, card or bank did when money went back: often it is known only afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Payment, Refund
from billing.states import UNNUMBERED, PaymentMode
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing


@act
def write_reference(*, refund: Refund, reference: str, request_key: UUID, actor: Any, at: datetime) -> Refund:
    """Write down the UTR or number of money that has gone back; it stays as it is written.

    Refuses cash, what has its number already, none at all, another's (`refuse_anothers`), and whatever a
    constraint on Refund refuses.
    """
    reference = reference.strip()
    body = [refund.pk, reference]
    if requests.was_sent(request_key, "billing.write_reference", actor=actor, body=body):
        return Refund.objects.get(pk=refund.pk)
    held = lock(Refund, refund.pk, "payment__invoice", "payment__deposit")
    if held.mode in UNNUMBERED:
        raise Refusal(_("Cash and deposits have no UTR."), field="reference")
    if held.reference:
        raise Refusal(_("%(voucher)s has its number already."), field="reference", voucher=held)
    if not reference:
        raise Refusal(_("Write the UTR or the number."), field="reference")
    held.reference, held.referenced_by, held.referenced_at = reference, actor, at
    refuse_anothers(held)
    with refusing(Refund):
        held.save(update_fields=["reference", "referenced_by", "referenced_at"])
    facts.record(
        "billing.refund_reference_written",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.taken_from.patient_id,
        mode=held.mode,
    )
    return held


def refuse_anothers(refund: Refund) -> None:
    """The number of a refund is not that of a receipt, and one transfer of the bank pays one patient.

    One transfer may pay several vouchers, so that no constraint can say this.
    """
    if not refund.reference:
        return
    here = {"facility": refund.facility_id, "mode": refund.mode, "reference": refund.reference}
    if refund.mode == PaymentMode.UPI and (came := Payment.objects.filter(**here).first()):
        raise Refusal(
            _("This is the UTR of receipt %(receipt)s. What went back has its own."),
            field="reference",
            receipt=came,
        )
    patient_id = refund.taken_from.patient_id
    own = Q(payment__invoice__patient=patient_id) | Q(payment__deposit__patient=patient_id)
    others = Refund.objects.filter(**here).exclude(own)
    if refund.mode == PaymentMode.BANK and (other := others.first()):
        raise Refusal(
            _("This number stands at voucher %(voucher)s of another patient."),
            field="reference",
            voucher=other,
        )
