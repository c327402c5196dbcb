"""The nouns of money, one file a subject."""
