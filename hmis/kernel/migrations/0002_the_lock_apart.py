from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kernel', '0001_squashed'),
    ]

    operations = [
        migrations.AddField(
            model_name='loginsession',
            name='locked_at',
            field=models.DateTimeField(null=True),
        ),
        # Until now a lock stood within the session's sealed data. Nobody's is opened by the new version: each
        # person who is logged in gives the password once.
        migrations.RunSQL(
            "UPDATE kernel_loginsession SET locked_at = now() WHERE user_id IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
