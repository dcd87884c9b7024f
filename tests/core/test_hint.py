from mlopsctl.core.hint import NO_HINT, Hint

PROGRAM = "mlopsctl --home '/a b'"


def test_words_are_quoted_for_the_shell() -> None:
    hint = Hint.of("backfill", "my dag", "--conf", '{"a": 1}', 3)
    assert hint.command == ("backfill", "my dag", "--conf", '{"a": 1}', "3")
    assert hint.text() == """mlopsctl backfill 'my dag' --conf '{"a": 1}' 3"""


def test_program_has_the_home() -> None:
    assert Hint.of("status").text(PROGRAM) == "mlopsctl --home '/a b' status"


def test_command_with_its_own_home_does_not_get_another() -> None:
    assert Hint.of("--home", "DIR", "setup").text(PROGRAM) == "mlopsctl --home DIR setup"


def test_note_is_a_comment_beside_a_command_and_a_sentence_alone() -> None:
    assert Hint.of("status", note="shows what is down").text() == "mlopsctl status   # shows what is down"
    assert Hint(note="free some space").text() == "free some space"


def test_other_command_ends_the_note() -> None:
    hint = Hint.of("status", note="if nothing is down:", other=("logs", "api-server"))
    assert hint.text(PROGRAM) == (
        "mlopsctl --home '/a b' status   # if nothing is down: mlopsctl --home '/a b' logs api-server"
    )


def test_shell_line_comes_before_the_command() -> None:
    assert Hint(line="df -h").text() == "df -h"
    assert Hint(("setup",), line="touch x").text() == "touch x && mlopsctl setup"


def test_second_command_follows_the_first() -> None:
    assert Hint.of("dags", "clean").followed_by("backfill", "d").text() == "mlopsctl dags clean && mlopsctl backfill d"
    assert NO_HINT.followed_by("backfill", "d").text() == "mlopsctl backfill d"


def test_hint_is_false_if_there_is_nothing_to_do() -> None:
    assert not NO_HINT
    assert NO_HINT.text() == ""
    assert all((Hint.of("status"), Hint(line="df -h"), Hint(note="wait")))
