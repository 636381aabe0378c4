"""The HTTP doors: website, reader, operators and marketing. Thin translation; every decision is made below."""
