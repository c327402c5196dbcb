import django.db.models.deletion
import hmis.kernel.ids
import hmis.kernel.migrating
import hmis.kernel.models
import patients.identifiers
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('audit', '0001_first')]

    initial = True

    dependencies = [
        ('facilities', '0001_squashed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('kernel', '0001_squashed'),
    ]

    operations = [
        hmis.kernel.migrating.AtOnce(
            operations=[
                migrations.CreateModel(
                    name='GlassReview',
                    fields=[
                        ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                        ('facility', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                        ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='kernel.auditentry')),
                        ('verdict', models.CharField(choices=[('justified', 'justified'), ('asked', 'explanation asked'), ('not_justified', 'not justified')], max_length=16, verbose_name='verdict')),
                        ('note', models.CharField(max_length=500, validators=[patients.identifiers.refuse_aadhaar], verbose_name='note')),
                        ('reviewed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='review_says_why', violation_error_message='Write what you found.')],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name='glassreview',
                    trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d335270d387cfaf947f22686b342c9be8b6a3c8b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_17eee', table='audit_glassreview', when='BEFORE')),
                ),
            ],
        ),
    ]
