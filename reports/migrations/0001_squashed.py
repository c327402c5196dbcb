import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import hmis.kernel.history
import hmis.kernel.ids
import hmis.kernel.migrating
import hmis.kernel.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('reports', '0001_figures'), ('reports', '0002_rollout'), ('reports', '0003_report_runs'), ('reports', '0004_registries'), ('reports', '0005_figures_apart'), ('reports', '0006_weeks_of_figures')]

    initial = True

    dependencies = [
        ('facilities', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        hmis.kernel.migrating.AtOnce(
            operations=[
                migrations.CreateModel(
                    name='DailyFigure',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('measure', models.CharField(max_length=24)),
                        ('part', models.CharField(blank=True, db_default='', default='', max_length=40)),
                        ('value', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='value')),
                        ('day', models.DateField(verbose_name='day')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['measure', 'day', 'facility'], include=('part', 'value'), name='figures_of_measure')],
                        'constraints': [models.UniqueConstraint(fields=('facility', 'day', 'measure', 'part'), name='figure_is_kept_once'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='figure_is_not_negative')],
                    },
                ),
                migrations.CreateModel(
                    name='WeeklyFigure',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('measure', models.CharField(max_length=24)),
                        ('part', models.CharField(blank=True, db_default='', default='', max_length=40)),
                        ('value', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='value')),
                        ('week', models.DateField(verbose_name='week from Monday')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['measure', 'week', 'facility'], include=('part', 'value'), name='weeks_of_measure')],
                        'constraints': [models.UniqueConstraint(fields=('facility', 'week', 'measure', 'part'), name='week_is_summed_once')],
                    },
                ),
                migrations.CreateModel(
                    name='RegistryEntry',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('name', models.CharField(blank=True, max_length=160, verbose_name='name')),
                        ('name_hi', models.CharField(blank=True, max_length=160, verbose_name='name in Hindi')),
                        ('kind', models.CharField(blank=True, choices=[('medical_college', 'medical college'), ('sadar_hospital', 'sadar hospital'), ('sub_divisional_hospital', 'sub-divisional hospital'), ('chc', 'community health centre'), ('phc', 'primary health centre'), ('sub_centre', 'health sub-centre (Ayushman Arogya Mandir)'), ('hospital', 'hospital'), ('nursing_home', 'nursing home'), ('clinic', 'clinic or dispensary'), ('dental', 'dental clinic'), ('ayush', 'AYUSH hospital or clinic'), ('laboratory', 'diagnostic laboratory'), ('imaging', 'imaging centre'), ('blood_bank', 'blood bank'), ('pharmacy', 'pharmacy')], max_length=24, verbose_name='kind')),
                        ('ownership', models.CharField(blank=True, choices=[('government', 'government'), ('private', 'private')], max_length=12, verbose_name='run by')),
                        ('district', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.district', verbose_name='district')),
                        ('block', models.CharField(blank=True, max_length=80, verbose_name='block')),
                        ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                        ('phone', models.CharField(blank=True, max_length=15, validators=[django.core.validators.RegexValidator('^[0-9+() -]{6,15}\\Z', 'A telephone number has digits, + and -.')], verbose_name='telephone')),
                        ('hfr_id', models.CharField(blank=True, max_length=12, verbose_name='HFR ID')),
                        ('status', models.CharField(choices=[('not_started', 'not started'), ('applied', 'applied for'), ('returned', 'sent back'), ('verified', 'verified'), ('struck', 'struck off')], default='not_started', max_length=12, verbose_name='status')),
                        ('status_at', models.DateTimeField(editable=False, null=True)),
                        ('owner', models.CharField(blank=True, max_length=120, verbose_name='responsible officer')),
                        ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                        ('remarks', models.CharField(blank=True, max_length=300, verbose_name='remarks')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility',), name='hospital_is_in_registry_once', violation_error_message='This hospital is on the list already.'), models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('district', None), ('facility__isnull', False), ('hfr_id', ''), ('kind', ''), ('name', ''), ('name_hi', ''), ('ownership', ''), ('phone', '')), models.Q(('district__isnull', False), ('facility', None), models.Q(('name', ''), _negated=True), models.Q(('kind', ''), _negated=True), models.Q(('ownership', ''), _negated=True)), _connector='OR'), name='registry_entry_is_of_ours_or_describes_itself', violation_error_message='Write the name, the kind, whose it is and the district.'), models.UniqueConstraint(condition=models.Q(('hfr_id', ''), _negated=True), fields=('hfr_id',), name='hfr_id_is_in_registry_once', violation_error_message='Another facility has this HFR ID.'), models.CheckConstraint(condition=models.Q(('hfr_id', ''), ('hfr_id__regex', '^IN[0-9]{10}$'), _connector='OR'), name='registry_hfr_id_is_in_and_ten_digits', violation_error_message='An HFR ID is IN and ten digits.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'verified'), _negated=True), ('facility__isnull', False), models.Q(('hfr_id', ''), _negated=True), _connector='OR'), name='verified_facility_has_an_hfr_id', violation_error_message='Who is verified has an HFR ID: write it.'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['returned', 'struck']), _negated=True), models.Q(('remarks', ''), _negated=True), _connector='OR'), name='sent_back_or_struck_off_says_why', violation_error_message='Say why in the remarks.')],
                    },
                ),
                migrations.CreateModel(
                    name='RegistryEntryHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='reports.registryentry')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('name', models.CharField(blank=True, max_length=160, verbose_name='name')),
                        ('name_hi', models.CharField(blank=True, max_length=160, verbose_name='name in Hindi')),
                        ('kind', models.CharField(blank=True, choices=[('medical_college', 'medical college'), ('sadar_hospital', 'sadar hospital'), ('sub_divisional_hospital', 'sub-divisional hospital'), ('chc', 'community health centre'), ('phc', 'primary health centre'), ('sub_centre', 'health sub-centre (Ayushman Arogya Mandir)'), ('hospital', 'hospital'), ('nursing_home', 'nursing home'), ('clinic', 'clinic or dispensary'), ('dental', 'dental clinic'), ('ayush', 'AYUSH hospital or clinic'), ('laboratory', 'diagnostic laboratory'), ('imaging', 'imaging centre'), ('blood_bank', 'blood bank'), ('pharmacy', 'pharmacy')], max_length=24, verbose_name='kind')),
                        ('ownership', models.CharField(blank=True, choices=[('government', 'government'), ('private', 'private')], max_length=12, verbose_name='run by')),
                        ('district', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.district', verbose_name='district')),
                        ('block', models.CharField(blank=True, max_length=80, verbose_name='block')),
                        ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                        ('phone', models.CharField(blank=True, max_length=15, validators=[django.core.validators.RegexValidator('^[0-9+() -]{6,15}\\Z', 'A telephone number has digits, + and -.')], verbose_name='telephone')),
                        ('hfr_id', models.CharField(blank=True, max_length=12, verbose_name='HFR ID')),
                        ('status', models.CharField(choices=[('not_started', 'not started'), ('applied', 'applied for'), ('returned', 'sent back'), ('verified', 'verified'), ('struck', 'struck off')], default='not_started', max_length=12, verbose_name='status')),
                        ('status_at', models.DateTimeField(editable=False, null=True)),
                        ('owner', models.CharField(blank=True, max_length=120, verbose_name='responsible officer')),
                        ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                        ('remarks', models.CharField(blank=True, max_length=300, verbose_name='remarks')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='RegistryImport',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('district', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.district')),
                        ('state', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.state')),
                        ('filename', models.CharField(max_length=120)),
                        ('rows', models.JSONField()),
                        ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('uploaded_at', models.DateTimeField()),
                        ('confirmed_at', models.DateTimeField(null=True)),
                        ('outcome', models.JSONField(default=dict)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['uploaded_at'], name='registry_import_age')],
                    },
                ),
                migrations.CreateModel(
                    name='RolloutStep',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('kind', models.CharField(choices=[('devices', 'PCs, printers and scanners'), ('wifi', 'Wi-Fi and network'), ('training', 'staff trained'), ('tariffs', 'tariff loaded'), ('wards', 'wards and beds set up'), ('go_live', 'go-live')], max_length=12, verbose_name='step')),
                        ('status', models.CharField(choices=[('planned', 'planned'), ('under_way', 'under way'), ('done', 'done'), ('not_needed', 'not needed here')], default='planned', max_length=12, verbose_name='status')),
                        ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                        ('done_on', models.DateField(blank=True, null=True, verbose_name='done on')),
                        ('responsible', models.CharField(blank=True, max_length=120, verbose_name='responsible officer')),
                        ('remarks', models.CharField(blank=True, max_length=200, verbose_name='remarks')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility', 'kind'), name='rollout_step_stands_once', violation_error_message='Somebody else changed this meanwhile. Open the page again before you save.'), models.CheckConstraint(condition=models.Q(models.Q(('done_on__isnull', False), ('status', 'done')), models.Q(models.Q(('status', 'done'), _negated=True), ('done_on', None)), _connector='OR'), name='rollout_step_done_says_when', violation_error_message='Say on which day it was done; what is not done has no such day.'), models.CheckConstraint(condition=models.Q(('due_on', None), models.Q(('responsible', ''), _negated=True), _connector='OR'), name='rollout_step_due_names_who', violation_error_message='Name the officer who answers for the date.')],
                    },
                ),
                migrations.CreateModel(
                    name='RolloutStepHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='reports.rolloutstep')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('kind', models.CharField(choices=[('devices', 'PCs, printers and scanners'), ('wifi', 'Wi-Fi and network'), ('training', 'staff trained'), ('tariffs', 'tariff loaded'), ('wards', 'wards and beds set up'), ('go_live', 'go-live')], max_length=12, verbose_name='step')),
                        ('status', models.CharField(choices=[('planned', 'planned'), ('under_way', 'under way'), ('done', 'done'), ('not_needed', 'not needed here')], default='planned', max_length=12, verbose_name='status')),
                        ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                        ('done_on', models.DateField(blank=True, null=True, verbose_name='done on')),
                        ('responsible', models.CharField(blank=True, max_length=120, verbose_name='responsible officer')),
                        ('remarks', models.CharField(blank=True, max_length=200, verbose_name='remarks')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='RolloutSetting',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('opens_at', models.PositiveSmallIntegerField(default=9, verbose_name='opens at (hour)')),
                        ('closes_at', models.PositiveSmallIntegerField(default=15, verbose_name='closes at (hour)')),
                        ('open_days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=7, verbose_name='open on')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility',), name='hospital_says_its_hours_once', violation_error_message='Somebody else changed this meanwhile. Open the page again before you save.'), models.CheckConstraint(condition=models.Q(('closes_at__lte', 24), ('opens_at__lt', models.F('closes_at'))), name='hospital_opens_before_it_closes', violation_error_message='It closes after it opens, at 24 at the latest.'), models.CheckConstraint(condition=models.Q(('open_days__contained_by', [0, 1, 2, 3, 4, 5, 6]), ('open_days__len__gt', 0)), name='hospital_is_open_on_weekdays', violation_error_message='Choose the days on which it is open.')],
                    },
                ),
                migrations.CreateModel(
                    name='RolloutSettingHistoryevent',
                    fields=[
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                        ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                        ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='reports.rolloutsetting')),
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                        ('opens_at', models.PositiveSmallIntegerField(default=9, verbose_name='opens at (hour)')),
                        ('closes_at', models.PositiveSmallIntegerField(default=15, verbose_name='closes at (hour)')),
                        ('open_days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=7, verbose_name='open on')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ModuleExpectation',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('module', models.CharField(choices=[('opd', 'OPD and registration'), ('room', 'notes and prescriptions'), ('lab', 'laboratory'), ('ipd', 'wards'), ('billing', 'billing'), ('counter', 'medicine counter')], max_length=8, verbose_name='module')),
                        ('a_week', models.PositiveIntegerField(null=True, verbose_name='expected in a week')),
                    ],
                    options={
                        'abstract': False,
                        'constraints': [models.UniqueConstraint(fields=('facility', 'module'), name='module_is_expected_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ModuleUse',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('module', models.CharField(choices=[('opd', 'OPD and registration'), ('room', 'notes and prescriptions'), ('lab', 'laboratory'), ('ipd', 'wards'), ('billing', 'billing'), ('counter', 'medicine counter')], max_length=8, verbose_name='module')),
                        ('day', models.DateField(verbose_name='day')),
                        ('transactions', models.PositiveIntegerField(default=0, verbose_name='transactions')),
                        ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                        ('transactions_7', models.PositiveIntegerField(default=0, verbose_name='transactions in 7 days')),
                        ('users_7', models.PositiveIntegerField(default=0, verbose_name='users in 7 days')),
                        ('transactions_30', models.PositiveIntegerField(default=0, verbose_name='transactions in 30 days')),
                        ('users_30', models.PositiveIntegerField(default=0, verbose_name='users in 30 days')),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['day', 'facility'], name='use_by_day')],
                        'constraints': [models.UniqueConstraint(fields=('facility', 'module', 'day'), name='use_is_counted_once_a_day'), models.CheckConstraint(condition=models.Q(('transactions_7__lte', models.F('transactions_30')), ('users_7__lte', models.F('users_30'))), name='use_of_a_week_lies_in_its_month')],
                    },
                ),
                migrations.CreateModel(
                    name='LinkHour',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('day', models.DateField(verbose_name='day')),
                        ('hour', models.PositiveSmallIntegerField(verbose_name='hour')),
                        ('readings', models.PositiveIntegerField(default=0, verbose_name='readings')),
                        ('failures', models.PositiveIntegerField(default=0, verbose_name='failures')),
                        ('sum_ms', models.PositiveBigIntegerField(default=0)),
                        ('worst_ms', models.PositiveIntegerField(default=0, verbose_name='slowest (ms)')),
                        ('to_100', models.PositiveIntegerField(default=0)),
                        ('to_200', models.PositiveIntegerField(default=0)),
                        ('to_400', models.PositiveIntegerField(default=0)),
                        ('to_800', models.PositiveIntegerField(default=0)),
                        ('to_1600', models.PositiveIntegerField(default=0)),
                        ('to_3200', models.PositiveIntegerField(default=0)),
                        ('slower', models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        'abstract': False,
                        'indexes': [models.Index(fields=['day', 'facility'], name='link_by_day')],
                        'constraints': [models.UniqueConstraint(fields=('facility', 'day', 'hour'), name='link_is_counted_once_an_hour'), models.CheckConstraint(condition=models.Q(('hour__lte', 23)), name='link_hour_is_of_a_day'), models.CheckConstraint(condition=models.Q(('readings', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('to_100'), '+', models.F('to_200')), '+', models.F('to_400')), '+', models.F('to_800')), '+', models.F('to_1600')), '+', models.F('to_3200')), '+', models.F('slower')))), name='link_readings_lie_in_their_buckets'), models.CheckConstraint(condition=models.Q(('worst_ms__lte', models.F('sum_ms')), models.Q(('readings__gt', 0), ('sum_ms', 0), _connector='OR')), name='link_slowest_reading_is_one_of_them')],
                    },
                ),
                migrations.CreateModel(
                    name='ReportRun',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('facility', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('district', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.district')),
                        ('kind', models.CharField(max_length=32, verbose_name='report')),
                        ('asked', models.JSONField(default=dict)),
                        ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('posting', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.posting')),
                        ('asked_at', models.DateTimeField(verbose_name='asked at')),
                        ('status', models.CharField(choices=[('queued', 'waits its turn'), ('running', 'is being made'), ('done', 'ready'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='queued', max_length=12, verbose_name='status')),
                        ('progress', models.PositiveSmallIntegerField(default=0, verbose_name='progress')),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('heard_at', models.DateTimeField(null=True)),
                        ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                        ('cancelled_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('why', models.CharField(blank=True, max_length=200)),
                        ('filename', models.CharField(blank=True, max_length=80)),
                        ('content', models.BinaryField(null=True)),
                        ('size', models.PositiveIntegerField(default=0)),
                        ('sha256', models.CharField(blank=True, max_length=64)),
                        ('kept_until', models.DateField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['facility', '-asked_at'], name='report_runs_here'), models.Index(condition=models.Q(('status__in', ['queued', 'running'])), fields=['asked_at'], name='report_runs_to_make')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status__in', ('done', 'failed', 'cancelled'))), models.Q(models.Q(('status__in', ('done', 'failed', 'cancelled')), _negated=True), ('ended_at', None)), _connector='OR'), name='report_run_that_is_over_says_when'), models.CheckConstraint(condition=models.Q(models.Q(('cancelled_by__isnull', False), ('status', 'cancelled')), models.Q(models.Q(('status', 'cancelled'), _negated=True), ('cancelled_by', None)), _connector='OR'), name='cancelled_report_run_says_by_whom'), models.CheckConstraint(condition=models.Q(models.Q(('kept_until__isnull', False), ('status', 'done'), models.Q(('filename', ''), _negated=True), models.Q(('sha256', ''), _negated=True)), models.Q(models.Q(('status', 'done'), _negated=True), ('content', None), ('filename', ''), ('kept_until', None), ('sha256', '')), _connector='OR'), name='report_run_has_a_file_when_done'), models.CheckConstraint(condition=models.Q(('progress__gte', 0), ('progress__lte', 100)), name='report_run_progress_is_a_share'), models.CheckConstraint(condition=models.Q(('facility', None), ('district', None), _connector='OR'), name='report_run_is_of_one_place')],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='dailyfigure',
                    trigger=pgtrigger.compiler.Trigger(name='come_into_weeks', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO reports_weeklyfigure (id, facility_id, week, measure, part, value)\n    SELECT uuidv7(), facility_id, week, measure, part, sum(change)\n    FROM (\n        SELECT facility_id, day - extract(isodow FROM day)::int + 1 AS week, measure, part, change\n        FROM (SELECT facility_id, day, measure, part, value AS change FROM came) AS of_days\n    ) AS of_weeks\n    GROUP BY facility_id, week, measure, part HAVING sum(change) <> 0\n    ORDER BY facility_id, week, measure, part\n    ON CONFLICT (facility_id, week, measure, part)\n    DO UPDATE SET value = reports_weeklyfigure.value + EXCLUDED.value;\n    RETURN NULL;\n', hash='e393f083542748ea45d08e14e3c43fcba8b4495b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_come_into_weeks_8e789', referencing='REFERENCING NEW TABLE AS came ', table='reports_dailyfigure', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='dailyfigure',
                    trigger=pgtrigger.compiler.Trigger(name='change_in_weeks', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO reports_weeklyfigure (id, facility_id, week, measure, part, value)\n    SELECT uuidv7(), facility_id, week, measure, part, sum(change)\n    FROM (\n        SELECT facility_id, day - extract(isodow FROM day)::int + 1 AS week, measure, part, change\n        FROM (SELECT facility_id, day, measure, part, value AS change FROM came UNION ALL SELECT facility_id, day, measure, part, -value AS change FROM went) AS of_days\n    ) AS of_weeks\n    GROUP BY facility_id, week, measure, part HAVING sum(change) <> 0\n    ORDER BY facility_id, week, measure, part\n    ON CONFLICT (facility_id, week, measure, part)\n    DO UPDATE SET value = reports_weeklyfigure.value + EXCLUDED.value;\n    RETURN NULL;\n', hash='016bb5f4312de86bf99d042972fa3d6f2f6fb66e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_change_in_weeks_179c8', referencing='REFERENCING OLD TABLE AS went  NEW TABLE AS came ', table='reports_dailyfigure', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='dailyfigure',
                    trigger=pgtrigger.compiler.Trigger(name='go_from_weeks', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO reports_weeklyfigure (id, facility_id, week, measure, part, value)\n    SELECT uuidv7(), facility_id, week, measure, part, sum(change)\n    FROM (\n        SELECT facility_id, day - extract(isodow FROM day)::int + 1 AS week, measure, part, change\n        FROM (SELECT facility_id, day, measure, part, -value AS change FROM went) AS of_days\n    ) AS of_weeks\n    GROUP BY facility_id, week, measure, part HAVING sum(change) <> 0\n    ORDER BY facility_id, week, measure, part\n    ON CONFLICT (facility_id, week, measure, part)\n    DO UPDATE SET value = reports_weeklyfigure.value + EXCLUDED.value;\n    RETURN NULL;\n', hash='1485b99911421673a8409199bc6b8caf6b55a02c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_go_from_weeks_4165b', referencing='REFERENCING OLD TABLE AS went ', table='reports_dailyfigure', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='registryentry',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='dd7e5bb21904d2a2184bdb078c9bf8c0647e0400', operation='UPDATE', pgid='pgtrigger_bump_rev_1de24', table='reports_registryentry', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='registryentry',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_registryentryhistoryevent" ("address", "block", "district_id", "due_on", "facility_id", "hfr_id", "id", "kind", "name", "name_hi", "origin_node", "owner", "ownership", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "remarks", "rev", "status", "status_at") VALUES (NEW."address", NEW."block", NEW."district_id", NEW."due_on", NEW."facility_id", NEW."hfr_id", NEW."id", NEW."kind", NEW."name", NEW."name_hi", NEW."origin_node", NEW."owner", NEW."ownership", NOW(), \'insert\', NEW."id", NEW."phone", NEW."remarks", NEW."rev", NEW."status", NEW."status_at"); RETURN NULL;', hash='94defd60bf513045e64c013495ea87f7916426bb', operation='INSERT', pgid='pgtrigger_insert_insert_02c9f', table='reports_registryentry', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='registryentry',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reports_registryentryhistoryevent" ("address", "block", "district_id", "due_on", "facility_id", "hfr_id", "id", "kind", "name", "name_hi", "origin_node", "owner", "ownership", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "remarks", "rev", "status", "status_at") VALUES (NEW."address", NEW."block", NEW."district_id", NEW."due_on", NEW."facility_id", NEW."hfr_id", NEW."id", NEW."kind", NEW."name", NEW."name_hi", NEW."origin_node", NEW."owner", NEW."ownership", NOW(), \'update\', NEW."id", NEW."phone", NEW."remarks", NEW."rev", NEW."status", NEW."status_at"); RETURN NULL;', hash='bc75c72737d6bc9762df847fd826400171344ce3', operation='UPDATE', pgid='pgtrigger_update_update_5d750', table='reports_registryentry', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='registryentry',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_registryentryhistoryevent" ("address", "block", "district_id", "due_on", "facility_id", "hfr_id", "id", "kind", "name", "name_hi", "origin_node", "owner", "ownership", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "remarks", "rev", "status", "status_at") VALUES (OLD."address", OLD."block", OLD."district_id", OLD."due_on", OLD."facility_id", OLD."hfr_id", OLD."id", OLD."kind", OLD."name", OLD."name_hi", OLD."origin_node", OLD."owner", OLD."ownership", NOW(), \'delete\', OLD."id", OLD."phone", OLD."remarks", OLD."rev", OLD."status", OLD."status_at"); RETURN NULL;', hash='9effb5dd10c2d8b6d376a606597d1eeb317e5470', operation='DELETE', pgid='pgtrigger_delete_delete_52b01', table='reports_registryentry', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutstep',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='2913560dbb7c9288be72ef593501996b3b5155ae', operation='UPDATE', pgid='pgtrigger_bump_rev_c12b0', table='reports_rolloutstep', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutstep',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_rolloutstephistoryevent" ("done_on", "due_on", "facility_id", "id", "kind", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "remarks", "responsible", "rev", "status") VALUES (NEW."done_on", NEW."due_on", NEW."facility_id", NEW."id", NEW."kind", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."remarks", NEW."responsible", NEW."rev", NEW."status"); RETURN NULL;', hash='1575e300213fd7a9f972b52c5eaff7bec999fa1e', operation='INSERT', pgid='pgtrigger_insert_insert_25875', table='reports_rolloutstep', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutstep',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reports_rolloutstephistoryevent" ("done_on", "due_on", "facility_id", "id", "kind", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "remarks", "responsible", "rev", "status") VALUES (NEW."done_on", NEW."due_on", NEW."facility_id", NEW."id", NEW."kind", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."remarks", NEW."responsible", NEW."rev", NEW."status"); RETURN NULL;', hash='5c9c52bff7d48ee96fd8211223ece4b5b55f96dc', operation='UPDATE', pgid='pgtrigger_update_update_eff19', table='reports_rolloutstep', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutstep',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_rolloutstephistoryevent" ("done_on", "due_on", "facility_id", "id", "kind", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "remarks", "responsible", "rev", "status") VALUES (OLD."done_on", OLD."due_on", OLD."facility_id", OLD."id", OLD."kind", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."remarks", OLD."responsible", OLD."rev", OLD."status"); RETURN NULL;', hash='2f3c4d711ea3a880d44ebe24394c4fbaaf48d297', operation='DELETE', pgid='pgtrigger_delete_delete_8874d', table='reports_rolloutstep', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutsetting',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='7b84f94fb8123f493d7f4d7b146fbd1ebec8a44e', operation='UPDATE', pgid='pgtrigger_bump_rev_24a0b', table='reports_rolloutsetting', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutsetting',
                    trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_rolloutsettinghistoryevent" ("closes_at", "facility_id", "id", "open_days", "opens_at", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (NEW."closes_at", NEW."facility_id", NEW."id", NEW."open_days", NEW."opens_at", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."rev"); RETURN NULL;', hash='37ea3cf54b63f061961b1fdfaa92c889073f0e47', operation='INSERT', pgid='pgtrigger_insert_insert_cb39b', table='reports_rolloutsetting', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutsetting',
                    trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "reports_rolloutsettinghistoryevent" ("closes_at", "facility_id", "id", "open_days", "opens_at", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (NEW."closes_at", NEW."facility_id", NEW."id", NEW."open_days", NEW."opens_at", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."rev"); RETURN NULL;', hash='4db5f9b1ff456912b7010740bd5965a10a995ac7', operation='UPDATE', pgid='pgtrigger_update_update_d741d', table='reports_rolloutsetting', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='rolloutsetting',
                    trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "reports_rolloutsettinghistoryevent" ("closes_at", "facility_id", "id", "open_days", "opens_at", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "rev") VALUES (OLD."closes_at", OLD."facility_id", OLD."id", OLD."open_days", OLD."opens_at", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."rev"); RETURN NULL;', hash='c22ff32145723b9438d945e96093881e23cc54ac', operation='DELETE', pgid='pgtrigger_delete_delete_9c362', table='reports_rolloutsetting', when='AFTER')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='moduleexpectation',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='ab0f42f20a9afb7858857b71ca98f2c8fce7d49e', operation='UPDATE', pgid='pgtrigger_bump_rev_d66e7', table='reports_moduleexpectation', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='moduleuse',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='906f9bf3c0ac9030b57d4ef3220624a89ee1085f', operation='UPDATE', pgid='pgtrigger_bump_rev_bb233', table='reports_moduleuse', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='linkhour',
                    trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='6e63879fcce31169f8fa02b0eee6e8a3bf275c28', operation='UPDATE', pgid='pgtrigger_bump_rev_415c5', table='reports_linkhour', when='BEFORE')),
                ),
            ],
        ),
        # How many sums a page asks for: without these the planner expects far more, and sorts.
        migrations.RunSQL(
            "CREATE STATISTICS figures_apart (ndistinct) ON measure, facility_id, part FROM reports_dailyfigure",
            "DROP STATISTICS figures_apart",
        ),
        migrations.RunSQL(
            "CREATE STATISTICS weeks_apart (ndistinct) ON measure, facility_id, part FROM reports_weeklyfigure",
            "DROP STATISTICS weeks_apart",
        ),
    ]
