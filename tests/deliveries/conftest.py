"""The ledger is filled by real deliveries to the sandbox, as in the stories."""

from tests.flows.conftest import environment, platform, sandbox, sandbox_server, world

__all__ = ["environment", "platform", "sandbox", "sandbox_server", "world"]
