"""What the reader learns: pure functions from a catalogue and a profile to a report."""
