"""How a report looks: subject, HTML, text and RFC 5322 bytes."""
