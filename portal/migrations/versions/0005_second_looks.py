"""looks that found nothing"""

import sqlalchemy as sa
from alembic import op

from portal.kit.clock import UtcDateTime


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.add_column(sa.Column('looked_at', UtcDateTime(), nullable=True))


def downgrade():
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.drop_column('looked_at')
