from django.apps import AppConfig


class TranslationConfig(AppConfig):
    """Translation of posts by a service. It has no models."""

    name = "posts.translation"
    label = "post_translation"
