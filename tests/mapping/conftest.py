"""People are matched over real HTTP, as in the stories."""

from tests.flows.conftest import both, environment, platform, sandbox, sandbox_server, world

__all__ = ["both", "environment", "platform", "sandbox", "sandbox_server", "world"]
