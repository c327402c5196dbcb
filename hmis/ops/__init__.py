"""What keeps an open hospital safe: its start, its logs, its figures, its copies. Imported by no app."""
