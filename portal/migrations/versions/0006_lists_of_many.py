"""what lists of very many tickets are found by"""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

TICKET_INDEXES = {
    'ix_ticket_project_creator_number': ['project_id', 'creator_id', 'number'],
    'ix_ticket_project_created_at': ['project_id', 'created_at'],
    'ix_ticket_creator_status': ['creator_id', 'status', 'id'],
}


def upgrade():
    # No copy of the table, which may be long: a column that may be NULL is just added.
    op.add_column('ticket_step_assignee', sa.Column('awaited_ticket_id', sa.Integer()))
    op.execute(
        'UPDATE ticket_step_assignee SET awaited_ticket_id ='
        ' (SELECT ticket_id FROM ticket_step WHERE ticket_step.id = step_id)'
        " WHERE step_id IN (SELECT id FROM ticket_step WHERE state = 'open')"
    )
    op.create_index(
        'ix_ticket_step_assignee_awaited', 'ticket_step_assignee', ['member_id', 'awaited_ticket_id']
    )
    for name, columns in TICKET_INDEXES.items():
        op.create_index(name, 'ticket', columns)


def downgrade():
    for name in TICKET_INDEXES:
        op.drop_index(name, 'ticket')
    op.drop_index('ix_ticket_step_assignee_awaited', 'ticket_step_assignee')
    op.drop_column('ticket_step_assignee', 'awaited_ticket_id')
