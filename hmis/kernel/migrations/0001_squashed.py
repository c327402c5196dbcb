import django.contrib.postgres.fields
import django.db.models.deletion
import hmis.kernel.ids
import hmis.kernel.migrating
import hmis.kernel.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('kernel', '0001_first'), ('kernel', '0002_paper_copy_needs_its_original'), ('kernel', '0003_login_sessions'), ('kernel', '0004_audit_under_seal'), ('kernel', '0005_rules_are_checked'), ('kernel', '0006_readers_of_facts')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        hmis.kernel.migrating.AtOnce(
            operations=[
                migrations.CreateModel(
                    name='AuditEntry',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('name', models.CharField(max_length=64)),
                        ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('facility_id', models.UUIDField(null=True)),
                        ('at', models.DateTimeField()),
                        ('about', models.CharField(max_length=64)),
                        ('about_id', models.UUIDField(null=True)),
                        ('patient_id', models.UUIDField(null=True)),
                        ('detail', models.JSONField(default=dict)),
                        ('request_id', models.CharField(blank=True, max_length=36)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['facility_id', 'at'], name='audit_of_facility'), models.Index(fields=['patient_id', 'at'], name='audit_of_patient'), models.Index(fields=['actor', 'at'], name='audit_of_person'), models.Index(fields=['name', 'at'], name='audit_of_kind'), models.Index(fields=['at'], name='audit_of_all')],
                    },
                ),
                migrations.CreateModel(
                    name='AuditSeal',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('number', models.PositiveBigIntegerField()),
                        ('previous', models.CharField(blank=True, max_length=64)),
                        ('sealed_at', models.DateTimeField()),
                        ('row_count', models.PositiveIntegerField()),
                        ('ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                        ('digests', models.BinaryField()),
                        ('seen', models.TextField()),
                        ('server', models.CharField(max_length=20)),
                        ('hash', models.CharField(max_length=64)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['sealed_at'], name='seal_by_time')],
                        'constraints': [models.UniqueConstraint(fields=('origin_node', 'number'), name='seal_number_is_given_once'), models.UniqueConstraint(fields=('origin_node', 'previous'), name='seal_is_followed_by_one'), models.CheckConstraint(condition=models.Q(models.Q(('number', 1), ('previous', '')), models.Q(('number__gt', 1), ('previous__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='first_seal_alone_follows_none')],
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('fact', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='kernel.auditentry')),
                        ('listener', models.CharField(max_length=128)),
                        ('due_at', models.DateTimeField()),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['due_at'], name='delivery_due')],
                    },
                ),
                migrations.CreateModel(
                    name='FactReading',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('reader', models.CharField(max_length=64)),
                        ('seen', models.TextField(blank=True)),
                        ('server', models.CharField(blank=True, max_length=20)),
                        ('read_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('reader',), name='reader_of_facts_reads_once')],
                    },
                ),
                migrations.CreateModel(
                    name='RequestKey',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('key', models.UUIDField()),
                        ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('facility_id', models.UUIDField(null=True)),
                        ('act', models.CharField(max_length=64)),
                        ('body_hash', models.CharField(max_length=64)),
                        ('answer', models.UUIDField()),
                        ('at', models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['at'], name='request_key_age')],
                        'constraints': [models.UniqueConstraint(fields=('key',), name='request_key_is_used_once')],
                    },
                ),
                migrations.CreateModel(
                    name='NumberSeries',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('facility_id', models.UUIDField()),
                        ('series', models.CharField(max_length=2)),
                        ('financial_year', models.PositiveSmallIntegerField()),
                        ('last', models.PositiveIntegerField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('facility_id', 'series', 'financial_year'), name='series_is_one_row')],
                    },
                ),
                migrations.CreateModel(
                    name='Throttle',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('bucket', models.CharField(max_length=64)),
                        ('began_at', models.DateTimeField()),
                        ('count', models.PositiveIntegerField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('bucket',), name='throttle_is_one_row')],
                    },
                ),
                migrations.CreateModel(
                    name='RuleCheck',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('rule', models.CharField(max_length=64)),
                        ('facility_id', models.UUIDField(null=True)),
                        ('asked_at', models.DateTimeField()),
                        ('broken_since', models.DateTimeField(null=True)),
                        ('faults', models.PositiveIntegerField(default=0)),
                        ('examples', models.JSONField(default=list)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('rule', 'facility_id'), name='rule_is_checked_once_a_hospital', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('broken_since', None), ('faults', 0)), models.Q(('broken_since__isnull', False), ('faults__gt', 0)), _connector='OR'), name='broken_rule_says_since_when')],
                    },
                ),
                migrations.CreateModel(
                    name='LoginSession',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('session_key', models.CharField(max_length=40)),
                        ('session_data', models.TextField()),
                        ('expire_date', models.DateTimeField()),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='login_sessions', to=settings.AUTH_USER_MODEL)),
                        ('posting_id', models.UUIDField(null=True)),
                        ('began_at', models.DateTimeField(null=True)),
                        ('seen_at', models.DateTimeField(null=True)),
                        ('device', models.CharField(blank=True, max_length=60)),
                        ('address', models.CharField(blank=True, max_length=45)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['expire_date'], name='session_ends')],
                        'constraints': [models.UniqueConstraint(fields=('session_key',), name='session_key_is_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='IssuedDocument',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility_id', models.UUIDField(null=True)),
                        ('patient_id', models.UUIDField(null=True)),
                        ('about', models.CharField(max_length=64)),
                        ('about_id', models.UUIDField()),
                        ('template', models.CharField(max_length=100)),
                        ('number', models.CharField(blank=True, max_length=32)),
                        ('context', models.JSONField()),
                        ('original', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='kernel.issueddocument')),
                        ('copy', models.PositiveSmallIntegerField(default=0)),
                        ('check_key', models.CharField(blank=True, max_length=32)),
                        ('issued_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('issued_at', models.DateTimeField()),
                        ('pdf', models.BinaryField(null=True)),
                        ('sha256', models.CharField(blank=True, max_length=64)),
                        ('template_version', models.CharField(blank=True, max_length=16)),
                        ('rendered_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(models.F('about_id'), models.F('copy'), name='paper_of')],
                        'constraints': [models.UniqueConstraint(fields=('original', 'copy'), name='paper_copy_is_numbered_once', violation_error_message='This copy was already printed. Print again.'), models.CheckConstraint(condition=models.Q(models.Q(('copy', 0), ('original__isnull', True)), models.Q(('copy__gt', 0), ('original__isnull', False)), _connector='OR'), name='paper_copy_has_an_original'), models.UniqueConstraint(condition=models.Q(('check_key', ''), _negated=True), fields=('check_key',), name='paper_check_key_is_unique')],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='auditentry',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2f03bd5a441dbd353bcbd274575dfc2a8977a430', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5efc5', table='kernel_auditentry', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='auditseal',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c12391bb4ff1e779cf844ac03263f10785acd7b2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_106ef', table='kernel_auditseal', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='issueddocument',
                    trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1e40e67d0e0de49177defe9458331e9a1ce46f63', operation='DELETE', pgid='pgtrigger_never_deleted_e8310', table='kernel_issueddocument', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='issueddocument',
                    trigger=pgtrigger.compiler.Trigger(name='first_bytes_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."pdf" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9b279589018a38aead79acfbb8654158e766498f', operation='UPDATE', pgid='pgtrigger_first_bytes_stay_3f1d9', table='kernel_issueddocument', when='BEFORE')),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='issueddocument',
                    trigger=pgtrigger.compiler.Trigger(name='context_is_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."about_id" IS DISTINCT FROM (NEW."about_id") OR OLD."check_key" IS DISTINCT FROM (NEW."check_key") OR OLD."context" IS DISTINCT FROM (NEW."context") OR OLD."copy" IS DISTINCT FROM (NEW."copy") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."template" IS DISTINCT FROM (NEW."template"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='018db35cda4f4c2c23c75774542c2d6dfedaa827', operation='UPDATE', pgid='pgtrigger_context_is_frozen_518cb', table='kernel_issueddocument', when='BEFORE')),
                ),
            ],
        ),
        # Counting tries must not cost a flush to disk; a crash forgets them.
        migrations.RunSQL(
            "ALTER TABLE kernel_throttle SET UNLOGGED", "ALTER TABLE kernel_throttle SET LOGGED"
        ),
        # The database's own column: which transaction wrote the row. No code names it, so that none can set it
        # by mistake.
        migrations.RunSQL(
            "ALTER TABLE kernel_auditentry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();"
            "CREATE INDEX audit_by_transaction ON kernel_auditentry (xid)",
            "ALTER TABLE kernel_auditentry DROP COLUMN xid",
        ),
        # Digests do not compress: do not try.
        migrations.RunSQL(
            "ALTER TABLE kernel_auditseal ALTER COLUMN digests SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]
