"""What is remembered: the SQL database, the only truth."""
