"""The permissions a token can hold, by code and by the name its page shows. Fact sheet, section 2.

Which of the look-ups needs which is documented for issues, projects and the current user; for the
team and for a project's set-up it is our guess.
"""

ISSUE = "collaboration:issue:rw"
ISSUE_READ = "collaboration:issue:ro"
PROJECT = "project:profile:ro"
USER = "user:profile:ro"
TEAM = "team:profile:ro"

CONSOLE_NAMES = {
    ISSUE: "项目协同（读写）", ISSUE_READ: "项目协同（只读）", PROJECT: "项目信息（只读）",
    USER: "用户信息（只读）", TEAM: "团队信息（只读）",
}
OTHER_NAMES = {"项目协同": ISSUE}
DEFAULT_SCOPES = (ISSUE, PROJECT, USER, TEAM)
