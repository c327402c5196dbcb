"""The bench runs in a hospital that is at work; what it prints is no test."""

from datetime import timedelta

from django.utils import timezone

from benchmarks import beds
from patients.models import BedStay
from tests.factories.ipd import admit, beds_in
from tests.factories.patients import make_patient


def test_nobody_who_lies_or_has_lain_is_laid_into_a_bed_of_the_bench(med, ward, kavita, monkeypatch):
    for name, value in {"WARDS": 2, "A_WARD": 4, "A_ROOM": 2, "TAKEN": 0.5}.items():
        monkeypatch.setattr(beds, name, value)
    lain, lies, *free = [make_patient(med.facility, f"Patient {n}") for n in range(6)]
    admit(lies, beds_in(ward)[0], kavita)
    admit(lain, beds_in(ward)[1], kavita, at=timezone.now() - timedelta(days=1))
    BedStay.objects.filter(patient=lain).update(ended_at=timezone.now())

    beds._fill()

    laid = BedStay.objects.filter(bed__room__ward__name__startswith="Bench")
    assert set(laid.values_list("patient", flat=True)) == {one.pk for one in free}
