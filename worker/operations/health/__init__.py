"""The verdict on health: facts are gathered once, judged by pure functions, and read by every channel."""
