"""Actions of the order ticket and the order line."""

from __future__ import annotations

from fks_tui.actions.action import Action

SEND = Action("ticket.send", "enter", "go_on", "Review, send", "Review the order, then send it.")
TICKET_SIDE = Action("ticket.side", "f5", "turn('side')", "Side", "Change between buy and sell.", False)
TICKET_TYPE = Action("ticket.type", "f6", "turn('type')", "Type", "Change between limit and market.", False)
TICKET_DURATION = Action("ticket.duration", "f7", "turn('duration')", "Duration", "Go from GTC to IOC to FOK.", False)
POST_ONLY = Action(
    "ticket.post_only", "f8", "turn('post_only')", "Post-only", "Only rest in the book, never take from it.", False
)
REDUCE_ONLY = Action(
    "ticket.reduce_only", "f9", "turn('reduce_only')", "Reduce-only", "Only make the position smaller.", False
)
TICKET_ACTIONS = (SEND, TICKET_SIDE, TICKET_TYPE, TICKET_DURATION, POST_ONLY, REDUCE_ONLY)

TAKE_OVER = Action(
    "ticket.take_over", "ctrl+g", "take_over", "Take number", "Take over the number that the gate lets pass.", False
)
COMPLETE = Action("line.complete", "tab", "complete(1)", "Complete", "Take the next word that is offered.", False)
COMPLETE_BACK = Action("line.complete_back", "shift+tab", "complete(-1)", "Word before", "Take the word before.", False)
RECALL = Action("line.recall", "up", "recall(-1)", "Earlier line", "Call back the line typed before.", False)
RECALL_FORTH = Action("line.recall_forth", "down", "recall(1)", "Later line", "Go on to the line typed after.", False)
LINE_ACTIONS = (SEND, COMPLETE, COMPLETE_BACK, RECALL, RECALL_FORTH)
