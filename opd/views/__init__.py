"""The pages of the OPD and of casualty."""
