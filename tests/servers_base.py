"""What every database server of the tests offers, and how its process is kept."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from portal.kit.databases import Target
from tests.servers_tools import free_port

STARTING_SECONDS = 60.0
PORTS = 3
_numbers = itertools.count(1)


class DatabaseServer:
    """A server of one kind with its folder; the account that targets use may do everything.

    db_type   as in Target
    username  the account of target() and query()
    """

    db_type = ""
    username = "portal_owner"
    host = "127.0.0.1"
    port: int | None = None

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-server-"))
        # A canary: no log line, error or traceback may ever hold it.
        self.password = f"CANARY-{secrets.token_hex(12)}"

    def target(self, database: str = "", **changes) -> Target:
        """How the portal connects to this database. changes: other fields of Target."""
        values = {
            "db_type": self.db_type,
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "database": database,
            "allow_loopback": True,
        }
        return Target(**values | changes)

    def new_database(self) -> str:
        """The name of a fresh, empty database."""
        name = f"shop_{next(_numbers)}"
        self.create_database(name)
        return name

    def create_database(self, name: str) -> None:
        """An empty database of this name."""
        raise NotImplementedError

    def empty(self, database: str) -> None:
        """End the database's sessions and leave nothing in it: cheaper than a fresh one."""
        raise NotImplementedError

    def new_account(self, database: str, rights: str, table: str) -> dict[str, str]:
        """A fresh account that may do this much with one table of the database.

        Its username and password, as changes for target().
        """
        account = {"username": f"poor_{next(_numbers)}", "password": self.password + "-poor"}
        self.create_account(database, **account)
        self.query(database, f"GRANT {rights} ON {table} TO {account['username']}")
        return account

    def create_account(self, database: str, username: str, password: str) -> None:
        """An account that may log in, and nothing else."""
        raise NotImplementedError

    def connect(self, database: str):
        """The bare driver's own connection, in autocommit: a reader beside the portal."""
        raise NotImplementedError

    def query(self, database: str, sql: str) -> list[tuple]:
        """Run one statement with the bare driver; its rows, if it has any."""
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    def sessions(self, name: str) -> list[str]:
        """Numbers of the sessions of this name (open_session's) that exist on the server."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it and remove everything; may be said twice."""
        shutil.rmtree(self.folder, ignore_errors=True)


class ProcessServer(DatabaseServer):
    """A server that is a process, run as its own user where we are root (both refuse root)."""

    system_user = ""
    stop_signal = signal.SIGTERM
    death_signal = signal.SIGKILL

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self._process: subprocess.Popen | None = None
        try:
            self.prepare()
            self._run_on_a_free_port()
            self.settle()
        except BaseException:
            self.stop()
            raise

    def prepare(self) -> None:
        """Make the files that the server starts from."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What starts the server in the foreground."""
        raise NotImplementedError

    def settle(self) -> None:
        """What is to be done once, as soon as it answers."""

    def _run_on_a_free_port(self) -> None:
        """Somebody else may take a port between its choice and its use."""
        for left in reversed(range(PORTS)):
            try:
                self.run()
                return
            except RuntimeError:
                self._process.kill()
                self._process.wait()
                if not left:
                    raise
                self.port = free_port()

    def run(self) -> None:
        """Start the process and wait until it answers."""
        log = (self.folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, **self.as_its_user()
            )
        ends = time.monotonic() + STARTING_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError((self.folder / "server.log").read_text()[-4000:])
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1):
            return True
        return False

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: int) -> None:
        """To the server's main process."""
        self._process.send_signal(number)

    def die(self) -> None:
        """As in a crash: what was committed is there when it is run again, and no session is."""
        self.signal(self.death_signal)
        self._process.wait(10)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        super().stop()

    def as_its_user(self) -> dict:
        """Arguments for subprocess."""
        arguments = {"cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
        if os.geteuid() != 0:
            return arguments
        shutil.chown(self.folder, self.system_user, self.system_user)
        return arguments | {
            "user": self.system_user,
            "group": self.system_user,
            "extra_groups": [],
        }

    def call(self, *command: str) -> None:
        """Run one of its tools to the end."""
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, **self.as_its_user()
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])

    def own(self, name: str, content: bytes) -> Path:
        """A file in the folder that only the server's user may read."""
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(path, self.system_user, self.system_user)
        return path
