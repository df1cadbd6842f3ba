"""A private PostgreSQL."""

from __future__ import annotations

import signal

import psycopg

from tests.servers_base import ProcessServer
from tests.servers_tools import certificate, find_program

BINARIES = "usr/lib/postgresql/*/bin"


class PostgresqlServer(ProcessServer):
    db_type = "postgresql"
    system_user = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions instead of waiting for them
    death_signal = signal.SIGQUIT  # "immediate": its children go too, nothing is written any more

    def prepare(self) -> None:
        password = self.own("password", self.password.encode())
        self.call(
            find_program("initdb", BINARIES),
            f"--pgdata={self.folder / 'data'}",
            f"--username={self.username}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        chain, key = certificate()
        self.own("server.crt", chain)
        self.own("server.key", key)

    def command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": self.host,
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "ssl": "on",
            "ssl_cert_file": self.folder / "server.crt",
            "ssl_key_file": self.folder / "server.key",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [find_program("postgres", BINARIES), "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def target(self, database: str = "postgres", **changes):
        return super().target(database, **changes)

    def create_database(self, name: str) -> None:
        self.query("postgres", f'CREATE DATABASE "{name}"')

    def empty(self, database: str) -> None:
        with self.connect(database) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            schemas = connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"
            )
            for (schema,) in schemas.fetchall():
                connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
            connection.execute("CREATE SCHEMA public")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")

    def create_account(self, database: str, username: str, password: str) -> None:
        self.query(database, f"CREATE ROLE {username} LOGIN PASSWORD '{password}'")

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.username,
            password=self.password,
            dbname=database or "postgres",
            sslmode="disable",
            autocommit=True,
        )

    def sessions(self, name: str) -> list[str]:
        sql = f"SELECT pid::text FROM pg_stat_activity WHERE application_name = '{name}'"
        return [row[0] for row in self.query("postgres", sql)]
