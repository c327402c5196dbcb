"""Money's nouns, one file a subject."""
