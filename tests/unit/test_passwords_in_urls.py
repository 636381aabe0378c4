"""A URL that cannot be read is refused at once, and no part of its password is repeated."""

import pytest

from worker.errors import ConfigurationError
from worker.ledger.store import open_ledger
from worker.redis_queues import open_redis
from worker.settings import load_settings

PASSWORD = "qwert"
REST = "zuiop"  # what follows a sign that should have been encoded


@pytest.mark.parametrize("after_user", [f"{PASSWORD}@{REST}@127.0.0.1:1", f"{PASSWORD}@127.0.0.1:{REST}"])
def test_a_url_of_postgresql_that_cannot_be_read(after_user):
    url = load_settings({"DATABASE_URL": f"postgresql://u:{after_user}/ledger"}).database_url
    assert_refused(lambda: open_ledger(url), "DATABASE_URL")


@pytest.mark.parametrize(
    "url",
    [
        f"redis://u:{PASSWORD}/{REST}@127.0.0.1:1/0",
        f"redis://u:{PASSWORD}#{REST}@127.0.0.1:1/0",
        f"redis://u:{PASSWORD}?{REST}@127.0.0.1:1/0",
        f"redis://u:{PASSWORD}@127.0.0.1:{REST}/0",
        f"rediss://u:{PASSWORD}@[{REST}/0",
        f"http://u:{PASSWORD}@{REST}",
        f"redis://127.0.0.1?password={PASSWORD}&{REST}=1",
    ],
)
def test_a_url_of_redis_that_cannot_be_read(url):
    assert_refused(lambda: open_redis(url), "REDIS_URL")


@pytest.mark.parametrize(
    "url",
    [
        f"redis://u:{PASSWORD}%40{REST}@127.0.0.1:1/0",
        f"redis://u:{PASSWORD}@{REST}@127.0.0.1:1/0",
        "rediss://h:1/0?ssl_ca_certs=/x",
        "unix:///run/redis.sock?db=1",
        "redis://h?protocol=3",
    ],
)
def test_a_url_of_redis_that_can_be_read(url):
    open_redis(url).close()


def test_settings_show_no_password():
    urls = {
        "DATABASE_URL": f"postgresql://u:{PASSWORD}@h/d",
        "REDIS_URL": f"redis://:{PASSWORD}@h",
        "WORKER_HEARTBEAT_URL": f"https://ping.example.com/{PASSWORD}",
        "WORKER_FEEDBACK_QUEUE_URL": f"https://sqs.example.com/{PASSWORD}",
    }
    assert PASSWORD not in repr(load_settings(urls))


def assert_refused(call, setting):
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert caught.value.setting == setting
    assert PASSWORD not in str(caught.value)
    assert REST not in str(caught.value)
