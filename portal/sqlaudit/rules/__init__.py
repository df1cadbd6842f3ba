"""The rules: each one small function in a module of its family."""

from portal.sqlaudit.rules import (
    accessing,
    altering,
    batches,
    built_in,
    changing,
    comparing,
    defining_columns,
    defining_indexes,
    defining_tables,
    defining_types,
    dropping,
    inserting,
    joining,
    naming,
    postgresql_columns,
    reading_conditions,
    reading_results,
    reading_shapes,
    sessions,
    storing,
)
from portal.sqlaudit.rules.families import FAMILIES
from portal.sqlaudit.rules.judge import Judge
from portal.sqlaudit.rules.registry import LISTED, Context, Rule

# Rule id → rule, a family's rules together.
RULES = {
    rule.id: rule for title in FAMILIES for rule in LISTED.values() if rule.family is title
}

__all__ = [
    "RULES",
    "Context",
    "Judge",
    "Rule",
    "accessing",
    "altering",
    "batches",
    "built_in",
    "changing",
    "comparing",
    "defining_columns",
    "defining_indexes",
    "defining_tables",
    "defining_types",
    "dropping",
    "inserting",
    "joining",
    "naming",
    "postgresql_columns",
    "reading_conditions",
    "reading_results",
    "reading_shapes",
    "sessions",
    "storing",
]
