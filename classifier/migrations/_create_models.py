"""An operation of squashed migrations: many models at once."""

from django.db.migrations.operations.base import Operation, OperationCategory


class CreateModels(Operation):
    """Creates tables as `CreateModel` does, for many models at once.

    Django renders every model that is related to a new one again, so that a hundred `CreateModel` render thousands. Here
    they are rendered once.

    Arguments:
        models: operations `CreateModel`, in any order; they may refer to one another.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # rendered when it is next asked for
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.models)} models"

    @property
    def migration_name_fragment(self):
        return "models"
