from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_ledger_of_what_was")]
    operations = [
        migrations.AddField(
            model_name="exemption", name="is_claimed", field=models.BooleanField(db_default=False, default=False)
        )
    ]
