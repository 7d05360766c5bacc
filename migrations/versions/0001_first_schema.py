"""first schema

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant, Sealed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_CASE_EVENT = (["id", "seq", "state"], ["case_id", "seq", "to_state"])


def _case_event():
    """The case's key into its last event: inline on SQLite, which can't add it later."""
    if op.get_context().dialect.name != "sqlite":
        return []
    own, others = _CASE_EVENT
    return [
        sa.ForeignKeyConstraint(
            own, [f"event.{name}" for name in others], name="fk_case_event", deferrable=True, initially="DEFERRED"
        )
    ]


def upgrade():
    op.create_table('allowed_transition',
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('from_state', sa.String(length=32), nullable=False),
    sa.Column('to_state', sa.String(length=32), nullable=False),
    sa.Column('retired_on', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('kind', 'from_state', 'to_state', name=op.f('pk_allowed_transition'))
    )
    op.create_table('chain_head',
    sa.Column('chain_id', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('tip', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain_id', name=op.f('pk_chain_head'))
    )
    op.create_table('clock_shift',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_shift'))
    )
    op.create_table('counter',
    sa.Column('series', sa.String(length=80), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', name=op.f('pk_counter'))
    )
    op.create_table('holiday',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_holiday'))
    )
    op.create_table('office',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('short_name', sa.String(length=40), nullable=False),
    sa.Column('is_province', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office')),
    sa.UniqueConstraint('code', name=op.f('uq_office_code'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('dedup_key', sa.String(length=160), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('not_before', Instant(), nullable=False),
    sa.Column('lease_owner', sa.String(length=32), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('done_at', Instant(), nullable=True),
    sa.Column('dead_at', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_outbox_dedup_key'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_waiting', ['not_before', 'id'], unique=False, sqlite_where=sa.text('done_at IS NULL AND dead_at IS NULL'), postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))

    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('phone', Sealed(), nullable=True),
    sa.Column('phone_index', sa.String(length=64), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('password_at', Instant(), nullable=True),
    sa.Column('must_change_by', Instant(), nullable=True),
    sa.Column('disabled_at', Instant(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('login', name=op.f('uq_person_login'))
    )
    op.create_table('receipt',
    sa.Column('actor_key', sa.String(length=80), nullable=False),
    sa.Column('idem_key', sa.String(length=64), nullable=False),
    sa.Column('response', sa.String(length=400), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('actor_key', 'idem_key', name=op.f('pk_receipt'))
    )
    op.create_table('region',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('full_name', sa.String(length=80), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('parent_code', sa.String(length=12), nullable=True),
    sa.Column('urban', sa.Boolean(), nullable=False),
    sa.Column('selectable', sa.Boolean(), nullable=False),
    sa.Column('sort_key', sa.String(length=120), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_region')),
    sa.UniqueConstraint('code', name=op.f('uq_region_code'))
    )
    op.create_table('role_exclusion',
    sa.Column('role_a', sa.String(length=20), nullable=False),
    sa.Column('role_b', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('role_a', 'role_b', name=op.f('pk_role_exclusion'))
    )
    op.create_table('throttle',
    sa.Column('bucket', sa.String(length=120), nullable=False),
    sa.Column('window_start', Instant(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_throttle'))
    )
    op.create_table('access_log',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('request_id', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_log_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_log'))
    )
    op.create_table('base',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('name_key', sa.String(length=60), nullable=False),
    sa.Column('region_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=100), nullable=False),
    sa.Column('site_key', sa.String(length=120), nullable=False),
    sa.Column('operator_name', sa.String(length=80), nullable=False),
    sa.Column('operator_uscc', sa.String(length=18), nullable=False),
    sa.Column('investor_name', sa.String(length=80), nullable=False),
    sa.Column('investor_idno', Sealed(), nullable=True),
    sa.Column('investor_index', sa.String(length=64), nullable=True),
    sa.Column('contact_name', sa.String(length=20), nullable=False),
    sa.Column('contact_phone', Sealed(), nullable=True),
    sa.Column('area_total', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('area_incub', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('area_public', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('area_maker', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('filing_no', sa.String(length=40), nullable=True),
    sa.Column('filed_on', sa.Date(), nullable=True),
    sa.Column('profile', sa.Text(), nullable=False),
    sa.Column('status_now', sa.String(length=20), nullable=False),
    sa.Column('level_now', sa.String(length=16), nullable=False),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('account_open', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_base_region_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_base')),
    sa.UniqueConstraint('code', name=op.f('uq_base_code')),
    sa.UniqueConstraint('filing_no', name=op.f('uq_base_filing_no'))
    )
    with op.batch_alter_table('base', schema=None) as batch_op:
        batch_op.create_index('ix_base_region_status', ['region_id', 'status_now', 'id'], unique=False)
        batch_op.create_index('ix_base_status', ['status_now', 'level_now', 'id'], unique=False)
        batch_op.create_index('uq_base_account', ['operator_uscc', 'site_key'], unique=True, sqlite_where=sa.text('account_open IS TRUE'), postgresql_where=sa.text('account_open IS TRUE'))
        batch_op.create_index('uq_base_name_key', ['name_key'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('opens_at', Instant(), nullable=False),
    sa.Column('closes_at', Instant(), nullable=True),
    sa.Column('second_reason', sa.Text(), nullable=False),
    sa.Column('materials', sa.Text(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(kind = 'renewal') = (closes_at IS NULL)", name=op.f('ck_campaign_closes')),
    sa.CheckConstraint("kind IN ('recognition', 'promotion', 'renewal')", name=op.f('ck_campaign_kind')),
    sa.CheckConstraint("round = 1 OR second_reason <> ''", name=op.f('ck_campaign_second')),
    sa.CheckConstraint('closes_at IS NULL OR closes_at > opens_at', name=op.f('ck_campaign_order')),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_campaign_created_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign'))
    )
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_kind', ['kind', 'opens_at'], unique=False)
        batch_op.create_index('uq_campaign_round', ['year', 'kind', 'round'], unique=True)

    op.create_table('expert_profile',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('employer', sa.String(length=80), nullable=False),
    sa.Column('employer_uscc', sa.String(length=18), nullable=False),
    sa.Column('fields', sa.String(length=100), nullable=False),
    sa.Column('declared_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_expert_profile_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_expert_profile'))
    )
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('contact_unit', sa.String(length=60), nullable=False),
    sa.Column('contact_phone', sa.String(length=30), nullable=False),
    sa.Column('contact_address', sa.String(length=100), nullable=False),
    sa.Column('published_at', Instant(), nullable=False),
    sa.Column('published_by', sa.Integer(), nullable=False),
    sa.CheckConstraint('((1461 * (CAST(substr(CAST(ends_on AS VARCHAR(10)), 1, 4) AS INTEGER) + 4800 + ((CAST(substr(CAST(ends_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12))) / 4 + (367 * (CAST(substr(CAST(ends_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 2 - 12 * ((CAST(substr(CAST(ends_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12))) / 12 - (3 * ((CAST(substr(CAST(ends_on AS VARCHAR(10)), 1, 4) AS INTEGER) + 4900 + ((CAST(substr(CAST(ends_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12)) / 100)) / 4 + CAST(substr(CAST(ends_on AS VARCHAR(10)), 9, 2) AS INTEGER)) - ((1461 * (CAST(substr(CAST(starts_on AS VARCHAR(10)), 1, 4) AS INTEGER) + 4800 + ((CAST(substr(CAST(starts_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12))) / 4 + (367 * (CAST(substr(CAST(starts_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 2 - 12 * ((CAST(substr(CAST(starts_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12))) / 12 - (3 * ((CAST(substr(CAST(starts_on AS VARCHAR(10)), 1, 4) AS INTEGER) + 4900 + ((CAST(substr(CAST(starts_on AS VARCHAR(10)), 6, 2) AS INTEGER) - 14) / 12)) / 100)) / 4 + CAST(substr(CAST(starts_on AS VARCHAR(10)), 9, 2) AS INTEGER)) >= 7', name=op.f('ck_notice_one_week')),
    sa.ForeignKeyConstraint(['published_by'], ['person.id'], name=op.f('fk_notice_published_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('number', name=op.f('uq_notice_number'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_ends', ['ends_on'], unique=False)

    op.create_table('parameter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Numeric(precision=18, scale=4), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['person.id'], name=op.f('fk_parameter_decided_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parameter')),
    sa.UniqueConstraint('key', 'from_on', 'id', name=op.f('uq_parameter_key_from_on_id'))
    )
    op.create_table('route',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('region_id', sa.Integer(), nullable=False),
    sa.Column('county_office_id', sa.Integer(), nullable=False),
    sa.Column('city_office_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint('to_on IS NULL OR to_on >= from_on', name=op.f('ck_route_order')),
    sa.ForeignKeyConstraint(['city_office_id'], ['office.id'], name=op.f('fk_route_city_office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['county_office_id'], ['office.id'], name=op.f('fk_route_county_office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_route_region_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_route'))
    )
    with op.batch_alter_table('route', schema=None) as batch_op:
        batch_op.create_index('ix_route_city', ['city_office_id'], unique=False)
        batch_op.create_index('ix_route_county', ['county_office_id'], unique=False)
        batch_op.create_index('uq_route_open', ['region_id'], unique=True, sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.create_table('campaign_extension',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('old_closes_at', Instant(), nullable=False),
    sa.Column('new_closes_at', Instant(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=40), nullable=False),
    sa.CheckConstraint('length(reason) >= 10', name=op.f('ck_campaign_extension_reason')),
    sa.CheckConstraint('new_closes_at > old_closes_at', name=op.f('ck_campaign_extension_later')),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_campaign_extension_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_extension_campaign_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_extension'))
    )
    with op.batch_alter_table('campaign_extension', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_extension_campaign', ['campaign_id'], unique=False)

    op.create_table('case_',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=True),
    sa.Column('region_id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('edition_on', sa.Date(), nullable=True),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('submitted_at', Instant(), nullable=True),
    sa.Column('arrived_at', Instant(), nullable=False),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_case__base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_case__campaign_id'), ondelete='RESTRICT'),
    *_case_event(),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_case__office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_case__region_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_')),
    sa.UniqueConstraint('id', 'kind', name=op.f('uq_case__id_kind')),
    sa.UniqueConstraint('kind', 'number', name=op.f('uq_case__kind_number'))
    )
    with op.batch_alter_table('case_', schema=None) as batch_op:
        batch_op.create_index('ix_case_base', ['base_id', 'kind'], unique=False)
        batch_op.create_index('ix_case_kind_state', ['kind', 'state', 'id'], unique=False)
        batch_op.create_index('ix_case_office_state', ['office_id', 'kind', 'state'], unique=False)
        batch_op.create_index('ix_case_region', ['region_id', 'kind', 'state', 'id'], unique=False)
        batch_op.create_index('uq_case_running_application', ['base_id', 'kind'], unique=True, sqlite_where=sa.text("ended_at IS NULL AND kind IN ('filing', 'recognition')"), postgresql_where=sa.text("ended_at IS NULL AND kind IN ('filing', 'recognition')"))

    op.create_table('membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('base_id', sa.Integer(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('granted_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("(role IN ('base_admin','base_clerk','base_former') AND base_id IS NOT NULL AND office_id IS NULL) OR (role IN ('county_clerk','county_lead','city_clerk','city_lead','prov_clerk','prov_lead','prov_manager') AND office_id IS NOT NULL AND base_id IS NULL) OR (role IN ('site_team','expert','sys_admin','sec_admin','auditor') AND base_id IS NULL)", name=op.f('ck_membership_place')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_membership_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['granted_by'], ['person.id'], name=op.f('fk_membership_granted_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_membership_office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index('ix_membership_base', ['base_id', 'to_on'], unique=False)
        batch_op.create_index('ix_membership_office', ['office_id', 'to_on'], unique=False)
        batch_op.create_index('ix_membership_person', ['person_id', 'to_on'], unique=False)

    op.create_table('assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('from_at', Instant(), nullable=False),
    sa.Column('to_at', Instant(), nullable=True),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind IN ('site_team', 'expert')", name=op.f('ck_assignment_kind')),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_assignment_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_assignment_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_assignment_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index('ix_assignment_person', ['person_id', 'to_at'], unique=False)
        batch_op.create_index('uq_assignment_open', ['case_id', 'person_id', 'kind'], unique=True, sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))

    op.create_table('draft',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', Instant(), nullable=False),
    sa.Column('saved_by', sa.Integer(), nullable=True),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_draft_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['saved_by'], ['person.id'], name=op.f('fk_draft_saved_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_draft'))
    )
    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('prev_seq', sa.Integer(), nullable=True),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('case_kind', sa.String(length=24), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('from_state', sa.String(length=32), nullable=True),
    sa.Column('to_state', sa.String(length=32), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.Column('alg', sa.String(length=16), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('occurred_at', Instant(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('(case_id IS NULL) = (case_kind IS NULL) AND (case_id IS NULL) = (from_state IS NULL) AND (case_id IS NULL) = (to_state IS NULL)', name=op.f('ck_event_case_facts')),
    sa.CheckConstraint('CASE WHEN seq = 1 THEN prev_seq IS NULL ELSE prev_seq IS NOT NULL AND prev_seq = seq - 1 END', name=op.f('ck_event_prev_seq')),
    sa.ForeignKeyConstraint(['case_id', 'case_kind'], ['case_.id', 'case_.kind'], name='fk_event_case', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id', 'prev_seq', 'from_state'], ['event.case_id', 'event.seq', 'event.to_state'], name='fk_event_previous', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_kind', 'from_state', 'to_state'], ['allowed_transition.kind', 'allowed_transition.from_state', 'allowed_transition.to_state'], name='fk_event_allowed', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_event_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event')),
    sa.UniqueConstraint('case_id', 'seq', 'to_state', name=op.f('uq_event_case_id_seq_to_state')),
    sa.UniqueConstraint('case_id', 'seq', name=op.f('uq_event_case_id_seq')),
    sa.UniqueConstraint('chain_id', 'prev_hash', name=op.f('uq_event_chain_id_prev_hash')),
    sa.UniqueConstraint('chain_id', 'seq', name=op.f('uq_event_chain_id_seq'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index('ix_event_case', ['case_id', 'seq'], unique=False)

    op.create_table('expert_review',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('closed_at', Instant(), nullable=False),
    sa.Column('closed_by', sa.Integer(), nullable=False),
    sa.Column('valid_count', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('spread', sa.Numeric(precision=5, scale=1), nullable=False),
    sa.CheckConstraint('valid_count >= 1 AND mean >= 0 AND spread >= 0', name=op.f('ck_expert_review_figures')),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_expert_review_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_expert_review_closed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_expert_review'))
    )
    op.create_table('inbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('dedup_key', sa.String(length=160), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('sent_at', Instant(), nullable=False),
    sa.Column('read_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_inbox_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_inbox_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_inbox_dedup_key'))
    )
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_person', ['person_id', 'id'], unique=False)
        batch_op.create_index('ix_inbox_unread', ['person_id'], unique=False, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))

    op.create_table('notice_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('base_name', sa.String(length=60), nullable=False),
    sa.Column('operator_name', sa.String(length=80), nullable=False),
    sa.Column('investor_name', sa.String(length=100), nullable=False),
    sa.Column('region_name', sa.String(length=80), nullable=False),
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.CheckConstraint("level IN ('base', 'demonstration')", name=op.f('ck_notice_item_level')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_notice_item_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_notice_item_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_notice_item_notice_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_item')),
    sa.UniqueConstraint('notice_id', 'case_id', name=op.f('uq_notice_item_notice_id_case_id'))
    )
    with op.batch_alter_table('notice_item', schema=None) as batch_op:
        batch_op.create_index('ix_notice_item_base', ['base_id'], unique=False)
        batch_op.create_index('ix_notice_item_case', ['case_id'], unique=False)
        batch_op.create_index('uq_notice_item_open', ['case_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('obligation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('case_kind', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('region_id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('tier', sa.String(length=12), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('article', sa.String(length=12), nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('fulfilled_at', Instant(), nullable=True),
    sa.Column('fulfilled_by_event', sa.Integer(), nullable=True),
    sa.Column('fulfilled_by_person', sa.Integer(), nullable=True),
    sa.CheckConstraint('(office_id IS NOT NULL AND base_id IS NULL AND person_id IS NULL) OR (office_id IS NULL AND base_id IS NOT NULL AND person_id IS NULL) OR (office_id IS NULL AND base_id IS NULL AND person_id IS NOT NULL)', name=op.f('ck_obligation_one_debtor')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_obligation_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_obligation_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['fulfilled_by_person'], ['person.id'], name=op.f('fk_obligation_fulfilled_by_person'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_obligation_office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_obligation_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['region_id'], ['region.id'], name=op.f('fk_obligation_region_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligation')),
    sa.UniqueConstraint('kind', 'key', name=op.f('uq_obligation_kind_key'))
    )
    with op.batch_alter_table('obligation', schema=None) as batch_op:
        batch_op.create_index('ix_obligation_base', ['base_id', 'due_on', 'id'], unique=False, sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.create_index('ix_obligation_case', ['case_id'], unique=False, sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.create_index('ix_obligation_done', ['fulfilled_by_person', 'fulfilled_at'], unique=False)
        batch_op.create_index('ix_obligation_facet', ['office_id', 'tier', 'case_kind', 'state'], unique=False, sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.create_index('ix_obligation_office', ['office_id', 'tier', 'due_on', 'id'], unique=False, sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.create_index('ix_obligation_person', ['person_id', 'due_on', 'id'], unique=False, sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))

    op.create_table('session',
    sa.Column('id_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('last_seen', Instant(), nullable=False),
    sa.Column('abs_expiry', Instant(), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_session_membership_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_session_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id_hash', name=op.f('pk_session'))
    )
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.create_index('ix_session_person', ['person_id'], unique=False)

    op.create_table('site_visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('visitor_count', sa.Integer(), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('verified', sa.Text(), nullable=False),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('registered_by', sa.Integer(), nullable=False),
    sa.Column('registered_name', sa.String(length=40), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('office_name', sa.String(length=60), nullable=False),
    sa.Column('entered_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('filing', 'initial_review', 'second_review', 'assessment', 'inspection', 'special_inspection', 'major_event', 'rectification', 'revocation')", name=op.f('ck_site_visit_kind')),
    sa.CheckConstraint('visitor_count >= 2', name=op.f('ck_site_visit_two_visitors')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_site_visit_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_site_visit_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_site_visit_office_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['registered_by'], ['person.id'], name=op.f('fk_site_visit_registered_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_visit'))
    )
    with op.batch_alter_table('site_visit', schema=None) as batch_op:
        batch_op.create_index('ix_site_visit_base', ['base_id', 'visited_on', 'id'], unique=False)
        batch_op.create_index('ix_site_visit_case', ['case_id', 'visited_on', 'id'], unique=False)

    op.create_table('stored_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('base_id', sa.Integer(), nullable=True),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint('size > 0', name=op.f('ck_stored_file_size')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_stored_file_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_stored_file_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_stored_file_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_stored_file_office_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file'))
    )
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.create_index('ix_stored_file_base', ['base_id'], unique=False)
        batch_op.create_index('ix_stored_file_case', ['case_id'], unique=False)

    op.create_table('submission',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=40), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_submission_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_submission_case_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submission')),
    sa.UniqueConstraint('case_id', 'version_no', name=op.f('uq_submission_case_id_version_no'))
    )
    op.create_table('account_request',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('receipt_hash', sa.String(length=64), nullable=False),
    sa.Column('operator_name', sa.String(length=80), nullable=False),
    sa.Column('operator_uscc', sa.String(length=18), nullable=False),
    sa.Column('base_name', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=100), nullable=False),
    sa.Column('site_key', sa.String(length=120), nullable=False),
    sa.Column('contact_name', sa.String(length=20), nullable=False),
    sa.Column('contact_phone', Sealed(), nullable=False),
    sa.Column('licence_file_id', sa.Integer(), nullable=True),
    sa.Column('base_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('slip_until', sa.Date(), nullable=True),
    sa.Column('dispatched_at', Instant(), nullable=True),
    sa.Column('running', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_account_request_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_account_request_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['licence_file_id'], ['stored_file.id'], name=op.f('fk_account_request_licence_file_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_account_request_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_account_request')),
    sa.UniqueConstraint('receipt_hash', name=op.f('uq_account_request_receipt_hash'))
    )
    with op.batch_alter_table('account_request', schema=None) as batch_op:
        batch_op.create_index('ix_account_request_operator', ['operator_uscc', 'site_key'], unique=False)
        batch_op.create_index('uq_account_request_running', ['operator_uscc', 'site_key'], unique=True, sqlite_where=sa.text('running IS TRUE'), postgresql_where=sa.text('running IS TRUE'))

    op.create_table('campaign_guide',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_guide_campaign_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_campaign_guide_file_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_guide'))
    )
    with op.batch_alter_table('campaign_guide', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_guide_campaign', ['campaign_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('doc_word', sa.String(length=30), nullable=False),
    sa.Column('doc_year', sa.Integer(), nullable=False),
    sa.Column('doc_n', sa.Integer(), nullable=False),
    sa.Column('document_on', sa.Date(), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('late_reason', sa.Text(), nullable=False),
    sa.Column('entered_at', Instant(), nullable=False),
    sa.Column('entered_by', sa.Integer(), nullable=False),
    sa.CheckConstraint('doc_n > 0', name=op.f('ck_decision_number')),
    sa.ForeignKeyConstraint(['entered_by'], ['person.id'], name=op.f('fk_decision_entered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_decision_file_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('doc_word', 'doc_year', 'doc_n', name=op.f('uq_decision_doc_word_doc_year_doc_n'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index('ix_decision_on', ['document_on', 'id'], unique=False)

    op.create_table('meeting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=60), nullable=False),
    sa.Column('members', sa.Text(), nullable=False),
    sa.Column('named_count', sa.Integer(), nullable=False),
    sa.Column('present_count', sa.Integer(), nullable=False),
    sa.Column('minutes_file_id', sa.Integer(), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.Column('closed_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('(closed_at IS NULL) = (minutes_file_id IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)', name=op.f('ck_meeting_closed')),
    sa.CheckConstraint('present_count <= named_count AND present_count * 2 > named_count', name=op.f('ck_meeting_quorum')),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_meeting_closed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_meeting_created_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['minutes_file_id'], ['stored_file.id'], name=op.f('fk_meeting_minutes_file_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting'))
    )
    op.create_table('objection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('notice_deadline', Instant(), nullable=False),
    sa.Column('received_at', Instant(), nullable=False),
    sa.Column('objector', sa.String(length=12), nullable=False),
    sa.Column('name', Sealed(), nullable=True),
    sa.Column('phone', Sealed(), nullable=True),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('receipt_hash', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('reply', sa.Text(), nullable=False),
    sa.Column('handled_by', sa.Integer(), nullable=True),
    sa.Column('handled_at', Instant(), nullable=True),
    sa.CheckConstraint("(status = 'received' AND handled_by IS NULL AND handled_at IS NULL AND reply = '') OR (status <> 'received' AND handled_by IS NOT NULL AND handled_at IS NOT NULL AND reply <> '')", name=op.f('ck_objection_answered')),
    sa.CheckConstraint("kind <> 'objection' OR (name IS NOT NULL AND phone IS NOT NULL)", name=op.f('ck_objection_named')),
    sa.CheckConstraint("kind <> 'objection' OR received_at <= notice_deadline", name=op.f('ck_objection_in_time')),
    sa.CheckConstraint("kind IN ('objection', 'tip', 'complaint')", name=op.f('ck_objection_kind')),
    sa.CheckConstraint("status IN ('received', 'upheld', 'rejected')", name=op.f('ck_objection_status')),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_objection_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_objection_file_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['handled_by'], ['person.id'], name=op.f('fk_objection_handled_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id', 'case_id'], ['notice_item.notice_id', 'notice_item.case_id'], name='fk_objection_item', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_objection_notice_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objection')),
    sa.UniqueConstraint('receipt_hash', name=op.f('uq_objection_receipt_hash'))
    )
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.create_index('ix_objection_case', ['case_id', 'notice_id', 'kind', 'status'], unique=False)
        batch_op.create_index('ix_objection_notice', ['notice_id', 'id'], unique=False)

    op.create_table('opinion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('station', sa.String(length=32), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('prev_person_id', sa.Integer(), nullable=True),
    sa.Column('person_name', sa.String(length=40), nullable=False),
    sa.Column('office_name', sa.String(length=60), nullable=False),
    sa.Column('by_office', sa.Boolean(), nullable=False),
    sa.Column('lead_name', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('remarks', sa.Text(), nullable=False),
    sa.Column('doc_no', sa.String(length=60), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint('prev_person_id IS NULL OR person_id <> prev_person_id', name=op.f('ck_opinion_four_eyes')),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_opinion_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_opinion_file_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_opinion_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['prev_person_id'], ['person.id'], name=op.f('fk_opinion_prev_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opinion')),
    sa.UniqueConstraint('case_id', 'station', 'round', name=op.f('uq_opinion_case_id_station_round'))
    )
    op.create_table('score_sheet',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('declared_at', Instant(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', Instant(), nullable=True),
    sa.Column('version_no', sa.Integer(), nullable=True),
    sa.Column('total', sa.Numeric(precision=5, scale=1), nullable=True),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('given_at', Instant(), nullable=True),
    sa.Column('assign_note', sa.Text(), nullable=False),
    sa.Column('void_reason', sa.Text(), nullable=False),
    sa.Column('voided_at', Instant(), nullable=True),
    sa.Column('voided_by', sa.Integer(), nullable=True),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.CheckConstraint("(status = 'void') = (voided_at IS NOT NULL) AND (status <> 'void' OR void_reason <> '')", name=op.f('ck_score_sheet_void')),
    sa.CheckConstraint("status <> 'given' OR (given_at IS NOT NULL AND total IS NOT NULL AND hash <> '' AND declared_at IS NOT NULL)", name=op.f('ck_score_sheet_given')),
    sa.CheckConstraint("status IN ('open', 'given', 'void')", name=op.f('ck_score_sheet_status')),
    sa.CheckConstraint('total IS NULL OR (total >= 0 AND total <= 105)', name=op.f('ck_score_sheet_total')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_score_sheet_assignment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_score_sheet_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_score_sheet_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['voided_by'], ['person.id'], name=op.f('fk_score_sheet_voided_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_sheet')),
    sa.UniqueConstraint('assignment_id', name=op.f('uq_score_sheet_assignment_id'))
    )
    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.create_index('ix_score_sheet_case', ['case_id', 'id'], unique=False)
        batch_op.create_index('uq_score_sheet_live', ['case_id', 'person_id'], unique=True, sqlite_where=sa.text("status != 'void'"), postgresql_where=sa.text("status != 'void'"))

    op.create_table('team_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('gender', sa.String(length=8), nullable=False),
    sa.Column('idno', Sealed(), nullable=False),
    sa.Column('idno_index', sa.String(length=64), nullable=False),
    sa.Column('phone', Sealed(), nullable=False),
    sa.Column('education', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=8), nullable=False),
    sa.Column('post', sa.String(length=40), nullable=False),
    sa.Column('title_name', sa.String(length=60), nullable=True),
    sa.Column('title_no', sa.String(length=60), nullable=True),
    sa.Column('title_file', sa.Integer(), nullable=True),
    sa.Column('employment', sa.String(length=12), nullable=False),
    sa.Column('in_on', sa.Date(), nullable=False),
    sa.Column('term_end', sa.Date(), nullable=True),
    sa.Column('insurance', sa.Integer(), nullable=True),
    sa.Column('expertise', sa.String(length=100), nullable=True),
    sa.Column('tutored', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('out_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'active') = (out_on IS NULL)", name=op.f('ck_team_member_left')),
    sa.CheckConstraint("category IN ('service','mentor','both')", name=op.f('ck_team_member_category')),
    sa.CheckConstraint("status IN ('active','left')", name=op.f('ck_team_member_status')),
    sa.CheckConstraint('out_on IS NULL OR out_on >= in_on', name=op.f('ck_team_member_out')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_team_member_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['insurance'], ['stored_file.id'], name=op.f('fk_team_member_insurance'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['title_file'], ['stored_file.id'], name=op.f('fk_team_member_title_file'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_member'))
    )
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.create_index('ix_team_member_base', ['base_id', 'out_on', 'id'], unique=False)
        batch_op.create_index('uq_team_member_active', ['base_id', 'idno_index'], unique=True, sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))

    op.create_table('tenant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('ec_ok', sa.Boolean(), nullable=True),
    sa.Column('ec_proof', sa.Integer(), nullable=True),
    sa.Column('industry', sa.String(length=4), nullable=False),
    sa.Column('reg_on', sa.Date(), nullable=False),
    sa.Column('in_on', sa.Date(), nullable=False),
    sa.Column('agr_start', sa.Date(), nullable=False),
    sa.Column('agr_end', sa.Date(), nullable=False),
    sa.Column('area', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('room', sa.String(length=40), nullable=True),
    sa.Column('legal_rep', sa.String(length=20), nullable=False),
    sa.Column('contact_name', sa.String(length=20), nullable=True),
    sa.Column('contact_phone', Sealed(), nullable=True),
    sa.Column('jobs', sa.Integer(), nullable=False),
    sa.Column('founder', sa.String(length=16), nullable=True),
    sa.Column('business', sa.String(length=100), nullable=True),
    sa.Column('revenue', sa.Numeric(precision=17, scale=2), nullable=True),
    sa.Column('tax', sa.Numeric(precision=17, scale=2), nullable=True),
    sa.Column('size', sa.String(length=8), nullable=True),
    sa.Column('tags', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('out_on', sa.Date(), nullable=True),
    sa.Column('out_kind', sa.String(length=100), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'active') = (out_on IS NULL)", name=op.f('ck_tenant_left')),
    sa.CheckConstraint("kind IN ('ordinary','ecommerce','training','third_party')", name=op.f('ck_tenant_kind')),
    sa.CheckConstraint("status IN ('active','graduated','left')", name=op.f('ck_tenant_status')),
    sa.CheckConstraint("subject IN ('company','individual','cooperative','private_nonprofit','other')", name=op.f('ck_tenant_subject')),
    sa.CheckConstraint('agr_end > agr_start', name=op.f('ck_tenant_agreement')),
    sa.CheckConstraint('jobs >= 0 AND area >= 0', name=op.f('ck_tenant_figures')),
    sa.CheckConstraint('out_on IS NULL OR (out_on >= in_on AND out_kind IS NOT NULL)', name=op.f('ck_tenant_out')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_tenant_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['ec_proof'], ['stored_file.id'], name=op.f('fk_tenant_ec_proof'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenant'))
    )
    with op.batch_alter_table('tenant', schema=None) as batch_op:
        batch_op.create_index('ix_tenant_base', ['base_id', 'out_on', 'id'], unique=False)
        batch_op.create_index('ix_tenant_uscc', ['uscc'], unique=False, sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))
        batch_op.create_index('uq_tenant_active', ['base_id', 'uscc'], unique=True, sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))

    op.create_table('decision_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('document_on', sa.Date(), nullable=False),
    sa.Column('notice_end', sa.Date(), nullable=True),
    sa.Column('initiator_id', sa.Integer(), nullable=False),
    sa.Column('approver_id', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.CheckConstraint("kind NOT IN ('recognition', 'promotion') OR (notice_end IS NOT NULL AND document_on > notice_end)", name=op.f('ck_decision_item_notice_over')),
    sa.CheckConstraint('approver_id <> initiator_id', name=op.f('ck_decision_item_second_person')),
    sa.CheckConstraint('valid_to > valid_from', name=op.f('ck_decision_item_order')),
    sa.ForeignKeyConstraint(['approver_id'], ['person.id'], name=op.f('fk_decision_item_approver_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_decision_item_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_decision_item_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_decision_item_decision_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['initiator_id'], ['person.id'], name=op.f('fk_decision_item_initiator_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_item')),
    sa.UniqueConstraint('case_id', 'kind', name=op.f('uq_decision_item_case_id_kind'))
    )
    with op.batch_alter_table('decision_item', schema=None) as batch_op:
        batch_op.create_index('ix_decision_item_base', ['base_id'], unique=False)
        batch_op.create_index('ix_decision_item_decision', ['decision_id'], unique=False)

    op.create_table('investor_span',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('idno', Sealed(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_investor_span_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_investor_span_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_investor_span_decision_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_investor_span'))
    )
    with op.batch_alter_table('investor_span', schema=None) as batch_op:
        batch_op.create_index('uq_investor_span_open', ['base_id'], unique=True, sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.create_table('level_span',
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("level IN ('base', 'demonstration')", name=op.f('ck_level_span_level')),
    sa.CheckConstraint('decision_id IS NOT NULL', name=op.f('ck_level_span_decided')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_level_span_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_level_span_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_level_span_decision_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_level_span'))
    )
    with op.batch_alter_table('level_span', schema=None) as batch_op:
        batch_op.create_index('uq_level_span_open', ['base_id'], unique=True, sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.create_table('meeting_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recused', sa.Text(), nullable=False),
    sa.Column('named_count', sa.Integer(), nullable=True),
    sa.Column('present_count', sa.Integer(), nullable=True),
    sa.Column('settled_at', Instant(), nullable=True),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("(verdict = '') = (settled_at IS NULL) AND (verdict = '') = (present_count IS NULL) AND (verdict = '') = (named_count IS NULL)", name=op.f('ck_meeting_item_settled')),
    sa.CheckConstraint("verdict = '' OR present_count * 2 > named_count", name=op.f('ck_meeting_item_quorum')),
    sa.CheckConstraint("verdict IN ('', 'pass') OR length(reason) >= 10", name=op.f('ck_meeting_item_reason')),
    sa.CheckConstraint("verdict IN ('', 'pass', 'not_pass', 'hold')", name=op.f('ck_meeting_item_verdict')),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_meeting_item_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_meeting_item_meeting_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['settled_by'], ['person.id'], name=op.f('fk_meeting_item_settled_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_item')),
    sa.UniqueConstraint('meeting_id', 'case_id', name=op.f('uq_meeting_item_meeting_id_case_id'))
    )
    with op.batch_alter_table('meeting_item', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_item_case', ['case_id'], unique=False)
        batch_op.create_index('uq_meeting_item_open', ['case_id'], unique=True, sqlite_where=sa.text("verdict = ''"), postgresql_where=sa.text("verdict = ''"))

    op.create_table('name_span',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_name_span_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_name_span_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_name_span_decision_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_name_span'))
    )
    with op.batch_alter_table('name_span', schema=None) as batch_op:
        batch_op.create_index('uq_name_span_open', ['base_id'], unique=True, sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.create_table('operator_span',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_operator_span_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_operator_span_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_operator_span_decision_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_span'))
    )
    with op.batch_alter_table('operator_span', schema=None) as batch_op:
        batch_op.create_index('uq_operator_span_open', ['base_id'], unique=True, sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.create_table('team_change',
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=40), nullable=False),
    sa.CheckConstraint("kind IN ('added','changed','left','back')", name=op.f('ck_team_change_kind')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_team_change_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_team_change_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['row_id'], ['team_member.id'], name=op.f('fk_team_change_row_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_change')),
    sa.UniqueConstraint('row_id', 'version', name=op.f('uq_team_change_row_id_version'))
    )
    with op.batch_alter_table('team_change', schema=None) as batch_op:
        batch_op.create_index('ix_team_change_base', ['base_id', 'id'], unique=False)

    op.create_table('tenant_change',
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=40), nullable=False),
    sa.CheckConstraint("kind IN ('added','changed','left','back')", name=op.f('ck_tenant_change_kind')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_tenant_change_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_tenant_change_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['row_id'], ['tenant.id'], name=op.f('fk_tenant_change_row_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenant_change')),
    sa.UniqueConstraint('row_id', 'version', name=op.f('uq_tenant_change_row_id_version'))
    )
    with op.batch_alter_table('tenant_change', schema=None) as batch_op:
        batch_op.create_index('ix_tenant_change_base', ['base_id', 'id'], unique=False)

    op.create_table('tenant_override',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('industry', sa.String(length=4), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=40), nullable=False),
    sa.Column('office_name', sa.String(length=60), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.CheckConstraint('length(reason) >= 10', name=op.f('ck_tenant_override_reason')),
    sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_tenant_override_by_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_tenant_override_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_tenant_override_tenant_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenant_override'))
    )
    with op.batch_alter_table('tenant_override', schema=None) as batch_op:
        batch_op.create_index('ix_tenant_override_tenant', ['tenant_id', 'id'], unique=False)

    op.create_table('validity_period',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('base_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=False),
    sa.Column('in_force_on', sa.Date(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('to_on > from_on', name=op.f('ck_validity_period_order')),
    sa.ForeignKeyConstraint(['base_id'], ['base.id'], name=op.f('fk_validity_period_base_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_validity_period_decision_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_validity_period')),
    sa.UniqueConstraint('base_id', 'from_on', name=op.f('uq_validity_period_base_id_from_on'))
    )
    if op.get_context().dialect.name != "sqlite":
        op.create_foreign_key(
            "fk_case_event", "case_", "event", *_CASE_EVENT, deferrable=True, initially="DEFERRED"
        )


def downgrade():
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint("fk_case_event", "case_", type_="foreignkey")
    op.drop_table('validity_period')
    with op.batch_alter_table('tenant_override', schema=None) as batch_op:
        batch_op.drop_index('ix_tenant_override_tenant')

    op.drop_table('tenant_override')
    with op.batch_alter_table('tenant_change', schema=None) as batch_op:
        batch_op.drop_index('ix_tenant_change_base')

    op.drop_table('tenant_change')
    with op.batch_alter_table('team_change', schema=None) as batch_op:
        batch_op.drop_index('ix_team_change_base')

    op.drop_table('team_change')
    with op.batch_alter_table('operator_span', schema=None) as batch_op:
        batch_op.drop_index('uq_operator_span_open', sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.drop_table('operator_span')
    with op.batch_alter_table('name_span', schema=None) as batch_op:
        batch_op.drop_index('uq_name_span_open', sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.drop_table('name_span')
    with op.batch_alter_table('meeting_item', schema=None) as batch_op:
        batch_op.drop_index('uq_meeting_item_open', sqlite_where=sa.text("verdict = ''"), postgresql_where=sa.text("verdict = ''"))
        batch_op.drop_index('ix_meeting_item_case')

    op.drop_table('meeting_item')
    with op.batch_alter_table('level_span', schema=None) as batch_op:
        batch_op.drop_index('uq_level_span_open', sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.drop_table('level_span')
    with op.batch_alter_table('investor_span', schema=None) as batch_op:
        batch_op.drop_index('uq_investor_span_open', sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))

    op.drop_table('investor_span')
    with op.batch_alter_table('decision_item', schema=None) as batch_op:
        batch_op.drop_index('ix_decision_item_decision')
        batch_op.drop_index('ix_decision_item_base')

    op.drop_table('decision_item')
    with op.batch_alter_table('tenant', schema=None) as batch_op:
        batch_op.drop_index('uq_tenant_active', sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))
        batch_op.drop_index('ix_tenant_uscc', sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))
        batch_op.drop_index('ix_tenant_base')

    op.drop_table('tenant')
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.drop_index('uq_team_member_active', sqlite_where=sa.text('out_on IS NULL'), postgresql_where=sa.text('out_on IS NULL'))
        batch_op.drop_index('ix_team_member_base')

    op.drop_table('team_member')
    with op.batch_alter_table('score_sheet', schema=None) as batch_op:
        batch_op.drop_index('uq_score_sheet_live', sqlite_where=sa.text("status != 'void'"), postgresql_where=sa.text("status != 'void'"))
        batch_op.drop_index('ix_score_sheet_case')

    op.drop_table('score_sheet')
    op.drop_table('opinion')
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.drop_index('ix_objection_notice')
        batch_op.drop_index('ix_objection_case')

    op.drop_table('objection')
    op.drop_table('meeting')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index('ix_decision_on')

    op.drop_table('decision')
    with op.batch_alter_table('campaign_guide', schema=None) as batch_op:
        batch_op.drop_index('ix_campaign_guide_campaign')

    op.drop_table('campaign_guide')
    with op.batch_alter_table('account_request', schema=None) as batch_op:
        batch_op.drop_index('uq_account_request_running', sqlite_where=sa.text('running IS TRUE'), postgresql_where=sa.text('running IS TRUE'))
        batch_op.drop_index('ix_account_request_operator')

    op.drop_table('account_request')
    op.drop_table('submission')
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.drop_index('ix_stored_file_case')
        batch_op.drop_index('ix_stored_file_base')

    op.drop_table('stored_file')
    with op.batch_alter_table('site_visit', schema=None) as batch_op:
        batch_op.drop_index('ix_site_visit_case')
        batch_op.drop_index('ix_site_visit_base')

    op.drop_table('site_visit')
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.drop_index('ix_session_person')

    op.drop_table('session')
    with op.batch_alter_table('obligation', schema=None) as batch_op:
        batch_op.drop_index('ix_obligation_person', sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.drop_index('ix_obligation_office', sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.drop_index('ix_obligation_facet', sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.drop_index('ix_obligation_done')
        batch_op.drop_index('ix_obligation_case', sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))
        batch_op.drop_index('ix_obligation_base', sqlite_where=sa.text('fulfilled_at IS NULL'), postgresql_where=sa.text('fulfilled_at IS NULL'))

    op.drop_table('obligation')
    with op.batch_alter_table('notice_item', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_item_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_notice_item_case')
        batch_op.drop_index('ix_notice_item_base')

    op.drop_table('notice_item')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_unread', sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))
        batch_op.drop_index('ix_inbox_person')

    op.drop_table('inbox')
    op.drop_table('expert_review')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index('ix_event_case')

    op.drop_table('event')
    op.drop_table('draft')
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index('uq_assignment_open', sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))
        batch_op.drop_index('ix_assignment_person')

    op.drop_table('assignment')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index('ix_membership_person')
        batch_op.drop_index('ix_membership_office')
        batch_op.drop_index('ix_membership_base')

    op.drop_table('membership')
    with op.batch_alter_table('case_', schema=None) as batch_op:
        batch_op.drop_index('uq_case_running_application', sqlite_where=sa.text("ended_at IS NULL AND kind IN ('filing', 'recognition')"), postgresql_where=sa.text("ended_at IS NULL AND kind IN ('filing', 'recognition')"))
        batch_op.drop_index('ix_case_region')
        batch_op.drop_index('ix_case_office_state')
        batch_op.drop_index('ix_case_kind_state')
        batch_op.drop_index('ix_case_base')

    op.drop_table('case_')
    with op.batch_alter_table('campaign_extension', schema=None) as batch_op:
        batch_op.drop_index('ix_campaign_extension_campaign')

    op.drop_table('campaign_extension')
    with op.batch_alter_table('route', schema=None) as batch_op:
        batch_op.drop_index('uq_route_open', sqlite_where=sa.text('to_on IS NULL'), postgresql_where=sa.text('to_on IS NULL'))
        batch_op.drop_index('ix_route_county')
        batch_op.drop_index('ix_route_city')

    op.drop_table('route')
    op.drop_table('parameter')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_ends')

    op.drop_table('notice')
    op.drop_table('expert_profile')
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.drop_index('uq_campaign_round')
        batch_op.drop_index('ix_campaign_kind')

    op.drop_table('campaign')
    with op.batch_alter_table('base', schema=None) as batch_op:
        batch_op.drop_index('uq_base_name_key', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('uq_base_account', sqlite_where=sa.text('account_open IS TRUE'), postgresql_where=sa.text('account_open IS TRUE'))
        batch_op.drop_index('ix_base_status')
        batch_op.drop_index('ix_base_region_status')

    op.drop_table('base')
    op.drop_table('access_log')
    op.drop_table('throttle')
    op.drop_table('role_exclusion')
    op.drop_table('region')
    op.drop_table('receipt')
    op.drop_table('person')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_waiting', sqlite_where=sa.text('done_at IS NULL AND dead_at IS NULL'), postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))

    op.drop_table('outbox')
    op.drop_table('office')
    op.drop_table('holiday')
    op.drop_table('counter')
    op.drop_table('clock_shift')
    op.drop_table('chain_head')
    op.drop_table('allowed_transition')
