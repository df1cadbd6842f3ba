"""The lines of the test button that are about one project."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.coding import codes, mandatory
from portal.blueprints.coding.check_lines import failed, fine, skipped, warned, wrong
from portal.blueprints.coding.client import MEMBER_SCOPE, PROJECT_SCOPE, WRITE_SCOPE, CodingClient
from portal.blueprints.coding.shapes import Order, Project
from portal.domain.tracker import Check, IssueKind, Kind, ProviderError

NAMES = (PROJECT_SCOPE, "project", "collaboration", WRITE_SCOPE, MEMBER_SCOPE, "fields")
KINDS = (IssueKind.DEFECT, IssueKind.REQUIREMENT, IssueKind.MISSION)
# Refusals that the issue service itself makes: who gets that far may create issues. Those of the
# gate before it (a missing or odd parameter) come without such a key and prove nothing.
PAST_THE_GATE = frozenset(
    {"issue_sub_task_must_have_parent_issue", "issue_parent_not_exist", "issue_priority_invalid",
     "issue_type_unknown", "issue_custom_field_required", "issue_assignee_required",
     "issue_due_date_required", "issue_project_label_required", "working_hour_required",
     "issue_working_hours_required"}
)  # fmt: skip


class ProjectLook:
    """One project, looked at; what one call learns, the next lines use."""

    def __init__(self, client: CodingClient, name: str) -> None:
        self._client = client
        self._name = name
        self._project: Project | None = None

    def lines(self) -> list[Check]:
        """In the order of NAMES."""
        found = self._look_up()
        if found[-1].name == "project" and self._project is None:
            why = _("没有找到项目，未检查")
            return found + [skipped(name, why) for name in NAMES[len(found) :]]
        return [*found, self._collaboration(), self._creating(), self._members(), self._fields()]

    def _look_up(self) -> list[Check]:
        try:
            project = self._client.project(self._name)
        except ProviderError as error:
            if error.kind in {Kind.NOT_FOUND, Kind.REFUSED}:
                return [fine(PROJECT_SCOPE, _("已查询项目，未被拒绝")), failed("project", error)]
            return [_doubted(PROJECT_SCOPE, error), skipped("project", _("读不到项目，未检查"))]
        self._project = project
        granted = fine(PROJECT_SCOPE, _("已读取项目"))
        if project.is_archived:
            detail = _("项目「%(title)s」已归档，不能新建事项", title=project.title)
            return [granted, wrong("project", detail, _("在 CODING 中取消归档，或换一个项目"))]
        return [granted, fine("project", _("已找到项目「%(title)s」", title=project.title))]

    def _collaboration(self) -> Check:
        """Its issue types, and one of its issues: reading is what 已推送 is followed by."""
        try:
            types = self._client.issue_types(self._name)
            self._client.newest(self._name, 0, 1)
        except ProviderError as error:
            return _doubted("collaboration", error)
        if not types:
            detail = _("该项目没有任何事项类型")
            return wrong("collaboration", detail, _("在 CODING 中打开一次「项目协同」完成初始化"))
        listed = "、".join(_kind(one) for one in types)
        return fine("collaboration", _("已初始化，可以读取事项；事项类型：%(types)s", types=listed))

    def _creating(self) -> Check:
        """A sub-task without a parent: no project can take it, whatever the token may do."""
        order = Order(
            project=self._name,
            type=IssueKind.SUB_TASK.value,
            name=_("测试联通性：这条事项不会被创建"),
            priority="0",
        )
        try:
            made = self._client.create_issue(order)
        except ProviderError as error:
            return self._refused(error)
        detail = _("CODING 没有拒绝没有父事项的子任务，新建了 #%(code)s", code=made.code)
        return warned(wrong(WRITE_SCOPE, detail, _("可以新建事项；请在 CODING 中删除这一条")))

    def _refused(self, error: ProviderError) -> Check:
        if codes.says(error, PAST_THE_GATE):
            return fine(
                WRITE_SCOPE,
                _("试着新建一条没有父事项的子任务，CODING 以 %(why)s 拒绝而没有提示缺少权限，"
                  "说明可以新建事项；未留下任何数据", why=error.message),
            )  # fmt: skip
        if error.kind is Kind.PERMISSION:
            return failed(WRITE_SCOPE, error)
        said = f"{error.code} {error.message}"
        why = _("无法确认能否新建事项，CODING 的回答：%(said)s", said=said)
        return skipped(WRITE_SCOPE, why, error.code)

    def _members(self) -> Check:
        """Without it issues are created for nobody."""
        if self._project is None:
            return skipped(MEMBER_SCOPE, _("读不到项目，未检查"))
        try:
            self._client.members(self._project.id, 1, 1)
        except ProviderError as error:
            line = _doubted(MEMBER_SCOPE, error)
            return warned(line) if error.kind is Kind.PERMISSION else line
        return fine(MEMBER_SCOPE, _("已读取项目成员，推送时可以指定处理人"))

    def _fields(self) -> Check:
        """Mandatory fields that we do not fill: a push of such a type would be refused."""
        demanded = []
        try:
            for kind in KINDS:
                names = mandatory.missing(self._client.issue_fields(self._name, kind.value))
                if names:
                    demanded.append(f"{_kind(kind.value)}：{'、'.join(names)}")
        except ProviderError as error:
            why = _("无法确认：%(why)s", why=codes.explain(error)[0])
            return skipped("fields", why, error.code)
        if not demanded:
            return fine("fields", _("没有系统填不了的必填属性"))
        detail = _("有必填的属性，推送时可能被拒绝。%(all)s", all="；".join(demanded))
        cure = _("请项目管理员在「项目设置 - 项目协同」中改为非必填；处理人可以在推送时指定负责人")
        return warned(wrong("fields", detail, cure))


def _kind(word: str) -> str:
    titles = {
        "DEFECT": _("缺陷"),
        "REQUIREMENT": _("需求"),
        "MISSION": _("任务"),
        "EPIC": _("史诗"),
        "SUB_TASK": _("子任务"),
    }
    return titles.get(word, word)


def _doubted(name: str, error: ProviderError) -> Check:
    """A refusal for good fails; one that may end otherwise next time says nothing."""
    if error.kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}:
        return skipped(name, _("无法确认：%(why)s", why=codes.explain(error)[0]), error.code)
    return failed(name, error)
