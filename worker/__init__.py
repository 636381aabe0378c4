"""The exposure report worker: one signup in, one report out, once."""
