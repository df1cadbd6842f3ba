"""The form of a data source."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import Choice, PortalForm, Required, SecretField, StrippedString
from portal.domain.datasources import SourceDraft
from portal.models import DataSource, DbType


class DataSourceForm(PortalForm):
    """Which fields a type needs is a rule of domain/datasources."""

    name = StrippedString(_l("数据源名称"), [Required()], length=64)
    db_type = Choice(
        _l("数据源类型"),
        choices=[
            (DbType.MYSQL.value, "MySQL"),
            (DbType.POSTGRESQL.value, "PostgreSQL"),
            (DbType.SQLITE.value, "SQLite"),
        ],
    )
    host = StrippedString(_l("主机"), length=255)
    port = StrippedString(_l("端口"), length=10, render_kw={"inputmode": "numeric"})
    username = StrippedString(_l("用户名"), length=128, render_kw={"autocomplete": "off"})
    password = SecretField(_l("密码"), length=255)
    database = StrippedString(_l("数据库"), length=255)

    @classmethod
    def of(cls, source: DataSource | None = None, is_test: bool = False) -> DataSourceForm:
        """Filled from the data source, or from what was posted. is_test: a test needs no name."""
        form = cls() if source is None else cls._filled(source)
        if is_test:
            form.name.validators = ()
        return form

    @classmethod
    def _filled(cls, source: DataSource) -> DataSourceForm:
        return cls(
            data={
                "name": source.name,
                "db_type": source.db_type.value,
                "host": source.host,
                "port": "" if source.port is None else str(source.port),
                "username": source.username,
                "database": source.database,
            }
        )

    def draft(self) -> SourceDraft:
        """What was posted; a port that is no number becomes 0, which the rule refuses."""
        text = self.port.data
        number = int(text) if text.isascii() and text.isdigit() else 0
        return SourceDraft(
            name=self.name.data,
            db_type=self.db_type.data,
            host=self.host.data,
            port=number if text else None,
            username=self.username.data,
            password=self.password.data,
            database=self.database.data,
        )
