"""What a shim is: one feature, as hooks on messages by their DAP names.

A hook is a method that `@on` marks. It gets the message, may edit `message.body` (or `.arguments`) in place, may make own
calls, and returns a verdict; None counts as PASS. It may be sync or async. It works on a copy: when it raises, is cancelled
or runs past its budget, the message goes on as it came to it.

The pipeline calls hooks (see its laws); this file only declares them, and refuses at import what DAP does not know.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar

import attrs

from dapshim.options.table import TABLE, Option
from dapshim.wire import vocabulary

if TYPE_CHECKING:
    from dapshim.proxy.adapter import AdapterSource
    from dapshim.wire.messages import Message

F = TypeVar("F", bound=Callable[..., Any])

HOOK_BUDGET: Final = 2.0
"""Seconds that one run of a hook may take unless it says otherwise: a person takes an editor for hung after about that."""

CALL_DEADLINE: Final = 5.0
"""Seconds after which an own call is given up unless its caller says otherwise."""


class Verdict:
    """What a hook decides. PASS, HIDE, Answer(body) and Refuse(text) are all there are."""

    __slots__ = ()


class _Named(Verdict):
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


PASS: Final = _Named("PASS")
"""The message goes on, with the edits made to it."""

HIDE: Final = _Named("HIDE")
"""The event goes nowhere. Only events can be hidden: who asks gets an answer."""


@attrs.frozen(slots=True)
class Answer(Verdict):
    """The request is answered here with success and this body, and goes no further."""

    body: object | None = None

    def __repr__(self) -> str:
        return "Answer"


PROGRAM_LOST: Final = 9601
"""The error id of a request that has failed and has cost the program."""


@attrs.frozen(slots=True)
class Refuse(Verdict):
    """The request is answered here with a failure that says this, and goes no further."""

    text: str
    show_user: bool = True
    error_id: int = 9600
    """dapshim's own error ids begin at 9600; Delve 1.27.1 uses 2002 to 5000 and 7777 to 9999 in steps."""

    def __repr__(self) -> str:
        return f"Refuse({self.text})"


@attrs.frozen
class Mark:
    """Which messages a hook wants: direction and kind as `lane`, the DAP name, and its budget in seconds.

    `unless` names a property of the shim: while that is true the hook wants none, and the message costs nothing. `interrupted`
    is what becomes of a request whose hook is interrupted (law 3): PASS, unless without the hook it would do harm. `at_once`
    names a method that may do the hook's work on an answer or event in the reader's own turn, without waiting and without
    sending anything: it returns whether it did, and where it did not it has changed nothing, and the hook runs.
    """

    lane: str
    name: str
    budget: float
    unless: str | None = None
    interrupted: Verdict = PASS
    at_once: str | None = None


@attrs.frozen
class Hook:
    """A hook as its class declares it."""

    mark: Mark
    attribute: str
    is_async: bool


class _On:
    """`@on.request("launch")`, `@on.response("launch")`, `@on.event("stopped")`, `@on.reverse_request("runInTerminal")`."""

    def request(
        self, name: str, *, budget: float = HOOK_BUDGET, unless: str | None = None, interrupted: Verdict = PASS
    ) -> Callable[[F], F]:
        """Mark a hook on a client's request, on its way to the adapter."""
        return self._mark("request", name, vocabulary.REQUESTS, budget, unless, interrupted)

    def response(
        self, name: str, *, budget: float = HOOK_BUDGET, unless: str | None = None, at_once: str | None = None
    ) -> Callable[[F], F]:
        """Mark a hook on the adapter's response to a request, on its way to the client."""
        return self._mark("response", name, vocabulary.REQUESTS, budget, unless, at_once=at_once)

    def event(
        self, name: str, *, budget: float = HOOK_BUDGET, unless: str | None = None, at_once: str | None = None
    ) -> Callable[[F], F]:
        """Mark a hook on an adapter's event, on its way to the client."""
        return self._mark("event", name, vocabulary.EVENTS, budget, unless, at_once=at_once)

    def reverse_request(self, name: str, *, budget: float = HOOK_BUDGET, unless: str | None = None) -> Callable[[F], F]:
        """Mark a hook on an adapter's request, on its way to the client."""
        return self._mark("reverse_request", name, vocabulary.REVERSE_REQUESTS, budget, unless)

    def reverse_response(self, name: str, *, budget: float = HOOK_BUDGET, unless: str | None = None) -> Callable[[F], F]:
        """Mark a hook on the client's response to an adapter's request, on its way to the adapter."""
        return self._mark("reverse_response", name, vocabulary.REVERSE_REQUESTS, budget, unless)

    @staticmethod
    def _mark(
        lane: str,
        name: str,
        known: frozenset[str],
        budget: float,
        unless: str | None,
        interrupted: Verdict = PASS,
        at_once: str | None = None,
    ) -> Callable[[F], F]:
        if name not in known:
            raise ValueError(f'DAP has no {lane.replace("_", " ")} "{name}"')

        def decorate(function: F) -> F:
            marks: list[Mark] = getattr(function, "__dapshim_marks__", [])
            function.__dapshim_marks__ = [*marks, Mark(lane, name, budget, unless, interrupted, at_once)]  # type: ignore[attr-defined]  # functions take attributes
            return function

        return decorate


