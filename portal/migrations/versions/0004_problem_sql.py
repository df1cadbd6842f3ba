"""problem SQL of a project, and the issues it was pushed as"""

import sqlalchemy as sa
from alembic import op

from portal.kit.clock import UtcDateTime
from portal.models.columns import LongText


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    _make_problems()
    _make_issues()
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.add_column(sa.Column('issue_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_delivery_issue_id'), 'problem_issue', ['issue_id'], ['id']
        )
        batch_op.create_index(batch_op.f('ix_delivery_issue_id'), ['issue_id'])
    with op.batch_alter_table('project') as batch_op:
        batch_op.add_column(
            sa.Column('coding_project', sa.String(length=128), nullable=False, server_default='')
        )
    with op.batch_alter_table('provider_setting') as batch_op:
        batch_op.add_column(
            sa.Column('is_tracker', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _drop_defaults()


def _drop_defaults():
    with op.batch_alter_table('project') as batch_op:
        batch_op.alter_column(
            'coding_project', existing_type=sa.String(length=128), server_default=None
        )
    with op.batch_alter_table('provider_setting') as batch_op:
        batch_op.alter_column('is_tracker', existing_type=sa.Boolean(), server_default=None)


def _make_problems():
    op.create_table(
        'problem_sql',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('project_id', sa.Integer(), nullable=False),
        sa.Column('datasource_id', sa.Integer(), nullable=False),
        sa.Column('schema', sa.String(length=128), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('fingerprint', LongText(), nullable=False),
        sa.Column('sql', LongText(), nullable=False),
        sa.Column('level', sa.String(length=32), nullable=False),
        sa.Column('findings', sa.JSON(), nullable=False),
        sa.Column('source', sa.String(length=32), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=True),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('first_seen_at', UtcDateTime(), nullable=False),
        sa.Column('last_seen_at', UtcDateTime(), nullable=False),
        sa.Column('status', sa.String(length=32), nullable=False),
        sa.Column('reopened_at', UtcDateTime(), nullable=True),
        sa.Column('assignee_id', sa.Integer(), nullable=True),
        sa.Column('remark', sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ['project_id'], ['project.id'], name=op.f('fk_problem_sql_project_id')
        ),
        sa.ForeignKeyConstraint(
            ['datasource_id'], ['datasource.id'], name=op.f('fk_problem_sql_datasource_id')
        ),
        sa.ForeignKeyConstraint(
            ['ticket_id'], ['ticket.id'], name=op.f('fk_problem_sql_ticket_id')
        ),
        sa.ForeignKeyConstraint(
            ['assignee_id'], ['member.id'], name=op.f('fk_problem_sql_assignee_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_sql')),
        sa.UniqueConstraint(
            'project_id',
            'datasource_id',
            'schema',
            'digest',
            name=op.f('uq_problem_sql_project_id_datasource_id_schema_digest'),
        ),
    )
    with op.batch_alter_table('problem_sql') as batch_op:
        batch_op.create_index('ix_problem_sql_project', ['project_id', 'id'])
        batch_op.create_index('ix_problem_sql_project_status', ['project_id', 'status', 'id'])


def _make_issues():
    op.create_table(
        'problem_issue',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('problem_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('tracker', sa.String(length=16), nullable=False),
        sa.Column('app_key', sa.String(length=128), nullable=False),
        sa.Column('project_name', sa.String(length=128), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('priority', sa.String(length=32), nullable=False),
        sa.Column('parent', sa.Integer(), nullable=True),
        sa.Column('assignee_id', sa.Integer(), nullable=True),
        sa.Column('batch', sa.String(length=32), nullable=False),
        sa.Column('pushed_by_id', sa.Integer(), nullable=False),
        sa.Column('pushed_at', UtcDateTime(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=True),
        sa.Column('progress', sa.String(length=32), nullable=False),
        sa.Column('progress_name', sa.String(length=100), nullable=False),
        sa.Column('looked_at', UtcDateTime(), nullable=True),
        sa.Column('next_look_at', UtcDateTime(), nullable=True),
        sa.Column('note', sa.String(length=500), nullable=False),
        sa.Column('failure', LongText(), nullable=False),
        sa.Column('failure_code', sa.String(length=128), nullable=False),
        sa.Column('cure', LongText(), nullable=False),
        sa.ForeignKeyConstraint(
            ['problem_id'], ['problem_sql.id'], name=op.f('fk_problem_issue_problem_id')
        ),
        sa.ForeignKeyConstraint(
            ['assignee_id'], ['member.id'], name=op.f('fk_problem_issue_assignee_id')
        ),
        sa.ForeignKeyConstraint(
            ['pushed_by_id'], ['member.id'], name=op.f('fk_problem_issue_pushed_by_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_issue')),
        sa.UniqueConstraint('problem_id', name=op.f('uq_problem_issue_problem_id')),
        sa.UniqueConstraint('key', name=op.f('uq_problem_issue_key')),
    )
    with op.batch_alter_table('problem_issue') as batch_op:
        batch_op.create_index('ix_problem_issue_batch', ['batch', 'state'])
        batch_op.create_index('ix_problem_issue_look', ['tracker', 'app_key', 'next_look_at'])


def downgrade():
    op.execute('DELETE FROM delivery_attempt WHERE delivery_id IN'
               " (SELECT id FROM delivery WHERE action = 'issue')")
    op.execute("DELETE FROM delivery WHERE action = 'issue'")
    op.execute("DELETE FROM provider_setting WHERE provider = 'coding'")
    op.execute("DELETE FROM app_health WHERE provider = 'coding'")
    with op.batch_alter_table('provider_setting') as batch_op:
        batch_op.drop_column('is_tracker')
    with op.batch_alter_table('project') as batch_op:
        batch_op.drop_column('coding_project')
    with op.batch_alter_table('delivery') as batch_op:
        batch_op.drop_constraint('fk_delivery_issue_id', type_='foreignkey')
        batch_op.drop_index('ix_delivery_issue_id')
        batch_op.drop_column('issue_id')
    op.drop_table('problem_issue')
    op.drop_table('problem_sql')
