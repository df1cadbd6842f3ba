"""The house keeps its floors (DESIGN §2): an import points down only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("portal/**/*.py"), ROOT / "wsgi.py"]
    if "migrations" not in path.parts
)
PROVIDERS = {"dingtalk", "feishu", "coding"}
# First match counts. A floor may import from itself and from below.
FLOORS = (
    (r"portal/sandbox/", "sandbox"),
    (r"(wsgi|portal/(__init__|serving|demo|first_start|backups|file_restore))\.py", 5),
    (r"portal/gunicorn_conf\.py", 5),
    (r"portal/blueprints/(\w+)/(approval|issues)\.py", 2),
    (rf"portal/blueprints/({'|'.join(sorted(PROVIDERS))})/(?!forms|views|__init__)\w+\.py", 2),
    (r"portal/providers\.py", 3),
    (r"portal/(blueprints/|(jobs|ticking|runner|cli|pages|presence|schema)\.py)", 4),
    (r"portal/(domain|models|sqlaudit)/", 1),
    (r"portal/(kit/|config\.py|extensions\.py)", 0),
)
MAY_COMMIT = re.compile(
    r"portal/(jobs|runner|presence|cli|backups|file_restore|demo|serving|first_start)\.py"
    r"|portal/blueprints/(\w+/)?\w+\.py"
)
# The demo's sample file; the portal's own database as a whole.
MAY_OPEN_SQLITE = {"portal/demo.py", "portal/kit/sqlite_files.py"}
MAY_USE_SANDBOX = {"portal/cli.py", "portal/demo.py", "wsgi.py"}


def floor(path: str):
    for pattern, number in FLOORS:
        if re.match(pattern, path):
            return number
    raise AssertionError(f"{path} stands on no floor: add it to FLOORS or move it")


def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def file_of(module: str) -> str | None:
    """The file of one of our modules, None for other people's."""
    base = module.replace(".", "/")
    for candidate in (f"{base}.py", f"{base}/__init__.py"):
        if candidate in FILES:
            return candidate
    return None


def imports(path: str) -> set[str]:
    """Our files that this file imports."""
    found = set()
    package = path.rsplit("/", 1)[0].replace("/", ".")
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
            names = [base] + [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {file_of(name) for name in names}
    # Importing a module of a package names the package too, which holds nothing but its title.
    return {name for name in found if name and not name.endswith("/__init__.py")} | {
        name for name in found if name in {"portal/sqlaudit/__init__.py"}
    }


@pytest.mark.parametrize("path", FILES)
def test_an_import_points_down_only(path):
    mine = floor(path)
    for other in imports(path):
        theirs = floor(other)
        if mine == "sandbox":
            assert theirs == "sandbox", f"{path}: the sandbox imports nothing of ours ({other})"
        elif theirs == "sandbox":
            assert path in MAY_USE_SANDBOX, f"{path} must not import the sandbox"
        else:
            assert theirs <= mine, f"{path} (floor {mine}) imports {other} (floor {theirs})"


@pytest.mark.parametrize("path", FILES)
def test_no_blueprint_imports_another(path):
    match = re.match(r"portal/blueprints/(\w+)/", path)
    if match is None:
        return
    for other in imports(path):
        theirs = re.match(r"portal/blueprints/(\w+)/", other)
        assert theirs is None or theirs[1] == match[1], f"{path} imports {other}"


@pytest.mark.parametrize("path", FILES)
def test_imports_stand_at_the_top(path):
    if path == "portal/__init__.py":
        return  # the factory
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = [one for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom)]
            assert not inner, f"{path}:{node.lineno} imports inside {node.name}"


@pytest.mark.parametrize("path", FILES)
def test_only_entrances_commit(path):
    calls = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
        # The session of a turn is one on a target database.
        and (path, ast.unparse(node.value)) != ("portal/domain/turn.py", "session")
    ]
    # The commits of a target database are not the portal's.
    others = ("portal/sandbox/", "portal/kit/databases/")
    assert not calls or MAY_COMMIT.match(path) or path.startswith(others), path


@pytest.mark.parametrize("path", FILES)
def test_only_the_door_imports_requests(path):
    names = {
        name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    outgoing = {"requests", "urllib3", "httpx", "http.client", "urllib.request"}
    used = {name for name in names if name in outgoing or name.split(".")[0] == "requests"}
    allowed = {"portal/kit/http.py", "portal/kit/wire.py"}
    assert not used or path in allowed or path.startswith("portal/sandbox/"), (path, used)


@pytest.mark.parametrize("path", FILES)
def test_only_the_databases_package_opens_a_target_database(path):
    names = {
        name.split(".")[0]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    drivers = names & {"pymysql", "psycopg", "sqlite3", "MySQLdb", "psycopg2"}
    allowed = path.startswith(("portal/kit/databases/", "portal/sandbox/"))
    assert not drivers or allowed or path in MAY_OPEN_SQLITE, (path, drivers)


def test_the_adapters_know_no_request_and_no_user():
    for path in FILES:
        if floor(path) in {1, 2}:
            names = {
                alias.name
                for node in ast.walk(tree(path))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            assert not names & {"request", "current_user", "session"}, path


def test_the_top_level_is_as_agreed():
    agreed = {
        "portal",
        "instance",
        "tests",
        "wsgi.py",
        "requirements.txt",
        "README.md",
        "pyproject.toml",
    }
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"__pycache__"} <= agreed, found - agreed


def test_no_connection_is_made_to_whoever_answers():
    """Row N18: a certificate is checked everywhere, and no warning about that is switched off."""
    forbidden = re.compile(
        r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified_context"
        r"|disable_warnings|InsecureRequestWarning|cert_reqs|assert_hostname"
    )
    found = [path for path in FILES if forbidden.search((ROOT / path).read_text())]
    assert found == []
    assert forbidden.search("requests.get(url, verify=False)")
