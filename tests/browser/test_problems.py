"""SQL管控 in a browser: one box ticks the page; what was ticked is sent, scripts or not."""

from tests.browser.company import Company

LIST = "/projects/pay/problems"
BOXES = "input[name=ids]"


def test_one_box_ticks_the_page(tab_of):
    tab = tab_of("creator").goto(LIST)
    every, boxes = tab.css("[data-tick-all] input"), tab.css(BOXES)
    assert boxes.count() > 1
    every.check()
    assert tab.css(f"{BOXES}:checked").count() == boxes.count()
    boxes.first.uncheck()
    assert every.evaluate("box => box.indeterminate && !box.checked")
    every.check()
    every.uncheck()
    assert tab.css(f"{BOXES}:checked").count() == 0


def test_without_scripts_there_is_no_such_box_and_the_rest_works(company: Company, tab_of):
    tab = tab_of("creator", scripts=False).goto(LIST)
    assert not tab.css("[data-tick-all]").is_visible()
    tab.css(BOXES).first.check()
    tab.css(".problem-list [name=status]").select_option("ignored")
    tab.press("更新状态和处理人", ".problem-list")
    assert "已更新 1 条" in tab.text("[data-flash]")
    row = tab.css("tr[data-problem]").first
    assert "已忽略" in row.inner_text()


def test_a_file_is_audited_from_a_phone(company: Company, tab_of):
    tab = tab_of("creator", phone=True).goto(LIST)
    tab.css("#upload summary").click()
    content = {"name": "a.sql", "mimeType": "text/plain", "buffer": b"DELETE FROM uploaded"}
    tab.css("#upload [name=sql_file]").set_input_files(content)
    tab.press("上传并审核", "#upload")
    assert "1 条有问题" in tab.text("[data-flash]")
    assert "DELETE FROM uploaded" in tab.css("tr[data-problem]").first.inner_text()
