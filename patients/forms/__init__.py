"""What is typed about patients, one file a subject."""
