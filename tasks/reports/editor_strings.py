"""Every sentence of the editor, translated; the keys are those of frontend/editor/strings.ts."""

from django.utils.translation import gettext as _


def editor_strings() -> dict[str, str]:
    return {
        "active": _("working"),
        "all_done": _("Nothing to label right now"),
        "answer_lost_lease": _(
            "Somebody else has this task now. Your answer was kept. Here is the next task."
        ),
        "answers": _("Answers"),
        "back_home": _("Back to the start page"),
        "box_hint": _("Drag, or click two corners. Click a box to select it."),
        "characters_left": _("{count} characters left"),
        "close": _("Close"),
        "comment_optional": _("Comment (optional)"),
        "done_count": _("{count} done"),
        "draft_not_saved": _(
            "Draft kept on this device; the server gets it with your next change."
        ),
        "draft_restored": _("Your draft was restored."),
        "draft_saved": _("Draft saved."),
        "feedback": _("This came back to you"),
        "fit": _("Fit to the window"),
        "idle": _("paused"),
        "image_failed": _("The image could not be loaded. Try again, or skip this task."),
        "inbox": _("Inbox"),
        "instructions": _("Instructions"),
        "instructions_failed": _(
            "The instructions could not be fetched. Close and open them again to retry."
        ),
        "item_image": _("Image to label"),
        "item_text": _("Text to label"),
        "kept_here": _("Answers kept on this device until they can be sent: {count}."),
        "key_edge": _("Move the end of the selected span; with Alt, its start"),
        "key_instructions": _("Show or hide the instructions"),
        "key_search": _("Search the options"),
        "key_take_back": _("Undo; with nothing to undo, take the last answer back"),
        "key_words": _("Whole words on or off"),
        "keys": _("Keys"),
        "key_add_box": _("Add a box in the middle of the view"),
        "key_arrows": _("Move the box; with Shift, change its size"),
        "key_cancel": _("Cancel, or let go of the selection"),
        "key_caret": _("In the text: move; with Shift, select; Enter marks"),
        "key_class": _("Class or option with that key"),
        "key_delete": _("Remove the selected box or span"),
        "key_fit": _("Fit to the window"),
        "key_help": _("Show or hide these keys"),
        "key_next_object": _("Select the next box or span"),
        "key_pan": _("Hold Space and drag: move the image"),
        "key_redo": _("Redo"),
        "key_skip": _("Skip with a reason"),
        "key_submit": _("Submit"),
        "key_submit_text": _("Submit while writing"),
        "key_undo": _("Undo"),
        "key_zoom": _("Zoom"),
        "loading": _("Getting the next task…"),
        "login": _("Log in again (opens a new tab)"),
        "login_expired": _(
            "You are logged out. Your answer is still here: log in, come back and try again."
        ),
        "marked": _("{label}: {text}"),
        "more_options": _("{count} more: type to find them."),
        "next_failed": _("The next task could not be fetched. Check the connection and try again."),
        "next_failed_title": _("The next task did not come"),
        "no_answer": _("No answer"),
        "no_options": _("This question has no options. Skip the task and tell your manager."),
        "nothing_to_undo": _("There is nothing to undo."),
        "object_added": _("{label} added"),
        "object_box": _("{width} × {height}"),
        "object_removed": _("Removed"),
        "lane_due": _("due {date}"),
        "lane_expedite": _("urgent"),
        "objects": _("Marked so far: {count}"),
        "other_person": _(
            "Somebody else is logged in now. Your answers stay on this device until you log in again."
        ),
        "own_answers": _("My answers"),
        "page_error": _(
            "This did not work. Try again; if it happens again, skip the task and tell your manager."
        ),
        "quick_hint": _("One key or click saves the answer and goes on."),
        "redo": _("Redo"),
        "redone": _("Redone"),
        "remove": _("Remove"),
        "required": _("required"),
        "required_missing": _("Please answer: {title}"),
        "rework_hint": _("Your earlier answer is filled in. Change what is wrong and submit."),
        "rule_area_high": _("“{label}”: its area is {size} {unit}, at most {most} {unit} allowed."),
        "rule_area_low": _("“{label}”: its area is {size} {unit}, at least {least} {unit} needed."),
        "rule_attribute": _("“{label}” needs the attribute “{attribute}”."),
        "rule_chosen_high": _("“{label}”: {count} chosen, at most {most} allowed."),
        "rule_chosen_low": _("“{label}”: {count} chosen, at least {least} needed."),
        "rule_count_high": _("“{label}”: {count} marked, at most {most} allowed."),
        "rule_count_low": _("“{label}”: {count} marked, at least {least} needed."),
        "rule_inside": _("“{label}” must lie inside “{other}”."),
        "rule_length_high": _("“{label}” has {count} characters, at most {most} allowed."),
        "rule_length_low": _("“{label}” has {count} characters, at least {least} needed."),
        "rule_overlap": _(
            "“{label}” and “{other}” overlap by {share} %, at most {most} % allowed."
        ),
        "rule_required_when": _("“{label}” needs an answer when “{other}” is “{value}”."),
        "rule_side_high": _(
            "“{label}”: its longer side is {size} {unit}, at most {most} {unit} allowed."
        ),
        "rule_side_low": _(
            "“{label}”: its shorter side is {size} {unit}, at least {least} {unit} needed."
        ),
        "saved_next": _("Saved. Next task."),
        "search_options": _("Search (/)"),
        "select_several": _("choose any number"),
        "sending": _("Sending…"),
        "skip": _("Skip"),
        "skip_bad_data": _("The data is bad"),
        "skip_not_my_skill": _("Not my skill"),
        "skip_technical": _("A technical problem"),
        "skip_title": _("Why do you skip?"),
        "skip_too_hard": _("Too hard"),
        "skip_unclear_rule": _("The rule is unclear"),
        "skipped": _("Skipped. Next task."),
        "span_hint": _(
            "Select text with the mouse, or with Shift and the arrow keys. Click a span to select it."
        ),
        "submit": _("Submit"),
        "taken_back": _("Taken back. Change the answer and submit it again."),
        "timer": _("Active time"),
        "too_small": _("That box is too small to keep."),
        "try_again": _("Try again"),
        "undecidable": _("Cannot be decided: {reason}"),
        "undo": _("Undo"),
        "undone": _("Undone"),
        "unsent": _("sending {count}"),
        "unsent_login": _("{count} to send – logged out"),
        "unsent_offline": _("{count} to send – offline"),
        "words_off": _("Marking exactly what is selected."),
        "words_on": _("Marking whole words."),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
    }
