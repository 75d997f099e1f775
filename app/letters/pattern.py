"""Regular expressions that are compiled when a letter is first read: servers start more often than they read one."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property


class Pattern:
    """What `re.compile` returns, later."""

    def __init__(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def match(self, text: str, begin: int = 0) -> re.Match[str] | None:
        return self._compiled.match(text, begin)

    def fullmatch(self, text: str, begin: int = 0, end: int | None = None) -> re.Match[str] | None:
        return self._compiled.fullmatch(text, begin, len(text) if end is None else end)

    def search(self, text: str, begin: int = 0, end: int | None = None) -> re.Match[str] | None:
        return self._compiled.search(text, begin, len(text) if end is None else end)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        return self._compiled.findall(text)

    def split(self, text: str) -> list[str]:
        return self._compiled.split(text)

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(by, text)
