from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("state", models.CharField(max_length=8, default="open")),
                ("note", models.TextField(null=True)),
            ],
            options={"db_table": "orders"},
        ),
    ]
