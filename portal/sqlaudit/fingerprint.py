"""A statement → its fingerprint: the same text for all that differ in their values alone.

`SELECT * FROM T WHERE a IN (1, 2) -- x` and `select * from t where a in (7)` have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from sqlglot.dialects import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from portal.sqlaudit.lexing import compiled
from portal.sqlaudit.value_lists import VALUE, ValueLists
from portal.sqlaudit.vocabulary import words_of
from portal.sqlaudit.watched import SQLGLOT_NAMES

_TEXTS = frozenset(
    {
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.BYTE_STRING,
    }
)
_VALUES = _TEXTS | {
    TokenType.NUMBER,
    TokenType.BIT_STRING,
    TokenType.HEX_STRING,
    TokenType.PLACEHOLDER,
}
_SIGNS = frozenset({TokenType.DASH, TokenType.PLUS})
# After these a sign is an operator.
_OPERANDS = _VALUES | {
    TokenType.VAR,
    TokenType.IDENTIFIER,
    TokenType.R_PAREN,
    TokenType.R_BRACKET,
    TokenType.R_BRACE,
}
# After these words, which end no operand, it belongs to the number behind it. Not after others.
_BEFORE_SIGNS = words_of(
    """SELECT DISTINCT ALL WHERE HAVING ON AND OR NOT IS IN LIKE BETWEEN CASE WHEN THEN ELSE
    LIMIT DEFAULT BY"""
)
_BEFORE_SIGNS_MYSQL = _BEFORE_SIGNS | words_of("INTERVAL DIV MOD XOR REGEXP RLIKE")
_LETTERS = re.compile(r"\w")
# What begins a statement whose quotations in dollars are values; elsewhere they are programs.
_DATA = words_of("SELECT INSERT UPDATE DELETE MERGE REPLACE VALUES WITH COPY EXPLAIN")
# Statements whose texts are names or SQL.
_OF_ACCOUNTS = words_of("USER ROLE PASSWORD GRANTS")
_ACCOUNT_VERBS = words_of("CREATE ALTER DROP RENAME SET SHOW")
_NO_OBJECTS = words_of("OR REPLACE DEFAULT")
_FIRST_WORDS = 12
# A text behind these is a password.
_BEFORE_SECRETS = words_of("BY PASSWORD AS REPLACE = (")
# A table follows these in MySQL, where its name may be case-sensitive.
_BEFORE_TABLES = words_of(
    """FROM JOIN STRAIGHT_JOIN INTO UPDATE TABLE TABLES EXISTS REFERENCES TRUNCATE DESCRIBE DESC
    EXPLAIN VIEW USE DATABASE SCHEMA TO ON DELETE INSERT REPLACE IGNORE LOW_PRIORITY ."""
)
_BEFORE_NEW_TABLES = words_of(
    """INTO TABLE EXISTS REFERENCES INSERT REPLACE IGNORE LOW_PRIORITY HIGH_PRIORITY DELAYED VIEW
    ON ."""
)
_CLAUSES = words_of("SELECT WHERE SET GROUP ORDER HAVING LIMIT VALUES ON USING FROM TABLES UPDATE")
_LISTS_OF_TABLES = words_of("FROM TABLES TABLE UPDATE")
# They are no tables, wherever they stand.
_NEVER_TABLES = words_of(
    """ALL ANALYZE AND AS ASC BEFORE BETWEEN BY CASCADE CASE CREATE CROSS CURRENT_DATE CURRENT_TIME
    CURRENT_TIMESTAMP CURRENT_USER DATABASES DEFAULT DELAYED DELETE DESC DISTINCT DROP DUAL
    DUPLICATE ELSE EXCEPT EXISTS EXPLAIN FALSE FOR FORCE FROM GRANT GROUP HAVING HIGH_PRIORITY IF
    IGNORE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY KEYS LATERAL LEFT LIKE LIMIT
    LOCALTIME LOCALTIMESTAMP LOCK LOW_PRIORITY NATURAL NO NOT NOWAIT NULL OF ON OR ORDER OUTER
    OUTFILE DUMPFILE PARTITION PRIMARY QUICK REFERENCES REPLACE RESTRICT RIGHT SELECT SET SKIP
    STRAIGHT_JOIN TABLE TABLES THEN TO TRUE UNION UNIQUE UPDATE USE USING VALUES WHEN WHERE WITH
    WRITE XOR"""
)
# Words of MySQL that are names to sqlglot.
_MYSQL_WORDS = words_of(
    """ACTION ADD AFTER AGAINST ALGORITHM ALWAYS AUTO_INCREMENT AVG_ROW_LENGTH BEFORE BTREE BY
    CALL CASCADE CASCADED CHANGE CHARSET CHECK CHECKSUM CLOSE COLUMN COLUMNS COMMENT COMMITTED
    COMPACT COMPRESSED CONCURRENT CONSISTENT CONVERT COPY CURSOR DATABASE DATABASES DATAFILE
    DEALLOCATE DECLARE DEFINER DELAYED DELAY_KEY_WRITE DETERMINISTIC DISABLE DISCARD DO DUAL
    DUMPFILE DUPLICATE DYNAMIC EACH ELSEIF ENABLE ENCLOSED ENFORCED ENGINE ENGINES ERRORS ESCAPED
    EVENT EVENTS EXCHANGE EXECUTE EXPANSION EXPIRE EXPLAIN EXTENDED FIELDS FLUSH FOLLOWING
    FOREIGN FULLTEXT FUNCTION GENERATED GRANTS HANDLER HASH HIGH_PRIORITY HOSTS HOUR IDENTIFIED
    IF IMMEDIATE IMPORT INDEX INDEXES INFILE INPLACE INSTANT INTERVAL INVISIBLE INVOKER ISOLATION
    ITERATE KEY KEYS KILL LANGUAGE LEAVE LEVEL LINES LOAD LOCAL LOCKED LOGS LOOP LOW_PRIORITY
    MASTER MATCH MATCHED MAXVALUE MEMORY MERGE MINUTE MODE MODIFIES MODIFY MONTH MYISAM INNODB
    NAMES NO NONE NOWAIT OF OPEN OPTIMIZE OPTION OPTIONALLY OUTFILE PARTITIONS PASSWORD PLUGIN
    PRECEDING PREPARE PRIVILEGES PROCESSLIST PURGE QUARTER QUERY QUICK READ READS REBUILD
    REDUNDANT RELEASE REMOVE REORGANIZE REPAIR REPEAT REPEATABLE REQUIRE RESIGNAL RESTRICT RETURN
    RETURNS ROUTINE ROW_FORMAT SAVEPOINT SECOND SECURITY SERIALIZABLE SESSION SHARE SHARED SIGNAL
    SKIP SLAVE SNAPSHOT SPATIAL SQL SQLSTATE SQL_BIG_RESULT SQL_BUFFER_RESULT
    SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT START STARTING STATUS STOP STORAGE STORED
    SUBPARTITION TABLES TABLESPACE TERMINATED THAN TO TRAILING LEADING BOTH TRANSACTION TRIGGER
    TRIGGERS UNBOUNDED UNCOMMITTED UNDO UNLOCK UNSIGNED UNTIL USAGE USER VALIDATION VARIABLES
    VIRTUAL VISIBLE WARNINGS WEEK WHILE WITHOUT WORK WRITE X509 XA YEAR DAY MICROSECOND ZEROFILL"""
)
_SIMPLE_NAME = re.compile(r"[^\W\d][\w$]*")
# Without their quotes these names would be values.
_NO_NAMES = frozenset({"null", "true", "false", "default"})
_QUOTE = {"mysql": "`", "postgresql": '"', "sqlite": '"'}
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|--[^\n]*", re.DOTALL)
_EXECUTABLE = re.compile(r"/\*M?!(\d*)(.*?)(?:\*/)?", re.DOTALL)
# sqlglot takes ($1,$2) for the beginning of a quotation.
_NUMBERED = re.compile(r"(?<![\w$])\$\d+")
# A command's rest is one text to sqlglot; a rest may begin like a command itself, twice at most.
_DEEPEST = 2


def fingerprint(sql: str, dialect: str) -> str:
    """One statement's text in small letters, its words one blank apart, each value a question mark.

    Names keep their case in MySQL, where Users and users may be two tables; so do quoted ones in
    PostgreSQL. Programs in dollar quotes, executable comments and the names of accounts count.
    dialect: mysql, postgresql or sqlite. Lists of values after IN and VALUES are (?+), however
    long. Comments and the last semicolons are gone. A text that cannot be cut into words keeps
    its values. Takes time in proportion to the length.
    """
    if dialect == "postgresql":
        sql = _NUMBERED.sub(VALUE, sql)
    elif dialect == "mysql":
        sql = _as_mysql_reads(sql)
    try:
        tokens = list(_tokens(sql, dialect, _DEEPEST))
    except (SqlglotError, RecursionError):
        return _folded(sql, dialect)
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    return ValueLists(_Words(tokens, dialect).all()).text()


def _as_mysql_reads(sql: str) -> str:
    """What an executable comment holds, in braces; and 1--1, no comment there, as 1 - -1."""
    if "--" not in sql and "/*!" not in sql and "/*M!" not in sql:
        return sql
    parts, end = [], 0
    for match in compiled("mysql", ";").finditer(sql):
        if match.lastgroup == "executable":
            version, code = _EXECUTABLE.fullmatch(match[0]).groups()
            parts += [sql[end : match.start()], f" {{ ! v{version} {code} }} "]
        elif match[0] == "-":
            parts += [sql[end : match.start()], " -"]
        else:
            continue
        end = match.end()
    return "".join([*parts, sql[end:]])


def _tokens(sql: str, dialect: str, depth: int) -> Iterator[Token]:
    """sqlglot keeps the rest of a command (CALL, REPLACE) as one text: it is cut up as well."""
    reader = Dialect.get_or_raise(SQLGLOT_NAMES[dialect])
    commands = reader.tokenizer_class.COMMANDS
    beginnings = {None, *reader.tokenizer_class.COMMAND_PREFIX_TOKENS}
    earlier, before = None, None
    for token in reader.tokenize(sql):
        is_rest = before in commands and earlier in beginnings
        if is_rest and depth and token.token_type is TokenType.STRING:
            yield from _tokens(token.text, dialect, depth - 1)
        else:
            yield token
        earlier, before = before, token.token_type


class _Words:
    """The tokens of one statement as words of its fingerprint."""

    def __init__(self, tokens: list[Token], dialect: str):
        self.tokens = tokens
        self.dialect = dialect
        first = " ".join(token.text.upper() for token in tokens[:_FIRST_WORDS]).split()
        first = [word for word in first if word.isalpha()]
        objects = [word for word in first[1:] if word not in _NO_OBJECTS]
        verb, about = "".join(first[:1]), "".join(objects[:1])
        is_account = verb in _ACCOUNT_VERBS and about in _OF_ACCOUNTS
        self.is_account = is_account or verb in {"GRANT", "REVOKE"}
        self.holds_sql = self._holds_sql(verb, about)
        self.is_data = verb in _DATA

    def _holds_sql(self, verb: str, about: str) -> bool:
        if self.dialect == "mysql":
            return verb == "PREPARE" or (verb, about) == ("EXECUTE", "IMMEDIATE")
        return verb == "DO" or (verb == "CREATE" and about in {"FUNCTION", "PROCEDURE"})

    def all(self) -> Iterator[str]:
        clause = ""
        for at, token in enumerate(self.tokens):
            text = token.text.upper()
            before = self._text(at - 1)
            if not self._belongs_to_number(at):
                yield self._word(at, before, clause)
            if text.split(" ")[0] in _CLAUSES and token.token_type is not TokenType.IDENTIFIER:
                clause = text.split(" ")[0]

    def _text(self, at: int) -> str:
        """In capitals; empty outside the statement and for what is quoted."""
        token = self.tokens[at] if 0 <= at < len(self.tokens) else None
        if token is None or token.token_type in _VALUES | {TokenType.IDENTIFIER}:
            return ""
        return token.text.upper()

    def _belongs_to_number(self, at: int) -> bool:
        """A sign, or the question mark of SQLite's ?1."""
        token = self.tokens[at]
        if at + 1 == len(self.tokens) or self.tokens[at + 1].token_type is not TokenType.NUMBER:
            return False
        if token.token_type is TokenType.PLACEHOLDER:
            return True
        if token.token_type not in _SIGNS:
            return False
        return at == 0 or self._takes_sign(self.tokens[at - 1])

    def _takes_sign(self, before: Token) -> bool:
        """Whether no operand ends here."""
        if before.token_type in _OPERANDS:
            return before.token_type is TokenType.VAR and self._is_before_sign(before)
        if before.token_type is TokenType.HINT or not _LETTERS.search(before.text):
            return True
        return self._is_before_sign(before)

    def _is_before_sign(self, before: Token) -> bool:
        words = _BEFORE_SIGNS_MYSQL if self.dialect == "mysql" else _BEFORE_SIGNS
        return before.text.upper().split()[-1] in words

    def _word(self, at: int, before: str, clause: str) -> str:
        token = self.tokens[at]
        if token.token_type in _VALUES:
            return self._literal(token, before)
        if token.token_type is TokenType.IDENTIFIER:
            return _name(token.text, self.dialect)
        text = " ".join(token.text.split())
        if self.dialect == "mysql" and self._keeps_case(at, text.upper(), before, clause):
            return text
        return text.lower()

    def _literal(self, token: Token, before: str) -> str:
        """A question mark, or the text where it is a name or a program."""
        if token.token_type not in _TEXTS:
            return VALUE
        is_program = token.token_type is TokenType.HEREDOC_STRING and not self.is_data
        is_name = self.is_account and before not in _BEFORE_SECRETS
        if not (is_program or is_name or self.holds_sql):
            return VALUE
        return "'" + " ".join(token.text.split()).replace("'", "''") + "'"

    def _keeps_case(self, at: int, text: str, before: str, clause: str) -> bool:
        """Whether this word may be a table of MySQL's, or anything named after one."""
        following = self._text(at + 1)
        if before in {"@", "@@"} or (text in _NEVER_TABLES and before != "."):
            return False
        if before == "ON" and self.is_data:
            before = ""  # of a join: no table follows
        if following == "(" and before not in _BEFORE_NEW_TABLES:
            return False  # a function
        is_listed = before == "," and clause in _LISTS_OF_TABLES
        if is_listed or before in _BEFORE_TABLES or following == ".":
            return True
        return text not in _keywords()


@cache
def _keywords() -> frozenset[str]:
    """Those of sqlglot and those it does not know."""
    known = Dialect.get_or_raise("mysql").tokenizer_class.KEYWORDS
    return _MYSQL_WORDS | _NEVER_TABLES | frozenset(known) | words_of(" ".join(known))


def _name(text: str, dialect: str) -> str:
    """A quoted name; without its quotes where they make no difference."""
    folded = text.lower() if dialect == "sqlite" else text
    is_plain = dialect == "mysql" or folded == text.lower()
    if is_plain and folded.lower() not in _NO_NAMES and _SIMPLE_NAME.fullmatch(folded):
        return folded
    quote = _QUOTE[dialect]
    return quote + folded.replace(quote, quote * 2) + quote


def _folded(sql: str, dialect: str) -> str:
    text = " ".join(_COMMENT.sub(" ", sql).split()).rstrip("; ")
    return text if dialect == "mysql" else text.lower()
