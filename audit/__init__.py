"""Audit: who saw, changed, printed or exported what; broken glass; seals."""
