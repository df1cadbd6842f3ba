"""looks that found nothing, and cards that may stand there twice"""

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
        batch_op.add_column(sa.Column('twins_due_at', UtcDateTime(), nullable=True))
        batch_op.create_index('ix_delivery_twins', ['twins_due_at'])


def downgrade():
    op.execute('DELETE FROM delivery_attempt WHERE delivery_id IN'
               " (SELECT id FROM delivery WHERE action = 'withdraw_twin')")
    op.execute("DELETE FROM delivery WHERE action = 'withdraw_twin'")
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.drop_index('ix_delivery_twins')
        batch_op.drop_column('twins_due_at')
        batch_op.drop_column('looked_at')
