import sqlalchemy as sa
from alembic import op

revision, down_revision = "001", None


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("state", sa.Enum("open", "paid", name="order_state"), nullable=False, server_default="open"),
        sa.Column("note", sa.Text),
    )


def downgrade():
    op.drop_table("orders")
    op.execute("DROP TYPE order_state")
