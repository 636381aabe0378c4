"""The send log at /log, on starlette-admin: for marketing to read, for operators to steer."""
