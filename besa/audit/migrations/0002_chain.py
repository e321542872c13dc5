"""The hash chain and its guard. Events from before there was a chain are dropped: only demonstrations have such."""

from django.db import migrations, models

from besa.audit import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection)


def remove(apps, schema_editor):
    guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="Event"),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.CharField(max_length=64, verbose_name="who")),
                ("agency", models.CharField(blank=True, max_length=40, verbose_name="agency")),
                ("verb", models.CharField(max_length=60, verbose_name="what")),
                ("object_type", models.CharField(max_length=60, verbose_name="kind of thing")),
                ("object_id", models.CharField(max_length=80, verbose_name="thing")),
                ("fields", models.JSONField(default=list, verbose_name="fields changed")),
                ("purpose", models.CharField(blank=True, max_length=40, verbose_name="purpose")),
                ("relation", models.CharField(blank=True, max_length=40, verbose_name="relation to the thing")),
                ("flags", models.JSONField(default=list, verbose_name="marks")),
                ("request_id", models.CharField(blank=True, max_length=40, verbose_name="request")),
                ("witness", models.CharField(blank=True, max_length=64)),
                ("stream", models.PositiveSmallIntegerField()),
                ("sequence", models.BigIntegerField()),
                ("previous_digest", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("mac", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["object_type", "object_id", "-id"], name="audit_event_object__888023_idx"),
                    models.Index(fields=["actor", "-id"], name="audit_event_actor_71ce38_idx"),
                    models.Index(fields=["agency", "-id"], name="audit_event_agency_6f6f4e_idx"),
                    models.Index(fields=["verb", "-id"], name="audit_event_verb_1dac91_idx"),
                    models.Index(fields=["purpose", "-id"], name="audit_event_purpose_79778c_idx"),
                    models.Index(fields=["at"], name="audit_event_at_34ce9a_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["stream", "sequence"], name="event_one_place_in_the_chain")
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("stream", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
                ("mac", models.CharField(max_length=64)),
            ],
            options={"ordering": ["stream"]},
        ),
        migrations.RunPython(install, remove, elidable=False),
    ]
