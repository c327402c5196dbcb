"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.counting import READER, follow_facts, recount_all
from reports.services.proving import prove_rules
from reports.services.seen import note_rows_seen

__all__ = ["READER", "follow_facts", "note_rows_seen", "prove_rules", "recount_all"]
