"""The report page: a report opened by its reader's link, corrected for a moment, and what the letter said of it."""
