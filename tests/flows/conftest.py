"""Stories need the far side: one sandbox a session, as new for each test."""

import pytest

from portal.sandbox.serve import start_thread
from tests.flows.telling import make_ready
from tests.platforms import PLATFORMS, addresses
from tests.world import Sandbox, World


@pytest.fixture(scope="session")
def sandbox_server():
    server = start_thread("127.0.0.1", 0)
    yield server
    server.shutdown()


@pytest.fixture
def sandbox(sandbox_server) -> Sandbox:
    sandbox = Sandbox(f"http://127.0.0.1:{sandbox_server.port}")
    sandbox.reset()
    return sandbox


@pytest.fixture
def environment(sandbox) -> dict[str, str]:
    return addresses(sandbox.base) | {
        "HTTP_TIMEOUT": "5",  # the machines of tests are slow at times
        "SETTLE_SECONDS": "6",
        "SWEEP_SECONDS": "60",
    }


@pytest.fixture(params=sorted(PLATFORMS))
def platform(request):
    """Every story is told on every platform."""
    return PLATFORMS[request.param]


@pytest.fixture
def world(app, sandbox, password_hash, platform) -> World:
    """Its audit steps are asked on one platform; tests/execution tells of the execute step."""
    world = World(app, sandbox, [platform])
    world.settle_in(password_hash, im_execute=False)
    world.prepare()
    return world


@pytest.fixture
def both(app, sandbox, password_hash) -> World:
    """A world in which every audit step has a card on each platform."""
    world = World(app, sandbox, list(PLATFORMS.values()))
    world.settle_in(password_hash, im_execute=False)
    world.prepare()
    return world


@pytest.fixture
def ready(world) -> int:
    """A ticket that waits for execution; both of its cards have ended over there."""
    return make_ready(world)


@pytest.fixture
def creator(world, sign_in):
    """A browser of the member who files."""
    return sign_in("creator")
