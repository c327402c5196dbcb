from django.db import migrations

# A line of which a step is taken once had no days, and ran for ever once it was signed. Each step has its days, the
# one that is taken once has one; a line of which any step has none stays open. What a signature closes is changed
# here alone: the dosage, which says all of it, is not. The second wall stands: the owner too says whose rows it reads.
FILL = """
    SELECT set_config('hmis.reach', 'all', true), set_config(
        'pgtrigger.ignore', '{pgtrigger_line_stays_as_written_cef9f,pgtrigger_signed_once_175e3}', true
    );
    UPDATE patients_medicationrequest AS line
    SET days = whole.days, ends_on = line.starts_on + (whole.days - 1)
    FROM (
        SELECT id, sum(days)::int AS days
        FROM (
            SELECT one.id, step -> 'sequence', max(coalesce(
                (step #>> '{timing,repeat,boundsDuration,value}')::int,
                CASE WHEN step #> '{timing,repeat,count}' = '1' AND step -> 'asNeededBoolean' = 'false' THEN 1 END
            )) AS days
            FROM patients_medicationrequest AS one, jsonb_array_elements(one.dosage) AS step
            WHERE one.days IS NULL AND one.dosage @> '[{"timing": {"repeat": {"count": 1}}}]'
            GROUP BY 1, 2
        ) AS steps
        GROUP BY id HAVING bool_and(days IS NOT NULL)
    ) AS whole
    WHERE whole.id = line.id;
    SELECT set_config('hmis.reach', '', true), set_config('pgtrigger.ignore', '{}', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0001_squashed'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
