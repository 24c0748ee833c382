"""Migrates the database of the environment for tests: `python -m tests.migrating`.

For each new model Django makes the classes of all that have to do with it anew: 6,400 for some
hundred models, nine tenths of the time. Here a new model is one more class beside the others, as
it is when an application declares it.
"""

import os

import django
from django.core.management import call_command
from django.db.migrations.state import ModelState, ProjectState


def add_model(state: ProjectState, model: ModelState) -> None:
    key = (model.app_label, model.name_lower)
    state.models[key] = model
    if state._relations is not None:
        state.resolve_model_relations(key)
    if "apps" in state.__dict__:
        state.apps.render_multiple([model])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
    django.setup()
    ProjectState.add_model = add_model
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    main()
