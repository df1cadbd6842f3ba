"""runs of SQL on target databases, schedules, audit rules of a project"""

import hashlib

import sqlalchemy as sa
from alembic import op

from portal.kit.clock import UtcDateTime
from portal.models.columns import LongText


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    _make_runs()
    op.create_table(
        'rule_setting',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('project_id', sa.Integer(), nullable=False),
        sa.Column('rule', sa.String(length=64), nullable=False),
        sa.Column('level', sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ['project_id'], ['project.id'], name=op.f('fk_rule_setting_project_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rule_setting')),
        sa.UniqueConstraint('project_id', 'rule', name=op.f('uq_rule_setting_project_id_rule')),
    )
    _widen_tickets()
    with op.batch_alter_table('project') as batch_op:
        batch_op.add_column(
            sa.Column('im_execute', sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.add_column(
            sa.Column('confirm_schedule', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table('project') as batch_op:
        for name in ('im_execute', 'confirm_schedule'):
            batch_op.alter_column(name, existing_type=sa.Boolean(), server_default=None)
    _bind_open_steps()


def _make_runs():
    op.create_table(
        'execution_run',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=False),
        sa.Column('step_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('live_key', sa.String(length=32), nullable=True),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('token', sa.Integer(), nullable=False),
        sa.Column('started_by_id', sa.Integer(), nullable=True),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('due_at', UtcDateTime(), nullable=False),
        sa.Column('started_at', UtcDateTime(), nullable=True),
        sa.Column('beat_at', UtcDateTime(), nullable=True),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('orphaned_at', UtcDateTime(), nullable=True),
        sa.Column('host', sa.String(length=255), nullable=False),
        sa.Column('abort_by_id', sa.Integer(), nullable=True),
        sa.Column('abort_at', UtcDateTime(), nullable=True),
        sa.Column('problem', LongText(), nullable=False),
        sa.ForeignKeyConstraint(
            ['ticket_id'], ['ticket.id'], name=op.f('fk_execution_run_ticket_id')
        ),
        sa.ForeignKeyConstraint(
            ['step_id'], ['ticket_step.id'], name=op.f('fk_execution_run_step_id')
        ),
        sa.ForeignKeyConstraint(
            ['started_by_id'], ['member.id'], name=op.f('fk_execution_run_started_by_id')
        ),
        sa.ForeignKeyConstraint(
            ['abort_by_id'], ['member.id'], name=op.f('fk_execution_run_abort_by_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_execution_run')),
        sa.UniqueConstraint('live_key', name=op.f('uq_execution_run_live_key')),
        sa.UniqueConstraint(
            'ticket_id', 'number', name=op.f('uq_execution_run_ticket_id_number')
        ),
    )
    op.create_index('ix_execution_run_due', 'execution_run', ['state', 'due_at'])
    op.create_table(
        'execution_task',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('run_id', sa.Integer(), nullable=False),
        sa.Column('task_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('is_transaction', sa.Boolean(), nullable=False),
        sa.Column('server_id', sa.String(length=64), nullable=False),
        sa.Column('server_identity', sa.String(length=128), nullable=False),
        sa.Column('transaction_id', sa.String(length=64), nullable=False),
        sa.Column('started_at', UtcDateTime(), nullable=True),
        sa.Column('committing_at', UtcDateTime(), nullable=True),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('problem', LongText(), nullable=False),
        sa.ForeignKeyConstraint(
            ['run_id'], ['execution_run.id'], name=op.f('fk_execution_task_run_id')
        ),
        sa.ForeignKeyConstraint(
            ['task_id'], ['ticket_task.id'], name=op.f('fk_execution_task_task_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_execution_task')),
        sa.UniqueConstraint('run_id', 'task_id', name=op.f('uq_execution_task_run_id_task_id')),
    )
    op.create_index(op.f('ix_execution_task_task_id'), 'execution_task', ['task_id'])
    op.create_table(
        'execution_statement',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('task_run_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('started_at', UtcDateTime(), nullable=False),
        sa.Column('seconds', sa.Double(), nullable=True),
        sa.Column('rows', sa.BigInteger(), nullable=True),
        sa.Column('code', sa.String(length=64), nullable=False),
        sa.Column('message', LongText(), nullable=False),
        sa.Column('settled_as', sa.String(length=16), nullable=False),
        sa.Column('settled_by_id', sa.Integer(), nullable=True),
        sa.Column('settled_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ['task_run_id'], ['execution_task.id'], name=op.f('fk_execution_statement_task_run_id')
        ),
        sa.ForeignKeyConstraint(
            ['settled_by_id'], ['member.id'], name=op.f('fk_execution_statement_settled_by_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_execution_statement')),
        sa.UniqueConstraint(
            'task_run_id', 'position', name=op.f('uq_execution_statement_task_run_id_position')
        ),
    )


def _widen_tickets():
    with op.batch_alter_table('ticket') as batch_op:
        batch_op.add_column(sa.Column('scheduled_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('scheduled_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('asked_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('confirmed_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('notice', LongText(), nullable=True))
        for name in ('scheduled_by_id', 'confirmed_by_id'):
            batch_op.create_foreign_key(
                batch_op.f(f'fk_ticket_{name}'), 'member', [name], ['id']
            )
        batch_op.create_index('ix_ticket_status_scheduled_at', ['status', 'scheduled_at'])
    # MySQL gives no default to a long text: filled first, then made compulsory.
    op.execute("UPDATE ticket SET notice = ''")
    with op.batch_alter_table('ticket') as batch_op:
        batch_op.alter_column('notice', existing_type=LongText(), nullable=False)
    with op.batch_alter_table('ticket_step') as batch_op:
        batch_op.add_column(
            sa.Column('sql_digest', sa.String(length=64), nullable=False, server_default='')
        )
    with op.batch_alter_table('ticket_step') as batch_op:
        batch_op.alter_column(
            'sql_digest', existing_type=sa.String(length=64), server_default=None
        )


def _bind_open_steps():
    """Steps that are still to be decided are bound to what stands in their tickets."""
    names = ('ticket_id', 'state', 'sql_digest')
    step = sa.table('ticket_step', *map(sa.column, names))
    names = ('ticket_id', 'datasource_id', 'schema', 'sql_digest')
    task = sa.table('ticket_task', *map(sa.column, names))
    source = sa.table('datasource', *map(sa.column, ('id', 'db_type', 'host', 'port', 'database')))
    connection, to_be_decided = op.get_bind(), step.c.state.in_(('open', 'waiting'))
    waiting = sa.select(step.c.ticket_id).where(to_be_decided).distinct()
    for ticket_id in list(connection.execute(waiting).scalars()):
        tasks = connection.execute(
            sa.select(task, source)
            .join_from(task, source, source.c.id == task.c.datasource_id)
            .where(task.c.ticket_id == ticket_id)
        )
        lines = sorted(
            f'{one.db_type} {one.host} {one.port or 0} {one.database} {one.schema} {one.sql_digest}'
            for one in tasks
        )
        bound = hashlib.sha256('\n'.join(lines).encode()).hexdigest()
        connection.execute(
            sa.update(step)
            .where(step.c.ticket_id == ticket_id, to_be_decided)
            .values(sql_digest=bound)
        )


def downgrade():
    _refuse_what_0002_cannot_hold()
    op.execute("DELETE FROM delivery_attempt WHERE delivery_id IN"
               " (SELECT id FROM delivery WHERE action = 'comment')")
    op.execute("DELETE FROM delivery WHERE action = 'comment'")
    with op.batch_alter_table('project') as batch_op:
        batch_op.drop_column('confirm_schedule')
        batch_op.drop_column('im_execute')
    with op.batch_alter_table('ticket_step') as batch_op:
        batch_op.drop_column('sql_digest')
    with op.batch_alter_table('ticket') as batch_op:
        batch_op.drop_index('ix_ticket_status_scheduled_at')
        for name in ('scheduled_by_id', 'confirmed_by_id'):
            batch_op.drop_constraint(f'fk_ticket_{name}', type_='foreignkey')
        for name in ('notice', 'confirmed_by_id', 'asked_at', 'scheduled_by_id', 'scheduled_at'):
            batch_op.drop_column(name)
    op.drop_table('rule_setting')
    op.drop_table('execution_statement')
    op.drop_table('execution_task')
    op.drop_table('execution_run')


def _refuse_what_0002_cannot_hold():
    """Before anything is changed: 0002 knows no way out of these states."""
    ticket = sa.table('ticket', sa.column('status'))
    stuck = sa.select(ticket.c.status).where(ticket.c.status.in_(('executing', 'exec_scheduled')))
    if op.get_bind().execute(stuck.limit(1)).first() is not None:
        raise SystemExit(
            'portal: some tickets are running or scheduled, which version 0002 cannot go on with'
        )
