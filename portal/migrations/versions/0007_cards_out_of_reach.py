"""cards whose app was changed, to be followed again once it returns"""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('approval') as batch_op:
        batch_op.add_column(
            sa.Column('is_out_of_reach', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table('approval') as batch_op:
        batch_op.alter_column('is_out_of_reach', existing_type=sa.Boolean(), server_default=None)


def downgrade():
    with op.batch_alter_table('approval') as batch_op:
        batch_op.drop_column('is_out_of_reach')
