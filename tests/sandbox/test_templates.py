"""Form templates: names, limits, whose they are."""

import copy

import pytest

from .conftest import COMPONENTS


def code_of(answer) -> str:
    assert answer.status_code == 400
    return answer.json()["code"]


def create(sandbox, **body):
    return sandbox.api("POST", "workflow/forms",
                       {"name": "工单审批", "formComponents": COMPONENTS} | body)


def test_a_name_is_taken_once_and_found_again(sandbox):
    code = sandbox.template()
    assert code_of(create(sandbox)) == "formName.error"
    answer = sandbox.api("GET", "workflow/processCentres/schemaNames/processCodes", name="工单审批")
    assert answer.json()["result"]["processCode"] == code
    answer = sandbox.api("GET", "workflow/processCentres/schemaNames/processCodes", name="没有")
    assert code_of(answer) == "process.error"


def test_an_update_keeps_the_code(sandbox):
    code = sandbox.template()
    answer = create(sandbox, processCode=code, name="改名", formComponents=COMPONENTS[:1])
    assert answer.json()["result"]["processCode"] == code
    answer = sandbox.api("GET", "workflow/forms/schemas/processCodes", processCode=code).json()
    assert answer["result"]["name"] == "改名"
    assert len(answer["result"]["schemaContent"]["items"]) == 1


def test_unknown_deleted_and_foreign_templates_cannot_be_updated(sandbox):
    code = sandbox.template()
    assert code_of(create(sandbox, processCode="PROC-X")) == "processcode.error"
    sandbox.control("apps", {"app_key": "other", "app_secret": "s"})
    other = sandbox.token("other", "s")
    body = {"name": "工单审批", "formComponents": COMPONENTS}
    answer = sandbox.api("POST", "workflow/forms", body | {"processCode": code}, token=other)
    assert code_of(answer) == "processcode.error"
    # Names are the organisation's, not the app's.
    assert code_of(sandbox.api("POST", "workflow/forms", body, token=other)) == "formName.error"
    sandbox.api("DELETE", "workflow/processCentres/schemas", processCode=code)
    assert code_of(create(sandbox, processCode=code)) == "processcode.error"
    assert create(sandbox).status_code == 200


def test_the_schema_reads_with_other_names_than_it_was_written(sandbox):
    code = sandbox.template()
    result = sandbox.api("GET", "workflow/forms/schemas/processCodes",
                         processCode=code).json()["result"]
    item = result["schemaContent"]["items"][3]
    assert result["status"] == "PUBLISHED"
    assert item["componentName"] == "DDSelectField"
    assert (item["props"]["id"], item["props"]["options"]) == ("kind", ["上线"])


@pytest.mark.parametrize(("process_code", "expected"), [
    ("", "invalidParameter"), ("nonsense", "aflowProcessCodeIsError"), ("PROC-X", "formNotExist"),
])
def test_schemas_of_nothing(sandbox, process_code, expected):
    answer = sandbox.api("GET", "workflow/forms/schemas/processCodes", processCode=process_code)
    assert code_of(answer) == expected


def test_what_an_admin_does_in_the_console_shows_in_the_schema(sandbox):
    code = sandbox.template()
    sandbox.control(f"templates/{code}", {"status": "INVALID", "rename": {"工单名称": "名称"}})
    result = sandbox.api("GET", "workflow/forms/schemas/processCodes",
                         processCode=code).json()["result"]
    assert result["status"] == "INVALID"
    assert result["schemaContent"]["items"][0]["props"]["label"] == "名称"


def changed(path, value):
    components = copy.deepcopy(COMPONENTS)
    place = components
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return {"formComponents": components}


@pytest.mark.parametrize("body", [
    {"name": ""}, {"name": "名" * 201}, {"name": 5}, {"description": "字" * 301},
    {"formComponents": []}, {"formComponents": COMPONENTS[:1] * 201}, {"formComponents": None},
    {"formComponents": COMPONENTS[:1] * 2}, {"templateConfig": {"hidden": "yes"}},
    changed((0, "componentType"), "Unheard"), changed((0, "props"), None),
    changed((0, "props", "label"), "字" * 21), changed((0, "props", "label"), ""),
    changed((0, "props", "required"), "true"), changed((0, "props", "componentId"), "i" * 65),
    changed((0, "props", "placeholder"), "字" * 129), changed((3, "props", "options"), []),
    changed((4, "children"), []), changed((4, "children", 0, "componentType"), "DDSelectField"),
], ids=str)
def test_a_bad_schema_is_refused(sandbox, body):
    assert code_of(create(sandbox, **body)) == "formschema.error"
    assert sandbox.control("templates").json()["templates"] == []


def test_templates_are_listed_in_pages(sandbox):
    codes = [sandbox.template(f"模板{n}") for n in range(3)]
    path = "workflow/processes/userVisibilities/templates"
    first = sandbox.api("GET", path, maxResults=2, nextToken=0).json()["result"]
    second = sandbox.api("GET", path, maxResults=2, nextToken=first["nextToken"]).json()["result"]
    listed = [t["processCode"] for t in first["processList"] + second["processList"]]
    assert listed == codes
    assert "nextToken" not in second
