"""The ledger is filled by real deliveries to the sandbox, as in the stories."""

from tests.flows.conftest import environment, sandbox, sandbox_server, world

__all__ = ["environment", "sandbox", "sandbox_server", "world"]
