"""The base of the forms: stripping, limits, Chinese sentences, write-only secrets."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms.validators import Length

from portal.blueprints.forms import (
    Choice,
    PortalForm,
    Required,
    SecretField,
    StrippedString,
    Switch,
    TextArea,
)
from portal.domain.errors import RuleError


class SampleForm(PortalForm):
    """One of each."""

    class Meta:
        csrf = False

    id_prefix = "sample-"
    title = StrippedString("标题", [Required()], length=10)
    text = TextArea("说明", length=20)
    nick = StrippedString("昵称", [Length(min=2)])
    secret = SecretField("密钥")
    enabled = Switch("启用")
    level = Choice("等级", choices=[("a", "甲"), ("b", "乙")], default="a")


@pytest.fixture
def post(app):
    """post(title="…") → the form, validated."""

    def fill(**values):
        fields = MultiDict({"level": "a", "title": "标题", "nick": "昵称"} | values)
        with app.test_request_context("/", method="POST", data=fields):
            form = SampleForm()
            form.validate()
            return form

    return fill


def test_a_line_is_stripped_and_one_line(post):
    assert post(title="  一\t二\n三  ").title.data == "一 二 三"


def test_a_text_keeps_its_lines(post):
    assert post(text="a\r\n b\rc").text.data == "a\n b\nc"


@pytest.mark.parametrize("empty", ["", "  ", "\t\n"])
def test_required_means_more_than_blanks(post, empty):
    assert post(title=empty).errors == {"title": ["请填写标题。"]}


def test_limits_count_characters(post):
    assert not post(title="工" * 10).errors
    assert post(title="工" * 11).errors == {"title": ["最多 10 个字符。"]}


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "￿"])
def test_control_characters_are_refused_and_the_rest_kept(post, sign):
    form = post(text=f"a{sign}b")
    assert form.errors == {"text": ["含有不能保存的字符。"]}
    assert form.text.data == "ab"


def test_emoji_and_other_signs_are_welcome(post):
    assert post(title="🎉'\"<&>\\").title.data == "🎉'\"<&>\\"


def test_a_switch_is_on_when_it_is_posted(post):
    assert post(enabled="").enabled.data is True
    assert post().enabled.data is False


@pytest.mark.parametrize("value", ["c", "", "A"])
def test_only_listed_values_can_be_chosen(post, value):
    assert post(level=value).errors == {"level": ["请从列表中选择。"]}


def test_the_librarys_own_sentences_are_chinese(post):
    [sentence] = post(nick="x").errors["nick"]
    assert "字符" in sentence


def test_a_secret_is_never_rendered_back(app, post):
    form = post(secret=" CANARY ")
    assert form.secret.data == "CANARY"
    assert "CANARY" not in str(form.secret())


def test_ids_can_have_a_prefix_and_names_have_none(post):
    form = post()
    assert form.title.id == "sample-title"
    assert 'for="sample-title"' in str(form.title.label())
    assert 'name="title"' in str(form.title())


def test_a_broken_rule_stands_beside_its_field_or_over_the_form(post):
    form = post()
    assert not form.refused
    form.add_error(RuleError("坏了", "title"))
    form.add_error(RuleError("都坏了"))
    assert form.errors == {"title": ["坏了"]}
    assert form.problems == ["都坏了"]
    assert form.refused
