"""The command line: a thin door, one module per group of commands."""
