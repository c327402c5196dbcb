from django.db import migrations, models

from hmis.kernel.migrating import AtOnce


class Migration(migrations.Migration):

    dependencies = [
        ('opd', '0002_deaths_of_casualty'),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.AlterField(
                    model_name='queuetoken',
                    name='lane',
                    field=models.CharField(choices=[('emergency', 'emergency'), ('back_from_tests', 'back from tests'), ('pregnant', 'pregnant'), ('elderly', 'senior citizen'), ('disabled', 'disabled person'), ('scan_and_share', 'Scan & Share'), ('normal', 'ordinary')], default='normal', max_length=16, verbose_name='lane'),
                ),
            ],
        ),
    ]
