"""What the agent of a worker host writes down, for commands on that host and for its next start."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from mlopsctl.adapters.files import write
from mlopsctl.core.paths import Home
from mlopsctl.core.workers import Wanted


@dataclass(frozen=True)
class AgentState:
    """`reported`: when the head accepted the last report, in seconds since the epoch; `ready`: whether the worker took
    tasks then. `wanted`, `ordered`: what the head wants, and since when. `problem`: why the head does not accept
    reports now; empty if it does."""

    reported: float = 0.0
    ready: bool = False
    wanted: Wanted | None = None
    ordered: float = 0.0
    problem: str = ""


def load(home: Home) -> AgentState:
    """Empty if the agent has never reported, or was another version."""
    try:
        content: dict[str, Any] = json.loads(home.agent_state.read_text(encoding="utf-8"))
        wanted = Wanted(content["wanted"]) if content["wanted"] else None
        return AgentState(content["reported"], content["ready"], wanted, content["ordered"], content["problem"])
    except (FileNotFoundError, ValueError, KeyError):
        return AgentState()


def save(home: Home, state: AgentState) -> None:
    write(home.agent_state, json.dumps(asdict(state)) + "\n")
