"""DingTalk's two conventions of calling: token, envelope, one repeat after a refused token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.dingtalk import answers, codes
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.blueprints.dingtalk.tokens import PROCESS_TOKENS, TokenCache, digest
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import NEVER_SENT, Answer, Deadline, exchange


class Transport:
    """How one app calls.

    count  called with a call's name once per exchange that reached the wire, for the calls
           that the organisation's monthly quota counts (token and address book are free)
    """

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        *,
        api_url: str,
        oapi_url: str,
        deadline: Deadline,
        timeout: float,
        count: Callable[[str], None],
        tokens: TokenCache = PROCESS_TOKENS,
    ) -> None:
        self.app_key = app_key
        self.deadline = deadline
        self._app_secret = app_secret
        self._api_url = api_url.rstrip("/")
        self._oapi_url = oapi_url.rstrip("/")
        self.timeout = timeout
        self._count = count
        self._tokens = tokens
        self._cache_key = digest(self._api_url, app_key, app_secret)

    def renew_token(self) -> None:
        """Fetch a token now, whatever is kept. Raises ProviderError(credentials)."""
        token, seconds = self._fetch_token()
        self._tokens.put(self._cache_key, token, seconds)

    def _token(self) -> str:
        wait = self.deadline.remaining()
        try:
            return self._tokens.get(self._cache_key, self._fetch_token, wait)
        except TimeoutError:
            pass
        raise ProviderError(PROVIDER, "deadline", _("等待访问凭证超时"), Kind.RETRY)

    def _fetch_token(self) -> tuple[str, int]:
        """https://open.dingtalk.com/document/development/obtain-the-access-token-of-an-internal-app"""
        json = {"appKey": self.app_key, "appSecret": self._app_secret}
        try:
            body = self._body(self._send("POST", self._api_url + "/v1.0/oauth2/accessToken", json))
            return answers.read(
                lambda one: (answers.word(one["accessToken"]), answers.whole(one["expireIn"])),
                body,
            )
        except ProviderError as error:
            if error.kind is Kind.UNKNOWN_OUTCOME:
                error.kind = Kind.RETRY  # the call that needs the token surely was not made
            raise

    def reach_old_api(self) -> None:
        """Any answer of the old API's host will do; raises ProviderError when none comes."""
        self._send("POST", self._oapi_url + "/topapi/v2/user/get", {"userid": ""})

    def workflow(
        self,
        call: str,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        json: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        def send(token: str) -> Answer:
            headers = {"x-acs-dingtalk-access-token": token}
            url = f"{self._api_url}/v1.0{path}"
            try:
                answer = self._send(method, url, json, params=params, headers=headers)
            except ProviderError as error:
                if error.code not in NEVER_SENT:
                    self._count(call)
                raise
            self._count(call)
            return answer

        return self._with_token(send)

    def oapi(self, path: str, json: dict[str, Any]) -> dict[str, Any]:
        def send(token: str) -> Answer:
            return self._send("POST", self._oapi_url + path, json, params={"access_token": token})

        return self._with_token(send)

    def _with_token(self, send: Callable[[str], Answer]) -> dict[str, Any]:
        """A refused token is dropped and the call made once more; never a third time."""
        token = self._token()
        try:
            return self._body(send(token), token)
        except ProviderError as error:
            self._tokens_refused(error, token)
        token = self._token()
        try:
            return self._body(send(token), token)
        except ProviderError as error:
            if codes.is_one_of(error, codes.TOKEN_REFUSALS):
                self._tokens.drop(self._cache_key, token)
            raise

    def _tokens_refused(self, error: ProviderError, token: str) -> None:
        if not codes.is_one_of(error, codes.TOKEN_REFUSALS):
            raise error
        self._tokens.drop(self._cache_key, token)

    def _body(self, answer: Answer, token: str = "") -> dict[str, Any]:
        try:
            return answers.body_of(answer, self.app_key)
        except ProviderError as error:
            for secret in (self._app_secret, token):
                if secret:  # should the far side ever quote what we sent
                    error.message = error.message.replace(secret, "***")
            raise

    def _send(self, method: str, url: str, json: dict[str, Any] | None, **more) -> Answer:
        return exchange(
            PROVIDER, method, url, deadline=self.deadline, timeout=self.timeout, json=json, **more
        )
