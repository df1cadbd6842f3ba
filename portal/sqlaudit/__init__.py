"""SQL in, findings and a score out. Pure: no database, no clock but its own time limit."""

from portal.sqlaudit.audit import audit
from portal.sqlaudit.limits import AuditError
from portal.sqlaudit.result import AuditResult, Finding, Level, Statement

__all__ = ["AuditError", "AuditResult", "Finding", "Level", "Statement", "audit"]
