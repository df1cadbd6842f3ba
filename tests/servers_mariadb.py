"""A private MariaDB."""

from __future__ import annotations

import contextlib

import pymysql

from tests.servers_base import ProcessServer
from tests.servers_tools import certificate, find_program


class MariadbServer(ProcessServer):
    db_type = "mysql"
    system_user = "mysql"

    def prepare(self) -> None:
        self.call(
            find_program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
            "--innodb-log-file-size=8M",
            "--innodb-flush-method=nosync",
        )
        # Root may enter without a password by the socket only, which nobody else reaches.
        account = f"'{self.username}'@'%'"
        self.own(
            "accounts.sql",
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
            "ALTER USER root@localhost ACCOUNT LOCK;\n".encode(),
        )
        chain, key = certificate()
        self.own("server.crt", chain)
        self.own("server.key", key)

    def command(self) -> list[str]:
        settings = {
            "datadir": self.folder / "data",
            "socket": self.folder / "socket",
            "pid-file": self.folder / "pid",
            "port": self.port,
            "bind-address": self.host,
            "init-file": self.folder / "accounts.sql",
            "innodb-flush-method": "nosync",
            "innodb-flush-log-at-trx-commit": 2,
            "innodb-log-file-size": "8M",
            "innodb-buffer-pool-size": "16M",
            "skip-name-resolve": 1,
            "ssl-cert": self.folder / "server.crt",
            "ssl-key": self.folder / "server.key",
            # For sessions(): the only place that shows a connection's name.
            "performance-schema": 1,
            "performance-schema-max-thread-instances": 100,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [find_program("mariadbd"), "--no-defaults", *options]

    def answers(self) -> bool:
        try:
            self.connect("").close()
        except pymysql.OperationalError:
            return False
        return True

    def create_database(self, name: str) -> None:
        self.query("", f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def empty(self, database: str) -> None:
        sessions = f"SELECT id FROM information_schema.processlist WHERE db = '{database}'"
        for (number,) in self.query("", sessions):
            with contextlib.suppress(pymysql.OperationalError):  # gone in the meantime
                self.query("", f"KILL {number}")
        self.query("", f"DROP DATABASE `{database}`")
        self.create_database(database)

    def create_account(self, database: str, username: str, password: str) -> None:
        self.query(database, f"CREATE USER {username}@'%' IDENTIFIED BY '{password}'")

    def connect(self, database: str) -> pymysql.Connection:
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.username,
            password=self.password,
            database=database or None,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,
        )

    def sessions(self, name: str) -> list[str]:
        sql = (
            "SELECT CAST(processlist_id AS CHAR) FROM performance_schema.session_connect_attrs"
            f" WHERE attr_name = 'program_name' AND attr_value = '{name}'"
        )
        return [row[0] for row in self.query("", sql)]
