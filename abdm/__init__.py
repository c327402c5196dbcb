"""ABDM: the national gateway."""
