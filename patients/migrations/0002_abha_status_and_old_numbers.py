import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('facilities', '0001_first'),
        ('patients', '0001_first'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='patient',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='patient',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='patient',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='patientidentifier',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='patientidentifier',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='patientidentifier',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='patient',
            name='abha_status',
            field=models.CharField(choices=[('not_asked', 'not asked'), ('linked', 'linked'), ('assisted', 'made with help'), ('declined', 'does not want one'), ('no_phone', 'no phone to make one')], db_default='not_asked', default='not_asked', max_length=12, verbose_name='ABHA'),
        ),
        migrations.AddField(
            model_name='patienthistoryevent',
            name='abha_status',
            field=models.CharField(choices=[('not_asked', 'not asked'), ('linked', 'linked'), ('assisted', 'made with help'), ('declined', 'does not want one'), ('no_phone', 'no phone to make one')], db_default='not_asked', default='not_asked', max_length=12, verbose_name='ABHA'),
        ),
        migrations.AddField(
            model_name='patientidentifier',
            name='issuer',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='facilities.facility', verbose_name='given by'),
        ),
        migrations.AddField(
            model_name='patientidentifierhistoryevent',
            name='issuer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='facilities.facility', verbose_name='given by'),
        ),
        migrations.AlterField(
            model_name='patientidentifier',
            name='kind',
            field=models.CharField(choices=[('abha_number', 'ABHA number'), ('abha_address', 'ABHA address'), ('pmjay', 'Ayushman card'), ('ration_card', 'ration card'), ('ehospital_uhid', 'e-Hospital UHID'), ('cr_number', 'CR number'), ('old_number', 'old MRD number')], max_length=16, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='patientidentifierhistoryevent',
            name='kind',
            field=models.CharField(choices=[('abha_number', 'ABHA number'), ('abha_address', 'ABHA address'), ('pmjay', 'Ayushman card'), ('ration_card', 'ration card'), ('ehospital_uhid', 'e-Hospital UHID'), ('cr_number', 'CR number'), ('old_number', 'old MRD number')], max_length=16, verbose_name='kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='patient',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (NEW."abha_status", NEW."address", NEW."birth_date", NEW."birth_precision", NEW."block_id", NEW."block_name", NEW."category", NEW."district_id", NEW."facility_id", NEW."guardian_name", NEW."guardian_relation", NEW."id", NEW."name", NEW."name_hi", NEW."name_words", NEW."no_phone_reason", NEW."occupation", NEW."origin_node", NOW(), \'insert\', NEW."id", NEW."phone", NEW."pincode", NEW."registered_at", NEW."religion", NEW."rev", NEW."sex", NEW."uhid", NEW."village"); RETURN NULL;', hash='3642eaf7c105f7228b397691ae4ffd2dbd07dbc7', operation='INSERT', pgid='pgtrigger_insert_insert_62165', table='patients_patient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='patient',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (NEW."abha_status", NEW."address", NEW."birth_date", NEW."birth_precision", NEW."block_id", NEW."block_name", NEW."category", NEW."district_id", NEW."facility_id", NEW."guardian_name", NEW."guardian_relation", NEW."id", NEW."name", NEW."name_hi", NEW."name_words", NEW."no_phone_reason", NEW."occupation", NEW."origin_node", NOW(), \'update\', NEW."id", NEW."phone", NEW."pincode", NEW."registered_at", NEW."religion", NEW."rev", NEW."sex", NEW."uhid", NEW."village"); RETURN NULL;', hash='25eb0134ff736c992d5f183a2c8ea8e8ba6c347f', operation='UPDATE', pgid='pgtrigger_update_update_546ce', table='patients_patient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='patient',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_patienthistoryevent" ("abha_status", "address", "birth_date", "birth_precision", "block_id", "block_name", "category", "district_id", "facility_id", "guardian_name", "guardian_relation", "id", "name", "name_hi", "name_words", "no_phone_reason", "occupation", "origin_node", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "pincode", "registered_at", "religion", "rev", "sex", "uhid", "village") VALUES (OLD."abha_status", OLD."address", OLD."birth_date", OLD."birth_precision", OLD."block_id", OLD."block_name", OLD."category", OLD."district_id", OLD."facility_id", OLD."guardian_name", OLD."guardian_relation", OLD."id", OLD."name", OLD."name_hi", OLD."name_words", OLD."no_phone_reason", OLD."occupation", OLD."origin_node", NOW(), \'delete\', OLD."id", OLD."phone", OLD."pincode", OLD."registered_at", OLD."religion", OLD."rev", OLD."sex", OLD."uhid", OLD."village"); RETURN NULL;', hash='7e3e9687b3bb7487f8dba425bf03e301d514f845', operation='DELETE', pgid='pgtrigger_delete_delete_9898d', table='patients_patient', when='AFTER')),
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
        migrations.AlterConstraint(
            model_name='patientidentifier',
            name='patient_has_each_identifier_once',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('patient', 'kind', 'value'), name='patient_has_each_identifier_once', violation_error_message='This number is kept with this patient already.'),
        ),
        # Whoever bears an ABHA already is linked.
        migrations.RunSQL(
            "UPDATE patients_patient SET abha_status = 'linked' WHERE id IN (SELECT patient_id FROM"
            " patients_patientidentifier WHERE kind IN ('abha_number', 'abha_address') AND ended_at IS NULL)",
            migrations.RunSQL.noop,
        ),
    ]
