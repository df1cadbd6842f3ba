"""Calls the stand-in for CODING as a client does."""

import requests

from portal.sandbox import CODING_TOKEN

from .caller import ControlCaller


class CodingCaller(ControlCaller):
    """The same control, CODING's API."""

    def post(self, action: str, body=None, *, token=CODING_TOKEN, scheme="token", **more):
        """The action in query and body, as is safest."""
        return self.http.post(
            f"{self.base}/open-api", params={"Action": action}, timeout=10,
            json={"Action": action, **(body or {})},
            headers={"Authorization": f"{scheme} {token}"}, **more,
        )

    def ask(self, action: str, **body) -> dict:
        """The payload of a success."""
        answer = self.post(action, body).json()["Response"]
        assert "Error" not in answer, answer
        assert answer.pop("RequestId")
        return answer

    def refused(self, action: str, *, token=CODING_TOKEN, scheme="token", **body) -> tuple:
        """(Code, Message) of a refusal, which comes with HTTP 200."""
        answer = self.post(action, body, token=token, scheme=scheme)
        assert answer.status_code == 200, answer.text
        error = answer.json()["Response"]["Error"]
        return error["Code"], error["Message"]

    def issue_body(self, name="索引缺失 P1-Q7", project="shop", **more) -> dict:
        return {"ProjectName": project, "Type": "MISSION", "Name": name, "Priority": "1",
                "Description": "- SQL: `select 1`", "WorkingHours": 8} | more

    def create(self, name="索引缺失 P1-Q7", project="shop", **more) -> dict:
        return self.ask("CreateIssue", **self.issue_body(name, project, **more))["Issue"]

    def kept(self, **asked) -> list[dict]:
        """The issues as the judge sees them."""
        answer = self.http.get(f"{self.base}/control/issues", params=asked, timeout=10)
        return answer.json()["issues"]

    def codes(self, **asked) -> list[int]:
        """The numbers that a paged search gives."""
        body = {"ProjectName": "shop", "IssueType": "ALL", "PageNumber": 1, "PageSize": 20}
        return [one["Code"] for one in
                self.ask("DescribeIssueListWithPage", **(body | asked))["Data"]["List"]]

    def member(self, userid: str) -> int:
        """The number of a person."""
        project = self.ask("DescribeProjectByName", ProjectName="shop")["Project"]["Id"]
        found = self.ask("DescribeProjectMembers", ProjectId=project, PageNumber=1,
                         PageSize=100)["Data"]["ProjectMembers"]
        return next(one["Id"] for one in found if one["GlobalKey"] == userid)

    def page(self, path: str):
        return requests.get(self.base + path, timeout=5)
