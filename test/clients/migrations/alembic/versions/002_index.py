from alembic import op

revision, down_revision = "002", "001"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("orders_by_note", "orders", ["note"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("orders_by_note", postgresql_concurrently=True)
