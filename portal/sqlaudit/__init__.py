"""SQL in, findings and a score out. Pure: no database, no clock but its own time limit."""

from portal.sqlaudit.audit import audit
from portal.sqlaudit.fingerprint import fingerprint
from portal.sqlaudit.limits import AuditError
from portal.sqlaudit.result import AuditResult, Finding, Level, Statement
from portal.sqlaudit.rules import RULES, Rule
from portal.sqlaudit.split import split_statements
from portal.sqlaudit.transactions import ends_transaction, is_transactional

__all__ = [
    "RULES",
    "AuditError",
    "AuditResult",
    "Finding",
    "Level",
    "Rule",
    "Statement",
    "audit",
    "ends_transaction",
    "fingerprint",
    "is_transactional",
    "split_statements",
]
