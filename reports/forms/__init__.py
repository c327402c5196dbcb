"""The forms of the reviews."""
