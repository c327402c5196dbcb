"""The nouns of the OPD and of casualty."""
