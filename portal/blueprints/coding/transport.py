"""CODING's way of calling: one address, the action's name in query and body, a bare token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import gettext as _

from portal.blueprints.coding import answers, codes
from portal.blueprints.coding.codes import PROVIDER
from portal.blueprints.coding.schemes import PROCESS_SCHEMES, SchemeMemory, bare, is_word
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import Deadline, exchange
from portal.kit.outside import Outside
from portal.kit.quoting import without
from portal.kit.tokens import digest

PATH = "/open-api"
Value = TypeVar("Value")


def api_url(address: str) -> str:
    """Where the interface is; address: as people give it, with or without its path."""
    address = address.rstrip("/")
    return address if address.endswith(PATH) else address + PATH


class Transport:
    """How one token calls.

    address   the service address as saved, e.g. "https://g-xxxx.coding.net"
    deadline  when the whole piece of work must be over
    timeout   seconds for one exchange
    outside   where the address may lead
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        deadline: Deadline,
        timeout: float,
        outside: Outside,
        schemes: SchemeMemory = PROCESS_SCHEMES,
    ) -> None:
        self.address = address.rstrip("/")
        self.deadline = deadline
        self.timeout = timeout
        self.scheme = ""  # the one that the last call was accepted with
        self._token = bare(token)
        self._url = api_url(address)
        self.key = digest(self._url, self._token)  # for what is kept in this process
        self._rule = outside.rule(self._url)
        self._schemes = schemes

    def call(self, action: str, scope: str, reader: Callable[[dict], Value], **values) -> Value:
        """One action, with the values that are not None; what the reader takes from its answer.

        scope: what the token needs for it, named in a refusal. Raises ProviderError.

        A token refused under one scheme is tried once more under the other: which of the two a
        private installation takes is not documented, and a refusal has changed nothing.
        """
        body = {"Action": action} | {k: one for k, one in values.items() if one is not None}
        refusals: list[ProviderError] = []
        for scheme in self._schemes.order(self.key):
            try:
                response = self._exchange(action, body, scheme)
            except ProviderError as error:
                refusals.append(error)
                if not self._may_be_the_scheme(error):
                    break
            else:
                self._accepted(scheme)
                return answers.read(reader, response)
        # Whatever the other scheme met says more than one more refusal of the token.
        error = refusals[0] if refusals[-1].kind is Kind.CREDENTIALS else refusals[-1]
        if error.kind is Kind.PERMISSION:
            error.scopes = codes.scopes_in(error.message) or (scope,)
        raise error

    def _may_be_the_scheme(self, error: ProviderError) -> bool:
        if error.kind is Kind.CREDENTIALS:
            return True
        is_known = self._schemes.knows(self.key)
        return error.kind is Kind.PERMISSION and not is_known

    def _accepted(self, scheme: str) -> None:
        self.scheme = scheme
        self._schemes.accepted(self.key, scheme)

    def _exchange(self, action: str, body: dict[str, Any], scheme: str) -> dict[str, Any]:
        if not is_word(self._token):  # it could not stand in a header
            message = _("访问令牌中有不能使用的字符")
            raise ProviderError(PROVIDER, "AuthFailure", message, Kind.CREDENTIALS)
        answer = exchange(
            PROVIDER,
            "POST",
            self._url,
            deadline=self.deadline,
            timeout=self.timeout,
            # In both places: each is documented for some actions, neither for all (§1).
            params={"Action": action},
            json=body,
            headers={"Authorization": f"{scheme} {self._token}"},
            address_rule=self._rule,
        )
        # Whoever answers may quote what we sent, in a success too: in a name, say.
        return answers.response_of(without(answer, (self._token,)))
