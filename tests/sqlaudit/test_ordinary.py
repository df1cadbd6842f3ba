"""Ordinary SQL raises no alarm."""

import pytest

from tests.sqlaudit.finding import DIALECTS, MYSQL, POSTGRESQL, SQLITE, ids

EVERYWHERE = [
    "SELECT * FROM (SELECT id FROM t WHERE a = 1) AS x",
    "SELECT id, name FROM users WHERE id = 1",
    "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE o.state = 1 "
    "ORDER BY o.id LIMIT 20",
    "UPDATE users SET state = 2, updated_at = CURRENT_TIMESTAMP WHERE id IN (1,2,3)",
    "DELETE FROM users WHERE id = 5",
    "INSERT INTO users (id, name) VALUES (1,'a'),(2,'b')",
    "INSERT INTO a (id) SELECT id FROM b WHERE x = 1",
    "SELECT count(*) FROM t WHERE created_at >= '2020-01-01' AND created_at < "
    "'2020-02-01'",
    "SELECT a, sum(b) FROM t WHERE c = 1 GROUP BY a HAVING sum(b) > 10",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)",
    "SELECT CASE WHEN a IS NULL THEN 0 ELSE a END FROM t WHERE b BETWEEN 1 AND 3",
    "WITH x AS (SELECT id FROM t WHERE a = 1) SELECT id FROM x WHERE id > 3",
    "UPDATE t SET a = a + 1 WHERE id = 3 AND b = 'x'",
    "SELECT 1",
    "SELECT coalesce(a, 0), lower(b) FROM t WHERE c = 'x'",
    "UPDATE t SET a = NULL WHERE id = 3 AND c IS NOT NULL",
    "SELECT a FROM t WHERE a <> '' AND b != 3",
]
SOMEWHERE = [
    (
        MYSQL,
        "CREATE TABLE IF NOT EXISTS `users` (`id` bigint unsigned NOT NULL "
        "AUTO_INCREMENT COMMENT '主键', `name` varchar(64) NOT NULL DEFAULT '' COMMENT "
        "'名称', `created_at` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT "
        "'时间', PRIMARY KEY (`id`), KEY `idx_name` (`name`)) ENGINE=InnoDB DEFAULT "
        "CHARSET=utf8mb4 COMMENT='用户'",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE IF NOT EXISTS shop.users (id bigserial PRIMARY KEY, name text NOT "
        "NULL, created_at timestamptz NOT NULL DEFAULT now()); COMMENT ON TABLE "
        "shop.users IS '用户'; COMMENT ON COLUMN shop.users.name IS '名称'; COMMENT ON "
        "COLUMN shop.users.created_at IS '时间'; CREATE INDEX idx_name ON shop.users "
        "(name)",
    ),
    (
        SQLITE,
        "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY AUTOINCREMENT, name "
        "TEXT NOT NULL); CREATE INDEX idx_name ON users (name)",
    ),
    (
        MYSQL,
        "ALTER TABLE users ADD COLUMN age tinyint unsigned NOT NULL DEFAULT 0 COMMENT "
        "'年龄', ADD INDEX idx_age (age)",
    ),
    (
        MYSQL,
        "ALTER TABLE users ADD INDEX idx_mobile (mobile)",
    ),
    (
        MYSQL,
        "UPDATE orders o JOIN users u ON u.id = o.user_id SET o.state = 2 WHERE u.level "
        "= 3",
    ),
    (
        POSTGRESQL,
        "UPDATE orders o SET state = 2 FROM users u WHERE u.id = o.user_id AND u.level = "
        "3",
    ),
    (
        POSTGRESQL,
        "SELECT data->>'a' FROM t WHERE data @> '{}' AND tags && ARRAY['x'] AND id = "
        "ANY(ARRAY[1,2])",
    ),
    (
        POSTGRESQL,
        "INSERT INTO t (id, n) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET n = "
        "EXCLUDED.n WHERE t.n <> EXCLUDED.n",
    ),
    (
        MYSQL,
        "SELECT a FROM t WHERE MATCH(a) AGAINST('x' IN BOOLEAN MODE)",
    ),
    (
        MYSQL,
        "SET NAMES utf8mb4",
    ),
]


@pytest.mark.parametrize("sql", EVERYWHERE)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_ordinary_sql_raises_no_alarm(dialect, sql):
    assert ids(sql, dialect) == set()


@pytest.mark.parametrize(("dialect", "sql"), SOMEWHERE)
def test_the_ordinary_sql_of_one_database_raises_no_alarm(dialect, sql):
    assert ids(sql, dialect) == set()
