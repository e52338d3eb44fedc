"""Build flags that would spoil a debug session without a word: they are named, and overridden where that is safe.

Delve 1.27.1 runs `go build -o … -gcflags all=-N -l BUILDFLAGS .` when `buildFlags` is a text, and `go build BUILDFLAGS -o …
-gcflags all=-N -l .` when it is a list. Of two values for one package the last counts; a flag on the command line replaces the
same one in GOFLAGS. Go 1.26.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from dapshim.golang.quoting import flag_value, join_flags, split_flags
from dapshim.golang.toolchain import GoEnv
from dapshim.plan.outcome import Notice
from dapshim.plan.words import join_build_flags, split_build_flags

NO_OPTIMISATION: Final = "-N -l"
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})


@attrs.frozen
class BuildFlags:
    """`buildFlags` as they came, and split. `given` is None when there were none."""

    given: str | list[str] | None
    words: tuple[str, ...]

    @classmethod
    def of(cls, given: str | list[str] | None) -> BuildFlags:
        """Split the attribute."""
        words = split_build_flags(given) if isinstance(given, str) else tuple(given or ())
        return cls(given, words)

    @property
    def first(self) -> bool:
        """Whether Delve puts its own flags behind them."""
        return isinstance(self.given, list)

    @property
    def chdir(self) -> tuple[str, BuildFlags] | None:
        """The folder of `-C` and the flags without it, None when there is none. Go 1.26: it counts as the first flag only."""
        if self.words[:1] == ("-C",) and len(self.words) > 1:
            return self.words[1], self.with_words(self.words[2:])
        if self.words and self.words[0].startswith("-C="):
            return self.words[0][3:], self.with_words(self.words[1:])
        return None

    def with_words(self, words: Sequence[str]) -> BuildFlags:
        """Return other flags in the same form."""
        return BuildFlags(list(words) if self.first else join_build_flags(words), tuple(words))


def unstripped(flags: BuildFlags) -> BuildFlags:
    """Return flags without the -s and -w of -ldflags, and without an -ldflags that has nothing else."""
    kept = []
    for word in joined(list(flags.words), "ldflags"):
        value = word.partition("=")[2]
        letters = stripping(value) if _names(word, "ldflags") else ()
        rest = join_flags(each for each in _linker_words(value) if each not in letters)
        if not letters:
            kept.append(word)
        elif rest:
            kept.append(f"-ldflags={_pattern(value)[0]}{rest}")
    return flags.with_words(kept)


def mended(flags: BuildFlags, env: GoEnv) -> tuple[BuildFlags, list[Notice]]:
    """Return flags with which the build can be debugged, and what is to be said about those that came."""
    notices: list[Notice] = []
    words = list(flags.words)
    if not flags.first:
        words = [_unoptimised(word, notices) for word in joined(words, "gcflags")]
    _check_own(words, notices)
    words += _against_goflags(words, env, notices)
    return (flags.with_words(words) if notices else flags), notices


def joined(words: list[str], name: str) -> list[str]:
    """Return the words with `-name value` written as `-name=value`."""
    joined: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in (f"-{name}", f"--{name}"):
            value = next(rest, None)
            joined.append(word if value is None else f"-{name}={value}")
        else:
            joined.append(word)
    return joined


def _names(word: str, name: str) -> bool:
    return word.lstrip("-").partition("=")[0] == name and word.startswith("-")


def _unoptimised(word: str, notices: list[Notice]) -> str:
    """Put -N -l into a -gcflags that stands behind Delve's own and would bring optimisation back."""
    if not _names(word, "gcflags"):
        return word
    value = word.partition("=")[2]
    pattern, given = _pattern(value)
    if {"-N", "-l"} <= set(given.split()):
        return word
    kept = f"-gcflags={pattern}{NO_OPTIMISATION} {given}".rstrip()
    notices.append(
        Notice(
            "gcflags",
            f"buildFlags has {word!r}, which replaces Delve's own -gcflags for these packages and would optimise them; "
            f"{kept!r} is used. Write buildFlags as a list to have Delve's own count.",
        )
    )
    return kept


def _pattern(value: str) -> tuple[str, str]:
    """Split `[pattern=]flags`: the pattern, with its =, is there only when the text does not begin with a dash."""
    if value.startswith("-") or "=" not in value:
        return "", value
    pattern, _, given = value.partition("=")
    return pattern + "=", given


def _check_own(words: list[str], notices: list[Notice]) -> None:
    """Name what the person's own flags take away; that is their word, so nothing is changed."""
    value = flag_value(joined(words, "ldflags"), "ldflags")
    letters = stripping(value) if value is not None else ()
    if letters:
        notices.append(
            Notice(
                "ldflags",
                f"buildFlags strips the program (-ldflags={value}): without its debug information no breakpoint can be set. "
                f"Drop {' and '.join(letters)}.",
            )
        )


def _linker_words(value: str) -> tuple[str, ...]:
    """Split the linker's flags as Go does; none when Go will refuse them."""
    try:
        return split_flags(_pattern(value)[1])
    except ValueError:
        return ()


def stripping(value: str) -> tuple[str, ...]:
    """Return -s and -w as far as the linker's flags, the value of -ldflags, have them.

    Go 1.22 on: -w=0 beside -s keeps DWARF but no symbols, which Delve refuses.
    """
    return tuple(
        word
        for word in _linker_words(value)
        if word.lstrip("-").partition("=")[0] in ("s", "w") and word.partition("=")[2] in ("", *_TRUE)
    )


def _against_goflags(words: list[str], env: GoEnv, notices: list[Notice]) -> list[str]:
    """Return flags that take back what GOFLAGS would do to the session; the person's own `words` win over GOFLAGS anyway."""
    given = {word.lstrip("-").partition("=")[0] for word in words if word.startswith("-")}
    where = "the environment" if env.source_of("GOFLAGS") == "environment" else "`go env -w`"
    extras = []
    value = flag_value(env.goflags, "ldflags")
    if value is not None and "ldflags" not in given and (letters := stripping(value)):
        kept = join_flags(word for word in _linker_words(value) if word not in letters)
        extras.append(f"-ldflags={_pattern(value)[0]}{kept}")
        notices.append(_overridden(f"-ldflags={value}", where, "strips the program, so that no breakpoint could be set"))
    if flag_value(env.goflags, "trimpath") in _TRUE and "trimpath" not in given:
        extras.append("-trimpath=false")
        notices.append(_overridden("-trimpath", where, "takes the folders out of the recorded paths"))
    return extras


def _overridden(flag: str, where: str, what: str) -> Notice:
    return Notice(
        "goflags " + flag.partition("=")[0],
        f"GOFLAGS in {where} has {flag}, which {what}; it is overridden for this session.",
    )
