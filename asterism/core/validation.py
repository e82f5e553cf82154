"""What pydantic found wrong, in one phrase."""

from pydantic import ValidationError


def first_error(error: ValidationError, prefix: str = "") -> str:
    """The first fault of an error as ``field.path: message``, or the message alone where it is about the whole value.

    ``prefix`` is what the path is relative to, for example ``meta``.

    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(dict[str, int]).validate_python({"steps": "many"})
    ... except ValidationError as error:
    ...     first_error(error)
    'steps: Input should be a valid integer, unable to parse string as an integer'
    """
    first = error.errors(include_url=False)[0]
    path = ".".join([*([prefix] if prefix else []), *map(str, first["loc"])])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{path}: {message}" if path else message
