from django.db import migrations, models

from hmis.kernel.migrating import AtOnce

# Lines that were taken off a bill of which nothing too much was paid: they ended as if money had gone back. The
# second wall stands: the owner too says whose rows it reads.
REACH = "SELECT set_config('hmis.reach', '{}', true);"
FILL = """
    UPDATE billing_refundrequest AS asked SET status = 'taken_off'
    WHERE kind = 'credit' AND status = 'paid_back'
        AND NOT EXISTS (SELECT FROM billing_refund WHERE request_id = asked.id);
"""
EMPTY = "UPDATE billing_refundrequest SET status = 'paid_back' WHERE status = 'taken_off';"


def at_all(statement):
    return f"{REACH.format('all')}{statement}{REACH.format('')}"


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_a_refunds_number_written_later'),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.AlterField(
                    model_name='refundrequest',
                    name='status',
                    field=models.CharField(choices=[('asked', 'waits for approval'), ('approved', 'approved'), ('declined', 'declined'), ('withdrawn', 'withdrawn'), ('paid_back', 'paid back'), ('taken_off', 'taken off the bill')], default='asked', max_length=10, verbose_name='status'),
                ),
            ],
        ),
        migrations.RunSQL(at_all(FILL), at_all(EMPTY)),
    ]
