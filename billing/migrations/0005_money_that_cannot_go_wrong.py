import billing.models.tariff
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import hmis.kernel.history
import hmis.kernel.ids
import hmis.kernel.models
import hmis.kernel.money
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0004_scheme_history'),
        ('facilities', '0003_bills_and_upi'),
        ('facilities', '__first__'),
        ('patients', '0005_known_names_corrected_cases'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bounce',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('reason', models.CharField(max_length=160, verbose_name='what the bank said')),
                ('bounced_on', models.DateField(verbose_name='returned on')),
                ('recorded_at', models.DateTimeField()),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bounce', to='billing.payment')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='bounce_has_a_reason', violation_error_message='Say what the bank wrote.')],
            },
        ),
        migrations.CreateModel(
            name='TaxRule',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('name_hi', models.CharField(max_length=160, verbose_name='name in Hindi')),
                ('code', models.CharField(max_length=16, verbose_name='code')),
                ('percent', models.DecimalField(decimal_places=2, max_digits=4, verbose_name='percent')),
                ('above', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='when one costs more than')),
                ('outpatients_only', models.BooleanField(default=False, verbose_name='outpatients only')),
                ('spares_intensive_care', models.BooleanField(default=False, verbose_name='never in intensive care')),
                ('source', models.CharField(max_length=200, verbose_name='on what ground')),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('code',), name='tax_rule_code_is_unique', violation_error_message='Another tax rule has this code.'), models.CheckConstraint(condition=models.Q(('percent__gte', 0), ('percent__lte', 40)), name='tax_rule_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='ChargeItemDefinition',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('name_hi', models.CharField(max_length=160, verbose_name='name in Hindi')),
                ('code', models.CharField(max_length=24, verbose_name='code')),
                ('kind', models.CharField(choices=[('registration', 'registration'), ('laboratory', 'laboratory test'), ('imaging', 'imaging'), ('procedure', 'procedure'), ('bed_day', 'bed, per day'), ('medicine', 'medicine'), ('supply', 'supplies'), ('package', 'package'), ('certificate', 'certificate'), ('other', 'other')], max_length=16, verbose_name='kind')),
                ('sac_hsn', models.CharField(blank=True, max_length=8, verbose_name='SAC or HSN code')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='charged per')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('tax_rule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.taxrule', verbose_name='tax rule')),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('code',), name='service_code_is_unique', violation_error_message='Another service has this code.'), models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Z0-9][A-Z0-9._-]{1,23}$')), name='service_code_is_capitals', violation_error_message="A service's code has capital letters, digits and - : XRAY-CHEST."), models.CheckConstraint(condition=models.Q(('sac_hsn', ''), ('sac_hsn__regex', '^[0-9]{4,8}$'), _connector='OR'), name='service_sac_hsn_has_four_to_eight_digits', violation_error_message='A SAC or HSN code has four to eight digits.')],
            },
        ),
        migrations.CreateModel(
            name='ChargeItemDefinitionHistoryevent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('name_hi', models.CharField(max_length=160, verbose_name='name in Hindi')),
                ('code', models.CharField(max_length=24, verbose_name='code')),
                ('kind', models.CharField(choices=[('registration', 'registration'), ('laboratory', 'laboratory test'), ('imaging', 'imaging'), ('procedure', 'procedure'), ('bed_day', 'bed, per day'), ('medicine', 'medicine'), ('supply', 'supplies'), ('package', 'package'), ('certificate', 'certificate'), ('other', 'other')], max_length=16, verbose_name='kind')),
                ('sac_hsn', models.CharField(blank=True, max_length=8, verbose_name='SAC or HSN code')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='charged per')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='billing.chargeitemdefinition')),
                ('tax_rule', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.taxrule', verbose_name='tax rule')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ChargeReversal',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('reason', models.CharField(max_length=160)),
                ('reversed_at', models.DateTimeField()),
                ('charge_item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='billing.chargeitem')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('reversed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('charge_item',), name='charge_is_reversed_once', violation_error_message='This was already taken back.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='charge_reversal_has_a_reason', violation_error_message='Say why.')],
            },
        ),
        migrations.CreateModel(
            name='SchemeCover',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('proof_number', models.CharField(blank=True, max_length=64, verbose_name='proof number')),
                ('package_code', models.CharField(blank=True, max_length=12, verbose_name='package')),
                ('preauth_number', models.CharField(blank=True, max_length=40, verbose_name='pre-authorisation')),
                ('preauth_amount', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='approved up to')),
                ('approval_note', models.CharField(blank=True, max_length=160, verbose_name='on whose word')),
                ('granted_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scheme_covers', to='patients.encounter')),
                ('ended_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('granted_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scheme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.scheme')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('encounter',), name='encounter_has_one_cover_at_a_time', violation_error_message='A scheme is granted for this visit already. End that one first.'), models.CheckConstraint(condition=models.Q(('package_code', ''), ('package_code__regex', '^[A-Z]{2}[0-9]{3}[A-Z]$'), _connector='OR'), name='cover_package_code_has_its_form', violation_error_message="A package's code looks like BM001A."), models.CheckConstraint(condition=models.Q(('preauth_amount', None), ('preauth_amount__gte', 0), _connector='OR'), name='cover_preauth_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('status', models.CharField(choices=[('open', 'not yet sent'), ('submitted', 'sent'), ('queried', 'asked back'), ('approved', 'approved'), ('rejected', 'rejected'), ('settled', 'paid by the scheme')], default='open', max_length=12, verbose_name='status')),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='claimed')),
                ('reference', models.CharField(blank=True, max_length=40, verbose_name='claim number')),
                ('approved_amount', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='approved')),
                ('paid_amount', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='paid')),
                ('bank_reference', models.CharField(blank=True, max_length=40, verbose_name='bank reference')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('opened_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='patients.encounter')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='billing.invoice')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('scheme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.scheme')),
                ('cover', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.schemecover')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['facility', 'status', 'opened_at'], name='claim_here')],
                'constraints': [models.UniqueConstraint(fields=('invoice', 'scheme'), name='bill_is_claimed_once_of_a_scheme', violation_error_message='This bill is claimed already.'), models.CheckConstraint(condition=models.Q(('approved_amount', None), models.Q(('approved_amount__gte', 0), ('approved_amount__lte', models.F('amount'))), _connector='OR'), name='claim_is_approved_up_to_its_amount', violation_error_message='A scheme approves no more than was claimed.'), models.CheckConstraint(condition=models.Q(('paid_amount', None), models.Q(('paid_amount__gte', 0), ('paid_amount__lte', models.F('approved_amount'))), _connector='OR'), name='claim_is_paid_up_to_its_approval', violation_error_message='A scheme pays no more than it approved.')],
            },
        ),
        migrations.CreateModel(
            name='ClaimHistoryevent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('status', models.CharField(choices=[('open', 'not yet sent'), ('submitted', 'sent'), ('queried', 'asked back'), ('approved', 'approved'), ('rejected', 'rejected'), ('settled', 'paid by the scheme')], default='open', max_length=12, verbose_name='status')),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='claimed')),
                ('reference', models.CharField(blank=True, max_length=40, verbose_name='claim number')),
                ('approved_amount', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='approved')),
                ('paid_amount', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='paid')),
                ('bank_reference', models.CharField(blank=True, max_length=40, verbose_name='bank reference')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('opened_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('encounter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.encounter')),
                ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                ('invoice', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.invoice')),
                ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='billing.claim')),
                ('scheme', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.scheme')),
                ('cover', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.schemecover')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Clearance',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('cleared_on', models.DateField(verbose_name='honoured on')),
                ('recorded_at', models.DateTimeField()),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='clearance', to='billing.payment')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CreditNoteLine',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13)),
                ('credit_note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.creditnote')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('invoice_line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.invoiceline')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('invoice_line',), name='bill_line_is_taken_back_once', violation_error_message='This was already taken back.')],
            },
        ),
        migrations.CreateModel(
            name='DepositAccount',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('opened_at', models.DateTimeField()),
                ('encounter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deposit_accounts', to='patients.encounter')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('opened_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('encounter',), name='encounter_has_one_deposit_account')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('debit', models.PositiveSmallIntegerField(choices=[(1010, 'cash at the counters'), (1020, "cash in the office's safe"), (1030, 'paid in at the treasury'), (1040, 'bank'), (1050, 'UPI, until the bank has it'), (1060, 'cheques and drafts in hand'), (1110, 'owed by patients'), (1120, 'owed by schemes'), (2010, "patients' deposits"), (2020, 'GST to be paid'), (4010, 'income from services'), (5010, 'let off under exemptions'), (5020, 'differences of cash'), (5030, 'not paid by schemes')])),
                ('credit', models.PositiveSmallIntegerField(choices=[(1010, 'cash at the counters'), (1020, "cash in the office's safe"), (1030, 'paid in at the treasury'), (1040, 'bank'), (1050, 'UPI, until the bank has it'), (1060, 'cheques and drafts in hand'), (1110, 'owed by patients'), (1120, 'owed by schemes'), (2010, "patients' deposits"), (2020, 'GST to be paid'), (4010, 'income from services'), (5010, 'let off under exemptions'), (5020, 'differences of cash'), (5030, 'not paid by schemes')])),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13)),
                ('about', models.CharField(max_length=40)),
                ('about_id', models.UUIDField()),
                ('posted_at', models.DateTimeField()),
                ('exemption', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.exemption')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
            ],
            options={
                'indexes': [models.Index(fields=['facility', 'posted_at'], name='ledger_here')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0), models.Q(('debit', models.F('credit')), _negated=True)), name='ledger_entry_moves_something'), models.UniqueConstraint(fields=('about_id', 'debit', 'credit', 'exemption'), name='ledger_is_posted_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('kind', models.CharField(choices=[('credit', 'take back from a bill'), ('payment', 'give back a payment'), ('deposit', 'give back the rest of a deposit')], max_length=8, verbose_name='kind')),
                ('lines', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, size=None)),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='amount')),
                ('reason', models.CharField(max_length=160, verbose_name='reason')),
                ('status', models.CharField(choices=[('asked', 'waits for approval'), ('approved', 'approved'), ('declined', 'declined'), ('withdrawn', 'withdrawn'), ('paid_back', 'paid back')], default='asked', max_length=10, verbose_name='status')),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_note', models.CharField(blank=True, max_length=160, verbose_name='note')),
                ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('deposit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='billing.depositaccount')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('invoice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='billing.invoice')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='billing.payment')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['facility', 'status', 'asked_at'], name='refund_request_here')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('deposit', None), ('invoice__isnull', False), ('kind', 'credit'), ('payment', None)), models.Q(('deposit', None), ('invoice', None), ('kind', 'payment'), ('payment__isnull', False)), models.Q(('deposit__isnull', False), ('invoice', None), ('kind', 'deposit'), ('payment', None)), _connector='OR'), name='refund_request_is_about_one_thing'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='refund_request_has_a_reason', violation_error_message='Say why.'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='refund_request_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('filename', models.CharField(max_length=120, verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(null=True)),
                ('rows', models.JSONField(default=list)),
                ('applied_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('uploaded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['facility', '-uploaded_at'], name='settlement_here')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('applied_at__isnull', False)), fields=('facility', 'sha256'), name='settlement_file_is_taken_once', violation_error_message='This file was already taken in.')],
            },
        ),
        migrations.CreateModel(
            name='SettlementLine',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('utr', models.CharField(max_length=12, verbose_name='UTR')),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='amount')),
                ('settled_on', models.DateField(verbose_name='settled on')),
                ('matched_at', models.DateTimeField(null=True)),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlement_line', to='billing.payment')),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.settlement')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('facility', 'utr'), name='utr_is_settled_once', violation_error_message='The bank had this UTR in an earlier file.')],
            },
        ),
        migrations.CreateModel(
            name='TreasuryDeposit',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('challan_number', models.CharField(max_length=40, verbose_name='challan number')),
                ('deposited_on', models.DateField(verbose_name='paid in on')),
                ('amount', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='amount')),
                ('recorded_at', models.DateTimeField()),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['facility', '-deposited_on'], name='challan_here')],
                'constraints': [models.UniqueConstraint(fields=('facility', 'challan_number'), name='challan_is_recorded_once', violation_error_message='This challan is recorded already.'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), models.Q(('challan_number', ''), _negated=True)), name='challan_is_of_something', violation_error_message='A challan has a number and an amount.')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed'), ('accepted', 'accepted')], default='open', max_length=10, verbose_name='status')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('opening_float', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='float')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('count', models.JSONField(default=dict, verbose_name='count')),
                ('counted', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, null=True, verbose_name='counted')),
                ('expected', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, null=True, verbose_name='should be')),
                ('explanation', models.CharField(blank=True, max_length=200, verbose_name='explanation of the difference')),
                ('left_in_drawer', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, null=True, verbose_name='left for the next cashier')),
                ('accepted_at', models.DateTimeField(null=True)),
                ('acceptance_note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('accepted_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cashier', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('taken_over_from', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_over_by', to='billing.shift')),
                ('treasury_deposit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='billing.treasurydeposit')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['facility', '-opened_at'], name='shift_here')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('cashier',), name='cashier_has_one_open_shift', violation_error_message='You have an open shift already.'), models.CheckConstraint(condition=models.Q(models.Q(('accepted_by', None), ('closed_at', None), ('counted', None), ('expected', None), ('left_in_drawer', None), ('status', 'open')), models.Q(('closed_at__isnull', False), ('counted__isnull', False), ('expected__isnull', False), ('left_in_drawer__isnull', False), ('status__in', ['closed', 'accepted'])), _connector='OR'), name='shift_is_closed_by_a_count'), models.CheckConstraint(condition=models.Q(('counted', None), ('counted', models.F('expected')), models.Q(('explanation', ''), _negated=True), _connector='OR'), name='shift_difference_is_explained', violation_error_message='The cash differs from the receipts: say why, as far as you know.'), models.CheckConstraint(condition=models.Q(('opening_float__gte', 0), models.Q(('counted', None), models.Q(('counted__gte', 0), ('left_in_drawer__gte', 0), ('left_in_drawer__lte', models.F('counted'))), _connector='OR')), name='shift_counts_no_less_than_nothing', violation_error_message='There cannot be less than nothing in the drawer.'), models.CheckConstraint(condition=models.Q(('accepted_by', None), models.Q(('accepted_by', models.F('cashier')), _negated=True), models.Q(('acceptance_note', ''), _negated=True), _connector='OR'), name='shift_is_accepted_by_somebody_else', violation_error_message='Somebody else accepts a shift.')],
            },
        ),
        migrations.CreateModel(
            name='TariffPrice',
            fields=[
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('ward_class', models.CharField(blank=True, choices=[('', 'every ward'), ('general', 'general ward'), ('semi_private', 'semi-private room'), ('private', 'private room'), ('intensive', 'intensive care')], default='', max_length=12, verbose_name='ward')),
                ('price', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='price')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='billing.chargeitemdefinition', verbose_name='service')),
                ('facility', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility')),
                ('scheme', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.scheme', verbose_name='scheme')),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', Decimal('0'))), name='tariff_price_is_not_negative', violation_error_message='A price is not less than nothing.'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='tariff_price_ends_after_it_starts', violation_error_message='A price ends after it starts.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('facility', '='), ('definition', '='), (django.db.models.functions.comparison.Coalesce(models.F('scheme'), models.Value('00000000-0000-0000-0000-000000000000', models.UUIDField())), '='), ('ward_class', '='), (billing.models.tariff.DateRange(models.F('valid_from'), models.F('valid_to')), '&&')], name='tariff_has_one_price_a_day', violation_error_message='There is another price for these days.')],
            },
        ),
        migrations.CreateModel(
            name='TariffPriceHistoryevent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                ('origin_node', models.PositiveSmallIntegerField(default=hmis.kernel.models.this_node, editable=False)),
                ('rev', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('ward_class', models.CharField(blank=True, choices=[('', 'every ward'), ('general', 'general ward'), ('semi_private', 'semi-private room'), ('private', 'private room'), ('intensive', 'intensive care')], default='', max_length=12, verbose_name='ward')),
                ('price', hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, verbose_name='price')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('definition', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.chargeitemdefinition', verbose_name='service')),
                ('facility', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='billing.tariffprice')),
                ('scheme', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.scheme', verbose_name='scheme')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TaxRuleHistoryevent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.UUIDField(db_default=hmis.kernel.history.Uuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_actor_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.actor')), null=True)),
                ('pgh_facility_id', models.UUIDField(db_default=hmis.kernel.history.Setting(models.Value('hmis.facility')), null=True)),
                ('id', models.UUIDField(default=hmis.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('name_hi', models.CharField(max_length=160, verbose_name='name in Hindi')),
                ('code', models.CharField(max_length=16, verbose_name='code')),
                ('percent', models.DecimalField(decimal_places=2, max_digits=4, verbose_name='percent')),
                ('above', hmis.kernel.money.MoneyField(blank=True, decimal_places=2, max_digits=13, null=True, verbose_name='when one costs more than')),
                ('outpatients_only', models.BooleanField(default=False, verbose_name='outpatients only')),
                ('spares_intensive_care', models.BooleanField(default=False, verbose_name='never in intensive care')),
                ('source', models.CharField(max_length=200, verbose_name='on what ground')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history_events', to='billing.taxrule')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='issued_stays_as_it_is',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='scheme',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='scheme',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='scheme',
            name='delete_delete',
        ),
        migrations.RemoveConstraint(
            model_name='creditnote',
            name='invoice_is_taken_back_once',
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_reference_fits_mode',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='refund_reference_fits_mode',
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='kind',
            field=models.CharField(choices=[('registration', 'registration'), ('laboratory', 'laboratory test'), ('imaging', 'imaging'), ('procedure', 'procedure'), ('bed_day', 'bed, per day'), ('medicine', 'medicine'), ('supply', 'supplies'), ('package', 'package'), ('certificate', 'certificate'), ('other', 'other')], db_default='registration', default='registration', max_length=16),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='quantity',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='sac_hsn',
            field=models.CharField(db_default='', default='', max_length=8),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='tax',
            field=hmis.kernel.money.MoneyField(db_default=Decimal('0.00'), decimal_places=2, default=Decimal('0.00'), max_digits=13),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='tax_percent',
            field=models.DecimalField(db_default=Decimal('0.00'), decimal_places=2, default=Decimal('0.00'), max_digits=4),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='unit_price',
            field=hmis.kernel.money.MoneyField(decimal_places=2, max_digits=13, null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='kind',
            field=models.CharField(choices=[('opd', 'registration'), ('counter', 'counter bill'), ('interim', 'interim bill'), ('final', 'final bill')], db_default='opd', default='opd', max_length=8, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='scheme',
            name='is_claimed',
            field=models.BooleanField(db_default=False, default=False, verbose_name='the scheme pays'),
        ),
        migrations.AddField(
            model_name='scheme',
            name='is_for_all',
            field=models.BooleanField(db_default=False, default=False, verbose_name='for everybody'),
        ),
        migrations.AddField(
            model_name='scheme',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('registration', 'registration'), ('laboratory', 'laboratory test'), ('imaging', 'imaging'), ('procedure', 'procedure'), ('bed_day', 'bed, per day'), ('medicine', 'medicine'), ('supply', 'supplies'), ('package', 'package'), ('certificate', 'certificate'), ('other', 'other')], max_length=16), blank=True, db_default=[], default=list, size=None, verbose_name='for these services'),
        ),
        migrations.AddField(
            model_name='scheme',
            name='needs_approval',
            field=models.BooleanField(db_default=False, default=False, verbose_name='somebody must approve it'),
        ),
        migrations.AddField(
            model_name='scheme',
            name='package_code_form',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='form of package codes'),
        ),
        migrations.AddField(
            model_name='schemehistoryevent',
            name='is_claimed',
            field=models.BooleanField(db_default=False, default=False, verbose_name='the scheme pays'),
        ),
        migrations.AddField(
            model_name='schemehistoryevent',
            name='is_for_all',
            field=models.BooleanField(db_default=False, default=False, verbose_name='for everybody'),
        ),
        migrations.AddField(
            model_name='schemehistoryevent',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('registration', 'registration'), ('laboratory', 'laboratory test'), ('imaging', 'imaging'), ('procedure', 'procedure'), ('bed_day', 'bed, per day'), ('medicine', 'medicine'), ('supply', 'supplies'), ('package', 'package'), ('certificate', 'certificate'), ('other', 'other')], max_length=16), blank=True, db_default=[], default=list, size=None, verbose_name='for these services'),
        ),
        migrations.AddField(
            model_name='schemehistoryevent',
            name='needs_approval',
            field=models.BooleanField(db_default=False, default=False, verbose_name='somebody must approve it'),
        ),
        migrations.AddField(
            model_name='schemehistoryevent',
            name='package_code_form',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='form of package codes'),
        ),
        migrations.AlterField(
            model_name='creditnote',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='charge_item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoice_line', to='billing.chargeitem'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='invoice',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.invoice'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='mode',
            field=models.CharField(choices=[('cash', 'cash'), ('upi', 'UPI'), ('card', 'card'), ('dd', 'demand draft'), ('cheque', 'cheque'), ('deposit', 'deposit'), ('bank', 'bank transfer')], max_length=8, verbose_name='paid by'),
        ),
        migrations.AlterField(
            model_name='refund',
            name='authority',
            field=models.CharField(choices=[('same_day', 'by rule: cancelled on the same day, before the patient was called'), ('approved', 'approved by a second person'), ('one_person', 'by one person, in small-facility mode')], max_length=16),
        ),
        migrations.AlterField(
            model_name='refund',
            name='mode',
            field=models.CharField(choices=[('cash', 'cash'), ('upi', 'UPI'), ('card', 'card'), ('dd', 'demand draft'), ('cheque', 'cheque'), ('deposit', 'deposit'), ('bank', 'bank transfer')], max_length=8, verbose_name='paid back by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_stays_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."issued_at" IS DISTINCT FROM (NEW."issued_at") OR OLD."issued_by_id" IS DISTINCT FROM (NEW."issued_by_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."total" IS DISTINCT FROM (NEW."total"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0bb7c8d25d6d8b6cd21a889def56501a57ca9f28', operation='UPDATE', pgid='pgtrigger_issued_stays_as_it_is_e8953', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scheme',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_schemehistoryevent" ("code", "id", "is_active", "is_claimed", "is_confidential", "is_for_all", "kinds", "name", "name_hi", "needs_approval", "needs_proof", "package_code_form", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "proof_hi", "valid_from", "valid_to") VALUES (NEW."code", NEW."id", NEW."is_active", NEW."is_claimed", NEW."is_confidential", NEW."is_for_all", NEW."kinds", NEW."name", NEW."name_hi", NEW."needs_approval", NEW."needs_proof", NEW."package_code_form", NEW."percent", NOW(), \'insert\', NEW."id", NEW."proof", NEW."proof_hi", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='f093025df7a1e8b1fbe3031fc5b09514cd6b3774', operation='INSERT', pgid='pgtrigger_insert_insert_22402', table='billing_scheme', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scheme',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_schemehistoryevent" ("code", "id", "is_active", "is_claimed", "is_confidential", "is_for_all", "kinds", "name", "name_hi", "needs_approval", "needs_proof", "package_code_form", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "proof_hi", "valid_from", "valid_to") VALUES (NEW."code", NEW."id", NEW."is_active", NEW."is_claimed", NEW."is_confidential", NEW."is_for_all", NEW."kinds", NEW."name", NEW."name_hi", NEW."needs_approval", NEW."needs_proof", NEW."package_code_form", NEW."percent", NOW(), \'update\', NEW."id", NEW."proof", NEW."proof_hi", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='8299a797d72137617abf48e965d1ec9c823a6b44', operation='UPDATE', pgid='pgtrigger_update_update_13683', table='billing_scheme', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scheme',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_schemehistoryevent" ("code", "id", "is_active", "is_claimed", "is_confidential", "is_for_all", "kinds", "name", "name_hi", "needs_approval", "needs_proof", "package_code_form", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "proof", "proof_hi", "valid_from", "valid_to") VALUES (OLD."code", OLD."id", OLD."is_active", OLD."is_claimed", OLD."is_confidential", OLD."is_for_all", OLD."kinds", OLD."name", OLD."name_hi", OLD."needs_approval", OLD."needs_proof", OLD."package_code_form", OLD."percent", NOW(), \'delete\', OLD."id", OLD."proof", OLD."proof_hi", OLD."valid_from", OLD."valid_to"); RETURN NULL;', hash='bea71b54b13d6981aed9019dc1e03d70d043f337', operation='DELETE', pgid='pgtrigger_delete_delete_96a16', table='billing_scheme', when='AFTER')),
        ),
        migrations.AddField(
            model_name='chargeitem',
            name='definition',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.chargeitemdefinition'),
        ),
        migrations.AddConstraint(
            model_name='chargeitem',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('tax__gte', 0)), name='charge_is_of_a_quantity', violation_error_message='How many? At least one.'),
        ),
        migrations.AddField(
            model_name='payment',
            name='deposit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.depositaccount'),
        ),
        migrations.AddField(
            model_name='payment',
            name='drawn_from',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drawings', to='billing.depositaccount'),
        ),
        migrations.AddField(
            model_name='refund',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.refundrequest'),
        ),
        migrations.AddField(
            model_name='payment',
            name='shift',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.shift'),
        ),
        migrations.AddField(
            model_name='refund',
            name='shift',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.shift'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('shift__isnull', False)), fields=['shift'], name='payment_of_shift'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('deposit__isnull', False)), fields=['deposit'], name='payment_of_deposit'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('drawn_from__isnull', False)), fields=['drawn_from'], name='payment_from_deposit'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('mode__in', ['cash', 'deposit']), _negated=True), fields=['facility', 'mode', 'received_at'], name='payment_by_bank'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('shift__isnull', False)), fields=['shift'], name='refund_of_shift'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode__in', ['cash', 'deposit']), ('reference', '')), models.Q(('mode', 'upi'), ('reference__regex', '^[0-9]{12}$')), models.Q(('mode__in', ['card', 'dd', 'cheque']), models.Q(('reference', ''), _negated=True)), _connector='OR'), name='payment_reference_fits_mode', violation_error_message='UPI needs its 12-digit UTR, card and draft their number.'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('invoice__isnull', False), ('deposit__isnull', False), _connector='XOR'), name='payment_is_for_invoice_or_deposit'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('drawn_from__isnull', False), ('invoice__isnull', False), ('mode', 'deposit')), models.Q(models.Q(('mode', 'deposit'), _negated=True), ('drawn_from', None)), _connector='OR'), name='payment_from_a_deposit_names_it'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode__in', ['cash', 'deposit']), ('reference', '')), models.Q(('mode', 'upi'), ('reference__regex', '^([0-9]{12})?$')), ('mode__in', ['card', 'dd', 'bank']), _connector='OR'), name='refund_reference_fits_mode', violation_error_message='A UTR has 12 digits. Leave it empty until the bank gives it.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_taxrulehistoryevent" ("above", "code", "id", "name", "name_hi", "outpatients_only", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "spares_intensive_care") VALUES (NEW."above", NEW."code", NEW."id", NEW."name", NEW."name_hi", NEW."outpatients_only", NEW."percent", NOW(), \'insert\', NEW."id", NEW."source", NEW."spares_intensive_care"); RETURN NULL;', hash='c1fb4d376e9a86aa396302b0f8dc7c00208a8681', operation='INSERT', pgid='pgtrigger_insert_insert_f5726', table='billing_taxrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_taxrulehistoryevent" ("above", "code", "id", "name", "name_hi", "outpatients_only", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "spares_intensive_care") VALUES (NEW."above", NEW."code", NEW."id", NEW."name", NEW."name_hi", NEW."outpatients_only", NEW."percent", NOW(), \'update\', NEW."id", NEW."source", NEW."spares_intensive_care"); RETURN NULL;', hash='e0a25acd98184d381746005aa05fd6f838b43ae5', operation='UPDATE', pgid='pgtrigger_update_update_b2089', table='billing_taxrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='taxrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_taxrulehistoryevent" ("above", "code", "id", "name", "name_hi", "outpatients_only", "percent", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "spares_intensive_care") VALUES (OLD."above", OLD."code", OLD."id", OLD."name", OLD."name_hi", OLD."outpatients_only", OLD."percent", NOW(), \'delete\', OLD."id", OLD."source", OLD."spares_intensive_care"); RETURN NULL;', hash='88294c34036f01281658fd11032156bf87d53689', operation='DELETE', pgid='pgtrigger_delete_delete_78ec3', table='billing_taxrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bounce',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6f508c9658ea9f353a419f285e473fa162859b6d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_299c5', table='billing_bounce', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chargereversal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='696ea6c914c28ae1b08606461ef252dcd651d84d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b293a', table='billing_chargereversal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clearance',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='89c50af0e1a9d09a5f975eff1cbdf6ea4202701e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_93946', table='billing_clearance', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnoteline',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5d31812e2d92c33fccda95a2c57ca31e2105b2bf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bb3d7', table='billing_creditnoteline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='depositaccount',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='87e10328d935cd2127c7ce6ae06974d70791e703', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e4ea5', table='billing_depositaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='dbddae176f78bbc40f015d00dacff82d5e360549', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c9e1b', table='billing_ledgerentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundrequest',
            trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='1cdde7ea137b7c69850a4ca96a3f0d9be5f1de2f', operation='UPDATE', pgid='pgtrigger_bump_rev_3e4d7', table='billing_refundrequest', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundrequest',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4a1981b258d785ee343a29599e97609555541ce4', operation='DELETE', pgid='pgtrigger_never_deleted_e4767', table='billing_refundrequest', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refundrequest',
            trigger=pgtrigger.compiler.Trigger(name='asked_stays_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."deposit_id" IS DISTINCT FROM (NEW."deposit_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."invoice_id" IS DISTINCT FROM (NEW."invoice_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."lines" IS DISTINCT FROM (NEW."lines") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."payment_id" IS DISTINCT FROM (NEW."payment_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='996de757780c373dd40e84165935034af7368d15', operation='UPDATE', pgid='pgtrigger_asked_stays_as_it_is_04b17', table='billing_refundrequest', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schemecover',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='66b666aaadd1c88fb2809485c461cdfdaf8ae185', operation='DELETE', pgid='pgtrigger_never_deleted_1ed77', table='billing_schemecover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schemecover',
            trigger=pgtrigger.compiler.Trigger(name='granted_stays_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."approval_note" IS DISTINCT FROM (NEW."approval_note") OR OLD."approved_by_id" IS DISTINCT FROM (NEW."approved_by_id") OR OLD."encounter_id" IS DISTINCT FROM (NEW."encounter_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."granted_at" IS DISTINCT FROM (NEW."granted_at") OR OLD."granted_by_id" IS DISTINCT FROM (NEW."granted_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."package_code" IS DISTINCT FROM (NEW."package_code") OR OLD."preauth_amount" IS DISTINCT FROM (NEW."preauth_amount") OR OLD."preauth_number" IS DISTINCT FROM (NEW."preauth_number") OR OLD."proof_number" IS DISTINCT FROM (NEW."proof_number") OR OLD."scheme_id" IS DISTINCT FROM (NEW."scheme_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='6c385a032c97ae7562b51e945846b0c7369d129a', operation='UPDATE', pgid='pgtrigger_granted_stays_as_it_is_ef80a', table='billing_schemecover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='93bb9bcbe105a56cdfcef62fc175a722b2bb2170', operation='UPDATE', pgid='pgtrigger_bump_rev_9f7bb', table='billing_claim', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_claimhistoryevent" ("amount", "approved_amount", "bank_reference", "cover_id", "decided_at", "encounter_id", "facility_id", "id", "invoice_id", "note", "opened_at", "origin_node", "paid_amount", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "rev", "scheme_id", "settled_at", "status", "submitted_at") VALUES (NEW."amount", NEW."approved_amount", NEW."bank_reference", NEW."cover_id", NEW."decided_at", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."invoice_id", NEW."note", NEW."opened_at", NEW."origin_node", NEW."paid_amount", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."reference", NEW."rev", NEW."scheme_id", NEW."settled_at", NEW."status", NEW."submitted_at"); RETURN NULL;', hash='16d48a5355d2e4f2ae629bf8df13aab11295b6c9', operation='INSERT', pgid='pgtrigger_insert_insert_f3bd8', table='billing_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_claimhistoryevent" ("amount", "approved_amount", "bank_reference", "cover_id", "decided_at", "encounter_id", "facility_id", "id", "invoice_id", "note", "opened_at", "origin_node", "paid_amount", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "rev", "scheme_id", "settled_at", "status", "submitted_at") VALUES (NEW."amount", NEW."approved_amount", NEW."bank_reference", NEW."cover_id", NEW."decided_at", NEW."encounter_id", NEW."facility_id", NEW."id", NEW."invoice_id", NEW."note", NEW."opened_at", NEW."origin_node", NEW."paid_amount", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."reference", NEW."rev", NEW."scheme_id", NEW."settled_at", NEW."status", NEW."submitted_at"); RETURN NULL;', hash='2565fb28dadecf0bfa097367059139559aabe178', operation='UPDATE', pgid='pgtrigger_update_update_5b36e', table='billing_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_claimhistoryevent" ("amount", "approved_amount", "bank_reference", "cover_id", "decided_at", "encounter_id", "facility_id", "id", "invoice_id", "note", "opened_at", "origin_node", "paid_amount", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "rev", "scheme_id", "settled_at", "status", "submitted_at") VALUES (OLD."amount", OLD."approved_amount", OLD."bank_reference", OLD."cover_id", OLD."decided_at", OLD."encounter_id", OLD."facility_id", OLD."id", OLD."invoice_id", OLD."note", OLD."opened_at", OLD."origin_node", OLD."paid_amount", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."reference", OLD."rev", OLD."scheme_id", OLD."settled_at", OLD."status", OLD."submitted_at"); RETURN NULL;', hash='5adf2adbc8adef451494ed3053b96da3d082ce93', operation='DELETE', pgid='pgtrigger_delete_delete_25e58', table='billing_claim', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8e2e54b22fa2dbff731513ebce3c7dccf0f5fb4a', operation='DELETE', pgid='pgtrigger_never_deleted_63cf5', table='billing_settlement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='file_stays_as_it_came', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."filename" IS DISTINCT FROM (NEW."filename") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."origin_node" IS DISTINCT FROM (NEW."origin_node") OR OLD."rows" IS DISTINCT FROM (NEW."rows") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."uploaded_at" IS DISTINCT FROM (NEW."uploaded_at") OR OLD."uploaded_by_id" IS DISTINCT FROM (NEW."uploaded_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4acdf73452dcbe18b3bc04ee9ee6ec696077d8cc', operation='UPDATE', pgid='pgtrigger_file_stays_as_it_came_2a45e', table='billing_settlement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlementline',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='290bbb3169bc5ff0b4475dea2aaf6b9250648d3a', operation='DELETE', pgid='pgtrigger_never_deleted_cf465', table='billing_settlementline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlementline',
            trigger=pgtrigger.compiler.Trigger(name='bank_line_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.payment_id IS NOT NULL OR (OLD.facility_id, OLD.settlement_id, OLD.utr, OLD.amount, OLD.settled_on) IS DISTINCT FROM (NEW.facility_id, NEW.settlement_id, NEW.utr, NEW.amount, NEW.settled_on))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='875926e2871d91376813446413ab6e26aeca1504', operation='UPDATE', pgid='pgtrigger_bank_line_stays_a3c4a', table='billing_settlementline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tariffprice',
            trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='7afb60a818c5e7ada09dba438a0868ed94fd9c7e', operation='UPDATE', pgid='pgtrigger_bump_rev_24d75', table='billing_tariffprice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tariffprice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_tariffpricehistoryevent" ("definition_id", "facility_id", "id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rev", "scheme_id", "valid_from", "valid_to", "ward_class") VALUES (NEW."definition_id", NEW."facility_id", NEW."id", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."price", NEW."rev", NEW."scheme_id", NEW."valid_from", NEW."valid_to", NEW."ward_class"); RETURN NULL;', hash='d4d469986770fa261c13e5a43f0eaf8614f1d490', operation='INSERT', pgid='pgtrigger_insert_insert_2400b', table='billing_tariffprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tariffprice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_tariffpricehistoryevent" ("definition_id", "facility_id", "id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rev", "scheme_id", "valid_from", "valid_to", "ward_class") VALUES (NEW."definition_id", NEW."facility_id", NEW."id", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."price", NEW."rev", NEW."scheme_id", NEW."valid_from", NEW."valid_to", NEW."ward_class"); RETURN NULL;', hash='5748ec1d74cf7ad96c6a975eec6274a5ffa8e0c3', operation='UPDATE', pgid='pgtrigger_update_update_5ef4d', table='billing_tariffprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tariffprice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_tariffpricehistoryevent" ("definition_id", "facility_id", "id", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rev", "scheme_id", "valid_from", "valid_to", "ward_class") VALUES (OLD."definition_id", OLD."facility_id", OLD."id", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."price", OLD."rev", OLD."scheme_id", OLD."valid_from", OLD."valid_to", OLD."ward_class"); RETURN NULL;', hash='6aea30edcf747bf1ecc84ddb4161409c7b75986b', operation='DELETE', pgid='pgtrigger_delete_delete_d05d0', table='billing_tariffprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chargeitemdefinition',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_chargeitemdefinitionhistoryevent" ("code", "id", "is_active", "kind", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "sac_hsn", "tax_rule_id", "unit") VALUES (NEW."code", NEW."id", NEW."is_active", NEW."kind", NEW."name", NEW."name_hi", NOW(), \'insert\', NEW."id", NEW."sac_hsn", NEW."tax_rule_id", NEW."unit"); RETURN NULL;', hash='e7aee5b53819b456655680db776b62d1ec0ffd56', operation='INSERT', pgid='pgtrigger_insert_insert_77158', table='billing_chargeitemdefinition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chargeitemdefinition',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_chargeitemdefinitionhistoryevent" ("code", "id", "is_active", "kind", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "sac_hsn", "tax_rule_id", "unit") VALUES (NEW."code", NEW."id", NEW."is_active", NEW."kind", NEW."name", NEW."name_hi", NOW(), \'update\', NEW."id", NEW."sac_hsn", NEW."tax_rule_id", NEW."unit"); RETURN NULL;', hash='96de5a2f16518ca606d58c73aaf62517e580e3b2', operation='UPDATE', pgid='pgtrigger_update_update_fd5de', table='billing_chargeitemdefinition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chargeitemdefinition',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_chargeitemdefinitionhistoryevent" ("code", "id", "is_active", "kind", "name", "name_hi", "pgh_created_at", "pgh_label", "pgh_obj_id", "sac_hsn", "tax_rule_id", "unit") VALUES (OLD."code", OLD."id", OLD."is_active", OLD."kind", OLD."name", OLD."name_hi", NOW(), \'delete\', OLD."id", OLD."sac_hsn", OLD."tax_rule_id", OLD."unit"); RETURN NULL;', hash='a066aaa3883e11a36f59b7fcfb7abbd426b09661', operation='DELETE', pgid='pgtrigger_delete_delete_d34a4', table='billing_chargeitemdefinition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='treasurydeposit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d4903475440beb9d8bf82a661118839bbddb3920', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ed57a', table='billing_treasurydeposit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shift',
            trigger=pgtrigger.compiler.Trigger(name='bump_rev', sql=pgtrigger.compiler.UpsertTriggerSql(func='NEW.rev = OLD.rev + 1; NEW.origin_node = OLD.origin_node; RETURN NEW;', hash='961638156d29c216d30a69756774bc8e3d9acc4c', operation='UPDATE', pgid='pgtrigger_bump_rev_d6f05', table='billing_shift', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shift',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='93b0b213534638af6cf10357f231394554959fa6', operation='DELETE', pgid='pgtrigger_never_deleted_55af0', table='billing_shift', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shift',
            trigger=pgtrigger.compiler.Trigger(name='opened_stays_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."cashier_id" IS DISTINCT FROM (NEW."cashier_id") OR OLD."facility_id" IS DISTINCT FROM (NEW."facility_id") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."opening_float" IS DISTINCT FROM (NEW."opening_float") OR OLD."taken_over_from_id" IS DISTINCT FROM (NEW."taken_over_from_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e9fb3240f548bfb62792facbcb439c82f121fff6', operation='UPDATE', pgid='pgtrigger_opened_stays_as_it_is_a1138', table='billing_shift', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shift',
            trigger=pgtrigger.compiler.Trigger(name='closed_stays_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.closed_at IS NOT NULL AND (OLD.closed_at, OLD.count, OLD.counted, OLD.expected, OLD.explanation, OLD.left_in_drawer) IS DISTINCT FROM (NEW.closed_at, NEW.count, NEW.counted, NEW.expected, NEW.explanation, NEW.left_in_drawer))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='45b4484e1ae3813a40fc75eb206ebcb40ceef79d', operation='UPDATE', pgid='pgtrigger_closed_stays_as_it_is_60c20', table='billing_shift', when='BEFORE')),
        ),
    ]
