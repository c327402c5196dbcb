import django.contrib.postgres.fields
import django.db.models.deletion
import hmis.kernel.history
import hmis.kernel.ids
import hmis.kernel.migrating
import hmis.kernel.models
import patients.identifiers
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('opd', '0001_first'), ('opd', '0002_casualty'), ('opd', '0003_closings_and_displays'), ('opd', '0004_token_steps'), ('opd', '0005_consultations'), ('opd', '0006_times_that_are_there')]

    initial = True

    dependencies = [
        ('facilities', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('patients', '0001_squashed'),
    ]

    operations = [
        hmis.kernel.migrating.AtOnce(
            operations=[
                migrations.CreateModel(
                    name='ClinicDay',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='clinic_days_held', to='facilities.unit')),
                        ('held_on', models.DateField(verbose_name='day')),
                        ('last_number', models.PositiveIntegerField(default=0)),
                        ('closed_at', models.DateTimeField(blank=True, null=True)),
                        ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('closed_because', models.CharField(blank=True, choices=[('called_away', 'the doctor was called away'), ('doctor_absent', 'the doctor is not here'), ('time_over', "the OPD's time is over"), ('room_unfit', 'the room cannot be used'), ('other', 'another reason')], db_default='', default='', max_length=16, verbose_name='reason')),
                        ('closed_note', models.CharField(blank=True, db_default='', default='', max_length=160)),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', 'held_on'], name='clinic_days_here'), models.Index(condition=models.Q(('ended_at', None)), fields=['held_on'], name='clinic_days_not_ended')],
                        'constraints': [models.UniqueConstraint(fields=('unit', 'held_on'), name='unit_has_one_clinic_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_because', ''), ('closed_by', None), ('closed_note', '')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('closed_because', ''), _negated=True)), _connector='OR'), name='closed_clinic_says_who_and_why', violation_error_message='Say why.')],
                    },
                ),
                migrations.CreateModel(
                    name='QueueToken',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('clinic_day', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='opd.clinicday')),
                        ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('number', models.PositiveIntegerField(verbose_name='token')),
                        ('status', models.CharField(choices=[('waiting', 'waiting'), ('called', 'called'), ('in_consultation', 'with the doctor'), ('sent_for_tests', 'sent for tests'), ('skipped', 'skipped'), ('done', 'done'), ('moved', 'moved to another unit'), ('left', 'left'), ('cancelled', 'cancelled')], default='waiting', max_length=16, verbose_name='status')),
                        ('lane', models.CharField(choices=[('emergency', 'emergency'), ('back_from_tests', 'back from tests'), ('pregnant', 'pregnant'), ('elderly', 'elderly'), ('disabled', 'disabled person'), ('scan_and_share', 'Scan & Share'), ('normal', 'ordinary')], default='normal', max_length=16, verbose_name='lane')),
                        ('lane_rank', models.PositiveSmallIntegerField(default=2)),
                        ('senior_since', models.DateTimeField()),
                        ('moved_from', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='opd.queuetoken')),
                        ('carried_over', models.BooleanField(db_default=False, default=False)),
                        ('called_at', models.DateTimeField(blank=True, null=True)),
                        ('called_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('times_called', models.PositiveSmallIntegerField(default=0)),
                        ('done_at', models.DateTimeField(blank=True, null=True)),
                        ('step_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['clinic_day', 'status', 'lane_rank', 'senior_since'], name='queue_in_order')],
                        'constraints': [models.UniqueConstraint(fields=('clinic_day', 'number'), name='token_is_given_once_a_day'), models.UniqueConstraint(condition=models.Q(('status__in', ['moved', 'cancelled']), _negated=True), fields=('encounter',), name='encounter_waits_in_one_queue', violation_error_message='This patient already waits in a queue.'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='token_starts_at_one')],
                    },
                ),
                migrations.CreateModel(
                    name='TokenStep',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('clinic_day', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='opd.clinicday')),
                        ('token', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='opd.queuetoken')),
                        ('was', models.CharField(choices=[('waiting', 'waiting'), ('called', 'called'), ('in_consultation', 'with the doctor'), ('sent_for_tests', 'sent for tests'), ('skipped', 'skipped'), ('done', 'done'), ('moved', 'moved to another unit'), ('left', 'left'), ('cancelled', 'cancelled')], max_length=16)),
                        ('now', models.CharField(choices=[('waiting', 'waiting'), ('called', 'called'), ('in_consultation', 'with the doctor'), ('sent_for_tests', 'sent for tests'), ('skipped', 'skipped'), ('done', 'done'), ('moved', 'moved to another unit'), ('left', 'left'), ('cancelled', 'cancelled')], max_length=16)),
                        ('since', models.DateTimeField()),
                        ('at', models.DateTimeField()),
                        ('is_first', models.BooleanField()),
                        ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('tests', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='tests')),
                        ('left_how', models.CharField(blank=True, choices=[('not_there', 'not there when called'), ('said_so', 'said so'), ('day_over', "still waiting at the day's end")], max_length=12, verbose_name='how it is known')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['clinic_day', 'token'], name='steps_of_a_day')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('at__gte', models.F('since'))), name='step_takes_no_time_back'), models.CheckConstraint(condition=models.Q(models.Q(('now', 'left'), models.Q(('left_how', ''), _negated=True)), models.Q(models.Q(('now', 'left'), _negated=True), ('left_how', '')), _connector='OR'), name='leaving_says_how_it_is_known', violation_error_message='Say how it is known that they left.'), models.CheckConstraint(condition=models.Q(('tests', ''), ('now', 'sent_for_tests'), _connector='OR'), name='tests_are_named_when_sent')],
                    },
                ),
                migrations.CreateModel(
                    name='Consultation',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='patients.encounter')),
                        ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='opd.queuetoken')),
                        ('note', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='consultation', to='patients.clinicalnote')),
                        ('doctor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('status', models.CharField(choices=[('draft', 'a draft'), ('signed', 'signed')], default='draft', max_length=8, verbose_name='status')),
                        ('started_at', models.DateTimeField(verbose_name='started')),
                        ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed')),
                        ('follow_up_on', models.DateField(blank=True, null=True, verbose_name='come again on')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['doctor', '-started_at'], name='consultation_of_doctor')],
                        'constraints': [models.UniqueConstraint(fields=('encounter', 'doctor'), name='doctor_consults_once_an_encounter', violation_error_message='You are writing this consultation already.'), models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('status', 'draft')), models.Q(('signed_at__gte', models.F('started_at')), ('signed_at__isnull', False), ('status', 'signed')), _connector='OR'), name='signed_consultation_says_when')],
                    },
                ),
                migrations.CreateModel(
                    name='CasualtyArrival',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('encounter', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='casualty_arrival', to='patients.encounter')),
                        ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('arrived_at', models.DateTimeField(verbose_name='came')),
                        ('triage', models.CharField(choices=[('red', 'red: at once'), ('yellow', 'yellow: urgent'), ('green', 'green: can wait'), ('black', 'black: dead')], max_length=6, verbose_name='triage')),
                        ('triaged_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('brought_by', models.CharField(choices=[('self', 'came alone'), ('relative', 'relative'), ('ambulance_108', '108 ambulance'), ('ambulance', 'another ambulance'), ('police', 'police'), ('passer_by', 'passer-by'), ('hospital', 'sent by a hospital'), ('not_known', 'not known')], max_length=16, verbose_name='brought by')),
                        ('escort_name', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name of who brought')),
                        ('escort_phone', models.CharField(blank=True, max_length=10, verbose_name='mobile of who brought')),
                        ('escort_from', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='police station, vehicle or place')),
                        ('complaint', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='complaint')),
                        ('declared_dead_at', models.DateTimeField(blank=True, null=True, verbose_name='declared dead')),
                        ('probably_same_as', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                        ('outcome', models.CharField(blank=True, choices=[('sent_home', 'sent home'), ('admitted', 'admitted'), ('referred', 'referred elsewhere'), ('lama', 'left against medical advice'), ('absconded', 'gone without a word'), ('died', 'died here'), ('mortuary', 'body to the mortuary or handed over')], max_length=12, verbose_name='left')),
                        ('left_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['facility', '-arrived_at'], name='casualty_here')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('left_at', None)), fields=('facility', 'patient'), name='patient_is_once_in_casualty', violation_error_message='This patient is in casualty already. Open that entry, or say there that they have left.'), models.CheckConstraint(condition=models.Q(('escort_phone', ''), ('escort_phone__regex', '^[6-9][0-9]{9}$'), _connector='OR'), name='casualty_escort_phone_is_a_mobile', violation_error_message='A mobile number has 10 digits and begins with 6, 7, 8 or 9.'), models.CheckConstraint(condition=models.Q(models.Q(('brought_by', 'police'), _negated=True), models.Q(('escort_from', ''), _negated=True), _connector='OR'), name='police_who_bring_name_their_station', violation_error_message='The police brought this patient: write their station.'), models.CheckConstraint(condition=models.Q(('declared_dead_at', None), ('triage', 'black'), _connector='OR'), name='brought_dead_is_black', violation_error_message='Whoever is brought dead has the colour black.'), models.CheckConstraint(condition=models.Q(('declared_dead_at', None), ('declared_dead_at__lte', models.F('arrived_at')), _connector='OR'), name='nobody_is_declared_dead_tomorrow', violation_error_message='The time of the declaration lies ahead. Look at the clock again.'), models.CheckConstraint(condition=models.Q(models.Q(('left_at', None), ('outcome', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('left_at__gte', models.F('arrived_at')), ('left_at__isnull', False)), _connector='OR'), name='casualty_is_left_in_some_way'), models.CheckConstraint(condition=models.Q(('outcome', ''), models.Q(('declared_dead_at', None), models.Q(('outcome', 'mortuary'), _negated=True)), models.Q(('declared_dead_at__isnull', False), ('outcome', 'mortuary')), _connector='OR'), name='only_the_dead_go_to_the_mortuary', violation_error_message='Who was brought dead goes to the mortuary, and nobody else does.')],
                    },
                ),
                migrations.CreateModel(
                    name='CasualtyArrivalHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='opd.casualtyarrival')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('encounter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                        ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('arrived_at', models.DateTimeField(verbose_name='came')),
                        ('triage', models.CharField(choices=[('red', 'red: at once'), ('yellow', 'yellow: urgent'), ('green', 'green: can wait'), ('black', 'black: dead')], max_length=6, verbose_name='triage')),
                        ('triaged_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                        ('brought_by', models.CharField(choices=[('self', 'came alone'), ('relative', 'relative'), ('ambulance_108', '108 ambulance'), ('ambulance', 'another ambulance'), ('police', 'police'), ('passer_by', 'passer-by'), ('hospital', 'sent by a hospital'), ('not_known', 'not known')], max_length=16, verbose_name='brought by')),
                        ('escort_name', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='name of who brought')),
                        ('escort_phone', models.CharField(blank=True, max_length=10, verbose_name='mobile of who brought')),
                        ('escort_from', models.CharField(blank=True, max_length=120, validators=[patients.identifiers.refuse_aadhaar], verbose_name='police station, vehicle or place')),
                        ('complaint', models.CharField(blank=True, max_length=160, validators=[patients.identifiers.refuse_aadhaar], verbose_name='complaint')),
                        ('declared_dead_at', models.DateTimeField(blank=True, null=True, verbose_name='declared dead')),
                        ('probably_same_as', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('outcome', models.CharField(blank=True, choices=[('sent_home', 'sent home'), ('admitted', 'admitted'), ('referred', 'referred elsewhere'), ('lama', 'left against medical advice'), ('absconded', 'gone without a word'), ('died', 'died here'), ('mortuary', 'body to the mortuary or handed over')], max_length=12, verbose_name='left')),
                        ('left_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Display',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('name', models.CharField(max_length=160, verbose_name='name')),
                        ('name_hi', models.CharField(max_length=160, verbose_name='name in Hindi')),
                        ('facility', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=12, verbose_name='rooms')),
                        ('key_hash', models.CharField(editable=False, max_length=64)),
                        ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('made_at', models.DateTimeField()),
                        ('key_given_at', models.DateTimeField()),
                        ('revoked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                        ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('key_hash',), name='display_key_opens_one_display'), models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('facility', 'name'), name='display_name_is_unique_here', violation_error_message='Another screen has this name.'), models.CheckConstraint(condition=models.Q(('unit_ids__len__gte', 1)), name='display_shows_a_room', violation_error_message='Choose at least one room.'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', None)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='display_is_revoked_by_somebody')],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='clinicday',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='8c063dd6bb4631829ce7b63a5eb31d65d0306786', operation='UPDATE', pgid='pgtrigger_bump_rev_7a2c3', table='opd_clinicday', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='queuetoken',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='37b0a1218fc6fa72c2687664b62f29c172cbe38b', operation='UPDATE', pgid='pgtrigger_bump_rev_f1011', table='opd_queuetoken', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='tokenstep',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7bc8ad11a9c89966372b29a01cc79a3e93ab8266', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_32f55', table='opd_tokenstep', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='consultation',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='5bb575f176ce565d1a8857a030a2f9cc3e845ddc', operation='UPDATE', pgid='pgtrigger_bump_rev_7cd3b', table='opd_consultation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='consultation',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='b65de5742042b3b6bf2b730f7e3bbbf3f851f5de', operation='DELETE', pgid='pgtrigger_never_deleted_6db92', table='opd_consultation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='consultation',
                    trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" = \'signed\')', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='faa9900aaf670a5238c4e7f15863d17dff1ee62c', operation='UPDATE', pgid='pgtrigger_signed_stays_d3833', table='opd_consultation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='casualtyarrival',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='4d509b0c664ea730c04d4a86b536b46bc5597e67', operation='UPDATE', pgid='pgtrigger_bump_rev_76caf', table='opd_casualtyarrival', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='casualtyarrival',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "opd_casualtyarrivalhistoryevent" ("arrived_at", "brought_by", "complaint", "declared_dead_at", "encounter_id", "escort_from", "escort_name", "escort_phone", "facility_id", "id", "left_at", "origin_node", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "probably_same_as_id", "rev", "triage", "triaged_by_id") VALUES (NEW."arrived_at", NEW."brought_by", NEW."complaint", NEW."declared_dead_at", NEW."encounter_id", NEW."escort_from", NEW."escort_name", NEW."escort_phone", NEW."facility_id", NEW."id", NEW."left_at", NEW."origin_node", NEW."outcome", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."probably_same_as_id", NEW."rev", NEW."triage", NEW."triaged_by_id"); RETURN NULL;', hash='3e066ac77fc97f8cf215cefdc475923d5751f24a', operation='INSERT', pgid='pgtrigger_insert_insert_91e65', table='opd_casualtyarrival', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='casualtyarrival',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "opd_casualtyarrivalhistoryevent" ("arrived_at", "brought_by", "complaint", "declared_dead_at", "encounter_id", "escort_from", "escort_name", "escort_phone", "facility_id", "id", "left_at", "origin_node", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "probably_same_as_id", "rev", "triage", "triaged_by_id") VALUES (NEW."arrived_at", NEW."brought_by", NEW."complaint", NEW."declared_dead_at", NEW."encounter_id", NEW."escort_from", NEW."escort_name", NEW."escort_phone", NEW."facility_id", NEW."id", NEW."left_at", NEW."origin_node", NEW."outcome", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."probably_same_as_id", NEW."rev", NEW."triage", NEW."triaged_by_id"); RETURN NULL;', hash='cbda36cf93b28552353c624ef62440be733ee440', operation='UPDATE', pgid='pgtrigger_update_update_d22c9', table='opd_casualtyarrival', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='casualtyarrival',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "opd_casualtyarrivalhistoryevent" ("arrived_at", "brought_by", "complaint", "declared_dead_at", "encounter_id", "escort_from", "escort_name", "escort_phone", "facility_id", "id", "left_at", "origin_node", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "probably_same_as_id", "rev", "triage", "triaged_by_id") VALUES (OLD."arrived_at", OLD."brought_by", OLD."complaint", OLD."declared_dead_at", OLD."encounter_id", OLD."escort_from", OLD."escort_name", OLD."escort_phone", OLD."facility_id", OLD."id", OLD."left_at", OLD."origin_node", OLD."outcome", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."probably_same_as_id", OLD."rev", OLD."triage", OLD."triaged_by_id"); RETURN NULL;', hash='a56db4b593d5133ae34c28c05f9e8a7aa135743d', operation='DELETE', pgid='pgtrigger_delete_delete_9aaaf', table='opd_casualtyarrival', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='display',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='18dc952011e7fc371a5a75b8593a7a8f4418ee01', operation='UPDATE', pgid='pgtrigger_bump_rev_50683', table='opd_display', when='BEFORE')),
                ),
            ],
        ),
    ]
