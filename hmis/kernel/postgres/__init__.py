"""The database backend: Django's own for PostgreSQL, whose compiler says once what is always the same."""
