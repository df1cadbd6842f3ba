"""Does a JSON body have the members and types that the document of its API lists?

A shape is a dict of name → str, bool, int, another shape, or a list with one of these; a name
that ends in * is required. What is not listed is let through, as the platform does.
"""

from .answers import bad_field, wrong_type


def fitting(body: dict, shape: dict, place: str = "") -> dict:
    """The body itself. Raises Refusal: 9499 for a wrong type, 99992402 for what is missing."""
    for listed, kind in shape.items():
        name = listed.removesuffix("*")
        value, where = body.get(name), f"{place}{name}"
        if value is None or value == "":
            if listed != name:
                raise bad_field(where, f"{name} is required")
        else:
            _check(value, kind, where)
    return body


def _check(value, kind, where: str) -> None:
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise wrong_type(where, value)
        for position, item in enumerate(value):
            _check(item, kind[0], f"{where}[{position}]")
    elif isinstance(kind, dict):
        if not isinstance(value, dict):
            raise wrong_type(where, value)
        fitting(value, kind, f"{where}.")
    elif not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise wrong_type(where, value)
