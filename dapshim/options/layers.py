"""Which value of an option counts, and where it came from.

Each source of options is read into a Layer, which holds the values that were right and says what was wrong; `resolve` lays
them over each other. PURE: no file, no environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from dapshim.options.table import TABLE, Option, PathRules, Source, named

Plain = bool | int | str | PathRules | None
"""What the value of an option can be."""


ERRORS_SHOWN: Final = 3
"""Errors that the message of an OptionsError shows; a person mends one at a time, and its `errors` are all of them."""


class OptionsError(Exception):
    """What stands somewhere cannot be an option; the message names the place, what was found and what is expected."""

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = tuple(errors)
        more = len(self.errors) - ERRORS_SHOWN
        shown = "; ".join(self.errors[:ERRORS_SHOWN])
        super().__init__(f"{shown}; and {more} more" if more > 0 else shown)


@attrs.frozen
class Origin:
    """Where a value came from: the kind of source, and the place as a person calls it (`--dlv`, `DAPSHIM_DLV`, `FILE:3`)."""

    source: Source
    place: str


@attrs.frozen
class Value:
    """The value of an option and its origin."""

    value: Plain
    origin: Origin

    @property
    def given(self) -> bool:
        """Whether somebody gave it; else it is the default."""
        return self.origin.source is not Source.DEFAULT


@attrs.frozen
class Layer:
    """What one source says: its right values by option name, errors (nothing starts with one) and notices (to be said once)."""

    source: Source
    values: Mapping[str, Value] = attrs.field(factory=dict)
    errors: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@attrs.frozen
class Options(Mapping[str, Value]):
    """The value of every option; `notices` are to be said once. It keeps the layers, so that a session can add its own."""

    layers: tuple[Layer, ...]
    notices: tuple[str, ...]
    _values: Mapping[str, Value]

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str | None:
        """Return the value of an option of type str; None is: not given, and no default.

        Raises:
            KeyError, TypeError: there is no such option, or it is of another type; a fault of ours.

        """
        value = self._values[name].value
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} is of type {type(value).__name__}")
        return value

    def switch(self, name: str) -> bool:
        """Return the value of an option of type bool.

        Raises:
            KeyError, TypeError: there is no such option, or it is of another type; a fault of ours.

        """
        value = self._values[name].value
        if not isinstance(value, bool):
            raise TypeError(f"{name} is of type {type(value).__name__}")
        return value

    def rules(self, name: str) -> PathRules:
        """Return the value of an option of type tuple, () where nobody gave one; its `origin.place` says where they stand.

        Raises:
            KeyError, TypeError: there is no such option, or it is of another type; a fault of ours.

        """
        value = self._values[name].value
        if value is not None and not isinstance(value, tuple):
            raise TypeError(f"{name} is of type {type(value).__name__}")
        return value or ()

    def extended(self, *layers: Layer) -> Options:
        """Return the options of a session: with more layers, and only the notices of those.

        Raises:
            OptionsError: a new layer has errors.

        """
        resolved = resolve([*self.layers, *layers])
        return attrs.evolve(resolved, notices=tuple(notice for layer in layers for notice in layer.notices))

    def without(self, name: str) -> Options:
        """Return the options as if nobody had given this one."""
        kept = [
            attrs.evolve(layer, values={key: value for key, value in layer.values.items() if key != name})
            for layer in self.layers
        ]
        return attrs.evolve(resolve(kept), notices=self.notices)


def default_value(option: Option) -> Value:
    """Return what an option is when nobody says anything."""
    return Value(option.default, Origin(Source.DEFAULT, "the default"))


def value_of(name: str, value: Plain, source: Source, place: str) -> Value:
    """Return a value that is known to be right; for a name that is in the table.

    Raises:
        KeyError: there is no such option.

    """
    named(name)
    return Value(value, Origin(source, place))


def resolve(layers: Sequence[Layer]) -> Options:
    """Lay the layers over each other, whatever their order; of two of the same source the later one wins.

    Raises:
        OptionsError: a layer has errors; it carries those of all layers.

    """
    strongest_first = sorted(layers, key=lambda layer: layer.source)
    errors = [error for layer in strongest_first for error in layer.errors]
    if errors:
        raise OptionsError(errors)
    values = {option.name: default_value(option) for option in TABLE}
    for layer in sorted(layers, key=lambda layer: layer.source, reverse=True):
        values.update(layer.values)
    notices = tuple(notice for layer in strongest_first for notice in layer.notices)
    return Options(tuple(layers), notices, values)
