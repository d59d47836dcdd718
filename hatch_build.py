"""The README as package indexes show it: links into the repository lead nowhere there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|mailto:|#)[^)]*\)")


def without_links_inside(text: str) -> str:
    """A link to a file of the repository as its words, a picture of one not at all."""
    return LINK.sub(r"\1", re.sub(rf"!{LINK.pattern}", "", text))


class ReadmeHook(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": without_links_inside(text),
        }
