"""Feishu's way of calling: the tenant's token as a bearer, one address for everything."""

from __future__ import annotations

from typing import Any

from portal.blueprints.feishu import answers, codes
from portal.blueprints.feishu.codes import PROVIDER
from portal.kit.errors import ProviderError
from portal.kit.fields import whole, word
from portal.kit.http import Answer
from portal.kit.transport import AppTransport


class Transport(AppTransport):
    """How one app calls. Every call is counted: whether the monthly total of the basic edition
    spares the approval calls is not documented.
    """

    provider = PROVIDER

    def _ask_for_token(self) -> tuple[str, int]:
        """https://open.feishu.cn/document/ukTMukTMukTM/ukDNz4SO0MjL5QzM/auth-v3/auth/tenant_access_token_internal"""
        json = {"app_id": self.app_key, "app_secret": self._app_secret}
        url = self.address + "/open-apis/auth/v3/tenant_access_token/internal"
        body = self._body(self._send_counted("token", "POST", url, json))
        return answers.read(
            lambda one: (word(one["tenant_access_token"]), whole(one["expire"])), body
        )

    def _success(self, answer: Answer) -> dict[str, Any]:
        return answers.body_of(answer)

    def _is_token_refusal(self, error: ProviderError) -> bool:
        return codes.is_one_of(error, codes.TOKEN_REFUSALS)

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}
