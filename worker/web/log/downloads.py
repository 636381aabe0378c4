"""Files that pages of the send log give to save."""

from __future__ import annotations

from datetime import UTC, datetime

CSV_TYPE = "text/csv; charset=utf-8"


def attached(name: str) -> dict[str, str]:
    """The headers of a CSV file to save, its name with today's date in UTC."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'}
