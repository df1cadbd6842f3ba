"""initial tables"""

import secrets

import sqlalchemy as sa
from alembic import op

from portal.kit.clock import UtcDateTime
from portal.models.columns import LongText


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    
    op.create_table('api_usage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('call', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_usage')),
    sa.UniqueConstraint('provider', 'month', 'call', name=op.f('uq_api_usage_provider_month_call'))
    )
    op.create_table('app_health',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('app_key', sa.String(length=128), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('first_failure_at', UtcDateTime(), nullable=True),
    sa.Column('openings', sa.Integer(), nullable=False),
    sa.Column('paused_until', UtcDateTime(), nullable=True),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('message', LongText(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_app_health')),
    sa.UniqueConstraint('provider', 'app_key', name=op.f('uq_app_health_provider_app_key'))
    )
    op.create_table('heartbeat',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeat'))
    )
    op.create_table('login_failure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failure'))
    )
    with op.batch_alter_table('login_failure', schema=None) as batch_op:
        batch_op.create_index('ix_login_failure_account_at', ['account', 'at'], unique=False)
        batch_op.create_index('ix_login_failure_address_at', ['address', 'at'], unique=False)

    op.create_table('member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('wechat_id', sa.String(length=64), nullable=False),
    sa.Column('role', sa.Enum('admin', 'member', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_member')),
    sa.UniqueConstraint('username', name=op.f('uq_member_username'))
    )
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_member_phone'), ['phone'], unique=False)

    op.create_table('portal_setting',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('value', LongText(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_portal_setting'))
    )
    op.create_table('project',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('next_ticket_number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_project')),
    sa.UniqueConstraint('name', name=op.f('uq_project_name'))
    )
    op.create_table('datasource',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('db_type', sa.Enum('mysql', 'postgresql', 'sqlite', name='dbtype', native_enum=False, length=32), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.Column('port', sa.Integer(), nullable=True),
    sa.Column('username', sa.String(length=128), nullable=False),
    sa.Column('password_encrypted', LongText(), nullable=False),
    sa.Column('database', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_datasource_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_datasource')),
    sa.UniqueConstraint('project_id', 'name', name=op.f('uq_datasource_project_id_name'))
    )
    op.create_table('flow',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('max_level', sa.String(length=16), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_flow_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow')),
    sa.UniqueConstraint('project_id', name=op.f('uq_flow_project_id'))
    )
    op.create_table('operation_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('ip', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=48), nullable=False),
    sa.Column('subject', sa.String(length=160), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['member.id'], name=op.f('fk_operation_record_actor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operation_record'))
    )
    with op.batch_alter_table('operation_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_operation_record_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_operation_record_at'), ['at'], unique=False)
        batch_op.create_index('ix_operation_record_subject', ['subject', 'id'], unique=False)

    op.create_table('project_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('manager', 'member', name='projectrole', native_enum=False, length=32), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_project_member_member_id')),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_project_member_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_project_member')),
    sa.UniqueConstraint('project_id', 'member_id', name=op.f('uq_project_member_project_id_member_id'))
    )
    with op.batch_alter_table('project_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_project_member_member_id'), ['member_id'], unique=False)

    op.create_table('provider_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('app_key', sa.String(length=128), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=True),
    sa.Column('found_by', sa.String(length=254), nullable=False),
    sa.Column('found_at', UtcDateTime(), nullable=True),
    sa.Column('problem', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_provider_account_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_account')),
    sa.UniqueConstraint('member_id', 'provider', 'app_key', name=op.f('uq_provider_account_member_id_provider_app_key'))
    )
    with op.batch_alter_table('provider_account', schema=None) as batch_op:
        batch_op.create_index('ix_provider_account_external', ['provider', 'app_key', 'external_id'], unique=False)

    op.create_table('provider_setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('app_key', sa.String(length=128), nullable=False),
    sa.Column('app_secret_encrypted', LongText(), nullable=False),
    sa.Column('secret_set_at', UtcDateTime(), nullable=True),
    sa.Column('secret_set_by_id', sa.Integer(), nullable=True),
    sa.Column('originator_id', sa.Integer(), nullable=True),
    sa.Column('template_code', sa.String(length=128), nullable=False),
    sa.Column('template_app_key', sa.String(length=128), nullable=False),
    sa.Column('template_checked_at', UtcDateTime(), nullable=True),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('checked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['originator_id'], ['member.id'], name=op.f('fk_provider_setting_originator_id')),
    sa.ForeignKeyConstraint(['secret_set_by_id'], ['member.id'], name=op.f('fk_provider_setting_secret_set_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_setting')),
    sa.UniqueConstraint('provider', name=op.f('uq_provider_setting_provider'))
    )
    op.create_table('session',
    sa.Column('id_hash', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_session_member_id')),
    sa.PrimaryKeyConstraint('id_hash', name=op.f('pk_session'))
    )
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_member_id'), ['member_id'], unique=False)

    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('description', LongText(), nullable=False),
    sa.Column('creator_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.Enum('wait_for_audit', 'wait_for_execution', 'exec_scheduled', 'executing', 'finished', 'exec_failed', 'canceled', 'rejected', name='ticketstatus', native_enum=False, length=32), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('form_nonce', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.Column('close_reason', LongText(), nullable=False),
    sa.ForeignKeyConstraint(['closed_by_id'], ['member.id'], name=op.f('fk_ticket_closed_by_id')),
    sa.ForeignKeyConstraint(['creator_id'], ['member.id'], name=op.f('fk_ticket_creator_id')),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_ticket_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('creator_id', 'form_nonce', name=op.f('uq_ticket_creator_id_form_nonce')),
    sa.UniqueConstraint('project_id', 'number', name=op.f('uq_ticket_project_id_number'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_creator_id', ['creator_id', 'id'], unique=False)
        batch_op.create_index('ix_ticket_project_status_number', ['project_id', 'status', 'number'], unique=False)

    op.create_table('flow_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('flow_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('audit', 'execute', name='stepkind', native_enum=False, length=32), nullable=False),
    sa.Column('description', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['flow_id'], ['flow.id'], name=op.f('fk_flow_step_flow_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_step'))
    )
    with op.batch_alter_table('flow_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_flow_step_flow_id'), ['flow_id'], unique=False)

    op.create_table('ticket_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('audit', 'execute', name='stepkind', native_enum=False, length=32), nullable=False),
    sa.Column('description', sa.String(length=255), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'open', 'approved', 'rejected', 'skipped', 'executed', name='stepstate', native_enum=False, length=32), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_via', sa.String(length=16), nullable=False),
    sa.Column('reason', LongText(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['member.id'], name=op.f('fk_ticket_step_decided_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_step_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_step')),
    sa.UniqueConstraint('ticket_id', 'revision', 'position', name=op.f('uq_ticket_step_ticket_id_revision_position'))
    )
    op.create_table('ticket_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('datasource_id', sa.Integer(), nullable=False),
    sa.Column('schema', sa.String(length=128), nullable=False),
    sa.Column('sql', LongText(), nullable=False),
    sa.Column('sql_digest', sa.String(length=64), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('pass_rate', sa.Double(), nullable=False),
    sa.Column('level', sa.Enum('normal', 'notice', 'warn', 'error', name='level', native_enum=False, length=32), nullable=False),
    sa.Column('status', sa.Enum('wait_for_audit', 'wait_for_execution', 'exec_scheduled', 'executing', 'finished', 'exec_failed', 'canceled', 'rejected', name='ticketstatus', native_enum=False, length=32), nullable=False),
    sa.ForeignKeyConstraint(['datasource_id'], ['datasource.id'], name=op.f('fk_ticket_task_datasource_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_task_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_task'))
    )
    with op.batch_alter_table('ticket_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_task_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('step_id', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('issue_number', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('live_key', sa.String(length=64), nullable=True),
    sa.Column('app_key', sa.String(length=128), nullable=False),
    sa.Column('template_code', sa.String(length=128), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=True),
    sa.Column('originator_id', sa.String(length=255), nullable=False),
    sa.Column('state', sa.Enum('queued', 'pending', 'approved', 'rejected', 'withdrawn', 'superseded', 'broken', name='approvalstate', native_enum=False, length=32), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('next_poll_at', UtcDateTime(), nullable=True),
    sa.Column('left_out', LongText(), nullable=False),
    sa.Column('problem', LongText(), nullable=False),
    sa.Column('raw_state', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['member.id'], name=op.f('fk_approval_decided_by_id')),
    sa.ForeignKeyConstraint(['step_id'], ['ticket_step.id'], name=op.f('fk_approval_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval')),
    sa.UniqueConstraint('key', name=op.f('uq_approval_key')),
    sa.UniqueConstraint('live_key', name=op.f('uq_approval_live_key')),
    sa.UniqueConstraint('step_id', 'provider', 'issue_number', name=op.f('uq_approval_step_id_provider_issue_number'))
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_external_id'), ['external_id'], unique=False)
        batch_op.create_index('ix_approval_poll', ['provider', 'state', 'next_poll_at'], unique=False)

    op.create_table('flow_assignee',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('step_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_flow_assignee_member_id')),
    sa.ForeignKeyConstraint(['step_id'], ['flow_step.id'], name=op.f('fk_flow_assignee_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_assignee')),
    sa.UniqueConstraint('step_id', 'member_id', name=op.f('uq_flow_assignee_step_id_member_id'))
    )
    op.create_table('ticket_statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('sql', LongText(), nullable=False),
    sa.Column('level', sa.Enum('normal', 'notice', 'warn', 'error', name='level', native_enum=False, length=32), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['ticket_task.id'], name=op.f('fk_ticket_statement_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_statement')),
    sa.UniqueConstraint('task_id', 'position', name=op.f('uq_ticket_statement_task_id_position'))
    )
    op.create_table('ticket_step_assignee',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('step_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_ticket_step_assignee_member_id')),
    sa.ForeignKeyConstraint(['step_id'], ['ticket_step.id'], name=op.f('fk_ticket_step_assignee_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_step_assignee')),
    sa.UniqueConstraint('step_id', 'member_id', name=op.f('uq_ticket_step_assignee_step_id_member_id'))
    )
    with op.batch_alter_table('ticket_step_assignee', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_step_assignee_member', ['member_id', 'step_id'], unique=False)

    op.create_table('delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=96), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('app_key', sa.String(length=128), nullable=False),
    sa.Column('action', sa.Enum('start', 'decide', 'withdraw', name='deliveryaction', native_enum=False, length=32), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'failed', 'void', name='deliverystate', native_enum=False, length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('retry_from', UtcDateTime(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('last_code', sa.String(length=128), nullable=False),
    sa.Column('last_message', LongText(), nullable=False),
    sa.Column('cure', LongText(), nullable=False),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_delivery_approval_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('key', name=op.f('uq_delivery_key'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_approval_id'), ['approval_id'], unique=False)
        batch_op.create_index('ix_delivery_due', ['state', 'due_at'], unique=False)

    op.create_table('delivery_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('wire_at', UtcDateTime(), nullable=True),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=False),
    sa.Column('code', sa.String(length=128), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_delivery_attempt_delivery_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_attempt')),
    sa.UniqueConstraint('delivery_id', 'token', name=op.f('uq_delivery_attempt_delivery_id_token'))
    )
    

    # Part of every key we leave on a platform: a fresh database never adopts another's cards.
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    installation = "".join(secrets.choice(alphabet) for _ in range(8))
    settings = sa.table("portal_setting", sa.column("key"), sa.column("value"))
    op.bulk_insert(settings, [{"key": "installation", "value": installation}])


def downgrade():
    
    op.drop_table('delivery_attempt')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_due')
        batch_op.drop_index(batch_op.f('ix_delivery_approval_id'))

    op.drop_table('delivery')
    with op.batch_alter_table('ticket_step_assignee', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_step_assignee_member')

    op.drop_table('ticket_step_assignee')
    op.drop_table('ticket_statement')
    op.drop_table('flow_assignee')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_poll')
        batch_op.drop_index(batch_op.f('ix_approval_external_id'))

    op.drop_table('approval')
    with op.batch_alter_table('ticket_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_task_ticket_id'))

    op.drop_table('ticket_task')
    op.drop_table('ticket_step')
    with op.batch_alter_table('flow_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_flow_step_flow_id'))

    op.drop_table('flow_step')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_project_status_number')
        batch_op.drop_index('ix_ticket_creator_id')

    op.drop_table('ticket')
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_member_id'))

    op.drop_table('session')
    op.drop_table('provider_setting')
    with op.batch_alter_table('provider_account', schema=None) as batch_op:
        batch_op.drop_index('ix_provider_account_external')

    op.drop_table('provider_account')
    with op.batch_alter_table('project_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_project_member_member_id'))

    op.drop_table('project_member')
    with op.batch_alter_table('operation_record', schema=None) as batch_op:
        batch_op.drop_index('ix_operation_record_subject')
        batch_op.drop_index(batch_op.f('ix_operation_record_at'))
        batch_op.drop_index(batch_op.f('ix_operation_record_action'))

    op.drop_table('operation_record')
    op.drop_table('flow')
    op.drop_table('datasource')
    op.drop_table('project')
    op.drop_table('portal_setting')
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_member_phone'))

    op.drop_table('member')
    with op.batch_alter_table('login_failure', schema=None) as batch_op:
        batch_op.drop_index('ix_login_failure_address_at')
        batch_op.drop_index('ix_login_failure_account_at')

    op.drop_table('login_failure')
    op.drop_table('heartbeat')
    op.drop_table('app_health')
    op.drop_table('api_usage')
    
