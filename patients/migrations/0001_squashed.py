import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import hmis.kernel.history
import hmis.kernel.ids
import hmis.kernel.migrating
import hmis.kernel.models
import patients.identifiers
import patients.models.bed
import patients.sections
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

# They write as the tables' owner. A patient who is renamed at one hospital is known by the new name at all of
# them: the last one reaches every hospital while it runs, and no longer.
KNOW = """
    CREATE FUNCTION patients_know(known uuid, place uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO patients_knownname (id, facility_id, patient_id, word, registered_at, name_words)
        SELECT uuidv7(), place, one.id, word, one.registered_at, one.name_words
        FROM patients_patient one, unnest(one.name_words) AS word WHERE one.id = known
        ON CONFLICT DO NOTHING;
    END $$
"""
KNOW_GUEST = """
    CREATE FUNCTION patients_know_guest(known uuid, place uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM patients_patient WHERE id = known AND facility_id = place) THEN
            PERFORM patients_know(known, place);
        END IF;
    END $$
"""
KNOW_ANEW = """
    CREATE FUNCTION patients_know_anew(known uuid, place uuid, since timestamptz, words varchar[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        reached text := coalesce(current_setting('hmis.reach', true), '');
        places uuid[];
    BEGIN
        PERFORM set_config('hmis.reach', 'all', true);
        places := ARRAY(
            SELECT facility_id FROM patients_patient WHERE id = known
            UNION SELECT facility_id FROM patients_encounter WHERE patient_id = known
            UNION SELECT place
        );
        DELETE FROM patients_knownname WHERE facility_id = ANY (places) AND word = ANY (words)
        AND registered_at = since AND patient_id = known;
        PERFORM patients_know(known, one) FROM unnest(places) AS one;
        PERFORM set_config('hmis.reach', reached, true);
    END $$
"""
# Plain triggers: those of pgtrigger can be silenced by a session, and the application's role has sessions.
STAYS = """
    CREATE FUNCTION patients_note_stays() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF OLD.status NOT IN ('draft', 'awaiting') THEN
            RAISE EXCEPTION 'a note that is % never changes', OLD.status;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER note_stays_as_signed BEFORE UPDATE ON patients_clinicalnote
    FOR EACH ROW EXECUTE FUNCTION patients_note_stays();
"""
NO_MORE_VERSIONS = """
    CREATE FUNCTION patients_note_takes_versions() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        PERFORM FROM patients_clinicalnote WHERE id = NEW.note_id AND status IN ('draft', 'awaiting');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'only an open note takes another version';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER only_open_notes_take_versions BEFORE INSERT ON patients_noteversion
    FOR EACH ROW EXECUTE FUNCTION patients_note_takes_versions();
"""
NOT_STAYS = """
    DROP TRIGGER note_stays_as_signed ON patients_clinicalnote;
    DROP FUNCTION patients_note_stays();
"""
MORE_VERSIONS = """
    DROP TRIGGER only_open_notes_take_versions ON patients_noteversion;
    DROP FUNCTION patients_note_takes_versions();
"""


