"""sample cards, templates as deliveries, matching on request, one key on several platforms"""

import sqlalchemy as sa
from alembic import op

from portal.kit.clock import UtcDateTime


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('approval') as batch_op:
        batch_op.add_column(sa.Column('sample_for_id', sa.Integer(), nullable=True))
        batch_op.alter_column('step_id', existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f('fk_approval_sample_for_id'), 'member', ['sample_for_id'], ['id']
        )
        batch_op.drop_constraint('uq_approval_key', type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_approval_provider_key'), ['provider', 'key']
        )
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.alter_column('approval_id', existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table('delivery_attempt') as batch_op:
        batch_op.create_index('ix_delivery_attempt_started', ['started_at'])
    with op.batch_alter_table('provider_account') as batch_op:
        batch_op.add_column(sa.Column('matched_at', UtcDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column('cure', sa.String(length=500), nullable=False, server_default='')
        )
        batch_op.add_column(sa.Column('asked_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('match_due_at', UtcDateTime(), nullable=True))
        batch_op.create_index(
            'ix_provider_account_match', ['provider', 'app_key', 'match_due_at']
        )
    with op.batch_alter_table('provider_account') as batch_op:
        batch_op.alter_column(
            'cure', existing_type=sa.String(length=500), server_default=None
        )
    op.execute('UPDATE provider_account SET matched_at = found_at')


def downgrade():
    _refuse_cards_on_two_platforms()
    op.execute('DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery'
               ' WHERE approval_id IS NULL OR approval_id IN'
               ' (SELECT id FROM approval WHERE step_id IS NULL))')
    op.execute('DELETE FROM delivery WHERE approval_id IS NULL OR approval_id IN'
               ' (SELECT id FROM approval WHERE step_id IS NULL)')
    op.execute('DELETE FROM approval WHERE step_id IS NULL')
    with op.batch_alter_table('provider_account') as batch_op:
        batch_op.drop_index('ix_provider_account_match')
        for name in ('match_due_at', 'asked_at', 'cure', 'matched_at'):
            batch_op.drop_column(name)
    with op.batch_alter_table('delivery_attempt') as batch_op:
        batch_op.drop_index('ix_delivery_attempt_started')
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.alter_column('approval_id', existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table('approval') as batch_op:
        batch_op.drop_constraint('uq_approval_provider_key', type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_approval_key'), ['key'])
        batch_op.drop_constraint('fk_approval_sample_for_id', type_='foreignkey')
        batch_op.alter_column('step_id', existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column('sample_for_id')


def _refuse_cards_on_two_platforms():
    """Before anything is changed: not every database takes a half-made change back."""
    approval = sa.table('approval', sa.column('key'))
    twice = sa.select(approval.c.key).group_by(approval.c.key).having(sa.func.count() > 1)
    if op.get_bind().execute(twice.limit(1)).first() is not None:
        raise SystemExit(
            'portal: some steps have a card on two platforms, which version 0001 cannot hold'
        )
