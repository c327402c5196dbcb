"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.counting import READER, follow_facts, recount_all
from reports.services.proving import prove_rules

__all__ = ["READER", "follow_facts", "prove_rules", "recount_all"]
