"""Django's `i18n` tags, loaded by that name, with a `blocktranslate` that isolates the values in its sentence."""

from typing import Any

from django.template import Context, Library
from django.template.base import FilterExpression, Parser, Token, TokenType, render_value_in_context
from django.templatetags.i18n import BlockTranslateNode, do_block_translate
from django.templatetags.i18n import register as django_i18n

from microblog.core.bidi import isolate

register = Library()
register.tags.update(django_i18n.tags)
register.filters.update(django_i18n.filters)


class Isolated:
    """An expression in a template whose value is isolated."""

    def __init__(self, expression: FilterExpression) -> None:
        self.expression = expression

    def resolve(self, context: Context) -> str:
        return isolate(render_value_in_context(self.expression.resolve(context), context))


@register.tag("blocktranslate")
@register.tag("blocktrans")
def block_translate(parser: Parser, token: Token) -> BlockTranslateNode:
    """Translate a block as Django does, with its values isolated from the direction of the sentence."""
    node = do_block_translate(parser, token)
    values: dict[str, Any] = node.extra_context
    for tokens in (node.singular, node.plural or []):
        for before, variable in zip([None, *tokens], tokens, strict=False):
            name = variable.contents
            is_attribute = before is not None and before.contents.endswith(("='", '="'))
            if variable.token_type != TokenType.VAR or name == node.countervar or is_attribute:
                continue
            expression = values.get(name) or parser.compile_filter(name)
            if not isinstance(expression, Isolated):
                values[name] = Isolated(expression)
    return node
