"""The actions: what each needs, and who answers it."""

from collections.abc import Callable
from typing import NamedTuple

from . import changing, creating, listing, members, projects
from .scopes import ISSUE, ISSUE_READ, PROJECT, TEAM, USER

READ = (ISSUE_READ, ISSUE)


class Action(NamedTuple):
    """scopes: one of them is needed. answer: (store, app, body) → the payload."""

    scopes: tuple[str, ...]
    answer: Callable


ACTIONS = {
    "CreateIssue": Action((ISSUE,), creating.create),
    "ModifyIssue": Action((ISSUE,), changing.modify),
    "ModifyIssueDescription": Action((ISSUE,), changing.modify_description),
    "DeleteIssue": Action((ISSUE,), changing.delete),
    "CreateIssueComment": Action((ISSUE,), changing.comment),
    "DescribeIssue": Action(READ, listing.one),
    "DescribeIssueList": Action(READ, listing.by_offset),
    "DescribeIssueListWithPage": Action(READ, listing.by_page),
    "DescribeProjectIssueTypeList": Action(READ, projects.types),
    "DescribeProjectIssueStatusList": Action(READ, projects.statuses),
    "DescribeProjectIssueFieldList": Action(READ, projects.fields),
    "DescribeProjectByName": Action((PROJECT,), projects.by_name),
    "DescribeCodingProjects": Action((PROJECT,), projects.listed),
    "DescribeProjectMembers": Action((PROJECT,), members.members),
    "DescribeCodingCurrentUser": Action((USER,), members.current_user),
    "DescribeTeam": Action((TEAM,), members.team),
}
