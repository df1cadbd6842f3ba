"""The approval template: made once an app, adopted by name, mended, made anew."""

import pytest

from portal.blueprints.dingtalk.template import NAME, names
from portal.kit.errors import Kind, ProviderError
from tests.dingtalk.conftest import Adapter, card_request

OTHER = "dingotherapp00000001"


@pytest.fixture
def other_app(sandbox):
    sandbox.post("/apps", app_key=OTHER, app_secret="other")
    return Adapter(sandbox.url, OTHER, "other")


def test_it_is_made_once(sandbox, adapter):
    """Pitfall 13: a save or a second look makes no second definition."""
    code = adapter().prepare_template(None)
    assert adapter().prepare_template(code) == code
    assert [one["name"] for one in sandbox.templates()] == [NAME]
    assert adapter.counted == ["form_write", "form_schema"]


def test_it_is_adopted_by_name_after_a_reinstall(sandbox, adapter):
    """Trap 1."""
    code = adapter().prepare_template(None)
    assert adapter().prepare_template(None) == code
    assert len(sandbox.templates()) == 1


def test_without_the_scope_to_read_the_adoption_names_it(sandbox, adapter):
    """Trap 3: a missing Workflow.Form.Read surfaces only here."""
    adapter().prepare_template(None)
    sandbox.post("/scopes", revoke=["Workflow.Form.Read"])
    with pytest.raises(ProviderError) as caught:
        adapter().prepare_template(None)
    assert (caught.value.kind, caught.value.scopes) == (Kind.PERMISSION, ("Workflow.Form.Read",))


def test_a_changed_app_makes_its_own(sandbox, adapter, other_app):
    """Pitfall 12, trap 2: the old app's template is found by name, and of no use."""
    old = adapter().prepare_template(None)
    new = other_app().prepare_template(None)
    assert new != old
    assert sorted(one["name"] for one in sandbox.templates()) == sorted(
        [NAME, names(OTHER)[1]]
    )
    assert len(names(OTHER)[1]) <= 64
    assert other_app().prepare_template(None) == new, "the second name is adopted as well"


def test_somebody_elses_form_of_our_name_is_left_alone(sandbox, adapter):
    components = [{"componentType": "TextField", "props": {"componentId": "T-1", "label": "事由"}}]
    foreign = adapter.client().create_or_update_form({"name": NAME, "formComponents": components})
    ours = adapter().prepare_template(None)
    assert ours != foreign
    assert [one.label for one in adapter.client().form_schema(foreign).components] == ["事由"]


def test_a_deleted_template_is_made_anew(sandbox, adapter):
    code = adapter().prepare_template(None)
    sandbox.post(f"/templates/{code}", deleted=True)
    assert adapter().prepare_template(code) not in {code, None}


def test_a_renamed_field_is_mended(sandbox, adapter):
    """Trap 4: an admin edited the form in the console."""
    code = adapter().prepare_template(None)
    sandbox.post(f"/templates/{code}", rename={"工单名称": "名称"})
    assert adapter().prepare_template(code) == code
    request = card_request(template_code=code)
    assert adapter().start(request)


def test_a_disabled_template_is_said(sandbox, adapter):
    code = adapter().prepare_template(None)
    sandbox.post(f"/templates/{code}", status="INVALID")
    with pytest.raises(ProviderError) as caught:
        adapter().prepare_template(code)
    assert (caught.value.code, caught.value.kind) == ("template_disabled", Kind.REFUSED)
    assert "启用" in adapter().explain(caught.value)[1]


def test_a_creation_whose_answer_was_lost_is_adopted(sandbox, adapter):
    sandbox.fault("/v1.0/workflow/forms", "lost_after")
    with pytest.raises(ProviderError) as caught:
        adapter().prepare_template(None)
    assert caught.value.kind is Kind.UNKNOWN_OUTCOME
    assert adapter().prepare_template(None)
    assert len(sandbox.templates()) == 1
