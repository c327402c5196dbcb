"""The nouns of the wards."""
