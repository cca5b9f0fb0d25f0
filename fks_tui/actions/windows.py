"""Actions of windows: their fields, their questions, and leaving the desk."""

from __future__ import annotations

from fks_tui.actions.action import Action

CLOSE = Action("modal.close", "escape,ctrl+c", "close", "Close", "Close this window and change nothing.")
MODAL_ACTIONS = (CLOSE,)

STEP_UP = Action("field.up", "up", "nudge(1)", "Up", "One tick or step up.", False)
STEP_DOWN = Action("field.down", "down", "nudge(-1)", "Down", "One tick or step down.", False)
TEN_UP = Action("field.ten_up", "pageup,shift+up", "nudge(10)", "10 up", "Ten ticks or steps up.", False)
TEN_DOWN = Action("field.ten_down", "pagedown,shift+down", "nudge(-10)", "10 down", "Ten ticks or steps down.", False)
FIELD_ACTIONS = (STEP_UP, STEP_DOWN, TEN_UP, TEN_DOWN)

NEXT_CHOICE = Action("choice.next", "right,space", "turn(1)", "Next", "Take the next choice.", False)
PREVIOUS_CHOICE = Action("choice.previous", "left", "turn(-1)", "Previous", "Take the choice before.", False)
CHOICE_ACTIONS = (NEXT_CHOICE, PREVIOUS_CHOICE)

YES = Action("confirm.yes", "y", "answer(True)", "Yes", "Do it.")
NO = Action("confirm.no", "n", "answer(False)", "No", "Do nothing.")
OTHER_ANSWER = Action("confirm.other", "left,right", "other_button", "Other answer", "Go to the other answer.", False)
CONFIRM_ACTIONS = (YES, NO, OTHER_ANSWER)

DETACH = Action("quit.detach", "d,ctrl+c", "detach", "Leave it running", "Close the desk; the engine trades on.")
STOP_KEEPING = Action(
    "quit.stop_keeping",
    "k",
    "stop(False)",
    "Stop, keep orders",
    "Working orders stay at the exchange.",
)
STOP_CANCELING = Action(
    "quit.stop_canceling", "c", "stop(True)", "Stop, cancel orders", "Cancel the working orders first."
)
QUIT_ACTIONS = (DETACH, STOP_KEEPING, STOP_CANCELING)