class Migration(migrations.Migration):

    replaces = [('patients', '0001_first'), ('patients', '0002_casualty_newborns_beds'), ('patients', '0003_abha_status_and_old_numbers'), ('patients', '0004_births_are_written_once'), ('patients', '0005_known_names_corrected_cases'), ('patients', '0006_observations_and_allergies'), ('patients', '0007_notes_and_conditions'), ('patients', '0008_encounters_run_out'), ('patients', '0009_outcomes'), ('patients', '0010_medicines'), ('patients', '0011_prescriptions'), ('patients', '0012_kinds_of_the_laboratory'), ('patients', '0013_wards')]

    initial = True

    dependencies = [
        ('facilities', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        # Others' steps each draw every model there is: before ours there are few.
        ('knox', '0009_extend_authtoken_field'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE patients_uhid_serial MINVALUE 1 CACHE 1", "DROP SEQUENCE patients_uhid_serial"),
        hmis.kernel.migrating.AtOnce(
            operations=[
                migrations.CreateModel(
                    name='Patient',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('uhid', models.CharField(editable=False, max_length=11, verbose_name='UHID')),
                        ('name', models.CharField(max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name')),
                        ('name_hi', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name in Hindi')),
                        ('name_words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, editable=False, size=None)),
                        ('sex', models.CharField(choices=[('female', 'female'), ('male', 'male'), ('other', 'other'), ('unknown', 'not known')], max_length=8, verbose_name='sex')),
                        ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                        ('birth_precision', models.CharField(choices=[('day', 'day'), ('month', 'month'), ('year', 'year')], default='day', max_length=5)),
                        ('phone', models.CharField(blank=True, max_length=10, verbose_name='mobile')),
                        ('no_phone_reason', models.CharField(blank=True, choices=[('none_owned', 'has no phone'), ('declined', 'does not wish to give it'), ('not_known', 'does not know it')], max_length=12, verbose_name='no mobile')),
                        ('abha_status', models.CharField(choices=[('not_asked', 'not asked'), ('linked', 'linked'), ('assisted', 'made with help'), ('declined', 'does not want one'), ('no_phone', 'no phone to make one')], db_default='not_asked', default='not_asked', max_length=12, verbose_name='ABHA')),
                        ('guardian_name', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='guardian')),
                        ('guardian_relation', models.CharField(blank=True, choices=[('husband', 'husband'), ('father', 'father'), ('mother', 'mother'), ('wife', 'wife'), ('son', 'son'), ('daughter', 'daughter'), ('other', 'other relation')], max_length=8, verbose_name='relation')),
                        ('address', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='house, street')),
                        ('village', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='village or mohalla')),
                        ('block_name', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='block')),
                        ('block', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.block')),
                        ('district', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.district', verbose_name='district')),
                        ('pincode', models.CharField(blank=True, max_length=6, verbose_name='PIN code')),
                        ('category', models.CharField(choices=[('general', 'general'), ('bpl', 'BPL'), ('senior', 'senior citizen'), ('disabled', 'disabled'), ('staff', 'staff'), ('prisoner', 'prisoner')], default='general', max_length=8, verbose_name='category')),
                        ('occupation', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='occupation')),
                        ('religion', models.CharField(blank=True, max_length=40, validators=[patients.identifiers.refuse_aadhaar], verbose_name='religion')),
                        ('is_unknown', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='not yet named')),
                        ('registered_at', models.DateTimeField(editable=False)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='patient_by_phone'), models.Index(django.db.models.functions.text.Right('phone', 4), name='patient_by_end_of_phone')],
                        'constraints': [models.UniqueConstraint(fields=('uhid',), name='uhid_is_given_once'), models.CheckConstraint(condition=models.Q(('uhid__regex', '^[1-9][0-9]{10}$')), name='uhid_has_eleven_digits'), models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^[6-9][0-9]{9}$'), _connector='OR'), name='patient_phone_is_a_mobile', violation_error_message='A mobile number has 10 digits and begins with 6, 7, 8 or 9.'), models.CheckConstraint(condition=models.Q(models.Q(('no_phone_reason__gt', ''), ('phone', '')), models.Q(('no_phone_reason', ''), ('phone__gt', '')), _connector='OR'), name='patient_has_a_phone_or_a_reason', violation_error_message='Write the mobile number, or say why there is none.'), models.CheckConstraint(condition=models.Q(('pincode', ''), ('pincode__regex', '^[1-9][0-9]{5}$'), _connector='OR'), name='patient_pincode_has_six_digits', violation_error_message='A PIN code has 6 digits.'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='patient_has_a_name', violation_error_message='Write the name.')],
                    },
                ),
                migrations.CreateModel(
                    name='PatientHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.patient')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('uhid', models.CharField(editable=False, max_length=11, verbose_name='UHID')),
                        ('name', models.CharField(max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name')),
                        ('name_hi', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name in Hindi')),
                        ('name_words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, editable=False, size=None)),
                        ('sex', models.CharField(choices=[('female', 'female'), ('male', 'male'), ('other', 'other'), ('unknown', 'not known')], max_length=8, verbose_name='sex')),
                        ('birth_date', models.DateField(blank=True, null=True, verbose_name='birth date')),
                        ('birth_precision', models.CharField(choices=[('day', 'day'), ('month', 'month'), ('year', 'year')], default='day', max_length=5)),
                        ('phone', models.CharField(blank=True, max_length=10, verbose_name='mobile')),
                        ('no_phone_reason', models.CharField(blank=True, choices=[('none_owned', 'has no phone'), ('declined', 'does not wish to give it'), ('not_known', 'does not know it')], max_length=12, verbose_name='no mobile')),
                        ('abha_status', models.CharField(choices=[('not_asked', 'not asked'), ('linked', 'linked'), ('assisted', 'made with help'), ('declined', 'does not want one'), ('no_phone', 'no phone to make one')], db_default='not_asked', default='not_asked', max_length=12, verbose_name='ABHA')),
                        ('guardian_name', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='guardian')),
                        ('guardian_relation', models.CharField(blank=True, choices=[('husband', 'husband'), ('father', 'father'), ('mother', 'mother'), ('wife', 'wife'), ('son', 'son'), ('daughter', 'daughter'), ('other', 'other relation')], max_length=8, verbose_name='relation')),
                        ('address', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='house, street')),
                        ('village', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='village or mohalla')),
                        ('block_name', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='block')),
                        ('block', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.block')),
                        ('district', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.district', verbose_name='district')),
                        ('pincode', models.CharField(blank=True, max_length=6, verbose_name='PIN code')),
                        ('category', models.CharField(choices=[('general', 'general'), ('bpl', 'BPL'), ('senior', 'senior citizen'), ('disabled', 'disabled'), ('staff', 'staff'), ('prisoner', 'prisoner')], default='general', max_length=8, verbose_name='category')),
                        ('occupation', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='occupation')),
                        ('religion', models.CharField(blank=True, max_length=40, validators=[patients.identifiers.refuse_aadhaar], verbose_name='religion')),
                        ('is_unknown', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='not yet named')),
                        ('registered_at', models.DateTimeField(editable=False)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='PatientIdentifier',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='patients.patient')),
                        ('kind', models.CharField(choices=[('abha_number', 'ABHA number'), ('abha_address', 'ABHA address'), ('pmjay', 'Ayushman card'), ('ration_card', 'ration card'), ('ehospital_uhid', 'e-Hospital UHID'), ('cr_number', 'CR number'), ('old_number', 'old MRD number')], max_length=16, verbose_name='kind')),
                        ('value', models.CharField(max_length=64, verbose_name='number')),
                        ('issuer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility', verbose_name='given by')),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(models.F('value'), name='identifier_by_value')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'abha_number'), _negated=True), ('value__regex', '^[0-9]{14}$'), _connector='OR'), name='abha_number_has_fourteen_digits', violation_error_message='An ABHA number has 14 digits.'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('patient', 'kind', 'value'), name='patient_has_each_identifier_once', violation_error_message='This number is kept with this patient already.')],
                    },
                ),
                migrations.CreateModel(
                    name='PatientIdentifierHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.patientidentifier')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('kind', models.CharField(choices=[('abha_number', 'ABHA number'), ('abha_address', 'ABHA address'), ('pmjay', 'Ayushman card'), ('ration_card', 'ration card'), ('ehospital_uhid', 'e-Hospital UHID'), ('cr_number', 'CR number'), ('old_number', 'old MRD number')], max_length=16, verbose_name='kind')),
                        ('value', models.CharField(max_length=64, verbose_name='number')),
                        ('issuer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility', verbose_name='given by')),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='RelatedPerson',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='related_people', to='patients.patient')),
                        ('relative', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='related_to', to='patients.patient')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('relation', models.CharField(choices=[('husband', 'husband'), ('father', 'father'), ('mother', 'mother'), ('wife', 'wife'), ('son', 'son'), ('daughter', 'daughter'), ('other', 'other relation')], max_length=8, verbose_name='relation')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='NameWord',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('word', models.CharField(max_length=40)),
                    ],
                    options={
                        'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['word'], name='name_word_alike', opclasses=['gin_trgm_ops'])],
                        'constraints': [models.UniqueConstraint(fields=('word',), name='name_word_is_listed_once')],
                    },
                ),
                migrations.CreateModel(
                    name='KnownName',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('facility', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='patients.patient')),
                        ('word', models.CharField(max_length=40)),
                        ('registered_at', models.DateTimeField()),
                        ('name_words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('facility', 'word', 'registered_at', 'patient'), include=('name_words',), name='known_name_is_listed_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Encounter',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='encounters', to='patients.patient')),
                        ('encounter_class', models.CharField(choices=[('ambulatory', 'OPD'), ('inpatient', 'IPD'), ('emergency', 'emergency'), ('daycare', 'day care')], max_length=12, verbose_name='class')),
                        ('status', models.CharField(choices=[('in_progress', 'going on'), ('finished', 'finished'), ('cancelled', 'cancelled')], default='in_progress', max_length=12, verbose_name='status')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department', verbose_name='department')),
                        ('follows', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.encounter')),
                        ('valid_till', models.DateField(blank=True, null=True, verbose_name='valid till')),
                        ('started_at', models.DateTimeField(verbose_name='started')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', '-started_at'], name='encounter_of_patient'), models.Index(fields=['facility', '-started_at'], name='encounter_here'), models.Index(condition=models.Q(('status', 'in_progress'), ('valid_till__isnull', False)), fields=['valid_till'], name='encounter_runs_out')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='encounter_ends_after_it_starts', violation_error_message='It cannot end before it started.')],
                    },
                ),
                migrations.CreateModel(
                    name='EncounterHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.encounter')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('encounter_class', models.CharField(choices=[('ambulatory', 'OPD'), ('inpatient', 'IPD'), ('emergency', 'emergency'), ('daycare', 'day care')], max_length=12, verbose_name='class')),
                        ('status', models.CharField(choices=[('in_progress', 'going on'), ('finished', 'finished'), ('cancelled', 'cancelled')], default='in_progress', max_length=12, verbose_name='status')),
                        ('department', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.department', verbose_name='department')),
                        ('follows', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                        ('valid_till', models.DateField(blank=True, null=True, verbose_name='valid till')),
                        ('started_at', models.DateTimeField(verbose_name='started')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='AllergyIntolerance',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='allergies', to='patients.patient')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='allergies', to='patients.encounter')),
                        ('is_none_known', models.BooleanField(default=False)),
                        ('substance', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='allergic to')),
                        ('ingredient', models.CharField(blank=True, max_length=80)),
                        ('atc_code', models.CharField(blank=True, max_length=7)),
                        ('reaction', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='what happened')),
                        ('severity', models.CharField(blank=True, choices=[('mild', 'mild'), ('moderate', 'moderate'), ('severe', 'severe')], max_length=8, verbose_name='how bad')),
                        ('told_by', models.CharField(choices=[('patient', 'the patient'), ('relative', 'a relative'), ('papers', 'old papers'), ('staff', 'seen here')], max_length=8, verbose_name='who says so')),
                        ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('recorded_at', models.DateTimeField()),
                        ('refuted_because', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why it is no allergy')),
                        ('refuted_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('refuted_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', '-recorded_at'], name='allergy_of_patient')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ingredient', ''), ('is_none_known', True), ('reaction', ''), ('severity', ''), ('substance', '')), models.Q(('is_none_known', False), models.Q(('substance', ''), _negated=True)), _connector='OR'), name='allergy_names_its_substance', violation_error_message='Write what the patient is allergic to, or that none is known.'), models.CheckConstraint(condition=models.Q(('atc_code', ''), models.Q(('ingredient', ''), _negated=True), _connector='OR'), name='code_is_of_an_ingredient'), models.CheckConstraint(condition=models.Q(models.Q(('refuted_at', None), ('refuted_because', ''), ('refuted_by', None)), models.Q(('refuted_at__isnull', False), ('refuted_by__isnull', False), models.Q(('refuted_because', ''), _negated=True)), _connector='OR'), name='allergy_is_refuted_for_a_reason', violation_error_message='Say why it is no allergy.'), models.UniqueConstraint(django.db.models.functions.text.Lower('substance'), models.F('patient'), models.F('facility'), condition=models.Q(('is_none_known', False), ('refuted_at', None)), name='allergy_is_listed_once', violation_error_message='This allergy is listed already.')],
                    },
                ),
                migrations.CreateModel(
                    name='BedStay',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('bed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='facilities.bed')),
                        ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bed_stays', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('began_at', models.DateTimeField(verbose_name='since')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                        ('given_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('why', models.CharField(blank=True, db_default='', default='', max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', 'began_at'], name='bed_stays_here')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('bed',), name='bed_has_one_occupant', violation_error_message='Somebody lies in this bed already. Choose another one.'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('patient',), name='patient_lies_in_one_bed', violation_error_message='This patient lies in another bed. Free that one first.'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='bed_stay_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('bed', '='), (patients.models.bed._Lain(models.F('began_at'), models.F('ended_at')), '&&')], name='bed_had_one_occupant_at_a_time', violation_error_message='Somebody lay in this bed at that time.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('patient', '='), (patients.models.bed._Lain(models.F('began_at'), models.F('ended_at')), '&&')], name='patient_lay_in_one_bed_at_a_time', violation_error_message='The patient lay in another bed at that time.')],
                    },
                ),
                migrations.CreateModel(
                    name='BedStayHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.bedstay')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('bed', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.bed')),
                        ('encounter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('began_at', models.DateTimeField(verbose_name='since')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                        ('given_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                        ('why', models.CharField(blank=True, db_default='', default='', max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='BedReservation',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('bed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='facilities.bed')),
                        ('patient', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('for_whom', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='for whom')),
                        ('until', models.DateTimeField(verbose_name='until')),
                        ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('made_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                        ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('bed',), name='bed_is_kept_for_one', violation_error_message='This bed is kept for somebody already.'), models.CheckConstraint(condition=models.Q(('patient__isnull', False), models.Q(('for_whom', ''), _negated=True), _connector='OR'), name='bed_is_kept_for_somebody', violation_error_message='For whom is it kept? Write a name, or from where they come.'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('made_at'))), name='bed_is_kept_for_a_while', violation_error_message='Until when is it kept? This time is over.')],
                    },
                ),
                migrations.CreateModel(
                    name='Condition',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conditions', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conditions', to='patients.patient')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department')),
                        ('code', models.CharField(max_length=7, verbose_name='ICD-10 code')),
                        ('title', models.CharField(max_length=240, verbose_name='diagnosis')),
                        ('title_hi', models.CharField(blank=True, max_length=120, verbose_name='diagnosis in Hindi')),
                        ('words', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='in other words')),
                        ('status', models.CharField(choices=[('provisional', 'provisional'), ('final', 'final'), ('refuted', 'refuted')], default='provisional', max_length=12, verbose_name='how sure')),
                        ('is_main', models.BooleanField(default=False, verbose_name='main diagnosis')),
                        ('is_problem', models.BooleanField(default=False, verbose_name='on the problem list')),
                        ('onset_on', models.DateField(blank=True, null=True, verbose_name='since')),
                        ('onset_precision', models.CharField(blank=True, choices=[('day', 'day'), ('month', 'month'), ('year', 'year')], max_length=8, verbose_name='known to the')),
                        ('resolved_on', models.DateField(blank=True, null=True, verbose_name='over since')),
                        ('why_changed', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why changed')),
                        ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                        ('recorded_on', models.DateField(verbose_name='written on')),
                        ('recorded_at', models.DateTimeField(verbose_name='written at')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', '-recorded_at'], name='condition_of_patient'), models.Index(fields=['facility', '-recorded_at'], name='condition_here'), models.Index(fields=['recorded_by', '-recorded_on'], name='condition_of_doctor'), models.Index(fields=['department', '-recorded_on'], name='condition_of_department')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Z][0-9]{2}(\\.[0-9]{1,2})?$')), name='condition_has_a_code', violation_error_message='ICD-10 has no such code.'), models.UniqueConstraint(condition=models.Q(('status', 'refuted'), _negated=True), fields=('encounter', 'code'), name='condition_is_written_once_an_encounter', violation_error_message='This diagnosis is written here already.'), models.UniqueConstraint(condition=models.Q(('is_main', True), models.Q(('status', 'refuted'), _negated=True)), fields=('encounter',), name='encounter_has_one_main_condition', violation_error_message='Another diagnosis is the main one already.'), models.UniqueConstraint(condition=models.Q(('is_problem', True), ('resolved_on', None), models.Q(('status', 'refuted'), _negated=True)), fields=('facility', 'patient', 'code'), name='problem_is_listed_once', violation_error_message='This is on the problem list already.'), models.CheckConstraint(condition=models.Q(('onset_on', None), ('onset_on__lte', models.F('recorded_on')), _connector='OR'), name='condition_has_begun', violation_error_message='This day lies ahead. Since when?'), models.CheckConstraint(condition=models.Q(models.Q(('onset_on', None), ('onset_precision', '')), models.Q(('onset_on__isnull', False), models.Q(('onset_precision', ''), _negated=True)), _connector='OR'), name='onset_says_how_well_it_is_known', violation_error_message='Say whether the day, the month or only the year is known.'), models.CheckConstraint(condition=models.Q(('resolved_on', None), ('onset_on', None), ('resolved_on__gte', models.F('onset_on')), _connector='OR'), name='condition_ends_after_it_begins', violation_error_message='It cannot be over before it began.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refuted'), _negated=True), models.Q(('why_changed', ''), _negated=True), _connector='OR'), name='refuted_condition_says_why', violation_error_message='Say why the diagnosis is refuted.')],
                    },
                ),
                migrations.CreateModel(
                    name='ConditionHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.condition')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('department', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.department')),
                        ('code', models.CharField(max_length=7, verbose_name='ICD-10 code')),
                        ('title', models.CharField(max_length=240, verbose_name='diagnosis')),
                        ('title_hi', models.CharField(blank=True, max_length=120, verbose_name='diagnosis in Hindi')),
                        ('words', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='in other words')),
                        ('status', models.CharField(choices=[('provisional', 'provisional'), ('final', 'final'), ('refuted', 'refuted')], default='provisional', max_length=12, verbose_name='how sure')),
                        ('is_main', models.BooleanField(default=False, verbose_name='main diagnosis')),
                        ('is_problem', models.BooleanField(default=False, verbose_name='on the problem list')),
                        ('onset_on', models.DateField(blank=True, null=True, verbose_name='since')),
                        ('onset_precision', models.CharField(blank=True, choices=[('day', 'day'), ('month', 'month'), ('year', 'year')], max_length=8, verbose_name='known to the')),
                        ('resolved_on', models.DateField(blank=True, null=True, verbose_name='over since')),
                        ('why_changed', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why changed')),
                        ('recorded_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                        ('recorded_on', models.DateField(verbose_name='written on')),
                        ('recorded_at', models.DateTimeField(verbose_name='written at')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Ingredient',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('name', models.CharField(max_length=80, verbose_name='ingredient')),
                        ('name_hi', models.CharField(blank=True, max_length=80, verbose_name='name in Hindi')),
                        ('atc_code', models.CharField(blank=True, max_length=7, verbose_name='ATC code')),
                        ('class_name', models.CharField(blank=True, max_length=120, verbose_name='class')),
                        ('cross_note', models.CharField(blank=True, max_length=200, verbose_name='allergy across the class')),
                    ],
                    options={
                        'ordering': ['name'],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='ingredient_key_is_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='IngredientHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.ingredient')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('name', models.CharField(max_length=80, verbose_name='ingredient')),
                        ('name_hi', models.CharField(blank=True, max_length=80, verbose_name='name in Hindi')),
                        ('atc_code', models.CharField(blank=True, max_length=7, verbose_name='ATC code')),
                        ('class_name', models.CharField(blank=True, max_length=120, verbose_name='class')),
                        ('cross_note', models.CharField(blank=True, max_length=200, verbose_name='allergy across the class')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Medication',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('generic_name', models.CharField(max_length=120, verbose_name='generic name')),
                        ('name_hi', models.CharField(blank=True, max_length=120, verbose_name='name in Hindi')),
                        ('strength', models.CharField(blank=True, max_length=60, verbose_name='strength')),
                        ('form', models.CharField(max_length=80, verbose_name='form')),
                        ('route', models.CharField(max_length=24, verbose_name='route')),
                        ('atc_code', models.CharField(blank=True, max_length=7, verbose_name='ATC code')),
                        ('ingredients', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None, verbose_name='ingredients')),
                        ('pregnancy_flag', models.CharField(choices=[('ok', 'not known to harm'), ('caution', 'with caution'), ('avoid', 'avoid'), ('unknown', 'not known')], default='unknown', max_length=8, verbose_name='in pregnancy')),
                        ('lactation_flag', models.CharField(choices=[('ok', 'not known to harm'), ('caution', 'with caution'), ('avoid', 'avoid'), ('unknown', 'not known')], default='unknown', max_length=8, verbose_name='while breast-feeding')),
                        ('flag_source', models.CharField(blank=True, max_length=120, verbose_name='source of both')),
                        ('high_alert', models.BooleanField(default=False, verbose_name='high alert')),
                        ('aware_group', models.CharField(blank=True, choices=[('access', 'Access'), ('watch', 'Watch'), ('reserve', 'Reserve')], max_length=8, verbose_name='AWaRe group')),
                        ('schedule', models.CharField(blank=True, choices=[('H', 'H'), ('H1', 'H1'), ('X', 'X'), ('G', 'G')], max_length=2, verbose_name='schedule')),
                        ('nlem_level', models.CharField(blank=True, max_length=8, verbose_name='level in NLEM 2022')),
                    ],
                    options={
                        'ordering': ['generic_name', 'form', 'strength'],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='medication_key_is_unique'), models.CheckConstraint(condition=models.Q(('ingredients__len__gt', 0)), name='medication_has_an_ingredient', violation_error_message='A medicine has at least one ingredient of the list.'), models.CheckConstraint(condition=models.Q(models.Q(('lactation_flag', 'unknown'), ('pregnancy_flag', 'unknown')), models.Q(('flag_source', ''), _negated=True), _connector='OR'), name='known_flag_names_its_source', violation_error_message='A flag that is known names its source.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicationHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.medication')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('generic_name', models.CharField(max_length=120, verbose_name='generic name')),
                        ('name_hi', models.CharField(blank=True, max_length=120, verbose_name='name in Hindi')),
                        ('strength', models.CharField(blank=True, max_length=60, verbose_name='strength')),
                        ('form', models.CharField(max_length=80, verbose_name='form')),
                        ('route', models.CharField(max_length=24, verbose_name='route')),
                        ('atc_code', models.CharField(blank=True, max_length=7, verbose_name='ATC code')),
                        ('ingredients', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None, verbose_name='ingredients')),
                        ('pregnancy_flag', models.CharField(choices=[('ok', 'not known to harm'), ('caution', 'with caution'), ('avoid', 'avoid'), ('unknown', 'not known')], default='unknown', max_length=8, verbose_name='in pregnancy')),
                        ('lactation_flag', models.CharField(choices=[('ok', 'not known to harm'), ('caution', 'with caution'), ('avoid', 'avoid'), ('unknown', 'not known')], default='unknown', max_length=8, verbose_name='while breast-feeding')),
                        ('flag_source', models.CharField(blank=True, max_length=120, verbose_name='source of both')),
                        ('high_alert', models.BooleanField(default=False, verbose_name='high alert')),
                        ('aware_group', models.CharField(blank=True, choices=[('access', 'Access'), ('watch', 'Watch'), ('reserve', 'Reserve')], max_length=8, verbose_name='AWaRe group')),
                        ('schedule', models.CharField(blank=True, choices=[('H', 'H'), ('H1', 'H1'), ('X', 'X'), ('G', 'G')], max_length=2, verbose_name='schedule')),
                        ('nlem_level', models.CharField(blank=True, max_length=8, verbose_name='level in NLEM 2022')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Interaction',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('a', models.CharField(max_length=120, verbose_name='one')),
                        ('b', models.CharField(max_length=120, verbose_name='the other')),
                        ('severity', models.CharField(choices=[('contraindicated', 'must not be combined'), ('serious', 'serious'), ('monitor', 'to be watched')], max_length=16, verbose_name='how bad')),
                        ('effect', models.CharField(max_length=160, verbose_name='effect')),
                        ('what_to_do', models.CharField(max_length=160, verbose_name='what to do')),
                    ],
                    options={
                        'ordering': ['a', 'b'],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='interaction_key_is_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='InteractionHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.interaction')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('a', models.CharField(max_length=120, verbose_name='one')),
                        ('b', models.CharField(max_length=120, verbose_name='the other')),
                        ('severity', models.CharField(choices=[('contraindicated', 'must not be combined'), ('serious', 'serious'), ('monitor', 'to be watched')], max_length=16, verbose_name='how bad')),
                        ('effect', models.CharField(max_length=160, verbose_name='effect')),
                        ('what_to_do', models.CharField(max_length=160, verbose_name='what to do')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='DoseLimit',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('ingredient', models.CharField(max_length=120, verbose_name='ingredient')),
                        ('members', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, size=None, verbose_name='ingredients')),
                        ('population', models.CharField(choices=[('adult', 'adults'), ('child', 'children')], max_length=8, verbose_name='for')),
                        ('route', models.CharField(max_length=40, verbose_name='route')),
                        ('max_single', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='highest single dose')),
                        ('max_daily', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='most in a day')),
                        ('per_kg_single', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='highest single dose for each kg')),
                        ('per_kg_daily', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='most in a day for each kg')),
                        ('unit', models.CharField(max_length=40, verbose_name='unit')),
                        ('band', models.CharField(blank=True, max_length=60, verbose_name='age or weight')),
                        ('not_under', models.CharField(blank=True, max_length=20, verbose_name='not under')),
                        ('egfr_below', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='not if the eGFR is below')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                    ],
                    options={
                        'ordering': ['ingredient', 'population', 'route', 'band'],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='dose_limit_key_is_unique'), models.CheckConstraint(condition=models.Q(('max_single__isnull', False), ('max_daily__isnull', False), ('per_kg_single__isnull', False), ('per_kg_daily__isnull', False), _connector='OR'), name='dose_limit_limits_something', violation_error_message='A highest dose says at least one amount.')],
                    },
                ),
                migrations.CreateModel(
                    name='DoseLimitHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.doselimit')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('ingredient', models.CharField(max_length=120, verbose_name='ingredient')),
                        ('members', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, size=None, verbose_name='ingredients')),
                        ('population', models.CharField(choices=[('adult', 'adults'), ('child', 'children')], max_length=8, verbose_name='for')),
                        ('route', models.CharField(max_length=40, verbose_name='route')),
                        ('max_single', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='highest single dose')),
                        ('max_daily', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='most in a day')),
                        ('per_kg_single', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='highest single dose for each kg')),
                        ('per_kg_daily', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name='most in a day for each kg')),
                        ('unit', models.CharField(max_length=40, verbose_name='unit')),
                        ('band', models.CharField(blank=True, max_length=60, verbose_name='age or weight')),
                        ('not_under', models.CharField(blank=True, max_length=20, verbose_name='not under')),
                        ('egfr_below', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='not if the eGFR is below')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='MedicineSetLine',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('set_name', models.CharField(max_length=120, verbose_name='set')),
                        ('line_no', models.PositiveSmallIntegerField(verbose_name='line')),
                        ('drug', models.CharField(max_length=120, verbose_name='medicine')),
                        ('dose_text', models.CharField(blank=True, max_length=120, verbose_name='dose')),
                        ('frequency', models.CharField(blank=True, max_length=80, verbose_name='how often')),
                        ('duration', models.CharField(blank=True, max_length=80, verbose_name='how long')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                    ],
                    options={
                        'ordering': ['set_name', 'line_no'],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='set_line_key_is_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicineSetLineHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.medicinesetline')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('key', models.CharField(editable=False, max_length=240, verbose_name='code')),
                        ('source', models.CharField(max_length=240, verbose_name='source')),
                        ('edition', models.CharField(blank=True, max_length=100, verbose_name='edition')),
                        ('is_withdrawn', models.BooleanField(db_default=False, default=False, verbose_name='no longer in the list')),
                        ('is_put_right', models.BooleanField(db_default=False, default=False, verbose_name='put right in the product')),
                        ('set_name', models.CharField(max_length=120, verbose_name='set')),
                        ('line_no', models.PositiveSmallIntegerField(verbose_name='line')),
                        ('drug', models.CharField(max_length=120, verbose_name='medicine')),
                        ('dose_text', models.CharField(blank=True, max_length=120, verbose_name='dose')),
                        ('frequency', models.CharField(blank=True, max_length=80, verbose_name='how often')),
                        ('duration', models.CharField(blank=True, max_length=80, verbose_name='how long')),
                        ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ContentEdition',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('medication', 'medicines'), ('ingredient', 'ingredients and classes'), ('interaction', 'interactions'), ('dose_limit', 'highest doses'), ('medicine_set', 'sets of medicines'), ('lab_test', 'tests and panels'), ('analyte', 'results of tests'), ('reference_range', 'reference ranges'), ('critical_limit', 'critical limits'), ('delta_limit', 'limits of change')], max_length=16)),
                        ('digest', models.CharField(blank=True, max_length=64)),
                        ('loaded_at', models.DateTimeField()),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('kind',), name='content_kind_has_one_edition')],
                    },
                ),
                migrations.CreateModel(
                    name='ContentApproval',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('kind', models.CharField(choices=[('medication', 'medicines'), ('ingredient', 'ingredients and classes'), ('interaction', 'interactions'), ('dose_limit', 'highest doses'), ('medicine_set', 'sets of medicines'), ('lab_test', 'tests and panels'), ('analyte', 'results of tests'), ('reference_range', 'reference ranges'), ('critical_limit', 'critical limits'), ('delta_limit', 'limits of change')], max_length=16, verbose_name='kind')),
                        ('row_id', models.UUIDField()),
                        ('digest', models.CharField(max_length=32)),
                        ('approved_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('approved_at', models.DateTimeField()),
                        ('withdrawn_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('withdrawn_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('facility', 'row_id', 'digest'), name='row_is_approved_once_at_a_hospital', violation_error_message='This is approved already.'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', None)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='approval_is_withdrawn_by_somebody')],
                    },
                ),
                migrations.CreateModel(
                    name='FormularyItem',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('medication', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.medication', verbose_name='medicine')),
                        ('is_listed', models.BooleanField(verbose_name='in the list')),
                        ('is_available', models.BooleanField(null=True, verbose_name='at the free-drug counter')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility', 'medication'), name='medicine_stands_once_in_a_list', violation_error_message='Somebody else changed this meanwhile.')],
                    },
                ),
                migrations.CreateModel(
                    name='FormularyItemHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.formularyitem')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('medication', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.medication', verbose_name='medicine')),
                        ('is_listed', models.BooleanField(verbose_name='in the list')),
                        ('is_available', models.BooleanField(null=True, verbose_name='at the free-drug counter')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='AlertRule',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('code', models.CharField(choices=[('allergy_ingredient', 'allergy to the ingredient'), ('allergy_class', 'allergy across the class'), ('same_ingredient', 'the same ingredient twice'), ('interaction', 'interaction'), ('pregnancy', 'pregnancy'), ('lactation', 'breast-feeding'), ('dose_single', 'single dose too high'), ('dose_daily', 'too much in a day'), ('weight_needed', 'weight not known'), ('too_young', 'not at this age or weight'), ('renal', 'kidneys')], max_length=32, verbose_name='rule')),
                        ('is_retired', models.BooleanField(verbose_name='retired')),
                        ('reason', models.CharField(max_length=200, verbose_name='why')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility', 'code'), name='rule_has_one_row_at_a_hospital', violation_error_message='Somebody else changed this meanwhile.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='rule_is_retired_for_a_reason', violation_error_message='Say why.')],
                    },
                ),
                migrations.CreateModel(
                    name='AlertRuleHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.alertrule')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('code', models.CharField(choices=[('allergy_ingredient', 'allergy to the ingredient'), ('allergy_class', 'allergy across the class'), ('same_ingredient', 'the same ingredient twice'), ('interaction', 'interaction'), ('pregnancy', 'pregnancy'), ('lactation', 'breast-feeding'), ('dose_single', 'single dose too high'), ('dose_daily', 'too much in a day'), ('weight_needed', 'weight not known'), ('too_young', 'not at this age or weight'), ('renal', 'kidneys')], max_length=32, verbose_name='rule')),
                        ('is_retired', models.BooleanField(verbose_name='retired')),
                        ('reason', models.CharField(max_length=200, verbose_name='why')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='NoteTemplate',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('code', models.CharField(max_length=16, verbose_name='code')),
                        ('version', models.PositiveSmallIntegerField()),
                        ('kind', models.CharField(choices=[('consultation', 'consultation'), ('admission', 'admission note'), ('progress', 'progress note'), ('operation', 'operation note'), ('opinion', 'opinion'), ('discharge', 'discharge summary')], max_length=12, verbose_name='kind')),
                        ('departments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), blank=True, default=list, size=None)),
                        ('name', models.CharField(max_length=80, verbose_name='name')),
                        ('name_hi', models.CharField(max_length=80, verbose_name='name in Hindi')),
                        ('layout', models.JSONField(validators=[patients.sections.sound_layout])),
                        ('made_at', models.DateTimeField(auto_now_add=True)),
                        ('retired_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='note_template_version_is_one'), models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('code',), name='note_template_is_current_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ClinicalNote',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='patients.patient')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department')),
                        ('template', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.notetemplate')),
                        ('kind', models.CharField(choices=[('consultation', 'consultation'), ('admission', 'admission note'), ('progress', 'progress note'), ('operation', 'operation note'), ('opinion', 'opinion'), ('discharge', 'discharge summary')], max_length=12, verbose_name='kind')),
                        ('status', models.CharField(choices=[('draft', 'a draft'), ('awaiting', 'waiting for a signature'), ('signed', 'signed'), ('discarded', 'thrown away')], default='draft', max_length=10, verbose_name='status')),
                        ('sections', models.JSONField(default=dict)),
                        ('version', models.PositiveIntegerField(default=0)),
                        ('author', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('begun_at', models.DateTimeField(verbose_name='begun')),
                        ('saved_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saved_at', models.DateTimeField(verbose_name='saved')),
                        ('diagnoses', models.JSONField(default=list)),
                        ('signed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signed_at', models.DateTimeField(null=True, verbose_name='signed')),
                        ('digest', models.CharField(blank=True, max_length=64)),
                        ('needs_countersign', models.BooleanField(default=False)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', '-begun_at'], name='note_of_patient'), models.Index(fields=['encounter'], name='note_of_encounter'), models.Index(fields=['facility', '-begun_at'], name='note_here'), models.Index(condition=models.Q(('status', 'awaiting')), fields=['facility', 'saved_at'], name='note_awaits_signature'), models.Index(condition=models.Q(('needs_countersign', True)), fields=['facility', 'signed_at'], name='note_of_a_resident')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('digest__regex', '^[0-9a-f]{64}$'), ('signed_at__isnull', False), ('signed_by__isnull', False), ('status', 'signed')), models.Q(models.Q(('status', 'signed'), _negated=True), ('digest', ''), ('signed_at', None), ('signed_by', None)), _connector='OR'), name='signed_note_says_by_whom_and_when'), models.UniqueConstraint(condition=models.Q(('status__in', ('draft', 'awaiting'))), fields=('encounter', 'author', 'kind'), name='author_has_one_open_note', violation_error_message='You are writing this note already.')],
                    },
                ),
                migrations.CreateModel(
                    name='NoteVersion',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('note', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='patients.clinicalnote')),
                        ('number', models.PositiveIntegerField()),
                        ('sections', models.JSONField()),
                        ('saved_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('saved_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('note', 'number'), name='note_version_is_numbered_once')],
                    },
                ),
                migrations.CreateModel(
                    name='NoteSignature',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('note', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='patients.clinicalnote')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('kind', models.CharField(choices=[('signed', 'signed'), ('countersigned', 'countersigned')], max_length=13)),
                        ('digest', models.CharField(max_length=64)),
                        ('grade', models.CharField(blank=True, choices=[('consultant', 'consultant'), ('resident', 'resident'), ('intern', 'intern')], max_length=12)),
                        ('signed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signed_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('note', 'kind'), name='note_is_signed_once_each_way', violation_error_message='This note is signed already.'), models.CheckConstraint(condition=models.Q(('grade', 'intern'), _negated=True), name='intern_signs_no_note')],
                    },
                ),
                migrations.CreateModel(
                    name='NoteAddendum',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('note', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='addenda', to='patients.clinicalnote')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('number', models.PositiveSmallIntegerField()),
                        ('reason', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='reason')),
                        ('text', models.TextField(blank=True, max_length=4000, validators=[patients.identifiers.refuse_aadhaar], verbose_name='addendum')),
                        ('written_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('written_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('note', 'number'), name='note_addendum_is_numbered_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='addendum_says_why', violation_error_message='Say why something is added.'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='addendum_says_something', violation_error_message='Write what is added.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicationRequest',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='medicines', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='medicines', to='patients.patient')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department')),
                        ('note', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='medicines', to='patients.clinicalnote')),
                        ('medication', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.medication')),
                        ('status', models.CharField(choices=[('draft', 'not yet signed'), ('active', 'prescribed'), ('stopped', 'stopped'), ('removed', 'taken off')], default='draft', max_length=8, verbose_name='status')),
                        ('position', models.PositiveSmallIntegerField()),
                        ('typed', models.CharField(max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='as it was typed')),
                        ('line', models.CharField(max_length=400, verbose_name='medicine')),
                        ('dosage', models.JSONField()),
                        ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days')),
                        ('quantity', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, verbose_name='quantity')),
                        ('quantity_unit', models.CharField(blank=True, max_length=16)),
                        ('indication', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='for what')),
                        ('authorised_by', models.CharField(blank=True, max_length=80, validators=[patients.identifiers.refuse_aadhaar], verbose_name='agreed with')),
                        ('written_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('written_at', models.DateTimeField(verbose_name='written')),
                        ('signed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed')),
                        ('starts_on', models.DateField(blank=True, null=True, verbose_name='from')),
                        ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                        ('replaces', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='patients.medicationrequest')),
                        ('replaces_why', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why changed')),
                        ('stopped_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped')),
                        ('stopped_why', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why it is stopped')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', '-written_at'], name='medicine_of_patient'), models.Index(fields=['note'], name='medicine_of_note'), models.Index(fields=['written_by', '-written_at'], name='medicine_of_doctor'), models.Index(fields=['department', '-written_at'], name='medicine_of_department'), models.Index(condition=models.Q(('signed_at__isnull', False)), fields=['facility', 'signed_at'], name='medicine_signed_here')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ends_on', None), ('signed_at', None), ('signed_by', None), ('starts_on', None), ('status__in', ['draft', 'removed'])), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), ('starts_on__isnull', False), ('status__in', ['active', 'stopped'])), _connector='OR'), name='signed_medicine_says_by_whom_and_when'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'stopped'), ('stopped_at__isnull', False), ('stopped_by__isnull', False), models.Q(('stopped_why', ''), _negated=True)), models.Q(models.Q(('status', 'stopped'), _negated=True), ('stopped_at', None), ('stopped_by', None), ('stopped_why', '')), _connector='OR'), name='medicine_is_stopped_for_a_reason', violation_error_message='Say why it is stopped.'), models.CheckConstraint(condition=models.Q(('ends_on', None), models.Q(('ends_on__gte', models.F('starts_on')), ('starts_on__isnull', False)), _connector='OR'), name='medicine_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('quantity', None), ('quantity_unit', '')), models.Q(('quantity__gt', 0), ('quantity__isnull', False), models.Q(('quantity_unit', ''), _negated=True)), _connector='OR'), name='quantity_has_its_unit'), models.CheckConstraint(condition=models.Q(('line', ''), _negated=True), name='medicine_is_written_out'), models.CheckConstraint(condition=models.Q(models.Q(('replaces', None), ('replaces_why', '')), models.Q(('replaces__isnull', False), models.Q(('replaces_why', ''), _negated=True)), _connector='OR'), name='running_medicine_is_changed_for_a_reason', violation_error_message='Say why it is changed.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicationHold',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='patients.medicationrequest')),
                        ('why', models.CharField(max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why it is held')),
                        ('began_at', models.DateTimeField(verbose_name='held since')),
                        ('began_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='held until')),
                        ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['request', 'began_at'], name='holds_of_medicine')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('request',), name='medicine_is_held_once_at_a_time', violation_error_message='This medicine is held already.'), models.CheckConstraint(condition=models.Q(('why', ''), _negated=True), name='medicine_is_held_for_a_reason', violation_error_message='Say why it is held.'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__gte', models.F('began_at')), ('ended_by__isnull', False)), _connector='OR'), name='hold_ends_after_it_begins')],
                    },
                ),
                migrations.CreateModel(
                    name='DetectedIssue',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='patients.medicationrequest')),
                        ('rule', models.CharField(max_length=32, verbose_name='rule')),
                        ('severity', models.CharField(max_length=16, verbose_name='how grave')),
                        ('cause', models.CharField(max_length=200)),
                        ('about', models.JSONField()),
                        ('raised_at', models.DateTimeField(verbose_name='raised')),
                        ('doctor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('answer', models.CharField(blank=True, choices=[('kept', 'given anyway'), ('removed', 'taken off'), ('changed', 'written otherwise'), ('settled', 'no longer so')], max_length=8, verbose_name='answer')),
                        ('reason', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='reason')),
                        ('answered_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', 'raised_at'], name='issue_counted')],
                        'constraints': [models.UniqueConstraint(fields=('request', 'rule', 'cause'), name='issue_is_raised_once_a_line'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None), ('reason', '')), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='issue_is_answered_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('answer', 'kept'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='given_anyway_for_a_reason', violation_error_message='Write why it is given anyway.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicineSet',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department')),
                        ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('name', models.CharField(max_length=60, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name of the set')),
                        ('lines', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), size=None)),
                        ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('made_at', models.DateTimeField()),
                        ('retired_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['department'], name='set_of_department')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), ('lines__len__gt', 0)), name='set_has_a_name_and_lines', violation_error_message='A set has a name and at least one medicine.'), models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('department', 'owner', 'name'), name='set_is_named_once', nulls_distinct=False, violation_error_message='There is a set of this name already.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicationDispense',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='dispenses', to='patients.medicationrequest')),
                        ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='patients.medicationdispense')),
                        ('outcome', models.CharField(choices=[('given', 'given'), ('part', 'given in part'), ('not_available', 'not available')], max_length=13, verbose_name='answer')),
                        ('quantity', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, verbose_name='quantity')),
                        ('given_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('given_at', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['request'], name='dispensed_of_line'), models.Index(fields=['facility', '-given_at'], name='dispensed_here')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('corrects', None)), fields=('request',), name='line_is_answered_once', violation_error_message='The counter has answered this line already.'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'not_available'), ('quantity', None)), models.Q(models.Q(('outcome', 'not_available'), _negated=True), models.Q(('quantity', None), ('quantity__gt', 0), _connector='OR')), _connector='OR'), name='nothing_is_given_of_what_is_not_there', violation_error_message='The quantity is more than nothing.'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'part'), _negated=True), ('quantity__isnull', False), _connector='OR'), name='part_says_how_much', violation_error_message='Write how much was given.')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicoLegalCase',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='medico_legal_case', to='patients.encounter')),
                        ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='medico_legal_cases', to='patients.patient')),
                        ('number', models.CharField(editable=False, max_length=16, verbose_name='MLC number')),
                        ('kind', models.CharField(choices=[('road_accident', 'road accident'), ('assault', 'assault, fight'), ('sexual_assault', 'sexual assault'), ('burns', 'burns'), ('poisoning', 'poisoning'), ('fall', 'fall, other accident'), ('hanging', 'hanging, strangling'), ('drowning', 'drowning'), ('firearm', 'firearm, stabbing'), ('electric', 'electric shock, lightning'), ('bite', 'snake bite, animal'), ('unknown_unconscious', 'unknown, unconscious'), ('brought_dead', 'brought dead'), ('custody', 'in custody'), ('other', 'other')], max_length=20, verbose_name='kind')),
                        ('why_corrected', models.CharField(blank=True, db_default='', default='', max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why put right')),
                        ('brought_by', models.CharField(blank=True, max_length=240, validators=[patients.identifiers.refuse_aadhaar], verbose_name='brought by')),
                        ('particulars', models.CharField(blank=True, max_length=400, validators=[patients.identifiers.refuse_aadhaar], verbose_name='what is said to have happened')),
                        ('marked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('marked_at', models.DateTimeField(verbose_name='marked')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', '-marked_at'], name='medico_legal_cases_here')],
                        'constraints': [models.UniqueConstraint(fields=('number',), name='medico_legal_number_is_given_once'), models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='medico_legal_case_has_a_number')],
                    },
                ),
                migrations.CreateModel(
                    name='MedicoLegalCaseHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='patients.medicolegalcase')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('number', models.CharField(editable=False, max_length=16, verbose_name='MLC number')),
                        ('kind', models.CharField(choices=[('road_accident', 'road accident'), ('assault', 'assault, fight'), ('sexual_assault', 'sexual assault'), ('burns', 'burns'), ('poisoning', 'poisoning'), ('fall', 'fall, other accident'), ('hanging', 'hanging, strangling'), ('drowning', 'drowning'), ('firearm', 'firearm, stabbing'), ('electric', 'electric shock, lightning'), ('bite', 'snake bite, animal'), ('unknown_unconscious', 'unknown, unconscious'), ('brought_dead', 'brought dead'), ('custody', 'in custody'), ('other', 'other')], max_length=20, verbose_name='kind')),
                        ('why_corrected', models.CharField(blank=True, db_default='', default='', max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why put right')),
                        ('brought_by', models.CharField(blank=True, max_length=240, validators=[patients.identifiers.refuse_aadhaar], verbose_name='brought by')),
                        ('particulars', models.CharField(blank=True, max_length=400, validators=[patients.identifiers.refuse_aadhaar], verbose_name='what is said to have happened')),
                        ('marked_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                        ('marked_at', models.DateTimeField(verbose_name='marked')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='PoliceIntimation',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intimations', to='patients.medicolegalcase')),
                        ('station', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='police station')),
                        ('officer', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='taken down by (name, number)')),
                        ('informed_at', models.DateTimeField(verbose_name='informed at')),
                        ('informed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('recorded_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('station', ''), _negated=True), name='intimation_names_its_station', violation_error_message='Write which police station was informed.'), models.CheckConstraint(condition=models.Q(('informed_at__lte', models.F('recorded_at'))), name='police_are_not_informed_tomorrow', violation_error_message='This time lies ahead. When were the police informed?')],
                    },
                ),
                migrations.CreateModel(
                    name='Birth',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('baby', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='birth', to='patients.patient')),
                        ('mother', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='births_given', to='patients.patient')),
                        ('delivery', models.UUIDField(editable=False)),
                        ('number', models.CharField(blank=True, db_default='', default='', editable=False, max_length=16, verbose_name='birth number')),
                        ('place', models.PositiveSmallIntegerField(verbose_name='the how-manieth')),
                        ('born_at', models.DateTimeField(verbose_name='born')),
                        ('weight_grams', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='weight in grams')),
                        ('registered_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('registered_at', models.DateTimeField()),
                    ],
                    options={
                        'indexes': [models.Index(fields=['delivery', 'place'], name='birth_of_delivery')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('born_at__lte', models.F('registered_at'))), name='nobody_is_born_tomorrow', violation_error_message='The time of birth lies ahead. Look at the clock again.'), models.CheckConstraint(condition=models.Q(('weight_grams', None), ('weight_grams__range', (300, 7000)), _connector='OR'), name='newborn_weighs_what_newborns_weigh', violation_error_message='A newborn weighs between 300 and 7000 grams. Write the weight in grams.'), models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('number',), name='birth_number_is_given_once'), models.CheckConstraint(condition=models.Q(('place__gte', 1)), name='birth_counts_from_one'), models.CheckConstraint(condition=models.Q(('baby', models.F('mother')), _negated=True), name='nobody_bears_themselves')],
                    },
                ),
                migrations.CreateModel(
                    name='Observation',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='patients.patient')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='patients.encounter')),
                        ('taken_together', models.UUIDField(editable=False)),
                        ('code', models.CharField(choices=[('85354-9', 'BP'), ('8867-4', 'pulse'), ('9279-1', 'breaths'), ('59408-5', 'SpO₂'), ('3151-8', 'oxygen'), ('67775-7', 'consciousness'), ('8310-5', 'temperature'), ('41653-7', 'sugar'), ('29463-7', 'weight'), ('8302-2', 'height'), ('56072-2', 'arm (MUAC)'), ('72514-3', 'pain'), ('8665-2', 'last period'), ('82810-3', 'pregnant'), ('63895-7', 'breast-feeding')], max_length=10, verbose_name='what')),
                        ('unit', models.CharField(blank=True, max_length=8, verbose_name='unit')),
                        ('value', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='value')),
                        ('diastolic', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='lower BP')),
                        ('finding', models.CharField(blank=True, choices=[('air', 'air'), ('oxygen', 'oxygen'), ('alert', 'alert'), ('confused', 'newly confused'), ('voice', 'answers to voice'), ('pain', 'answers to pain'), ('unresponsive', 'does not respond'), ('yes', 'yes'), ('no', 'no'), ('unknown', 'not known')], max_length=12, verbose_name='finding')),
                        ('on_date', models.DateField(blank=True, null=True, verbose_name='day')),
                        ('is_confirmed', models.BooleanField(default=False)),
                        ('taken_at', models.DateTimeField(verbose_name='taken')),
                        ('taken_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('recorded_at', models.DateTimeField()),
                        ('wrong_because', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why it is wrong')),
                        ('wrong_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('wrong_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['patient', 'code', '-taken_at'], name='observation_of_patient'), models.Index(fields=['encounter', 'taken_at'], name='observation_of_encounter')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code', '85354-9'), ('unit', 'mm[Hg]'), ('value__isnull', False), ('value__gte', Decimal('0')), ('diastolic__isnull', False), ('diastolic__gte', Decimal('0')), ('finding', ''), ('on_date', None)), models.Q(('code', '8867-4'), ('unit', '/min'), ('value__isnull', False), ('value__gte', Decimal('0')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '9279-1'), ('unit', '/min'), ('value__isnull', False), ('value__gte', Decimal('0')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '59408-5'), ('unit', '%'), ('value__isnull', False), ('value__gte', Decimal('0')), ('value__lte', Decimal('100')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '3151-8'), ('unit', 'L/min'), models.Q(('value', None), models.Q(('value__isnull', False), ('value__gte', Decimal('0.1'))), _connector='OR'), ('diastolic', None), models.Q(models.Q(('finding', 'air'), ('value', None)), ('finding', 'oxygen'), _connector='OR'), ('on_date', None)), models.Q(('code', '67775-7'), ('unit', ''), ('value', None), ('diastolic', None), ('finding__in', ('alert', 'confused', 'voice', 'pain', 'unresponsive')), ('on_date', None)), models.Q(('code', '8310-5'), ('unit', 'Cel'), ('value__isnull', False), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '41653-7'), ('unit', 'mg/dL'), ('value__isnull', False), ('value__gte', Decimal('0')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '29463-7'), ('unit', 'kg'), ('value__isnull', False), ('value__gte', Decimal('0.01')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '8302-2'), ('unit', 'cm'), ('value__isnull', False), ('value__gte', Decimal('0.1')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '56072-2'), ('unit', 'cm'), ('value__isnull', False), ('value__gte', Decimal('0.1')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '72514-3'), ('unit', '{score}'), ('value__isnull', False), ('value__gte', Decimal('0')), ('value__lte', Decimal('10')), ('diastolic', None), ('finding', ''), ('on_date', None)), models.Q(('code', '8665-2'), ('unit', ''), ('value', None), ('diastolic', None), ('finding', ''), ('on_date__isnull', False)), models.Q(('code', '82810-3'), ('unit', ''), ('value', None), ('diastolic', None), ('finding__in', ('yes', 'no', 'unknown')), ('on_date', None)), models.Q(('code', '63895-7'), ('unit', ''), ('value', None), ('diastolic', None), ('finding__in', ('yes', 'no')), ('on_date', None)), _connector='OR'), name='observation_is_possible', violation_error_message='This value cannot be. Measure again, or look at the unit.'), models.CheckConstraint(condition=models.Q(('diastolic', None), models.Q(('value__gt', models.F('diastolic')), ('value__isnull', False)), _connector='OR'), name='systolic_is_above_diastolic', violation_error_message='The upper BP must be more than the lower.'), models.CheckConstraint(condition=models.Q(('taken_at__lte', models.F('recorded_at'))), name='observation_is_not_of_tomorrow', violation_error_message='This time lies ahead. When was it measured?'), models.CheckConstraint(condition=models.Q(models.Q(('wrong_at', None), ('wrong_because', ''), ('wrong_by', None)), models.Q(('wrong_at__isnull', False), ('wrong_by__isnull', False), models.Q(('wrong_because', ''), _negated=True)), _connector='OR'), name='observation_is_wrong_for_a_reason', violation_error_message='Say why it is wrong.'), models.UniqueConstraint(fields=('taken_together', 'code'), name='each_vital_once_in_a_set')],
                    },
                ),
                migrations.CreateModel(
                    name='Referral',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('from_department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department', verbose_name='from')),
                        ('to_department', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department', verbose_name='department')),
                        ('led_to', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='came_by', to='patients.encounter')),
                        ('to_facility', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('to_name', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='hospital')),
                        ('urgency', models.CharField(choices=[('routine', 'in its turn'), ('urgent', 'urgent'), ('emergency', 'emergency, at once')], default='routine', max_length=10, verbose_name='how urgent')),
                        ('reason', models.CharField(blank=True, max_length=400, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why')),
                        ('findings', models.CharField(blank=True, max_length=1200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='findings')),
                        ('done', models.CharField(blank=True, max_length=1200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='what was done')),
                        ('transport', models.CharField(blank=True, choices=[('ambulance_108', '108 ambulance'), ('own_ambulance', "this hospital's ambulance"), ('other_ambulance', 'another ambulance'), ('own_way', 'by their own means')], max_length=16, verbose_name='goes by')),
                        ('escort', models.CharField(blank=True, choices=[('relative', 'a relative'), ('paramedic', "the ambulance's paramedic"), ('nurse', 'a nurse'), ('doctor', 'a doctor'), ('police', 'the police'), ('nobody', 'nobody')], max_length=12, verbose_name='who goes along')),
                        ('status', models.CharField(choices=[('sent', 'sent'), ('withdrawn', 'taken back')], default='sent', max_length=12, verbose_name='status')),
                        ('referred_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='referred by')),
                        ('referred_on', models.DateField(verbose_name='day')),
                        ('referred_at', models.DateTimeField(verbose_name='referred')),
                        ('withdrawn_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='withdrawn by')),
                        ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                        ('withdrawn_why', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why withdrawn')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', '-referred_at'], name='referrals_here'), models.Index(fields=['encounter', 'referred_at'], name='referrals_of_encounter')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('led_to__isnull', False), ('to_department__isnull', False), ('to_facility', None), ('to_name', '')), models.Q(('led_to', None), ('to_department', None), models.Q(('to_name', ''), _negated=True)), _connector='OR'), name='referral_goes_to_one_place', violation_error_message='Name the hospital.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='referral_says_why', violation_error_message='Say why the patient is referred.'), models.CheckConstraint(condition=models.Q(('to_name', ''), models.Q(models.Q(('transport', ''), _negated=True), models.Q(('escort', ''), _negated=True)), _connector='OR'), name='letter_says_how_the_patient_goes', violation_error_message='Say how the patient goes, and who goes along.'), models.UniqueConstraint(condition=models.Q(('status', 'sent'), ('to_department__isnull', False)), fields=('patient', 'to_department', 'referred_on'), name='patient_is_referred_once_a_day_to_a_department', violation_error_message='This patient was referred to that department today already.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'sent'), ('withdrawn_at', None), ('withdrawn_by', None), ('withdrawn_why', '')), models.Q(('status', 'withdrawn'), ('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_why', ''), _negated=True)), _connector='OR'), name='withdrawn_referral_says_who_and_why', violation_error_message='Say why.')],
                    },
                ),
                migrations.CreateModel(
                    name='AdmissionRequest',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='admission_requests', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='admission_requests', to='patients.patient')),
                        ('department', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.department', verbose_name='department')),
                        ('ward_kind', models.CharField(choices=[('general', 'general ward'), ('emergency', 'emergency ward'), ('icu', 'intensive care (ICU)'), ('hdu', 'high dependency (HDU)'), ('labour', 'labour room'), ('maternity', 'maternity ward'), ('children', "children's ward"), ('picu', "children's intensive care (PICU)"), ('newborn', 'newborn care (SNCU)'), ('nicu', 'newborn intensive care (NICU)'), ('isolation', 'isolation'), ('burns', 'burns ward'), ('postop', 'post-operative ward'), ('semi_private', 'semi-private ward'), ('private', 'private ward'), ('daycare', 'day care')], default='general', max_length=12, verbose_name='ward wished')),
                        ('urgency', models.CharField(choices=[('routine', 'in its turn'), ('urgent', 'urgent'), ('emergency', 'emergency, at once')], default='routine', max_length=10, verbose_name='how urgent')),
                        ('reason', models.CharField(blank=True, max_length=300, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why')),
                        ('diagnosis', models.CharField(max_length=300, validators=[patients.identifiers.refuse_aadhaar], verbose_name='provisional diagnosis')),
                        ('status', models.CharField(choices=[('requested', 'requested'), ('accepted', 'accepted'), ('admitted', 'admitted'), ('cancelled', 'cancelled')], default='requested', max_length=12, verbose_name='status')),
                        ('requested_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                        ('requested_at', models.DateTimeField(verbose_name='requested')),
                        ('accepted_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                        ('accepted_at', models.DateTimeField(blank=True, null=True)),
                        ('cancelled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='cancelled by')),
                        ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                        ('cancelled_why', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why cancelled')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', '-requested_at'], name='admission_requests_here'), models.Index(fields=['encounter', 'requested_at'], name='admission_requests_of_visit')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ('requested', 'accepted'))), fields=('facility', 'patient'), name='patient_has_one_open_admission_request_here', violation_error_message='A request to admit this patient is open already.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='admission_request_says_why', violation_error_message='Say why the patient is to be admitted.'), models.CheckConstraint(condition=models.Q(('diagnosis', ''), _negated=True), name='admission_request_names_a_diagnosis', violation_error_message='Write the provisional diagnosis.'), models.CheckConstraint(condition=models.Q(models.Q(('accepted_at', None), ('accepted_by', None), models.Q(('status', 'accepted'), _negated=True)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False), models.Q(('status', 'requested'), _negated=True)), _connector='OR'), name='accepted_admission_request_says_who'), models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at', None), ('cancelled_by', None), ('cancelled_why', ''), models.Q(('status', 'cancelled'), _negated=True)), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False), ('status', 'cancelled'), models.Q(('cancelled_why', ''), _negated=True)), _connector='OR'), name='cancelled_admission_request_says_who_and_why', violation_error_message='Say why.')],
                    },
                ),
                migrations.CreateModel(
                    name='Certificate',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='patients.patient')),
                        ('number', models.CharField(editable=False, max_length=16, verbose_name='certificate')),
                        ('kind', models.CharField(choices=[('sick', 'sick certificate'), ('fitness', 'fitness certificate')], max_length=8, verbose_name='kind')),
                        ('from_on', models.DateField(verbose_name='from')),
                        ('to_on', models.DateField(blank=True, null=True, verbose_name='until')),
                        ('fit_for', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='fit for')),
                        ('diagnosis', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='diagnosis')),
                        ('ends', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.certificate', verbose_name='sick certificate')),
                        ('backdated_why', models.CharField(blank=True, max_length=200, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why it begins earlier')),
                        ('status', models.CharField(choices=[('issued', 'issued'), ('cancelled', 'cancelled')], default='issued', max_length=12, verbose_name='status')),
                        ('issued_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
                        ('issued_on', models.DateField(verbose_name='day')),
                        ('issued_at', models.DateTimeField(verbose_name='issued')),
                        ('cancelled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='cancelled by')),
                        ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                        ('cancelled_why', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='why cancelled')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', '-issued_on'], name='certificates_here'), models.Index(fields=['encounter', 'issued_at'], name='certificates_of_encounter')],
                        'constraints': [models.UniqueConstraint(fields=('number',), name='certificate_number_is_given_once'), models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='certificate_has_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('ends', None), ('fit_for', ''), ('kind', 'sick'), ('to_on__isnull', False)), models.Q(('kind', 'fitness'), ('to_on', None), models.Q(('fit_for', ''), _negated=True)), _connector='OR'), name='certificate_says_for_which_days', violation_error_message='Say until which day, or fit for what.'), models.CheckConstraint(condition=models.Q(('to_on', None), ('to_on__gte', models.F('from_on')), _connector='OR'), name='rest_ends_after_it_begins', violation_error_message='The last day is before the first.'), models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at', None), ('cancelled_by', None), ('cancelled_why', ''), ('status', 'issued')), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False), ('status', 'cancelled'), models.Q(('cancelled_why', ''), _negated=True)), _connector='OR'), name='cancelled_certificate_says_who_and_why', violation_error_message='Say why.')],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='fc53753cb7ecce28464bcf1f6849192510517647', operation='UPDATE', pgid='pgtrigger_bump_rev_109ab', table='patients_patient', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='known_where_registered', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM patients_know(NEW.id, NEW.facility_id); RETURN NULL;', hash='3e83bb8c04c7d4e36d4bdbefc51d883657439c8c', operation='INSERT', pgid='pgtrigger_known_where_registered_dc92b', table='patients_patient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='known_by_new_name', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."name_words" IS DISTINCT FROM (NEW."name_words") OR OLD."registered_at" IS DISTINCT FROM (NEW."registered_at"))', func='PERFORM patients_know_anew(NEW.id, OLD.facility_id, OLD.registered_at, OLD.name_words); RETURN NULL;', hash='331977d7e6ceb7d6881f0ca1163220d97084a961', operation='UPDATE', pgid='pgtrigger_known_by_new_name_e49b3', table='patients_patient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "is_unknown", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (NEW."abha_status", NEW."address", NEW."birth_date", NEW."birth_precision", NEW."block_id", NEW."block_name", NEW."category", NEW."district_id", NEW."facility_id", NEW."guardian_name", NEW."guardian_relation", NEW."id", NEW."is_unknown", NEW."name", NEW."name_hi", NEW."name_words", NEW."no_phone_reason", NEW."occupation", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."phone", NEW."pincode", NEW."registered_at", NEW."religion", NEW."rev", NEW."sex", NEW."uhid", NEW."village"); RETURN NULL;', hash='8329814326a57051b68398bff97bab0c76173f7c', operation='INSERT', pgid='pgtrigger_insert_insert_62165', table='patients_patient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "is_unknown", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (NEW."abha_status", NEW."address", NEW."birth_date", NEW."birth_precision", NEW."block_id", NEW."block_name", NEW."category", NEW."district_id", NEW."facility_id", NEW."guardian_name", NEW."guardian_relation", NEW."id", NEW."is_unknown", NEW."name", NEW."name_hi", NEW."name_words", NEW."no_phone_reason", NEW."occupation", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."phone", NEW."pincode", NEW."registered_at", NEW."religion", NEW."rev", NEW."sex", NEW."uhid", NEW."village"); RETURN NULL;', hash='699c9b8653eec94f591a5eece7e464015c5eb7b0', operation='UPDATE', pgid='pgtrigger_update_update_546ce', table='patients_patient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patient',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "is_unknown", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (OLD."abha_status", OLD."address", OLD."birth_date", OLD."birth_precision", OLD."block_id", OLD."block_name", OLD."category", OLD."district_id", OLD."facility_id", OLD."guardian_name", OLD."guardian_relation", OLD."id", OLD."is_unknown", OLD."name", OLD."name_hi", OLD."name_words", OLD."no_phone_reason", OLD."occupation", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."phone", OLD."pincode", OLD."registered_at", OLD."religion", OLD."rev", OLD."sex", OLD."uhid", OLD."village"); RETURN NULL;', hash='2ebfb40f3c2f233642940a5f164719cc7fb08066', operation='DELETE', pgid='pgtrigger_delete_delete_9898d', table='patients_patient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patientidentifier',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='74a1c5176b418eb4429ca5bce65e04f37ff94098', operation='UPDATE', pgid='pgtrigger_bump_rev_926f3', table='patients_patientidentifier', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patientidentifier',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patientidentifierhistoryevent" ("ended_at", "facility_id", "id", "issuer_id", "kind", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "value") VALUES (NEW."ended_at", NEW."facility_id", NEW."id", NEW."issuer_id", NEW."kind", NEW."origin_node", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."rev", NEW."value"); RETURN NULL;', hash='f23cbbb547b5cb2e11abbefe244e380a166b6f03', operation='INSERT', pgid='pgtrigger_insert_insert_37153', table='patients_patientidentifier', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patientidentifier',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_patientidentifierhistoryevent" ("ended_at", "facility_id", "id", "issuer_id", "kind", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "value") VALUES (NEW."ended_at", NEW."facility_id", NEW."id", NEW."issuer_id", NEW."kind", NEW."origin_node", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."rev", NEW."value"); RETURN NULL;', hash='6c3adbe9fbf9d951fded08955110ad1dcbd5eb4d', operation='UPDATE', pgid='pgtrigger_update_update_833e2', table='patients_patientidentifier', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='patientidentifier',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patientidentifierhistoryevent" ("ended_at", "facility_id", "id", "issuer_id", "kind", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "value") VALUES (OLD."ended_at", OLD."facility_id", OLD."id", OLD."issuer_id", OLD."kind", OLD."origin_node", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."rev", OLD."value"); RETURN NULL;', hash='7b2119b6662572b3b0fdafaa3b41b5dd4eb25f57', operation='DELETE', pgid='pgtrigger_delete_delete_a926d', table='patients_patientidentifier', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='relatedperson',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='029c66fb67cede60347bc2100b4018f754921239', operation='UPDATE', pgid='pgtrigger_bump_rev_d6aa2', table='patients_relatedperson', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='encounter',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='c555bb7a47e79b10a3bca4135b60be6d3047e136', operation='UPDATE', pgid='pgtrigger_bump_rev_84741', table='patients_encounter', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='encounter',
                    trigger=pgtrigger.compiler.Trigger(name='known_where_seen', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM patients_know_guest(NEW.patient_id, NEW.facility_id); RETURN NULL;', hash='2ed6d6fa8e4786c523e610a5a0a17f369c675bd6', operation='INSERT', pgid='pgtrigger_known_where_seen_8a216', table='patients_encounter', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='encounter',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_encounterhistoryevent" ("department_id", "encounter_class", "ended_at", "facility_id", "follows_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "started_at", "status", "valid_till") VALUES (NEW."department_id", NEW."encounter_class", NEW."ended_at", NEW."facility_id", NEW."follows_id", NEW."id", NEW."origin_node", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."rev", NEW."started_at", NEW."status", NEW."valid_till"); RETURN NULL;', hash='c56d24ca58277d5c73509ba529bbe4ea58afe67d', operation='INSERT', pgid='pgtrigger_insert_insert_2417e', table='patients_encounter', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='encounter',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_encounterhistoryevent" ("department_id", "encounter_class", "ended_at", "facility_id", "follows_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "started_at", "status", "valid_till") VALUES (NEW."department_id", NEW."encounter_class", NEW."ended_at", NEW."facility_id", NEW."follows_id", NEW."id", NEW."origin_node", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."rev", NEW."started_at", NEW."status", NEW."valid_till"); RETURN NULL;', hash='9e8810b60da932a2d3b51f071b2e220f9b9b73d5', operation='UPDATE', pgid='pgtrigger_update_update_33207', table='patients_encounter', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='encounter',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_encounterhistoryevent" ("department_id", "encounter_class", "ended_at", "facility_id", "follows_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "started_at", "status", "valid_till") VALUES (OLD."department_id", OLD."encounter_class", OLD."ended_at", OLD."facility_id", OLD."follows_id", OLD."id", OLD."origin_node", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."rev", OLD."started_at", OLD."status", OLD."valid_till"); RETURN NULL;', hash='fb510775d03ae7a723d82416e9e3a41f8872a824', operation='DELETE', pgid='pgtrigger_delete_delete_04813', table='patients_encounter', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='allergyintolerance',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='e9a24d8255cf45c85de0f8c18e8f58bc9d6ed35c', operation='UPDATE', pgid='pgtrigger_bump_rev_46624', table='patients_allergyintolerance', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='allergyintolerance',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='23e61a7df9a9cac1e5f5e730c9f3822ae086cc4a', operation='DELETE', pgid='pgtrigger_never_deleted_19c44', table='patients_allergyintolerance', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='allergyintolerance',
                    trigger=pgtrigger.compiler.Trigger(name='only_refuted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."atc_code" IS DISTINCT FROM (NEW."atc_code") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."ingredient" IS DISTINCT FROM (NEW."ingredient") OR OLD."is_none_known" IS DISTINCT FROM (NEW."is_none_known") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reaction" IS DISTINCT FROM (NEW."reaction") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."substance" IS DISTINCT FROM (NEW."substance") OR OLD."told_by" IS DISTINCT FROM (NEW."told_by"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2b45c9da106995f79a2d1f841aebcafe79c25199', operation='UPDATE', pgid='pgtrigger_only_refuted_df2da', table='patients_allergyintolerance', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='allergyintolerance',
                    trigger=pgtrigger.compiler.Trigger(name='refuted_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."refuted_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='06b5a57f0f812d67fe6cafd016e83657fc17798f', operation='UPDATE', pgid='pgtrigger_refuted_once_d27b7', table='patients_allergyintolerance', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='bedstay',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='1268d8fc37351edad550fe6b8e0eec99645a874f', operation='UPDATE', pgid='pgtrigger_bump_rev_a17bb', table='patients_bedstay', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='bedstay',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_bedstayhistoryevent" ("bed_id", "began_at", "encounter_id", "ended_at", "facility_id", "given_by_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why") VALUES (NEW."bed_id", NEW."began_at", NEW."encounter_id", NEW."ended_at", NEW."facility_id", NEW."given_by_id", NEW."id", NEW."origin_node", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."rev", NEW."why"); RETURN NULL;', hash='0660cb2182dc99c83f4d02ec02d4b91256ab73d7', operation='INSERT', pgid='pgtrigger_insert_insert_c52b6', table='patients_bedstay', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='bedstay',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_bedstayhistoryevent" ("bed_id", "began_at", "encounter_id", "ended_at", "facility_id", "given_by_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why") VALUES (NEW."bed_id", NEW."began_at", NEW."encounter_id", NEW."ended_at", NEW."facility_id", NEW."given_by_id", NEW."id", NEW."origin_node", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."rev", NEW."why"); RETURN NULL;', hash='209586469e87e7a95194f48c75e8ac8ce01c1b3f', operation='UPDATE', pgid='pgtrigger_update_update_9720e', table='patients_bedstay', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='bedstay',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_bedstayhistoryevent" ("bed_id", "began_at", "encounter_id", "ended_at", "facility_id", "given_by_id", "id", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why") VALUES (OLD."bed_id", OLD."began_at", OLD."encounter_id", OLD."ended_at", OLD."facility_id", OLD."given_by_id", OLD."id", OLD."origin_node", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."rev", OLD."why"); RETURN NULL;', hash='5dcb2d8043fb4e298c9776ed13e0f818b528d380', operation='DELETE', pgid='pgtrigger_delete_delete_1457f', table='patients_bedstay', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='bedreservation',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='03e008364d9cffe5998e473876ae1e4a84900420', operation='UPDATE', pgid='pgtrigger_bump_rev_1f00c', table='patients_bedreservation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='condition',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='b665bd4555adc0cc83a815efbad0e9ea41a25f47', operation='UPDATE', pgid='pgtrigger_bump_rev_4fe21', table='patients_condition', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='condition',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a8d6d5541ecf8a7133eca3e9250ae1d9d917dfa5', operation='DELETE', pgid='pgtrigger_never_deleted_a3a7c', table='patients_condition', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='condition',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_conditionhistoryevent" ("code", "department_id", "encounter_id", "facility_id", "id", "is_main", "is_problem", "onset_on", "onset_precision", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "recorded_on", "resolved_on", "rev", "status", "title", "title_hi", "why_changed", "words") VALUES (NEW."code", NEW."department_id", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."is_main", NEW."is_problem", NEW."onset_on", NEW."onset_precision", NEW."origin_node", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_on", NEW."resolved_on", NEW."rev", NEW."status", NEW."title", NEW."title_hi", NEW."why_changed", NEW."words"); RETURN NULL;', hash='ec27328cfa93de4b2239b387898e2e30cc17f1f4', operation='INSERT', pgid='pgtrigger_insert_insert_07e1c', table='patients_condition', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='condition',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_conditionhistoryevent" ("code", "department_id", "encounter_id", "facility_id", "id", "is_main", "is_problem", "onset_on", "onset_precision", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "recorded_on", "resolved_on", "rev", "status", "title", "title_hi", "why_changed", "words") VALUES (NEW."code", NEW."department_id", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."is_main", NEW."is_problem", NEW."onset_on", NEW."onset_precision", NEW."origin_node", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_on", NEW."resolved_on", NEW."rev", NEW."status", NEW."title", NEW."title_hi", NEW."why_changed", NEW."words"); RETURN NULL;', hash='fa87bf9ceea7be19d8e66de8eb791deabd84af0f', operation='UPDATE', pgid='pgtrigger_update_update_6df95', table='patients_condition', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='condition',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_conditionhistoryevent" ("code", "department_id", "encounter_id", "facility_id", "id", "is_main", "is_problem", "onset_on", "onset_precision", "origin_node", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "recorded_on", "resolved_on", "rev", "status", "title", "title_hi", "why_changed", "words") VALUES (OLD."code", OLD."department_id", OLD."encounter_id", OLD."facility_id", OLD."id", OLD."is_main", OLD."is_problem", OLD."onset_on", OLD."onset_precision", OLD."origin_node", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_on", OLD."resolved_on", OLD."rev", OLD."status", OLD."title", OLD."title_hi", OLD."why_changed", OLD."words"); RETURN NULL;', hash='6beb16f00c63ddac720aa9b9c1e643692db0cae2', operation='DELETE', pgid='pgtrigger_delete_delete_26f1e', table='patients_condition', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='ingredient',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_ingredienthistoryevent" ("atc_code", "class_name", "cross_note", "edition", "id", "is_put_right", "is_withdrawn", "key", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."atc_code", NEW."class_name", NEW."cross_note", NEW."edition", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."name", NEW."name_hi", NOW(), \'insert\', NEW."id", NEW."source"); RETURN NULL;', hash='c91b25bacd46b221c761e36e644b7af3fca52842', operation='INSERT', pgid='pgtrigger_insert_insert_ff2b9', table='patients_ingredient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='ingredient',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_ingredienthistoryevent" ("atc_code", "class_name", "cross_note", "edition", "id", "is_put_right", "is_withdrawn", "key", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."atc_code", NEW."class_name", NEW."cross_note", NEW."edition", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."name", NEW."name_hi", NOW(), \'update\', NEW."id", NEW."source"); RETURN NULL;', hash='e5db7feb67201826352001c5e22b5cb66666d35a', operation='UPDATE', pgid='pgtrigger_update_update_47508', table='patients_ingredient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='ingredient',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_ingredienthistoryevent" ("atc_code", "class_name", "cross_note", "edition", "id", "is_put_right", "is_withdrawn", "key", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (OLD."atc_code", OLD."class_name", OLD."cross_note", OLD."edition", OLD."id", OLD."is_put_right", OLD."is_withdrawn", OLD."key", OLD."name", OLD."name_hi", NOW(), \'delete\', OLD."id", OLD."source"); RETURN NULL;', hash='05abd686de3344f0c014430529d0bd9807cae005', operation='DELETE', pgid='pgtrigger_delete_delete_7018f', table='patients_ingredient', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medication',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicationhistoryevent" ("atc_code", "aware_group", "edition", "flag_source", "form", "generic_name", "high_alert", "id", "ingredients", "is_put_right", "is_withdrawn", "key", "lactation_flag", "name_hi", "nlem_level", "pgh_created_at", "pgh_label", "pgh_obj_id", "pregnancy_flag", "route", "schedule", "source", "strength") VALUES (NEW."atc_code", NEW."aware_group", NEW."edition", NEW."flag_source", NEW."form", NEW."generic_name", NEW."high_alert", NEW."id", NEW."ingredients", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."lactation_flag", NEW."name_hi", NEW."nlem_level", NOW(), \'insert\', NEW."id", NEW."pregnancy_flag", NEW."route", NEW."schedule", NEW."source", NEW."strength"); RETURN NULL;', hash='2b33fa3301b5dcbb198ab1ee19981ce2acbe52c8', operation='INSERT', pgid='pgtrigger_insert_insert_47d9a', table='patients_medication', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medication',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_medicationhistoryevent" ("atc_code", "aware_group", "edition", "flag_source", "form", "generic_name", "high_alert", "id", "ingredients", "is_put_right", "is_withdrawn", "key", "lactation_flag", "name_hi", "nlem_level", "pgh_created_at", "pgh_label", "pgh_obj_id", "pregnancy_flag", "route", "schedule", "source", "strength") VALUES (NEW."atc_code", NEW."aware_group", NEW."edition", NEW."flag_source", NEW."form", NEW."generic_name", NEW."high_alert", NEW."id", NEW."ingredients", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."lactation_flag", NEW."name_hi", NEW."nlem_level", NOW(), \'update\', NEW."id", NEW."pregnancy_flag", NEW."route", NEW."schedule", NEW."source", NEW."strength"); RETURN NULL;', hash='aa4f984732902d9ab640a3b2414ecaffc1a0928e', operation='UPDATE', pgid='pgtrigger_update_update_64339', table='patients_medication', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medication',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicationhistoryevent" ("atc_code", "aware_group", "edition", "flag_source", "form", "generic_name", "high_alert", "id", "ingredients", "is_put_right", "is_withdrawn", "key", "lactation_flag", "name_hi", "nlem_level", "pgh_created_at", "pgh_label", "pgh_obj_id", "pregnancy_flag", "route", "schedule", "source", "strength") VALUES (OLD."atc_code", OLD."aware_group", OLD."edition", OLD."flag_source", OLD."form", OLD."generic_name", OLD."high_alert", OLD."id", OLD."ingredients", OLD."is_put_right", OLD."is_withdrawn", OLD."key", OLD."lactation_flag", OLD."name_hi", OLD."nlem_level", NOW(), \'delete\', OLD."id", OLD."pregnancy_flag", OLD."route", OLD."schedule", OLD."source", OLD."strength"); RETURN NULL;', hash='780782817d049ce3b72213802bc49fb8f6f6411c', operation='DELETE', pgid='pgtrigger_delete_delete_397ac', table='patients_medication', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interaction',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_interactionhistoryevent" ("a", "b", "edition", "effect", "id", "is_put_right", "is_withdrawn", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "source", "what_to_do") VALUES (NEW."a", NEW."b", NEW."edition", NEW."effect", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NOW(), \'insert\', NEW."id", NEW."severity", NEW."source", NEW."what_to_do"); RETURN NULL;', hash='dc948692a8c79f9f3424fad994986f5e708682bb', operation='INSERT', pgid='pgtrigger_insert_insert_4d4c5', table='patients_interaction', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interaction',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_interactionhistoryevent" ("a", "b", "edition", "effect", "id", "is_put_right", "is_withdrawn", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "source", "what_to_do") VALUES (NEW."a", NEW."b", NEW."edition", NEW."effect", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NOW(), \'update\', NEW."id", NEW."severity", NEW."source", NEW."what_to_do"); RETURN NULL;', hash='d40bac702c5ffc3a0edf960b3699881f3b80407d', operation='UPDATE', pgid='pgtrigger_update_update_e68f4', table='patients_interaction', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='interaction',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_interactionhistoryevent" ("a", "b", "edition", "effect", "id", "is_put_right", "is_withdrawn", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "severity", "source", "what_to_do") VALUES (OLD."a", OLD."b", OLD."edition", OLD."effect", OLD."id", OLD."is_put_right", OLD."is_withdrawn", OLD."key", NOW(), \'delete\', OLD."id", OLD."severity", OLD."source", OLD."what_to_do"); RETURN NULL;', hash='94087725d2b624e8cef373147c5d13a6a1acc267', operation='DELETE', pgid='pgtrigger_delete_delete_86df9', table='patients_interaction', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='doselimit',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_doselimithistoryevent" ("band", "edition", "egfr_below", "id", "ingredient", "is_put_right", "is_withdrawn", "key", "max_daily", "max_single", "members", "not_under", "note", "per_kg_daily", "per_kg_single", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "route", "source", "unit") VALUES (NEW."band", NEW."edition", NEW."egfr_below", NEW."id", NEW."ingredient", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."max_daily", NEW."max_single", NEW."members", NEW."not_under", NEW."note", NEW."per_kg_daily", NEW."per_kg_single", NOW(), \'insert\', NEW."id", NEW."population", NEW."route", NEW."source", NEW."unit"); RETURN NULL;', hash='5f321a4524d5f0f6a2598d338ef4a492af660132', operation='INSERT', pgid='pgtrigger_insert_insert_fbedd', table='patients_doselimit', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='doselimit',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_doselimithistoryevent" ("band", "edition", "egfr_below", "id", "ingredient", "is_put_right", "is_withdrawn", "key", "max_daily", "max_single", "members", "not_under", "note", "per_kg_daily", "per_kg_single", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "route", "source", "unit") VALUES (NEW."band", NEW."edition", NEW."egfr_below", NEW."id", NEW."ingredient", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."max_daily", NEW."max_single", NEW."members", NEW."not_under", NEW."note", NEW."per_kg_daily", NEW."per_kg_single", NOW(), \'update\', NEW."id", NEW."population", NEW."route", NEW."source", NEW."unit"); RETURN NULL;', hash='d6a8df800115a7efa2fe531f5a524a92b962918a', operation='UPDATE', pgid='pgtrigger_update_update_4af7f', table='patients_doselimit', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='doselimit',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_doselimithistoryevent" ("band", "edition", "egfr_below", "id", "ingredient", "is_put_right", "is_withdrawn", "key", "max_daily", "max_single", "members", "not_under", "note", "per_kg_daily", "per_kg_single", "pgh_created_at", "pgh_label", "pgh_obj_id", "population", "route", "source", "unit") VALUES (OLD."band", OLD."edition", OLD."egfr_below", OLD."id", OLD."ingredient", OLD."is_put_right", OLD."is_withdrawn", OLD."key", OLD."max_daily", OLD."max_single", OLD."members", OLD."not_under", OLD."note", OLD."per_kg_daily", OLD."per_kg_single", NOW(), \'delete\', OLD."id", OLD."population", OLD."route", OLD."source", OLD."unit"); RETURN NULL;', hash='ee05c125b1776845f81904fb036c85f629f4a34a', operation='DELETE', pgid='pgtrigger_delete_delete_5f281', table='patients_doselimit', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicinesetline',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicinesetlinehistoryevent" ("dose_text", "drug", "duration", "edition", "frequency", "id", "is_put_right", "is_withdrawn", "key", "line_no", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_name", "source") VALUES (NEW."dose_text", NEW."drug", NEW."duration", NEW."edition", NEW."frequency", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."line_no", NEW."note", NOW(), \'insert\', NEW."id", NEW."set_name", NEW."source"); RETURN NULL;', hash='43433bdfcac05122aea983bb975c46e05c30a841', operation='INSERT', pgid='pgtrigger_insert_insert_0f361', table='patients_medicinesetline', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicinesetline',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_medicinesetlinehistoryevent" ("dose_text", "drug", "duration", "edition", "frequency", "id", "is_put_right", "is_withdrawn", "key", "line_no", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_name", "source") VALUES (NEW."dose_text", NEW."drug", NEW."duration", NEW."edition", NEW."frequency", NEW."id", NEW."is_put_right", NEW."is_withdrawn", NEW."key", NEW."line_no", NEW."note", NOW(), \'update\', NEW."id", NEW."set_name", NEW."source"); RETURN NULL;', hash='1dfdc6875c4fe27ab824ff041d6a9b30274e7461', operation='UPDATE', pgid='pgtrigger_update_update_a01fc', table='patients_medicinesetline', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicinesetline',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicinesetlinehistoryevent" ("dose_text", "drug", "duration", "edition", "frequency", "id", "is_put_right", "is_withdrawn", "key", "line_no", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_name", "source") VALUES (OLD."dose_text", OLD."drug", OLD."duration", OLD."edition", OLD."frequency", OLD."id", OLD."is_put_right", OLD."is_withdrawn", OLD."key", OLD."line_no", OLD."note", NOW(), \'delete\', OLD."id", OLD."set_name", OLD."source"); RETURN NULL;', hash='879ecacc9d5fdfe0153c532fe52a60ce0bb963f9', operation='DELETE', pgid='pgtrigger_delete_delete_d20c7', table='patients_medicinesetline', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='contentapproval',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='f058e5d60b26d1a05a6604c3b12b681fd9357b77', operation='UPDATE', pgid='pgtrigger_bump_rev_18ff2', table='patients_contentapproval', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='formularyitem',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='2da41ce3d7773c52c970a3350fc0df5a60da799b', operation='UPDATE', pgid='pgtrigger_bump_rev_4b27b', table='patients_formularyitem', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='formularyitem',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_formularyitemhistoryevent" ("facility_id", "id", "is_available", "is_listed", "medication_id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (NEW."facility_id", NEW."id", NEW."is_available", NEW."is_listed", NEW."medication_id", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."rev"); RETURN NULL;', hash='15e65ea8c6ccf7aaf1a39c7c163abc67cf0ee786', operation='INSERT', pgid='pgtrigger_insert_insert_28f5f', table='patients_formularyitem', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='formularyitem',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_formularyitemhistoryevent" ("facility_id", "id", "is_available", "is_listed", "medication_id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (NEW."facility_id", NEW."id", NEW."is_available", NEW."is_listed", NEW."medication_id", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."rev"); RETURN NULL;', hash='0deb35c7ede675bb40497de12421b665cc48bba8', operation='UPDATE', pgid='pgtrigger_update_update_7a970', table='patients_formularyitem', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='formularyitem',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_formularyitemhistoryevent" ("facility_id", "id", "is_available", "is_listed", "medication_id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (OLD."facility_id", OLD."id", OLD."is_available", OLD."is_listed", OLD."medication_id", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."rev"); RETURN NULL;', hash='11a05afde346b412d307276dace8db0b5bd1bb2a', operation='DELETE', pgid='pgtrigger_delete_delete_2ddf1', table='patients_formularyitem', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='alertrule',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='11aace7d93098c14b4eaa1abe95b49654c414314', operation='UPDATE', pgid='pgtrigger_bump_rev_3dc4f', table='patients_alertrule', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='alertrule',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_alertrulehistoryevent" ("code", "facility_id", "id", "is_retired", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "rev") VALUES (NEW."code", NEW."facility_id", NEW."id", NEW."is_retired", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."reason", NEW."rev"); RETURN NULL;', hash='9378a646e9dc8937e103f29fafb5af177b8384b3', operation='INSERT', pgid='pgtrigger_insert_insert_de011', table='patients_alertrule', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='alertrule',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_alertrulehistoryevent" ("code", "facility_id", "id", "is_retired", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "rev") VALUES (NEW."code", NEW."facility_id", NEW."id", NEW."is_retired", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."reason", NEW."rev"); RETURN NULL;', hash='ed2ddfe407de1756122afa4b1181f9564bec57cc', operation='UPDATE', pgid='pgtrigger_update_update_00ca2', table='patients_alertrule', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='alertrule',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_alertrulehistoryevent" ("code", "facility_id", "id", "is_retired", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "rev") VALUES (OLD."code", OLD."facility_id", OLD."id", OLD."is_retired", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."reason", OLD."rev"); RETURN NULL;', hash='6dcb0d6c790ca56885dd27df25d3ad0d74028aac', operation='DELETE', pgid='pgtrigger_delete_delete_dc5ea', table='patients_alertrule', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='clinicalnote',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='311d71429af0eb007fd6ba3724c74ed64fe8614a', operation='UPDATE', pgid='pgtrigger_bump_rev_6604e', table='patients_clinicalnote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='clinicalnote',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ec3ca6a379e72de599c50ca4a074ca5c5784bf3b', operation='DELETE', pgid='pgtrigger_never_deleted_524c4', table='patients_clinicalnote', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='noteversion',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e9bad976787af95b06eef14049a5e4eb5c440cdb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cf360', table='patients_noteversion', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='notesignature',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8a3a5b2a8c33644cb0b45aa6a726d7ddd5326ad6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0465e', table='patients_notesignature', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='noteaddendum',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e4fbaa7b5f3a800e2440bde9c8184b5fa80209e4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9b040', table='patients_noteaddendum', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationrequest',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='8117f4c1cf2967bd8216f77bac9ce49e13501e1c', operation='UPDATE', pgid='pgtrigger_bump_rev_8dd1a', table='patients_medicationrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationrequest',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='31a6c1862dfbc6dc97425000fb38e6d88bc277fc', operation='DELETE', pgid='pgtrigger_never_deleted_25e24', table='patients_medicationrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationrequest',
                    trigger=pgtrigger.compiler.Trigger(name='line_stays_as_written', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."days" IS DISTINCT FROM (NEW."days") OR OLD."department_id" IS DISTINCT FROM (NEW."department_id") OR OLD."dosage" IS DISTINCT FROM (NEW."dosage") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."line" IS DISTINCT FROM (NEW."line") OR OLD."medication_id" IS DISTINCT FROM (NEW."medication_id") OR OLD."note_id" IS DISTINCT FROM (NEW."note_id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."position" IS DISTINCT FROM (NEW."position") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."quantity_unit" IS DISTINCT FROM (NEW."quantity_unit") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id") OR OLD."replaces_why" IS DISTINCT FROM (NEW."replaces_why") OR OLD."typed" IS DISTINCT FROM (NEW."typed") OR OLD."written_at" IS DISTINCT FROM (NEW."written_at") OR OLD."written_by_id" IS DISTINCT FROM (NEW."written_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='29ea82e24def9d7523f7373dbbf7f5e630b70b96', operation='UPDATE', pgid='pgtrigger_line_stays_as_written_cef9f', table='patients_medicationrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationrequest',
                    trigger=pgtrigger.compiler.Trigger(name='signed_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."signed_at" IS NOT NULL AND (OLD."signed_at" IS DISTINCT FROM (NEW."signed_at") OR OLD."signed_by_id" IS DISTINCT FROM (NEW."signed_by_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."indication" IS DISTINCT FROM (NEW."indication") OR OLD."authorised_by" IS DISTINCT FROM (NEW."authorised_by")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d7d828949e558e671ff3c051af598844897b71f9', operation='UPDATE', pgid='pgtrigger_signed_once_175e3', table='patients_medicationrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationhold',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='783f50be18ca06cd88f1f7be87db2434c97a0df0', operation='UPDATE', pgid='pgtrigger_bump_rev_a3bb8', table='patients_medicationhold', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationhold',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='aa6f6fd5c10559a561becec8035f839137671d3c', operation='DELETE', pgid='pgtrigger_never_deleted_35006', table='patients_medicationhold', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='detectedissue',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='1b7d5b1a6ed51d3c739a8c052a68ae5268574837', operation='UPDATE', pgid='pgtrigger_bump_rev_c25d2', table='patients_detectedissue', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='detectedissue',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0fb2cf3c50e7f5bd7a6c34daa3b5a6c8a109766f', operation='DELETE', pgid='pgtrigger_never_deleted_81d0d', table='patients_detectedissue', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='detectedissue',
                    trigger=pgtrigger.compiler.Trigger(name='only_answered', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."about" IS DISTINCT FROM (NEW."about") OR OLD."cause" IS DISTINCT FROM (NEW."cause") OR OLD."doctor_id" IS DISTINCT FROM (NEW."doctor_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."raised_at" IS DISTINCT FROM (NEW."raised_at") OR OLD."request_id" IS DISTINCT FROM (NEW."request_id") OR OLD."rule" IS DISTINCT FROM (NEW."rule") OR OLD."severity" IS DISTINCT FROM (NEW."severity"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='10de2cc779300b8f18471b3fe7b0e8f3a27bcb31', operation='UPDATE', pgid='pgtrigger_only_answered_82b2f', table='patients_detectedissue', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicineset',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='5190b5898cb4f86af3d95f5a1b7c8fce8ab649d3', operation='UPDATE', pgid='pgtrigger_bump_rev_6b76f', table='patients_medicineset', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicineset',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e6e753572c1b56ab6da69248a29192e8e1516d8c', operation='DELETE', pgid='pgtrigger_never_deleted_d5711', table='patients_medicineset', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicationdispense',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='844d93ce634c3d87b22ea243a69064fe74f701f0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_86b81', table='patients_medicationdispense', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='a5a3f54855d6db25ca3915382a707e86c08a5582', operation='UPDATE', pgid='pgtrigger_bump_rev_1dbcb', table='patients_medicolegalcase', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='6aa83516acc3665aaf1c74a60e73d2659a8672c8', operation='DELETE', pgid='pgtrigger_never_deleted_283bc', table='patients_medicolegalcase', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='only_the_kind_changes', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."brought_by" IS DISTINCT FROM (NEW."brought_by") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."marked_at" IS DISTINCT FROM (NEW."marked_at") OR OLD."marked_by_id" IS DISTINCT FROM (NEW."marked_by_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."particulars" IS DISTINCT FROM (NEW."particulars") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='de4e0361ba7fec7433a7e51711edf0f2885784dd', operation='UPDATE', pgid='pgtrigger_only_the_kind_changes_6928e', table='patients_medicolegalcase', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicolegalcasehistoryevent" ("brought_by", "encounter_id", "facility_id", "id", "kind", "marked_at", "marked_by_id", "number", "origin_node", "particulars", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why_corrected") VALUES (NEW."brought_by", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."kind", NEW."marked_at", NEW."marked_by_id", NEW."number", NEW."origin_node", NEW."particulars", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."rev", NEW."why_corrected"); RETURN NULL;', hash='db5fa8793f46364daa4e202201f3cdae7a12c96f', operation='INSERT', pgid='pgtrigger_insert_insert_23cb9', table='patients_medicolegalcase', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_medicolegalcasehistoryevent" ("brought_by", "encounter_id", "facility_id", "id", "kind", "marked_at", "marked_by_id", "number", "origin_node", "particulars", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why_corrected") VALUES (NEW."brought_by", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."kind", NEW."marked_at", NEW."marked_by_id", NEW."number", NEW."origin_node", NEW."particulars", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."rev", NEW."why_corrected"); RETURN NULL;', hash='1c6393714116112ab6f70616cbedc4aee2ced154', operation='UPDATE', pgid='pgtrigger_update_update_7ec0f', table='patients_medicolegalcase', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='medicolegalcase',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_medicolegalcasehistoryevent" ("brought_by", "encounter_id", "facility_id", "id", "kind", "marked_at", "marked_by_id", "number", "origin_node", "particulars", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev", "why_corrected") VALUES (OLD."brought_by", OLD."encounter_id", OLD."facility_id", OLD."id", OLD."kind", OLD."marked_at", OLD."marked_by_id", OLD."number", OLD."origin_node", OLD."particulars", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."rev", OLD."why_corrected"); RETURN NULL;', hash='f86c26686c021e59fa8f3a6ff64a30864ed523ba', operation='DELETE', pgid='pgtrigger_delete_delete_d69b4', table='patients_medicolegalcase', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='policeintimation',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='efea8dab85dff69ace7ea84cce3c14d5e1cf623f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_df035', table='patients_policeintimation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='birth',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='891d4ed94b338dbf98c439b9f0b6d359c487d561', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_05c76', table='patients_birth', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='observation',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='b5873b056474d81a71f1ed1fdcdbd64c896d33ae', operation='UPDATE', pgid='pgtrigger_bump_rev_9edbc', table='patients_observation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='observation',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='89b84d7888966a9d98c5ad16dabdcb28aeba651f', operation='DELETE', pgid='pgtrigger_never_deleted_a9e34', table='patients_observation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='observation',
                    trigger=pgtrigger.compiler.Trigger(name='only_marked_wrong', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."diastolic" IS DISTINCT FROM (NEW."diastolic") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."finding" IS DISTINCT FROM (NEW."finding") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_confirmed" IS DISTINCT FROM (NEW."is_confirmed") OR OLD."on_date" IS DISTINCT FROM (NEW."on_date") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."taken_at" IS DISTINCT FROM (NEW."taken_at") OR OLD."taken_by_id" IS DISTINCT FROM (NEW."taken_by_id") OR OLD."taken_together" IS DISTINCT FROM (NEW."taken_together") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."value" IS DISTINCT FROM (NEW."value"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d809a0db44f5eb14f01a67644bbb577f77001068', operation='UPDATE', pgid='pgtrigger_only_marked_wrong_a69c2', table='patients_observation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='observation',
                    trigger=pgtrigger.compiler.Trigger(name='marked_wrong_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."wrong_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='865e9f293187a057d3ce788a4d622887f1debc9c', operation='UPDATE', pgid='pgtrigger_marked_wrong_once_844fd', table='patients_observation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='referral',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='b731c15a1c31943840dc7a99448f2640c3a02561', operation='UPDATE', pgid='pgtrigger_bump_rev_5b2b5', table='patients_referral', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='referral',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='7a8f1ec93b8160bcd3e72c934999c34a9052f9d4', operation='DELETE', pgid='pgtrigger_never_deleted_4bc13', table='patients_referral', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='referral',
                    trigger=pgtrigger.compiler.Trigger(name='what_was_given_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."done" IS DISTINCT FROM (NEW."done") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."escort" IS DISTINCT FROM (NEW."escort") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."findings" IS DISTINCT FROM (NEW."findings") OR OLD."from_department_id" IS DISTINCT FROM (NEW."from_department_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."led_to_id" IS DISTINCT FROM (NEW."led_to_id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."referred_at" IS DISTINCT FROM (NEW."referred_at") OR OLD."referred_by_id" IS DISTINCT FROM (NEW."referred_by_id") OR OLD."referred_on" IS DISTINCT FROM (NEW."referred_on") OR OLD."to_department_id" IS DISTINCT FROM (NEW."to_department_id") OR OLD."to_facility_id" IS DISTINCT FROM (NEW."to_facility_id") OR OLD."to_name" IS DISTINCT FROM (NEW."to_name") OR OLD."transport" IS DISTINCT FROM (NEW."transport") OR OLD."urgency" IS DISTINCT FROM (NEW."urgency"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='fdcd1ac372f59fb9bac9d051ff66c2de90f6851e', operation='UPDATE', pgid='pgtrigger_what_was_given_stays_c3f1f', table='patients_referral', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='admissionrequest',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='0cbd6cfd3a0ef031354535a73870dbda0ae3a7b6', operation='UPDATE', pgid='pgtrigger_bump_rev_00788', table='patients_admissionrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='admissionrequest',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c797639bb13a7df654c981b912dbb4909350c625', operation='DELETE', pgid='pgtrigger_never_deleted_4061e', table='patients_admissionrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='admissionrequest',
                    trigger=pgtrigger.compiler.Trigger(name='what_was_given_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."department_id" IS DISTINCT FROM (NEW."department_id") OR OLD."diagnosis" IS DISTINCT FROM (NEW."diagnosis") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at") OR OLD."requested_by_id" IS DISTINCT FROM (NEW."requested_by_id") OR OLD."urgency" IS DISTINCT FROM (NEW."urgency") OR OLD."ward_kind" IS DISTINCT FROM (NEW."ward_kind"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e7212a751bf65a30d75ee49d678055a847613e78', operation='UPDATE', pgid='pgtrigger_what_was_given_stays_023e9', table='patients_admissionrequest', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='certificate',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='142382770531ba1265b3a3c954fe7809ed418f6d', operation='UPDATE', pgid='pgtrigger_bump_rev_9f9cc', table='patients_certificate', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='certificate',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d56ad7d303b06789df5359cd2ccbb49f5c096187', operation='DELETE', pgid='pgtrigger_never_deleted_74ed7', table='patients_certificate', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='certificate',
                    trigger=pgtrigger.compiler.Trigger(name='what_was_given_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."backdated_why" IS DISTINCT FROM (NEW."backdated_why") OR OLD."diagnosis" IS DISTINCT FROM (NEW."diagnosis") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."ends_id" IS DISTINCT FROM (NEW."ends_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."fit_for" IS DISTINCT FROM (NEW."fit_for") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."issued_at" IS DISTINCT FROM (NEW."issued_at") OR OLD."issued_by_id" IS DISTINCT FROM (NEW."issued_by_id") OR OLD."issued_on" IS DISTINCT FROM (NEW."issued_on") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."to_on" IS DISTINCT FROM (NEW."to_on"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='efbbba20e805beee5045f88be5e596b6acc62a52', operation='UPDATE', pgid='pgtrigger_what_was_given_stays_70293', table='patients_certificate', when='BEFORE')),
                ),
            ],
        ),
        migrations.RunSQL(KNOW, "DROP FUNCTION patients_know(uuid, uuid)"),
        migrations.RunSQL(KNOW_GUEST, "DROP FUNCTION patients_know_guest(uuid, uuid)"),
        migrations.RunSQL(KNOW_ANEW, "DROP FUNCTION patients_know_anew(uuid, uuid, timestamptz, varchar[])"),
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(NO_MORE_VERSIONS, MORE_VERSIONS),
    ]
