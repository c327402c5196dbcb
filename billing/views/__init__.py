"""The pages of money, one file a subject."""
