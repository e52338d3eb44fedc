"""The features. One feature is one file; the list below is the only place where their order is written.

From the client inwards: an outer shim, and the client, only ever see the client's paths; an inner one sees Delve's.
"""

from __future__ import annotations

from dapshim.delve.breakpoint_questions import BreakpointQuestions
from dapshim.delve.current_program import Current
from dapshim.delve.late_code import LateCode
from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.session_map import SessionMap
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.examination import Examination
from dapshim.proxy.healing import Healing
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.progress import Progress
from dapshim.proxy.shim import Shim
from dapshim.proxy.translated import Translator
from dapshim.shims.breakpoint_locations import BreakpointLocations
from dapshim.shims.bridge import Bridge
from dapshim.shims.build_failures import BuildFailures
from dapshim.shims.build_progress import BuildProgress
from dapshim.shims.clear_on_disconnect import ClearOnDisconnect
from dapshim.shims.client_conventions import ClientConventions
from dapshim.shims.editor_questions import EditorQuestions
from dapshim.shims.explain import Explain
from dapshim.shims.finish_steps import FinishSteps
from dapshim.shims.followed_programs import FollowedPrograms
from dapshim.shims.function_breakpoints import FunctionBreakpoints
from dapshim.shims.kept_session import KeptSession
from dapshim.shims.late_breakpoints import LateBreakpoints
from dapshim.shims.launch_plan import LaunchPlan
from dapshim.shims.loaded_sources import LoadedSources
from dapshim.shims.output import Output
from dapshim.shims.printed_paths import PrintedPaths
from dapshim.shims.program_findings import ProgramFindings
from dapshim.shims.replaced_program import ReplacedProgram
from dapshim.shims.restart import Restart
from dapshim.shims.sliding import Sliding
from dapshim.shims.source_breakpoints import SourceBreakpoints
from dapshim.shims.source_paths import SourcePaths
from dapshim.shims.vanished_program import VanishedProgram
from dapshim.shims.without_debug_info import WithoutDebugInfo
from dapshim.sources.served import Served


def make_layers(setting: Setting | None = None, own: OwnDlv | None = None) -> list[Shim]:
    """Return the layers of one session, outermost first; the last two belong to the proxy and are always there.

    `own` starts dlv's; without it the session is one in front of a dlv that ran already.
    """
    planner, progress, breakpoints = Planner(setting or Setting()), Progress(), Breakpoints()
    stops = HiddenStops(breakpoints)
    translator, current = Translator(SessionMap(planner), Served()), Current()
    questions = BreakpointQuestions(translator.session_map)
    code = LateCode(translator.session_map)

    def late() -> bool:
        return bool(planner.options["lateBreakpoints"])

    lines, functions = SourceBreakpoints(translator, breakpoints), FunctionBreakpoints(translator, breakpoints)

    async def place_again() -> None:
        await lines.place_again()
        await functions.place_again()

    examination = Examination(Healing(own, progress) if own is not None else None, planner.audience)
    return [
        ClientConventions(),
        KeptSession(),
        EditorQuestions(planner),
        LaunchPlan(planner, own, examination),
        Restart(planner, own, progress, examination),
        BuildProgress(planner, progress),
        BuildFailures(planner),
        ProgramFindings(planner, translator.session_map, examination, elsewhere=own is None),
        Explain(questions, breakpoints.waits),
        LateBreakpoints(code, breakpoints, stops, place_again, wanted=late),
        FollowedPrograms(code, breakpoints, place_again, local=own is not None, wanted=late),
        ReplacedProgram(code, breakpoints, stops, local=own is not None, wanted=late),
        Sliding(planner, questions),
        BreakpointLocations(questions),
        PrintedPaths(translator),
        SourcePaths(planner, translator, elsewhere=own is None),
        lines,
        functions,
        LoadedSources(translator.session_map, translator.served),
        Output(),
        VanishedProgram(local=own is not None),
        FinishSteps(wanted=lambda: bool(planner.options["finishSteps"])),
        ClearOnDisconnect(breakpoints, wanted=lambda: bool(planner.options["clearOnDisconnect"])),
        WithoutDebugInfo(current),
        Bridge(translator.session_map, breakpoints, current, examination.saw_debug_info),
        breakpoints,
        stops,
    ]
