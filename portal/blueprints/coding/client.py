"""CODING's open interface in its own words: plain values in and out, or ProviderError.

The documents are https://help.coding.net/openapi; each action is a POST (providers/coding.md).
"""

from __future__ import annotations

from portal.blueprints.coding import reading
from portal.blueprints.coding.shapes import Field, FoundIssue, Order, Person, Project, User
from portal.blueprints.coding.transport import Transport

PROJECT_SCOPE = "project:profile:ro"
MEMBER_SCOPE = "project:member:ro"
READ_SCOPE = "collaboration:issue:ro"
WRITE_SCOPE = "collaboration:issue:rw"
USER_SCOPE = "user:profile:ro"
TEAM_SCOPE = "team:profile:ro"
ALL = "ALL"


class CodingClient(Transport):
    """One token's calls; see Transport for what it is made with."""

    # Who we are, and where

    def current_user(self) -> User:
        """Whose token this is (DescribeCodingCurrentUser)."""
        return self.call("DescribeCodingCurrentUser", USER_SCOPE, reading.user)

    def team_host(self) -> str:
        """The host of the team's web pages, e.g. "g-xxxx.coding.net" (DescribeTeam)."""
        return self.call("DescribeTeam", TEAM_SCOPE, reading.team_host)

    # Projects

    def project(self, name: str) -> Project:
        """By its identifier, as in /p/<identifier>. Raises not_found (DescribeProjectByName)."""
        return self.call("DescribeProjectByName", PROJECT_SCOPE, reading.project, ProjectName=name)

    def members(self, project_id: int, page: int, size: int = 100) -> list[Person]:
        """A page of a project's members, from 1; the last is shorter (DescribeProjectMembers)."""
        return self.call(
            "DescribeProjectMembers",
            MEMBER_SCOPE,
            reading.people,
            ProjectId=project_id,
            PageNumber=page,
            PageSize=size,
        )

    def issue_types(self, project: str) -> list[str]:
        """Which types this project has, e.g. DEFECT (DescribeProjectIssueTypeList)."""
        return self.call(
            "DescribeProjectIssueTypeList", READ_SCOPE, reading.types, ProjectName=project
        )

    def issue_fields(self, project: str, issue_type: str) -> list[Field]:
        """The fields of a type's issues (DescribeProjectIssueFieldList)."""
        return self.call(
            "DescribeProjectIssueFieldList",
            READ_SCOPE,
            reading.issue_fields,
            ProjectName=project,
            IssueType=issue_type,
        )

    # Issues

    def create_issue(self, order: Order) -> FoundIssue:
        """Make one (CreateIssue). No key of ours makes it idempotent.

        Numbers are sent as numbers, as documented; unset fields are left out.
        """
        return self.call(
            "CreateIssue",
            WRITE_SCOPE,
            reading.issue,
            ProjectName=order.project,
            Type=order.type,
            Name=order.name,
            Priority=order.priority,
            Description=order.description or None,
            ParentCode=order.parent_code,
            AssigneeId=order.assignee_id,
            WorkingHours=order.working_hours,
        )

    def issue(self, project: str, code: int) -> FoundIssue:
        """One issue. Raises not_found with issue_not_exist (DescribeIssue)."""
        return self.call(
            "DescribeIssue", READ_SCOPE, reading.issue, ProjectName=project, IssueCode=code
        )

    def search(self, project: str, keyword: str, size: int = 50) -> list[FoundIssue]:
        """Issues with this word (DescribeIssueListWithPage).

        The condition KEYWORD is known from public code only: what comes back may have nothing
        to do with it, and what has may be missing.
        """
        return self.call(
            "DescribeIssueListWithPage",
            READ_SCOPE,
            reading.page_of_issues,
            ProjectName=project,
            IssueType=ALL,
            PageNumber=1,
            PageSize=size,
            Conditions=[{"Key": "KEYWORD", "Value": keyword}],
        )

    def newest(self, project: str, offset: int, limit: int) -> list[FoundIssue]:
        """Issues of all types, the last number first (DescribeIssueList)."""
        return self.call(
            "DescribeIssueList",
            READ_SCOPE,
            reading.issues,
            ProjectName=project,
            IssueType=ALL,
            Offset=offset,
            Limit=limit,
            SortKey="CODE",
            SortValue="DESC",
        )
