"""What a person sees of a program without debug info: goroutines and stacks, and a sentence in the place of its variables.

It stands beside `bridge`, which decides whether there is such a program, and says when it has stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dapshim.proxy.shim import PASS, Answer, Refuse, Shim, Verdict, on
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.current_program import Current

BUDGET: Final = 10.0
"""Seconds for a list of many goroutines, or a deep stack, of a program that only Delve can reach."""

THE_ONE: Final = 1
"""The variablesReference of the one variable that says why there are none; Delve 1.27.1 counts its own from 1000."""

WHY: Final = "the executable has no debug info (built with -s or -w, or stripped), so the values of variables cannot be had"

ITS_OWN_WORDS: Final = "what the program says of its end is in its output; without debug info it cannot be read elsewhere"

_NO_INFO: Final = (
    "no debug information",
    "could not find symbol value",
    "no type entry found",
    "find function context",
    "find enclosing function",
    "goroutine array",
)
"""What Delve 1.27.1 says where debug info is missing."""


class WithoutDebugInfo(Shim):
    """The goroutines and stacks of a program without debug info.

    Where the editor would show variables, one line says why there are none, in the place of an error at each click.
    """

    def __init__(self, current: Current) -> None:
        self._current = current

    @property
    def not_bridging(self) -> bool:
        """Whether the program has debug info, or there is none."""
        return self._current.found is None

    @on.request("threads", unless="not_bridging", budget=BUDGET)
    async def goroutines(self, _request: Message) -> Verdict:
        """List the goroutines; while the program runs, Delve answers."""
        if self._current.state is None:
            return PASS
        from dapshim.delve.shown_program import threads_body

        return Answer(await threads_body(self._current.state))

    @on.request("stackTrace", unless="not_bridging", budget=BUDGET)
    async def stack(self, request: Message) -> Verdict:
        """Show the stack of a goroutine."""
        if self._current.state is None:
            return PASS
        from dapshim.delve.shown_program import stack_body

        goid = request.arguments.get("threadId")
        return Answer(await stack_body(self._current.state, goid if isinstance(goid, int) else 1, request.arguments))

    @on.request("scopes", unless="not_bridging")
    def scopes(self, _request: Message) -> Verdict:
        """Show one scope, whose only variable says why."""
        scope = {"name": "Locals (no debug info)", "variablesReference": THE_ONE, "expensive": False}
        return Answer({"scopes": [scope]})

    @on.request("variables", unless="not_bridging")
    def variables(self, request: Message) -> Verdict:
        """Say why in the place of the variables; what an expression has given is Delve's to answer."""
        if request.arguments.get("variablesReference") != THE_ONE:
            return PASS
        return Answer({"variables": [{"name": "why", "value": WHY, "variablesReference": 0}]})

    @on.request("setVariable", unless="not_bridging")
    def set_variable(self, _request: Message) -> Verdict:
        """Say why it cannot be set."""
        return Refuse(f"Unable to set variable: {WHY}", error_id=2012)

    @on.request("dataBreakpointInfo", unless="not_bridging")
    def data_breakpoint(self, _request: Message) -> Verdict:
        """Say why nothing can be watched."""
        return Answer({"dataId": None, "description": WHY})

    @on.request("evaluate", unless="not_bridging")
    def evaluate(self, request: Message) -> None:
        """Let Delve evaluate what needs no variables, and its own commands: it knows nothing of our frames."""
        request.arguments.pop("frameId", None)

    @on.response("evaluate", unless="not_bridging")
    def explain(self, response: Message) -> None:
        """Say in a person's words what is missing."""
        said = "" if response.success else words_of_failure(response)
        error: Any = response.body.get("error") if said else None
        if isinstance(error, dict) and any(text in said for text in _NO_INFO):
            error["format"] = f"Unable to evaluate expression: {WHY}"

    @on.response("exceptionInfo", unless="not_bridging")
    def exception(self, response: Message) -> None:
        """Say where the reason of a panic can be read; Delve 1.27.1 fails, since it finds no goroutines."""
        if not response.success and any(text in words_of_failure(response) for text in _NO_INFO):
            response.data["success"] = True
            response.data.pop("message", None)
            response.data["body"] = {"exceptionId": "panic", "description": ITS_OWN_WORDS, "breakMode": "unhandled"}