on = _On()


class SessionApi(Protocol):
    """What a shim may do to its session; `proxy.pipeline` gives each shim one that knows the shim's place."""

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = CALL_DEADLINE) -> Message:
        """Ask the adapter something that the client never sees; return its response, successful or not.

        The request starts at the shim's place, passes every layer from there to the adapter, and its response comes back
        through the same layers in the caller's task. `deadline` is in seconds.

        Raises:
            OwnCallTimeoutError: no answer within `deadline`; a late one will be swallowed.
            AdapterGoneError: the adapter's link has ended.

        """

    async def emit(self, event: str, body: object | None = None, *, before: bool = False) -> None:
        """Send the client an event, through the layers from the shim's place outwards.

        It leaves after the message that the hook is handling, or `before` it. Outside of a hook it takes its place in the line,
        or, `before`, goes ahead of all that waits.
        """

    async def ask_client(self, command: str, arguments: object | None = None, *, deadline: float = CALL_DEADLINE) -> Message:
        """Ask the client something, as a reverse request that no other shim sees; return its response, successful or not.

        Raises:
            OwnCallTimeoutError: no answer within `deadline` (seconds); a late one will be swallowed.
            AdapterGoneError: the client has gone.

        """

    @property
    def has_adapter(self) -> bool:
        """Whether there is an adapter: a session without any dlv waits for a launch that names one."""

    async def replace_adapter(self, source: AdapterSource, launched: Message | None = None) -> None:
        """Put another adapter in the place of this one (law 7), or have a first one.

        Without `launched` only before anything but `initialize` was passed. With it, the `launch` request that will follow, the
        old one's program is ended first, and the client's requests that are open get a failed answer.

        Raises:
            StartError: the new one could not be had; the old one stays.

        """

    def stop_build(self) -> None:
        """Make the build that the adapter runs fail; returns at once."""

    @property
    def binary(self) -> str | None:
        """The path of the file that Delve has built for this session, None when it has not, or nobody knows."""

    def announce(self, event: str, body: object | None = None) -> None:
        """Send the client an event of no shim's concern, such as a progress: at once, before the message that is handled."""

    def on_cancel(self, progress_id: str, cancel: Callable[[], None] | None) -> None:
        """Have `cancel` called as soon as the client cancels that progress, None: no more; it must not wait for anything."""

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have `work` done beside everything else; it ends with the session, and its failure is one of the shim's hooks."""

    def note(self, text: str) -> None:
        """Note something for the reader of a trace; nothing without one."""

    def end_session(self, why: str) -> None:
        """End the session: the adapter will say no more of its program. What is open is answered, and dlv is ended."""

    def untorn(self, seconds: float) -> Any:
        """Return a context manager whose body is not interrupted by law 3, for at most `seconds`."""


class Shim:
    """One feature. The docstring of a subclass is the user's documentation; state lives on the instance, one per session."""

    hooks: ClassVar[Sequence[Hook]] = ()
    hooks_for: ClassVar[dict[tuple[str, str], list[Hook]]] = {}
    """The same by lane and name."""
    option: ClassVar[Option | None] = None
    """The entry of the table of options that switches this shim: `named("lateBreakpoints")`."""

    stays_on: ClassVar[bool] = False
    """Whether it goes on after a failure, with which one message passed as it came: what it knows is needed to the end."""

    name: ClassVar[str] = "shim"
    """The name in traces, logs and `--shims`: the class's, in snake_case."""

    session: SessionApi

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.option is not None and cls.option not in TABLE:
            raise ValueError(f"{cls.option.name} of {cls.__name__} is not in the table of options")
        found = []
        for attribute in dir(cls):
            function = inspect.getattr_static(cls, attribute)
            found += [
                Hook(mark, attribute, inspect.iscoroutinefunction(function))
                for mark in getattr(function, "__dapshim_marks__", [])
            ]
        cls.hooks = tuple(found)
        cls.hooks_for = {}
        for hook in found:
            cls.hooks_for.setdefault((hook.mark.lane, hook.mark.name), []).append(hook)
        cls.name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in cls.__name__).lstrip("_")

    async def take_output(self, category: str, data: bytes) -> bool:  # noqa: ARG002 - a shim that wants none takes none
        """Take what dlv or the program printed on `stdout` or `stderr` (`category`); return whether it is taken."""
        return False

    async def abandon(self) -> None:
        """Let go of everything: this shim was switched off in the middle of the session and no hook of it will run again."""
