"""Which submissions of a form are repeats of each other."""

import uuid


def identify_submission(key: uuid.UUID | None, *content: object) -> uuid.UUID | None:
    """
    Return a key that is the same for the same content sent by the same form, and None for a form without a key.

    A form that the Back button restores has a used key; with other content it is another submission.
    """
    return key and uuid.uuid5(key, "\n".join(map(str, content)))
