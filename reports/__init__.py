"""Reports: dashboards, registers, reviews."""
