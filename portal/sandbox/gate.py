"""Stands before the platforms: logs every call and carries out the faults that tests order."""

import io
import json
import os
import signal
import threading
import time

from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

from .coding.naming import logged_path
from .faults import REFUSALS, take_fault
from .store import Store, now_ms
from .wire import Answer, cut, drip, flood, send_part

OWN_PAGES = ("/", "/favicon.ico", "/p")
OWN_PATHS = ("/phone", "/control", "/sandbox-static", "/p/")
BARRIER_SECONDS = 30


def is_own(path: str) -> bool:
    """A page of the sandbox, no call of a platform's API."""
    return path in OWN_PAGES or path.startswith(OWN_PATHS)


class Gate:
    """A WSGI application around the sandbox's own."""

    def __init__(self, inner, store: Store):
        self._inner, self._store = inner, store
        self._barriers, self._lock = {}, threading.Lock()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if is_own(path):
            return self._inner(environ, start_response)
        # Read now: a connection closed with unread bytes would be reset, and late effects need it.
        body = get_input_stream(environ).read()
        environ["wsgi.input"] = io.BytesIO(body)
        path = logged_path(path, environ.get("QUERY_STRING", ""), body)
        call = {
            "at": now_ms(), "method": environ["REQUEST_METHOD"], "path": path, "app_key": "",
            "status": None, "code": "", "counted": False, "fault": None,
        }
        environ["sandbox.call"] = call
        fault = take_fault(self._store, call["method"], path)
        if fault is None:
            return self._effect(environ).send(start_response)
        call["fault"] = fault["kind"]
        return self._faulty(fault, environ, start_response)

    def _faulty(self, fault: dict, environ: dict, start_response):
        kind = fault["kind"]
        if kind in REFUSALS:
            environ["sandbox.refuse"] = kind
            return self._effect(environ).send(start_response)
        if kind == "delay":
            time.sleep(fault["seconds"] or 0)
            return self._effect(environ).send(start_response)
        if kind == "late_effect":
            late = threading.Timer(fault["seconds"] or 0, self._effect, [dict(environ)])
            late.daemon = True
            late.start()
            cut(environ, fault["reset"])
        if kind in ("lost_before", "kill_before", "flood", "status"):
            return self._instead(fault, environ, start_response)
        return self._afterwards(fault, self._effect(environ), environ, start_response)

    def _effect(self, environ: dict) -> Answer:
        """Let the platform do its work, and log the call."""
        pieces, status, headers = run_wsgi_app(self._inner, environ, buffered=True)
        answer = Answer(int(status.split()[0]), list(headers), b"".join(pieces))
        self._log(environ, answer.status)
        return answer

    def _instead(self, fault: dict, environ: dict, start_response):
        """No effect: the platform never sees the request."""
        answer = _ordered_answer(fault)
        self._log(environ, answer.status if fault["kind"] == "status" else None)
        match fault["kind"]:
            case "status":
                return answer.send(start_response)
            case "flood":
                flood(environ, fault["bytes"], fault["gzip"], fault["chunked"])
            case "kill_before":
                os.kill(fault["pid"], signal.SIGKILL)
        cut(environ, fault["reset"])

    def _afterwards(self, fault: dict, answer: Answer, environ: dict, start_response):
        """The effect has happened; what becomes of its answer?"""
        match fault["kind"]:
            case "lost_after":
                cut(environ, fault["reset"])
            case "kill_after":
                os.kill(fault["pid"], signal.SIGKILL)
                cut(environ, fault["reset"])
            case "half":
                whole = len(answer.raw())  # never all of it, however short it is
                send_part(environ, answer, min(fault["bytes"] or whole // 2, whole - 1))
            case "drip":
                drip(environ, answer, 0.05 if fault["seconds"] is None else fault["seconds"])
            case "kill_answered":
                return self._answer_and_kill(fault, answer, environ)
            case "delay_after":
                time.sleep(fault["seconds"] or 0)
            case "status_after":
                answer = _ordered_answer(fault)
            case "barrier":
                self._wait_for_others(fault)
        return answer.send(start_response)

    def _answer_and_kill(self, fault: dict, answer: Answer, environ: dict):
        try:
            send_part(environ, answer, len(answer.raw()))
        finally:
            time.sleep(0.001 if fault["seconds"] is None else fault["seconds"])
            os.kill(fault["pid"], signal.SIGKILL)

    def _wait_for_others(self, fault: dict) -> None:
        """Hold the answer until as many requests as there are parties have had their effect."""
        with self._lock:
            barrier = self._barriers.setdefault(fault["id"], threading.Barrier(fault["parties"]))
        try:
            barrier.wait(fault["seconds"] or BARRIER_SECONDS)
        except threading.BrokenBarrierError:
            return

    def _log(self, environ: dict, status: int | None) -> None:
        call = environ["sandbox.call"]
        call["status"] = status
        self._store.log_call(call)


def _ordered_answer(fault: dict) -> Answer:
    body, kind = fault["body"], "text/plain; charset=utf-8"
    if not isinstance(body, str):
        body, kind = json.dumps(body, ensure_ascii=False), "application/json"
    data = body.encode()
    headers = {"Content-Type": kind, "Content-Length": str(len(data))} | fault["headers"]
    return Answer(fault["status"], [(n, str(v)) for n, v in headers.items()], data)
