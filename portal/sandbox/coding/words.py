"""CODING's own words: types, priorities and statuses of issues, with the names that people see."""

# type → (name, what it is). The ids of types and statuses follow from the order here.
TYPES = {
    "REQUIREMENT": ("需求", "需求是指用户解决某一个问题或达到某一目标所需的软件功能。"),
    "MISSION": ("任务", "任务是指为实现某个目标或需求所进行的具体活动。"),
    "DEFECT": ("缺陷", "缺陷是指软件不符合最初定义的业务需求的现象。"),
    "EPIC": ("史诗", "史诗是指大型的、需要拆分的需求。"),
    "SUB_TASK": ("子工作项", "子工作项是对上级事项的拆分。"),
}
PRIORITIES = {"0": "低", "1": "中", "2": "高", "3": "紧急"}
STATUSES = {"TODO": "未开始", "PROCESSING": "处理中", "COMPLETED": "已完成"}


def type_id(kind: str) -> int:
    return list(TYPES).index(kind) + 1


def status_id(kind: str, status: str) -> int:
    """Each type has its own statuses."""
    return type_id(kind) * 10 + list(STATUSES).index(status) + 1


def status_of_id(kind: str, number: int) -> str | None:
    """TODO, PROCESSING or COMPLETED; None for an id of another type, or of nothing."""
    return next((status for status in STATUSES if status_id(kind, status) == number), None)


def type_detail(kind: str) -> dict:
    name, description = TYPES[kind]
    return {"Id": type_id(kind), "Name": name, "IssueType": kind, "Description": description,
            "IsSystem": True}
