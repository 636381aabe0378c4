"""django-post_office with django-ses: the queue of ready-made emails of the Django world. Run in an environment of its
own; uses their defaults, but SES's second API, as the worker does, and no throttle.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.conf import settings

from tests.bench.child import answer, cpu_s, read_letters


def main() -> None:
    """Serve the benchmark."""
    letters = read_letters(Path(sys.argv[1]))
    _configure(Path(sys.argv[2]))
    from django.core.management import call_command
    from post_office import mail

    call_command("migrate", verbosity=0)

    def drain(count: int) -> dict[str, float]:
        chosen = [letters[number % len(letters)] for number in range(count)]
        mail.send_many(
            [
                {
                    "sender": "Reports <reports@example.com>", "recipients": [letter["recipient"]],
                    "subject": letter["subject"], "message": letter["text"], "html_message": letter["html"],
                }
                for letter in chosen
            ]
        )  # fmt: skip
        before = cpu_s()
        sent, failed, requeued = 0, 0, 0
        while sent < count and not failed and not requeued:
            more, failed, requeued = mail.send_queued()  # a batch
            sent += more
        if failed or requeued:
            raise RuntimeError(f"{failed} emails failed, {requeued} are to be sent again")
        return {"post_office": cpu_s() - before}

    answer(drain)


def _configure(home: Path) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": home / "post_office.db"}},
        EMAIL_BACKEND="post_office.EmailBackend",
        POST_OFFICE={"BACKENDS": {"default": "django_ses.SESBackend"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        USE_SES_V2=True,
        AWS_SES_REGION_NAME=os.environ["AWS_REGION"],
        AWS_SES_REGION_ENDPOINT_URL=os.environ["AWS_ENDPOINT_URL_SESV2"],
        AWS_SES_AUTO_THROTTLE=None,
        AWS_ACCESS_KEY_ID=os.environ["AWS_ACCESS_KEY_ID"],
        AWS_SECRET_ACCESS_KEY=os.environ["AWS_SECRET_ACCESS_KEY"],
    )
    django.setup()


if __name__ == "__main__":
    main()
