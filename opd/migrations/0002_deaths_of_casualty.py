from django.db import migrations

# Whoever was brought dead, or died in casualty, is dead on file. Who certified it has said it already, or says it anew.
FILL = """
    SELECT set_config('hmis.reach', 'all', true);
    INSERT INTO patients_deathnotice (
        id, origin_node, facility_id, patient_id, encounter_id, died_at, said_by_id, said_at, withdrawn_why, alone_note
    )
    SELECT DISTINCT ON (patient_id, facility_id) id, origin_node, facility_id, patient_id, encounter_id,
        COALESCE(declared_dead_at, left_at), triaged_by_id, COALESCE(left_at, arrived_at), '', ''
    FROM opd_casualtyarrival WHERE declared_dead_at IS NOT NULL OR outcome = 'died'
    ORDER BY patient_id, facility_id, arrived_at DESC
    ON CONFLICT DO NOTHING;
    SELECT set_config('hmis.reach', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('opd', '0001_squashed'),
        ('patients', '0004_death_notices'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
