"""What is there at the first start: one app and a few people."""

from .people import put_person
from .store import Store

DEFAULT_APP_KEY = "dingsandboxapp000001"
DEFAULT_APP_SECRET = "sandbox-secret-of-the-first-app"  # a stand-in's; worth nothing elsewhere

DEMO_PEOPLE = (
    ("zhangsan", "张三", "13800000001", "zhangsan@example.com"),
    ("lisi", "李四", "13800000002", "lisi@example.com"),
    ("wangwu", "王五", "13800000003", "wangwu@example.com"),
    ("zhaoliu", "赵六", "13800000004", "zhaoliu@example.com"),
    ("sunqi", "孙七", "13800000005", "sunqi@example.com"),
)


def plant(store: Store, default_scopes) -> None:
    """Fill an empty store; one that was filled before is left as it is."""
    with store.transaction():
        if store.get("seed", "seed"):
            return
        store.put("seed", "seed", {})
        store.put("app", DEFAULT_APP_KEY, {
            "app_key": DEFAULT_APP_KEY, "app_secret": DEFAULT_APP_SECRET,
            "scopes": list(default_scopes),
        })
        for userid, name, mobile, email in DEMO_PEOPLE:
            put_person(store, {"userid": userid, "name": name, "mobile": mobile, "email": email})
