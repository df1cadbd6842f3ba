"""Families of column types."""

from __future__ import annotations

from sqlglot import exp

_D = exp.DType

SERIALS = frozenset({_D.SERIAL, _D.BIGSERIAL, _D.SMALLSERIAL})
NARROW_SERIALS = frozenset({_D.SERIAL, _D.SMALLSERIAL})
NARROW_INTEGERS = frozenset({_D.INT, _D.SMALLINT, _D.TINYINT, _D.MEDIUMINT})
WIDE_KEYS = frozenset({_D.BIGINT, _D.UBIGINT, _D.UINT})
TEXTS = frozenset({_D.TINYTEXT, _D.TEXT, _D.MEDIUMTEXT, _D.LONGTEXT})
BLOBS = frozenset({_D.TINYBLOB, _D.BLOB, _D.MEDIUMBLOB, _D.LONGBLOB})
# MySQL gives these no default.
LARGE = TEXTS | BLOBS | {_D.JSON, _D.GEOMETRY, _D.POINT, _D.LINESTRING, _D.POLYGON}
INEXACT = frozenset({_D.FLOAT, _D.DOUBLE, _D.UDOUBLE})
VARYING = frozenset({_D.VARCHAR, _D.NVARCHAR, _D.VARBINARY})
FIXED = frozenset({_D.CHAR, _D.NCHAR, _D.BPCHAR})
CHOICES = frozenset({_D.ENUM, _D.SET})
ZONELESS = frozenset({_D.TIMESTAMP, _D.TIMESTAMPNTZ})
