"""A file of SQL as it is uploaded → its text."""

from __future__ import annotations

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms.validators import ValidationError

from portal.sqlaudit.limits import MAX_BYTES


def text_of(file: FileStorage) -> str:
    """Raises ValidationError for what is too large, no UTF-8, or empty."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValidationError(_("文件超过 2 MB，请拆分成多个工单后再提交。"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("文件不是 UTF-8 编码，请另存为 UTF-8 后重新上传。")) from None
    if not text.strip():
        raise ValidationError(_("文件是空的，请重新选择。"))
    return text
