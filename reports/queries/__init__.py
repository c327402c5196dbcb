"""Reads across the apps."""

from reports.queries.abha import (
    AbhaCoverage,
    abha_coverage,
    abha_shown,
)
from reports.queries.counting import (
    NOTHING,
    READER,
    Cell,
    Counts,
    counted,
    is_counted,
    kept,
    midnight,
    touched_cells,
)
from reports.queries.hpr import (
    HprCoverage,
    HprFilter,
    cadres,
    hpr_coverage,
    professionals,
)
from reports.queries.idsp import (
    FormLine,
    FormP,
    cases_of,
    form_p,
)
from reports.queries.invariants import (
    hfr_faults,
)
from reports.queries.link import (
    Link,
    LinkDay,
    last_heard,
    link_days,
    links_of,
    median_of,
)
from reports.queries.listing import (
    Counted,
    Row,
    days_with,
    hospitals_with,
    parts_of,
    rows_of,
)
from reports.queries.numbers import Number, Queue, columns_of, numbers_of, queues_of
from reports.queries.outcomes import KINDS, Outcomes, ends_of_stays, outcomes
from reports.queries.quality import WRITTEN, Quality, quality_of
from reports.queries.reconciling import (
    MOST,
    actless,
    uncharged,
)
from reports.queries.registers import (
    OPD,
    exceeds,
    signed_conditions,
    streamed,
)
from reports.queries.registries import (
    Coverage,
    RegistryFilter,
    districts_of,
    entries,
    hfr_coverage,
    not_entered,
    registry_imports,
)
from reports.queries.review import (
    OF_A_MONTH,
    USUAL_DAYS,
    Review,
    Weekly,
    beds_of_hospitals,
    days_of,
    diagnoses,
    live,
    lying_now,
    review,
    weekly,
)
from reports.queries.rollout import (
    Line,
    Use,
    Why,
    expectations_of,
    hospitals_of,
    lines_for,
    rollout_of,
    screens_now,
    setting_of,
)
from reports.queries.runs import (
    runs_of,
)
from reports.queries.scopes import Scope, scope_of
from reports.queries.spans import spans_of
from reports.queries.sums import sums
from reports.queries.use import (
    acts_of,
    latest_use,
    module_of,
)

__all__ = [
    "KINDS",
    "MOST",
    "NOTHING",
    "OF_A_MONTH",
    "OPD",
    "READER",
    "USUAL_DAYS",
    "WRITTEN",
    "AbhaCoverage",
    "Cell",
    "Counted",
    "Counts",
    "Coverage",
    "FormLine",
    "FormP",
    "HprCoverage",
    "HprFilter",
    "Line",
    "Link",
    "LinkDay",
    "Number",
    "Outcomes",
    "Quality",
    "Queue",
    "RegistryFilter",
    "Review",
    "Row",
    "Scope",
    "Use",
    "Weekly",
    "Why",
    "abha_coverage",
    "abha_shown",
    "actless",
    "acts_of",
    "beds_of_hospitals",
    "cadres",
    "cases_of",
    "columns_of",
    "counted",
    "days_of",
    "days_with",
    "diagnoses",
    "districts_of",
    "ends_of_stays",
    "entries",
    "exceeds",
    "expectations_of",
    "form_p",
    "hfr_coverage",
    "hfr_faults",
    "hospitals_of",
    "hospitals_with",
    "hpr_coverage",
    "is_counted",
    "kept",
    "last_heard",
    "latest_use",
    "lines_for",
    "link_days",
    "links_of",
    "live",
    "lying_now",
    "median_of",
    "midnight",
    "module_of",
    "not_entered",
    "numbers_of",
    "outcomes",
    "parts_of",
    "professionals",
    "quality_of",
    "queues_of",
    "registry_imports",
    "review",
    "rollout_of",
    "rows_of",
    "runs_of",
    "scope_of",
    "screens_now",
    "setting_of",
    "signed_conditions",
    "spans_of",
    "streamed",
    "sums",
    "touched_cells",
    "uncharged",
    "weekly",
]
