"""Texts by key: definitions and titles name `@i18n@…` keys, i18n_resources hold the words.

Fact sheet, sections 3.1 and 4.1.
"""

from .answers import bad_param

PREFIX = "@i18n@"
SHORTEST = 9
LOCALES = ("zh-CN", "en-US", "ja-JP")
SHAPE = [{"locale*": str, "is_default*": bool, "texts*": [{"key*": str, "value*": str}]}]


class Texts:
    """The texts of the default locale. Raises Refusal 1390001 when there is not exactly one."""

    def __init__(self, resources: list[dict]):
        if any(resource["locale"] not in LOCALES for resource in resources):
            raise bad_param("i18n_resources locale")
        default = [resource for resource in resources if resource["is_default"]]
        if len(default) != 1:
            raise bad_param("i18n_resources need exactly one default locale")
        self._texts = {text["key"]: text["value"] for text in default[0]["texts"]}

    def text(self, key, where: str) -> str:
        """The words for a key; `where` is named in the refusal of a bad one."""
        if not isinstance(key, str) or not key.startswith(PREFIX) or len(key) < SHORTEST:
            raise bad_param(f"{where}：{key!r} is no i18n key of {SHORTEST} characters or more")
        if key not in self._texts:
            raise bad_param(f"{where}：{key} is missing in the default locale")
        return self._texts[key]

    def known(self, value):
        """The words, if the value is one of the keys; else the value."""
        return self._texts.get(value, value) if isinstance(value, str) else value
