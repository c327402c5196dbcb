from django.db import migrations

# Before casualty heard that a death is taken back, whoever was brought dead by mistake stayed dead there. As
# opd.services.casualty.follow_withdrawn_death: who is still here, and of whose contact no death holds.
PUT_RIGHT = """
    SELECT set_config('hmis.reach', 'all', true);
    UPDATE opd_casualtyarrival arrival SET declared_dead_at = NULL
    WHERE arrival.left_at IS NULL AND arrival.declared_dead_at IS NOT NULL
        AND EXISTS (
            SELECT FROM patients_deathnotice death
            WHERE death.encounter_id = arrival.encounter_id AND death.withdrawn_at IS NOT NULL
        )
        AND NOT EXISTS (
            SELECT FROM patients_deathnotice death
            WHERE death.encounter_id = arrival.encounter_id AND death.withdrawn_at IS NULL
        );
    SELECT set_config('hmis.reach', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('opd', '0003_one_word_for_senior_citizens'),
        ('patients', '0004_death_notices'),
    ]

    operations = [
        migrations.RunSQL(PUT_RIGHT, migrations.RunSQL.noop),
    ]
