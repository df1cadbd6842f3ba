"""What platforms have in common whose apps call under an access token of limited life."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from portal.kit.changes import changes_nothing
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import NEVER_SENT, Answer, Deadline, exchange
from portal.kit.quoting import without
from portal.kit.tokens import PROCESS_TOKENS, TokenCache, digest


class AppTransport(ABC):
    """How one app calls: one repeat after a refused token, calls counted, secrets kept back.

    provider  registered name, e.g. "dingtalk"
    address   the base URL that gives the tokens: one app on two addresses has two tokens
    deadline  when the whole piece of work must be over
    timeout   seconds for one exchange
    count     called with a call's name once per exchange that reached the wire
    wait      called before each exchange with the seconds that are left; raises ProviderError
    """

    provider: str

    def __init__(
        self,
        app_key: str,
        app_secret: str,
        *,
        address: str,
        deadline: Deadline,
        timeout: float,
        count: Callable[[str], None],
        wait: Callable[[float], None] = lambda _longest: None,
        tokens: TokenCache = PROCESS_TOKENS,
    ) -> None:
        self.app_key = app_key
        self.address = address.rstrip("/")
        self.deadline = deadline
        self.timeout = timeout
        self._app_secret = app_secret
        self._count = count
        self._wait = wait
        self._tokens = tokens
        self._cache_key = digest(self.address, app_key, app_secret)

    @abstractmethod
    def _ask_for_token(self) -> tuple[str, int]:
        """A token from the platform, and the seconds it lives. Raises ProviderError."""

    @abstractmethod
    def _headers(self, token: str) -> dict[str, str]:
        """Where a call carries its token."""

    @abstractmethod
    def _success(self, answer: Answer) -> dict[str, Any]:
        """The JSON object of a success. Raises ProviderError for everything else."""

    @abstractmethod
    def _is_token_refusal(self, error: ProviderError) -> bool:
        """Whether the call was refused because of its token, and for nothing else."""

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
        raise ProviderError(self.provider, "deadline", _("等待访问凭证超时"), Kind.RETRY)

    def _fetch_token(self) -> tuple[str, int]:
        with changes_nothing():  # the call that needs the token surely was not made
            return self._ask_for_token()

    def _call(
        self,
        name: str,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        json: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A counted call of a path below the address, with the token in its headers."""

        def send(token: str) -> Answer:
            url, headers = self.address + path, self._headers(token)
            return self._send_counted(name, method, url, json, params=params, headers=headers)

        return self._with_token(send)

    def _with_token(self, send: Callable[[str], Answer]) -> dict[str, Any]:
        """A refused token is dropped and the call made once more; never a third time."""
        token = self._token()
        try:
            return self._body(send(token), token)
        except ProviderError as error:
            if not self._is_token_refusal(error):
                raise
            self._tokens.drop(self._cache_key, token)
        token = self._token()
        try:
            return self._body(send(token), token)
        except ProviderError as error:
            if self._is_token_refusal(error):
                self._tokens.drop(self._cache_key, token)
            raise

    def _body(self, answer: Answer, token: str = "") -> dict[str, Any]:
        try:
            return self._success(answer)
        except ProviderError:
            pass  # read again below: a refusal may quote what we sent
        return self._success(without(answer, (self._app_secret, token)))

    def _send(self, method: str, url: str, json: dict[str, Any] | None, **more) -> Answer:
        self._wait(self.deadline.remaining())
        return exchange(
            self.provider,
            method,
            url,
            deadline=self.deadline,
            timeout=self.timeout,
            json=json,
            **more,
        )

    def _send_counted(self, call: str, method: str, url: str, json: Any, **more) -> Answer:
        try:
            answer = self._send(method, url, json, **more)
        except ProviderError as error:
            if error.code not in NEVER_SENT:
                self._count(call)
            raise
        self._count(call)
        return answer
