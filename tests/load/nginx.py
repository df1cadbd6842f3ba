"""A private nginx with the very server that README shows."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.browser.processes import ROOT
from tests.faults.processes import wait_until
from tests.servers_tools import find_program, free_port

# What README leaves to /etc/nginx/nginx.conf.
AROUND = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""
NODES = ("10.0.0.11:8000", "10.0.0.12:8000")


def shown_in_readme() -> str:
    (text,) = re.findall(r"^```nginx\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    return text


class Nginx:
    """Before these nodes (host:port). Of README's lines, those about its site are changed."""

    def __init__(self, folder: Path, nodes: Sequence[str]):
        self._folder, self._nodes = folder, nodes
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._write(down=())
        program = find_program("nginx")
        arguments = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self._process = subprocess.Popen(
            [*arguments, "-e", str(folder / "error.log")], stdin=subprocess.DEVNULL
        )
        wait_until(self._answers, "nginx listens")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _write(self, down: Sequence[str]) -> None:
        text = shown_in_readme()
        changes = {"listen 443 ssl;": f"listen 127.0.0.1:{self.port};"}
        for shown, node in zip(NODES, self._nodes, strict=True):
            mark = " down" if node in down else ""
            changes[f"server {shown} max_fails=1"] = f"server {node}{mark} max_fails=1"
        for shown, own in changes.items():
            assert text.count(shown) == 1, f"README no longer shows {shown}"
            text = text.replace(shown, own)
        text, without = re.subn(r"^ +ssl_certificate\w* .*\n", "", text, flags=re.M)
        assert without == 2
        user = "user root;" if os.geteuid() == 0 else ""
        config = AROUND.format(folder=self._folder, server=text, user=user)
        (self._folder / "nginx.conf").write_text(config)

    def reload(self, down: Sequence[str] = ()) -> None:
        """Take these nodes out, in good order: the workers of before end their requests."""
        before = self._workers()
        self._write(down)
        self._process.send_signal(signal.SIGHUP)
        wait_until(lambda: not before & self._workers(), "nginx has new workers", 30)

    def _workers(self) -> set[int]:
        pid = self._process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def complaints(self) -> str:
        """What it had to say of the nodes."""
        return (self._folder / "error.log").read_text()

    def end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)
