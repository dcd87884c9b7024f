from pathlib import Path

import pytest

from mlopsctl.core.paths import Home
from mlopsctl.core.workers import Wanted
from mlopsctl.operations.workers import agent_state
from mlopsctl.operations.workers.agent_state import AgentState


@pytest.mark.parametrize("state", [AgentState(), AgentState(2.0, True, Wanted.DRAIN, 1.0, "no answer")])
def test_what_is_saved_is_read(tmp_path: Path, state: AgentState) -> None:
    agent_state.save(Home(tmp_path), state)
    assert agent_state.load(Home(tmp_path)) == state


@pytest.mark.parametrize("text", [None, "", "{", '{"ready": true}'])
def test_a_missing_or_damaged_file_is_no_state(tmp_path: Path, text: str | None) -> None:
    home = Home(tmp_path)
    if text is not None:
        home.run.mkdir()
        home.agent_state.write_text(text, encoding="utf-8")
    assert agent_state.load(home) == AgentState()
