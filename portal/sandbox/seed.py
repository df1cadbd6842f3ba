"""What is there at the first start: one app a platform, a few people, CODING's projects."""

from .coding.projects import put_project
from .people import put_person
from .store import Store

DEFAULT_APP_KEY = "dingsandboxapp000001"
DEFAULT_APP_SECRET = "sandbox-secret-of-the-first-app"  # a stand-in's; worth nothing elsewhere
FEISHU_APP_ID = "cli_sandboxapp000001"
FEISHU_APP_SECRET = "sandbox-secret-of-the-feishu-app"
CODING_TEAM = "coding-sandbox-team"
CODING_TOKEN = "5a4db0c0de5a4db0c0de5a4db0c0de5a4db0c0de"

DEFAULT_APPS = {
    "dingtalk": (DEFAULT_APP_KEY, DEFAULT_APP_SECRET),
    "feishu": (FEISHU_APP_ID, FEISHU_APP_SECRET),
}
# The tracker's too: its key is the team, its secret the team's one token.
FIRST_APPS = DEFAULT_APPS | {"coding": (CODING_TEAM, CODING_TOKEN)}
CODING_PROJECTS = (
    {"name": "shop", "display_name": "商城"},
    {"name": "newborn", "display_name": "新项目", "initialised": False},
    {"name": "archive", "display_name": "旧系统", "archived": True},
    {"name": "strict", "display_name": "严格项目",
     "required": ["working_hour_required", "issue_custom_field_required:DEFECT"]},
)
DEMO_PEOPLE = (
    ("zhangsan", "张三", "13800000001", "zhangsan@example.com"),
    ("lisi", "李四", "13800000002", "lisi@example.com"),
    ("wangwu", "王五", "13800000003", "wangwu@example.com"),
    ("zhaoliu", "赵六", "13800000004", "zhaoliu@example.com"),
    ("sunqi", "孙七", "13800000005", "sunqi@example.com"),
)
# Who keeps the settings: asks nobody, but may have a sample sent to their phone.
DEMO_ADMIN = ("admin", "管理员", "13800000009", "admin@example.com")


def plant(store: Store, default_scopes: dict[str, tuple]) -> None:
    """Fill an empty store; what was filled before is left as it is.

    default_scopes: by platform. Each platform has its own mark, so that a store made before a
    platform came gets that one's app too.
    """
    with store.transaction():
        for provider, scopes in default_scopes.items():
            if store.get("seed", provider) is None:
                store.put("seed", provider, {})
                _plant_platform(store, provider, list(scopes))
        if store.get("seed", "seed") is not None:
            return
        store.put("seed", "seed", {})
        for userid, name, mobile, email in (*DEMO_PEOPLE, DEMO_ADMIN):
            put_person(store, {"userid": userid, "name": name, "mobile": mobile, "email": email})


def _plant_platform(store: Store, provider: str, scopes: list[str]) -> None:
    app_key, app_secret = FIRST_APPS[provider]
    store.put("app", app_key, {
        "provider": provider, "app_key": app_key, "app_secret": app_secret, "scopes": scopes,
        "unpublished": [],
    })
    if provider == "coding":
        for project in CODING_PROJECTS:
            put_project(store, project)
