"""Django app configuration of the classifier."""

from django.apps import AppConfig


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classifier"

    def ready(self) -> None:
        from classifier import label_schemas

        label_schemas.install()
