"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.proving import prove_rules

__all__ = ["prove_rules"]
