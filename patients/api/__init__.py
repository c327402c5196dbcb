"""The nouns of patients."""
