"""DingTalk's two conventions of calling: the token in a header, or in the query."""

from __future__ import annotations

from typing import Any

from portal.blueprints.dingtalk import answers, codes
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.kit.errors import ProviderError
from portal.kit.fields import whole, word
from portal.kit.http import Answer
from portal.kit.transport import AppTransport


class Transport(AppTransport):
    """How one app calls; see AppTransport for the rest of what it is made with.

    Counted are the calls that the organisation's monthly quota counts: token and address book
    are free.
    """

    provider = PROVIDER

    def __init__(
        self, app_key: str, app_secret: str, *, api_url: str, oapi_url: str, **more: Any
    ) -> None:
        super().__init__(app_key, app_secret, address=api_url, **more)
        self._oapi_url = oapi_url.rstrip("/")

    def _ask_for_token(self) -> tuple[str, int]:
        """https://open.dingtalk.com/document/development/obtain-the-access-token-of-an-internal-app"""
        json = {"appKey": self.app_key, "appSecret": self._app_secret}
        body = self._body(self._send("POST", self.address + "/v1.0/oauth2/accessToken", json))
        return answers.read(lambda one: (word(one["accessToken"]), whole(one["expireIn"])), body)

    def _success(self, answer: Answer) -> dict[str, Any]:
        return answers.body_of(answer, self.app_key)

    def _headers(self, token: str) -> dict[str, str]:
        return {"x-acs-dingtalk-access-token": token}

    def _is_token_refusal(self, error: ProviderError) -> bool:
        return codes.is_one_of(error, codes.TOKEN_REFUSALS)

    def reach_old_api(self) -> None:
        """Any answer of the old API's host will do; raises ProviderError when none comes."""
        self._send("POST", self._oapi_url + "/topapi/v2/user/get", {"userid": ""})

    def oapi(self, path: str, json: dict[str, Any]) -> dict[str, Any]:
        def send(token: str) -> Answer:
            return self._send("POST", self._oapi_url + path, json, params={"access_token": token})

        return self._with_token(send)
