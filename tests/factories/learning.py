"""Connections that have learnt nothing yet."""

from django.db import connection


def forget_statements():
    """This thread's connection knows no statement: what an earlier test taught it is not asked about."""
    connection.statements_known = None
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
