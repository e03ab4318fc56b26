"""How does a JSON text carry a seal, by which a change of it is seen?

The seal is a digest over all the rest of the text. Who wants to deceive writes a new one.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from receta.core import disk, outside
from receta.core.errors import RunError

SEAL = "seal"
_END = re.compile(rb'"seal": "([0-9a-f]{64})"\n\}\n\Z')


def seal_json(plain: dict[str, Any]) -> bytes:
    """A JSON text whose last entry is a digest over all the rest of it."""
    text = disk.json_text({**plain, SEAL: "0" * 64}).encode()
    return (
        text[: -len(f'{"0" * 64}"\n}}\n')] + hashlib.sha256(text).hexdigest().encode() + b'"\n}\n'
    )


def unseal_json(
    content: bytes, path: Path, advice: str, *, always: bool = False
) -> tuple[Any, bool]:
    """(value, whether it is sealed) of a JSON text; RunError where its seal does not fit.

    always: whether one without a seal is an error too; else that is of an earlier version.
    """
    end = _END.search(content)
    if end is not None:
        blank = content[: end.start(1)] + b"0" * 64 + content[end.end(1) :]
        if hashlib.sha256(blank).hexdigest().encode() != end[1]:
            raise RunError(
                f"{path} was damaged or edited since receta wrote it (its seal does not fit); "
                f"expected it as it was. {advice}"
            )
    value = outside.parse_own_json(content, path, most=disk.MOST_JSON, advice=advice)
    torn = end is None and (
        always or (isinstance(value, dict) and bool({SEAL, "digests"} & value.keys()))
    )
    if torn:
        raise RunError(
            f"{path} was damaged or edited since receta wrote it (its seal is gone); expected it "
            f"as it was. {advice}"
        )
    return value, end is not None
